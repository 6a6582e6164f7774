"""From what was said of a place, day by day, to the steps of the ladder it stood on (S43). No database."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from dongche.registry.models.places import Source
from dongche.registry.models.standing import Step


@dataclass(frozen=True)
class Said:
    """What a place told of one day. Units: fen; None where nothing was told."""

    on: date
    known_at: datetime
    is_open: bool
    output_fen: int | None = None
    normal_fen: int | None = None
    by_id: int | None = None


@dataclass(frozen=True)
class Seen:
    """A step that an officer put down for a day, with the reason."""

    on: date
    known_at: datetime
    step: str
    source: str
    reason: str
    by_id: int | None = None


@dataclass(frozen=True)
class Point:
    """A step from a day on; what it rests on."""

    on: date
    step: str
    known_at: datetime
    source: str = Source.SELF_REPORTED
    reason: str = ""
    by_id: int | None = None


AT_WORK = frozenset({Step.RESUMED, Step.PRODUCING, Step.AT_CAPACITY})
# Who stands or stood on one of these has worked before.
WORKED = AT_WORK | {Step.SUSPENDED}


def course(
    said: Iterable[Said], seen: Iterable[Seen], full_capacity: Callable[[date], int]
) -> tuple[Point, ...]:
    """The steps a place stood on, the earliest first: one point per change, and one for whatever an officer put down.

    Closed after having worked is suspended, before that not resumed. Without a word about output a place at work stays
    on its step; output above zero is producing, from `full_capacity` per cent of the normal one on (domain 2a:
    full_capacity_rate) at capacity. Of one day, what an officer saw goes before what the place told.
    """
    days: dict[date, Said | Seen] = {one.on: one for one in said}
    days.update({one.on: one for one in seen})
    points: list[Point] = []
    step, has_worked = "", False
    for on in sorted(days):
        one = days[on]
        if isinstance(one, Seen):
            step = one.step
            points.append(Point(on, step, one.known_at, one.source, one.reason, one.by_id))
        elif (now := step_after(one, step, has_worked, full_capacity(on))) != step:
            step = now
            points.append(Point(on, step, one.known_at, by_id=one.by_id))
        has_worked = has_worked or step in WORKED
    return tuple(points)


def step_after(said: Said, step: str, has_worked: bool, percent: int) -> str:
    """The step of a place after it told of a day: `step` is the one before, "" for none."""
    if not said.is_open:
        return Step.SUSPENDED if has_worked else Step.NOT_RESUMED
    if said.output_fen is None:
        return step if step in AT_WORK else Step.RESUMED
    if said.output_fen <= 0:
        return Step.RESUMED
    if said.normal_fen and said.output_fen * 100 >= said.normal_fen * percent:
        return Step.AT_CAPACITY
    return Step.PRODUCING
