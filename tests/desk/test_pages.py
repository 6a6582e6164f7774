"""Each page for its own officer, a superior, a neighbour, a stranger; and what it shows."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from dongche.org import actions
from tests.factories.registry import exclude, place
from tests.factories.reporting import report
from tests.town import BY, DAY, NOW, Town

PAGES = (
    "desk:overview",
    "desk:places",
    "desk:places-export",
    "desk:places-cards",
    "desk:coverage",
    "desk:coverage-export",
    "desk:brief",
)


@pytest.fixture
def street(town: Town) -> dict[str, Any]:
    """Five places: two open, one closed, one silent, one excluded."""
    places = {
        "open": place(town.grid_n1, name="天顺餐饮"),
        "market": place(town.grid_n2, "farm_produce_market", name="临湖农贸市场"),
        "closed": place(town.grid_s1, name="湖畔书店"),
        "silent": place(town.grid_s2, "enterprise", focus="key_enterprise", section="C", name="示范机械"),
        "out": place(town.grid_s2, name="季节冷饮"),
    }
    report(places["open"], staff_due=10, staff_at_post=8, output_fen=150_00, output_normal_fen=100_00)
    report(places["market"], "part", staff_due=30, staff_at_post=12)
    report(places["closed"], "closed", staff_due=4, staff_at_post=0)
    exclude(places["out"])
    return places


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_sign_in_and_refuses_a_wrong_method(town: Town, client: Client, name: str) -> None:
    url = reverse(name)
    anonymous = client.get(url)
    assert (anonymous.status_code, anonymous["Location"]) == (302, f"{reverse('sign-in')}?next={url}")
    client.force_login(town.duty)
    assert client.post(url).status_code == 405


def test_coverage_is_refused_to_a_grid_worker_with_the_duty_it_needs(town: Town, client: Client) -> None:
    client.force_login(town.n1)
    refused = client.get(reverse("desk:coverage"), headers={"accept-language": "en"})
    assert refused.status_code == 403
    assert "org.coverage" in refused.content.decode()


def test_the_overview_shows_the_figures_with_their_parts(at_desk: Client, street: dict[str, Any]) -> None:
    page = at_desk.get(reverse("desk:overview"), headers={"accept-language": "en"}).content.decode()
    assert "2 of 4 places" in page
    assert "50.00" in page
    assert "150.00" in page
    assert "20 of 44 staff" in page
    assert "1 place has not reported" in page
    assert "示范机械" in page


def test_the_curve_draws_the_plan_and_forecasts_nothing_that_cannot_be_judged(
    at_desk: Client, street: dict[str, Any]
) -> None:
    curve = at_desk.get("/desk/", headers={"accept-language": "en"}).context["overview"].curve
    assert [line.name for line in curve.series] == ["Actual", "Plan"]
    assert curve.series[1].values[-1] == Decimal("83.12")  # of 80 on 15 March and 90 on 31 March
    assert curve.note == ""  # reports of one day only


def test_a_curve_of_some_weeks_goes_on_with_a_band(at_desk: Client, street: dict[str, Any]) -> None:
    for ago in range(1, 22):
        report(street["open"], on=DAY - timedelta(days=ago))
    response = at_desk.get("/desk/", headers={"accept-language": "en"})
    curve = response.context["overview"].curve
    actual, _plan, ahead = curve.series
    assert len(curve.labels) == len(ahead.values) == len(actual.values) + 7
    assert ahead.values[len(actual.values) - 1] == actual.values[-1]
    assert all(
        low <= value <= high
        for low, value, high in zip(ahead.low[-7:], ahead.values[-7:], ahead.high[-7:], strict=True)
    )
    assert "exponential smoothing with a damped trend" in response.content.decode()


def test_an_overview_without_places_leads_to_the_import(at_desk: Client) -> None:
    page = at_desk.get(reverse("desk:overview"), headers={"accept-language": "en"}).content.decode()
    assert "No places yet" in page
    assert reverse("registry:import") in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"天顺餐饮", "临湖农贸市场", "湖畔书店", "示范机械", "季节冷饮"}),
        ("q=餐饮", {"天顺餐饮"}),
        ("state=not_reported", {"示范机械"}),
        ("state=resumed", {"天顺餐饮", "临湖农贸市场"}),
        ("state=closed", {"湖畔书店"}),
        ("state=excluded", {"季节冷饮"}),
        ("category=farm_produce_market", {"临湖农贸市场"}),
        ("focus=key_enterprise", {"示范机械"}),
        ("focus=none&state=expected", {"天顺餐饮", "临湖农贸市场", "湖畔书店"}),
        ("section=C", {"示范机械"}),
        ("community=370203900001", {"天顺餐饮", "临湖农贸市场"}),
        ("grid=370203900002001", {"湖畔书店"}),
        ("line=370203900000L03", {"临湖农贸市场"}),
        ("line=370203900000L01&state=not_reported", {"示范机械"}),
        ("on=2020-03-19&state=not_reported", {"天顺餐饮", "临湖农贸市场", "湖畔书店", "示范机械"}),
        ("size=unknown&q=书店", {"湖畔书店"}),
    ],
)
def test_filters_in_the_address_leave_exactly_their_places(
    at_desk: Client, street: dict[str, Any], query: str, names: set[str]
) -> None:
    page = at_desk.get(f"{reverse('desk:places')}?{query}")
    assert {row.place.name for row in page.context["rows"]} == names
    book = openpyxl.load_workbook(
        io.BytesIO(at_desk.get(f"{reverse('desk:places-export')}?{query}").getvalue())
    )
    assert {row[1].value for row in book.active.iter_rows(min_row=2) if row[1].value} - {
        "名称",
        "Name",
    } == names


def test_cards_are_printed_for_exactly_the_listed_places(at_desk: Client, street: dict[str, Any]) -> None:
    page = at_desk.get(f"{reverse('desk:places-cards')}?state=not_reported")
    assert [card.name for card in page.context["cards"]] == ["示范机械"]
    assert not page.context["is_cut"]


def test_every_figure_of_the_matrix_opens_as_many_rows_as_it_counted(
    at_desk: Client, street: dict[str, Any]
) -> None:
    overview = at_desk.get(reverse("desk:overview")).context["overview"]
    totals = {column.label: column.url for column in overview.matrix.columns}
    counts = {label: at_desk.get(url).context["pager"].total for label, url in totals.items()}
    assert counts == {"North": 2, "South": 2}
    tile = overview.tiles[0]
    assert tile.explained.numerator == at_desk.get(tile.url).context["pager"].total


def test_an_unknown_choice_gives_no_rows_and_says_why(at_desk: Client, street: dict[str, Any]) -> None:
    page = at_desk.get(f"{reverse('desk:places')}?category=castle")
    assert page.context["rows"] == []
    assert "castle" in page.content.decode()


@pytest.mark.parametrize("query", ["on=2020-13-40", "on=1999-01-01", "on=2030-01-01"])
def test_a_day_outside_the_campaign_is_refused_in_words(at_desk: Client, query: str) -> None:
    refused = at_desk.get(f"{reverse('desk:overview')}?{query}", headers={"accept-language": "en"})
    assert refused.status_code == 400
    assert "is not a day between" in refused.content.decode()


def test_the_list_takes_the_same_queries_for_a_page_of_any_length(
    at_desk: Client, town: Town, django_assert_max_num_queries: Any
) -> None:
    for n in range(55):
        report(place(town.grid_n1, name=f"商铺{n:03d}"))
    with django_assert_max_num_queries(25):
        page = at_desk.get(reverse("desk:places"))
    assert len(page.context["rows"]) == 50
    assert page.context["pager"].total == 55
    following = at_desk.get(f"{reverse('desk:places')}?after={page.context['pager'].next}")
    assert len(following.context["rows"]) == 5


def test_htmx_gets_the_list_alone(at_desk: Client, street: dict[str, Any]) -> None:
    fragment = at_desk.get(
        f"{reverse('desk:places')}?q=书店", headers={"HX-Request": "true"}
    ).content.decode()
    assert "湖畔<mark>书店</mark>" in fragment
    assert "<html" not in fragment


@pytest.mark.parametrize(
    ("username", "expected"),
    [("duty", 200), ("north", 200), ("leader1", 200), ("n1", 200), ("affairs", 200), ("south", 404), ("n2", 404),
     ("leader2", 404), ("market", 404)],
)  # fmt: skip
def test_a_place_opens_for_those_whose_duty_it_is(
    town: Town, client: Client, street: dict[str, Any], username: str, expected: int
) -> None:
    client.force_login(town.officers[username])
    assert client.get(reverse("desk:place", args=[street["open"].number])).status_code == expected


def test_a_place_shows_who_answers_for_it_and_by_which_rule(at_desk: Client, street: dict[str, Any]) -> None:
    page = at_desk.get(reverse("desk:place", args=[street["market"].number]))
    people = {person.role: (person.officer.username, person.why) for person in page.context["dossier"].people}
    assert [officer for officer, _why in people.values()] == ["n2", "market", "north", "leader1"]
    assert all(why for _officer, why in people.values())
    assert "S25" in page.content.decode()


def test_a_leader_sees_the_contact_masked_and_a_serving_officer_in_full(town: Town, client: Client) -> None:
    shop = place(town.grid_n1, contact_phone="13912345678")
    url = reverse("desk:place", args=[shop.number])
    for other in (town.leader1, town.north, town.duty):
        client.force_login(other)
        masked = client.get(url).content.decode()
        assert "139******78" in masked
        assert "13912345678" not in masked
    client.force_login(town.n1)
    assert "13912345678" in client.get(url).content.decode()


def test_coverage_proves_or_lists_and_each_gap_opens_its_places(
    at_desk: Client, town: Town, street: dict[str, Any]
) -> None:
    proved = at_desk.get(reverse("desk:coverage"), headers={"accept-language": "en"})
    assert "All 4 places have somebody in every role." in proved.content.decode()
    actions.end_post(post=town.n1.posts.get(), until_on=DAY, by=BY, at=NOW)
    actions.end_sponsorship(sponsorship=town.leader2.sponsorships.get(), until_on=DAY, by=BY, at=NOW)
    page = at_desk.get(reverse("desk:coverage"))
    listed = [
        {row.place.name for row in at_desk.get(gap.url).context["rows"]} for gap in page.context["proof"].gaps
    ]
    assert listed == [{"湖畔书店", "示范机械"}, {"天顺餐饮"}]
    book = openpyxl.load_workbook(io.BytesIO(at_desk.get(reverse("desk:coverage-export")).getvalue()))
    found = {cell.value for row in book.active.iter_rows() for cell in row}
    assert {"湖畔书店", "示范机械", "天顺餐饮"} <= found
    assert "临湖农贸市场" not in found
    assert book.sheetnames == ["缺口", "工作量", "未负责任何场所"]


def test_looking_for_gaps_now_opens_work_that_the_page_shows(
    at_desk: Client, client: Client, town: Town, street: dict[str, Any]
) -> None:
    actions.end_post(post=town.n1.posts.get(), until_on=DAY, by=BY, at=NOW)
    assert at_desk.get(reverse("desk:coverage")).context["proof"].work == []
    answer = at_desk.post(reverse("desk:coverage-check"), follow=True)
    (work,) = answer.context["proof"].work
    assert (work.item.officer, work.count, work.is_late) == (town.north, 1, False)
    assert "Officer north" in answer.content.decode()
    assert at_desk.get(reverse("desk:coverage-check")).status_code == 405
    client.force_login(town.north)
    assert client.post(reverse("desk:coverage-check")).status_code == 403


def test_a_gap_that_is_none_is_refused(at_desk: Client) -> None:
    assert at_desk.get(f"{reverse('desk:places')}?gap=king:missing:").status_code == 404


def test_no_page_shows_a_place_outside_the_officers_scope(
    town: Town, client: Client, street: dict[str, Any]
) -> None:
    client.force_login(town.n1)
    for name in ("desk:overview", "desk:places", "desk:brief"):
        text = client.get(reverse(name)).content.decode()
        assert not {n for n in ("湖畔书店", "示范机械", "季节冷饮", "临湖农贸市场") if n in text}, name
    book = openpyxl.load_workbook(io.BytesIO(client.get(reverse("desk:places-export")).getvalue()))
    cells = " ".join(str(cell.value) for row in book.active.iter_rows() for cell in row)
    assert "天顺餐饮" in cells
    assert not re.search("湖畔书店|示范机械|季节冷饮|临湖农贸市场", cells)


def test_the_brief_can_be_taken_away_as_pdf_and_markdown(at_desk: Client, street: dict[str, Any]) -> None:
    pdf = at_desk.get(reverse("desk:brief-pdf"))
    assert pdf.content.startswith(b"%PDF")
    markdown = at_desk.get(reverse("desk:brief-markdown")).content.decode()
    assert "50.00%" in markdown
