"""Daily work of the organisation: each task is one call."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q

from dongche.kit import clock
from dongche.org import actions
from dongche.org.audit import System, checking, together
from dongche.org.audit.chain import HeadBroken
from dongche.org.models import Officer, Unit, UnitRevision, WorkItem
from dongche.org.queries import GroupTasks, PlannedChanges, Posts, Units, confirmers, seats_on
from dongche.org.roles import PostRole
from dongche.web.background import task

log = logging.getLogger(__name__)
AUDIT_BROKEN = "org.audit_broken"
REASON = "what is late is late for everybody"
# A planned change that was refused is told for so long, where nobody decides anew.
KEPT = timedelta(days=14)


@task
def raise_overdue_tasks(on: str) -> None:
    """Tell the leaders of working groups which tasks are overdue; a task that was told of already is left alone."""
    by, at, day = System("schedule"), clock.now(), date.fromisoformat(on)
    late = list(
        GroupTasks.unscoped(reason=REASON)
        .overdue(day)
        .select_related("group__unit__subdistrict", "owner")
        .order_by("pk")
    )
    seats = seats_on({one.group_id for one in late}, day)
    told = dict(
        WorkItem.objects.filter(kind=actions.OVERDUE, closed_at__isnull=True).values_list("key", "officer")
    )
    with together():
        for one in late:
            leader = next(iter(confirmers(seats[one.group_id], one.owner_id)), None)
            key = f"task:{one.pk}"
            if key not in told or told[key] != (leader and leader.pk):
                actions.raise_overdue(task=one, leader=leader, by=by, at=at)


@task
def change_units(on: str) -> None:
    """Let every change of a unit hold whose day has come, and let go of what was refused and decided anew since."""
    by, at = System("schedule"), clock.now()
    anew = UnitRevision.objects.filter(unit=OuterRef("unit"), known_at__gt=OuterRef("opened_at"))
    refused = WorkItem.objects.filter(kind=actions.REFUSED, closed_at__isnull=True)
    for item in refused.filter(Exists(anew) | Q(opened_at__lt=at - KEPT)):
        actions.close_work(item=item, outcome="decided anew", by=by, at=at)
    planned = PlannedChanges.unscoped(reason="what was decided holds whoever is there")
    for change in planned.due(date.fromisoformat(on)).select_related("unit"):
        actions.take_effect(change=change, by=by, at=clock.now())


@task
def verify_audit(on: str) -> dict[str, Any]:
    """Check the audit log, and tell the administrators when it does not hold.

    Shape: what was found, which is kept with the task for the figures for watching
    """
    verdict, at = checking.check(), clock.now()
    broken, breaks = verdict.broken, len(verdict.breaks)
    if broken is None:
        log.info("org.audit.holds on=%s entries=%s breaks=%s", on, verdict.count, breaks)
    else:
        log.error("org.audit.broken on=%s entry=%s what=%s", on, broken.number, broken.what)
    try:
        _tell_administrators(broken, date.fromisoformat(on), at)
    except HeadBroken:
        log.error("org.audit.untold on=%s", on)  # nothing can be written until the log is sealed off
    return {"holds": broken is None, "entries": verdict.count, "breaks": breaks}


def _tell_administrators(broken: checking.Broken | None, on: date, at: datetime) -> None:
    """Each administrator of a sub-district in service has one thing to do while the log is broken."""
    by = System("schedule")
    told = list(WorkItem.objects.filter(kind=AUDIT_BROKEN, closed_at__isnull=True))
    known = {(item.subdistrict_id, item.key) for item in told}
    wanted = {}
    if broken is not None:
        for subdistrict, officer in _administrators(on):
            wanted[subdistrict.pk, f"{broken.number}:{broken.what}:{officer.pk}"] = (subdistrict, officer)
    with together():
        for (pk, key), (subdistrict, officer) in wanted.items():
            if broken is not None and (pk, key) not in known:
                actions.open_work(
                    subdistrict=subdistrict,
                    kind=AUDIT_BROKEN,
                    key=key,
                    officer=officer,
                    data={"number": broken.number, "what": broken.what},
                    due_on=on + timedelta(days=1),
                    by=by,
                    at=at,
                )
        for item in told:
            if (item.subdistrict_id, item.key) not in wanted:
                actions.close_work(
                    item=item, outcome="holds" if broken is None else "found anew", by=by, at=at
                )


def _administrators(on: date) -> list[tuple[Unit, Officer]]:
    posts = Posts.unscoped(reason="whoever keeps officers is told of what was tampered with").in_force(on)
    held = posts.filter(role=PostRole.ADMINISTRATOR, officer__is_active=True).select_related(
        "officer", "unit"
    )
    served = Units.unscoped(reason="the log is one for all").in_service().in_bulk()
    return [
        (served[post.unit.subdistrict_id], post.officer)
        for post in held
        if post.unit.subdistrict_id in served
    ]
