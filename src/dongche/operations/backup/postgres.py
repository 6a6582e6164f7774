"""PostgreSQL in a backup: every table as COPY gives it, all from one snapshot.

Our own export and not pg_dump, because that must be as new as the server and is often not there, and because rows
alone, put into tables that the migrations make, need no special right. Rows of an SQLite backup go the same way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from django.db import connection
from psycopg import sql

from dongche.operations.backup import sqlite
from dongche.operations.backup.archive import Reader, Writer

FOLDER: Final = "tables/"
LEFT_OUT: Final = ("django_session",)
KEPT_BY_MIGRATE: Final = "django_migrations"


def _raw() -> psycopg.Connection[Any]:
    connection.ensure_connection()
    found: psycopg.Connection[Any] = connection.connection
    return found


@contextmanager
def snapshot() -> Iterator[psycopg.Connection[Any]]:
    """A connection on which nothing changes any more: what is committed before is seen, nothing after."""
    settings = {
        k: v for k, v in connection.get_connection_params().items() if k not in ("cursor_factory", "context")
    }
    with psycopg.connect(**settings) as own:
        own.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        own.read_only = True
        own.execute("SET TimeZone = 'UTC'")
        yield own


def columns(own: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """Table → columns in their order, of the schema that is used; without computed ones."""
    found: dict[str, list[str]] = {}
    rows = own.execute(
        "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables USING"
        " (table_schema, table_name) WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
        " AND is_generated = 'NEVER' ORDER BY table_name, ordinal_position"
    )
    for table, column in rows:
        found.setdefault(table, []).append(column)
    return found


def size(own: psycopg.Connection[Any]) -> int:
    row = own.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0


def migrations(own: psycopg.Connection[Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for app, name in own.execute("SELECT app, name FROM django_migrations ORDER BY id"):
        found.setdefault(app, []).append(name)
    return found


def export(own: psycopg.Connection[Any], writer: Writer) -> None:
    """Write every table of the snapshot, and what was written, into the manifest."""
    for table, names in columns(own).items():
        if table in LEFT_OUT or table == KEPT_BY_MIGRATE:
            continue
        with own.cursor() as cursor:
            with cursor.copy(_copy(table, names, "TO STDOUT")) as out:
                writer.add(f"{FOLDER}{table}.copy", out)
            writer.manifest.tables[table] = cursor.rowcount
        writer.manifest.columns[table] = names


def load(reader: Reader) -> None:
    """Put the rows of a PostgreSQL backup into the tables that migrate has made. Within a transaction."""
    own = _begin_load(reader.manifest.columns)
    for table, names in reader.manifest.columns.items():
        with own.cursor() as cursor, cursor.copy(_copy(table, names, "FROM STDIN")) as into:
            for piece in reader.pieces(f"{FOLDER}{table}.copy"):
                into.write(piece)
    _end_load(own)


def load_sqlite(file: Path) -> None:
    """Put the rows of an SQLite database into the tables that migrate has made. Within a transaction.

    SQLite keeps times as UTC texts, booleans as 0 and 1, identifiers and JSON as text: PostgreSQL reads them all.
    """
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as source:
        names = {
            table: [row[1] for row in source.execute(f"PRAGMA table_info({table})")]
            for table in sqlite.tables(file)
            if table != KEPT_BY_MIGRATE and table not in LEFT_OUT
        }
        own = _begin_load(names)
        there = columns(own)
        for table, given in names.items():
            if table not in there:
                continue
            rows = source.execute(
                f"SELECT {', '.join(chr(34) + name + chr(34) for name in given)} FROM {table}"  # noqa: S608
            )
            with own.cursor() as cursor, cursor.copy(_copy(table, given, "FROM STDIN")) as into:
                for row in rows:
                    into.write_row(row)
        _end_load(own)


def tables() -> set[str]:
    """The tables that this transaction sees."""
    return set(columns(_raw()))


def counts(tables: Iterable[str]) -> dict[str, int]:
    """Table → rows, as this transaction sees them."""
    found = {}
    for table in tables:
        row = _raw().execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
        found[table] = int(row[0]) if row else 0
    return found


def _copy(table: str, names: Iterable[str], way: str) -> sql.Composed:
    listed = sql.SQL(", ").join(map(sql.Identifier, names))
    return sql.SQL("COPY {} ({}) " + way).format(sql.Identifier(table), listed)


def _begin_load(tables: Iterable[str]) -> psycopg.Connection[Any]:
    own = _raw()
    own.execute("SET LOCAL TimeZone = 'UTC'")
    own.execute("SET CONSTRAINTS ALL DEFERRED")
    for table in tables:
        # What migrations have put there is in the backup too. Tables that refuse deletion are empty and not touched.
        if own.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table))).fetchone():
            own.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    return own


def _end_load(own: psycopg.Connection[Any]) -> None:
    """Check what was deferred, and let numbering go on after the highest number."""
    own.execute("SET CONSTRAINTS ALL IMMEDIATE")
    numbered = own.execute(
        "SELECT table_name, column_name, pg_get_serial_sequence(quote_ident(table_name), column_name)"
        " FROM information_schema.columns WHERE table_schema = current_schema()"
        " AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL"
    ).fetchall()
    for table, column, sequence in numbered:
        own.execute(
            sql.SQL("SELECT setval({}, greatest(max({}), 1), max({}) IS NOT NULL) FROM {}").format(
                sql.Literal(sequence), sql.Identifier(column), sql.Identifier(column), sql.Identifier(table)
            )
        )
