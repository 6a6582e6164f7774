"""Backups: taken while people write, brought back elsewhere, and everything that may be wrong with one."""

from __future__ import annotations

import json
import random
import sqlite3
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from dongche.operations.backup import problems, restore, sqlite
from tests.cli.conftest import environment_for
from tests.operations.clients import Client
from tests.operations.conftest import Instance, start_serving, wait_for

Begin = Callable[[str], Instance]
PLACES = (
    "from tests.town import build\nfrom tests.factories.registry import place\n"
    "town = build()\nprint(*[place(town.grid_n1, contact_name='机密甲').code for _ in range({})])"
)
KEYS = "from dongche.reporting.models import Report\nprint(*Report.objects.values_list('key', flat=True))"
READABLE = "from dongche.registry.models import Entity\nprint(*set(Entity.objects.values_list('contact_name', flat=True)))"


def test_what_was_acknowledged_before_a_backup_is_in_it(instance: Instance, begin: Begin, tmp_path: Path):
    codes = instance.python(PLACES.format(24)).split()
    port, stopping = start_serving(instance), threading.Event()
    clients = [Client(port, tuple(codes[number::8]), stopping) for number in range(8)]
    for client in clients:
        client.start()
    wait_for(lambda: all(len(client.acknowledged) >= 3 for client in clients), 120)
    before = {key for client in clients for key in client.acknowledged}
    taken = instance.dongche("backup", str(tmp_path / "b.zip"), "--json")
    after = {key for client in clients for key in client.acknowledged}
    stopping.set()
    for client in clients:
        client.join()
    assert taken.code == 0, taken.err
    assert len(after) > len(before), "nobody wrote while the backup was taken"
    assert {status for client in clients for status in client.refused} <= {"429"}

    there = begin("there")
    there.folder.mkdir()
    (there.folder / "field.key").write_bytes((instance.folder / "field.key").read_bytes())
    restored = there.dongche("restore", str(tmp_path / "b.zip"), "--json")
    assert restored.code == 0, restored.err
    kept = set(there.python(KEYS).split())
    assert before <= kept
    assert kept <= {key for client in clients for key in client.acknowledged}
    assert restored.json["rows"] == taken.json["rows"]
    assert (restored.json["behind"], restored.json["audit"]) == (0, "holds")
    assert there.dongche("audit", "verify").code == 0
    assert there.python(READABLE) == "机密甲"
    # It is an instance like any other: numbering goes on, pages are served, coverage is counted.
    assert "LS-" in there.python(
        "from tests.factories import registry as f\nfrom dongche.org.models import Unit\nfrom itertools import count\n"
        "f._numbers = count(900)\nprint(f.place(Unit.objects.filter(kind='grid').first()).number)"
    )
    start_serving(there)


def test_a_backup_tells_no_secrets_unless_asked(instance: Instance, tmp_path: Path):
    kept = tmp_path / "copies"
    kept.mkdir()
    instance.python(
        "from django.contrib.sessions.backends.db import SessionStore\ns = SessionStore()\ns['a'] = 'b'\ns.save()"
    )
    assert instance.dongche("backup", str(kept)).code == 0
    (file,) = kept.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    key = (instance.folder / "field.key").read_bytes()
    with zipfile.ZipFile(file) as archive:
        assert not {"field.key", "secret.key"} & set(archive.namelist())
        content = b"".join(archive.read(name) for name in archive.namelist())
        manifest = json.loads(archive.read("manifest.json"))
    assert key not in content
    assert manifest["tables"].get("django_session", 0) == 0
    assert instance.dongche("backup", str(tmp_path / "with.zip"), "--with-keys").code == 0
    with zipfile.ZipFile(tmp_path / "with.zip") as archive:
        assert archive.read("field.key") == key


def test_only_the_newest_are_kept_when_asked(instance: Instance, tmp_path: Path):
    for number in range(3):
        (tmp_path / f"dongche-2020032{number}-010000.zip").write_text("old")
    (tmp_path / "holiday.zip").write_text("not ours")
    assert instance.dongche("backup", str(tmp_path), "--keep", "2").code == 0
    names = sorted(path.name for path in tmp_path.glob("*.zip"))
    assert names[0] == "dongche-20200322-010000.zip"
    assert names[-1] == "holiday.zip"
    assert len(names) == 3
    assert instance.dongche("backup", str(tmp_path / "x.zip"), "--keep", "2").code == 2


@pytest.fixture
def backup(instance: Instance, tmp_path: Path) -> Path:
    file = tmp_path / "good.zip"
    assert instance.dongche("backup", str(file), "--with-keys").code == 0
    return file


def test_a_backup_is_brought_back_with_its_keys_and_only_once(backup: Path, begin: Begin):
    there = begin("there")
    answer = there.dongche("restore", str(backup))
    assert answer.code == 0, answer.err
    again = there.dongche("restore", str(backup))
    assert (again.code, again.out) == (1, "")
    assert "operations.not_empty" in again.err
    assert there.dongche("officer", "list", "--json").json[0]["username"] == "admin"


def _inside_the_largest_member(backup: Path, whole: bytes) -> int:
    """The place of a byte that holds something: the headers between members have fields that nobody reads."""
    with zipfile.ZipFile(backup) as good:
        members = [one for one in good.infolist() if one.filename != "manifest.json"]
        member = max(members, key=lambda one: one.compress_size)
    name, extra = (int.from_bytes(whole[member.header_offset + at :][:2], "little") for at in (26, 28))
    return member.header_offset + 30 + name + extra + member.compress_size // 2


def test_files_that_are_no_whole_backup_are_refused_and_leave_nothing(
    backup: Path, begin: Begin, tmp_path: Path
):
    whole = backup.read_bytes()
    middle = _inside_the_largest_member(backup, whole)
    damaged = tmp_path / "damaged.zip"
    with zipfile.ZipFile(backup) as good, zipfile.ZipFile(damaged, "w") as bad:
        for name in good.namelist():
            content = good.read(name)
            bad.writestr(name, content[:-1] + b"!" if name == "instance.json" else content)
    foreign = tmp_path / "foreign.zip"
    with zipfile.ZipFile(foreign, "w") as other:
        other.writestr("holiday.txt", "sun")
    outside = tmp_path / "outside.zip"
    with zipfile.ZipFile(backup) as good, zipfile.ZipFile(outside, "w") as bad:
        manifest = json.loads(good.read("manifest.json"))
        manifest["members"]["../escaped"] = {"size": 1, "sha256": ""}
        bad.writestr("../escaped", "x")
        for name in good.namelist():
            bad.writestr(name, json.dumps(manifest) if name == "manifest.json" else good.read(name))
    newer = tmp_path / "newer.zip"
    with zipfile.ZipFile(backup) as good, zipfile.ZipFile(newer, "w") as bad:
        manifest = json.loads(good.read("manifest.json"))
        manifest["migrations"]["org"].append("0099_from_the_future")
        for name in good.namelist():
            bad.writestr(name, json.dumps(manifest) if name == "manifest.json" else good.read(name))
    (tmp_path / "cut.zip").write_bytes(whole[:-1000])
    (tmp_path / "flipped.zip").write_bytes(
        whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :]
    )
    (tmp_path / "empty.zip").touch()
    there = tmp_path / "there"
    for name, problem in (
        ("cut.zip", problems.NotABackup),
        ("empty.zip", problems.NotABackup),
        ("foreign.zip", problems.NotABackup),
        ("outside.zip", problems.NotABackup),
        ("absent.zip", problems.NotABackup),
        ("flipped.zip", problems.BackupDamaged),
        ("damaged.zip", problems.BackupDamaged),
        ("newer.zip", problems.BackupTooNew),
    ):
        with pytest.raises(problem) as told:
            restore.restore(tmp_path / name, there, start=lambda: None)
        assert "%(" not in str(told.value)
        assert not there.exists(), name
    assert not (tmp_path / "escaped").exists()


def test_the_key_of_the_personal_data_is_asked_for_first(instance: Instance, begin: Begin, tmp_path: Path):
    assert instance.dongche("backup", str(tmp_path / "b.zip")).code == 0
    there = begin("there")
    refused = there.dongche("restore", str(tmp_path / "b.zip"))
    assert "operations.field_key_missing" in refused.err
    wrong = there.dongche("restore", str(tmp_path / "b.zip"), DONGCHE_FIELD_KEY="another key")
    assert "operations.field_key_wrong" in wrong.err
    assert not there.folder.exists()
    key = (instance.folder / "field.key").read_text()
    assert there.dongche("restore", str(tmp_path / "b.zip"), DONGCHE_FIELD_KEY=key).code == 0


def test_what_cannot_be_written_is_told_and_cleared_away(instance: Instance, tmp_path: Path):
    kept = tmp_path / "kept.zip"
    kept.write_text("mine")
    assert "operations.backup_exists" in instance.dongche("backup", str(kept)).err
    assert kept.read_text() == "mine"
    missing = instance.dongche("backup", str(tmp_path / "no" / "b.zip"))
    assert "operations.backup_unwritable" in missing.err
    # A file that must not grow past 40 kB stands for a full disk; SQLite's own index of its log needs 32 kB.
    limit = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000));"
        "from dongche.cli.main import main; main(sys.argv[1:])"
    )
    full = tmp_path / "full"
    full.mkdir()
    (instance.folder / "files").mkdir(exist_ok=True)
    (instance.folder / "files" / "attached").write_bytes(random.randbytes(100_000))
    done = subprocess.run(
        [sys.executable, "-c", limit, "backup", str(full), "--lang", "en"],
        env=environment_for(instance.folder) | instance.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "operations.backup_unwritable" in done.stderr
    assert list(full.iterdir()) == []


@pytest.mark.postgres
def test_an_instance_moves_from_sqlite_to_postgresql(begin: Begin, tmp_path: Path):
    small = begin("small")
    small.environment = {}
    assert small.dongche("init", "--subdistrict", "370203026", "--name", "阜新路街道").code == 0
    small.python(PLACES.format(40))
    assert small.dongche("backup", str(tmp_path / "b.zip"), "--with-keys").code == 0
    city = begin("city")
    moved = city.dongche("restore", str(tmp_path / "b.zip"), "--json")
    assert moved.code == 0, moved.err
    assert moved.json["audit"] == "holds"
    everything = (
        "from django.apps import apps\n"
        "for m in apps.get_models():\n"
        "    if m._meta.db_table not in ('django_migrations', 'django_session', 'org_auditentry', 'org_audithead'):\n"
        "        for row in m._base_manager.order_by('pk').values_list(): print(m.__name__, row)"
    )
    assert small.python(everything) == city.python(everything)
    back = begin("back")
    back.environment = {}
    assert city.dongche("backup", str(tmp_path / "c.zip"), "--with-keys").code == 0
    assert "operations.other_database" in back.dongche("restore", str(tmp_path / "c.zip")).err


def test_the_copy_of_sqlite_holds_all_of_one_instant(tmp_path: Path):
    source, copied = tmp_path / "a.sqlite3", tmp_path / "b.sqlite3"
    with sqlite3.connect(source) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE django_session (x)")
        database.execute("INSERT INTO django_session VALUES ('secret-session')")
        database.execute("CREATE TABLE account (id INTEGER PRIMARY KEY, amount INTEGER)")
        database.execute("INSERT INTO account VALUES (1, 1000), (2, 0)")
    database.close()
    stopping = threading.Event()

    def move() -> None:
        with_both = sqlite3.connect(source, timeout=20, isolation_level=None)
        while not stopping.is_set():
            with_both.execute("BEGIN IMMEDIATE")
            with_both.execute("UPDATE account SET amount = amount - 1 WHERE id = 1")
            with_both.execute("UPDATE account SET amount = amount + 1 WHERE id = 2")
            with_both.execute("COMMIT")
        with_both.close()

    writer = threading.Thread(target=move)
    writer.start()
    for _ in range(10):
        copied.unlink(missing_ok=True)
        sqlite.copy(source, copied)
        with sqlite3.connect(copied) as database:
            assert database.execute("SELECT sum(amount) FROM account").fetchone() == (1000,)
        database.close()
    stopping.set()
    writer.join()
    assert sqlite.tables(copied) == {"account": 2, "django_session": 0}
    assert sqlite.faults(copied) == []
    assert b"secret-session" not in copied.read_bytes()
