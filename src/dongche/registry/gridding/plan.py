"""The solver asked and its answer as rows; and rows that were edited, weighed anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.registry.gridding import case as cases
from dongche.registry.gridding.case import Case, Ground, Standing, geojson
from dongche.registry.gridding.naming import next_codes, next_names
from dongche.registry.models import AssignmentProposal, ProposedBlock, ProposedGrid, ProposedPlace
from dongche.registry.staffing.plan import Stale
from dongche.solvers import partition as solver
from dongche.solvers.partition import Partition, Spot, TooFewPoints

Step = Callable[[int, int], None]


class NothingToDivide(Problem):
    code = "registry.nothing_to_divide"
    message = N_(
        "On %(on)s no place that is served in %(where)s has a position, so its load cannot be divided. Enter positions "
        "first, or choose another day or community."
    )


class TooManyGrids(Problem):
    code = "registry.too_many_grids"
    message = N_(
        "The places of %(where)s lie at %(points)s different points; that does not make %(grids)s grids with a place "
        "in each. Ask for at most %(points)s."
    )


@dataclass
class Draft:
    """The rows of a proposal while they are worked out or edited; unsaved, or as they were read."""

    grids: list[ProposedGrid] = field(default_factory=list)
    blocks: list[ProposedBlock] = field(default_factory=list)
    places: list[ProposedPlace] = field(default_factory=list)

    def of(self, community: int) -> list[ProposedGrid]:
        return [grid for grid in self.grids if grid.community_id == community]


def case_of(proposal: AssignmentProposal, on: Any = None) -> Case:
    """This function will read the case of a proposal as it stands now, for its own day or another."""
    return cases.read(frozenset(proposal.units), on or proposal.on)


def fresh_case(proposal: AssignmentProposal, on: Any = None) -> Case:
    """This function will read the case of a proposal, which must be the one it was worked out from.

    Raises: Stale
    """
    case = case_of(proposal, on)
    if case.fingerprint != proposal.fingerprint:
        raise Stale(number=proposal.pk)
    return case


def draft_of(proposal: AssignmentProposal) -> Draft:
    """This function will read the rows of a proposal: three queries. Grids and blocks are one object each."""
    grids = {grid.pk: grid for grid in proposal.grids.select_related("community").order_by("number")}
    blocks = {block.pk: block for block in proposal.blocks.order_by("number")}
    places = list(proposal.places.order_by("pk"))
    for block in blocks.values():
        block.grid, block.best = grids[block.grid_id], grids[block.best_id]
    for place in places:
        place.block = blocks[place.block_id] if place.block_id else None
        place.grid = grids[place.grid_id] if place.grid_id else None
    return Draft(list(grids.values()), list(blocks.values()), places)


def work_out(
    proposal: AssignmentProposal, where: str, step: Step = lambda done, total: None
) -> tuple[Case, Draft, dict[str, Any]]:
    """This function will divide each community of a proposal; `step` is told after each how many of how many are done.

    Shape:  several communities: one without any place that could be divided, or without ground, is left as it is
    Raises: NothingToDivide, TooManyGrids, NoOutline, and what the solver refuses
    """
    case, draft = case_of(proposal), Draft()
    outlines, left, refused = {}, [], None
    for done, ground in enumerate(case.grounds):
        step(done, len(case.grounds))
        try:
            outline = ground.outline
            found = _divided(outline, ground, proposal)
        except (cases.NoOutline, NothingToDivide) as problem:
            left.append(ground.community.pk)
            refused = problem
            continue
        outlines[str(ground.community.pk)] = geojson(outline)
        _lay(proposal, ground, found, draft)
    if not draft.grids:
        raise refused or NothingToDivide(on=proposal.on, where=where)
    summary = weigh(case, draft, limit=proposal.terms["places_per_grid"], outlines=outlines)
    summary["left"] = left
    summary["best"] = {name: summary[name] for name in ("border_metres", "largest")}
    step(len(case.grounds), len(case.grounds))
    return case, draft, summary


def _divided(outline: BaseGeometry, ground: Ground, proposal: AssignmentProposal) -> Partition:
    spots = [Spot(f"{place.pk:012d}", place.at) for place in ground.counted if place.at]
    if not spots:
        raise NothingToDivide(on=proposal.on, where=ground.community.name)
    asked, limit = proposal.terms["grids"], proposal.terms["places_per_grid"]
    try:
        return solver.partition(outline, spots, asked or -(-len(ground.counted) // limit))
    except TooFewPoints as problem:
        points = problem.details["points"]
        if asked:
            raise TooManyGrids(where=ground.community.name, points=points, grids=asked) from None
        return solver.partition(outline, spots, int(points))  # a single building may hold more than the limit


def _lay(proposal: AssignmentProposal, ground: Ground, found: Partition, draft: Draft) -> None:
    """Make the rows of one community."""
    home = _homes(ground, found)
    shapes = [grid.area for grid in found.grids]
    heirs = _heirs(
        ground,
        shapes,
        Counter((p.grid, found.blocks[home[p.pk]].grid) for p in ground.places if p.pk in home),
    )
    fresh = [number for number in range(len(shapes)) if number not in heirs]
    codes = dict(zip(fresh, next_codes(ground.community.code, ground.codes, len(fresh)), strict=True))
    present = [grid.name for grid in ground.grids]
    names = dict(zip(fresh, next_names(ground.community.name, present, len(fresh)), strict=True))
    first, first_block = len(draft.grids), len(draft.blocks)
    grids = []
    for number in range(len(shapes)):
        unit = heirs.get(number)
        grids.append(
            ProposedGrid(
                proposal=proposal,
                number=first + number,
                community=ground.community,
                unit=unit,
                code=unit.code if unit else codes[number],
                name=unit.name if unit else names[number],
            )
        )
    blocks = [
        ProposedBlock(
            proposal=proposal,
            number=first_block + number,
            grid=grids[block.grid],
            best=grids[block.grid],
            polygon=geojson(block.area),
            borders={str(first_block + other): metres for other, metres in sorted(block.borders.items())},
        )
        for number, block in enumerate(found.blocks)
    ]
    draft.grids += grids
    draft.blocks += blocks
    rows = []
    for place in ground.places:
        block = blocks[home[place.pk]] if place.pk in home else None
        row = ProposedPlace(
            proposal=proposal, entity_id=place.pk, before_id=place.grid, block=block, counts=place.counts
        )
        row.grid = block.grid if block else None
        rows.append(row)
    draft.places += rows
    _let_follow(grids, [row for row in rows if row.block is None], draft)


def _homes(ground: Ground, found: Partition) -> dict[int, int]:
    """The block of each place that has a position, also of those that are not served."""
    home = {int(name): number for number, block in enumerate(found.blocks) for name in block.places}
    others = [(place.pk, place.at) for place in ground.places if place.at and place.pk not in home]
    if others:
        tree = shapely.STRtree([block.area for block in found.blocks])
        nearest = tree.nearest([shapely.Point(at) for _pk, at in others]).tolist()
        home |= {pk: number for (pk, _at), number in zip(others, nearest, strict=True)}
    return home


def _heirs(
    ground: Ground, shapes: Sequence[BaseGeometry], common: Mapping[tuple[int | None, int], int]
) -> dict[int, Any]:
    """The present grid that goes on under each new one, by number: the pair with most places in common first, then the
    one with most ground in common. What shares nothing goes on under nothing, and so does what has a last day."""
    pairs = []
    for unit in ground.grids:
        if unit.until_on is not None:
            continue
        ground_before = shape(unit.polygon) if unit.polygon else None
        for number, drawn in enumerate(shapes):
            shared = ground_before.intersection(drawn).area if ground_before is not None else 0.0
            if common.get((unit.pk, number), 0) or shared:
                pairs.append((-common.get((unit.pk, number), 0), -shared, unit.code, number, unit))
    heirs: dict[int, Any] = {}
    gone: set[int] = set()
    for *_rank, number, unit in sorted(pairs, key=lambda pair: pair[:4]):
        if number not in heirs and unit.pk not in gone:
            heirs[number] = unit
            gone.add(unit.pk)
    return heirs


def _let_follow(grids: Sequence[ProposedGrid], lost: Sequence[ProposedPlace], draft: Draft) -> None:
    """Places without a position go where their grid goes on, or else where most of its places go."""
    goes_on = {grid.unit_id: grid for grid in grids if grid.unit_id}
    for place in lost:
        place.grid = goes_on.get(place.before_id or 0) or _successor(place.before_id, grids, draft)


def _successor(unit: int | None, grids: Sequence[ProposedGrid], draft: Draft) -> ProposedGrid | None:
    """The grid that takes most places of a present one."""
    if unit is None:
        return None
    taking = Counter(place.grid.number for place in draft.places if place.before_id == unit and place.grid)
    return max(grids, key=lambda grid: (taking[grid.number], -grid.number), default=None)


def weigh(
    case: Case, draft: Draft, *, limit: int, outlines: Mapping[str, Any], only: int | None = None
) -> dict[str, Any]:
    """This function will work out anew what follows from which block is in which grid: polygons, loads, reasons, and
    sum it up. `only`: the community in which a block has moved; the grids of the others stay as they are drawn."""
    communities = []
    for ground in case.grounds:
        pk = ground.community.pk
        grids = draft.of(pk)
        if not grids:
            continue
        numbers = {grid.number for grid in grids}
        blocks = [block for block in draft.blocks if block.grid.number in numbers]
        part, borders = _graph(grids, blocks)
        if only in (None, pk):
            _draw(grids, blocks, part, borders, shape(outlines[str(pk)]))
        _count(ground, draft, grids, limit)
        loads = [grid.load for grid in grids]
        communities.append(
            {
                "community": pk,
                "grids": len(grids),
                "before": len(ground.grids),
                "largest": max(loads),
                "smallest": min(loads),
                "largest_before": max((ground.loads[grid.pk] for grid in ground.grids), default=0),
                "bound": _bound(sum(loads), len(grids), draft.places, numbers),
                "border_metres": solver.border_metres(part, borders),
            }
        )
    ending = _ending(case, draft)
    return {
        "places": sum(place.counts for place in draft.places),
        "standing": len(draft.places),
        "moves": sum(place.is_move for place in draft.places),
        "without": sum(place.grid is None for place in draft.places),
        "grids": len(draft.grids),
        "new": sum(grid.unit is None for grid in draft.grids),
        "ending": ending,
        "largest": max(each["largest"] for each in communities),
        "largest_before": max(each["largest_before"] for each in communities),
        "over": sum(max(0, grid.load - limit) for grid in draft.grids),
        "border_metres": sum(each["border_metres"] for each in communities),
        "communities": communities,
        "outlines": dict(outlines),
        "edited": sum(block.grid.number != block.best.number for block in draft.blocks),
    }


def _graph(
    grids: Sequence[ProposedGrid], blocks: Sequence[ProposedBlock]
) -> tuple[list[int], list[dict[int, int]]]:
    """The grid of each block and its neighbours, both counted from 0 within the community."""
    of_grid = {grid.number: at for at, grid in enumerate(grids)}
    of_block = {str(block.number): at for at, block in enumerate(blocks)}
    part = [of_grid[block.grid.number] for block in blocks]
    return part, [{of_block[other]: metres for other, metres in block.borders.items()} for block in blocks]


def _draw(
    grids: Sequence[ProposedGrid],
    blocks: Sequence[ProposedBlock],
    part: Sequence[int],
    borders: Sequence[Mapping[int, int]],
    outline: BaseGeometry,
) -> None:
    drawn = solver.joined(outline, [shape(block.polygon) for block in blocks], part, len(grids))
    pieces = solver.pieces(part, borders)
    for number, (grid, area) in enumerate(zip(grids, drawn, strict=True)):
        grid.polygon, grid.pieces = geojson(area), pieces[number]
        grid.compactness = round(solver.compactness(area), 4)


def _count(ground: Ground, draft: Draft, grids: Sequence[ProposedGrid], limit: int) -> None:
    """Loads of the grids of a community, and what moves there and why."""
    numbers = {grid.number for grid in grids}
    here = {place.pk: place for place in ground.places}
    for grid in grids:
        grid.load = grid.in_common = 0
        grid.load_before = ground.loads[grid.unit_id] if grid.unit_id else 0
    present = {grid.pk: shape(grid.polygon) for grid in ground.grids if grid.polygon}
    for drawn in present.values():
        shapely.prepare(drawn)
    going_on = {grid.unit_id for grid in grids if grid.unit_id}
    for place in draft.places:
        if place.entity_id not in here or (place.grid is not None and place.grid.number not in numbers):
            continue
        unit = place.grid.unit_id if place.grid else None
        place.is_move = place.grid is not None and (unit is None or unit != place.before_id)
        place.reason = _reason(place, here[place.entity_id], ground, present, going_on, limit)
        if place.grid is not None:
            place.grid.load += place.counts
            place.grid.in_common += unit is not None and unit == place.before_id


def _reason(
    place: ProposedPlace,
    standing: Standing,
    ground: Ground,
    present: Mapping[int, BaseGeometry],
    going_on: set[int],
    limit: int,
) -> str:
    """Why a place changes its grid, or stays: a key of `showing.REASONS`."""
    before = place.before_id
    if place.block is not None and place.block.grid.number != place.block.best.number:
        return "chosen"
    if place.grid is None:
        return "lost"
    if not place.is_move:
        return "kept"
    if before is None:
        return "first"
    if place.block is None:
        return "follows"
    if before not in going_on:
        return "ended"
    if standing.at and before in present and not present[before].intersects(shapely.Point(standing.at)):
        return "outside"
    if ground.loads[before] > limit:
        return "relief"
    if place.grid.unit_id is None or ground.loads[before] > ground.loads[place.grid.unit_id]:
        return "even"
    return "border"


def _bound(total: int, count: int, places: Sequence[ProposedPlace], numbers: set[int]) -> int:
    """No division has a largest load below this: blocks are not divided, and somebody has at least the mean."""
    together = Counter(
        place.block.number
        for place in places
        if place.counts and place.block is not None and place.block.grid.number in numbers
    )
    return max(-(-total // count), *together.values(), 0)


def _ending(case: Case, draft: Draft) -> list[dict[str, Any]]:
    """The present grids that end, and for each the grid that takes most of its places: first a new one, where its
    workers are missed most."""
    going_on = {grid.unit_id for grid in draft.grids if grid.unit_id}
    ending = []
    for ground in case.grounds:
        grids = draft.of(ground.community.pk)
        for unit in ground.grids if grids else ():
            if unit.pk in going_on:
                continue
            taking = Counter(
                place.grid.number for place in draft.places if place.before_id == unit.pk and place.grid
            )
            to = max(
                grids,
                key=lambda grid: (
                    taking[grid.number] > 0 and grid.unit is None,
                    taking[grid.number],
                    -grid.number,
                ),
            )
            ending.append(
                {
                    "unit": unit.pk,
                    "code": unit.code,
                    "name": unit.name,
                    "places": ground.loads[unit.pk],
                    "to": to.number,
                }
            )
    return ending
