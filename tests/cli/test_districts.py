"""Commands over several sub-districts, and a place behind a code that was withdrawn."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dongche.registry import actions
from tests import district as founding
from tests.cli.conftest import Answer
from tests.factories.registry import place
from tests.town import BY, NOW, Town

Command = Callable[..., Answer]
DAY = "2020-03-20"


@pytest.fixture
def two(town: Town) -> founding.District:
    made = founding.build(town)
    founding.fill(made)
    return made


def test_coverage_gives_each_sub_district_and_they_add_up(dongche: Command, two: founding.District) -> None:
    found = dongche("coverage", "--on", DAY, "--json").json
    parts = [
        (one["subdistrict"], one["places"], one["covered"], one["percent"]) for one in found["subdistricts"]
    ]
    assert parts == [("370203800000", 4, 2, "50.00"), ("370203900000", 6, 6, "100.00")]
    assert (found["places"], found["covered"]) == (10, 8)
    told = dongche("coverage", "--on", DAY)
    assert (told.code, "Hillside" in told.out, "Lakeside" in told.out) == (1, True, True)


def test_metrics_by_sub_district_are_ratios_of_sums(dongche: Command, two: founding.District) -> None:
    found = dongche(
        "metrics", "--on", DAY, "--by", "subdistrict", "--metric", "resumption_rate", "--json"
    ).json
    assert [(one["scope"].get("subdistrict"), one["value"], one["numerator"]) for one in found] == [
        (None, "40.00", 4),
        ("370203800000", "25.00", 1),
        ("370203900000", "50.00", 3),
    ]


def test_who_answers_in_the_sub_district_of_the_place(dongche: Command, two: founding.District) -> None:
    found = dongche("who", "山麓超市", "--on", DAY, "--json").json
    assert [(row["role"], row["officer"]) for row in found["responsible"]] == [
        ("served_by", "h1"),
        ("managed_by", "hill_market"),
        ("responsible", "hill_north"),
        ("sponsor", "hill_leader"),
    ]


def test_who_knows_a_withdrawn_code_and_keeps_the_new_one(dongche: Command, town: Town) -> None:
    shop = place(town.grid_n1, name="示例青禾面馆")
    old = shop.code
    new = actions.revoke_code(entity=shop, reason="card lost", by=BY, at=NOW).code
    told = dongche("who", old, "--on", DAY)
    assert (told.code, "withdrawn on 2020-03-20 18:00" in told.out, "Officer n1" in told.out) == (
        0,
        True,
        True,
    )
    found = dongche("who", old, "--on", DAY, "--json")
    assert found.json["code_withdrawn_at"] == NOW.isoformat()
    assert new not in told.out + found.out
    assert dongche("who", new, "--on", DAY, "--json").json["code_withdrawn_at"] is None
