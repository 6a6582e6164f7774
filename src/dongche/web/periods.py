"""Half-open periods of days in tables, what we believed of them and when, and the refusal of overlaps by the database.

A dated belief is never edited: it is superseded by another one, so that every question can be asked "for that day, as
known then". Rows that hold now have an empty `superseded_at`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, ClassVar, Self

from django.db import migrations, models
from django.db.models import F, Q


def in_force(on: date, prefix: str = "") -> Q:
    """Rows whose half-open period [from_on, until_on) holds the day."""
    return Q(**{f"{prefix}from_on__lte": on}) & (
        Q(**{f"{prefix}until_on__isnull": True}) | Q(**{f"{prefix}until_on__gt": on})
    )


def believed(as_known: datetime | None = None, prefix: str = "") -> Q:
    """Rows that hold now, or that were held at an instant."""
    now = Q(**{f"{prefix}superseded_at__isnull": True})
    if as_known is None:
        return now
    return Q(**{f"{prefix}known_at__lte": as_known}) & (now | Q(**{f"{prefix}superseded_at__gt": as_known}))


class DatedBelief(models.Model):
    """That something holds on the days [from_on, until_on), as believed during [known_at, superseded_at)."""

    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    BELIEF: ClassVar = frozenset({"id", "from_on", "until_on", "known_at", "superseded_at"})

    class Meta:
        abstract = True

    def supersede(self, at: datetime) -> None:
        """Hold this no longer, from `at` on."""
        self.superseded_at = at
        self.save(update_fields=["superseded_at"])

    def replaced(self, at: datetime, **changes: Any) -> Self:
        """This function will put another belief in the place of this one and give it: the same but for the changes."""
        self.supersede(at)
        values = {
            field.attname: getattr(self, field.attname)
            for field in self._meta.concrete_fields
            if not field.primary_key
        }
        return type(self)._base_manager.create(**values | {"known_at": at, "superseded_at": None} | changes)


def period_forward(name: str) -> models.CheckConstraint:
    """The constraint that a period ends after it begins."""
    return models.CheckConstraint(
        condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on")), name=name
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


def allow_overlap(
    table: str, columns: Sequence[str], *, name: str, current: str = ""
) -> migrations.RunPython:
    """A migration step: take back what `forbid_overlap` with the same arguments did."""
    step: Any = forbid_overlap(table, columns, name=name, current=current)
    return migrations.RunPython(_named(step.reverse_code, name, "allow"), step.code)


def _named(step: Callable[..., None], name: str, verb: str = "forbid") -> Callable[..., None]:
    step.__name__ = f"{verb}_{name}"
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
