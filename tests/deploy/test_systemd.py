"""The shipped units: systemd accepts them, they are closed down, and they ask only for settings that exist."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.source import ROOT

UNITS = (
    "dongche.service", "dongche-worker.service", "dongche-intake.service", "dongche-backup.service",
    "dongche-backup.timer",
)  # fmt: skip
WORST = 20  # of 100; a plain service has about 96


@pytest.fixture
def units(tmp_path: Path) -> Path:
    if not shutil.which("systemd-analyze"):
        pytest.fail("systemd-analyze is not installed (Debian: apt-get install systemd)")
    program = tmp_path / "dongche"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for name in UNITS:
        text = (ROOT / "deploy" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("/opt/dongche/.venv/bin/dongche", str(program)))
    return tmp_path


def test_systemd_accepts_every_unit(units: Path):
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(units / name) for name in UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if "dongche" in line]
    assert said == []
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_services_may_do_little(units: Path, name: str):
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", f"--threshold={WORST}", str(units / name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr


def test_units_name_commands_and_settings_that_exist():
    from click.testing import CliRunner

    from dongche.cli.main import house

    documented = set(re.findall(r"^\| `(\w+)`", (ROOT / "docs" / "settings.md").read_text(), flags=re.M))
    for name in UNITS:
        text = (ROOT / "deploy" / name).read_text(encoding="utf-8")
        assert set(re.findall(r"DONGCHE_\w+", text)) <= documented
        for command in re.findall(r"^ExecStart=\S+ (.+)$", text, flags=re.M):
            verb, *options = command.split()
            shown = CliRunner().invoke(house, [verb, "--help"]).output
            assert [option for option in options if option.startswith("--") and option not in shown] == []
