"""A sample that can be drawn again, and an interval that covers what it claims to."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dongche.analytics import sampling
from dongche.analytics.sampling import Stratum, estimate


@pytest.mark.parametrize(
    ("share", "asked", "low", "high"),
    [(0.5, 10, 0.2366, 0.7634), (0.0, 10, 0.0, 0.2775), (1.0, 20, 0.8389, 1.0), (0.9, 100, 0.8256, 0.9448)],
)
def test_wilson_gives_the_published_values(share: float, asked: int, low: float, high: float) -> None:
    found = sampling.wilson(share, asked)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_everybody_asked_leaves_nothing_open() -> None:
    found = estimate([Stratum(10, confirmed=7, contradicted=3)]).answers
    assert found is not None
    assert (found.share, found.low, found.high) == (0.7, 0.7, 0.7)


def test_who_was_not_reached_is_told_both_ways() -> None:
    found = estimate([Stratum(1000, confirmed=40, contradicted=10, not_reached=50)])
    assert [round(one.share, 2) for one in (found.worst, found.answers, found.best) if one] == [0.4, 0.8, 0.9]
    assert estimate([Stratum(10, not_reached=5)]).answers is None
    assert estimate([]).answers is None


def test_a_stratum_weighs_by_its_places_not_by_its_answers() -> None:
    found = estimate([Stratum(900, confirmed=10), Stratum(100, contradicted=10)]).answers
    assert found is not None
    assert round(found.share, 2) == 0.9


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """2,000 samples of 60 out of 400 places of which 88 % are as reported, in two unequal strata."""
    chance = random.Random(5)
    strata = [[1] * 280 + [0] * 20, [1] * 72 + [0] * 28]
    covered = 0
    for _ in range(2000):
        parts = []
        for places, size in zip(strata, (45, 15), strict=True):
            yes = sum(chance.sample(places, size))
            parts.append(Stratum(len(places), confirmed=yes, contradicted=size - yes))
        found = estimate(parts).answers
        assert found is not None
        covered += found.low <= 0.88 <= found.high
    assert 0.93 <= covered / 2000 <= 0.98


counts = st.integers(0, 40)


@given(st.lists(st.tuples(counts, counts, counts, st.integers(0, 500)), min_size=1, max_size=4))
def test_bounds_hold_the_share_and_stay_within_all_and_none(parts: list[tuple[int, int, int, int]]) -> None:
    found = estimate([Stratum(yes + no + away + more, yes, no, away) for yes, no, away, more in parts])
    for one in (found.worst, found.answers, found.best):
        if one is not None:
            assert 0 <= one.low <= one.share + 1e-12
            assert one.share - 1e-12 <= one.high <= 1
    if found.worst and found.best:
        assert found.worst.share <= found.best.share + 1e-12


@given(
    sizes=st.dictionaries(st.sampled_from("abcde"), st.integers(0, 30), max_size=5),
    size=st.integers(0, 80),
    seed=st.integers(0, 2**31),
)
def test_the_same_seed_draws_the_same_whatever_the_order(sizes: dict[str, int], size: int, seed: int) -> None:
    strata = {name: [100 * ord(name) + n for n in range(count)] for name, count in sizes.items()}
    drawn = sampling.draw(strata, size, seed)
    again = sampling.draw({name: list(reversed(ids)) for name, ids in strata.items()}, size, seed)
    assert drawn == again
    assert sum(map(len, drawn.values())) == min(size, sum(sizes.values()))
    for name, ids in drawn.items():
        assert len(set(ids)) == len(ids)
        assert set(ids) <= set(strata[name])
    if size >= len(sizes):
        assert all(drawn[name] for name, count in sizes.items() if count)
