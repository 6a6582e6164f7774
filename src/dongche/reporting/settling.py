"""How a figure of a day settled: as first published, as known at one time after another, and the places in between."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from dongche.analytics import engine
from dongche.analytics.definitions import Definition
from dongche.analytics.figures import Figure
from dongche.kit import clock
from dongche.reporting import figures
from dongche.reporting.models import Report

# Instants of the curve: few enough to be computed at once, and never more than there were changes.
MOST_INSTANTS: Final = 16
# First figures that a process keeps: days that are asked for together, and scopes.
MOST_KEPT: Final = 500

Where = Mapping[str, Collection[str]] | None


@dataclass(frozen=True)
class Restated:
    """A figure as it was known at one time and at a later one."""

    first: Figure
    now: Figure

    @property
    def change(self) -> Decimal | None:
        """In percentage points; None where one of the two has no value."""
        if self.first.value is None or self.now.value is None:
            return None
        return self.now.value - self.first.value

    @property
    def differs(self) -> bool:
        """Whether anything behind the figure is another: parts may change while the rate stays."""
        return (self.first.numerator, self.first.denominator, self.first.value) != (
            self.now.numerator,
            self.now.denominator,
            self.now.value,
        )


@dataclass(frozen=True)
class Share:
    """A place that counts otherwise than before.

    Units: what it adds to numerator and denominator; None where it was not expected
    """

    place: int
    before: tuple[int, int] | None
    after: tuple[int, int] | None

    @property
    def numerator(self) -> int:
        return (self.after or (0, 0))[0] - (self.before or (0, 0))[0]

    @property
    def denominator(self) -> int:
        return (self.after or (0, 0))[1] - (self.before or (0, 0))[1]


def restated(
    actor: Any,
    on: date,
    metrics: Collection[str],
    *,
    first_at: datetime,
    known_at: datetime | None,
    where: Where,
) -> list[Restated]:
    """This function will set the figures of a day as known first beside those known now, or at another instant.

    Empty: a metric that is not defined on the day is absent
    """
    then = _first(actor, on, tuple(metrics), first_at, where)
    now = {
        one.metric: one
        for one in figures.measure(actor, days=(on,), as_known=known_at, metrics=metrics, where=where)
    }
    return [Restated(one, now[one.metric]) for one in then if one.metric in now]


def _first(actor: Any, on: date, metrics: tuple[str, ...], at: datetime, where: Where) -> tuple[Figure, ...]:
    """The figures as known at an instant that is past: kept while no row has been added, for every page asks again."""
    version = figures.version_of(on)
    key = (on, metrics, at, repr(figures.reach(actor, where)), version)
    found = _kept.get(key)
    if found is None:
        found = tuple(figures.measure(actor, days=(on,), as_known=at, metrics=metrics, where=where))
        if version is not None:
            _kept[key] = found
            while len(_kept) > MOST_KEPT:
                with suppress(KeyError):  # another thread may have dropped it since
                    _kept.popitem(last=False)
    return found


_kept: OrderedDict[Any, tuple[Figure, ...]] = OrderedDict()


@dataclass(frozen=True)
class Course:
    """One figure of one day at one instant after another, and the places that made the last difference."""

    figures: Sequence[Figure]
    shares: Sequence[Share]


def course(
    actor: Any, definition: Definition, on: date, *, first_at: datetime, until: datetime, where: Where
) -> Course:
    """This function will follow a figure from the first reports of its day until an instant.

    Shape: reads the facts once; the curve ends at `until`; the places are those that count otherwise at `until` than
           at `first_at`, and what they add sums up to the difference of the two figures
    """
    world, scope = figures.world((on,)), figures.reach(actor, where)
    instants = moments(on, first_at, until)
    found = engine.course(
        world, figures.definitions(), on=on, instants=instants, metrics=(definition.metric,), scope=scope
    )
    before, after = engine.shares(world, definition, on=on, instants=(first_at, until), scope=scope)
    changed = [
        Share(pk, before.get(pk), after.get(pk))
        for pk in sorted(before.keys() | after.keys())
        if before.get(pk) != after.get(pk)
    ]
    return Course(found, changed)


def moments(on: date, first_at: datetime, until: datetime) -> list[datetime]:
    """This function will choose the instants of a curve: as many before the first publication as after it.

    Shape: ascending; `first_at` and `until` among them, none after `until`; between them those at which reports of the
           day came in, evenly by their number. One query
    """
    every = Report.objects.filter(on=on, known_at__lte=until).order_by("known_at")
    known = list(every.values_list("known_at", flat=True))
    first_at = min(first_at, until)
    at = bisect_right(known, first_at)
    return sorted({*_spread(known[:at]), *_spread(known[at:]), first_at, until})


def _spread(known: Sequence[datetime]) -> list[datetime]:
    steps = min(MOST_INSTANTS // 2, len(known))
    return [known[round(number * (len(known) - 1) / max(1, steps - 1))] for number in range(steps)]


def cut_off_passed(on: date) -> datetime | None:
    """This function will give the instant by which a day is reported, when it is over; None before, or without one."""
    at = figures.cut_off(on)
    return at if at is not None and at <= clock.now() else None
