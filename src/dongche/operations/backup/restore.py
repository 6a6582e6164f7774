"""Bring a backup back into an empty instance: everything is checked before and after, and a failure leaves nothing."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dongche.operations import program
from dongche.operations.backup import archive, postgres, sqlite
from dongche.operations.backup.archive import Manifest, Reader, Say
from dongche.operations.backup.problems import (
    BackupTooNew,
    FieldKeyMissing,
    FieldKeyWrong,
    NotEmpty,
    OtherDatabase,
    RestoredWrong,
)
from dongche.operations.backup.take import FILES, KEYS

MAY_BE_THERE = {*KEYS, "lost+found"}
NOTE = "instance.json"


@dataclass(frozen=True)
class Restored:
    """What was brought back. `behind`: the program knows changes to the tables that the backup does not have yet."""

    taken_at: str
    tables: int
    rows: int
    files: int
    behind: int
    seconds: float

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


def restore(
    file: Path, folder: Path, *, start: Callable[[], None], say: Say = lambda count: None
) -> Restored:
    """This function will bring a backup back into the data folder and the database that the environment names.

    `start` starts Django; it is called when the folder holds what the settings need.
    Raises: every problem of this package; whatever was refused, the folder is as it was before
    """
    begun = time.monotonic()
    with archive.reading(file) as reader:
        manifest = reader.manifest
        _refuse_full(folder)
        _check_key(manifest, folder)
        reader.check(say)
        with _all_or_nothing(folder):
            for name in (*KEYS, NOTE):
                if name in manifest.members and not (folder / name).exists():
                    reader.extract(name, folder / name)
            start()
            _check_versions(manifest)
            _bring_database(reader, folder)
            files = [name for name in manifest.members if name.startswith(FILES)]
            for name in files:
                reader.extract(name, folder / name)
                say(manifest.members[name]["size"])
    return Restored(
        taken_at=manifest.taken_at,
        tables=len(manifest.tables),
        rows=manifest.rows,
        files=len(files),
        behind=len(_unapplied()),
        seconds=round(time.monotonic() - begun, 2),
    )


def _refuse_full(folder: Path) -> None:
    there = (
        sorted(path.name for path in folder.iterdir() if path.name not in MAY_BE_THERE)
        if folder.exists()
        else []
    )
    if there:
        raise NotEmpty(given=f"{folder}/{there[0]}")


def _check_key(manifest: Manifest, folder: Path) -> None:
    """The personal data must be readable afterwards, so its key is asked for before anything is written."""
    kept = folder / "field.key"
    for where, text in (
        ("DONGCHE_FIELD_KEY", _given_key()),
        (str(kept), kept.read_text(encoding="utf-8") if kept.exists() else ""),
    ):
        if text:
            if archive.fingerprint(text) != manifest.field_key:
                raise FieldKeyWrong(where=where)
            return
    if "field.key" not in manifest.members:
        raise FieldKeyMissing(folder=folder)


def _given_key() -> str:
    """As the settings will read it; they cannot be asked yet."""
    name = "DONGCHE_FIELD_KEY"
    file = os.environ.get(f"{name}_FILE")
    return Path(file).read_text(encoding="utf-8") if file else os.environ.get(name, "")


@contextmanager
def _all_or_nothing(folder: Path) -> Iterator[None]:
    is_new = not folder.exists()
    before = set() if is_new else set(folder.iterdir())
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for path in set(folder.iterdir()) - before:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        if is_new:
            folder.rmdir()
        raise


def _check_versions(manifest: Manifest) -> None:
    from django.db.migrations.loader import MigrationLoader

    disk = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    # A database notes what a migration replaces beside the migration itself.
    known = {*disk, *(old for one in disk.values() for old in one.replaces)}
    for app, names in manifest.migrations.items():
        for name in names:
            if (app, name) not in known:
                raise BackupTooNew(theirs=manifest.program, ours=program.version(), given=f"{app}.{name}")


def _bring_database(reader: Reader, folder: Path) -> None:
    from django.db import connection

    engine = reader.manifest.engine
    if connection.vendor == "sqlite":
        if engine != "sqlite":
            raise OtherDatabase
        file = sqlite.live_file()
        connection.close()
        reader.extract(sqlite.MEMBER, file)
        _compare(reader.manifest, sqlite.tables(file), sqlite.faults(file))
        return
    there = connection.introspection.table_names()
    if there:
        raise NotEmpty(given=f"the table {sorted(there)[0]} in the database")
    try:
        _fill(reader, folder)
    except BaseException:
        _empty()
        raise


def _fill(reader: Reader, folder: Path) -> None:
    from django.db import connection, transaction
    from django.db.migrations.executor import MigrationExecutor

    manifest = reader.manifest
    executor = MigrationExecutor(connection)
    executor.migrate(_state_of(manifest, executor.loader.graph))
    with transaction.atomic():
        if manifest.engine == "sqlite":
            file = folder / ".from-sqlite"
            reader.extract(sqlite.MEMBER, file)
            postgres.load_sqlite(file)
            file.unlink()
        else:
            postgres.load(reader)
        expected = {table: rows for table, rows in manifest.tables.items() if table in postgres.tables()}
        _compare(manifest, postgres.counts(expected), [], expected)


def _state_of(manifest: Manifest, graph: Any) -> list[tuple[str, str]]:
    """The last migrations of each room that were in force when the backup was taken."""
    applied = {(app, name) for app, names in manifest.migrations.items() for name in names}
    return [
        key
        for key in sorted(applied)
        if key in graph.node_map
        and not any(child.key in applied and child.key[0] == key[0] for child in graph.node_map[key].children)
    ]


def _compare(
    manifest: Manifest, found: dict[str, int], faults: list[str], expected: dict[str, int] | None = None
) -> None:
    wanted = manifest.tables if expected is None else expected
    wrong = [
        f"{table} has {found.get(table)} rows instead of {rows}"
        for table, rows in wanted.items()
        if found.get(table) != rows and table != postgres.KEPT_BY_MIGRATE
    ]
    if wrong or faults:
        raise RestoredWrong(given="; ".join([*faults, *wrong][:3]))


def _empty() -> None:
    """Take away the tables that were made a moment ago in what was an empty database."""
    from django.db import connection

    connection.close()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)} CASCADE")


def _unapplied() -> list[Any]:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return executor.migration_plan(executor.loader.graph.leaf_nodes())
