"""Whatever the area and the places: as many grids as asked for, each in one piece, nothing left out, nothing twice."""

from __future__ import annotations

import math

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as some

from dongche.solvers import partition
from dongche.solvers.cells import AreaUnusable
from dongche.solvers.partition import Graph, NoGridsAsked, NothingToDivide, Spot, TooFewPoints

LON, LAT = 120.37, 36.06
SQUARE = shapely.box(LON, LAT, LON + 0.02, LAT + 0.02)
HOOK = shapely.Polygon(
    [(LON, LAT), (LON + 0.02, LAT), (LON + 0.02, LAT + 0.02), (LON + 0.016, LAT + 0.02), (LON + 0.017, LAT + 0.003),
     (LON + 0.003, LAT + 0.004), (LON + 0.004, LAT + 0.02), (LON, LAT + 0.02)]
)  # fmt: skip
RING = SQUARE.difference(shapely.box(LON + 0.005, LAT + 0.004, LON + 0.014, LAT + 0.017))
ISLANDS = shapely.union_all(
    [
        SQUARE,
        shapely.box(LON + 0.03, LAT, LON + 0.04, LAT + 0.01),
        shapely.box(LON, LAT - 0.02, LON + 0.01, LAT - 0.01),
    ]
)


@some.composite
def stars(draw):
    """Areas with dents: a distance from the middle for each direction."""
    corners = draw(some.integers(3, 12))
    reach = draw(some.lists(some.floats(0.2, 1), min_size=corners, max_size=corners))
    return shapely.Polygon(
        (LON + 0.01 + 0.01 * far * math.cos(2 * math.pi * at / corners),
         LAT + 0.01 + 0.01 * far * math.sin(2 * math.pi * at / corners))
        for at, far in enumerate(reach)
    )  # fmt: skip


areas = some.sampled_from([SQUARE, HOOK, RING, ISLANDS]) | stars().filter(lambda area: area.is_valid)
coordinates = some.integers(0, 12).map(lambda step: step / 600) | some.floats(-0.002, 0.022)
places = some.lists(some.tuples(coordinates, coordinates, some.integers(1, 9)), min_size=1, max_size=40).map(
    lambda rows: [Spot(f"p{at}", (LON + x, LAT + y), weight) for at, (x, y, weight) in enumerate(rows)]
)


@given(areas, places, some.integers(1, 8))
@settings(max_examples=150, deadline=None)
def test_grids_cover_the_area_once_and_hold_each_place_once(area, spots, count):
    try:
        found = partition.partition(area, spots, count)
    except TooFewPoints:  # places that lie together, or outside and nearest to the same cell
        return
    shapes = [grid.area for grid in found.grids]
    assert len(shapes) == count
    assert all(shape.is_valid and not shape.is_empty for shape in shapes)
    assert shapely.coverage_is_valid(shapes)
    assert sum(shape.area for shape in shapes) == pytest.approx(area.area, rel=1e-9)
    assert shapely.union_all(shapes).symmetric_difference(area).area <= 1e-9 * area.area
    assert sorted(name for grid in found.grids for name in grid.places) == sorted(spot.id for spot in spots)
    weight = {spot.id: spot.weight for spot in spots}
    assert [grid.load for grid in found.grids] == [
        sum(weight[name] for name in grid.places) for grid in found.grids
    ]
    assert all(grid.places for grid in found.grids)
    assert found.imbalance == pytest.approx(
        max(grid.load for grid in found.grids) * count / sum(weight.values())
    )
    if area.geom_type == "Polygon":
        assert {shape.geom_type for shape in shapes} == {"Polygon"}
    corners = set(map(tuple, shapely.get_coordinates(area).tolist()))
    assert corners <= {tuple(at) for shape in shapes for at in shapely.get_coordinates(shape).tolist()}


@given(areas, places, some.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_a_place_inside_lies_in_its_grid(area, spots, count):
    try:
        found = partition.partition(area, spots, count)
    except TooFewPoints:
        return
    at = {spot.id: shapely.Point(spot.at) for spot in spots}
    for grid in found.grids:
        for name in set(grid.places) - set(found.outside):
            assert grid.area.distance(at[name]) < 1e-9


def test_even_places_make_even_grids():
    spots = [Spot(f"{x},{y}", (LON + x / 1000, LAT + y / 1000)) for x in range(1, 20) for y in range(1, 20)]
    found = partition.partition(SQUARE, spots, 9)
    assert found.imbalance <= 1.05
    assert partition.partition(SQUARE, list(reversed(spots)), 9) == found


def test_one_grid_is_the_whole_area():
    found = partition.partition(HOOK, [Spot("a", (LON, LAT)), Spot("b", (LON - 1, LAT))], 1)
    assert found.grids[0].area.equals_exact(HOOK.normalize(), 0) or found.grids[0].area.equals(HOOK)
    assert found.outside == ("b",)


@pytest.mark.parametrize(
    ("area", "points", "count", "problem"),
    [
        (SQUARE, [(LON, LAT)], 0, NoGridsAsked),
        (SQUARE, [], 2, NothingToDivide),
        (SQUARE, [(LON + 0.01, LAT + 0.01)] * 9, 2, TooFewPoints),
        (SQUARE, [(LON + 0.01, LAT + 0.01), (LON + 0.0100001, LAT + 0.01)], 2, TooFewPoints),
        (shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), [(0, 0)], 1, AreaUnusable),
        (shapely.Polygon(), [(0, 0)], 1, AreaUnusable),
        (shapely.LineString([(0, 0), (1, 1)]), [(0, 0)], 1, AreaUnusable),
    ],
)
def test_what_cannot_be_divided_is_refused(area, points, count, problem):
    with pytest.raises(problem):
        partition.partition(area, [Spot(str(at), point) for at, point in enumerate(points)], count)


@some.composite
def graphs(draw):
    """Connected graphs, most of them nothing METIS was made for: trees with some further edges."""
    size = draw(some.integers(2, 40))
    borders: list[dict[int, int]] = [{} for _ in range(size)]
    pairs = [(node, draw(some.integers(0, node - 1))) for node in range(1, size)]
    pairs += draw(
        some.lists(some.tuples(some.integers(0, size - 1), some.integers(0, size - 1)), max_size=20)
    )
    for one, other in pairs:
        if one != other:
            borders[one][other] = borders[other][one] = draw(some.integers(0, 50))
    weight = draw(some.lists(some.integers(1, 30), min_size=size, max_size=size))
    return Graph(weight, borders, list(range(size)))


@given(graphs(), some.integers(1, 40))
@settings(max_examples=200, deadline=None)
def test_every_part_of_a_graph_is_connected_and_none_is_empty(graph, count):
    count = min(count, len(graph.weight))
    part = partition.divide(graph, count)
    assert sorted(set(part)) == list(range(count))
    for number in range(count):
        nodes = [node for node, own in enumerate(part) if own == number]
        assert len(partition.components(nodes, graph.borders)) == 1


@given(areas, places, some.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_the_blocks_of_a_grid_make_up_the_grid(area, spots, count):
    try:
        found = partition.partition(area, spots, count)
    except TooFewPoints:
        return
    part = [block.grid for block in found.blocks]
    borders = [block.borders for block in found.blocks]
    assert sorted(name for block in found.blocks for name in block.places) == sorted(
        spot.id for spot in spots
    )
    assert all(block.places for block in found.blocks)
    assert set(partition.pieces(part, borders).values()) == {1}
    again = partition.joined(area, [block.area for block in found.blocks], part, count)
    assert all(one.equals(grid.area) for one, grid in zip(again, found.grids, strict=True))
    assert found.bound <= max(grid.load for grid in found.grids)
    shared = sum(metres for number, each in enumerate(borders) for metres in each.values() if number >= 0)
    assert 0 <= partition.border_metres(part, borders) <= shared / 2
    assert all(0 < partition.compactness(grid.area) <= 1 for grid in found.grids)


def test_a_square_is_less_round_than_a_circle():
    circle = shapely.Point(0, 0).buffer(0.001, quad_segs=64)
    assert partition.compactness(circle) == pytest.approx(1, abs=0.001)
    assert partition.compactness(shapely.box(0, 0, 0.001, 0.001)) == pytest.approx(math.pi / 4, abs=0.001)
