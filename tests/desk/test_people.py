"""The organisation as drawn, and each officer's day, seen by those it belongs to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dongche.desk import my_day, organisation
from dongche.org import actions
from dongche.org.models import Leave
from dongche.registry.actions import assign_places, prove_coverage
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.town import BY, DAY, NOW, Town


@pytest.fixture
def street(town: Town) -> list[Any]:
    """Two shops and a market in North 1, one of them reported; one shop in South 2."""
    shops = [
        place(town.grid_n1),
        place(town.grid_n1),
        place(town.grid_n1, "supermarket"),
        place(town.grid_s2),
    ]
    report(shops[0])
    return shops


def test_the_chart_shows_every_post_with_its_load(town: Town, street: list[Any]) -> None:
    drawn = organisation.build(town.duty, DAY)
    assert drawn is not None
    assert [
        (part.unit.name, part.places, [h.officer.username for h in part.holders]) for part in drawn.lines
    ] == [
        ("Economy", 0, ["economy"]),
        ("Enforcement", 0, ["enforcement"]),
        ("Market", 1, ["market"]),
        ("Emergency", 0, ["emergency"]),
        ("Affairs", 3, ["affairs"]),
    ]
    north, south = drawn.blocks
    assert (north.places, north.sponsor and north.sponsor.officer, south.places) == (3, town.leader1, 1)
    assert [(grid.unit.code, grid.places, grid.holders[0].load) for grid in north.parts] == [
        (town.grid_n1.code, 3, 3),
        (town.grid_n2.code, 0, 0),
    ]
    assert [[cell.count for cell in cells] for _line, cells, _total in drawn.matrix] == [
        [0, 0], [0, 0], [1, 0], [0, 0], [2, 1],
    ]  # fmt: skip
    assert (drawn.vacant, len(drawn.map.areas["features"])) == (0, 4)


def test_the_chart_says_who_is_away_and_who_acts(town: Town, street: list[Any]) -> None:
    back = DAY + timedelta(days=2)
    actions.take_leave(officer=town.n1, substitute=town.n2, from_on=DAY, until_on=back, by=BY, at=NOW)
    actions.end_post(post=town.s1.posts.get(), until_on=DAY, by=BY, at=NOW)
    drawn = organisation.build(town.duty, DAY)
    assert drawn is not None
    n1 = drawn.blocks[0].parts[0].holders[0]
    assert (n1.is_away, n1.acting, n1.back_on) == (True, town.n2, back)
    assert drawn.vacant == 1


def test_whoever_serves_nowhere_sees_no_chart(town: Town) -> None:
    stranger = actions.create_officer(username="stranger", name="Stranger", by=BY, at=NOW)
    assert organisation.build(stranger, DAY) is None
    assert organisation.build(town.duty, DAY, "999999999999") is None


@pytest.mark.parametrize("view", ["chart", "matrix", "map", "nonsense"])
def test_each_view_of_the_organisation_is_a_page(at_desk: Client, street: list[Any], view: str) -> None:
    page = at_desk.get(reverse("desk:organisation"), {"view": view}, headers={"accept-language": "en"})
    assert page.status_code == 200
    assert "1990000" not in page.content.decode()  # phones are masked
    assert page.context["view"] == (view if view != "nonsense" else "chart")


def test_the_organisation_takes_the_same_queries_for_any_number_of_places(
    at_desk: Client, town: Town, street: list[Any], django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        place(town.grid_n2)
    with django_assert_max_num_queries(20):
        at_desk.get(reverse("desk:organisation"))


@pytest.mark.parametrize(
    ("username", "by", "places", "missing"),
    [
        ("duty", "line", 4, 3),
        ("leader1", "community", 3, 2),
        ("affairs", "community", 3, 2),
        ("north", "grid", 3, 2),
        ("n1", "", 3, 2),
        ("n2", "", 0, 0),
    ],
)
def test_the_day_is_that_of_ones_posts(
    town: Town, street: list[Any], username: str, by: str, places: int, missing: int, client: Client
) -> None:
    client.force_login(town.officers[username])
    day = client.get(reverse("desk:my-day")).context["day"]
    assert (day.by, day.places, day.missing, len(day.asks)) == (by, places, missing, missing)
    assert sum(share.missing for share in day.shares) == (missing if by else 0)
    for share in day.shares:
        assert len(client.get(share.missing_url).context["rows"]) == share.missing


def test_a_substitute_has_the_day_of_both(town: Town, street: list[Any]) -> None:
    actions.take_leave(officer=town.n1, substitute=town.n2, from_on=DAY, by=BY, at=NOW)
    day = my_day.build(town.n2, DAY)
    assert [(one.post.unit, one.instead_of) for one in day.held] == [
        (town.grid_n2, None),
        (town.grid_n1, town.n1),
    ]
    assert (day.places, [leave.officer for leave in day.away]) == (3, [town.n1])
    assert Leave.objects.count() == 1


def test_what_one_has_to_mend_is_on_ones_day(town: Town, street: list[Any], client: Client) -> None:
    actions.end_post(post=town.n1.posts.get(), until_on=DAY, by=BY, at=NOW)
    prove_coverage(subdistrict=town.subdistrict, on=DAY, by=BY, at=NOW)
    client.force_login(town.north)
    (todo,) = client.get(reverse("desk:my-day")).context["day"].work
    assert (todo.is_late, len(client.get(todo.url).context["rows"])) == (False, 3)
    assert my_day.build(town.south, DAY).work == []


def test_a_leaders_day_lists_the_enterprises_they_keep_contact_with(town: Town, street: list[Any]) -> None:
    firm = place(town.grid_s1, "enterprise", focus="key_enterprise", name="示例重点企业")
    assign_places(entities=[firm], officer=town.leader1, role="contact", from_on=DAY, by=BY, at=NOW)
    assert [ask.place for ask in my_day.build(town.leader1, DAY).firms] == [firm]


def test_without_a_post_the_day_says_whom_to_ask(town: Town, client: Client) -> None:
    client.force_login(actions.create_officer(username="stranger", name="Stranger", by=BY, at=NOW))
    assert client.get(reverse("desk:my-day")).status_code == 403
    admin = actions.create_officer(username="root", name="Root", is_superuser=True, by=BY, at=NOW)
    client.force_login(admin)
    page = client.get(reverse("desk:my-day"), headers={"accept-language": "en"})
    assert "You hold no post today" in page.content.decode()
