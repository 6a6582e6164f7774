"""How a change to a unit is kept: its new life, its values of today, and what is planned for a day to come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db.models import QuerySet

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org import lives
from dongche.org.audit import Actor
from dongche.org.dated import AlreadyEnded, refuse_past
from dongche.org.holdings import tied_to_place
from dongche.org.models import ANCESTORS, PlannedChange, Unit
from dongche.org.polygons import refuse_misplaced
from dongche.org.tree import ancestors, index_name, move_below

Kind = PlannedChange.Kind
# The values that each kind of change is about.
CHANGED: Mapping[str, tuple[str, ...]] = {
    Kind.RENAME: ("name", "party_organisation"),
    Kind.MOVE: ("parent_id",),
    Kind.DRAW: ("polygon",),
    Kind.END: (),
}


class UnitUnchanged(Problem):
    code = "org.unit_unchanged"
    message = N_("%(unit)s is so already; nothing was changed.")


class UnitTied(Problem):
    code = "org.unit_tied"
    status = 409
    message = N_(
        "%(unit)s cannot move to %(parent)s while these belong to where it is now: %(held)s. Nothing was changed."
    )


class BeforeUnit(Problem):
    code = "org.before_unit"
    message = N_(
        "%(unit)s exists from %(from_on)s on, so it cannot be changed from %(given)s on. Choose a later day."
    )


class ParentNotThere(Problem):
    code = "org.parent_not_there"
    status = 409
    message = N_(
        "%(unit)s would stand under %(parent)s from %(on)s on, but that exists from %(from_on)s to %(until_on)s only. "
        "Choose another unit or another day."
    )


def locked(unit: Unit) -> Unit:
    """The row as it is now, which nobody else changes meanwhile; others may still refer to it."""
    return Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)


def day_of_change(unit: Unit, on: date | None, at: datetime, reason: str) -> date:
    """The day from which a change holds.

    Raises: BeforeUnit, AlreadyEnded, ReasonNeeded
    """
    day = clock.day_of(at) if on is None else on
    if day < unit.from_on and on is None:
        day = unit.from_on  # of a unit that is still to come
    if day < unit.from_on:
        raise BeforeUnit(unit=unit.name, from_on=unit.from_on, given=day)
    if unit.until_on is not None and unit.until_on <= day:
        raise AlreadyEnded(until_on=unit.until_on)
    refuse_past(day, at, reason)
    return day


def live(unit: Unit, kind: str, known: lives.Life, life: lives.Life, at: datetime) -> int:
    """Keep the new life of a unit and give it its values of today; gives how many units below moved along.

    Raises: UnitUnchanged, ParentNotThere, and what `polygons.refuse_misplaced` refuses of the stretches that are new
    """
    if list(life) == list(known):
        raise UnitUnchanged(unit=unit.name)
    parents = Unit.objects.in_bulk({part.values["parent_id"] for part in life} - {None})
    for part in life:
        parent = parents.get(part.values["parent_id"])
        if parent is not None and not lives.is_known(known, part, ("parent_id",)):
            refuse_gone(unit, parent, part)
        polygon = part.values["polygon"]
        if polygon and not lives.is_known(known, part, ("polygon", "parent_id")):
            refuse_misplaced(unit, polygon, parent=parent, on=part.from_on, until_on=part.until_on)
    lives.write(unit, life, at)
    return settle(unit, kind, life, clock.day_of(at))


def settle(unit: Unit, kind: str, life: lives.Life, today: date) -> int:
    """Give a unit what a kind of change is about, as it is today; those below it move along. Gives how many do."""
    values = lives.on_day(life, today).values
    before = {name: getattr(unit, name) for name in CHANGED[kind]}
    after = {name: values[name] for name in CHANGED[kind]}
    if before == after:
        return 0
    for name, value in after.items():
        setattr(unit, name, value)
    if kind != Kind.MOVE:
        unit.save(update_fields=list(after))
        index_name(unit, before.get("name", unit.name))
        return 0
    for column, pk in ancestors(unit.parent).items():
        setattr(unit, column, pk)
    unit.save(update_fields=["parent", *ANCESTORS])
    return move_below(unit)


def plan(
    unit: Unit, kind: str, on: date, *, by: Actor, at: datetime, reason: str, with_places: bool = False
) -> None:
    """Keep that a change is to take effect on a day to come; of one kind and day there is one."""
    open_changes(unit).filter(kind=kind, from_on=on).update(withdrawn_at=at)
    if on > clock.day_of(at):
        PlannedChange.objects.create(
            unit=unit,
            kind=kind,
            from_on=on,
            with_places=with_places,
            reason=reason[:400],
            by_id=by.officer_id,
            planned_at=at,
        )


def open_changes(unit: Unit) -> QuerySet[PlannedChange]:
    return PlannedChange.objects.filter(unit=unit, done_at=None, withdrawn_at=None)


def refuse_gone(unit: Unit, parent: Unit, part: lives.Stretch) -> None:
    """Raises: ParentNotThere – what a unit stands under begins later or ends sooner than it stands there"""
    lasts = parent.until_on is None or (part.until_on is not None and part.until_on <= parent.until_on)
    if parent.from_on > part.from_on or not lasts:
        raise ParentNotThere(
            unit=unit.name,
            parent=parent.name,
            on=part.from_on,
            from_on=parent.from_on,
            until_on=parent.until_on or "…",
        )


def refuse_tied(unit: Unit, parent: Unit, on: date) -> None:
    """Raises: UnitTied"""
    above = ancestors(parent)
    if any(above[level] != getattr(unit, level) for level in ("subdistrict_id", "community_id")):
        held = tied_to_place(unit, on)
        if held:
            raise UnitTied(unit=unit.name, parent=parent.name, held="; ".join(map(str, held)))
