"""How often the reports of each day have changed: what a kept figure is compared with."""

from __future__ import annotations

import secrets
from collections import Counter
from datetime import date

from django.db import connection

from dongche.reporting.models import DayChange


def count(changed: Counter[tuple[date, int]]) -> None:
    """This function will count in the same transaction, so that whoever reads the new count also reads the new rows."""
    table = DayChange._meta.db_table
    statement = (
        f'INSERT INTO {table} ("on", shard, stamp, changes) VALUES (%s, %s, %s, %s)'  # noqa: S608 – our own table name
        f' ON CONFLICT ("on", shard) DO UPDATE SET changes = {table}.changes + excluded.changes'
    )
    # In order, so that two transactions never wait for each other in a circle.
    rows = [(on, shard, secrets.randbits(62), count) for (on, shard), count in sorted(changed.items())]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(statement, [(on.isoformat(), *rest) for on, *rest in rows])
