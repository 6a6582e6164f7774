"""The made-up land: whole, without overlaps, and the same every time."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry import shape

from dongche.cli.demo import geography, organisation

LAND = geography.build()


def test_communities_and_grids_cover_the_land_without_overlapping() -> None:
    grids = [grid.shape for community in LAND.parts for grid in community.parts]
    assert (len(LAND.parts), len(grids)) == (9, 71)
    assert abs(sum(grid.area for grid in grids) / LAND.shape.area - 1) < 1e-9
    assert abs(shapely.union_all(grids).area / LAND.shape.area - 1) < 1e-9


def test_the_land_is_the_same_every_time() -> None:
    assert geography.build().geojson() == LAND.geojson()


def test_shapes_are_valid_geojson_near_the_real_place() -> None:
    for area in (LAND, *LAND.parts, *(grid for community in LAND.parts for grid in community.parts)):
        drawn = shape(area.geojson())
        assert drawn.is_valid
        west, south, east, north = drawn.bounds
        assert 120.34 < west < east < 120.41
        assert 36.07 < south < north < 36.11


def test_points_lie_in_their_own_grid() -> None:
    for grid in LAND.parts[3].parts:
        lon, lat = geography.scatter(grid, 200, np.random.default_rng(5))
        assert shapely.contains_xy(shape(grid.geojson()), lon, lat).all()


def test_every_post_of_the_organisation_is_held() -> None:
    built = organisation.build(LAND)
    known = {person.username for person in built.officers}
    parts = [built.subdistrict]
    for part in parts:
        parts.extend(part.parts)
    grids = [part for part in parts if part.kind == "grid"]
    assert all([role for role, _ in part.posts] == ["grid_worker"] for part in grids)
    assert len(grids) == 71
    assert {username for part in parts for _, username in part.posts} == known
    assert {part.sponsor for part in parts if part.kind == "community"} == {f"leader{n}" for n in range(1, 6)}
    assert all(
        person.name.startswith("示例·") and person.phone.startswith("1999") for person in built.officers
    )
