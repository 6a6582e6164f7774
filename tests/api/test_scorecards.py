"""What programs read of the scorecards and of the contribution to district and city: what the pages show."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from dongche.registry.models import Entity
from dongche.reporting import superior
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.town import DAY, NOW, Town

Ask = Callable[..., Client]
ADDRESS = "/api/v1/scorecards"


@pytest.fixture
def reported(town: Town, shop: Entity) -> Entity:
    report(shop, known_at=NOW, staff_due=4, staff_at_post=3, output_fen=100_00, output_normal_fen=200_00)
    report(place(town.grid_s1, "street_shop", size="large", name="别处的店"), "closed", known_at=NOW)
    return shop


def test_both_cards_of_a_day_with_parts_and_what_is_missing(ask: Ask, reported: Entity) -> None:
    answer = ask("duty").get(ADDRESS, {"on": DAY.isoformat()}).json()
    assert (answer["on"], answer["as_known"], answer["places"]) == ("2020-03-20", None, 2)
    cards = {card["code"]: {line["code"]: line for line in card["lines"]} for card in answer["cards"]}
    assert set(cards) == {"economy", "control"}
    rate = cards["economy"]["resumption_rate"]
    assert (rate["value"], rate["numerator"], rate["denominator"]) == ("50.00", 1, 2)
    relief = cards["economy"]["relief"]
    assert (relief["value"], relief["count"], bool(relief["missing"])) == (None, None, True)
    mine = ask("n1").get(ADDRESS, {"on": DAY.isoformat()}).json()
    assert mine["places"] == 1
    assert ask("duty").get(ADDRESS, {"size": "large"}).json()["places"] == 1


def test_the_contribution_says_whose_total_and_its_source(ask: Ask, reported: Entity, town: Town) -> None:
    superior.give(
        subdistrict=town.subdistrict, level="district", on=DAY, amounts={"resumed": 8}, source="区日报", seen={},
        by=town.duty, at=NOW,
    )  # fmt: skip
    answer = ask("duty").get(f"{ADDRESS}/contribution").json()
    rows = {(row["level"], row["quantity"]): row for row in answer["shares"]}
    assert rows["district", "resumed"] == {
        "part": "", "level": "district", "quantity": "resumed", "own": 1, "total": 8, "share": "12.50",
        "source": "区日报",
    }  # fmt: skip
    assert (rows["city", "resumed"]["total"], rows["city", "resumed"]["share"]) == (None, None)


@pytest.mark.parametrize("where", ["", "/contribution"])
@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ("?on=2020-03-21", 422, "reporting.day_to_come"),
        ("?size=giant", 400, "desk.unknown_filter"),
        ("?subdistrict=000000000", 404, "web.not_found"),
        ("?sise=large", 422, "web.bad_value"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    ask: Ask, town: Town, where: str, asked: str, status: int, code: str
) -> None:
    answer = ask("duty").get(ADDRESS + where + asked)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
