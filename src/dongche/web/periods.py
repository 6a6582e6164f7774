"""Half-open periods of days in tables, and the refusal of overlaps by the database itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.db import migrations
from django.db.models import Q


def in_force(on: date, prefix: str = "") -> Q:
    """Rows whose half-open period [from_on, until_on) holds the day."""
    return Q(**{f"{prefix}from_on__lte": on}) & (
        Q(**{f"{prefix}until_on__isnull": True}) | Q(**{f"{prefix}until_on__gt": on})
    )


def forbid_overlap(
    table: str, columns: Sequence[str], *, name: str, current: str = ""
) -> migrations.RunPython:
    """A migration step: no two rows of `table` equal in `columns` (null equals null) may share a day.
    Where `current` names a column, only rows in which it is empty count (superseded beliefs may overlap).

    PostgreSQL gets an exclusion constraint, SQLite two triggers of the same name that raise it.
    """

    def forwards(apps: Any, editor: Any) -> None:
        for statement in _statements(editor.connection.vendor, table, columns, name, current):
            editor.execute(statement)

    def backwards(apps: Any, editor: Any) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        else:
            editor.execute(f"DROP TRIGGER {name}_insert")
            editor.execute(f"DROP TRIGGER {name}_update")

    return migrations.RunPython(_named(forwards, name), backwards)


def _named(step: Callable[..., None], name: str) -> Callable[..., None]:
    step.__name__ = f"forbid_{name}"
    return step


def _statements(vendor: str, table: str, columns: Sequence[str], name: str, current: str) -> list[str]:
    if vendor == "postgresql":
        equal = ", ".join(f"COALESCE({column}::text, '') WITH =" for column in columns)
        return [
            "CREATE EXTENSION IF NOT EXISTS btree_gist",
            f"ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE USING gist"
            f" ({equal}, daterange(from_on, until_on, '[)') WITH &&)"
            + (f" WHERE ({current} IS NULL)" if current else ""),
        ]
    same = " AND ".join(f"other.{column} IS NEW.{column}" for column in columns)
    if current:
        same += f" AND other.{current} IS NULL AND NEW.{current} IS NULL"
    return [
        # The names are constants of our migrations, never input.
        f"CREATE TRIGGER {name}_{event.lower()} BEFORE {event} ON {table}"  # noqa: S608
        f" WHEN EXISTS (SELECT 1 FROM {table} other WHERE other.id IS NOT NEW.id AND {same}"
        " AND other.from_on < COALESCE(NEW.until_on, '9999-12-31')"
        " AND NEW.from_on < COALESCE(other.until_on, '9999-12-31'))"
        f" BEGIN SELECT RAISE(ABORT, '{name}'); END"
        for event in ("INSERT", "UPDATE")
    ]
