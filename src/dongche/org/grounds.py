"""What follows when the outline of a grid changes or a grid ends: rooms above count it beforehand and do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string

from dongche.org.models import Unit, UnitRevision
from dongche.web.periods import believed, in_force

if TYPE_CHECKING:
    from dongche.org.audit import Actor

Polygon = Mapping[str, Any]


@dataclass(frozen=True)
class Redrawn:
    """A grid whose outline is another one from a day on; `ends`: the grid ends, so all it has must go elsewhere."""

    unit: Unit
    before: Polygon | None
    after: Polygon | None
    on: date
    ends: bool = False


class Shift(NamedTuple):
    """How many places go from one grid to another; `source` is None for those in no grid so far, `target` for those
    around which there is none: they stay where they are."""

    source: Unit | None
    target: Unit | None
    number: int


class Lying(NamedTuple):
    """How many of what belongs to a unit is known with a point, and how many of those lie outside an outline."""

    known: int
    outside: int


@dataclass(frozen=True)
class Step:
    """What a room above does: `count` without doing it, `follow` in the same transaction; it gives how many moved.

    `lie` says of a unit how much of what belongs to it lies outside an outline, whoever it then belongs to.
    """

    count: Callable[[Redrawn], list[Shift]]
    follow: Callable[[Redrawn, Actor, datetime], int]
    lie: Callable[[Unit, Polygon], Lying]


def _steps() -> list[Step]:
    return [import_string(name) for name in settings.GROUND_STEPS]


def shifts(redrawn: Redrawn) -> list[Shift]:
    """What would go from one grid to another, without moving anything."""
    return [shift for step in _steps() for shift in step.count(redrawn)]


def lying(unit: Unit, outline: Polygon) -> Lying:
    """This function will say how much of what belongs to a unit lies outside an outline that it is to have."""
    found = [step.lie(unit, outline) for step in _steps()]
    return Lying(sum(one.known for one in found), sum(one.outside for one in found))


def follow(redrawn: Redrawn, by: Actor, at: datetime) -> int:
    """This function will have everything move that belongs to another grid now; it gives how many did."""
    return sum(step.follow(redrawn, by, at) for step in _steps())


def outlines_on(subdistrict: int | None, kind: str, on: date) -> Sequence[UnitRevision]:
    """The units of a kind in a sub-district that have an outline on a day, as they are on that day."""
    rows = UnitRevision.objects.filter(
        in_force(on), believed(), unit__kind=kind, unit__subdistrict=subdistrict, polygon__isnull=False
    )
    return list(rows.select_related("unit").defer("unit__polygon").order_by("unit__code"))
