"""Units: bringing one into being, renaming, moving, drawing and ending it. What was believed so far is kept.

A new name, parent or polygon holds from the moment it is written; first and last days are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from shapely.geometry import shape

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.org.dated import AlreadyEnded, EndBeforeStart, refuse_past
from dongche.org.holdings import held_by, tied_to_place
from dongche.org.models import ANCESTORS, Unit
from dongche.org.polygons import checked, refuse_misplaced, square_metres
from dongche.org.tree import ancestors, index_name, move_below, refuse_parent, revise_unit


class UnitExists(Problem):
    code = "org.unit_exists"
    status = 409
    message = N_("There is already a unit with the code %(unit)s. Give the new unit a code of its own.")


class UnitUnchanged(Problem):
    code = "org.unit_unchanged"
    message = N_("%(unit)s is so already; nothing was changed.")


class UnderItself(Problem):
    code = "org.under_itself"
    message = N_(
        "%(unit)s cannot stand under %(parent)s, which is the unit itself or lies below it. Choose a unit elsewhere in "
        "the tree."
    )


class UnitTied(Problem):
    code = "org.unit_tied"
    status = 409
    message = N_(
        "%(unit)s cannot move to %(parent)s while these belong to where it is now: %(held)s. Nothing was changed."
    )


class UnitHolds(Problem):
    code = "org.unit_holds"
    status = 409
    message = N_(
        "%(unit)s cannot end on %(on)s, because from that day on it would still hold: %(held)s. Nothing was changed."
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

    Raises: UnitExists, WrongParent, ReasonNeeded
    """
    if Unit.objects.filter(code=code).exists():
        raise UnitExists(unit=code)
    refuse_parent(kind, parent)
    refuse_past(from_on, at, reason)
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
    revise_unit(unit, at)
    index_name(unit)
    after = {"code": code, "kind": kind, "parent": parent and parent.code, "from_on": from_on}
    record("unit", unit.pk, by=by, at=at, after=after, reason=reason, within=unit)
    return unit


@action("org.rename_unit")
def rename_unit(
    *, unit: Unit, name: str, party_organisation: str, by: Actor, at: datetime, reason: str = ""
) -> Unit:
    """Give a unit its name and its Party organisation (S7).

    Raises: UnitUnchanged
    """
    unit = _locked(unit)
    before = {"name": unit.name, "party_organisation": unit.party_organisation}
    after = {"name": name, "party_organisation": party_organisation}
    if before == after:
        raise UnitUnchanged(unit=unit.name)
    unit.name, unit.party_organisation = name, party_organisation
    unit.save(update_fields=["name", "party_organisation"])
    revise_unit(unit, at)
    index_name(unit, before["name"])
    record("unit", unit.pk, by=by, at=at, before=before, after=after, reason=reason, within=unit)
    return unit


@action("org.move_unit")
def move_unit(*, unit: Unit, parent: Unit, by: Actor, at: datetime, reason: str = "") -> Unit:
    """Put a unit, with all below it, under another one; a fixed number of statements.

    Raises: UnderItself, WrongParent, UnitUnchanged, UnitTied, and what `polygons.refuse_misplaced` refuses
    """
    unit, parent = _locked(unit), _locked(parent)
    if parent.pk == unit.pk or unit.pk in (parent.parent_id, *ancestors(parent).values()):
        raise UnderItself(unit=unit.name, parent=parent.name)
    refuse_parent(unit.kind, parent)
    if parent.pk == unit.parent_id:
        raise UnitUnchanged(unit=unit.name)
    today = clock.day_of(at)
    if parent.until_on is not None and parent.until_on <= today:
        raise AlreadyEnded(until_on=parent.until_on)
    above = ancestors(parent)
    if any(above[level] != getattr(unit, level) for level in ("subdistrict_id", "community_id")):
        held = tied_to_place(unit, today)
        if held:
            raise UnitTied(unit=unit.name, parent=parent.name, held="; ".join(map(str, held)))
    if unit.polygon:
        refuse_misplaced(unit, unit.polygon, parent=parent, on=today)
    before = {"parent": unit.parent_id and unit.parent.code}  # type: ignore[union-attr]
    unit.parent = parent
    for column, pk in above.items():
        setattr(unit, column, pk)
    unit.save(update_fields=["parent", *ANCESTORS])
    moved = move_below(unit)
    revise_unit(unit, at)
    after = {"parent": parent.code, "units_below": moved}
    record("unit", unit.pk, by=by, at=at, before=before, after=after, reason=reason, within=unit)
    return unit


@action("org.end_unit")
def end_unit(*, unit: Unit, until_on: date, by: Actor, at: datetime, reason: str = "") -> Unit:
    """End a unit: `until_on` is the first day without it.

    Raises: AlreadyEnded, EndBeforeStart, ReasonNeeded, UnitHolds
    """
    unit = _locked(unit)
    if unit.until_on is not None and unit.until_on <= until_on:
        raise AlreadyEnded(until_on=unit.until_on)
    if until_on <= unit.from_on:
        raise EndBeforeStart(from_on=unit.from_on, given=until_on)
    refuse_past(until_on, at, reason)
    held = held_by(unit, until_on)
    if held:
        raise UnitHolds(unit=unit.name, on=until_on, held="; ".join(map(str, held)))
    before = {"until_on": unit.until_on}
    unit.until_on = until_on
    unit.save(update_fields=["until_on"])
    revise_unit(unit, at)
    after = {"until_on": until_on}
    record("unit", unit.pk, by=by, at=at, before=before, after=after, reason=reason, within=unit)
    return unit


@action("org.set_polygon")
def set_polygon(
    *, unit: Unit, polygon: Mapping[str, Any] | None, by: Actor, at: datetime, reason: str = ""
) -> Unit:
    """Give a unit the ground it covers; None takes it away.

    Raises: what `polygons.checked` and `polygons.refuse_misplaced` refuse, UnitUnchanged
    """
    unit = _locked(unit)
    drawn = None if polygon is None else checked(polygon)
    if drawn == unit.polygon:
        raise UnitUnchanged(unit=unit.name)
    if drawn is not None:
        refuse_misplaced(unit, drawn, parent=unit.parent, on=clock.day_of(at))
    before = {"square_metres": _area(unit.polygon)}
    unit.polygon = drawn
    unit.save(update_fields=["polygon"])
    revise_unit(unit, at)
    after = {"square_metres": _area(drawn)}
    record("unit", unit.pk, by=by, at=at, before=before, after=after, reason=reason, within=unit)
    return unit


def _locked(unit: Unit) -> Unit:
    """The row as it is now, which nobody else changes meanwhile."""
    return Unit.objects.select_for_update().get(pk=unit.pk)


def _area(polygon: Mapping[str, Any] | None) -> int | None:
    return None if polygon is None else round(square_metres(shape(polygon)))
