"""The cheapest plan, against every plan there is, counted one by one."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from dongche.kit.errors import Problem
from dongche.solvers.assignment import appraise, assign
from dongche.solvers.distance import EARTH_RADIUS_M
from dongche.solvers.plans import NamedTwice, NoSuchWorker, NotANumber, Place, Reason, Terms, Why, Worker

TERMS = Terms(stay_metres=300, overload_metres=100, unknown_metres=400, nearest=1)
STEP = 0.001  # a degree of latitude is 111 km, so these lie about 100 m apart


def away(one, other, unknown):
    """Metres along the chord, from the textbook formula for the angle between two points."""
    if one is None:
        return 0
    if other is None:
        return unknown
    (lon, lat), (lon2, lat2) = (tuple(map(math.radians, at)) for at in (one, other))
    half = math.sin((lat2 - lat) / 2) ** 2 + math.cos(lat) * math.cos(lat2) * math.sin((lon2 - lon) / 2) ** 2
    return round(2 * EARTH_RADIUS_M * math.sqrt(half))


def priced(workers, places, terms, chosen):
    """(weight unserved, units missing to least loads, metres), straight from the definition; None if a limit breaks."""
    return next(prices(workers, places, terms, [chosen]))


def prices(workers, places, terms, plans):
    """The same for many plans: what a pair and a load cost is worked out once."""
    by_id = {worker.id: worker for worker in workers}
    pair = {
        (at, worker.id): _pair(place, worker, by_id, terms)
        for at, place in enumerate(places)
        for worker in workers
    }
    whole = sum(place.weight for place in places)
    loads = {worker.id: [_load(worker, carried, terms) for carried in range(whole + 1)] for worker in workers}
    for chosen in plans:
        carried = dict.fromkeys(by_id, 0)
        metres = unserved = 0
        for at, name in enumerate(chosen):
            if name is None:
                unserved += places[at].weight
            else:
                carried[name] += places[at].weight
                metres += pair[at, name]
        each = [loads[name][units] for name, units in carried.items()]
        if None in each:
            yield None
        else:
            yield unserved, sum(short for short, _ in each), metres + sum(over for _, over in each)


def _pair(place, worker, by_id, terms):
    had_a_choice = place.worker is not None and not by_id[place.worker].is_absent
    had_a_choice &= place.allowed is None or place.worker in place.allowed
    stays = terms.stay_metres if had_a_choice and worker.id != place.worker else 0
    return place.weight * (away(place.at, worker.at, terms.unknown_metres) + stays)


def _load(worker, carried, terms):
    if worker.most is not None and carried > worker.most:
        return None
    tenth = max(1, math.ceil(worker.limit / 10))
    over = sum(
        terms.overload_metres * min(10, unit // tenth + 1) for unit in range(max(0, carried - worker.limit))
    )
    return 0 if worker.is_absent else max(0, worker.least - carried), over


def every_plan(workers, places):
    present = [worker.id for worker in workers if not worker.is_absent]
    has_limits = any(worker.most is not None for worker in workers if not worker.is_absent)
    options = []
    for place in places:
        may = [name for name in present if place.allowed is None or name in place.allowed]
        options.append([*may, None] if has_limits or not may else may)
    return itertools.product(*options)


points = some.none() | some.tuples(some.integers(0, 9), some.integers(0, 9)).map(
    lambda at: (120.37 + at[0] * STEP, 36.06 + at[1] * STEP)
)


NO_LIMIT, HARD_LIMIT, ONE, SEVERAL = (
    some.none(),
    some.none() | some.integers(0, 3),
    some.just(1),
    some.integers(1, 4),
)


@some.composite
def cases(draw, weights=ONE, most=HARD_LIMIT, sizes=(3, 5)):
    names = [f"w{number}" for number in range(draw(some.integers(1, sizes[0])))]
    workers = []
    for name in names:
        limit = draw(some.integers(0, 4))
        hard = draw(most)
        workers.append(
            Worker(
                name,
                draw(points),
                limit=limit,
                least=draw(some.integers(0, limit)) if draw(some.booleans()) else 0,
                most=None if hard is None else limit + hard,
                is_absent=draw(some.integers(0, 3)) == 0,
            )
        )
    places = []
    for number in range(draw(some.integers(0, sizes[1]))):
        allowed = draw(some.none() | some.lists(some.sampled_from(names), unique=True).map(tuple))
        places.append(
            Place(
                f"p{number}",
                draw(points),
                draw(weights),
                draw(some.none() | some.sampled_from(names)),
                allowed,
            )
        )
    return workers, places


def chosen_by(plan, places):
    worker = {line.place: line.worker for line in plan.lines}
    return [worker.get(place.id) for place in places]


@given(cases())
@settings(max_examples=150, deadline=None)
def test_no_plan_is_cheaper(case):
    workers, places = case
    plan = assign(workers, places, TERMS)
    best = min(filter(None, prices(workers, places, TERMS, every_plan(workers, places))))
    assert priced(workers, places, TERMS, chosen_by(plan, places)) == best
    assert plan.certificate.status == "optimal"
    assert plan.certificate.cost == plan.certificate.bound or not plan.lines
    assert plan.certificate.cost == plan.distance + plan.moving + plan.overload == best[2]
    assert sum(load.short for load in plan.loads) == best[1]
    assert {line.place for line in plan.lines} | {each.place for each in plan.unserved} == {
        p.id for p in places
    }


@given(cases(weights=SEVERAL, most=NO_LIMIT))
@settings(max_examples=100, deadline=None)
def test_the_bound_of_weighted_places_is_true(case):
    workers, places = case
    workers = [replace(worker, least=0) for worker in workers]
    plan = assign(workers, places, TERMS)
    best = min(prices(workers, places, TERMS, every_plan(workers, places)))
    got = priced(workers, places, TERMS, chosen_by(plan, places))
    assert got[:2] == best[:2]
    assert got[2] == plan.certificate.cost
    if plan.lines:
        assert plan.certificate.bound <= best[2] <= plan.certificate.cost
        assert (plan.certificate.status == "optimal") == (plan.certificate.bound == plan.certificate.cost)


@given(cases(weights=SEVERAL))
@settings(max_examples=100, deadline=None)
def test_hard_limits_hold_with_weights_too(case):
    workers, places = case
    plan = assign(workers, places, TERMS)
    for load in plan.loads:
        assert load.most is None or load.after <= load.most
        assert not (load.is_absent and load.after)


@given(cases(), some.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_of_rows_does_not_matter(case, chance):
    workers, places = case
    shuffled = list(workers), list(places)
    for rows in shuffled:
        chance.shuffle(rows)
    assert assign(*shuffled, TERMS) == assign(workers, places, TERMS)


@given(cases(most=NO_LIMIT))
@settings(max_examples=100, deadline=None)
def test_another_worker_costs_at_least_what_is_said(case):
    workers, places = case
    plan = assign(workers, places, TERMS)
    whole = priced(workers, places, TERMS, chosen_by(plan, places))
    for line in plan.lines:
        if line.next_worker is not None:
            at = next(number for number, place in enumerate(places) if place.id == line.place)
            forced = (each for each in every_plan(workers, places) if each[at] == line.next_worker)
            best = min(prices(workers, places, TERMS, forced))
            if best[:2] == whole[:2]:
                assert best[2] >= whole[2] + line.next_extra


@given(
    some.integers(2, 5),
    some.lists(some.tuples(some.integers(0, 9), some.integers(0, 9)), min_size=6, max_size=40),
    some.data(),
)
@settings(max_examples=50, deadline=None)
def test_two_absentees_move_only_what_must_move(count, spots, data):
    workers = [
        Worker(f"w{number}", (120.37 + number * STEP, 36.06), limit=-(-len(spots) // count))
        for number in range(count + 2)
    ]
    places = [Place(f"p{at:02}", (120.37 + x * STEP, 36.06 + y * STEP)) for at, (x, y) in enumerate(spots)]
    first = {line.place: line.worker for line in assign(workers, places, TERMS).lines}
    places = [replace(place, worker=first[place.id]) for place in places]
    gone = data.draw(
        some.lists(some.sampled_from([w.id for w in workers]), min_size=2, max_size=2, unique=True)
    )
    workers = [replace(worker, is_absent=worker.id in gone) for worker in workers]
    plan = assign(workers, places, Terms(stay_metres=100_000, overload_metres=100))
    assert {line.place for line in plan.moves} == {place.id for place in places if place.worker in gone}
    assert {line.reason for line in plan.moves} <= {Reason.ABSENT}


def at(x, y=0):
    return (120.37 + x * STEP, 36.06 + y * STEP)


def lines_of(plan):
    return {line.place: (line.worker, line.reason) for line in plan.lines}


def test_each_line_says_why():
    workers = [
        Worker("full", at(0), limit=2),
        Worker("free", at(4), limit=9),
        Worker("gone", at(8), limit=9, is_absent=True),
        Worker("idle", at(20), limit=9, least=1),
    ]
    places = [
        Place("kept", at(0), worker="full"),
        Place("kept too", at(0), worker="full"),
        Place("too many", at(2), worker="full"),
        Place("nearer", at(4), worker="full"),
        Place("his worker is away", at(8), worker="gone"),
        Place("not his", at(1), worker="full", allowed=("free",)),
        Place("new", at(3)),
        Place("so that he has one", at(9), worker="free"),
    ]
    plan = assign(workers, places, Terms(stay_metres=100, overload_metres=800))
    assert lines_of(plan) == {
        "kept": ("full", Reason.KEPT),
        "kept too": ("full", Reason.KEPT),
        "too many": ("free", Reason.RELIEF),
        "nearer": ("free", Reason.NEARER),
        "his worker is away": ("free", Reason.ABSENT),
        "not his": ("free", Reason.NOT_ALLOWED),
        "new": ("free", Reason.FIRST),
        "so that he has one": ("idle", Reason.MINIMUM),
    }
    before, after = (
        {load.worker: load.before for load in plan.loads},
        {load.worker: load.after for load in plan.loads},
    )
    assert before == {"full": 5, "free": 1, "gone": 1, "idle": 0}
    assert after == {"full": 2, "free": 5, "gone": 0, "idle": 1}


def test_places_that_nobody_may_serve_are_named_with_the_reason():
    workers = [Worker("a", at(0), limit=1, most=1), Worker("b", None, limit=1, is_absent=True)]
    places = [
        Place("1", at(0)),
        Place("2", at(5)),
        Place("3", at(0), worker="b", allowed=("b",)),
        Place("4", None, allowed=()),
    ]
    plan = assign(workers, places, TERMS)
    assert [(each.place, each.before, each.why, each.workers) for each in plan.unserved] == [
        ("2", None, Why.LIMITS_REACHED, ("a",)),
        ("3", "b", Why.ALLOWED_ABSENT, ("b",)),
        ("4", None, Why.NONE_ALLOWED, ()),
    ]
    assert [(line.place, line.worker) for line in plan.lines] == [("1", "a")]


def test_without_anybody_present_every_place_is_unserved():
    plan = assign([Worker("a", at(0), limit=9, is_absent=True)], [Place("1", at(0), worker="a")], TERMS)
    assert [(each.place, each.why) for each in plan.unserved] == [("1", Why.NOBODY_THERE)]
    assert plan.lines == ()
    assert [(load.before, load.after, load.short) for load in plan.loads] == [(1, 0, 0)]


def test_places_without_a_position_stay_or_are_spread():
    workers = [Worker("a", at(0), limit=3), Worker("b", at(9), limit=3)]
    places = [Place("own", None, worker="b"), *(Place(f"new {number}", None) for number in range(5))]
    plan = assign(workers, places, TERMS)
    assert lines_of(plan)["own"] == ("b", Reason.KEPT)
    assert [load.after for load in plan.loads] == [3, 3]
    assert {line.metres for line in plan.lines} == {None}
    assert (plan.distance, plan.overload) == (0, 0)


def test_nothing_to_assign_is_an_empty_plan():
    plan = assign([Worker("a", at(0), limit=3)], [], TERMS)
    assert (plan.lines, plan.unserved, plan.certificate.cost) == ((), (), 0)
    assert assign([], [], TERMS).loads == ()


def test_a_given_plan_is_put_into_the_same_terms():
    workers = [
        Worker("a", at(0), limit=1),
        Worker("b", at(3), limit=1),
        Worker("c", at(5), limit=1, is_absent=True),
    ]
    places = [Place("1", at(0), worker="a"), Place("2", at(1), worker="c"), Place("3", at(4))]
    best = assign(workers, places, TERMS)
    assert (
        replace(
            appraise(workers, places, TERMS, {line.place: line.worker for line in best.lines}),
            certificate=best.certificate,
            lines=best.lines,
        )
        == best
    )
    edited = appraise(workers, places, TERMS, {"1": "b", "2": "a"})
    assert lines_of(edited) == {"1": ("b", Reason.CHOSEN), "2": ("a", Reason.ABSENT)}
    assert [each.place for each in edited.unserved] == ["3"]
    assert edited.certificate.status == "appraised"
    assert edited.certificate.cost == priced(workers, places, TERMS, ["b", "a", None])[2]


@pytest.mark.parametrize(
    ("workers", "places", "terms", "problem"),
    [
        ([Worker("a", None, 1), Worker("a", None, 1)], [], TERMS, NamedTwice),
        ([Worker("a", None, 1)], [Place("1", None), Place("1", None)], TERMS, NamedTwice),
        ([Worker("a", None, 1)], [Place("1", None, worker="b")], TERMS, NoSuchWorker),
        ([Worker("a", None, 1)], [Place("1", None, allowed=("b",))], TERMS, NoSuchWorker),
        ([Worker("a", None, -1)], [], TERMS, NotANumber),
        ([Worker("a", None, 1, least=2)], [], TERMS, NotANumber),
        ([Worker("a", None, 2, most=1)], [], TERMS, NotANumber),
        ([Worker("a", (120.0, math.nan), 2)], [], TERMS, NotANumber),
        ([Worker("a", None, 1)], [Place("1", (36.0, 120.0))], TERMS, NotANumber),
        ([Worker("a", None, 1)], [Place("1", None, weight=0)], TERMS, NotANumber),
        ([Worker("a", None, 1)], [], Terms(-1, 0), NotANumber),
        ([Worker("a", None, 1)], [], Terms(1, 0, nearest=0), NotANumber),
    ],
)
def test_what_cannot_be_meant_is_refused(workers, places, terms, problem):
    with pytest.raises(problem):
        assign(workers, places, terms)


def test_numbers_too_large_to_add_up_are_refused():
    workers = [Worker(f"w{number}", None, 1, least=1) for number in range(50)]
    places = [Place(f"p{number}", None, weight=1_000_000) for number in range(50)]
    with pytest.raises(Problem, match="too large to be added up"):
        assign(workers, places, Terms(stay_metres=10_000_000, overload_metres=10_000_000))
    worst = assign(workers, [Place("p", at(0))], Terms(stay_metres=10_000_000, overload_metres=10_000_000))
    assert worst.certificate.status == "optimal"
