"""Migrations: one at a time, patient with a table that is in use, and never in the way of a city's tables."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader

from dongche.operations import upgrade

# The last migration of each room made while no instance held data that matters: those may lock and rewrite. Raise a
# number only before the first release, or with a reason in ACCEPTED.
BEFORE_RELEASE = {"org": 1, "access": 2, "registry": 3, "reporting": 2}
# (room, migration) → why locking is harmless there.
ACCEPTED: dict[tuple[str, str], str] = {}
# Rules of squawk that say nothing about locks, or about types that Django chooses.
NOT_ABOUT_LOCKS = (
    "prefer-bigint-over-int", "prefer-bigint-over-smallint", "prefer-identity", "prefer-robust-stmts",
    "prefer-text-field", "prefer-timestamp-tz", "require-timeout-settings",
)  # fmt: skip


def lint(sql: str, folder: Path) -> str:
    """What squawk finds in the SQL of a migration; empty when it locks nothing for long."""
    file = folder / "migration.sql"
    file.write_text(sql, encoding="utf-8")
    squawk = shutil.which("squawk", path=str(Path(sys.executable).parent))
    assert squawk, "squawk is not installed; run scripts/setup dev"
    command = [squawk, "--pg-version=15", "--exclude=" + ",".join(NOT_ABOUT_LOCKS), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize(
    ("sql", "is_safe"),
    [
        ('CREATE INDEX "x" ON "registry_entity" ("name");', False),
        ('CREATE INDEX CONCURRENTLY "x" ON "registry_entity" ("name");', True),
        ('ALTER TABLE "registry_entity" ADD COLUMN "x" integer NOT NULL;', False),
        ('ALTER TABLE "registry_entity" ADD COLUMN "x" integer NULL;', True),
        ('ALTER TABLE "registry_entity" ALTER COLUMN "x" TYPE bigint;', False),
        ('ALTER TABLE "registry_entity" ADD CONSTRAINT "c" CHECK ("x" > 0);', False),
        ('ALTER TABLE "registry_entity" ADD CONSTRAINT "c" CHECK ("x" > 0) NOT VALID;', True),
        ('CREATE TABLE "a" ("id" bigint NOT NULL PRIMARY KEY);', True),
    ],
)
def test_the_linter_knows_what_locks(sql: str, is_safe: bool, tmp_path: Path):
    assert (lint(sql, tmp_path) == "") is is_safe


def test_the_list_of_early_migrations_is_true():
    known = MigrationLoader(None).disk_migrations
    for room, last in BEFORE_RELEASE.items():
        assert any(app == room and name.startswith(f"{last:04d}_") for app, name in known), (room, last)
    assert all(key in known and len(reason.split()) > 3 for key, reason in ACCEPTED.items())


@pytest.mark.postgres
@pytest.mark.django_db
def test_no_migration_locks_a_table_for_long(tmp_path: Path):
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("dongche.")}
    said = []
    for app, name in sorted(MigrationLoader(None).disk_migrations):
        is_early = int(name[:4]) <= BEFORE_RELEASE.get(app, 0) if app in ours else True
        if is_early or (app, name) in ACCEPTED:
            continue
        sql = StringIO()
        call_command("sqlmigrate", app, name, stdout=sql)
        found = lint(sql.getvalue(), tmp_path)
        if found:
            said.append(f"{app}.{name}:\n{found}")
    assert said == []


@pytest.mark.django_db(transaction=True)
def test_two_who_migrate_wait_for_each_other(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settings.DATA = tmp_path
    monkeypatch.setattr(upgrade, "WAIT", 0.0)
    inside, go, told = threading.Event(), threading.Event(), []

    def first() -> None:
        try:
            with upgrade.alone():
                inside.set()
                go.wait(20)
        finally:
            connection.close()

    other = threading.Thread(target=first)
    other.start()
    assert inside.wait(20)
    with pytest.raises(upgrade.MigrationRunning), upgrade.alone():
        told.append("entered")
    monkeypatch.setattr(upgrade, "WAIT", 20.0)
    threading.Timer(0.3, go.set).start()
    with upgrade.alone():
        told.append("after")
    other.join()
    assert told == ["after"]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_to_migrate(settings, tmp_path: Path):
    settings.DATA = tmp_path
    upgrade.migrate()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
            assert cursor.fetchone() == ("0", "0")


def test_another_error_is_not_tried_again():
    tries = []

    def broken() -> None:
        tries.append(1)
        raise OperationalError("no such table")

    with pytest.raises(OperationalError):
        upgrade.patiently(broken)
    assert tries == [1]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_table_in_use_is_waited_for_without_holding_others(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(upgrade, "PAUSE", 0.05)
    monkeypatch.setattr(upgrade, "LOCK_TIMEOUT", "100ms")
    settings = {
        k: v for k, v in connection.get_connection_params().items() if k not in ("cursor_factory", "context")
    }
    reader = psycopg.connect(**settings)
    reader.execute("SELECT count(*) FROM reporting_daychange")  # a long report holds its share of the table

    def change() -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE reporting_daychange ALTER COLUMN shard SET DEFAULT 0")
            cursor.execute("ALTER TABLE reporting_daychange ALTER COLUMN shard DROP DEFAULT")

    tries: list[str] = []

    def said(number: str) -> None:
        tries.append(number)
        if number == "3":
            reader.close()

    with upgrade.timeouts():
        upgrade.patiently(change, said)
    assert tries == ["1", "2", "3"]
    with psycopg.connect(**settings) as reader:
        reader.execute("SELECT count(*) FROM reporting_daychange")
        monkeypatch.setattr(upgrade, "MOST_TRIES", 2)
        with upgrade.timeouts(), pytest.raises(upgrade.TablesBusy):
            upgrade.patiently(change)
