"""What keeps a unit from ending, and where the places of a grid go that does."""

from __future__ import annotations

from datetime import date, datetime

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org import grounds, lives
from dongche.org.audit import Actor
from dongche.org.holdings import Holding, held_by
from dongche.org.models import Unit, UnitKind


class UnitHolds(Problem):
    code = "org.unit_holds"
    status = 409
    message = N_(
        "%(unit)s cannot end on %(on)s, because from that day on it would still hold: %(held)s. Nothing was changed."
    )


# Of a grid whose places return to those around it.
STAYING = N_("places around which there is no other grid: %(count)s (move them first)")


def redrawn(unit: Unit, on: date) -> grounds.Redrawn | None:
    """What becomes of the ground of a grid that ends; None of a unit of another kind."""
    if unit.kind != UnitKind.GRID:
        return None
    outline = lives.on_day(lives.life_of(unit), on).values["polygon"]
    return grounds.Redrawn(unit, outline, None, on, ends=True)


def give_up_places(unit: Unit, on: date, by: Actor, at: datetime) -> int:
    """Give the places of a grid to the grids around them; gives how many moved."""
    gone = redrawn(unit, on)
    return grounds.follow(gone, by, at) if gone else 0


def refuse_holding(unit: Unit, on: date, *, with_places: bool) -> None:
    """Raises: UnitHolds – something would be left without the unit; with its places, those that find no other grid"""
    gone = redrawn(unit, on) if with_places else None
    held = held_by(unit, on, with_rooms_above=gone is None)
    if gone:
        staying = sum(shift.number for shift in grounds.shifts(gone) if shift.target is None)
        held += [Holding(STAYING, staying)] if staying else []
    if held:
        raise UnitHolds(unit=unit.name, on=on, held="; ".join(map(str, held)))
