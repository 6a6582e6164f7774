"""dongche check: each thing that is unsafe is found, told with what to do, and nothing is found where all is well."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection
from django_tasks_db.models import DBTaskResult

from dongche.kit import clock
from dongche.operations import checks, health, presence
from dongche.operations.backup import take
from tests.cli.conftest import Answer, dongche

__all__ = ["dongche"]
pytestmark = pytest.mark.django_db
LONG = "9fJ2kQx7_VbN4mZr-Ty8WcLp3HsDg6AeUi5Xo1"


@pytest.fixture
def safe(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Settings with which nothing is unsafe; tests spoil one thing each."""
    tmp_path.chmod(0o700)
    settings.DATA = settings.MEDIA_ROOT = tmp_path
    settings.ALLOWED_HOSTS, settings.SECURE, settings.PROXIES = ["dongche.example"], True, ["127.0.0.1"]
    settings.PUBLIC_URL = "https://dongche.example"
    settings.SECRET_KEY, settings.FIELD_KEY = LONG, LONG[::-1]
    settings.TASKS_IMMEDIATE = False
    (tmp_path / take.NOTE).write_text(json.dumps({"taken_at": clock.real().isoformat()}))
    if connection.vendor == "postgresql":
        monkeypatch.setattr(
            checks, "_postgresql", lambda: iter(())
        )  # that of the tests is fast and not durable
    with presence.present():
        yield settings


def codes(level: str = "") -> list[str]:
    return [one.code for one in checks.run(deploy=True) if not level or one.level == level]


def test_nothing_is_found_where_all_is_well(safe):
    assert codes() == []


@pytest.mark.parametrize(
    ("code", "spoil"),
    [
        ("debug", lambda s: setattr(s, "DEBUG", True)),
        ("hosts_any", lambda s: setattr(s, "ALLOWED_HOSTS", ["*"])),
        ("hosts_default", lambda s: setattr(s, "ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])),
        ("no_https", lambda s: setattr(s, "SECURE", False)),
        ("no_proxies", lambda s: setattr(s, "PROXIES", 0)),
        ("public_url", lambda s: setattr(s, "PUBLIC_URL", "http://dongche.example")),
        ("public_url", lambda s: setattr(s, "PUBLIC_URL", "https://127.0.0.1:8000")),
        ("weak_key", lambda s: setattr(s, "SECRET_KEY", "a" * 50)),
        ("weak_key", lambda s: setattr(s, "FIELD_KEY", "short")),
        ("same_key", lambda s: setattr(s, "FIELD_KEY", LONG)),
        ("demonstration", lambda s: setattr(s, "INSTANCE", {"demonstration": True})),
        ("no_backup", lambda s: (s.DATA / take.NOTE).unlink()),
        ("backup_folder", lambda s: setattr(s, "BACKUP_DIR", str(s.DATA / "absent"))),
        ("tasks_immediate", lambda s: setattr(s, "TASKS_IMMEDIATE", True)),
    ],
)
def test_each_unsafe_thing_is_found(safe, code: str, spoil: Callable):
    spoil(safe)
    assert codes("unsafe") == [code]


def test_files_that_others_can_read_are_found(safe):
    key = safe.DATA / "secret.key"
    key.write_text("x")
    key.chmod(0o644)
    assert codes() == []  # behind a closed folder nobody gets to it
    safe.DATA.chmod(0o755)
    assert set(codes()) == {"file_modes"}
    key.chmod(0o600)
    assert {str(one.details["path"]) for one in checks.run(deploy=True)} >= {str(safe.DATA)}


def test_an_old_backup_is_found(safe):
    old = clock.real() - timedelta(days=3)
    (safe.DATA / take.NOTE).write_text(json.dumps({"taken_at": old.isoformat()}))
    (found,) = checks.run(deploy=True)
    assert (found.code, found.details) == ("old_backup", {"hours": 72})
    (safe.DATA / take.NOTE).write_text("damaged")
    assert codes() == ["no_backup"]


def test_what_the_machine_lacks_is_found(safe, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(health, "has_room", lambda: False)
    monkeypatch.setattr(presence, "living", list)
    monkeypatch.setattr(health, "missing_migrations", list)
    DBTaskResult.objects.create(
        task_path="a.b", backend_name="default", args_kwargs={}, status="FAILED", finished_at=clock.real()
    )
    assert set(codes("unsafe")) == {"no_worker", "disk_full"}
    assert codes("advice") == ["failed_tasks"]
    monkeypatch.setattr(health, "missing_migrations", lambda: ["org.0009"])
    assert set(codes()) == {"not_migrated", "disk_full"}
    monkeypatch.setattr(health, "database_answers", lambda: False)
    assert set(codes()) == {"database_away", "disk_full"}


def test_a_database_on_a_network_drive_is_found(safe, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(checks, "_filesystem", lambda path: "nfs4")
    assert [one.code for one in checks._sqlite()] == ["network_filesystem"]


def test_the_kind_of_a_file_system_is_read(tmp_path: Path):
    assert checks._filesystem(tmp_path)
    assert checks._filesystem(Path("/proc/self")) == "proc"


@pytest.mark.postgres
def test_a_server_that_forgets_is_found(settings, monkeypatch: pytest.MonkeyPatch):
    names = [one.details.get("name") for one in checks._postgresql() if one.code == "not_durable"]
    assert names == ["fsync", "synchronous_commit", "full_page_writes"]
    elsewhere = settings.DATABASES["default"] | {"HOST": "db.example"}
    monkeypatch.setattr(checks, "settings", SimpleNamespace(DATABASES={"default": elsewhere}))
    assert "database_in_clear" in [one.code for one in checks._postgresql()]


def test_the_command_says_it_and_exits_1(safe, dongche: Callable[..., Answer]):
    assert dongche("check", "--deploy").code == 0
    assert dongche("check", "--deploy", "--json").json == []
    safe.SECURE = False
    told = dongche("check", "--deploy")
    assert told.code == 1
    assert "DONGCHE_HTTPS" in told.out
    assert "[no_https]" in told.out
    assert "cli.unsafe" in told.err
    (row,) = dongche("check", "--deploy", "--json").json
    assert (row["code"], row["level"]) == ("no_https", "unsafe")
    assert dongche("check").code == 0
