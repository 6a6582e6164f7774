"""What programs read of publications: the list, the text byte for byte, and whether it still comes out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from dongche.registry.models import Entity
from dongche.reporting import publishing
from dongche.reporting.models import Publication
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.town import DAY, NOW, Town

Ask = Callable[..., Client]
ADDRESS = "/api/v1/publications"


def publish(town: Town, **given: object) -> Publication:
    asked = {"unit": town.subdistrict, "on": DAY, "speaker": "王某", "reason": "", "by": town.duty}
    return publishing.publish(**asked | {"at": NOW, "as_known": NOW - timedelta(minutes=2)} | given)


@pytest.fixture
def silent(town: Town) -> Entity:
    """A place that has not reported when figures are published."""
    return place(town.grid_n1)


@pytest.fixture
def published(town: Town, shop: Entity, silent: Entity) -> list[Publication]:
    """Twice for the sub-district, the second withdrawn; once for North."""
    report(shop, known_at=NOW - timedelta(hours=1))
    first = publish(town)
    second = publish(town, reason="a place too many")
    north = publish(town, unit=town.north_community, by=town.north)
    publishing.withdraw(
        unit=town.subdistrict, on=DAY, speaker="王某", reason="all wrong", by=town.duty, at=NOW, after=2
    )
    return [first, second, north]


def test_the_list_says_who_said_what_and_whether_it_stands(
    ask: Ask, published: list[Publication], town: Town
):
    answer = ask("duty").get(ADDRESS).json()
    assert answer["next"] is None
    rows = {(row["unit"], row["number"]): row for row in answer["items"]}
    assert set(rows) == {(town.subdistrict.code, n) for n in (1, 2, 3)} | {(town.north_community.code, 1)}
    second = rows[town.subdistrict.code, 2]
    assert (second["kind"], second["speaker"], second["reason"]) == ("correction", "王某", "a place too many")
    assert second["previous"] == rows[town.subdistrict.code, 1]["digest"] == published[0].digest
    assert [key for key, row in rows.items() if row["is_current"]] == [(town.north_community.code, 1)]
    assert rows[town.north_community.code, 1]["level"] == "community"


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("current=true", [1]),
        ("current=false", [3, 2, 1]),
        (f"from_on={DAY}&limit=2", [3, 1]),
        (f"until_on={DAY}", []),
        ("unit=nowhere", []),
    ],
)
def test_it_is_narrowed_and_paged(ask: Ask, published: list[Publication], query: str, numbers: list[int]):
    answer = ask("duty").get(f"{ADDRESS}?{query}").json()
    assert [row["number"] for row in answer["items"]] == numbers
    if answer["next"]:
        more = ask("duty").get(f"{ADDRESS}?{query}&cursor={answer['next']}").json()
        assert [row["number"] for row in more["items"]] == [2, 1]


def test_the_text_is_given_byte_for_byte_and_never_again(ask: Ask, published: list[Publication]):
    one = published[1]
    answer = ask("duty").get(f"{ADDRESS}/{one.digest}")
    assert hashlib.sha256(answer.content).hexdigest() == one.digest
    assert (answer["ETag"], "immutable" in answer["Cache-Control"]) == (f'"{one.digest}"', True)
    again = ask("duty").get(f"{ADDRESS}/{one.digest}", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_it_is_computed_anew(ask: Ask, published: list[Publication], silent: Entity):
    report(silent, known_at=NOW)
    for one in published:
        verdict = ask("duty").get(f"{ADDRESS}/{one.digest}/verification").json()
        assert (verdict["intact"], verdict["reproduced"], verdict["differing"]) == (True, True, [])
        assert verdict["digest"] == verdict["digest_anew"] == one.digest


def test_a_fact_that_was_slipped_under_is_named_cell_by_cell(
    ask: Ask, published: list[Publication], silent: Entity
):
    report(silent, known_at=NOW - timedelta(hours=2))
    verdict = ask("duty").get(f"{ADDRESS}/{published[0].digest}/verification").json()
    assert (verdict["intact"], verdict["reproduced"]) == (True, False)
    cell = next(
        one
        for one in verdict["differing"]
        if (one["published"]["metric"], one["published"]["scope"]) == ("resumption_rate", {})
    )
    assert (cell["published"]["numerator"], cell["anew"]["numerator"]) == (1, 2)


@pytest.mark.parametrize("address", ["", "/verification"])
def test_nobody_reads_what_was_published_for_others(ask: Ask, published: list[Publication], address: str):
    whole, north = published[0].digest, published[2].digest
    assert ask("north").get(f"{ADDRESS}/{north}{address}").status_code == 200
    assert ask("south").get(f"{ADDRESS}/{north}{address}").status_code == 404
    assert ask("south").get(f"{ADDRESS}/{whole}{address}").status_code == 404
    assert ask("duty").get(f"{ADDRESS}/{'0' * 64}{address}").status_code == 404
    assert ask("south").get(ADDRESS).json()["items"] == []
