"""The list of places as a map: the points of what the filters leave, in few bytes, and the ground they stand on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.conf import settings
from django.db.models import Q

from dongche.desk import maps
from dongche.desk.links import short
from dongche.kit import coordinates
from dongche.org.models import Unit, UnitKind
from dongche.org.queries import Units
from dongche.registry.queries import Places
from dongche.reporting.queries import with_report

MOST: Final = 100_000  # points of one answer; of more, those in view are asked for
SCALE: Final = 100_000  # a metre
STATES: Final = ("", "open", "part", "closed")


@dataclass(frozen=True)
class Box:
    """What a map shows: degrees, as the map counts them."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def read(cls, text: str) -> Box | None:
        """From "west,south,east,north"; None when it is nothing of the kind."""
        try:
            west, south, east, north = (float(part) for part in text.split(","))
        except ValueError:
            return None
        return cls(west, south, east, north)

    def of(self, places: Places) -> Places:
        west, south, east, north = self.west, self.south, self.east, self.north
        if is_gcj():
            (west, south), (east, north) = (
                coordinates.from_gcj(west, south),
                coordinates.from_gcj(east, north),
            )
        return places.filter(lon__gte=west, lon__lte=east, lat__gte=south, lat__lte=north)


def is_gcj() -> bool:
    """Whether the tiles under the points are of GCJ-02."""
    return bool(settings.MAP_TILE_URL) and settings.MAP_TILE_DATUM == coordinates.GCJ02


def points(places: Places, on: date, box: Box | None = None) -> dict[str, Any]:
    """Where places lie, for the map.

    Shape: longitudes and latitudes in steps of a metre, each as the difference to the one before; what the numbers have
           in common, and the rest of each; the state of the day as an index into STATES. `more` when not all are here
    """
    found = with_report(places.filter(lon__isnull=False, lat__isnull=False), on).order_by("pk")
    if box is not None:
        found = box.of(found)
    rows: list[Any] = list(found.values_list("lon", "lat", "number", "report_state")[: MOST + 1])  # type: ignore[misc]  # annotated
    kept = rows[:MOST]
    turn = coordinates.to_gcj if is_gcj() else None
    steps: list[int] = []
    before = (0, 0)
    for lon, lat, _number, _state in kept:
        x, y = turn(lon, lat) if turn else (lon, lat)
        here = (round(x * SCALE), round(y * SCALE))
        steps += (here[0] - before[0], here[1] - before[1])
        before = here
    numbers = [row[2] for row in kept]
    prefix = _in_common(numbers)
    return {
        "steps": steps,
        "prefix": prefix,
        "numbers": [number[len(prefix) :] for number in numbers],
        "states": [STATES.index(row[3] or "") for row in kept],
        "more": len(rows) > MOST,
    }


def _in_common(numbers: Sequence[str]) -> str:
    """What all numbers begin with; nothing for a single one."""
    first, last = (min(numbers), max(numbers)) if numbers else ("", "")
    same = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), 0)
    return first[:same]


def unlocated(places: Places) -> int:
    """How many places of a list have no position, and so stand on no map."""
    return places.filter(Q(lon__isnull=True) | Q(lat__isnull=True)).count()


def ground(actor: Any) -> dict[str, Any]:
    """Outlines of communities that the actor sees, with their names."""
    units = list(
        Units.visible_to(actor)
        .of_service()
        .filter(kind__in=(UnitKind.COMMUNITY, UnitKind.GRID), polygon__isnull=False)
        .order_by("code")
    )
    rings: dict[int | None, list[Any]] = {}
    for unit in units:
        if unit.kind == UnitKind.GRID:
            rings.setdefault(unit.community_id, []).append(unit.polygon)
    drawn = {unit.pk: unit for unit in units if unit.kind == UnitKind.COMMUNITY}
    names = Units.visible_to(actor).filter(pk__in=[pk for pk in rings if pk and pk not in drawn])
    communities: Sequence[Unit] = [*drawn.values(), *names]
    borders = [
        maps.border(short(unit.name), maps.outline(rings.get(unit.pk, []), unit.polygon))
        for unit in communities
    ]
    return _turned(maps.collection(borders)) if is_gcj() else maps.collection(borders)


def _turned(collection: dict[str, Any]) -> dict[str, Any]:
    """Outlines as a map of GCJ-02 shows them; those that are kept are not touched."""
    features = []
    for feature in collection["features"]:
        x, y = coordinates.to_gcj(feature["properties"]["x"], feature["properties"]["y"])
        moved = coordinates.shifted(feature["geometry"]["coordinates"])
        geometry = {**feature["geometry"], "coordinates": moved}
        features.append(
            {**feature, "geometry": geometry, "properties": {**feature["properties"], "x": x, "y": y}}
        )
    return {**collection, "features": features}


def tiles() -> dict[str, Any] | None:
    """The tiles to lay under the points, where some are configured."""
    if not settings.MAP_TILE_URL:
        return None
    return {"url": settings.MAP_TILE_URL, "attribution": settings.MAP_TILE_ATTRIBUTION}
