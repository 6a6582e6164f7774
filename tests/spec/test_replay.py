"""Late corrections at random: what an engine answers "as known then" is what a replay of history up to then gives.

A history is a list of happenings: at an instant, something is said of one thing (a report of a place for a day, a
reading, where a place is, that it is closed by order …), perhaps for the second or third time, days after the day it
speaks of. The ledger is what we keep: rows that supersede each other. The replay is what anybody would do: go through
the happenings up to the instant and remember the last word on each thing. No row of the replay carries a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dongche.analytics import engine, facts, reference, velocity
from tests.spec.test_engines_agree import PACK, codes, energy, money, people
from tests.spec.test_velocity import walk

Row = dict[str, Any]
DAYS = [date(2020, 3, 1) + timedelta(days=number) for number in range(3)]
# Eight hours apart, so that some of them coincide; up to four days after the last day spoken of.
INSTANTS = [datetime(2020, 3, 1, 1, tzinfo=UTC) + timedelta(hours=8 * number) for number in range(18)]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PLACES = st.integers(0, 3)
TOGETHER = 40

instants = st.sampled_from(INSTANTS)
since = st.fixed_dictionaries(
    {"from_on": st.just(date(2020, 1, 1)), "until_on": st.sampled_from([None, *DAYS])}
)
SAID: dict[str, st.SearchStrategy[Row]] = {
    "entities": st.fixed_dictionaries({"above_scale": st.booleans(), **codes, "subdistrict": st.just("s1")}),
    "reports": st.fixed_dictionaries(
        {
            "state": st.sampled_from(facts.STATES), "staff_due": people, "staff_at_post": people, "output_fen": money,
            "output_normal_fen": money, "same_as_yesterday": st.booleans(),
        }
    ),
    "electricity": st.fixed_dictionaries({"energy_wh": energy}),
    "baselines": st.fixed_dictionaries({"amount": energy}),
    "exclusions": st.fixed_dictionaries({"kind": st.just("closed_by_order")}),
    "line_rules": st.fixed_dictionaries({"line": st.sampled_from(["l1", "l2"]), "category": codes["category"] | st.none()}),
}  # fmt: skip
# What one thing is that can be spoken of twice.
ABOUT: dict[str, st.SearchStrategy[Row]] = {
    "entities": st.fixed_dictionaries({"entity_id": PLACES}),
    "reports": st.fixed_dictionaries({"entity_id": PLACES, "on": st.sampled_from(DAYS)}),
    "electricity": st.fixed_dictionaries(
        {"entity_id": PLACES, "on": st.sampled_from(DAYS), "meter": st.sampled_from(["m1", "m2"])}
    ),
    "baselines": st.fixed_dictionaries(
        {
            "entity_id": PLACES,
            "quantity": st.just("electricity"),
            "basis": st.sampled_from(["dec_2019", "same_period"]),
        }
    ),
    "exclusions": st.fixed_dictionaries({"entity_id": PLACES}),
    "line_rules": st.fixed_dictionaries({"subdistrict": st.just("s1"), "priority": st.integers(1, 2)}),
}
DATED = ("entities", "exclusions", "line_rules", "baselines")


@dataclass(frozen=True)
class Said:
    """At an instant, the word on one thing; None takes it back."""

    at: datetime
    table: str
    about: Row
    word: Row | None

    @property
    def thing(self) -> tuple[Any, ...]:
        return self.table, *sorted(self.about.items())


@st.composite
def histories(draw: st.DrawFn) -> list[Said]:
    found = [
        Said(INSTANTS[0], "entities", {"entity_id": place}, draw(SAID["entities"]) | draw(since))
        for place in range(draw(st.integers(1, 4)))
    ]
    # Reports most of all: they are what is corrected.
    tables = st.sampled_from(["reports", "reports", "reports", *SAID])
    for table in draw(st.lists(tables, min_size=6, max_size=20)):
        word = draw(SAID[table]) | (draw(since) if table in DATED else {})
        # A report is corrected, never taken back.
        is_taken_back = table != "reports" and draw(st.integers(0, 5)) == 0
        found.append(Said(draw(instants), table, draw(ABOUT[table]), None if is_taken_back else word))
    return sorted(found, key=lambda said: said.at)


def ledger(history: Sequence[Said]) -> dict[str, list[Row]]:
    """What is kept: each word closes the row of the one before."""
    tables: dict[str, list[Row]] = {name: [] for name in facts.TABLES}
    last: dict[tuple[Any, ...], Row] = {}
    for said in history:
        before = last.pop(said.thing, None)
        if before is not None:
            before["superseded_at"] = said.at
        if said.word is not None:
            row = said.about | said.word | {"known_at": said.at, "superseded_at": None}
            if said.table == "reports":
                row["received_at"] = said.at if before is None else before["received_at"]
            last[said.thing] = row
            tables[said.table].append(row)
    return tables


def replay(history: Sequence[Said], until: datetime) -> dict[str, list[Row]]:
    """The last word on each thing, told by somebody who has no times but that of the first report."""
    words: dict[tuple[Any, ...], tuple[str, Row] | None] = {}
    first: dict[tuple[Any, ...], datetime] = {}
    for said in history:
        if said.at <= until:
            first.setdefault(said.thing, said.at)
            words[said.thing] = None if said.word is None else (said.table, said.about | said.word)
    tables: dict[str, list[Row]] = {name: [] for name in facts.TABLES}
    for thing, told in words.items():
        if told is not None:
            table, row = told
            received = {"received_at": first[thing]} if table == "reports" else {}
            tables[table].append(row | received | {"known_at": received.get("received_at", LONG_AGO)})
    return tables


def moved(tables: dict[str, list[Row]], number: int) -> dict[str, list[Row]]:
    """The same history in a sub-district of its own, so that many can be asked of at once."""
    apart = {"subdistrict": f"s{number:03d}"}
    return {
        name: [
            row
            | ({"entity_id": row["entity_id"] + 10 * number} if "entity_id" in row else {})
            | (apart if "subdistrict" in row else {})
            for row in rows
        ]
        for name, rows in tables.items()
    }


def together(worlds: Sequence[dict[str, list[Row]]]) -> facts.Facts:
    numbered = [moved(tables, number) for number, tables in enumerate(worlds)]
    return facts.from_rows(**{name: [row for one in numbered for row in one[name]] for name in facts.TABLES})


@settings(max_examples=150)
@given(histories(), instants)
def test_as_known_then_is_a_replay_of_history(history: list[Said], until: datetime) -> None:
    kept, told = facts.from_rows(**ledger(history)), facts.from_rows(**replay(history, until))
    asked: Any = {"days": DAYS, "as_known": until, "by": ((), ("line",), ("community",))}
    expected = reference.measure(told, PACK, **asked)
    assert reference.measure(kept, PACK, **asked) == expected
    assert engine.measure(kept, PACK, **asked) == expected
    speed: Any = {"days": DAYS[1:], "as_known": until, "scope": [{"community": ["c1"]}]}
    assert velocity.moves(kept, **speed) == walk(told, **speed)


@pytest.mark.spark
@pytest.mark.usefixtures("on_spark")
def test_many_replays_at_once_on_spark() -> None:
    """A question takes Spark a second whatever it is about: so many histories are one world, each in its sub-district."""
    found: list[list[Said]] = []

    @settings(max_examples=TOGETHER, database=None)
    @given(histories())
    def draw(history: list[Said]) -> None:
        found.append(history)

    draw()
    kept = together([ledger(history) for history in found])
    corrected = [said.at for history in found for said in history]
    for until in (sorted(corrected)[len(corrected) // 2], INSTANTS[-1]):
        told = together([replay(history, until) for history in found])
        asked: Any = {"days": DAYS, "as_known": until, "by": ((), ("subdistrict",), ("subdistrict", "line"))}
        assert engine.measure(kept, PACK, **asked) == reference.measure(told, PACK, **asked)
        speed: Any = {"days": DAYS[1:], "as_known": until}
        assert velocity.moves(kept, **speed) == walk(told, **speed)
