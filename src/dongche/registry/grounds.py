"""Places follow the outline of a grid that is drawn, changed or given up (S29): counted beforehand, then moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from django.db.models import Q
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from dongche.org.audit import Actor
from dongche.org.grounds import Lying, Redrawn, Shift, Step, outlines_on
from dongche.org.holdings import lasting_on
from dongche.org.models import Unit, UnitKind
from dongche.registry import actions
from dongche.registry.models import PRESENT, Entity


@dataclass(frozen=True)
class _Grid:
    """A grid as it lies on the day."""

    pk: int
    community: int | None
    is_dedicated: bool
    outline: BaseGeometry


@dataclass(frozen=True)
class _Place:
    pk: int
    grid: int | None
    is_dedicated: bool
    point: tuple[float, float] | None


@dataclass(frozen=True)
class _Map:
    """What lies around the grid that is redrawn, and what it covered before and covers then."""

    redrawn: Redrawn
    around: Sequence[_Grid]
    before: BaseGeometry | None
    after: BaseGeometry | None

    @classmethod
    def of(cls, redrawn: Redrawn) -> _Map:
        unit = redrawn.unit
        rows = outlines_on(unit.subdistrict_id, UnitKind.GRID, redrawn.on)
        grids = [
            _Grid(row.unit_id, row.parent_id, bool(row.dedicated_to), shape(row.polygon))
            for row in rows
            if row.unit_id != unit.pk
        ]
        # A dedicated grid takes its places out of the grid around it.
        around = sorted(grids, key=lambda grid: (not grid.is_dedicated, grid.pk))
        for grid in around:
            shapely.prepare(grid.outline)
        return cls(redrawn, around, _drawn(redrawn.before), _drawn(redrawn.after))

    def grid_around(self, point: tuple[float, float]) -> _Grid | None:
        return next((grid for grid in self.around if shapely.intersects_xy(grid.outline, *point)), None)

    def goes(self, place: _Place) -> bool:
        """Whether a place belongs to another grid than so far."""
        unit, point = self.redrawn.unit, place.point
        if self.redrawn.ends or point is None:
            return self.redrawn.ends and place.grid == unit.pk
        was, is_inside = _covers(self.before, point), _covers(self.after, point)
        if place.grid == unit.pk:
            return was and not is_inside
        if not is_inside:
            return False
        if unit.dedicated_to:
            return not place.is_dedicated
        # Whoever put a place elsewhere on purpose does not find it moved by a change of another corner.
        return (
            not was
            and not place.is_dedicated
            and not any(
                shapely.intersects_xy(grid.outline, *point)
                for grid in self.around
                if grid.is_dedicated or grid.pk == place.grid
            )
        )

    def target(self, place: _Place) -> tuple[int, int | None] | None:
        """The grid and the community to which a place goes; None where nothing is around it."""
        unit = self.redrawn.unit
        if place.grid != unit.pk:
            return unit.pk, unit.parent_id
        grid = self.grid_around(place.point) if place.point else None
        return None if grid is None else (grid.pk, grid.community)


def _drawn(polygon: Mapping[str, Any] | None) -> BaseGeometry | None:
    if polygon is None:
        return None
    outline = shape(polygon)
    shapely.prepare(outline)
    return outline


def _covers(outline: BaseGeometry | None, point: tuple[float, float]) -> bool:
    return outline is not None and bool(shapely.intersects_xy(outline, *point))


def _moves(redrawn: Redrawn) -> dict[int, tuple[int | None, tuple[int, int | None] | None]]:
    """The places that belong elsewhere: id → grid so far, and where to."""
    unit = redrawn.unit
    near = Q(grid=unit.pk)
    if redrawn.after is not None:
        west, south, east, north = shape(redrawn.after).bounds
        near |= Q(lon__gte=west, lon__lte=east, lat__gte=south, lat__lte=north)
    rows = Entity.objects.filter(PRESENT, near, lasting_on(redrawn.on), subdistrict=unit.subdistrict_id)
    ground = _Map.of(redrawn)
    places: Iterable[_Place] = (
        _Place(pk, grid, bool(dedicated), None if lon is None or lat is None else (lon, lat))
        for pk, grid, dedicated, lon, lat in rows.order_by("pk").values_list(
            "pk", "grid", "grid__dedicated_to", "lon", "lat"
        )
    )
    return {place.pk: (place.grid, ground.target(place)) for place in places if ground.goes(place)}


def _count(redrawn: Redrawn) -> list[Shift]:
    """Shape: the largest first"""
    found = Counter((source, target and target[0]) for source, target in _moves(redrawn).values())
    units = Unit.objects.select_related("parent").defer("polygon", "parent__polygon")
    grids = units.in_bulk({pk for pair in found for pk in pair if pk})
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0][0] or 0, item[0][1] or 0))
    return [
        Shift(grids.get(source or 0), grids.get(target or 0), number) for (source, target), number in ordered
    ]


def _follow(redrawn: Redrawn, by: Actor, at: datetime) -> int:
    targets = {pk: target for pk, (_source, target) in _moves(redrawn).items() if target}
    if targets:
        actions.regrid_places(unit=redrawn.unit, targets=targets, by=by, at=at)
    return len(targets)


def _lie(unit: Unit, polygon: Mapping[str, Any]) -> Lying:
    """The present places of a division, a community or a grid, as far as their points are known."""
    level: Mapping[str, str] = {
        UnitKind.SUBDISTRICT: "subdistrict",
        UnitKind.COMMUNITY: "community",
        UnitKind.GRID: "grid",
    }
    if unit.kind not in level:
        return Lying(0, 0)
    rows = Entity.objects.filter(
        PRESENT, until_on__isnull=True, lon__isnull=False, **{level[unit.kind]: unit}
    )
    points = np.array(list(rows.values_list("lon", "lat")), dtype=float).reshape(-1, 2)
    inside = shapely.intersects_xy(shape(polygon), points[:, 0], points[:, 1])
    return Lying(len(points), int(len(points) - np.count_nonzero(inside)))


places = Step(_count, _follow, _lie)
