"""How a figure settled: first published beside now, the places in between, and pages as known then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from dongche.desk.instants import in_address
from dongche.kit import clock
from dongche.registry.models import Entity
from dongche.reporting import figures
from tests.factories.registry import exclude, place
from tests.registry.test_standing import tell
from tests.town import DAY, NOW, Town

# The cut-off is 17:00 in Beijing; the town's evening is 18:00.
CUT_OFF = datetime(2020, 3, 20, 9, tzinfo=UTC)
ON_TIME = CUT_OFF - timedelta(hours=1)
LATE = CUT_OFF + timedelta(minutes=30)
METRIC = ["resumption_rate"]


@pytest.fixture(autouse=True)
def on_the_day():
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def street(town: Town) -> list[Entity]:
    """Four places: on time, on time and put right, late, left out of the figures after the cut-off."""
    shops = [place(town.grid_n1), place(town.grid_n1), place(town.grid_s1), place(town.grid_s1)]
    tell(shops[0], DAY, at=ON_TIME)
    tell(shops[1], DAY, at=ON_TIME, state="closed")
    tell(shops[1], DAY, at=LATE)
    tell(shops[2], DAY, at=LATE + timedelta(minutes=5))
    exclude(shops[3], kind="seasonal", known_at=LATE + timedelta(minutes=9))
    return shops


@pytest.fixture
def desk(client: Client, town: Town) -> Client:
    client.force_login(town.duty)
    return client


def page(desk: Client, **asked: Any) -> Any:
    return desk.get(reverse("desk:settled", args=METRIC), {"on": DAY.isoformat(), **asked}).context["page"]


def test_first_published_stands_beside_now_with_the_places_in_between(desk: Client, street: list[Entity]):
    found = page(desk)
    first, now = found.restated.first, found.restated.now
    assert (first.as_known, first.value, first.numerator, first.denominator) == (
        CUT_OFF,
        Decimal("25.00"),
        1,
        4,
    )
    assert (now.value, now.numerator, now.denominator) == (Decimal("100.00"), 3, 3)
    assert [one.place for one in found.changes] == street[1:]
    assert [(one.numerator, one.denominator) for one in found.changes] == [(1, 0), (1, 0), (0, -1)]
    # What the places add is the whole difference.
    assert sum(one.numerator for one in found.changes) == now.numerator - first.numerator
    assert sum(one.denominator for one in found.changes) == now.denominator - first.denominator
    assert found.curve.series[0].values[-1] == Decimal("100.00")


def test_the_page_says_who_and_when(desk: Client, street: list[Entity]):
    text = desk.get(reverse("desk:settled", args=METRIC), headers={"accept-language": "en"}).content.decode()
    for said in ("Put right: Not open → Open", "Report came late: Open", "Left out of the figures: Seasonally closed",
                 "25.00", "100.00", "20 March 17:30", "+75.00"):  # fmt: skip
        assert said in text, said


def test_as_known_between_the_two(desk: Client, street: list[Entity]):
    found = page(desk, known_at=in_address(LATE + timedelta(minutes=1)))
    assert (found.restated.now.numerator, found.restated.now.denominator) == (2, 4)
    assert [one.place for one in found.changes] == street[1:2]


def test_before_the_cut_off_nothing_has_been_published(desk: Client, street: list[Entity]):
    assert page(desk, known_at=in_address(ON_TIME)).restated is None


def test_an_officer_of_a_grid_is_told_of_their_places(client: Client, town: Town, street: list[Entity]):
    client.force_login(town.n1)
    found = page(client)
    assert [one.place for one in found.changes] == street[1:2]
    assert (found.count, found.hidden) == (1, 0)


def test_the_sheet_names_the_same_places(desk: Client, street: list[Entity]):
    answer = desk.get(reverse("desk:settled-export", args=METRIC))
    rows = CalamineWorkbook.from_filelike(BytesIO(b"".join(answer.streaming_content))).get_sheet_by_index(0)  # type: ignore[arg-type]
    assert [row[0] for row in rows.to_python()[1:]] == [shop.number for shop in street[1:]]


@pytest.mark.parametrize("name", ["overview", "definitions", "brief", "comparison-export", "definitions-export",
                                  "brief-markdown", "brief-pdf"])  # fmt: skip
def test_every_page_of_a_day_can_be_asked_as_known_then(desk: Client, street: list[Entity], name: str):
    answer = desk.get(reverse(f"desk:{name}"), {"known_at": in_address(CUT_OFF)})
    assert answer.status_code == 200
    if name == "overview":
        assert answer.context["overview"].tiles[0].value == Decimal("25.00")
    if name == "definitions":
        assert answer.context["meanings"][0].figure.value == Decimal("25.00")
    if name == "brief":
        assert answer.context["brief"].as_known == CUT_OFF
    answer.close()


def test_the_overview_says_what_was_restated(desk: Client, street: list[Entity]):
    address = reverse("desk:overview")
    found = {one.restated.now.metric: one for one in desk.get(address).context["overview"].restated}
    assert found["resumption_rate"].restated.first.value == Decimal("25.00")
    assert desk.get(found["resumption_rate"].url).status_code == 200


@pytest.mark.parametrize(
    "given", ["yesterday", "2020-03-20T18:30", "1999-01-01T00:00", "9999-12-31T23:59-23:59"]
)
def test_a_time_of_which_nothing_is_known_is_refused(desk: Client, town: Town, given: str):
    answer = desk.get(reverse("desk:overview"), {"known_at": given})
    assert answer.status_code == 400
    assert "desk.not_an_instant" in answer.content.decode()


def test_pages_cost_the_same_for_one_place_as_for_many(
    desk: Client, town: Town, street: list[Entity], django_assert_max_num_queries: Any
):
    address = reverse("desk:settled", args=METRIC)
    desk.get(address)
    with django_assert_max_num_queries(45) as few:
        desk.get(address)
    for _ in range(5):
        tell(place(town.grid_n1), DAY, at=LATE)
    figures.forget()
    with django_assert_max_num_queries(len(few)):
        assert len(desk.get(address).context["page"].changes) == 8
