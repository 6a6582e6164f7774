"""What an officer holds in working groups goes along when they hand over their posts: seats, and tasks they own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from dongche.org.dated import handed_on, no_overlap
from dongche.org.handing import Handing, Step, still_held
from dongche.org.models import GroupMember, GroupTask, TaskEntry
from dongche.org.queries.groups import ORDER


def _seats(handing: Handing) -> QuerySet[GroupMember]:
    if not handing.groups:
        return GroupMember.objects.none()
    return GroupMember.objects.filter(
        still_held(handing.from_on), _of_groups(handing, "group__"), officer=handing.officer
    )


def _tasks(handing: Handing) -> QuerySet[GroupTask]:
    if not handing.groups:
        return GroupTask.objects.none()
    return GroupTask.objects.filter(
        _of_groups(handing, "group__"), owner=handing.officer, state__in=GroupTask.UNFINISHED
    )


def _of_groups(handing: Handing, prefix: str) -> Q:
    units = handing.subdistricts
    return Q(**{f"{prefix}unit__subdistrict__in": units}) | Q(**{f"{prefix}unit__in": units})


def _move_seats(handing: Handing, at: datetime) -> Mapping[str, Any]:
    """The successor takes each seat. Where they sit in the group already, the higher of the two parts is kept."""
    held, successor, from_on = list(_seats(handing)), handing.successor, handing.from_on
    if successor is None:
        handed_on(held, from_on, at, None)
        return {"ended": [seat.pk for seat in held], "given": []}
    groups = [seat.group_id for seat in held]
    own: dict[int, GroupMember] = {
        seat.group_id: seat
        for seat in GroupMember.objects.filter(still_held(from_on), group__in=groups, officer=successor)
    }
    going, falling, leaving = [], [], []
    for seat in held:
        kept = own.get(seat.group_id)
        if kept is None:
            going.append(seat)
        elif ORDER[seat.part] < ORDER[kept.part]:
            going.append(seat)
            leaving.append(kept)
        else:
            falling.append(seat)
    handed_on([*falling, *leaving], from_on, at, None)
    with no_overlap(from_on, str(_("Seats in working groups"))):
        given = handed_on(going, from_on, at, {"officer": successor})
    return {"ended": [seat.pk for seat in held], "given": [seat.pk for seat in given]}


def _move_tasks(handing: Handing, at: datetime) -> Mapping[str, Any]:
    """Shape: a fixed number of statements, however many tasks"""
    tasks = list(_tasks(handing).order_by("pk"))
    GroupTask.objects.filter(pk__in=[task.pk for task in tasks]).update(owner=handing.successor)
    TaskEntry.objects.bulk_create(
        TaskEntry(task=task, kind=TaskEntry.Kind.MOVED, percent=task.percent, at=at) for task in tasks
    )
    helping = GroupTask.helpers.through.objects.filter(
        officer=handing.officer, grouptask__in=_helped(handing)
    )
    numbers = list(helping.values_list("grouptask", flat=True))
    helping.delete()
    if handing.successor is not None:
        GroupTask.helpers.through.objects.bulk_create(
            [
                GroupTask.helpers.through(grouptask_id=number, officer_id=handing.successor.pk)
                for number in numbers
            ],
            ignore_conflicts=True,
        )
    return {"tasks": [task.pk for task in tasks], "helped": numbers}


def _helped(handing: Handing) -> Any:
    tasks = GroupTask.objects.filter(_of_groups(handing, "group__"), state__in=GroupTask.UNFINISHED)
    return (tasks if handing.groups else tasks.none()).values("pk")


seats = Step(
    "group_seats", _("Seats in working groups"), lambda handing: _seats(handing).count(), _move_seats
)
tasks = Step(
    "group_tasks", _("Tasks in working groups"), lambda handing: _tasks(handing).count(), _move_tasks
)
