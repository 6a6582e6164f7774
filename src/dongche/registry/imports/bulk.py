"""Bulk writes of the registry; writers take turns by its lock."""

from __future__ import annotations

from django.db import connection

from dongche.org.models import Unit, UnitKind
from dongche.web.bulk import insert, next_ids, remove, update

__all__ = ["insert", "lock", "next_ids", "remove", "update"]


def lock() -> None:
    """This function will make writers of the registry take turns until the end of the transaction.

    SQLite has one writer at a time anyway.
    """
    if connection.vendor == "postgresql":
        list(
            Unit.objects.select_for_update()
            .filter(kind=UnitKind.SUBDISTRICT)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
