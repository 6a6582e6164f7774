"""The forecast by hand, what it refuses, and that its band is as wide as it has been wrong."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dongche.analytics.forecast import FIRST_ORIGIN, LEAST_ERRORS, _courses, ahead

ENOUGH = FIRST_ORIGIN + LEAST_ERRORS


def rates(*values: float | None) -> list[Decimal | None]:
    return [None if value is None else Decimal(str(value)) for value in values]


def test_a_level_rate_stays_and_its_band_has_no_width() -> None:
    found = ahead(rates(*[60] * (ENOUGH + 2)), 3)
    assert found is not None
    assert found.values == found.low == found.high == (Decimal("60.00"),) * 3
    assert found.judged == LEAST_ERRORS


def test_two_days_by_hand() -> None:
    # Level 10, then 12 seen where 10 was expected: level 11, trend 0.3; ahead 11 + 0.9 × 0.3, then + 0.81 × 0.3.
    found = ahead([*rates(*[10] * ENOUGH), Decimal(12)], 2)
    assert found is not None
    assert found.values == (Decimal("11.27"), Decimal("11.51"))
    # Of the one-day errors only the last is not 0: nine in ten lie within 0. Of two days the same.
    assert found.low == found.values == found.high


def test_the_band_is_the_error_that_four_of_five_stayed_below() -> None:
    # Up and down by 10 each day: every forecast is wrong by nearly the same.
    found = ahead(rates(*[50, 60] * 12), 1)
    assert found is not None
    width = found.high[0] - found.values[0]
    assert Decimal(6) < width < Decimal(8)
    assert found.values[0] - found.low[0] == width


@pytest.mark.parametrize(
    ("values", "steps"),
    [
        pytest.param([], 7, id="nothing"),
        pytest.param([60] * (ENOUGH - 1), 1, id="too-few-to-be-judged"),
        pytest.param([60] * ENOUGH, 7, id="too-few-for-the-last-step"),
        pytest.param([60] * 40 + [None], 7, id="last-day-unknown"),
        pytest.param([60] * 40, 0, id="no-steps"),
    ],
)
def test_what_cannot_be_judged_is_not_forecast(values: list[float | None], steps: int) -> None:
    assert ahead(rates(*values), steps) is None


def test_a_day_without_a_value_keeps_the_course() -> None:
    whole, gap = [float(n) for n in range(40)], [float(n) for n in range(40)]
    found, holed = ahead(rates(*whole), 1), ahead(rates(*gap[:20], None, *gap[21:]), 1)
    assert found is not None
    assert holed is not None
    assert abs(found.values[0] - holed.values[0]) < Decimal("0.1")


@given(st.lists(st.decimals(0, 100, places=2), min_size=30, max_size=60))
def test_it_stays_within_what_a_rate_can_be_and_the_band_never_narrows(values: list[Decimal]) -> None:
    found = ahead(values, 7, most=100)
    assert found is not None
    wide = ahead(values, 7, least=-10_000)
    assert wide is not None
    widths = [high - low for low, high in zip(wide.low, wide.high, strict=True)]
    assert all(later >= earlier - Decimal("0.02") for earlier, later in itertools.pairwise(widths))
    for low, value, high in zip(found.low, found.values, found.high, strict=True):
        assert 0 <= low <= value <= high <= 100


@given(st.lists(st.decimals(0, 100, places=2), min_size=2, max_size=40))
def test_an_earlier_forecast_uses_nothing_that_came_later(values: list[Decimal]) -> None:
    known = [float(value) for value in values]
    assert _courses(known, 3)[:-1] == _courses(known[:-1], 3)
