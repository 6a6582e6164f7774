"""Coordinates of Chinese maps: GCJ-02, which their tiles and pickers speak, and WGS-84, in which we keep everything."""

from __future__ import annotations

from typing import Any, Final

import prcoords

WGS84: Final = "wgs84"
GCJ02: Final = "gcj02"
DATUMS: Final = (WGS84, GCJ02)


def to_gcj(lon: float, lat: float) -> tuple[float, float]:
    """This function will give where a point of WGS-84 lies on a map of GCJ-02: longitude and latitude.

    >>> tuple(round(value, 5) for value in to_gcj(120.3722, 36.0881))
    (120.37733, 36.08837)
    """
    found = prcoords.wgs_gcj((lat, lon), check_china=False)
    return found.lon, found.lat


def from_gcj(lon: float, lat: float) -> tuple[float, float]:
    """This function will give the point of WGS-84 that is meant by one of GCJ-02; exact to less than a millimetre.

    >>> tuple(round(value, 6) for value in from_gcj(*to_gcj(120.3722, 36.0881)))
    (120.3722, 36.0881)
    """
    found = prcoords.gcj_wgs_bored((lat, lon), check_china=False)
    return found.lon, found.lat


def shifted(coordinates: Any) -> Any:
    """This function will move GeoJSON coordinates, however deeply nested, from WGS-84 to GCJ-02."""
    if coordinates and isinstance(coordinates[0], int | float):
        return [round(value, 7) for value in to_gcj(*coordinates[:2])]
    return [shifted(part) for part in coordinates]
