"""Distances between points of the earth, for many pairs at once."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
EARTH_RADIUS_M = 6_371_008.8  # mean radius; a sphere is within 0.6 % of the ellipsoid


def on_sphere(points: Iterable[tuple[float, float] | None]) -> Floats:
    """This function will turn (longitude, latitude) in degrees into coordinates in metres from the earth's centre.

    Shape:  one row (x, y, z) per point; a row of NaN where there is none
    """
    degrees = np.array([(np.nan, np.nan) if point is None else point for point in points], dtype=np.float64)
    if not len(degrees):
        return np.empty((0, 3))
    lon, lat = np.radians(degrees).T
    return EARTH_RADIUS_M * np.column_stack(
        [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
    )


def metres(one: Floats, other: Floats, unknown: int = 0) -> Ints:
    """This function will measure straight distances in whole metres; the arrays broadcast against each other.

    Units:  metres along the chord, which is shorter than the arc by less than 1 m in 60 km
    Empty:  `unknown` where either point is missing

    >>> here, there = on_sphere([(120.37, 36.06)]), on_sphere([(120.38, 36.06), None])
    >>> metres(here, there, unknown=7)
    array([899,   7])
    """
    squared = np.zeros(np.broadcast_shapes(one.shape, other.shape)[:-1])
    for axis in range(3):
        squared += (one[..., axis] - other[..., axis]) ** 2
    distance = np.rint(np.sqrt(squared))
    return np.where(np.isnan(distance), unknown, distance).astype(np.int64)
