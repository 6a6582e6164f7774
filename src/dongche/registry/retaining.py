"""The retention clock: each day the deletions that are due become work of headquarters, until they are done."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from dongche.org import actions as org
from dongche.org.audit import Actor
from dongche.org.models import Officer, Unit, UnitKind, WorkItem
from dongche.org.queries import duties_on
from dongche.org.roles import PostRole
from dongche.registry.queries import due

ERASURE_DUE: Final = "registry.erasure_due"
DAYS_TO_ERASE: Final = 7


def list_due(subdistrict: Unit, on: date, *, by: Actor, at: datetime) -> dict[str, int]:
    """This function will open work for each class of which data are due on a day, and close it where nothing is.

    Shape: how many rows are due, by class
    """
    found = {one.kept.data_class: one.count for one in due(subdistrict, on)}
    headquarters = Unit.objects.filter(subdistrict=subdistrict, kind=UnitKind.HEADQUARTERS).first()
    items = WorkItem.objects.filter(subdistrict=subdistrict, kind=ERASURE_DUE, closed_at__isnull=True)
    known = {item.key: item for item in items}
    for data_class, count in found.items():
        item = known.pop(data_class, None)
        if headquarters is None or (item is not None and item.data.get("count") == count):
            continue
        due_on = item.due_on if item is not None else on + timedelta(days=DAYS_TO_ERASE)
        org.open_work(
            subdistrict=subdistrict,
            kind=ERASURE_DUE,
            key=data_class,
            unit=headquarters,
            officer=_officer(headquarters, on),
            data={"data_class": data_class, "count": count},
            due_on=due_on,
            by=by,
            at=at,
        )
    for item in known.values():
        org.close_work(item=item, outcome="erased", by=by, at=at)
    return found


def _officer(headquarters: Unit, on: date) -> Officer | None:
    """Whoever is on duty at headquarters, or acts for them; None where the post is vacant."""
    duties = duties_on(on, subdistricts=[headquarters.subdistrict_id or 0])
    for held in duties.holders.get((headquarters.pk, PostRole.HEADQUARTERS), []):
        acting, _leaves = duties.present(held.officer)
        if acting is not None:
            return acting
    return None
