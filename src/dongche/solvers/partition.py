"""One community divided into grids: each in one piece, with about the same load, and with short borders.

METIS divides the cells around the places; what it leaves in pieces or empty is repaired here, so that the promises hold
whatever it does: exactly as many grids as asked for, each connected, each with a place.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pymetis
import shapely
from shapely.geometry.base import BaseGeometry

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.solvers import cells
from dongche.solvers.cells import Point, components

CONNECTED_UP_TO = 50_000  # METIS's own search for connected parts fails on graphs of 200,000 nodes
EVEN = 1.03


class NothingToDivide(Problem):
    code = "solvers.nothing_to_divide"
    message = N_(
        "No place in this area has a position, so its load cannot be divided. Enter positions first."
    )


class TooFewPoints(Problem):
    code = "solvers.too_few_points"
    message = N_(
        "The places of this area lie at %(points)s different points; that does not make %(grids)s grids with a "
        "place in each. Ask for at most %(points)s."
    )


class NoGridsAsked(Problem):
    code = "solvers.no_grids_asked"
    message = N_("The number of grids is %(given)s; expected is 1 or more.")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place to be divided among grids. `at` is (longitude, latitude) in degrees."""

    id: str
    at: Point
    weight: int = 1


@dataclass(frozen=True)
class Grid:
    area: BaseGeometry
    places: tuple[str, ...]
    load: int


@dataclass(frozen=True)
class Block:
    """What goes to a grid in one piece: the ground around a point where there are places. `borders[b]` are the metres
    it shares with the block b; where the area is in several pieces, 0 is the way to the next. `grid` is its grid."""

    area: BaseGeometry
    places: tuple[str, ...]
    load: int
    borders: Mapping[int, int]
    grid: int


@dataclass(frozen=True)
class Partition:
    """Grids from north to south. `imbalance` is the largest load over the mean one; no partition has a largest load
    below `bound`. `outside` lie beyond the outline and count for the cell nearest to them."""

    grids: tuple[Grid, ...]
    blocks: tuple[Block, ...]
    imbalance: float
    bound: int
    outside: tuple[str, ...]


def partition(area: BaseGeometry, places: Sequence[Spot], count: int) -> Partition:
    """This function will divide an area (degrees) into `count` grids of about the same load.

    The grids cover the area and do not overlap: they share their borders to the last bit, and the corners of the
    outline stay as they are. Each is in one piece, except where the area itself is in several.

    Raises: NoGridsAsked, NothingToDivide, TooFewPoints, AreaUnusable
    """
    if count < 1:
        raise NoGridsAsked(given=count)
    area = cells.checked(area)
    places = sorted(places, key=lambda place: place.id)
    if not places:
        raise NothingToDivide()
    points, which = cells.merged([place.at for place in places])
    if count > len(points):
        raise TooFewPoints(points=len(points), grids=count)
    found = cells.cut(area, points)
    graph = _graph(found, [(found.home[at], place.weight) for at, place in zip(which, places, strict=True)])
    if count > len(graph.weight):
        raise TooFewPoints(points=len(graph.weight), grids=count)
    part = divide(graph, count)
    return _grids(area, places, [graph.node[found.home[at]] for at in which], found, graph, part, count)


@dataclass(frozen=True)
class Graph:
    """Cells as nodes: `weight[n]`, the shared metres per neighbour, and the node of each face."""

    weight: list[int]
    borders: list[dict[int, int]]
    node: list[int]


def _graph(found: cells.Cells, loads: Sequence[tuple[int, int]]) -> Graph:
    """Make one node of each face with a load; the others join the neighbour they share most with."""
    load: Counter[int] = Counter()
    for face, weight in loads:
        load[face] += weight
    owner = {face: face for face in load}
    waiting = [face for face in range(len(found.faces)) if face not in owner]
    while waiting:
        joined = {}
        for face in waiting:
            beside = [(metres, -other) for other, metres in found.borders[face].items() if other in owner]
            if beside:
                joined[face] = owner[-max(beside)[1]]
        owner |= joined
        waiting = [face for face in waiting if face not in joined]
    number = {face: at for at, face in enumerate(sorted(load))}
    node = [number[owner[face]] for face in range(len(found.faces))]
    borders: list[dict[int, int]] = [{} for _ in number]
    for face, shared in enumerate(found.borders):
        for other, metres in shared.items():
            one, two = node[face], node[other]
            if one != two:
                borders[one][two] = borders[one].get(two, 0) + metres
    return Graph([load[face] for face in sorted(load)], borders, node)


def divide(graph: Graph, count: int) -> list[int]:
    """This function will give each node of a connected graph its part: `count` connected parts, none empty."""
    nodes = len(graph.weight)
    if count == 1:
        return [0] * nodes
    if count == nodes:
        return list(range(nodes))
    part = _metis(graph, count)
    load: Counter[int] = Counter()
    for node, number in enumerate(part):
        load[number] += graph.weight[node]
    _join_fragments(graph, part, load)
    _fill_empty(graph, part, load, count)
    _even_out(graph, part, load)
    return part


def _metis(graph: Graph, count: int) -> list[int]:
    starts, neighbours, metres = [0], [], []
    for shared in graph.borders:
        for other in sorted(shared):
            neighbours.append(other)
            metres.append(max(1, shared[other]))
        starts.append(len(neighbours))
    adjacency = pymetis.CSRAdjacency(starts, neighbours)

    def parts(options: pymetis.Options) -> list[int]:
        found = pymetis.part_graph(
            count, adjacency, vweights=graph.weight, eweights=metres, recursive=False, options=options
        )
        return list(found.vertex_part)

    if len(graph.weight) <= CONNECTED_UP_TO:
        try:
            return parts(pymetis.Options(contig=1, seed=1))
        except RuntimeError:  # its search for connected parts gave up; the repair below connects them
            pass
    return parts(pymetis.Options(seed=1))


def _members(part: Sequence[int]) -> dict[int, list[int]]:
    members: dict[int, list[int]] = {}
    for node, number in enumerate(part):
        members.setdefault(number, []).append(node)
    return members


def _join_fragments(graph: Graph, part: list[int], load: Counter[int]) -> None:
    """Of each part keep the heaviest piece; the others join the neighbouring part with the least load."""
    stray: list[list[int]] = []
    for nodes in _members(part).values():
        pieces = components(nodes, graph.borders)
        pieces.sort(key=lambda piece: (-sum(graph.weight[node] for node in piece), piece))
        stray.extend(pieces[1:])
    for piece in stray:
        for node in piece:
            load[part[node]] -= graph.weight[node]
            part[node] = -1
    while stray:
        left = []
        for piece in stray:
            beside = {part[other] for node in piece for other in graph.borders[node]} - {-1}
            if not beside:  # surrounded by other stray pieces, which find a part first
                left.append(piece)
                continue
            lightest = min(beside, key=lambda number: (load[number], number))
            for node in piece:
                part[node] = lightest
                load[lightest] += graph.weight[node]
        stray = left


def _fill_empty(graph: Graph, part: list[int], load: Counter[int], count: int) -> None:
    """Halve the heaviest part that has two nodes for each part that has none."""
    for empty in sorted(set(range(count)) - set(part)):
        members = _members(part)
        heaviest = max((load[number], -number) for number, nodes in members.items() if len(nodes) > 1)
        number = -heaviest[1]
        for node in _half(graph, members[number]):
            part[node] = empty
            load[number] -= graph.weight[node]
            load[empty] += graph.weight[node]


def _half(graph: Graph, nodes: Sequence[int]) -> list[int]:
    """The branch of a spanning tree that comes nearest to half the load; what remains is connected too."""
    inside, order, above = set(nodes), [nodes[0]], {nodes[0]: -1}
    for node in order:
        for other in sorted(graph.borders[node]):
            if other in inside and other not in above:
                above[other] = node
                order.append(other)
    carried = {node: graph.weight[node] for node in order}
    for node in reversed(order[1:]):
        carried[above[node]] += carried[node]
    whole = carried[order[0]]
    top = min(order[1:], key=lambda node: (abs(2 * carried[node] - whole), node))
    branch = {top}
    for node in order:
        if above[node] in branch:
            branch.add(node)
    return sorted(branch)


def _even_out(graph: Graph, part: list[int], load: Counter[int]) -> None:
    """Let the heaviest part hand nodes at its border to lighter neighbours while that lowers the larger of the two."""
    members = {number: set(nodes) for number, nodes in _members(part).items()}
    mean = sum(load.values()) / len(members)
    for _ in range(len(part)):
        heaviest = max(members, key=lambda number: (load[number], -number))
        if load[heaviest] <= EVEN * mean:
            return
        move = _best_move(graph, part, load, members[heaviest], heaviest)
        if move is None:
            return
        node, to = move
        part[node] = to
        members[heaviest].discard(node)
        members[to].add(node)
        load[heaviest] -= graph.weight[node]
        load[to] += graph.weight[node]


def _best_move(
    graph: Graph, part: Sequence[int], load: Counter[int], nodes: set[int], heaviest: int
) -> tuple[int, int] | None:
    choices = []
    for node in nodes:
        weight = graph.weight[node]
        for to in {part[other] for other in graph.borders[node]} - {heaviest}:
            larger = max(load[heaviest] - weight, load[to] + weight)
            if larger < load[heaviest]:
                choices.append((larger, node, to))
    for _, node, to in sorted(choices):
        rest = sorted(nodes - {node})
        if len(components(rest, graph.borders)) == 1:
            return node, to
    return None


def _grids(
    area: BaseGeometry,
    places: Sequence[Spot],
    node_of: Sequence[int],
    found: cells.Cells,
    graph: Graph,
    part: Sequence[int],
    count: int,
) -> Partition:
    faces: list[list[BaseGeometry]] = [[] for _ in graph.weight]
    for face, node in zip(found.faces, graph.node, strict=True):
        faces[node].append(face)
    grounds = [shapely.coverage_union_all(each) for each in faces]
    standing: list[list[str]] = [[] for _ in graph.weight]
    for place, node in zip(places, node_of, strict=True):
        standing[node].append(place.id)
    shapes = joined(area, grounds, part, count)
    order = sorted(range(count), key=lambda at: (-shapes[at].centroid.y, shapes[at].centroid.x))
    number = {at: place for place, at in enumerate(order)}
    blocks = tuple(
        Block(grounds[node], tuple(standing[node]), weight, graph.borders[node], number[part[node]])
        for node, weight in enumerate(graph.weight)
    )
    grids = tuple(
        Grid(
            shapes[at],
            tuple(sorted(place for block in blocks if block.grid == number[at] for place in block.places)),
            sum(block.load for block in blocks if block.grid == number[at]),
        )
        for at in order
    )
    shapely.prepare(area)
    inside = shapely.covers(area, shapely.points([place.at for place in places]))
    outside = tuple(place.id for place, is_in in zip(places, inside, strict=True) if not is_in)
    total = sum(graph.weight)
    bound = max(-(-total // count), *graph.weight)
    return Partition(grids, blocks, max(grid.load for grid in grids) * count / total, bound, outside)


def joined(
    area: BaseGeometry, grounds: Sequence[BaseGeometry], part: Sequence[int], count: int
) -> list[BaseGeometry]:
    """This function will join the grounds of blocks to `count` grids, of which each block has one by its number."""
    members: list[list[BaseGeometry]] = [[] for _ in range(count)]
    for ground, number in zip(grounds, part, strict=True):
        members[number].append(ground)
    return _cleared(area, [shapely.coverage_union_all(each) for each in members])


def pieces(part: Sequence[int], borders: Sequence[Mapping[int, int]]) -> Counter[int]:
    """This function will count in how many pieces each grid is: 1 where it hangs together."""
    return Counter(
        {number: len(components(nodes, borders)) for number, nodes in sorted(_members(part).items())}
    )


def border_metres(part: Sequence[int], borders: Sequence[Mapping[int, int]]) -> int:
    """This function will measure the borders between grids: what the partition is to keep short."""
    twice = sum(
        metres
        for node, shared in enumerate(borders)
        for other, metres in shared.items()
        if part[node] != part[other]
    )
    return twice // 2


def compactness(shape: BaseGeometry) -> float:
    """This function will say how round a shape in degrees is (Polsby–Popper): 1 a circle, 0.79 a square, 0 a line."""
    shrink = math.cos(math.radians(shape.centroid.y))
    flat = shapely.transform(shape, lambda at: at * np.array([shrink, 1.0]))
    return float(4 * math.pi * flat.area / flat.length**2) if flat.length else 0.0


def _cleared(area: BaseGeometry, shapes: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """Take out the corners that cells of one and the same grid have left on the outline."""
    kept = set(map(tuple, shapely.get_coordinates(area).tolist()))
    seen: Counter[tuple[float, ...]] = Counter()
    for shape in shapes:
        seen.update(set(map(tuple, shapely.get_coordinates(shape).tolist())))
    return [_without(shape, {at for at, times in seen.items() if times == 1} - kept) for shape in shapes]


def _without(shape: BaseGeometry, corners: set[tuple[float, ...]]) -> BaseGeometry:
    cleared = []
    for polygon in shapely.get_parts(shape):
        rings = []
        for ring in (polygon.exterior, *polygon.interiors):
            kept = [at for at in ring.coords[:-1] if at not in corners]
            rings.append(kept if len(kept) > 2 else list(ring.coords[:-1]))
        cleared.append(shapely.Polygon(rings[0], rings[1:]))
    return cleared[0] if len(cleared) == 1 else shapely.MultiPolygon(cleared)
