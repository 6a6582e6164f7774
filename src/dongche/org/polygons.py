"""Polygons of units: reading what somebody pasted, and what a polygon must not do to those around it.

Areas are measured in metres on a plane at the polygon's own latitude: off by less than one in a thousand within a city.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import shapely
from django.db.models import Q, QuerySet
from shapely.errors import ShapelyError
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points
from shapely.validation import explain_validity

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.holdings import lasting_on, to_be_moved
from dongche.org.models import ANCESTORS, LEVELS, Unit, UnitKind, UnitRevision
from dongche.web.periods import believed

# Two surveys of one street never agree to the metre: less than this is a seam and not a claim.
SLIVER_M2: Final = 500.0
# A polygon this far from all it belongs to was drawn for another town.
FAR_KM: Final = 50.0
MAX_POINTS: Final = 20_000
MAX_TEXT: Final = 2_000_000
METRES_PER_DEGREE: Final = 111_320.0
# Longitudes and latitudes of China: where the two are exchanged it shows at once.
EAST, NORTH = (73.0, 136.0), (3.0, 54.0)
GROUND = (*LEVELS, UnitKind.COMMUNITY, UnitKind.GRID)


class PolygonUnreadable(Problem):
    code = "org.polygon_unreadable"
    message = N_(
        "The polygon cannot be read: given was %(given)s. Expected is GeoJSON with one Polygon or MultiPolygon in "
        "degrees, longitude first. Export it again from the map program."
    )


class PolygonTooLarge(Problem):
    code = "org.polygon_too_large"
    status = 413
    message = N_(
        "The file is larger than %(limit)s MB and was not read. An outline is far smaller: export the one unit alone, "
        "or simplify its line in the map program."
    )


class TooManyPoints(Problem):
    code = "org.too_many_points"
    message = N_(
        "The outline has %(given)s points; up to %(limit)s are taken. Simplify its line in the map program."
    )


class PolygonSwapped(Problem):
    code = "org.polygon_swapped"
    message = N_(
        "The point %(given)s has its latitude first. GeoJSON has the longitude first, so it should be %(expected)s. "
        "Exchange the two numbers of every point."
    )


class PolygonCrosses(Problem):
    code = "org.polygon_crosses"
    message = N_(
        "The outline crosses or touches itself near %(where)s. Draw it as one line around the area that never crosses."
    )


class PolygonBroken(Problem):
    code = "org.polygon_broken"
    message = N_(
        "The parts of the polygon do not fit near %(where)s: a hole must lie inside its outline, and parts must not "
        "overlap. Remove the hole or the part that is wrong."
    )


class PolygonFar(Problem):
    code = "org.polygon_far"
    message = N_(
        "The polygon lies %(distance)s km from %(other)s; it seems to be of another place. See whether it is the "
        "right file."
    )


class PolygonOutside(Problem):
    code = "org.polygon_outside"
    message = N_(
        "%(area)s m² of %(unit)s would lie outside %(parent)s near %(where)s; up to %(allowed)s m² is taken for a "
        "seam. Draw it inside, or correct the polygon of %(parent)s first."
    )


class PolygonOverlaps(Problem):
    code = "org.polygon_overlaps"
    status = 409
    message = N_(
        "%(unit)s would overlap its neighbour %(other)s by %(area)s m² near %(where)s; up to %(allowed)s m² is taken "
        "for a seam. Draw the border between them once, or make it a dedicated grid."
    )


class NoGround(Problem):
    code = "org.no_ground"
    message = N_(
        "%(unit)s is a %(kind)s and has no ground of its own. Only divisions, communities and grids have a polygon."
    )


class PointsUnreadable(Problem):
    code = "org.points_unreadable"
    message = N_(
        "Line %(line)s of the corners cannot be read: given was %(given)s. Expected is one corner in each line, its "
        "longitude, a comma, and its latitude, such as 120.37512, 36.08230."
    )


class TooFewPoints(Problem):
    code = "org.too_few_points"
    message = N_("An outline needs at least three different corners; given were %(given)s.")


def points(polygon: Mapping[str, Any] | None) -> str:
    """This function will write the corners of a simple polygon, one in each line; nothing where it has holes or parts.

    >>> points({"type": "Polygon", "coordinates": [[[120.1, 36], [120.2, 36], [120.2, 36.1], [120.1, 36]]]})
    '120.1, 36\\n120.2, 36\\n120.2, 36.1'
    """
    if polygon is None or not is_simple(polygon):
        return ""
    return "\n".join(f"{x:.10g}, {y:.10g}" for x, y in polygon["coordinates"][0][:-1])


def is_simple(polygon: Mapping[str, Any] | None) -> bool:
    """Whether it is one line around one area."""
    return polygon is not None and polygon["type"] == "Polygon" and len(polygon["coordinates"]) == 1


def from_points(text: str) -> dict[str, Any]:
    """This function will read a polygon from its corners, one in each line, in order around the area.

    Raises: PointsUnreadable, TooFewPoints, and as `read`
    """
    ring: list[list[float]] = []
    for line, given in enumerate(text.splitlines(), 1):
        parts = [part for part in re.split(r"[\s,;，、；]+", given.strip()) if part]
        if not parts:
            continue
        try:
            lon, lat = map(float, parts)
        except ValueError:
            raise PointsUnreadable(line=line, given=_shown(given)) from None
        ring.append([lon, lat])
    if len(ring) > 1 and ring[0] == ring[-1]:
        ring.pop()
    if len({tuple(point) for point in ring}) < 3:
        raise TooFewPoints(given=len(ring))
    return checked({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})


def where(problem: Problem) -> list[float] | None:
    """The point that a refusal of a polygon speaks of, to be shown on the map."""
    found = re.fullmatch(
        r"(-?[\d.]+(?:e-?\d+)?), ?(-?[\d.]+(?:e-?\d+)?)", str(problem.details.get("where", ""))
    )
    return [float(found[1]), float(found[2])] if found else None


def read(text: str) -> dict[str, Any]:
    """This function will read one polygon from GeoJSON text: a geometry, a feature, or a collection of one feature.

    Raises: PolygonTooLarge, PolygonUnreadable, TooManyPoints, PolygonSwapped, PolygonCrosses, PolygonBroken
    """
    if len(text) > MAX_TEXT:
        raise PolygonTooLarge(limit=MAX_TEXT // 1_000_000)
    try:
        given = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        raise PolygonUnreadable(given=_shown(text)) from None
    if isinstance(given, Mapping) and given.get("type") == "FeatureCollection":
        features = given.get("features")
        if not isinstance(features, list) or len(features) != 1:
            count = len(features) if isinstance(features, list) else "?"
            raise PolygonUnreadable(given=f"FeatureCollection × {count}")
        given = features[0]
    if isinstance(given, Mapping) and given.get("type") == "Feature":
        given = given.get("geometry")
    return checked(given)


def checked(given: Any) -> dict[str, Any]:
    """This function will give a polygon as it is stored, having seen that it is one.

    Raises: as `read`
    """
    if not isinstance(given, Mapping) or given.get("type") not in ("Polygon", "MultiPolygon"):
        found = given.get("type") if isinstance(given, Mapping) else given
        raise PolygonUnreadable(given=_shown(str(found)))
    try:
        drawn = shapely.force_2d(shape(given))
        points = shapely.get_coordinates(drawn)
    except (ShapelyError, KeyError, TypeError, ValueError, IndexError, AttributeError):
        raise PolygonUnreadable(given=given["type"]) from None
    if len(points) > MAX_POINTS:
        raise TooManyPoints(given=len(points), limit=MAX_POINTS)
    if drawn.is_empty or len(points) < 4:
        raise PolygonUnreadable(given=f"{given['type']} × {len(points)}")
    first, second = points[0]
    if _within(first, NORTH) and _within(second, EAST):
        raise PolygonSwapped(given=f"[{first:g}, {second:g}]", expected=f"[{second:g}, {first:g}]")
    wrong = [
        (x, y)
        for x, y in points
        if not (math.isfinite(x) and math.isfinite(y) and abs(x) <= 180 and abs(y) <= 90)
    ]
    if wrong:
        raise PolygonUnreadable(given=f"[{wrong[0][0]:g}, {wrong[0][1]:g}]")
    if not drawn.is_valid:
        _refuse_invalid(drawn)
    if not drawn.area:
        raise PolygonUnreadable(given=f"{given['type']}, 0 m²")
    stored: dict[str, Any] = json.loads(json.dumps(mapping(drawn)))
    return stored


def _refuse_invalid(drawn: BaseGeometry) -> None:
    """Raises: PolygonCrosses, PolygonBroken"""
    why = explain_validity(drawn)
    kind, _, rest = why.partition("[")
    where = ", ".join(f"{float(value):.5f}" for value in rest.rstrip("]").split())
    raise (PolygonCrosses if "elf-intersection" in kind else PolygonBroken)(where=where or "—")


def refuse_misplaced(
    unit: Unit, polygon: Mapping[str, Any], *, parent: Unit | None, on: date, until_on: date | None = None
) -> None:
    """This function will see that a polygon fits in with those above, beside and below it, on all days [on, until_on).

    Shape:  four queries at most, whatever the number of units
    Raises: NoGround, PolygonFar, PolygonOutside, PolygonOverlaps
    """
    if unit.kind not in GROUND:
        raise NoGround(unit=unit.name, kind=UnitKind(unit.kind).label)
    drawn = shape(polygon)
    around = _enclosing(parent, on, until_on)
    beside = _neighbours(unit, parent, on, until_on)
    for one in around:
        _refuse_far(drawn, shape(one.polygon), one.name)
        refuse_outside(unit.name, drawn, one.name, shape(one.polygon))
    near = beside or (() if around else _within_subdistrict(unit, parent, on, until_on))
    if near and not around:
        nearest = min(near, key=lambda other: shape(other.polygon).distance(drawn))
        _refuse_far(drawn, shape(nearest.polygon), nearest.name)
    for other in beside:
        if bool(other.dedicated_to) != bool(unit.dedicated_to):
            continue  # a dedicated grid takes its places out of the one around it
        shared = drawn.intersection(shape(other.polygon))
        area = square_metres(shared)
        if area > SLIVER_M2:
            raise PolygonOverlaps(
                unit=unit.name,
                other=other.name,
                area=f"{area:.0f}",
                allowed=f"{SLIVER_M2:.0f}",
                where=_point_in(shared),
            )
    for part in _below(unit, on, until_on) if unit.pk else ():
        refuse_outside(part.name, shape(part.polygon), unit.name, drawn)


def refuse_outside(name: str, drawn: BaseGeometry, parent: str, around: BaseGeometry) -> None:
    """Raises: PolygonOutside"""
    out = drawn.difference(around)
    area = square_metres(out)
    if area > SLIVER_M2:
        raise PolygonOutside(
            unit=name, parent=parent, area=f"{area:.0f}", allowed=f"{SLIVER_M2:.0f}", where=_point_in(out)
        )


def _point_in(area: BaseGeometry) -> str:
    """A point of the largest part of an area."""
    largest = max(getattr(area, "geoms", [area]), key=lambda part: part.area)
    point = largest.representative_point()
    return f"{point.x:.5f}, {point.y:.5f}"


def square_metres(drawn: BaseGeometry) -> float:
    if drawn.is_empty:
        return 0.0
    narrowing = math.cos(math.radians(drawn.centroid.y))
    return float(drawn.area * METRES_PER_DEGREE**2 * narrowing)


def _refuse_far(drawn: BaseGeometry, other: BaseGeometry, name: str) -> None:
    """Raises: PolygonFar"""
    here, there = nearest_points(drawn, other)
    narrowing = math.cos(math.radians(here.y))
    distance = math.hypot((here.x - there.x) * narrowing, here.y - there.y) * METRES_PER_DEGREE / 1000
    if distance > FAR_KM:
        raise PolygonFar(distance=f"{distance:.0f}", other=name)


def _enclosing(parent: Unit | None, on: date, until_on: date | None) -> list[UnitRevision]:
    """The lowest unit from `parent` upwards that has a polygon: each it has on these days."""
    if parent is None:
        return []
    line = [pk for pk in (*(getattr(parent, f"{level}_id") for level in ANCESTORS), parent.pk) if pk]
    found = list(_drawn(on, until_on).filter(unit__in=line))
    lowest = max((line.index(one.unit_id) for one in found), default=None)
    return [one for one in found if lowest is not None and one.unit_id == line[lowest]]


def _neighbours(unit: Unit, parent: Unit | None, on: date, until_on: date | None) -> list[UnitRevision]:
    """Units of the same kind beside it: within the whole sub-district, or under the same parent above it."""
    if parent is None:
        return []
    within = (
        {"unit__subdistrict": parent.pk if parent.kind == UnitKind.SUBDISTRICT else parent.subdistrict_id}
        if unit.kind in (UnitKind.COMMUNITY, UnitKind.GRID)
        else {"unit__parent": parent.pk}
    )
    return list(_drawn(on, until_on).filter(unit__kind=unit.kind, **within).exclude(unit=unit.pk))


def _within_subdistrict(
    unit: Unit, parent: Unit | None, on: date, until_on: date | None
) -> list[UnitRevision]:
    """All that is drawn in its sub-district, of any kind: where nothing of its own kind is, this tells the town."""
    if parent is None or unit.kind not in (UnitKind.COMMUNITY, UnitKind.GRID):
        return []
    within = parent.pk if parent.kind == UnitKind.SUBDISTRICT else parent.subdistrict_id
    return list(_drawn(on, until_on).filter(unit__subdistrict=within).exclude(unit=unit.pk))


def _below(unit: Unit, on: date, until_on: date | None) -> list[UnitRevision]:
    """The units that stand under it on these days, also those that are moved here later."""
    rows = _drawn(on, until_on).filter(Q(unit__parent=unit.pk) | Q(unit__in=to_be_moved()))
    return [row for row in rows if row.parent_id == unit.pk]


def _drawn(on: date, until_on: date | None) -> QuerySet[UnitRevision]:
    """What has a polygon on at least one of the days [on, until_on)."""
    rows = UnitRevision.objects.filter(believed(), lasting_on(on), polygon__isnull=False)
    return rows if until_on is None else rows.filter(from_on__lt=until_on)


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]


def _shown(text: str) -> str:
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in text[:400]).split())
    return f"“{text[:60]}…”" if len(text) > 60 else f"“{text}”"
