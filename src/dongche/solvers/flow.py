"""The assignment as a minimum-cost flow, and the prices that prove it.

The flow runs place → worker → sink. Pairs that cannot matter are left out at first; after each flow the workers' prices
(what one more unit costs in the whole network) are computed here, apart from the flow library, and every pair left out
is held against them. Those that could improve the plan are added and the flow runs again, until none is left: then the
prices are a proof that no other plan over *all* pairs costs less.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from ortools.graph.python import min_cost_flow

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.solvers.distance import Floats, Ints, metres
from dongche.solvers.loads import NEVER, Loads

BLOCK = 30_000  # pairs looked at together: a column stays in the processor's cache


class NumbersTooLarge(Problem):
    code = "solvers.numbers_too_large"
    message = N_(
        "The weights, distances and prices of this assignment are too large to be added up exactly (%(given)s). "
        "Give weights as small whole numbers, and prices in metres below 1,000,000."
    )


@dataclass(frozen=True)
class Ground:
    """The facts in columns. `current` and the numbers in `allowed` are positions in the worker columns, -1 for nobody.

    `allowed[p]` None means every worker; `moving[p]` is the price of not staying with the current worker. A place that
    is open to all and has no position floats: it costs every other worker the same.
    """

    place_at: Floats
    worker_at: Floats
    weight: Ints
    current: Ints
    moving: Ints
    allowed: list[Ints | None]
    unknown_metres: int
    unserved: int | None

    @property
    def is_open(self) -> np.ndarray:
        return np.array([allowed is None for allowed in self.allowed], dtype=bool)

    @property
    def is_floating(self) -> np.ndarray:
        return self.is_open & np.isnan(self.place_at[:, 0])

    def cost(self, places: Ints, workers: Ints) -> Ints:
        """Metres, and the price of moving, per unit of weight; the arrays broadcast against each other."""
        near = metres(self.place_at[places], self.worker_at[workers], self.unknown_metres)
        near = np.where(np.isnan(self.place_at[places][..., 0]), 0, near)
        return near + np.where(self.current[places] == workers, 0, self.moving[places])

    def blocks(self) -> Iterator[tuple[Ints, Ints]]:
        """Open places with a position, some at a time, with their cost for every worker."""
        workers = np.arange(len(self.worker_at))
        for part in self._parts(np.flatnonzero(self.is_open & ~self.is_floating)):
            yield part, self.cost(part[:, None], workers[None, :])

    def shortest(self, places: Ints) -> Ints:
        """Per place the metres to the nearest worker it may have."""
        shortest = np.full(len(self.weight), NEVER)
        is_open = self.is_open
        for part in self._parts(places[is_open[places]]):
            away = metres(self.place_at[part[:, None]], self.worker_at[None], self.unknown_metres)
            shortest[part] = away.min(axis=1)
        for place in places[~is_open[places]]:
            away = metres(
                self.place_at[place][None], self.worker_at[self.allowed[place]], self.unknown_metres
            )
            shortest[place] = away.min()
        return shortest[places]

    def _parts(self, places: Ints) -> list[Ints]:
        return [
            part
            for part in np.array_split(places, max(1, -(-len(places) * len(self.worker_at) // BLOCK)))
            if len(part)
        ]


@dataclass(frozen=True)
class Pairs:
    """Pairs that the flow may use, ordered by place and worker, none twice."""

    place: Ints
    worker: Ints
    cost: Ints

    def with_more(self, place: Ints, worker: Ints, cost: Ints) -> Pairs:
        both = [np.concatenate(columns) for columns in zip(self, (place, worker, cost), strict=True)]
        order = np.lexsort((both[1], both[0]))
        place, worker, cost = (column[order] for column in both)
        new = np.ones(len(place), dtype=bool)
        new[1:] = (place[1:] != place[:-1]) | (worker[1:] != worker[:-1])
        return Pairs(place[new], worker[new], cost[new])

    def __iter__(self) -> Iterator[Ints]:
        return iter((self.place, self.worker, self.cost))


@dataclass(frozen=True)
class Routed:
    """Who takes what: `units[i]` of `place[i]` go to `worker[i]`, which is one past the last worker for nobody."""

    place: Ints
    worker: Ints
    units: Ints


@dataclass(frozen=True)
class Priced:
    """`price[w]` of one more unit at each worker; per place what its pair costs, and the cheapest of the others."""

    price: Ints
    cheapest: Ints
    next_worker: Ints
    next_cost: Ints
    bound: int


@dataclass(frozen=True)
class Solution:
    routed: Routed
    priced: Priced
    rounds: int


def solve(ground: Ground, loads: Loads, nearest: int) -> Solution:
    """This function will find the cheapest flow over all pairs, beginning with the `nearest` workers of each place."""
    pairs = first_pairs(ground, nearest)
    rounds = 0
    while True:
        rounds += 1
        routed = route(ground, loads, pairs)
        price = prices(ground, loads, pairs, routed)
        priced, missing = hold_against(ground, loads, pairs, routed, price)
        if not len(missing.place):
            return Solution(routed, priced, rounds)
        pairs = pairs.with_more(*missing)


def first_pairs(ground: Ground, nearest: int) -> Pairs:
    """This function will choose the pairs to begin with: those named, the present ones, and the nearest."""
    empty = np.empty(0, dtype=np.int64)
    pairs = Pairs(empty, empty, empty)
    named = [(p, w) for p, allowed in enumerate(ground.allowed) if allowed is not None for w in allowed]
    kept = [(p, w) for p, w in enumerate(ground.current) if w >= 0 and ground.allowed[p] is None]
    if named or kept:
        place, worker = np.array([*named, *kept], dtype=np.int64).T
        pairs = pairs.with_more(place, worker, ground.cost(place, worker))
    if ground.unserved is not None:
        everyone = np.arange(len(ground.weight))
        nobody = np.full(len(everyone), len(ground.worker_at))
        pairs = pairs.with_more(everyone, nobody, np.full(len(everyone), ground.unserved))
    found = [pairs]
    for rows, cost in ground.blocks():
        count = min(nearest, cost.shape[1])
        chosen = np.argpartition(cost, count - 1, axis=1)[:, :count]
        values = np.take_along_axis(cost, chosen, axis=1)
        found.append(Pairs(np.repeat(rows, count), chosen.ravel(), values.ravel()))
    return pairs.with_more(*(np.concatenate(columns) for columns in zip(*found, strict=True)))


def route(ground: Ground, loads: Loads, pairs: Pairs) -> Routed:
    """This function will run the flow. Places that float share one node through which they reach every worker."""
    places, workers = len(ground.weight), len(ground.worker_at)
    hub, nobody, sink = places, places + 1 + workers, places + 2 + workers
    floating = np.flatnonzero(ground.is_floating)
    total = int(ground.weight.sum())
    flow = min_cost_flow.SimpleMinCostFlow()
    direct = _arcs(flow, pairs.place, places + 1 + pairs.worker, ground.weight[pairs.place], pairs.cost)
    to_hub = _arcs(flow, floating, _same(hub, floating), ground.weight[floating], ground.moving[floating])
    everyone = np.arange(workers)
    through = everyone if len(floating) else everyone[:0]
    from_hub = _arcs(
        flow, _same(hub, through), places + 1 + through, _same(total, through), _same(0, through)
    )
    for band in range(loads.width.shape[1]):
        wide = np.flatnonzero(loads.width[:, band])
        _arcs(flow, places + 1 + wide, _same(sink, wide), loads.width[wide, band], loads.price[wide, band])
    if ground.unserved is not None:
        _arcs(flow, np.array([nobody]), np.array([sink]), np.array([total]), np.array([0]))
    flow.set_nodes_supplies(np.append(np.arange(places), sink), np.append(ground.weight, -total))
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise NumbersTooLarge(given=status.name)
    units = flow.flows(direct)
    used = np.flatnonzero(units)
    found = [(pairs.place[used], pairs.worker[used], units[used])]
    if len(floating):
        found.append(_hand_out(ground, floating, flow.flows(to_hub), flow.flows(from_hub)))
    place, worker, units = (np.concatenate(columns) for columns in zip(*found, strict=True))
    order = np.lexsort((worker, place))
    return Routed(place[order], worker[order], units[order])


def _arcs(flow: min_cost_flow.SimpleMinCostFlow, tail: Ints, head: Ints, capacity: Ints, cost: Ints) -> Ints:
    numbers: Ints = flow.add_arcs_with_capacity_and_unit_cost(tail, head, capacity, cost)
    return numbers


def _same(value: int, like: Ints) -> Ints:
    return np.full(len(like), value, dtype=np.int64)


def _hand_out(ground: Ground, floating: Ints, given: Ints, taken: Ints) -> tuple[Ints, Ints, Ints]:
    """Which place at the shared node goes to whom: to its own worker if he takes any, else in the order of numbers."""
    rows: list[tuple[int, int, int]] = []
    left = taken.copy()
    open_units = dict(zip(floating.tolist(), given.tolist(), strict=True))
    for place, units in open_units.items():
        own = int(ground.current[place])
        if own >= 0 and units and left[own]:
            kept = min(units, int(left[own]))
            rows.append((place, own, kept))
            left[own] -= kept
            open_units[place] -= kept
    worker = 0
    for place, units in open_units.items():
        while units:
            while not left[worker]:
                worker += 1
            part = min(units, int(left[worker]))
            rows.append((place, worker, part))
            left[worker] -= part
            units -= part
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return columns[0], columns[1], columns[2]


def prices(ground: Ground, loads: Loads, pairs: Pairs, routed: Routed) -> Ints:
    """This function will price one more unit at each worker: take it up, or pass another on to where it is cheaper."""
    workers = len(ground.worker_at)
    load = np.bincount(routed.worker, routed.units, workers + 1).astype(np.int64)
    price = np.append(loads.next_unit(load[:workers]), 0)
    passing = np.full((workers + 1, workers + 1), NEVER)
    for places, chosen, cost in _shares(ground, routed):
        at, own = _spread(len(ground.weight), places, chosen), _spread(len(ground.weight), places, cost)
        known = at[pairs.place] >= 0
        tail = at[pairs.place[known]]
        np.minimum.at(passing, (tail, pairs.worker[known]), pairs.cost[known] - own[pairs.place[known]])
        floats = ground.is_floating[places]
        anywhere = np.full(workers + 1, NEVER)
        np.minimum.at(anywhere, chosen[floats], ground.moving[places[floats]] - cost[floats])
        passing[:, :workers] = np.minimum(passing[:, :workers], anywhere[:, None])
    while True:
        better = np.minimum(price, (passing + price[None, :]).min(axis=1))
        if (better == price).all():
            return price
        price = better


def _shares(ground: Ground, routed: Routed) -> Iterator[tuple[Ints, Ints, Ints]]:
    """First one worker of each place with its cost, then the second of those that are split, and so on."""
    rank = np.arange(len(routed.place)) - np.searchsorted(routed.place, routed.place)
    for each in range(int(rank.max(initial=-1)) + 1):
        here = rank == each
        yield (
            routed.place[here],
            routed.worker[here],
            pair_cost(ground, routed.place[here], routed.worker[here]),
        )


def pair_cost(ground: Ground, places: Ints, workers: Ints) -> Ints:
    """This function will say what pairs cost, nobody included."""
    served = workers < len(ground.worker_at)
    cost = np.full(len(places), ground.unserved or 0, dtype=np.int64)
    cost[served] = ground.cost(places[served], workers[served])
    return cost


def _spread(size: int, at: Ints, values: Ints) -> Ints:
    column = np.full(size, -1, dtype=np.int64)
    column[at] = values
    return column


def hold_against(
    ground: Ground, loads: Loads, pairs: Pairs, routed: Routed, price: Ints
) -> tuple[Priced, Pairs]:
    """This function will hold every pair, used or left out, against the prices, and give back what would improve."""
    size, workers = len(ground.weight), len(ground.worker_at)
    first = np.searchsorted(routed.place, np.arange(size))
    mine = routed.worker[first]
    cheapest = pair_cost(ground, np.arange(size), mine) + price[mine]
    next_worker, next_cost = np.full(size, -1), np.full(size, NEVER)

    others = pairs.worker != mine[pairs.place]
    place, worker, cost = pairs.place[others], pairs.worker[others], pairs.cost[others]
    _keep_cheaper(next_worker, next_cost, place, worker, cost + price[worker])

    missing: list[tuple[Ints, Ints, Ints]] = []
    for rows, block in ground.blocks():
        full = block + price[None, :workers]
        at = np.arange(len(rows))
        full[at, np.minimum(mine[rows], workers - 1)] = np.where(
            mine[rows] < workers, NEVER, full[at, workers - 1]
        )
        best = full.argmin(axis=1)
        _keep_cheaper(next_worker, next_cost, rows, best, full[at, best])
        worse = full[at, best] < cheapest[rows]
        missing.append((rows[worse], best[worse], block[at, best][worse]))

    floating = np.flatnonzero(ground.is_floating)
    for candidate in np.argsort(price[:workers], kind="stable")[:2]:
        other = floating[mine[floating] != candidate]
        column = _same(int(candidate), other)
        _keep_cheaper(next_worker, next_cost, other, column, ground.cost(other, column) + price[candidate])

    bound = int((ground.weight * cheapest).sum()) + loads.least(price[:workers])
    empty = np.empty(0, dtype=np.int64)
    columns = zip(*(missing or [(empty, empty, empty)]), strict=True)
    return Priced(price, cheapest, next_worker, next_cost, bound), Pairs(*map(np.concatenate, columns))


def _keep_cheaper(workers: Ints, costs: Ints, place: Ints, worker: Ints, cost: Ints) -> None:
    """Per place the cheapest of what is there and what comes; of equals the first worker."""
    order = np.lexsort((worker, cost, place))
    place, worker, cost = place[order], worker[order], cost[order]
    first = np.ones(len(place), dtype=bool)
    first[1:] = place[1:] != place[:-1]
    place, worker, cost = place[first], worker[first], cost[first]
    better = cost < costs[place]
    workers[place[better]], costs[place[better]] = worker[better], cost[better]
