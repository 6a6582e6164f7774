"""The ladder as pages: how many stand where, the list behind each number, what an officer saw put down."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from dongche.kit import clock
from dongche.registry.models import Standing
from tests.factories.registry import exclude, place
from tests.registry.test_standing import tell
from tests.town import DAY, NOW, Town


@pytest.fixture(autouse=True)
def on_the_day():
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def street(town: Town) -> list[Any]:
    shops = [
        place(town.grid_n1),
        place(town.grid_n1, "supermarket"),
        place(town.grid_s1),
        place(town.grid_s1),
    ]
    tell(shops[0], DAY)
    tell(shops[1], DAY, output_fen=5, output_normal_fen=5)
    exclude(shops[2], kind="deregistered")
    return shops


def signed_in(client: Client, officer: Any) -> Client:
    client.force_login(officer)
    return client


@pytest.mark.parametrize("by", ["community", "line", "category", "focus", "size", "nonsense"])
def test_every_number_leads_to_as_many_places(client: Client, town: Town, street: list[Any], by: str) -> None:
    page = signed_in(client, town.duty).get(reverse("desk:standing"), {"by": by}).context["ladder"]
    assert page.total.total == 4 == sum(row.total for row in page.rows)
    for row in (*page.rows, page.total):
        for rung in row.rungs:
            listed = client.get(rung.url).context
            assert listed["form"].total() == rung.count == len(listed["rows"])


def test_who_answers_for_a_grid_counts_its_places_only(client: Client, town: Town, street: list[Any]) -> None:
    page = signed_in(client, town.s1).get(reverse("desk:standing"))
    assert page.context["ladder"].total.total == 2


def test_the_page_costs_the_same_for_one_place_as_for_many(
    client: Client, town: Town, street: list[Any], django_assert_max_num_queries: Any
) -> None:
    signed_in(client, town.duty)
    with django_assert_max_num_queries(20) as few:
        client.get(reverse("desk:standing"))
    for _ in range(6):
        tell(place(town.grid_n1), DAY)
    with django_assert_max_num_queries(len(few)):
        client.get(reverse("desk:standing"))


def test_the_sheet_holds_what_the_page_shows(client: Client, town: Town, street: list[Any]) -> None:
    file = b"".join(signed_in(client, town.duty).get(reverse("desk:standing-export")).streaming_content)  # type: ignore[arg-type]
    rows = CalamineWorkbook.from_filelike(BytesIO(file)).get_sheet_by_index(0).to_python()
    assert rows[-1][-1] == 4
    assert [row[-1] for row in rows[1:]] == [2, 2, 4]


def test_an_officer_puts_down_what_they_saw_and_takes_it_back(
    client: Client, town: Town, street: list[Any]
) -> None:
    signed_in(client, town.n1)
    url = reverse("registry:place-standing", args=[street[0].number])
    assert client.get(url).status_code == 200
    values = {"step": "suspended", "on": DAY.isoformat(), "source": "visited", "reason": ""}
    assert client.post(url, values).status_code == 422
    assert client.post(url, values | {"on": "2021-01-01", "reason": "大门紧锁"}).status_code == 422
    assert client.post(url, values | {"reason": "大门紧锁"}).status_code == 302
    shown = client.get(reverse("desk:place", args=[street[0].number])).content.decode()
    assert "大门紧锁" in shown
    (link,) = re.findall(rf"{url}\d+/", shown)
    assert client.post(link, {"reason": "wrong door"}).status_code == 302
    assert client.post(link, {}).status_code == 422
    assert Standing.objects.get(superseded_at=None, entity=street[0]).step == "resumed"


def test_a_place_of_another_grid_is_not_there(client: Client, town: Town, street: list[Any]) -> None:
    signed_in(client, town.n1)
    assert client.get(reverse("registry:place-standing", args=[street[3].number])).status_code == 404


def test_who_only_reads_puts_nothing_down(client: Client, town: Town, street: list[Any]) -> None:
    signed_in(client, town.leader1)
    url = reverse("registry:place-standing", args=[street[0].number])
    assert client.post(url, {}).status_code == 403


def test_the_list_shows_the_standing_of_each_place(client: Client, town: Town, street: list[Any]) -> None:
    page = signed_in(client, town.duty).get(
        reverse("desk:places"), {"columns": "name,standing"}, headers={"accept-language": "en"}
    )
    shown = {row.place.pk: row.standing for row in page.context["rows"]}
    words = ["Resumed", "At capacity", "Closed for good", "Nothing known"]
    assert [shown[one.pk] for one in street] == words
