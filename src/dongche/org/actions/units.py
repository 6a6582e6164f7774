"""Units: bringing one into being, renaming, moving, drawing and ending it, each from a day on.

A day that has passed needs a reason. A day to come is a planned change: what the unit will be stands in its life at
once, the values of the unit itself follow on that day (`take_effect`), and until then it can be taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from shapely.geometry import shape

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org import grounds, lives
from dongche.org.audit import Actor, action, record
from dongche.org.changing import (
    Kind,
    ParentNotThere,
    UnitUnchanged,
    day_of_change,
    live,
    locked,
    open_changes,
    plan,
    refuse_tied,
)
from dongche.org.dated import AlreadyEnded, EndBeforeStart, refuse_past
from dongche.org.ending import give_up_places, refuse_holding
from dongche.org.models import Unit, UnitKind
from dongche.org.polygons import checked, square_metres
from dongche.org.tree import ancestors, index_name, refuse_parent


class UnitExists(Problem):
    code = "org.unit_exists"
    status = 409
    message = N_("There is already a unit with the code %(unit)s. Give the new unit a code of its own.")


class UnderItself(Problem):
    code = "org.under_itself"
    message = N_(
        "%(unit)s cannot stand under %(parent)s, which is the unit itself or lies below it. Choose a unit elsewhere in "
        "the tree."
    )


@action("org.create_unit")
def create_unit(
    *,
    kind: str,
    code: str,
    name: str,
    parent: Unit | None,
    from_on: date,
    by: Actor,
    at: datetime,
    polygon: Mapping[str, Any] | None = None,
    party_organisation: str = "",
    dedicated_to: str = "",
    reason: str = "",
) -> Unit:
    """Create a unit under its parent, with its stored ancestors.

    Raises: UnitExists, WrongParent, ParentNotThere, ReasonNeeded
    """
    if Unit.objects.filter(code=code).exists():
        raise UnitExists(unit=code)
    refuse_parent(kind, parent)
    refuse_past(from_on, at, reason)
    parent = parent and locked(parent)
    if parent is not None and parent.until_on is not None and parent.until_on <= from_on:
        raise ParentNotThere(
            unit=name, parent=parent.name, on=from_on, from_on=parent.from_on, until_on=parent.until_on
        )
    unit = Unit.objects.create(
        kind=kind,
        code=code,
        name=name,
        parent=parent,
        party_organisation=party_organisation,
        dedicated_to=dedicated_to,
        polygon=polygon,
        from_on=from_on,
        **ancestors(parent),
    )
    lives.begin(unit, at)
    index_name(unit)
    after = {"code": code, "kind": kind, "parent": parent and parent.code, "from_on": from_on}
    record("unit", unit.pk, by=by, at=at, after=after, reason=reason, within=unit)
    return unit


@action("org.rename_unit")
def rename_unit(
    *,
    unit: Unit,
    name: str,
    party_organisation: str,
    by: Actor,
    at: datetime,
    on: date | None = None,
    reason: str = "",
) -> Unit:
    """Give a unit its name and its Party organisation (S7) from a day on, today unless another is given.

    Raises: UnitUnchanged, BeforeUnit, AlreadyEnded, ReasonNeeded
    """
    unit = locked(unit)
    day = day_of_change(unit, on, at, reason)
    life = lives.life_of(unit)
    known = lives.on_day(life, day).values
    after = {"name": name, "party_organisation": party_organisation}
    live(unit, Kind.RENAME, life, lives.changed(life, day, **after), at)
    plan(unit, Kind.RENAME, day, by=by, at=at, reason=reason)
    before = {field: known[field] for field in after}
    record(
        "unit",
        unit.pk,
        by=by,
        at=at,
        before=before,
        after=after | {"from_on": day},
        reason=reason,
        within=unit,
    )
    return unit


@action("org.move_unit")
def move_unit(
    *, unit: Unit, parent: Unit, by: Actor, at: datetime, on: date | None = None, reason: str = ""
) -> Unit:
    """Put a unit, with all below it, under another one from a day on; a fixed number of statements.

    Raises: UnderItself, WrongParent, UnitUnchanged, UnitTied, ParentNotThere, BeforeUnit, AlreadyEnded, ReasonNeeded,
            and what `polygons.refuse_misplaced` refuses
    """
    unit, parent = locked(unit), locked(parent)
    if parent.pk == unit.pk or unit.pk in (parent.parent_id, *ancestors(parent).values()):
        raise UnderItself(unit=unit.name, parent=parent.name)
    refuse_parent(unit.kind, parent)
    day = day_of_change(unit, on, at, reason)
    life = lives.life_of(unit)
    known = lives.on_day(life, day).values["parent_id"]
    if parent.pk == known:
        raise UnitUnchanged(unit=unit.name)
    refuse_tied(unit, parent, day)
    left = Unit.objects.filter(pk=known).values_list("code", flat=True).first()
    moved = live(unit, Kind.MOVE, life, lives.changed(life, day, parent_id=parent.pk), at)
    plan(unit, Kind.MOVE, day, by=by, at=at, reason=reason)
    after = {"parent": parent.code, "units_below": moved, "from_on": day}
    record("unit", unit.pk, by=by, at=at, before={"parent": left}, after=after, reason=reason, within=unit)
    return unit


@action("org.end_unit")
def end_unit(
    *, unit: Unit, until_on: date, by: Actor, at: datetime, reason: str = "", with_places: bool = False
) -> Unit:
    """End a unit: `until_on` is the first day without it.

    Shape:  `with_places` gives the places of a grid to the grids around them, on the day it ends
    Raises: AlreadyEnded, EndBeforeStart, ReasonNeeded, UnitHolds
    """
    unit = locked(unit)
    if unit.until_on is not None and unit.until_on <= until_on:
        raise AlreadyEnded(until_on=unit.until_on)
    if until_on <= unit.from_on:
        raise EndBeforeStart(from_on=unit.from_on, given=until_on)
    refuse_past(until_on, at, reason)
    moved = 0
    if with_places and until_on <= clock.day_of(at):
        moved = give_up_places(unit, until_on, by, at)
    refuse_holding(unit, until_on, with_places=with_places)
    before = {"until_on": unit.until_on}
    life = lives.life_of(unit)
    unit.until_on = until_on
    unit.save(update_fields=["until_on"])
    live(unit, Kind.END, life, lives.ended(life, until_on), at)
    # What was planned for days that the unit will not see any more is void.
    open_changes(unit).filter(from_on__gte=until_on).update(withdrawn_at=at)
    open_changes(unit).filter(kind=Kind.END).update(withdrawn_at=at)
    plan(unit, Kind.END, until_on, by=by, at=at, reason=reason, with_places=with_places)
    after = {"until_on": until_on, "places_moved": moved} if with_places else {"until_on": until_on}
    record("unit", unit.pk, by=by, at=at, before=before, after=after, reason=reason, within=unit)
    return unit


@action("org.set_polygon")
def set_polygon(
    *,
    unit: Unit,
    polygon: Mapping[str, Any] | None,
    by: Actor,
    at: datetime,
    on: date | None = None,
    reason: str = "",
    with_places: bool = False,
) -> Unit:
    """Give a unit the ground it covers from a day on; None takes it away.

    Shape:  `with_places` lets places follow the outline of a grid, on that day
    Raises: what `polygons.checked` and `polygons.refuse_misplaced` refuse, UnitUnchanged, BeforeUnit, AlreadyEnded,
            ReasonNeeded
    """
    unit = locked(unit)
    drawn = None if polygon is None else checked(polygon)
    day = day_of_change(unit, on, at, reason)
    life = lives.life_of(unit)
    known = lives.on_day(life, day).values["polygon"]
    shown = unit.polygon
    live(unit, Kind.DRAW, life, lives.changed(life, day, polygon=drawn), at)
    plan(unit, Kind.DRAW, day, by=by, at=at, reason=reason, with_places=with_places)
    after: dict[str, Any] = {"square_metres": _area(drawn), "from_on": day}
    if with_places and unit.kind == UnitKind.GRID and shown != unit.polygon:
        redrawn = grounds.Redrawn(unit, shown, unit.polygon, clock.day_of(at))
        after["places_moved"] = grounds.follow(redrawn, by, at)
    before = {"square_metres": _area(known)}
    record("unit", unit.pk, by=by, at=at, before=before, after=after, reason=reason, within=unit)
    return unit


def _area(polygon: Mapping[str, Any] | None) -> int | None:
    return None if polygon is None else round(square_metres(shape(polygon)))
