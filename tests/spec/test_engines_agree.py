"""Small worlds nobody thought of: DuckDB and the plain-Python reference must give the same figures, to the digit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dongche.analytics import engine, facts, reference
from dongche.analytics.questions import DIMENSIONS
from tests.spec.worlds import pack

Row = dict[str, Any]
FIRST = date(2020, 3, 1)
LENGTH = 4
PACK = pack()

days = st.integers(0, LENGTH).map(lambda number: FIRST + timedelta(days=number))
# Few of them, so that instants often coincide: equality is where filters go wrong. 09:00 UTC is the cut-off.
INSTANTS = [datetime(2020, 3, 1, 1, tzinfo=UTC) + timedelta(hours=8 * number) for number in range(12)]
instants = st.sampled_from(INSTANTS)
money = st.one_of(st.none(), st.just(0), st.integers(1, 50), st.integers(10**17, 9 * 10**18))
# Around 30 % of 10, where the rule of the power company turns, and as much as a large works uses.
energy = st.one_of(st.sampled_from([0, 3, 10]), st.integers(0, 50), st.integers(10**10, 10**12))
people = st.one_of(st.none(), st.integers(0, 9))
codes: dict[str, st.SearchStrategy[str | None]] = {
    "subdistrict": st.sampled_from(["s1", "s2"]),
    "community": st.sampled_from([None, "c1", "c2"]),
    "grid": st.sampled_from([None, "g1", "g2", "g3"]),
    "category": st.sampled_from(["enterprise", "street_shop", "supermarket"]),
    "industry": st.sampled_from([None, "C", "F"]),
    "size": st.sampled_from([None, "large", "micro"]),
    "focus": st.sampled_from([None, "key_enterprise", "key_project"]),
}


@st.composite
def periods(draw: st.DrawFn) -> Row:
    from_on = draw(days)
    until_on = draw(st.one_of(st.none(), days))
    return {"from_on": min(from_on, until_on) if until_on else from_on, "until_on": until_on}


@st.composite
def beliefs(draw: st.DrawFn) -> Row:
    known_at, superseded_at = draw(instants), draw(st.one_of(st.none(), instants))
    return {
        "known_at": min(known_at, superseded_at) if superseded_at else known_at,
        "superseded_at": superseded_at,
    }


@st.composite
def versions_of(draw: st.DrawFn, entity_id: int) -> list[Row]:
    """What we believed at one time after another; each belief cuts the days into stretches with facts of their own."""
    changes = sorted(draw(st.sets(instants, min_size=1, max_size=3)))
    rows = []
    for known_at, superseded_at in pairwise([*changes, None]):
        cuts = sorted(draw(st.sets(days, min_size=1, max_size=3)))
        ends = [*cuts, draw(st.one_of(st.none(), st.just(FIRST + timedelta(days=LENGTH + 1))))]
        for from_on, until_on in pairwise(ends):
            row = {name: draw(values) for name, values in codes.items()}
            above_scale = draw(st.booleans())
            rows.append(
                {
                    "entity_id": entity_id,
                    "above_scale": above_scale,
                    "from_on": from_on,
                    "until_on": until_on,
                    "known_at": known_at,
                    "superseded_at": superseded_at,
                    **row,
                }
            )
    return rows


@st.composite
def reports_of(draw: st.DrawFn, entity_id: int) -> list[Row]:
    """For some days one report and its corrections, each superseding the one before."""
    rows = []
    for on in sorted(draw(st.sets(days, min_size=2, max_size=LENGTH))):
        known = sorted(draw(st.sets(instants, min_size=1, max_size=3)))
        for known_at, superseded_at in pairwise([*known, None]):
            rows.append(
                {
                    "entity_id": entity_id,
                    "on": on,
                    "known_at": known_at,
                    "superseded_at": superseded_at,
                    "received_at": known[0],
                    "state": draw(st.sampled_from(facts.STATES)),
                    "staff_due": draw(people),
                    "staff_at_post": draw(people),
                    "output_fen": draw(money),
                    "output_normal_fen": draw(money),
                    "same_as_yesterday": False,
                }
            )
    return rows


@st.composite
def readings_of(draw: st.DrawFn, entity_id: int) -> list[Row]:
    """For some days one or two meters, each read once and perhaps read again."""
    rows = []
    for on in sorted(draw(st.sets(days, max_size=LENGTH))):
        for meter in draw(st.sampled_from(((None,), ("m1", "m2")))):
            known = sorted(draw(st.sets(instants, min_size=1, max_size=2)))
            for known_at, superseded_at in pairwise([*known, None]):
                rows.append(
                    {
                        "entity_id": entity_id, "meter": meter, "on": on, "known_at": known_at,
                        "superseded_at": superseded_at, "energy_wh": draw(energy),
                    }
                )  # fmt: skip
    return rows


@st.composite
def baselines_of(draw: st.DrawFn, entity_id: int) -> list[Row]:
    """Of each kind at most one, believed differently over time."""
    rows = []
    kinds = st.sampled_from([(q, b) for q in facts.QUANTITIES for b in facts.BASES])
    for quantity, basis in sorted(draw(st.sets(kinds, max_size=4))):
        known = sorted(draw(st.sets(instants, min_size=1, max_size=2)))
        for known_at, superseded_at in pairwise([*known, None]):
            rows.append(
                {
                    "entity_id": entity_id, "quantity": quantity, "basis": basis, "known_at": known_at,
                    "superseded_at": superseded_at, "amount": draw(energy), "days": draw(people),
                }
                | draw(periods())
            )  # fmt: skip
    return rows


@st.composite
def worlds(draw: st.DrawFn) -> facts.Facts:
    places = draw(st.integers(0, 6))
    rules = []
    for _ in range(draw(st.integers(1, 5))):
        any_of = {
            name: draw(st.one_of(st.none(), codes[name]))
            for name in ("category", "focus", "industry", "size")
        }
        rules.append(
            {
                "subdistrict": draw(codes["subdistrict"]),
                "line": draw(st.sampled_from(["l1", "l2"])),
                "priority": draw(st.integers(1, 3)),
                **any_of,
            }
            | draw(periods())
            | draw(beliefs())
        )
    exclusions = [
        {
            "entity_id": draw(st.integers(0, 5)),
            "kind": "closed_by_order",
            **draw(periods()),
            **draw(beliefs()),
        }
        for _ in range(draw(st.integers(0, 4)))
    ]
    return facts.from_rows(
        entities=[row for number in range(places) for row in draw(versions_of(number))],
        reports=[row for number in range(places + 1) for row in draw(reports_of(number))],
        line_rules=rules,
        exclusions=exclusions,
        electricity=[row for number in range(places + 1) for row in draw(readings_of(number))],
        baselines=[row for number in range(places + 1) for row in draw(baselines_of(number))],
    )


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    dimensions = st.sampled_from(DIMENSIONS)
    groups = st.lists(dimensions, min_size=1, max_size=3, unique=True).map(tuple)
    keys = st.sampled_from(
        ["s1", "c1", "c2", "g1", "l1", "unknown", "none", "enterprise", "large", "C", "yes"]
    )
    filters = st.dictionaries(dimensions, st.lists(keys, max_size=5), max_size=2)
    return {
        "days": draw(st.permutations([FIRST + timedelta(days=number) for number in range(LENGTH + 1)])),
        "as_known": draw(st.sampled_from(INSTANTS[3:])),
        "by": [(), ("line",), *draw(st.lists(groups, max_size=3, unique_by=frozenset))],
        "scope": draw(st.one_of(st.none(), st.none(), st.lists(filters, max_size=2))),
    }


@settings(max_examples=100)
@given(known=worlds(), question=questions())
def test_duckdb_gives_the_figures_of_the_reference(known: facts.Facts, question: dict[str, Any]) -> None:
    question["by"] = list({frozenset(group): group for group in question["by"]}.values())
    assert engine.measure(known, PACK, **question) == reference.measure(known, PACK, **question)
