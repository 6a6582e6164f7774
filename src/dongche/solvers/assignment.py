"""Who serves which place: near, within everybody's limits, and with as few changes of face as possible.

The cost of a plan, in metres: for each unit of a place's weight the distance to its worker, plus `stay_metres` if a
present worker loses it; for each unit of load over a worker's limit `overload_metres`, once more for every further
tenth of the limit. Before all that come, in this order, that every place has somebody and that every worker has at
least his least load. With weights of 1 the plan is the cheapest there is; other weights are whole, so that a plan is
the cheapest or says by how much it may miss it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from dongche.solvers import flow
from dongche.solvers.distance import Ints, metres, on_sphere
from dongche.solvers.flow import Ground, NumbersTooLarge, Priced, Routed
from dongche.solvers.loads import BANDS, NEVER, Loads, bands
from dongche.solvers.plans import (
    Alternative,
    Assignment,
    Certificate,
    Line,
    Load,
    NoSuchWorker,
    Place,
    Reason,
    Terms,
    Unserved,
    Why,
    Worker,
    check,
)


def assign(workers: Sequence[Worker], places: Sequence[Place], terms: Terms) -> Assignment:
    """This function will find the cheapest plan.

    Shape:  lines and unserved in the order of the places' ids, loads in that of the workers'; every place is in one of
            them. The same rows in another order give the same plan
    Empty:  without places an empty plan; a place that nobody may serve is in `unserved` with the reason
    Raises: NamedTwice, NoSuchWorker, NotANumber, NumbersTooLarge
    """
    case = _Case(workers, places, terms)
    if not len(case.ground.weight):
        return case.plan(np.empty(0, dtype=np.int64), None)
    solution = flow.solve(case.ground, case.loads, terms.nearest)
    chosen = _whole(case.ground, case.loads, solution.routed)
    plan = case.plan(chosen, solution.priced)
    bound = solution.priced.bound
    gap = case.total(chosen) - bound
    return replace(
        plan,
        certificate=Certificate(
            "within" if gap else "optimal",
            plan.certificate.cost,
            plan.certificate.cost - gap,
            pairs=case.pair_count(),
            rounds=solution.rounds,
        ),
    )


def appraise(
    workers: Sequence[Worker], places: Sequence[Place], terms: Terms, chosen: Mapping[str, str]
) -> Assignment:
    """This function will put a given plan (place → worker) into the same terms: what it costs and what loads it makes.

    Empty:  a place that `chosen` leaves out, or gives to somebody absent, is unserved
    Raises: as `assign`; NoSuchWorker also for a worker in `chosen`
    """
    case = _Case(workers, places, terms)
    nobody = len(case.present)
    for place, worker in chosen.items():
        if worker not in case.by_id:
            raise NoSuchWorker(place=place, given=worker)
    return case.plan(
        np.array(
            [case.number.get(chosen.get(place.id, ""), nobody) for place in case.served], dtype=np.int64
        ),
        None,
    )


def alternatives(
    workers: Sequence[Worker], places: Sequence[Place], terms: Terms, chosen: Mapping[str, str], place: str
) -> tuple[Alternative, ...]:
    """This function will say what a given plan (place → worker) would cost with one place given to each other worker.

    Shape:  the cheapest first, of equals in the order of the workers' ids; whoever has the place is among them with 0
    Empty:  nothing when nobody may serve the place
    Raises: as `assign`
    """
    case = _Case(workers, places, terms)
    at = next((number for number, each in enumerate(case.served) if each.id == place), None)
    if at is None:
        return ()
    nobody = len(case.present)
    now = np.array([case.number.get(chosen.get(each.id, ""), nobody) for each in case.served], dtype=np.int64)
    load = case.load(now)
    weight, own = case.ground.weight[at], int(now[at])
    if own < nobody:
        load[own] -= weight
    allowed = case.ground.allowed[at]
    who = np.arange(nobody) if allowed is None else allowed
    after = load.copy()
    after[who] += weight
    cost = (case.loads.cost(after) - case.loads.cost(load))[who] + weight * case.ground.cost(
        _fill(at, who), who
    )
    base = cost[who == own]
    away = metres(case.ground.place_at[at][None], case.ground.worker_at[who], unknown=-1)
    found = [
        Alternative(
            case.present[worker].id,
            None if away[row] < 0 else int(away[row]),
            int(after[worker]),
            int(cost[row] - (base[0] if len(base) else cost.min())),
        )
        for row, worker in enumerate(who.tolist())
        if after[worker] <= case.loads.most[worker]
    ]
    return tuple(sorted(found, key=lambda each: (each.extra, each.worker)))


class _Case:
    """The rows in order, checked, and as columns."""

    def __init__(self, workers: Sequence[Worker], places: Sequence[Place], terms: Terms) -> None:
        check(workers, places, terms)
        self.terms = terms
        self.workers = sorted(workers, key=lambda worker: worker.id)
        self.by_id = {worker.id: worker for worker in self.workers}
        self.present = [worker for worker in self.workers if not worker.is_absent]
        self.number = {worker.id: at for at, worker in enumerate(self.present)}
        self.places = sorted(places, key=lambda place: place.id)
        for place in self.places:
            for name in (*(place.allowed or ()), *([place.worker] if place.worker is not None else [])):
                if name not in self.by_id:
                    raise NoSuchWorker(place=place.id, given=name)
        self.hopeless = [found for place in self.places if (found := self._hopeless(place)) is not None]
        lost = {unserved.place for unserved in self.hopeless}
        self.served = [place for place in self.places if place.id not in lost]
        self.ground = self._ground()
        self.loads = self._loads()

    def _hopeless(self, place: Place) -> Unserved | None:
        if not self.present:
            return Unserved(place.id, place.worker, Why.NOBODY_THERE)
        if place.allowed is None or any(name in self.number for name in place.allowed):
            return None
        why = Why.ALLOWED_ABSENT if place.allowed else Why.NONE_ALLOWED
        return Unserved(place.id, place.worker, why, place.allowed)

    def _ground(self) -> Ground:
        current, allowed = [], []
        for place in self.served:
            may = (
                None
                if place.allowed is None
                else sorted({self.number[name] for name in place.allowed if name in self.number})
            )
            own = -1 if place.worker is None else self.number.get(place.worker, -1)
            current.append(own if may is None or own in may else -1)
            allowed.append(None if may is None else np.array(may, dtype=np.int64))
        now = np.array(current, dtype=np.int64)
        return Ground(
            place_at=on_sphere(place.at for place in self.served),
            worker_at=on_sphere(worker.at for worker in self.present),
            weight=np.array([place.weight for place in self.served], dtype=np.int64),
            current=now,
            moving=np.where(now >= 0, self.terms.stay_metres, 0).astype(np.int64),
            allowed=allowed,
            unknown_metres=self.terms.unknown_metres,
            unserved=None,
        )

    def _loads(self) -> Loads:
        """Nobody unserved outweighs every least load, one unit of which outweighs every way to shift metres about."""
        total = int(self.ground.weight.sum())
        least = np.array([worker.least for worker in self.present], dtype=np.int64)
        limit = np.array([worker.limit for worker in self.present], dtype=np.int64)
        most = np.array(
            [worker.most if worker.most is not None else total + 1 for worker in self.present], dtype=np.int64
        )
        corners = np.vstack([self.ground.place_at, self.ground.worker_at])
        known = corners[~np.isnan(corners[:, 0])]
        span = float(np.linalg.norm(np.ptp(known, axis=0))) if len(known) else 0.0
        dearest = math.ceil(span) + self.terms.stay_metres + self.terms.unknown_metres
        dearest += BANDS * self.terms.overload_metres + 1
        shifts = 2 * len(self.present) + 4
        reward = shifts * dearest if least.any() else 0
        unserved = shifts * (reward + dearest)
        if unserved * max(total, 1) >= NEVER:
            raise NumbersTooLarge(given=f"{unserved:,} × {total:,}")
        if any(worker.most is not None for worker in self.present):
            self.ground = replace(self.ground, unserved=unserved)
        return bands(limit, least, most, step=self.terms.overload_metres, reward=reward, total=total + 1)

    def pair_count(self) -> int:
        return sum(len(self.present) if allowed is None else len(allowed) for allowed in self.ground.allowed)

    def total(self, chosen: Ints) -> int:
        """What a plan costs with everything in it, as the flow counts it."""
        cost = flow.pair_cost(self.ground, np.arange(len(chosen)), chosen)
        return int((cost * self.ground.weight).sum() + self.loads.cost(self.load(chosen)).sum())

    def load(self, chosen: Ints) -> Ints:
        count = len(self.present)
        return np.bincount(chosen, self.ground.weight, count + 1)[:count].astype(np.int64)

    def plan(self, chosen: Ints, priced: Priced | None) -> Assignment:
        served = np.flatnonzero(chosen < len(self.present))
        cost = self.ground.cost(served, chosen[served])
        away = np.where(self.ground.current[served] == chosen[served], 0, self.ground.moving[served])
        weight = self.ground.weight[served]
        load = self.load(chosen)
        moving, distance = int((away * weight).sum()), int(((cost - away) * weight).sum())
        overload = int(replace(self.loads, price=np.maximum(self.loads.price, 0)).cost(load).sum())
        everyone = tuple(worker.id for worker in self.present)
        left = [self.served[at] for at in np.flatnonzero(chosen == len(self.present))]
        full = [
            Unserved(
                place.id,
                place.worker,
                Why.LIMITS_REACHED,
                everyone if place.allowed is None else place.allowed,
            )
            for place in left
        ]
        lines = self._lines(served, chosen, priced)
        return Assignment(
            lines=tuple(lines),
            unserved=tuple(sorted([*self.hopeless, *full], key=lambda unserved: unserved.place)),
            loads=tuple(self._loads_of(load)),
            distance_before=self._distance_before(),
            distance=distance,
            moving=moving,
            overload=overload,
            certificate=Certificate(
                "appraised" if len(chosen) else "optimal", distance + moving + overload, None
            ),
        )

    def _loads_of(self, load: Ints) -> list[Load]:
        before: Counter[str] = Counter()
        for place in self.places:
            if place.worker is not None:
                before[place.worker] += place.weight
        return [
            Load(
                worker.id,
                before[worker.id],
                0 if worker.is_absent else int(load[self.number[worker.id]]),
                worker.limit,
                worker.least,
                worker.most,
                worker.is_absent,
            )
            for worker in self.workers
        ]

    def _distance_before(self) -> int:
        at = on_sphere(place.at for place in self.places)
        old = on_sphere(
            self.by_id[place.worker].at if place.worker is not None else None for place in self.places
        )
        weight = np.array([place.weight for place in self.places], dtype=np.int64)
        return int((metres(at, old) * weight).sum())

    def _lines(self, served: Ints, chosen: Ints, priced: Priced | None) -> list[Line]:
        ground = self.ground
        there = on_sphere(
            self.by_id[place.worker].at if place.worker is not None else None for place in self.served
        )
        now = metres(ground.place_at[served], ground.worker_at[chosen[served]], unknown=-1).tolist()
        before = metres(ground.place_at, there, unknown=-1)[served].tolist() if len(served) else []
        nearest = self._nearest(served, chosen)
        lines = []
        for row, at in enumerate(served.tolist()):
            place, worker = self.served[at], int(chosen[at])
            line = Line(
                place.id,
                self.present[worker].id,
                place.worker,
                Reason.KEPT,
                None if now[row] < 0 else now[row],
                None if before[row] < 0 else before[row],
                nearest[row],
            )
            reason = self._reason(place, line, priced, worker)
            other, extra = self._next(at, worker, priced)
            lines.append(replace(line, reason=reason, next_worker=other, next_extra=extra))
        return lines

    def _nearest(self, served: Ints, chosen: Ints) -> list[bool]:
        """Whether nobody present who may serve the place is nearer; for kept places it is not asked."""
        ground, found = self.ground, np.zeros(len(served), dtype=bool)
        asked = (ground.current[served] != chosen[served]) & ~np.isnan(ground.place_at[served, 0])
        rows = served[asked]
        own = metres(ground.place_at[rows], ground.worker_at[chosen[rows]], ground.unknown_metres)
        found[asked] = own <= ground.shortest(rows)
        return [bool(each) for each in found]

    def _reason(self, place: Place, line: Line, priced: Priced | None, worker: int) -> Reason:
        if place.worker is None:
            return Reason.FIRST
        if line.worker == place.worker:
            return Reason.KEPT
        if self.by_id[place.worker].is_absent:
            return Reason.ABSENT
        if place.allowed is not None and place.worker not in place.allowed:
            return Reason.NOT_ALLOWED
        if priced is None:
            return Reason.CHOSEN
        known = line.metres is not None and line.before_metres is not None
        if known and (line.metres or 0) + self.terms.stay_metres <= (line.before_metres or 0):
            return Reason.NEARER
        return Reason.MINIMUM if priced.price[worker] < 0 else Reason.RELIEF

    def _next(self, at: int, worker: int, priced: Priced | None) -> tuple[str | None, int | None]:
        if priced is None or priced.next_cost[at] >= NEVER // 2:
            return None, None
        other = int(priced.next_worker[at])
        if other == worker or other >= len(self.present):
            return None, None
        extra = int((priced.next_cost[at] - priced.cheapest[at]) * self.ground.weight[at])
        return self.present[other].id, max(0, extra)


def _whole(ground: Ground, loads: Loads, routed: Routed) -> Ints:
    """Give each place that the flow split to one worker: first to the larger share, then to wherever it costs least."""
    order = np.lexsort((routed.worker, -routed.units, routed.place))
    place, worker = routed.place[order], routed.worker[order]
    first = np.searchsorted(place, np.arange(len(ground.weight)))
    chosen: Ints = worker[first]
    split = np.flatnonzero(np.bincount(place, minlength=len(ground.weight)) > 1)
    nobody = len(ground.worker_at)
    load = np.bincount(chosen, ground.weight, nobody + 1).astype(np.int64)[:nobody]
    for at in split:  # hard limits come before everything else
        if chosen[at] < nobody and load[chosen[at]] > loads.most[chosen[at]]:
            load[chosen[at]] -= ground.weight[at]
            chosen[at] = nobody
    for _ in range(20):
        before = chosen.copy()
        for at in split:
            _settle(ground, loads, load, chosen, int(at))
        if (before == chosen).all():
            break
    return chosen


def _settle(ground: Ground, loads: Loads, load: Ints, chosen: Ints, at: int) -> None:
    nobody, weight = len(load), ground.weight[at]
    if chosen[at] < nobody:
        load[chosen[at]] -= weight
    allowed = ground.allowed[at]
    who = np.arange(nobody) if allowed is None else allowed
    after = load.copy()
    after[who] += weight
    extra = (loads.cost(after) - loads.cost(load))[who] + weight * ground.cost(_fill(at, who), who)
    extra[after[who] > loads.most[who]] = NEVER
    best = int(extra.argmin())
    if ground.unserved is not None and extra[best] >= weight * ground.unserved:
        chosen[at] = nobody
        return
    chosen[at] = who[best]
    load[who[best]] += weight


def _fill(at: int, who: Ints) -> Ints:
    return np.full(len(who), at, dtype=np.int64)
