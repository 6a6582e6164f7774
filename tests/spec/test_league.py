"""The league (S110): units by what they achieve with the same mix of places, from drawn places on every engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dongche.analytics import league
from dongche.analytics.facts import Facts
from dongche.analytics.figures import Figure
from dongche.analytics.league import OTHER_KINDS, TOO_FEW, Place, Rule
from dongche.kit.decimals import percent
from tests.spec.worlds import Measure, rows, world

FILE = Path(__file__).parents[2] / "packs" / "epidemic-2020" / "league.yaml"
RULE = league.load(FILE)[0]
DIMENSIONS = ("community", "category", "size")


def compared(measure: Measure, known: Facts, rule: Rule = RULE) -> dict[str, Place]:
    return {one.unit: one for one in asked(measure(known, "resumption_rate", by=[DIMENSIONS]), rule)}


def asked(found: Sequence[Figure], rule: Rule) -> list[Place]:
    cells: dict[str, dict[league.Stratum, league.Parts]] = {}
    for one in found:
        unit, kind, finer = (one.scope[name] for name in DIMENSIONS)
        cells.setdefault(unit, {})[kind, finer] = (one.numerator or 0, one.denominator or 0)
    return league.compare(cells, sorted(cells), rule)


def check(found: dict[str, Place], drawing: str) -> None:
    seen = []
    for drawn in rows(drawing):
        one = found[drawn["unit"]]
        seen.append({name: "" if (value := getattr(one, name)) is None else str(value) for name in drawn})
    assert seen == rows(drawing)


# A has many sites, which stand still everywhere; B has many shops, which are open. Kind by kind A is the better.
A_AND_B = {
    "places": """
        place   | community | category          | size
        1-80    | A         | construction_site | small
        81-100  | A         | street_shop       | small
        101-120 | B         | construction_site | small
        121-200 | B         | street_shop       | small
    """,
    "reports": """
        place   | state
        1-40    | open
        81-100  | open
        101-108 | open
        121-192 | open
    """,
}


def test_with_the_same_mix_the_unit_that_does_better_in_each_kind_is_the_better(measure: Measure) -> None:
    found = compared(measure, world(**A_AND_B))
    check(
        found,
        """
            unit | raw   | value | own    | first | last
            A    | 60.00 | 75.00 | 100.00 | 1     | 2
            B    | 80.00 | 65.00 | 100.00 | 1     | 2
        """,
    )
    assert [one.unit for one in found.values()] == ["A", "B"]
    mix = found["A"].mix
    assert mix is not None
    # Sites are 80 of A's 100 places and half of all; 48 of all 100 sites have resumed, 140 of all 200 places.
    assert (mix.kind, str(mix.own), str(mix.all), str(mix.rate), str(mix.whole)) == (
        "construction_site", "80.00", "50.00", "48.00", "70.00"
    )  # fmt: skip


def test_a_difference_within_chance_is_a_tie_and_one_beyond_it_a_rank(measure: Measure) -> None:
    known = world(
        places="""
            place   | community | category    | size
            1-100   | A         | street_shop | small
            101-200 | B         | street_shop | small
            201-300 | C         | street_shop | small
        """,
        reports="""
            place   | state
            1-90    | open
            101-188 | open
            201-230 | open
        """,
    )
    check(
        compared(measure, known),
        """
            unit | value | first | last
            A    | 90.00 | 1     | 2
            B    | 88.00 | 1     | 2
            C    | 30.00 | 3     | 3
        """,
    )


def test_a_small_cell_is_pooled_and_a_missing_kind_neither_helps_nor_harms(measure: Measure) -> None:
    known = world(
        places="""
            place   | community | category          | size
            1-40    | A         | street_shop       | small
            41-43   | A         | street_shop       | medium
            44-86   | B         | street_shop       | small
            87-96   | B         | street_shop       | medium
            97-100  | B         | construction_site | small
        """,
        reports="""
            place   | state
            1-40    | open
            44-64   | open
            87-96   | open
            97-98   | open
        """,
    )
    found = compared(measure, known)
    # A: small 83/100 at 1, medium 13/100 at 40/43 (its shops of all sizes), sites 4/100 at 2/4 (everybody's).
    check(
        found,
        """
            unit | raw   | value | own
            A    | 93.02 | 97.09 | 96.00
            B    | 57.89 | 55.53 | 96.00
        """,
    )
    assert percent(83 * 43 + 13 * 40 + 2 * 43, 100 * 43) == found["A"].value
    assert found["A"].missing == ()


def test_units_of_other_kinds_or_of_few_places_are_not_compared_and_say_why(measure: Measure) -> None:
    known = world(
        places="""
            place   | community | category          | size
            1-50    | A         | street_shop       | small
            51-100  | B         | construction_site | small
            101-104 | C         | street_shop       | small
            105-154 | D         | street_shop       | small
            155-204 | D         | construction_site | small
        """,
        reports="""
            place | state
            1-50  | open
        """,
    )
    found = compared(measure, known)
    check(
        found,
        """
            unit | raw    | value | first | reason      | missing
            D    | 0.00   | 0.00  | 1     |             | ()
            A    | 100.00 |       |       | other_kinds | ('construction_site',)
            B    | 0.00   |       |       | other_kinds | ('street_shop',)
            C    | 0.00   |       |       | too_few     | ()
        """,
    )
    assert {found["A"].reason, found["C"].reason} == {OTHER_KINDS, TOO_FEW}


def test_all_or_none_of_few_places_is_no_certainty(measure: Measure) -> None:
    known = world(
        places="""
            place | community | category    | size
            1-6   | A         | street_shop | small
            7-12  | B         | street_shop | small
        """,
        reports="""
            place | state
            1-6   | open
        """,
    )
    found = compared(measure, known)
    assert (found["A"].value, found["A"].low) == (100, Decimal("77.08"))
    assert (found["B"].value, found["B"].high) == (0, Decimal("22.92"))
    assert (found["A"].first, found["A"].last, found["B"].first) == (1, 1, 2)


def slow(places: Sequence[tuple[str, str, str, bool]], unit: str, rule: Rule) -> Fraction | None:
    """The evened rate as its sentence says it: every place of all, answered with the unit's peers of it; the mean."""
    own = [one for one in places if one[0] == unit]
    if len(own) < rule.least_places:
        return None
    answers, alien = [], 0
    for _unit, kind, finer, _resumed in places:
        peers = [one for one in own if (one[1], one[2]) == (kind, finer)]
        if len(peers) < rule.least_places:
            peers = [one for one in own if one[1] == kind]
        if len(peers) < rule.least_places:
            alien += 1
            peers = [one for one in places if (one[1], one[2]) == (kind, finer)]
        answers.append(Fraction(sum(one[3] for one in peers), len(peers)))
    if 100 * (len(places) - alien) < rule.least_own_percent * len(places):
        return None
    return sum(answers, Fraction(0)) / len(answers)


@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.sampled_from("xyz"), st.sampled_from("ls"), st.booleans()),
        max_size=80,
    ),
    st.integers(1, 6),
)
def test_the_rates_are_those_of_the_slow_reference(
    places: list[tuple[str, str, str, bool]], least_places: int
) -> None:
    rule = replace(RULE, least_places=least_places)
    cells: dict[str, dict[league.Stratum, league.Parts]] = {}
    for unit, kind, finer, resumed in places:
        have = cells.setdefault(unit, {}).get((kind, finer), (0, 0))
        cells[unit][kind, finer] = (have[0] + resumed, have[1] + 1)
    found = league.compare(cells, sorted(cells), rule)
    ranked = [one for one in found if one.value is not None]
    for one in found:
        expected = slow(places, one.unit, rule)
        assert one.value == (None if expected is None else percent(expected.numerator, expected.denominator))
        assert one.raw == percent(*one.parts)
    # Ranks: nobody above a unit that is told apart from it, and each of them open to somebody.
    for one in ranked:
        assert (one.low or 0) <= (one.value or 0) <= (one.high or 0)
        assert 1 <= (one.first or 0) <= 1 + ranked.index(one) <= (one.last or 0) <= len(ranked)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (("least_places: 5", "least_places: 0"), "least_places"),
        (("least_own_percent: 75", "least_own_percent: many"), "least_own_percent"),
        (("community: [category, size]", "community: [community, size]"), "evened"),
        (("zh-Hans: >-", "zh: >-"), "method"),
        (("from_on: 2020-01-01", "from_on: soon"), "from_on"),
        (("    source:", "    origin:"), "versions"),
        (("versions:", "version:"), "–"),
        (("versions:", "versions: ["), "–"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_file_that_cannot_be_meant_is_refused_with_its_place(change: tuple[str, str], key: str) -> None:
    text = FILE.read_text(encoding="utf-8").replace(*change)
    with pytest.raises(league.LeagueUnreadable) as refused:
        league.read("league.yaml", text)
    assert refused.value.details["key"] == key


def test_versions_may_not_overlap() -> None:
    text = FILE.read_text(encoding="utf-8")
    _head, body = text.split("versions:\n")
    ended = body.replace("until_on: null", "until_on: 2020-03-01")
    later = body.replace("from_on: 2020-01-01", "from_on: 2020-03-01").replace(
        "least_places: 5", "least_places: 10"
    )
    first, second = league.read("league.yaml", "versions:\n" + ended + later)
    assert (first.covers(date(2020, 2, 29)), first.covers(date(2020, 3, 1))) == (True, False)
    assert (second.least_places, second.covers(date(2020, 3, 1))) == (10, True)
    with pytest.raises(league.LeagueUnreadable):
        league.read("league.yaml", "versions:\n" + body + later)
