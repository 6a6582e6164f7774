"""A made-up sub-district of the right size in the right part of the city: no border here is a real one.

An irregular outline is cut into communities and each community into grids, by relaxed Voronoi cells; the outline and
the number of grids are fixed, so the map is the same in every demonstration.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.affinity import rotate
from shapely.geometry import MultiPoint, Point, Polygon, mapping
from shapely.geometry.base import BaseGeometry

CENTRE_LON, CENTRE_LAT = 120.3720, 36.0880
METRES_PER_LON = 111_320 * math.cos(math.radians(CENTRE_LAT))
METRES_PER_LAT = 110_950
SEED = 20200210
GRIDS = (8, 7, 9, 8, 7, 8, 9, 7, 8)
"""Grids of each community, 71 in all."""

Rings = list[list[list[float]]]


@dataclass(frozen=True)
class Area:
    """A community or a grid: its shape in metres around the centre."""

    shape: Polygon
    parts: tuple[Area, ...] = ()

    def geojson(self) -> dict[str, Any]:
        """The shape in degrees, to a tenth of a metre; the same corner gets the same figures in both neighbours."""
        rings: Rings = [
            [list(_degrees(x, y)) for x, y in ring] for ring in mapping(self.shape)["coordinates"]
        ]
        return {"type": "Polygon", "coordinates": rings}


def build() -> Area:
    """This function will make the sub-district with its communities and their grids, north to south, west to east.

    Units:  metres east and north of the centre; `geojson` gives WGS-84 degrees
    """
    dice = random.Random(SEED)
    outline = rotate(_outline(dice), -12)
    communities = []
    for community, grids in zip(_cells(outline, len(GRIDS), dice, rounds=12), GRIDS, strict=True):
        parts = tuple(Area(grid) for grid in _cells(community, grids, dice, rounds=8))
        communities.append(Area(community, parts))
    return Area(outline, tuple(communities))


def scatter(area: Area, count: int, dice: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """This function will place `count` points inside an area, some metres from its border.

    Shape:  (longitudes, latitudes), float64 degrees rounded to 6 places
    """
    inside = area.shape.buffer(-8)
    shape = inside if not inside.is_empty and inside.geom_type == "Polygon" else area.shape
    west, south, east, north = shape.bounds
    xs, ys = np.empty(0), np.empty(0)
    while len(xs) < count:
        tries = 2 * (count - len(xs)) + 8
        x, y = dice.uniform(west, east, tries), dice.uniform(south, north, tries)
        hit = shapely.contains_xy(shape, x, y)
        xs, ys = np.concatenate([xs, x[hit]]), np.concatenate([ys, y[hit]])
    xs, ys = xs[:count], ys[:count]
    return (
        np.round(CENTRE_LON + xs / METRES_PER_LON, 6),
        np.round(CENTRE_LAT + ys / METRES_PER_LAT, 6),
    )


def _degrees(x: float, y: float) -> tuple[float, float]:
    return round(CENTRE_LON + x / METRES_PER_LON, 6), round(CENTRE_LAT + y / METRES_PER_LAT, 6)


def _outline(dice: random.Random) -> Polygon:
    """A blob with a wavy edge, wider than it is high, whose corners are rounded off."""
    corners = []
    for step in range(26):
        angle = 2 * math.pi * step / 26
        wave = (
            1 + 0.12 * math.sin(2 * angle + 0.6) + 0.08 * math.sin(3 * angle + 2) + dice.uniform(-0.05, 0.05)
        )
        corners.append((1.35 * 1150 * wave * math.cos(angle), 0.82 * 1150 * wave * math.sin(angle)))
    smooth: Polygon = Polygon(corners).buffer(60).buffer(-60)
    return smooth.simplify(8)


def _cells(shape: Polygon, count: int, dice: random.Random, rounds: int) -> list[Polygon]:
    """Cut a shape into cells of much the same size (Lloyd's relaxation), listed in reading order."""
    points = [_point_in(shape, dice) for _ in range(count)]
    cells: list[Polygon] = []
    for _ in range(rounds):
        cut = shapely.voronoi_polygons(MultiPoint(points), extend_to=shape)
        cells = [_largest(cell.intersection(shape)) for cell in cut.geoms]
        points = [cell.centroid for cell in cells]
    return sorted(cells, key=lambda cell: (-round(cell.centroid.y / 300), cell.centroid.x))


def _point_in(shape: Polygon, dice: random.Random) -> Point:
    west, south, east, north = shape.bounds
    while True:
        point = Point(dice.uniform(west, east), dice.uniform(south, north))
        if shape.contains(point):
            return point


def _largest(shape: BaseGeometry) -> Polygon:
    return shape if isinstance(shape, Polygon) else max(shape.geoms, key=lambda part: part.area)
