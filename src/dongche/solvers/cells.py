"""A community cut into cells, one around each point where there are places, that cover it without gap or overlap."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from dongche.kit.errors import Problem
from dongche.kit.messages import N_

Point = tuple[float, float]
SAME_POINT = 6  # decimals of a degree, 0.1 m: nearer places count as one point
METRES_PER_DEGREE = 111_195


class AreaUnusable(Problem):
    code = "solvers.area_unusable"
    message = N_(
        "The area cannot be divided: %(why)s. Draw it as a closed outline that does not cross itself."
    )


@dataclass(frozen=True)
class Cells:
    """Faces that share their edges to the last bit. `home[s]` is the face of the point s; a face without a point is the
    piece that an area which is not convex has cut off a cell. `borders[f]` maps the neighbours of a face to the metres
    they share; where the area itself is in several pieces, 0 stands for the shortest way from one to the next."""

    faces: list[BaseGeometry]
    home: list[int]
    borders: list[dict[int, int]]


def merged(points: Sequence[Point]) -> tuple[list[Point], list[int]]:
    """This function will merge points that lie together: the distinct ones, and for each point its number among them.

    >>> merged([(120.1, 36.0), (120.2, 36.0), (120.10000004, 36.0)])
    ([(120.1, 36.0), (120.2, 36.0)], [0, 1, 0])
    """
    numbers: dict[Point, int] = {}
    which = [
        numbers.setdefault((round(lon, SAME_POINT), round(lat, SAME_POINT)), len(numbers))
        for lon, lat in points
    ]
    return list(numbers), which


def checked(area: BaseGeometry) -> BaseGeometry:
    """This function will refuse what is no area with an inside."""
    if area.geom_type not in ("Polygon", "MultiPolygon"):
        raise AreaUnusable(why=area.geom_type)
    if not area.is_valid:
        raise AreaUnusable(why=shapely.is_valid_reason(area))
    if area.area == 0:
        raise AreaUnusable(why="0 m²")
    return area


def cut(area: BaseGeometry, points: Sequence[Point]) -> Cells:
    """This function will cut an area (degrees) into the faces nearest to each of some distinct points.

    The borders of the cells and the outline of the area become one network of lines; its meshes are the faces. A point
    outside the area belongs to the face nearest to it.
    """
    shrink = math.cos(math.radians(shapely.centroid(area).y))
    flat = _stretched(area, shrink)
    dots = np.array([shapely.Point(lon * shrink, lat) for lon, lat in points])
    lines = [flat.boundary]
    if len(dots) > 1:
        borders = shapely.voronoi_polygons(shapely.MultiPoint(list(dots)), extend_to=flat, only_edges=True)
        lines.append(borders.intersection(flat))
    meshes = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(lines))))
    shapely.prepare(flat)
    faces = [mesh for mesh in meshes if flat.contains(shapely.point_on_surface(mesh))]
    home = shapely.STRtree(faces).nearest(dots).tolist()
    shared = _borders(faces)
    _bridge(faces, shared)
    before = dict(zip(_corners(flat), _corners(area), strict=True))
    return Cells([_restored(face, shrink, before) for face in faces], home, shared)


def _stretched(shape: BaseGeometry, by: float) -> BaseGeometry:
    """Degrees of longitude made as long as those of latitude, so that the nearest on the map is the nearest outside."""
    return shapely.transform(shape, lambda at: at * np.array([by, 1.0]))


def _restored(shape: BaseGeometry, shrink: float, before: Mapping[Point, Point]) -> BaseGeometry:
    """The corners of the area come back as they were, to the last bit."""
    return shapely.transform(
        shape, lambda at: np.array([before.get((x, y), (x / shrink, y)) for x, y in at.tolist()])
    )


def _corners(shape: BaseGeometry) -> list[Point]:
    return [(x, y) for x, y in shapely.get_coordinates(shape).tolist()]


def edges(face: BaseGeometry) -> Iterator[tuple[Point, Point]]:
    """This function will walk along the rings of a polygon; each edge begins at its smaller end."""
    for ring in (face.exterior, *face.interiors):
        corners = list(ring.coords)
        for one, other in pairwise(corners):
            yield (one, other) if one < other else (other, one)


def _borders(faces: Sequence[BaseGeometry]) -> list[dict[int, int]]:
    """Faces that share an edge; a corner is not enough."""
    owners: dict[tuple[Point, Point], list[int]] = defaultdict(list)
    for number, face in enumerate(faces):
        for edge in edges(face):
            owners[edge].append(number)
    shared: list[dict[int, float]] = [defaultdict(float) for _ in faces]
    for (one, other), both in owners.items():
        if len(both) == 2:
            length = math.dist(one, other) * METRES_PER_DEGREE
            shared[both[0]][both[1]] += length
            shared[both[1]][both[0]] += length
    return [{other: max(1, round(length)) for other, length in each.items()} for each in shared]


def _bridge(faces: Sequence[BaseGeometry], shared: list[dict[int, int]]) -> None:
    """Join the pieces of an area that is in several, each by the shortest way to those joined already."""
    pieces = components(range(len(faces)), shared)
    pieces.sort(key=len, reverse=True)
    joined = list(pieces[0]) if pieces else []
    for piece in pieces[1:]:
        tree = shapely.STRtree([faces[number] for number in joined])
        (at, to), distance = tree.query_nearest(
            [faces[number] for number in piece], all_matches=False, return_distance=True
        )
        nearest = int(distance.argmin())
        one, other = piece[int(at[nearest])], joined[int(to[nearest])]
        shared[one][other] = shared[other][one] = 0
        joined.extend(piece)


def components(nodes: Sequence[int], neighbours: Sequence[Mapping[int, object]]) -> list[list[int]]:
    """This function will find the connected parts of some nodes of a graph, each in ascending order."""
    left, found = set(nodes), []
    for start in nodes:
        if start not in left:
            continue
        left.discard(start)
        part, reached = [start], 0
        while reached < len(part):
            for other in neighbours[part[reached]]:
                if other in left:
                    left.discard(other)
                    part.append(other)
            reached += 1
        found.append(sorted(part))
    return found
