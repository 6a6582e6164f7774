"""The tasks of working groups: given, worked on, reported as done, confirmed or returned (S14).

Each task stands in the inbox of whoever has to act: of its owner until it is reported as done, then of whoever confirms
it. So hand-over, substitutes and “my day” work for tasks as for everything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.actions.groups import GroupNotYours, _refuse_ended
from dongche.org.actions.work import _shut, open_work
from dongche.org.audit import Actor, action, record
from dongche.org.models import GroupTask, GroupText, Officer, TaskEntry, WorkingGroup, WorkItem
from dongche.org.queries.groups import Rights, confirmers, rights_in, seated

TASK, CONFIRM, OVERDUE = "org.group_task", "org.group_confirm", "org.group_overdue"
KINDS = (TASK, CONFIRM, OVERDUE)
Kind, State = TaskEntry.Kind, GroupTask.State


class TaskNotYours(Problem):
    code = "org.task_not_yours"
    status = 403
    message = N_(
        "“%(task)s” is the task of %(owner)s; only they, those who help, and whoever acts for them write about it, and "
        "only they report it as done."
    )


class NotYoursToConfirm(Problem):
    code = "org.not_yours_to_confirm"
    status = 403
    message = N_(
        "Whether “%(task)s” is done is for %(who)s to say, and never for the one who did it. Ask them to look at it."
    )


class TaskStands(Problem):
    code = "org.task_stands"
    status = 409
    message = N_(
        "“%(task)s” is %(state)s by now, so this cannot be done; nothing was changed. Load the page again."
    )


class OwnerOutside(Problem):
    code = "org.owner_outside"
    message = N_(
        "%(officer)s has no seat in “%(group)s” on %(on)s, and a task is owned by a member. Give them a seat first, or "
        "choose a member."
    )


class DueInPast(Problem):
    code = "org.due_in_past"
    message = N_("A task is due on a day to come; given was %(given)s, and today is %(today)s.")


class PercentOutside(Problem):
    code = "org.percent_outside"
    message = N_("How far a task is, is told in per cent from 0 to 100; given was %(given)s.")


@action("org.give_task")
def give_task(
    *,
    group: WorkingGroup,
    title: str,
    owner: Officer,
    due_on: date,
    by: Actor,
    at: datetime,
    why: str = "",
    measure: str = "",
    standard: GroupText | None = None,
    helpers: Sequence[Officer] = (),
) -> GroupTask:
    """Give a member of a group a task, with those who help, until a day.

    Raises: GroupNotYours, GroupEnded, OwnerOutside, DueInPast
    """
    group = WorkingGroup.objects.select_related("unit").get(pk=group.pk)
    today = clock.day_of(at)
    _refuse_ended(group, today)
    rights = rights_in(by, group, today)
    if not rights.runs:
        raise GroupNotYours(what=group.name)
    _refuse_outside(group, rights, [owner, *helpers], today)
    if due_on < today:
        raise DueInPast(given=due_on, today=today)
    task = GroupTask.objects.create(
        group=group,
        title=title,
        why=why,
        measure=measure,
        standard=standard,
        owner=owner,
        due_on=due_on,
        opened_at=at,
    )
    task.helpers.set(one for one in helpers if one != owner)
    _note(task, Kind.GIVEN, "", by, at)
    _open(task, TASK, owner, by, at)
    _record(task, {"state": None}, by, at)
    return task


@action("org.change_task")
def change_task(
    *,
    task: GroupTask,
    owner: Officer,
    helpers: Sequence[Officer],
    due_on: date,
    reason: str,
    by: Actor,
    at: datetime,
) -> GroupTask:
    """Give a task to another member, or another day until which it is due; the history keeps why.

    Raises: GroupNotYours, TaskStands, OwnerOutside, DueInPast
    """
    task, rights = _locked(task, by, at)
    if not rights.runs:
        raise GroupNotYours(what=task.group.name)
    if not task.is_undone:
        raise _stands(task)
    today = clock.day_of(at)
    if due_on != task.due_on and due_on < today:
        raise DueInPast(given=due_on, today=today)
    new = [one for one in (owner, *helpers) if one.pk != task.owner_id]
    _refuse_outside(task.group, rights, new, today)
    before = _told(task)
    task.owner, task.due_on = owner, due_on
    task.save(update_fields=["owner", "due_on"])
    task.helpers.set(one for one in helpers if one != owner)
    _note(task, Kind.CHANGED, reason, by, at)
    _open(task, TASK, owner, by, at)
    if due_on >= today:
        _shut_all(task, (OVERDUE,), "changed", by, at)
    _record(task, before, by, at, reason)
    return task


@action("org.note_progress")
def note_progress(*, task: GroupTask, percent: int, note: str, by: Actor, at: datetime) -> GroupTask:
    """Write what was done and how far a task is.

    Raises: TaskNotYours, TaskStands, PercentOutside
    """
    task, rights = _locked(task, by, at)
    if not rights.works(task, [one.pk for one in task.helpers.all()]):
        raise _not_yours(task)
    if not task.is_undone:
        raise _stands(task)
    if not 0 <= percent <= 100:
        raise PercentOutside(given=percent)
    before = _told(task)
    task.percent = percent
    task.save(update_fields=["percent"])
    _note(task, Kind.PROGRESS, note, by, at)
    _record(task, before, by, at)
    return task


@action("org.finish_task")
def finish_task(*, task: GroupTask, note: str, by: Actor, at: datetime) -> GroupTask:
    """Report a task as done; whoever confirms it is told.

    Raises: TaskNotYours, TaskStands
    """
    task, rights = _locked(task, by, at)
    if not rights.owns(task):
        raise _not_yours(task)
    before = _told(task)
    _move(task, State.DONE, Kind.DONE, note, by, at, percent=100, done_at=at)
    _shut_all(task, (TASK, OVERDUE), "done", by, at)
    _open(task, CONFIRM, next(iter(confirmers(rights.seats, task.owner_id)), None), by, at)
    _record(task, before, by, at)
    return task


@action("org.confirm_task")
def confirm_task(*, task: GroupTask, by: Actor, at: datetime, note: str = "") -> GroupTask:
    """Confirm that a task is done: the leader's word, with which it is closed.

    Raises: NotYoursToConfirm, TaskStands
    """
    task, rights = _locked(task, by, at)
    _refuse_confirming(task, rights)
    before = _told(task)
    _move(task, State.CONFIRMED, Kind.CONFIRMED, note, by, at, closed_at=at)
    _shut_all(task, KINDS, "confirmed", by, at)
    _record(task, before, by, at)
    return task


@action("org.return_task")
def return_task(
    *, task: GroupTask, note: str, by: Actor, at: datetime, due_on: date | None = None
) -> GroupTask:
    """Return a task that is not done yet, saying what is missing, with another day until which it is due or the same.

    Raises: NotYoursToConfirm, TaskStands, DueInPast
    """
    task, rights = _locked(task, by, at)
    _refuse_confirming(task, rights)
    today = clock.day_of(at)
    if due_on is not None and due_on < today:
        raise DueInPast(given=due_on, today=today)
    before = _told(task)
    told = task.entries.filter(kind=Kind.PROGRESS).order_by("-pk").values_list("percent", flat=True).first()
    due = due_on or task.due_on
    _move(task, State.RETURNED, Kind.RETURNED, note, by, at, percent=told or 0, done_at=None, due_on=due)
    _shut_all(task, (CONFIRM,), "returned", by, at)
    _open(task, TASK, task.owner, by, at)
    _record(task, before, by, at)
    return task


@action("org.withdraw_task")
def withdraw_task(*, task: GroupTask, reason: str, by: Actor, at: datetime) -> GroupTask:
    """Take a task back that need not be done any more.

    Raises: GroupNotYours, TaskStands
    """
    task, rights = _locked(task, by, at)
    if not rights.runs:
        raise GroupNotYours(what=task.group.name)
    before = _told(task)
    _move(task, State.WITHDRAWN, Kind.WITHDRAWN, reason, by, at, closed_at=at)
    _shut_all(task, KINDS, "withdrawn", by, at)
    _record(task, before, by, at, reason)
    return task


@action("org.raise_overdue")
def raise_overdue(*, task: GroupTask, leader: Officer | None, by: Actor, at: datetime) -> WorkItem:
    """Tell the leader of a group of a task that is overdue; without a leader, headquarters sees it."""
    return _open(task, OVERDUE, leader, by, at)


def _locked(task: GroupTask, by: Actor, at: datetime) -> tuple[GroupTask, Rights]:
    held = GroupTask.objects.select_for_update(of=("self",)).select_related("group__unit", "owner")
    task = held.get(pk=task.pk)
    return task, rights_in(by, task.group, clock.day_of(at))


def _move(task: GroupTask, state: str, kind: str, note: str, by: Actor, at: datetime, **changes: Any) -> None:
    """Raises: TaskStands – a task in its state does not go there"""
    if state not in GroupTask.MOVES[task.state]:
        raise _stands(task)
    task.state = state
    for name, value in changes.items():
        setattr(task, name, value)
    task.save(update_fields=["state", *changes])
    _note(task, kind, note, by, at)


def _note(task: GroupTask, kind: str, note: str, by: Actor, at: datetime) -> None:
    TaskEntry.objects.create(
        task=task, kind=kind, percent=task.percent, note=note[:400], by_id=by.officer_id, at=at
    )


def _open(task: GroupTask, kind: str, officer: Officer | None, by: Actor, at: datetime) -> WorkItem:
    return open_work(
        subdistrict=task.group.unit.subdistrict or task.group.unit,
        kind=kind,
        key=f"task:{task.pk}",
        officer=officer,
        unit=task.group.unit,
        data={"task": task.pk, "group": task.group_id},
        due_on=task.due_on,
        by=by,
        at=at,
    )


def _shut_all(task: GroupTask, kinds: Sequence[str], outcome: str, by: Actor, at: datetime) -> None:
    items = WorkItem.objects.filter(kind__in=kinds, key=f"task:{task.pk}", closed_at__isnull=True)
    for item in items.order_by("pk"):
        _shut(item, outcome, by, at)


def _record(task: GroupTask, before: dict[str, Any], by: Actor, at: datetime, reason: str = "") -> None:
    record(
        "group_task",
        task.pk,
        by=by,
        at=at,
        before=before,
        after=_told(task),
        reason=reason,
        within=task.group.home_id,
    )


def _told(task: GroupTask) -> dict[str, Any]:
    due = task.due_on.isoformat()
    return {
        "group_id": task.group_id,
        "owner_id": task.owner_id,
        "due_on": due,
        "percent": task.percent,
        "state": task.state,
    }


def _refuse_outside(group: WorkingGroup, rights: Rights, officers: Sequence[Officer], on: date) -> None:
    """Raises: OwnerOutside"""
    sitting = seated(rights.seats)
    for officer in officers:
        if officer.pk not in sitting:
            raise OwnerOutside(officer=officer.name, group=group.name, on=on)


def _refuse_confirming(task: GroupTask, rights: Rights) -> None:
    """Raises: NotYoursToConfirm"""
    if not rights.confirms(task):
        named = confirmers(rights.seats, task.owner_id)
        who = "、".join(officer.name for officer in named) or task.group.unit.name
        raise NotYoursToConfirm(task=task.title, who=who)


def _stands(task: GroupTask) -> TaskStands:
    return TaskStands(task=task.title, state=task.get_state_display())


def _not_yours(task: GroupTask) -> TaskNotYours:
    return TaskNotYours(task=task.title, owner=task.owner.name if task.owner else "—")
