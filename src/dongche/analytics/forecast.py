"""How a daily rate may go on, with a band that is as wide as this way of forecasting has been wrong before.

Method: exponential smoothing with a damped trend (Gardner and McKenzie 1985), its three weights fixed and none fitted,
so that anybody can follow it by hand. The band is not derived from a model: the same forecast is made from every
earlier day, as if nothing later were known, and compared with what came (rolling origin). The band of a step holds the
share `SHARE` of those errors, counted as conformal prediction counts them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

LEVEL, TREND, DAMPING = 0.5, 0.3, 0.9
SHARE = Fraction(4, 5)
FIRST_ORIGIN = 5  # days that must be known before a forecast is made and judged
LEAST_ERRORS = 10  # forecasts that must have been judged at a step before its band is believed


@dataclass(frozen=True)
class Forecast:
    """Steps 1, 2, … days after the last known day, in the unit of the values; `judged` is how many earlier forecasts
    the band of the last step rests on."""

    values: tuple[Decimal, ...]
    low: tuple[Decimal, ...]
    high: tuple[Decimal, ...]
    judged: int


def ahead(
    values: Sequence[Decimal | None], steps: int, *, least: int = 0, most: int | None = None
) -> Forecast | None:
    """This function will forecast the days after the last of `values`, one value a day, oldest first.

    Shape:  two decimals; a day without a value (None) keeps the course of the days before it. Values and band stay
            within `least` and `most`, which are what the rate can be by its definition
    Empty:  None when the last day has no value, or too few earlier forecasts can be judged to say how wrong this one
            may be
    """
    known = [None if value is None else float(value) for value in values]
    if steps < 1 or not known or known[-1] is None:
        return None
    courses = _courses(known, steps)
    bands = []
    for step in range(1, steps + 1):
        errors = sorted(
            abs(true - courses[at][step - 1])
            for at in range(FIRST_ORIGIN - 1, len(known) - step)
            if (true := known[at + step]) is not None and known[at] is not None
        )
        if len(errors) < LEAST_ERRORS:
            return None
        bands.append(errors[ceil((len(errors) + 1) * SHARE) - 1])
        judged = len(errors)
    widths = [max(bands[: step + 1]) for step in range(steps)]  # the further, the less is known

    def kept(value: float) -> Decimal:
        held = max(value, least) if most is None else min(max(value, least), most)
        return Decimal(f"{held:.2f}")

    middle = courses[-1]
    return Forecast(
        values=tuple(map(kept, middle)),
        low=tuple(kept(value - width) for value, width in zip(middle, widths, strict=True)),
        high=tuple(kept(value + width) for value, width in zip(middle, widths, strict=True)),
        judged=judged,
    )


def _courses(known: Sequence[float | None], steps: int) -> list[list[float]]:
    """What would have been forecast from each day, knowing that day and those before it."""
    level: float | None = None
    trend = 0.0
    found = []
    for value in known:
        if level is None:
            level = value
        else:
            expected = level + DAMPING * trend
            seen = expected if value is None else LEVEL * value + (1 - LEVEL) * expected
            trend = TREND * (seen - level) + (1 - TREND) * DAMPING * trend
            level = seen
        course, damped = [], 0.0
        for step in range(1, steps + 1):
            damped += DAMPING**step
            course.append((level or 0.0) + damped * trend)
        found.append(course)
    return found
