"""Keyset paging: a page is asked for by the last row seen, never by counting rows past it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.web.components import Pager

Row = TypeVar("Row", bound=Model)
SIZE = 50


class BrokenCursor(Problem):
    code = "web.broken_cursor"
    status = 400
    message = N_("The address of this page of the list is damaged. Open the list again from its first page.")


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: Sequence[Row]
    pager: Pager


def page(
    rows: QuerySet[Row],
    sort: str,
    *,
    after: str = "",
    before: str = "",
    size: int = SIZE,
    total: int | None = None,
) -> Page[Row]:
    """One page of `rows` ordered by `sort` ("name", "-name") and then by id; the sort column must not be null.

    Shape: `size` rows, and cursors for the pages on either side: one query, whatever the depth.
    Empty: no rows and no cursors.
    """
    column, descending = sort.lstrip("-"), sort.startswith("-")
    backwards = bool(before)
    cursor = before or after
    falling = descending != backwards
    if cursor:
        value, pk = _decode(cursor)
        side = "lt" if falling else "gt"
        beyond = Q(**{f"pk__{side}": pk})
        if column not in {"id", "pk"}:
            # The first condition follows from the second, and is what lets a deep page begin in the index.
            bound = Q(**{f"{column}__{side}e": value})
            beyond = bound & (Q(**{f"{column}__{side}": value}) | (Q(**{column: value}) & beyond))
        rows = rows.filter(beyond)
    sign = "-" if falling else ""
    keys = [f"{sign}pk"] if column in {"id", "pk"} else [f"{sign}{column}", f"{sign}pk"]
    found = list(rows.order_by(*keys)[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_previous, has_next = (more, bool(cursor)) if backwards else (bool(cursor), more)
    return Page(
        found,
        Pager(
            previous=_encode(found[0], column) if found and has_previous else None,
            next=_encode(found[-1], column) if found and has_next else None,
            shown=len(found),
            total=total,
        ),
    )


def _encode(row: Model, column: str) -> str:
    value = row
    for part in column.split("__"):
        value = getattr(value, part)
    text = json.dumps([value, row.pk], default=str, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[Any, int]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        value, pk = json.loads(base64.urlsafe_b64decode(padded.encode()))
        if not isinstance(pk, int) or isinstance(value, (list, dict)):
            raise ValueError
    except (ValueError, TypeError, binascii.Error):
        raise BrokenCursor from None
    return value, pk
