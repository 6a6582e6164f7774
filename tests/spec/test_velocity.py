"""The speed of resumption (S15): who resumed, stopped or fell silent on a day, against the day before.

Every drawn spec runs on a slow walk over the reference's places and on DuckDB; test_on_spark.py asks a cluster the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dongche.analytics import reference, velocity
from dongche.analytics.facts import Facts
from dongche.analytics.velocity import Moves
from tests.spec.worlds import DAY, instant, rows, world

FILE = Path(__file__).parents[2] / "packs" / "epidemic-2020" / "velocity.yaml"
KNOWN = instant("03-22 08:00")
Counting = Callable[..., list[Moves]]


def walk(
    facts: Facts,
    *,
    days: Sequence[date],
    as_known: datetime,
    scope: Sequence[Mapping[str, Any]] | None = None,
) -> list[Moves]:
    """What anybody would do: go from place to place and ask each for its day before."""
    found = []
    for day in days:
        before = {
            one.entity_id
            for one in reference.expected_on(facts, day - timedelta(days=1), as_known)
            if one.resumed
        }
        newly = stopped = silent = resumed = 0
        for one in reference.expected_on(facts, day, as_known):
            is_asked = scope is None or any(
                all(one.dimensions[name] in codes for name, codes in each.items()) for each in scope
            )
            if is_asked:
                was = one.entity_id in before
                resumed += one.resumed
                newly += one.resumed and not was
                stopped += was and one.report is not None and not one.resumed
                silent += was and one.report is None
        found.append(Moves(day, newly=newly, stopped=stopped, silent=silent, resumed=resumed))
    return found


@pytest.fixture(params=[walk, velocity.moves], ids=["reference", "duckdb"])
def moves(request: pytest.FixtureRequest) -> Counting:
    counting: Counting = request.param
    return counting


def check(found: list[Moves], drawing: str) -> None:
    seen = [
        {name: str(getattr(one, name)) for name in drawn}
        for one, drawn in zip(found, rows(drawing), strict=True)
    ]
    assert seen == rows(drawing)


STREET = {
    "places": """
        place | community | from_on
        1-8   | north     | 01-01
        9     | south     | 01-01
        10    | north     | 03-20
    """,
    "reports": """
        place | on    | state
        1-3   | 03-19 | open
        4     | 03-19 | part
        5     | 03-19 | closed
        9     | 03-19 | closed
        1     | 03-20 | part
        2     | 03-20 | closed
        5     | 03-20 | open
        6     | 03-20 | open
        7     | 03-20 | closed
        9     | 03-20 | open
        10    | 03-20 | open
    """,
}


def test_each_place_is_held_against_its_own_day_before(moves: Counting) -> None:
    # New: 5 was closed, 6 silent, 10 not there, 9 closed. 2 stopped; 3 and 4 fell silent; 7 was never open.
    found = moves(world(**STREET), days=[DAY - timedelta(days=1), DAY], as_known=KNOWN)
    check(
        found,
        """
            on         | newly | stopped | silent | net | resumed
            2020-03-19 | 4     | 0       | 0      | 4   | 4
            2020-03-20 | 4     | 1       | 2      | 1   | 5
        """,
    )


def test_a_scope_counts_its_own_and_no_scope_at_all_nothing(moves: Counting) -> None:
    known = world(**STREET)
    (south,) = moves(known, days=[DAY], as_known=KNOWN, scope=[{"community": ["south"]}])
    assert (south.newly, south.stopped, south.silent) == (1, 0, 0)
    (nothing,) = moves(known, days=[DAY], as_known=KNOWN, scope=[])
    assert nothing == Moves(DAY)


def test_a_place_that_moved_over_night_is_not_new_and_one_excluded_yesterday_is(moves: Counting) -> None:
    known = world(
        places="""
            place | community | from_on | until_on
            1     | north     | 01-01   | 03-20
            1     | south     | 03-20   |
            2     | south     | 01-01   |
        """,
        exclusions="""
            place | from_on | until_on
            2     | 03-19   | 03-20
        """,
        reports="""
            place | on    | state
            1-2   | 03-19 | open
            1-2   | 03-20 | open
        """,
    )
    (south,) = moves(known, days=[DAY], as_known=KNOWN, scope=[{"community": ["south"]}])
    assert (south.newly, south.resumed) == (1, 2)


def test_a_late_report_of_yesterday_changes_today_from_when_it_was_known(moves: Counting) -> None:
    known = world(
        places="""
            place
            1
        """,
        reports="""
            place | on    | state | known_at
            1     | 03-19 | open  | 03-21 10:00
            1     | 03-20 | open  | 03-20 09:00
        """,
    )
    asked = {"days": [DAY], "scope": None}
    assert moves(known, as_known=instant("03-20 18:00"), **asked)[0].newly == 1
    assert moves(known, as_known=KNOWN, **asked)[0].newly == 0


@pytest.mark.parametrize("scope", [None, [], [{"community": ["south"]}]], ids=["all", "none", "some"])
def test_where_nobody_is_expected_nothing_moves(moves: Counting, scope: Any) -> None:
    known = world(
        places="""
            place | community | until_on
            1     | south     | 03-01
        """
    )
    assert moves(known, days=[DAY], as_known=KNOWN, scope=scope) == [Moves(DAY)]


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(1, 6), st.integers(17, 20), st.sampled_from(["open", "part", "closed"])),
        max_size=20, unique_by=lambda one: one[:2],
    )
)  # fmt: skip
def test_counts_are_those_of_a_walk_through_the_days(told: list[tuple[int, int, str]]) -> None:
    drawn = "\n".join(f"{place} | 03-{day:02d} | {state}" for place, day, state in told)
    known = world(places="place\n1-6", reports=f"place | on | state\n{drawn}" if told else "")
    said = {(place, day): state for place, day, state in told}
    days = [date(2020, 3, day) for day in (18, 19, 20)]
    for one in velocity.moves(known, days=days, as_known=KNOWN):
        newly = stopped = silent = 0
        for place in range(1, 7):
            was = said.get((place, one.on.day - 1)) in ("open", "part")
            now = said.get((place, one.on.day))
            newly += now in ("open", "part") and not was
            stopped += now == "closed" and was
            silent += now is None and was
        assert (one.newly, one.stopped, one.silent) == (newly, stopped, silent)


def test_the_mean_waits_for_its_days_and_rounds_halves_up() -> None:
    found = [Moves(DAY, newly=newly) for newly in (1, 2, 4)]
    assert velocity.means(found, 2) == [None, Decimal("1.5"), Decimal("3.0")]
    assert velocity.means([Moves(DAY, stopped=1), Moves(DAY)], 2)[1] == Decimal("-0.5")


def test_the_pack_says_what_is_counted_from_when() -> None:
    (meaning,) = velocity.load(FILE)
    assert (meaning.mean_days, meaning.covers(DAY), meaning.covers(date(2019, 12, 31))) == (7, True, False)


@pytest.mark.parametrize(
    ("old", "new"), [("versions:", "version:"), ("mean_days: 7", "mean_days: 0"), ("zh-Hans: >-", "zh: >-")]
)
def test_a_file_that_cannot_be_meant_is_refused(old: str, new: str) -> None:
    text = FILE.read_text(encoding="utf-8").replace(old, new)
    with pytest.raises(velocity.VelocityUnreadable):
        velocity.read("velocity.yaml", text)


def test_versions_may_not_overlap() -> None:
    head, body = FILE.read_text(encoding="utf-8").split("versions:\n")
    with pytest.raises(velocity.VelocityUnreadable):
        velocity.read("velocity.yaml", f"{head}versions:\n{body}{body}")
