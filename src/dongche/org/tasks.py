"""Daily work of the organisation: each task is one call."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q

from dongche.kit import clock
from dongche.org import actions
from dongche.org.audit import System, together
from dongche.org.models import UnitRevision, WorkItem
from dongche.org.queries import GroupTasks, PlannedChanges, confirmers, seats_on
from dongche.web.background import task

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
