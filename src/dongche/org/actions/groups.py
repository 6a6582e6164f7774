"""Working groups: founded, filled, given duties and standards, ended (S14)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.org.dated import AlreadyEnded, EndBeforeStart, ended, no_overlap, refuse_past
from dongche.org.models import GroupMember, GroupTask, GroupText, Officer, Unit, WorkingGroup
from dongche.org.queries.groups import founds, rights_in, seated, seats_on
from dongche.web.periods import believed


class GroupNotYours(Problem):
    code = "org.group_not_yours"
    status = 403
    message = N_(
        "%(what)s is kept by its leader, its deputies and its office, and by headquarters; you are none of them. "
        "Ask one of them."
    )


class GroupNamed(Problem):
    code = "org.group_named"
    status = 409
    message = N_(
        "%(unit)s already has a working group called “%(name)s”. Choose another name, or end that one."
    )


class GroupHolds(Problem):
    code = "org.group_holds"
    status = 409
    message = N_(
        "“%(group)s” still has %(count)s tasks that are not finished. Have them confirmed, or withdraw them, and then "
        "end the group."
    )


class GroupEnded(Problem):
    code = "org.group_ended"
    status = 409
    message = N_("“%(group)s” ended on %(until_on)s; nothing was changed.")


class SeatUnclear(Problem):
    code = "org.seat_unclear"
    message = N_(
        "A seat in “%(group)s” belongs to an officer, or to whoever holds a post in a unit: choose one of the two."
    )


class SeatHasTasks(Problem):
    code = "org.seat_has_tasks"
    status = 409
    message = N_(
        "%(officer)s still owns %(count)s tasks of “%(group)s” that are not finished. Give them to another member "
        "first."
    )


@action("org.found_group")
def found_group(
    *,
    unit: Unit,
    name: str,
    purpose: str,
    from_on: date,
    by: Actor,
    at: datetime,
    source: str = "",
    reason: str = "",
) -> WorkingGroup:
    """Found a working group of a unit from a day on.

    Raises: GroupNotYours, GroupNamed, ReasonNeeded
    """
    if not founds(by, unit.subdistrict_id or unit.pk):
        raise GroupNotYours(what=unit.name)
    refuse_past(from_on, at, reason)
    try:
        with transaction.atomic():
            group = WorkingGroup.objects.create(
                unit=unit, name=name, purpose=purpose, source=source, from_on=from_on
            )
    except IntegrityError:
        raise GroupNamed(unit=unit.name, name=name) from None
    after = {"unit_id": unit.pk, "name": name, "from_on": from_on.isoformat()}
    record("working_group", group.pk, by=by, at=at, after=after, reason=reason, within=group.home_id)
    return group


@action("org.change_group")
def change_group(*, group: WorkingGroup, name: str, purpose: str, by: Actor, at: datetime) -> WorkingGroup:
    """Give a group another name or purpose.

    Raises: GroupNotYours, GroupEnded, GroupNamed
    """
    group = _kept(group, by, at)
    before = {"name": group.name}
    group.name, group.purpose = name, purpose
    try:
        with transaction.atomic():
            group.save(update_fields=["name", "purpose"])
    except IntegrityError:
        raise GroupNamed(unit=group.unit.name, name=name) from None
    record("working_group", group.pk, by=by, at=at, before=before, after={"name": name}, within=group.home_id)
    return group


@action("org.end_group")
def end_group(
    *, group: WorkingGroup, until_on: date, by: Actor, at: datetime, reason: str = ""
) -> WorkingGroup:
    """End a group: `until_on` is the first day without it. Its seats and texts end with it.

    Raises: GroupNotYours, GroupEnded, GroupHolds, EndBeforeStart, ReasonNeeded
    """
    group = WorkingGroup.objects.select_for_update().select_related("unit").get(pk=group.pk)
    if not founds(by, group.home_id):
        raise GroupNotYours(what=group.name)
    if group.until_on is not None:
        raise GroupEnded(group=group.name, until_on=group.until_on)
    if until_on <= group.from_on:
        raise EndBeforeStart(from_on=group.from_on, given=until_on)
    refuse_past(until_on, at, reason)
    unfinished = GroupTask.objects.filter(group=group, state__in=GroupTask.UNFINISHED).count()
    if unfinished:
        raise GroupHolds(group=group.name, count=unfinished)
    group.until_on = until_on
    group.save(update_fields=["until_on"])
    for dated in (*_lasting(GroupMember, group, until_on), *_lasting(GroupText, group, until_on)):
        if dated.from_on < until_on:
            dated.replaced(at, until_on=until_on)
        else:
            dated.supersede(at)
    before, after = {"until_on": None}, {"until_on": until_on.isoformat()}
    record(
        "working_group",
        group.pk,
        by=by,
        at=at,
        before=before,
        after=after,
        reason=reason,
        within=group.home_id,
    )
    return group


@action("org.seat_member")
def seat_member(
    *,
    group: WorkingGroup,
    part: str,
    from_on: date,
    by: Actor,
    at: datetime,
    officer: Officer | None = None,
    unit: Unit | None = None,
    role: str = "",
    reason: str = "",
) -> GroupMember:
    """Give a seat in a group to an officer, or to whoever holds the post `role` in `unit`, from a day on.

    Raises: GroupNotYours, GroupEnded, SeatUnclear, ReasonNeeded, PeriodOverlaps, EndBeforeStart
    """
    group = _kept(group, by, at)
    if (officer is None) == (unit is None) or (unit is not None) != bool(role):
        raise SeatUnclear(group=group.name)
    if from_on < group.from_on:
        raise EndBeforeStart(from_on=group.from_on, given=from_on)
    refuse_past(from_on, at, reason)
    with no_overlap(from_on, officer.name if officer else str(unit)):
        seat = GroupMember.objects.create(
            group=group, part=part, officer=officer, unit=unit, role=role, from_on=from_on, known_at=at
        )
    record("group_seat", seat.pk, by=by, at=at, after=_told(seat), reason=reason, within=group.home_id)
    return seat


@action("org.end_seat")
def end_seat(*, seat: GroupMember, until_on: date, by: Actor, at: datetime, reason: str = "") -> GroupMember:
    """End a seat: `until_on` is the first day without it.

    Raises: GroupNotYours, SeatHasTasks, and what `dated.ended` refuses
    """
    group = _kept(seat.group, by, at)
    before = seated(s for s in seats_on([group.pk], until_on)[group.pk] if s.row.pk == seat.pk)
    after = seated(s for s in seats_on([group.pk], until_on)[group.pk] if s.row.pk != seat.pk)
    for pk, officer in before.items():
        owned = GroupTask.objects.filter(group=group, owner=pk, state__in=GroupTask.UNFINISHED).count()
        if owned and pk not in after:
            raise SeatHasTasks(officer=officer.name, count=owned, group=group.name)
    new = ended(seat, until_on, at=at, reason=reason)
    record(
        "group_seat",
        new.pk,
        by=by,
        at=at,
        before=_told(seat),
        after=_told(new),
        reason=reason,
        within=group.home_id,
    )
    return new


@action("org.write_text")
def write_text(
    *,
    group: WorkingGroup,
    kind: str,
    text: str,
    from_on: date,
    by: Actor,
    at: datetime,
    replaces: GroupText | None = None,
    reason: str = "",
) -> GroupText:
    """Lay down a duty or a standard of a group; with `replaces`, another wording of one that holds.

    Raises: GroupNotYours, GroupEnded, ReasonNeeded, PeriodOverlaps, and what `dated.ended` refuses
    """
    group = _kept(group, by, at)
    refuse_past(from_on, at, reason)
    if replaces is not None:
        kind, number = replaces.kind, replaces.number
        if replaces.from_on >= from_on:
            GroupText.objects.select_for_update().get(pk=replaces.pk).supersede(at)
        else:
            ended(replaces, from_on, at=at, reason=reason)
    else:
        number = _last_number(group, kind) + 1
    with no_overlap(from_on, f"{GroupText.Kind(kind).label} {number}"):
        new = GroupText.objects.create(
            group=group, kind=kind, number=number, text=text, from_on=from_on, known_at=at
        )
    after = {"kind": kind, "number": number, "from_on": from_on.isoformat()}
    record("group_text", new.pk, by=by, at=at, after=after, reason=reason, within=group.home_id)
    return new


@action("org.end_text")
def end_text(*, text: GroupText, until_on: date, by: Actor, at: datetime, reason: str = "") -> GroupText:
    """End a duty or a standard: `until_on` is the first day without it. One that begins then or later falls away.

    Raises: GroupNotYours, and what `dated.ended` refuses
    """
    group = _kept(text.group, by, at)
    if until_on <= text.from_on:
        refuse_past(text.from_on, at, reason)
        new = GroupText.objects.select_for_update().get(pk=text.pk)
        if new.superseded_at is not None:
            raise AlreadyEnded(until_on=until_on)
        new.supersede(at)
    else:
        new = ended(text, until_on, at=at, reason=reason)
    after = {"kind": text.kind, "number": text.number, "until_on": until_on.isoformat()}
    record("group_text", new.pk, by=by, at=at, after=after, reason=reason, within=group.home_id)
    return new


def _refuse_ended(group: WorkingGroup, on: date) -> None:
    """Raises: GroupEnded – on that day the group is no longer there"""
    if group.until_on is not None and group.until_on <= on:
        raise GroupEnded(group=group.name, until_on=group.until_on)


def _kept(group: WorkingGroup, by: Actor, at: datetime) -> WorkingGroup:
    """The group as it stands, when it lasts and the actor runs it.

    Raises: GroupNotYours, GroupEnded
    """
    group = WorkingGroup.objects.select_related("unit").get(pk=group.pk)
    on = clock.day_of(at)
    _refuse_ended(group, on)
    if not rights_in(by, group, on).runs:
        raise GroupNotYours(what=group.name)
    return group


def _last_number(group: WorkingGroup, kind: str) -> int:
    return GroupText.objects.filter(group=group, kind=kind).aggregate(last=Max("number"))["last"] or 0


def _lasting(model: Any, group: WorkingGroup, on: date) -> list[Any]:
    rows = model.objects.filter(believed(), group=group)
    return [row for row in rows if row.until_on is None or row.until_on > on]


def _told(seat: GroupMember) -> dict[str, object]:
    return {
        "row": seat.pk,
        "group_id": seat.group_id,
        "part": seat.part,
        "officer_id": seat.officer_id,
        "unit_id": seat.unit_id,
        "role": seat.role,
        "from_on": seat.from_on.isoformat(),
        "until_on": seat.until_on and seat.until_on.isoformat(),
    }
