"""Where places lie, drawn over the grids they stand in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dongche.registry.models import Entity


def whereabouts(places: Sequence[Entity]) -> dict[str, Any]:
    """Some places as points over the grids they stand in, for `pair_map.js`; no points where none has a position."""
    points = [
        {
            "type": "Feature",
            "properties": {"name": f"{place.number} {place.name}", "side": side},
            "geometry": {"type": "Point", "coordinates": [place.lon, place.lat]},
        }
        for side, place in enumerate(places)
        if place.lon is not None and place.lat is not None
    ]
    grids = {place.grid_id: place.grid for place in places if place.grid is not None and place.grid.polygon}
    outlines = [
        {"type": "Feature", "properties": {"name": grid.name}, "geometry": grid.polygon}
        for grid in grids.values()
    ]
    return {
        "points": {"type": "FeatureCollection", "features": points},
        "grids": {"type": "FeatureCollection", "features": outlines},
    }
