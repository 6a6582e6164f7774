"""Where rows lie: the units of a sub-district as the rows name them, and the grid around a point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely

from dongche.kit.messages import N_
from dongche.org.models import Unit, UnitKind
from dongche.registry.lookups import Community, Grid, Lookups
from dongche.registry.readers import RowFault
from dongche.web.periods import in_force

POINT_ELSEWHERE = N_(
    "The point %(lon)s, %(lat)s lies in grid “%(grid)s” of %(found)s, but the row says %(given)s. Correct the one or "
    "the other."
)


@dataclass(frozen=True)
class Ground:
    """The communities and grids in force on a day, and the shapes of the grids."""

    lookups: Lookups
    ids: dict[str, int]
    grids: Sequence[Unit]
    communities: dict[int, str]
    tree: shapely.STRtree

    @classmethod
    def of(cls, subdistrict: Unit, on: date) -> Ground:
        units = list(Unit.objects.filter(in_force(on), subdistrict=subdistrict).order_by("code"))
        communities = [unit for unit in units if unit.kind == UnitKind.COMMUNITY]
        codes = {unit.pk: unit.code for unit in communities}
        # A grid whose community has ended is no place to put anything.
        grids = [unit for unit in units if unit.kind == UnitKind.GRID and unit.community_id in codes]
        drawn = [unit for unit in grids if unit.polygon]
        return cls(
            lookups=Lookups.of(
                [Community(unit.code, unit.name) for unit in communities],
                [Grid(unit.code, unit.name, codes[unit.community_id or 0]) for unit in grids],
                subdistrict=subdistrict.name,
            ),
            ids={unit.code: unit.pk for unit in (*communities, *grids)},
            grids=drawn,
            communities={unit.pk: unit.name for unit in communities},
            tree=shapely.STRtree([shapely.geometry.shape(unit.polygon) for unit in drawn]),
        )

    def place(self, rows: Sequence[dict[str, Any]]) -> list[RowFault | None]:
        """This function will put rows that have a point but no grid into the grid around it.

        Shape: fills `grid_id` and `community_id` of the rows in place; one fault or None per row
        Empty: a point in no grid adds nothing
        """
        faults: list[RowFault | None] = [None] * len(rows)
        asked = [n for n, row in enumerate(rows) if "lon" in row and "lat" in row and "grid_id" not in row]
        if not asked or not self.grids:
            return faults
        points = shapely.points(np.array([(rows[n]["lon"], rows[n]["lat"]) for n in asked]))
        around: dict[int, list[Unit]] = {}
        for point, grid in zip(*self.tree.query(points, predicate="intersects").tolist(), strict=True):
            around.setdefault(asked[point], []).append(self.grids[grid])
        for n, grids in around.items():
            # A dedicated grid takes its places out of the grid around it (S29).
            ranked = sorted(grids, key=lambda unit: (not unit.dedicated_to, unit.code))
            faults[n] = self._put(rows[n], ranked)
        return faults

    def _put(self, row: dict[str, Any], grids: Sequence[Unit]) -> RowFault | None:
        """A point on a border, or in a dedicated grid, lies in several: the first of the community that the row names,
        if it names one."""
        community = row.get("community_id")
        fitting = [unit for unit in grids if community is None or unit.community_id == community]
        if not fitting:
            details = {
                "lon": str(row["lon"]), "lat": str(row["lat"]), "grid": grids[0].name,
                "found": self.communities.get(grids[0].community_id or 0, ""),
                "given": self.communities.get(community or 0, ""),
            }  # fmt: skip
            return RowFault("registry.point_elsewhere", "lon", POINT_ELSEWHERE, details)
        row["grid_id"], row["community_id"] = fitting[0].pk, fitting[0].community_id
        return None
