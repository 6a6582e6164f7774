"""The counts that make the printed figures possible."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dongche.cli.demo.aims import LEAST, MOST, RESUMPTION_RATE, TooFewOrMany, aims_for, numerator_for
from dongche.kit.decimals import percent


@given(st.integers(LEAST, 300_000))
def test_every_number_of_places_can_show_the_figure(places: int) -> None:
    aims = aims_for(places)
    assert percent(aims.resumed, aims.expected) == RESUMPTION_RATE
    assert aims.resumed <= aims.reported <= aims.expected < aims.places == places


def test_a_usual_number_of_places_has_few_exclusions() -> None:
    assert max(aims_for(places).excluded for places in range(2300, 2500)) <= 60


@given(st.integers(1, 5_000))
def test_a_numerator_is_found_exactly_when_there_is_one(denominator: int) -> None:
    fits = [n for n in range(denominator + 1) if percent(n, denominator) == RESUMPTION_RATE]
    assert (numerator_for(denominator) in fits) if fits else numerator_for(denominator) is None


def test_the_fractions_of_the_sources_are_found() -> None:
    known = {188: 147, 243: 190, 298: 233, 431: 337, 486: 380, 587: 459}
    assert {places: numerator_for(places) for places in known} == known
    assert numerator_for(3, Decimal("33.33")) == 1


@pytest.mark.parametrize("places", [-1, 0, LEAST - 1, MOST + 1])
def test_impossible_numbers_are_refused(places: int) -> None:
    with pytest.raises(TooFewOrMany, match=str(places)):
        aims_for(places)
