"""Things to do: opened once for each matter, closed with an outcome."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.org.models import Officer, Unit, WorkItem


class WorkClosed(Problem):
    code = "org.work_closed"
    status = 409
    message = N_("This was closed on %(closed_at)s already (%(outcome)s); nothing was changed.")


@action("org.open_work")
def open_work(
    *,
    subdistrict: Unit,
    kind: str,
    key: str,
    by: Actor,
    at: datetime,
    officer: Officer | None = None,
    unit: Unit | None = None,
    data: Mapping[str, Any] | None = None,
    due_on: date | None = None,
) -> WorkItem:
    """Give somebody a thing to do. Where one is open under the same kind and key, it is brought up to date."""
    values = {"officer": officer, "unit": unit, "data": dict(data or {}), "due_on": due_on}
    item = WorkItem.objects.filter(
        subdistrict=subdistrict, kind=kind, key=key, closed_at__isnull=True
    ).first()
    before = None if item is None else {"officer_id": item.officer_id, "data": item.data}
    if item is None:
        item = WorkItem.objects.create(subdistrict=subdistrict, kind=kind, key=key, opened_at=at, **values)
    else:
        for name, value in values.items():
            setattr(item, name, value)
        item.save(update_fields=list(values))
    after = {"kind": kind, "key": key, "officer_id": item.officer_id, "data": item.data}
    record("work_item", item.pk, by=by, at=at, before=before, after=after, within=subdistrict)
    return item


def _shut(item: WorkItem, outcome: str, by: Actor, at: datetime) -> WorkItem:
    """Close an item that is open, as part of an action."""
    item.closed_at, item.outcome = at, outcome[:400]
    item.save(update_fields=["closed_at", "outcome"])
    record(
        "work_item",
        item.pk,
        by=by,
        at=at,
        before={"closed_at": None},
        after={"closed_at": at},
        reason=item.outcome,
        within=item.subdistrict_id,
    )
    return item
