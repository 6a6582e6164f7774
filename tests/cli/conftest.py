"""Running commands: in this process on the test database, or as a person does, in a folder of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from dongche.cli import main


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def dongche(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Run a command in this process, in English."""

    def run(*arguments: str) -> Answer:
        capsys.readouterr()
        translation.activate("en")  # a command run here finds Django started already
        with pytest.raises(SystemExit) as left:
            main.main([*arguments, "--lang", "en"])
        said = capsys.readouterr()
        return Answer(int(left.value.code or 0), said.out, said.err)

    return run


def environment_for(folder: Path) -> dict[str, str]:
    """The environment without any setting of ours but the data folder."""
    ours = ("DONGCHE_", "DJANGO_", "DATABASE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {
        "DONGCHE_DATA": str(folder)
    }


def in_folder(folder: Path, *arguments: str, timeout: int = 300, **environment: str) -> Answer:
    """Run a command in a process of its own whose data folder is `folder`."""
    done = subprocess.run(
        [sys.executable, "-m", "dongche.cli.main", *arguments, "--lang", "en"],
        env=environment_for(folder) | environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)
