"""What goes into an assignment and what comes out of it: workers, places, what counts how much, and the plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from dongche.kit.errors import Problem
from dongche.kit.messages import N_

Point = tuple[float, float]


class NamedTwice(Problem):
    code = "solvers.named_twice"
    message = N_("The %(what)s %(given)s is there twice. Give each one once.")


class NoSuchWorker(Problem):
    code = "solvers.no_such_worker"
    message = N_("The place %(place)s names the worker %(given)s, who is not among those to be assigned.")


class NotANumber(Problem):
    code = "solvers.not_a_number"
    message = N_("For %(of)s, %(what)s is %(given)s; expected is %(expected)s.")


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who serves places. `limit`, `least` and `most` in units of weight; beyond `most` nothing is given."""

    id: str
    at: Point | None
    limit: int
    least: int = 0
    most: int | None = None
    is_absent: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to be served. `allowed` None means by anybody; a position is (longitude, latitude) in degrees."""

    id: str
    at: Point | None
    weight: int = 1
    worker: str | None = None
    allowed: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What counts how much, in metres. `nearest` is only where the search begins; it does not bound the result."""

    stay_metres: int
    overload_metres: int
    unknown_metres: int = 1000
    nearest: int = 8


class Reason(StrEnum):
    KEPT = "kept"
    ABSENT = "absent"
    RELIEF = "relief"
    MINIMUM = "minimum"
    NEARER = "nearer"
    NOT_ALLOWED = "not_allowed"
    FIRST = "first"
    CHOSEN = "chosen"


class Why(StrEnum):
    """Why a place has nobody."""

    NOBODY_THERE = "nobody_there"
    ALLOWED_ABSENT = "allowed_absent"
    NONE_ALLOWED = "none_allowed"
    LIMITS_REACHED = "limits_reached"


@dataclass(frozen=True, slots=True)
class Line:
    """One place of the plan. `metres` are None where a position is missing. `next_worker` is the best other one, and
    `next_extra` what the whole plan would cost more with him, at least."""

    place: str
    worker: str
    before: str | None
    reason: Reason
    metres: int | None
    before_metres: int | None
    is_nearest: bool
    next_worker: str | None = None
    next_extra: int | None = None

    @property
    def is_move(self) -> bool:
        return self.worker != self.before


@dataclass(frozen=True, slots=True)
class Unserved:
    place: str
    before: str | None
    why: Why
    workers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another worker for a place: the metres to him, his load with it, and what the whole plan would cost more."""

    worker: str
    metres: int | None
    load: int
    extra: int


@dataclass(frozen=True, slots=True)
class Load:
    worker: str
    before: int
    after: int
    limit: int
    least: int
    most: int | None
    is_absent: bool

    @property
    def over(self) -> int:
        return max(0, self.after - self.limit)

    @property
    def short(self) -> int:
        return 0 if self.is_absent else max(0, self.least - self.after)


@dataclass(frozen=True, slots=True)
class Certificate:
    """`optimal`: nothing costs less than `cost`, by prices that held against `pairs` pairs. `within`: nothing costs
    less than `bound`. `appraised`: the plan was given, not sought, so there is no bound."""

    status: Literal["optimal", "within", "appraised"]
    cost: int
    bound: int | None
    pairs: int = 0
    rounds: int = 0


@dataclass(frozen=True, slots=True)
class Assignment:
    """A plan. Metres are weighted: a place of weight 3 counts its distance three times."""

    lines: tuple[Line, ...]
    unserved: tuple[Unserved, ...]
    loads: tuple[Load, ...]
    distance_before: int
    distance: int
    moving: int
    overload: int
    certificate: Certificate

    @property
    def moves(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.is_move)


def check(workers: Sequence[Worker], places: Sequence[Place], terms: Terms) -> None:
    """This function will refuse rows that cannot be meant."""
    for what, rows in (("worker", workers), ("place", places)):
        twice = [name for name, count in Counter(row.id for row in rows).items() if count > 1]
        if twice:
            raise NamedTwice(what=what, given=min(twice))
    for name in ("stay_metres", "overload_metres", "unknown_metres"):
        _within("terms", name, getattr(terms, name), 0, 10_000_000)
    _within("terms", "nearest", terms.nearest, 1, None)
    for worker in workers:
        _within(worker.id, "limit", worker.limit, 0, 10_000_000)
        _within(worker.id, "least", worker.least, 0, worker.limit)
        if worker.most is not None:
            _within(worker.id, "most", worker.most, worker.limit, None)
        _position(worker.id, worker.at)
    for place in places:
        _within(place.id, "weight", place.weight, 1, 1_000_000)
        _position(place.id, place.at)


def _within(of: str, what: str, given: int, low: int, high: int | None) -> None:
    if given < low or (high is not None and given > high):
        raise NotANumber(
            of=of, what=what, given=given, expected=f"{low} … {'' if high is None else high}".strip()
        )


def _position(of: str, at: Point | None) -> None:
    if at is not None and not (-180 <= at[0] <= 180 and -90 <= at[1] <= 90):
        raise NotANumber(of=of, what="position", given=at, expected="(-180 … 180, -90 … 90)")
