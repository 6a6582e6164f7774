from decimal import ROUND_HALF_UP, Context, Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dongche.kit.decimals import percent, ratio


@pytest.mark.parametrize(
    ("numerator", "denominator", "printed"),
    [
        (147, 188, "78.19"), (190, 243, "78.19"), (233, 298, "78.19"), (337, 431, "78.19"), (380, 486, "78.19"),
        (459, 587, "78.19"), (258, 197, "130.96"), (313, 239, "130.96"), (571, 436, "130.96"),
        (0, 7, "0.00"), (7, 7, "100.00"), (1, 3, "33.33"), (2, 3, "66.67"),
        (1, 20000, "0.01"), (1, 20001, "0.00"), (-1, 20000, "-0.01"), (-1, 20001, "0.00"), (1, -8, "-12.50"),
        (10**60 + 1, 10**60, "100.00"),
    ],
)  # fmt: skip
def test_percent_prints_as_people_expect(numerator: int, denominator: int, printed: str) -> None:
    assert f"{percent(numerator, denominator):f}" == printed


def test_ratio_keeps_the_places_asked_for() -> None:
    assert [str(ratio(1, 16, places)) for places in (1, 2, 3, 4)] == ["0.1", "0.06", "0.063", "0.0625"]


def test_no_denominator_is_for_the_caller_to_explain() -> None:
    with pytest.raises(ZeroDivisionError):
        percent(1, 0)


@given(st.integers(-(10**40), 10**40), st.integers(-(10**40), 10**40).filter(bool), st.integers(1, 9))
@example(5, 1000, 2)
def test_ratio_is_long_division_with_halves_away_from_zero(
    numerator: int, denominator: int, places: int
) -> None:
    # Wide enough to tell a half from its neighbours: the quotient's distance from a half is at least 1 / (2 × 10⁴⁹).
    wide = Context(prec=120)
    exact = wide.divide(Decimal(numerator), Decimal(denominator))
    expected = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=wide)
    assert ratio(numerator, denominator, places) == expected
