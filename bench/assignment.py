"""Who serves which place, and the cutting of a community into grids: time, and what the exact answer is worth.

    python bench/assignment.py [--places N ...] [--workers N ...] [--cells N ...] [--grids N ...]

For each size, in one run and over the same places: the assignment with its proof; greedy nearest, as one does it by
hand, for the quality; and scipy's linear_sum_assignment, the usual library answer, for the time. That one knows neither
load bands nor staying put, so it gets each worker as often as his limit says; equal columns slow it down so much that
it gets the smallest size only. Then two workers fall ill and the plan is made again.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from scipy.optimize import linear_sum_assignment

from dongche.solvers.assignment import appraise, assign
from dongche.solvers.distance import metres, on_sphere
from dongche.solvers.partition import Spot, partition
from dongche.solvers.plans import Assignment, Place, Terms, Worker

TERMS = Terms(stay_metres=1500, overload_metres=200)
SIDE = 0.03  # degrees that hold 10,000 places: about three kilometres
SCIPY_UP_TO = 2_000


def make(places: int, workers: int, seed: int = 20200320) -> tuple[list[Worker], list[Place]]:
    """This function will scatter workers evenly and half of the places around forty streets."""
    chance = np.random.default_rng(seed)
    side = SIDE * (places / 10_000) ** 0.5
    streets = chance.uniform(0, side, (40, 2))
    crowded = streets[chance.integers(0, 40, places)] + chance.normal(0, side / 40, (places, 2))
    spread = chance.uniform(0, side, (places, 2))
    corner = np.array([120.37, 36.06])
    at = corner + np.where(chance.random(places)[:, None] < 0.5, crowded, spread)
    where = corner + chance.uniform(0, side, (workers, 2))
    limit = int(places / workers * 1.1) + 1
    return (
        [Worker(f"w{number:04}", (lon, lat), limit) for number, (lon, lat) in enumerate(where.tolist())],
        [Place(f"p{number:06}", (lon, lat)) for number, (lon, lat) in enumerate(at.tolist())],
    )


def greedy(workers: list[Worker], places: list[Place]) -> dict[str, str]:
    """This function will give each place, in the order of the list, the nearest worker who is below his limit."""
    there = on_sphere(worker.at for worker in workers)
    load = np.zeros(len(workers), dtype=int)
    limit = np.array([0 if worker.is_absent else worker.limit for worker in workers])
    chosen = {}
    for place, at in zip(places, on_sphere(place.at for place in places), strict=True):
        away = metres(at[None], there)
        away[load >= limit] = np.iinfo(np.int64).max
        best = int(away.argmin())
        load[best] += 1
        chosen[place.id] = workers[best].id
    return chosen


def with_scipy(workers: list[Worker], places: list[Place]) -> dict[str, str]:
    """This function will solve the same with hard limits: a column for each place that a worker has room for."""
    away = metres(on_sphere(p.at for p in places)[:, None], on_sphere(w.at for w in workers)[None])
    columns = np.repeat(np.arange(len(workers)), [worker.limit for worker in workers])
    rows, chosen = linear_sum_assignment(away[:, columns])
    return {places[row].id: workers[columns[column]].id for row, column in zip(rows, chosen, strict=True)}


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.process_time()
    result = work()
    return result, time.process_time() - began


def say(name: str, plan: Assignment, cpu: float, note: str = "") -> None:
    counts = plan.certificate
    metres_each = plan.distance / max(1, len(plan.lines))
    largest = max(load.after for load in plan.loads)
    print(
        f"  {name:<28}{cpu:8.2f} CPU s   cost {counts.cost:>12,}   {metres_each:6.1f} m a place   "
        f"largest load {largest:>4}   {counts.status}{note}",
        flush=True,
    )


def assignment(places: int, workers: int) -> None:
    people, shops = make(places, workers)
    print(f"{places:,} places × {workers:,} workers, limit {people[0].limit}")
    plan, cpu = timed(lambda: assign(people, shops, TERMS))
    say(
        "min-cost flow, proved",
        plan,
        cpu,
        f", {plan.certificate.pairs:,} pairs, {plan.certificate.rounds} rounds",
    )
    by_hand, hand_cpu = timed(lambda: greedy(people, shops))
    hand = appraise(people, shops, TERMS, by_hand)
    say("greedy nearest", hand, hand_cpu, f", costs {hand.certificate.cost / plan.certificate.cost:.3f} ×")
    if places <= SCIPY_UP_TO:
        by_scipy, scipy_cpu = timed(lambda: with_scipy(people, shops))
        say(
            "scipy, hard limits",
            appraise(people, shops, TERMS, by_scipy),
            scipy_cpu,
            f", {scipy_cpu / cpu:.1f} × the CPU",
        )

    now = {line.place: line.worker for line in plan.lines}
    shops = [replace(place, worker=now[place.id]) for place in shops]
    people = [replace(worker, is_absent=number in (3, 7)) for number, worker in enumerate(people)]
    forced = sum(1 for place in shops if place.worker in ("w0003", "w0007"))
    again, cpu = timed(lambda: assign(people, shops, TERMS))
    say("two fall ill", again, cpu, f", {len(again.moves)} moves, {forced} of them forced")
    anew = assign(people, shops, replace(TERMS, stay_metres=0))
    moved = Counter(line.is_move for line in anew.lines)[True]
    print(
        f"  {'… without the stay-put bonus':<28}{moved:>20} moves, {anew.distance - again.distance:+,} m\n",
        flush=True,
    )


def grids(cells: int, count: int) -> None:
    _, places = make(cells, 1)
    spots = [Spot(place.id, place.at) for place in places]
    outline = shapely.concave_hull(shapely.MultiPoint([spot.at for spot in spots]), ratio=0.1).buffer(0.0005)
    found, cpu = timed(lambda: partition(outline, spots, count))
    loads = [grid.load for grid in found.grids]
    whole = [grid.area.geom_type for grid in found.grids].count("Polygon")
    print(
        f"{cells:,} cells into {count} grids{cpu:14.2f} CPU s   loads {min(loads)}–{max(loads)}   "
        f"imbalance {found.imbalance:.3f}   {whole} in one piece"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--places", type=int, nargs="*", default=[2_000, 10_000, 100_000])
    parser.add_argument("--workers", type=int, nargs="*", default=[24, 120, 1_000])
    parser.add_argument("--cells", type=int, nargs="*", default=[2_000, 20_000])
    parser.add_argument("--grids", type=int, nargs="*", default=[40, 120])
    options = parser.parse_args()
    for places, workers in zip(options.places, options.workers, strict=True):
        assignment(places, workers)
    for cells, count in zip(options.cells, options.grids, strict=True):
        grids(cells, count)


if __name__ == "__main__":
    main()
