"""Outlines of units, and the maps of the overview."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext
from shapely import unary_union
from shapely.geometry import mapping, shape

from dongche.desk.links import list_url, short
from dongche.desk.measured import Now
from dongche.org.models import Unit, UnitKind
from dongche.web.components import MapView
from dongche.web.templatetags.web import number, percent

Outline = tuple[dict[str, Any], float, float]


def outline(polygons: Sequence[dict[str, Any]], known: dict[str, Any] | None) -> Outline:
    """The outline of a unit, its own or the union of its parts, and a point inside it for the name."""
    return _outline(json.dumps(known) if known else "", "" if known else json.dumps(polygons))


@lru_cache(maxsize=512)
def _outline(known: str, polygons: str) -> Outline:
    """Kept by what it is made of: a page asks for the same outlines again and again, and a union takes long."""
    if known:
        area = shape(json.loads(known))
    else:
        area = unary_union([shape(polygon).buffer(1e-7) for polygon in json.loads(polygons)])
    inside = area.representative_point() if not area.contains(area.centroid) else area.centroid
    return mapping(area.simplify(1e-6)), round(inside.x, 6), round(inside.y, 6)


def border(name: str, drawn: Outline) -> dict[str, Any]:
    """A heavier outline of the map with its name."""
    geometry, x, y = drawn
    return {"type": "Feature", "properties": {"name": name, "x": x, "y": y}, "geometry": geometry}


def collection(features: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def of_grids(now: Now, units: Sequence[Unit], kept: Mapping[str, str], places: int) -> MapView:
    areas, rings = [], defaultdict(list)
    for unit in units:
        if unit.kind == UnitKind.GRID and unit.polygon:
            areas.append(_area(now, kept, unit, "grid", unit.polygon))
            rings[unit.community_id].append(unit.polygon)
    borders = [
        border(short(unit.name), outline(rings[unit.pk], unit.polygon))
        for unit in units
        if unit.kind == UnitKind.COMMUNITY and unit.pk in rings
    ]
    return MapView(
        id="map",
        label=gettext("Map of grids coloured by resumption rate"),
        areas=collection(areas),
        borders=collection(borders),
        hint=gettext("%(communities)s communities, %(grids)s grids, %(places)s places")
        % {"communities": number(len(borders)), "grids": number(len(areas)), "places": number(places)},
    )


def of_communities(now: Now, units: Sequence[Unit], kept: Mapping[str, str], places: int) -> MapView:
    """Of a district, grids would be too small to be seen."""
    rings, areas, parts = defaultdict(list), [], defaultdict(list)
    for unit in units:
        if unit.kind == UnitKind.GRID and unit.polygon:
            rings[unit.community_id].append(unit.polygon)
    for unit in units:
        if unit.kind == UnitKind.COMMUNITY and (unit.polygon or unit.pk in rings):
            drawn, _x, _y = outline(rings[unit.pk], unit.polygon)
            areas.append(_area(now, kept, unit, "community", drawn))
            parts[unit.subdistrict_id].append(drawn)
    borders = [
        border(unit.name, outline(parts[unit.pk], unit.polygon))
        for unit in units
        if unit.kind == UnitKind.SUBDISTRICT and unit.pk in parts
    ]
    return MapView(
        id="map",
        label=gettext("Map of communities coloured by resumption rate"),
        areas=collection(areas),
        borders=collection(borders),
        hint=gettext("%(subdistricts)s sub-districts, %(communities)s communities, %(places)s places")
        % {"subdistricts": number(len(borders)), "communities": number(len(areas)), "places": number(places)},
    )


def _area(
    now: Now, kept: Mapping[str, str], unit: Unit, dimension: str, geometry: dict[str, Any]
) -> dict[str, Any]:
    figure = now.of("resumption_rate", **{dimension: unit.code})
    value = figure.value if figure else None
    label = gettext("%(grid)s: %(rate)s, %(count)s places") % {
        "grid": unit.name,
        "rate": percent(value, figure.reason if figure else "no_entities") if value is not None else "—",
        "count": number((figure.denominator if figure else 0) or 0),
    }
    properties = {
        "code": unit.code,
        "name": unit.name,
        "label": label,
        "value": None if value is None else float(value),
        "url": list_url(**{"state": "expected", **kept, dimension: unit.code}),
    }
    return {"type": "Feature", "id": unit.pk, "properties": properties, "geometry": geometry}
