"""Rows that were built once through many actions, put back by a statement for each table the next time."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.apps import apps
from django.db import connection, transaction

Built = TypeVar("Built")
Row = tuple[Any, ...]


class Kept(Generic[Built]):
    """What a build makes of one state of the database.

    The first build runs; its rows are remembered. Where the tables it touched are again as it found them, later ones put
    those rows back and give a copy of what it gave. Anything else is built anew.
    """

    def __init__(self, build: Callable[[], Built]) -> None:
        self._build = build
        self._found: dict[str, dict[Any, Row]] = {}
        self._left: dict[str, dict[Any, Row]] = {}
        self._given: Built | None = None

    def __call__(self) -> Built:
        if self._given is not None:
            if all(_rows(table) == rows for table, rows in self._found.items()):
                self._put_back()
                return copy.deepcopy(self._given)
            return self._build()
        tables = [model._meta.db_table for model in apps.get_models(include_auto_created=True)]
        before = {table: _rows(table) for table in tables}
        given = self._build()
        after = {table: _rows(table) for table in tables}
        self._found = {table: before[table] for table in tables if before[table] != after[table]}
        self._left = {table: after[table] for table in self._found}
        self._given = copy.deepcopy(given)
        return given

    def _put_back(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for table, rows in self._left.items():
                changed = [pk for pk, row in self._found[table].items() if rows.get(pk) != row]
                for pk in changed:
                    cursor.execute(f"DELETE FROM {table} WHERE id = %s", [pk])
                new = [row for pk, row in rows.items() if self._found[table].get(pk) != row]
                marks = ", ".join(["%s"] * len(new[0])) if new else ""
                cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", new)


def _rows(table: str) -> dict[Any, Row]:
    """The rows of a table by id, as the driver gives them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        at = [column[0] for column in cursor.description]
        key = at.index("id") if "id" in at else 0
        return {row[key]: row for row in cursor.fetchall()}
