"""The embedded database in a backup: a copy of its file, taken with SQLite's own online copy.

All pages are copied within one read transaction; with a write-ahead log nobody who writes waits for it.
"""

from __future__ import annotations

import errno
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from django.conf import settings

MEMBER: Final = "database.sqlite3"
LEFT_OUT: Final = ("django_session",)


def live_file() -> Path:
    """The file that is worked on."""
    return Path(str(settings.DATABASES["default"]["NAME"]))


def copy(source: Path, to: Path) -> None:
    """Copy the database as it is at one instant, without sessions, into a file of its own.

    Raises: OSError – the disk is full
    """
    try:
        _copy(source, to)
    except sqlite3.OperationalError as error:
        raise OSError(errno.ENOSPC, str(error)) from None


def _copy(source: Path, to: Path) -> None:
    reading = sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=30)
    with closing(reading) as live, closing(sqlite3.connect(to)) as kept:
        live.backup(kept)
        kept.execute("PRAGMA journal_mode=DELETE")
        kept.execute("PRAGMA secure_delete=ON")
        for table in LEFT_OUT:
            kept.execute(f"DELETE FROM {_quoted(table)}")  # noqa: S608 – a name of ours
        kept.commit()


def tables(file: Path) -> dict[str, int]:
    """Table → rows."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        names = [
            name
            for (name,) in database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
                " ORDER BY name"
            )
        ]
        return {
            name: database.execute(f"SELECT count(*) FROM {_quoted(name)}").fetchone()[0]  # noqa: S608
            for name in names
        }


def migrations(file: Path) -> dict[str, list[str]]:
    """Room → migrations in force."""
    found: dict[str, list[str]] = {}
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        for app, name in database.execute("SELECT app, name FROM django_migrations ORDER BY id"):
            found.setdefault(app, []).append(name)
    return found


def faults(file: Path) -> list[str]:
    """What is wrong inside the file: damaged pages, indexes that disagree, rows that point nowhere."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        try:
            said = [text for (text,) in database.execute("PRAGMA integrity_check(5)") if text != "ok"]
            lost = database.execute("PRAGMA foreign_key_check").fetchmany(5)
        except sqlite3.DatabaseError as error:
            return [str(error)]
    return said + [f"{row[0]} points to a missing row of {row[2]}" for row in lost]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
