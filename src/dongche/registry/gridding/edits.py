"""A place that goes to a neighbouring grid: where it could go, what that would change, and what forbids it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.registry.gridding.plan import Draft
from dongche.registry.models import ProposedBlock, ProposedGrid, ProposedPlace
from dongche.solvers.cells import components


class GridSplit(Problem):
    code = "registry.grid_split"
    message = N_(
        "Without %(place)s, %(grid)s would fall into %(pieces)s pieces. Move what lies beyond it first, or choose a "
        "place at the border."
    )


class GridEmptied(Problem):
    code = "registry.grid_emptied"
    message = N_(
        "%(place)s is the last that %(grid)s has; without it the grid would be empty. Ask for one grid fewer instead."
    )


class NotBeside(Problem):
    code = "registry.not_beside"
    message = N_(
        "%(place)s does not lie beside %(grid)s, so that grid would not be in one piece. Choose a grid that borders on "
        "the place."
    )


@dataclass(frozen=True)
class Choice:
    """A grid to which a place could go with its block: loads of both and metres of border afterwards, and what forbids
    it, or None."""

    grid: ProposedGrid
    load: int
    rest: int
    border: int
    is_own: bool
    problem: Problem | None

    @property
    def why(self) -> str:
        """What forbids it, in words."""
        return gettext(self.problem.message) % self.problem.details if self.problem else ""


def choices(draft: Draft, row: ProposedPlace, name: str, community: int) -> list[Choice]:
    """This function will list where a place can go: the grids that its block borders on, its own first; of a place
    without a position, every grid of its community."""
    grids = draft.of(community)
    together = [other for other in draft.places if row.block is not None and other.block is row.block] or [
        row
    ]
    weight = sum(other.counts for other in together)
    beside = set(grids)
    if row.block is not None:
        near = set(row.block.borders)
        beside = {block.grid for block in draft.blocks if str(block.number) in near} | {row.block.grid}
    found = []
    for grid in sorted(beside, key=lambda one: (one is not row.grid, one.number)):
        is_own = grid is row.grid
        change = 0 if is_own else weight
        found.append(
            Choice(
                grid,
                grid.load + change,
                (row.grid.load if row.grid else 0) - change,
                _border_change(draft, row.block, grid),
                is_own,
                None if is_own else forbidden(draft, row, grid, name),
            )
        )
    return found


def _border_change(draft: Draft, block: ProposedBlock | None, grid: ProposedGrid) -> int:
    """How many metres of border more there are with the block in another grid."""
    if block is None or block.grid is grid:
        return 0
    owner = {str(other.number): other.grid for other in draft.blocks}
    inside = sum(metres for other, metres in block.borders.items() if owner[other] is block.grid)
    return inside - sum(metres for other, metres in block.borders.items() if owner[other] is grid)


def forbidden(draft: Draft, row: ProposedPlace, grid: ProposedGrid, name: str) -> Problem | None:
    """This function will say what forbids moving the block of a place to a grid: both must stay in one piece."""
    block = row.block
    if block is None or block.grid is grid:
        return None
    owner = {str(other.number): other.grid for other in draft.blocks}
    if not any(owner[other] is grid for other in block.borders):
        return NotBeside(place=name, grid=grid.name)
    rest = [other for other in draft.blocks if other.grid is block.grid and other is not block]
    numbers = {other.number for other in rest}
    if not any(place.counts and place.block and place.block.number in numbers for place in draft.places):
        return GridEmptied(place=name, grid=block.grid.name)
    at = {str(other.number): number for number, other in enumerate(rest)}
    borders = [{at[near]: 1 for near in other.borders if near in at} for other in rest]
    pieces = len(components(range(len(rest)), borders))
    if pieces > 1:
        return GridSplit(place=name, grid=block.grid.name, pieces=pieces)
    return None


def moved(draft: Draft, row: ProposedPlace, grid: ProposedGrid, name: str) -> None:
    """This function will put a place into another grid, with all that stands in its block.

    Raises: NotBeside, GridEmptied, GridSplit
    """
    problem = forbidden(draft, row, grid, name)
    if problem is not None:
        raise problem
    if row.block is None:
        row.grid = grid
        return
    row.block.grid = grid
    for place in draft.places:
        if place.block is row.block:
            place.grid = grid
