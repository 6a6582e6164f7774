"""The list behind a figure of a past day holds the places that it counted, by the line rules of that day."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from dongche.desk import my_day
from dongche.org import actions
from dongche.registry.actions import assign_places, change_place
from dongche.registry.queries import Places, coverage, version_of
from dongche.reporting import brief, figures
from tests.desk.test_links import length, length_of
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.town import BY, DAY, NOW, Town

BEFORE = DAY - timedelta(days=1)


@pytest.fixture
def moved(town: Town) -> dict[str, Any]:
    """Street shops are the affairs department's until yesterday, the market department's from today on."""
    places = {
        "shop": place(town.grid_n1, name="临湖面馆"),
        "late": place(town.grid_s1, name="临湖书店"),
        "market": place(town.grid_n2, "supermarket", name="临湖超市"),
        "firm": place(town.grid_s2, "enterprise", name="临湖机械"),
    }
    for on in (BEFORE, DAY):
        report(places["shop"], on=on, known_at=NOW)
        report(places["market"], "closed", on=on, known_at=NOW)
    actions.set_line_rule(
        department=town.departments["market"], priority=5, category="street_shop", from_on=DAY, by=BY, at=NOW
    )
    return places


@pytest.mark.parametrize("on", [BEFORE, DAY])
@pytest.mark.parametrize("username", ["duty", "affairs", "market", "north", "leader2"])
def test_figures_and_lists_of_a_day_hold_the_same_places(
    town: Town, moved: dict[str, Any], client: Client, username: str, on: date
) -> None:
    officer = town.officers[username]
    client.force_login(officer)
    (told,) = figures.measure(officer, days=(on,), metrics=("reporting_rate",))
    url = f"{reverse('desk:places')}?on={on}"
    assert length(client, f"{url}&state=expected") == (told.denominator or 0)
    assert length(client, f"{url}&state=reported") == (told.numerator or 0)
    overview = client.get(f"{reverse('desk:overview')}?on={on}").context["overview"]
    assert overview.places == (told.denominator or 0)
    if overview.places:
        assert length(client, overview.waiting_url) == overview.waiting_count == len(overview.waiting)
        for row in overview.matrix.rows:
            assert length(client, row.url) == sum(length(client, cell.url) for cell in row.cells if cell.url)
    lengths: dict[str, int] = {}
    for ref in brief.build(officer, on).figures():
        wanted = length_of(ref)
        if ref.query not in lengths:
            lengths[ref.query] = length(client, f"{reverse('desk:places')}?{ref.query}")
        assert wanted is None or lengths[ref.query] == wanted, (ref.title, ref.query)


def test_a_department_reads_of_yesterday_what_was_its_own_but_opens_what_is_now(
    town: Town, moved: dict[str, Any], client: Client
) -> None:
    client.force_login(town.affairs)
    page = client.get(f"{reverse('desk:places')}?on={BEFORE}&state=expected")
    assert {(row.place.name, row.may_open, row.report is not None) for row in page.context["rows"]} == {
        ("临湖面馆", False, True),
        ("临湖书店", False, False),
        ("临湖机械", True, False),
    }
    number = moved["shop"].number
    assert f"/places/{number}/" not in page.content.decode()
    assert client.get(reverse("desk:place", args=[number])).status_code == 404
    today = client.get(f"{reverse('desk:places')}?state=expected").context["rows"]
    assert {row.place.name for row in today} == {"临湖机械"}
    excel = client.get(f"{reverse('desk:places-export')}?on={BEFORE}&state=reported")
    book = openpyxl.load_workbook(io.BytesIO(excel.getvalue()))
    assert [row[1] for row in book.active.iter_rows(min_row=2, values_only=True)] == ["临湖面馆"]


def test_a_line_is_that_of_the_day_for_its_own_department_too(
    town: Town, moved: dict[str, Any], client: Client
) -> None:
    client.force_login(town.market)
    code = town.departments["market"].code
    for on, names in ((BEFORE, {"临湖超市"}), (DAY, {"临湖面馆", "临湖书店", "临湖超市"})):
        page = client.get(f"{reverse('desk:places')}?on={on}&state=expected&line={code}")
        assert {row.place.name for row in page.context["rows"]} == names


def test_newly_resumed_is_by_place_and_not_by_who_managed_it(town: Town, moved: dict[str, Any]) -> None:
    """The shop was open yesterday under another department: for the market department it is not new today."""
    made = brief.build(town.market, DAY)
    newly = [ref.figure for ref in made.figures() if ref.figure.metric == "newly_resumed"]
    assert {figure.numerator for figure in newly} == {0}


def test_brief_coverage_overview_and_list_count_the_same_places(
    town: Town, moved: dict[str, Any], client: Client
) -> None:
    """A place that somebody is named for elsewhere is in their list and their day, and in none of the figures."""
    assign_places(
        entities=[moved["late"]], officer=town.north, role="served_by", from_on=BEFORE, by=BY, at=NOW,
        reason="late",
    )  # fmt: skip
    actions.end_post(post=town.n2.posts.get(), until_on=BEFORE, by=BY, at=NOW, reason="late")
    client.force_login(town.north)
    for on in (BEFORE, DAY):
        proof = client.get(f"{reverse('desk:coverage')}?on={on}").context["proof"]
        overview = client.get(f"{reverse('desk:overview')}?on={on}").context["overview"]
        (without,) = {
            ref.figure.numerator
            for ref in brief.build(town.north, on).figures()
            if ref.figure.metric == "without_duty"
        }
        assert (proof.found.places, proof.found.places - proof.found.covered) == (overview.places, without)
        assert length(client, f"{reverse('desk:places')}?gap=any&on={on}") == without == 1
        assert coverage(Places.counted_for(town.north, on), on).places == 2
    assert length(client, reverse("desk:places")) == 3
    day = my_day.build(town.north, DAY)
    assert (day.places, [ask.place for ask in day.named]) == (2, [moved["late"]])
    page = client.get(reverse("desk:my-day"), headers={"accept-language": "en"}).content.decode()
    assert "Named to me, not reported" in page


def test_a_list_of_a_past_day_is_by_the_class_of_that_day(
    town: Town, client: Client, django_assert_max_num_queries: Any
) -> None:
    """Yesterday small and a guest house, since today medium, four-above and a school; another is as it always was."""
    now = {"industry": "C3412", "revenue_fen": 300_000_000, "construction_qualified": None}
    grown = place(
        town.grid_n1,
        "nine_small_venue",
        size="small",
        section="C",
        nine_small_class="lodging",
        staff_count=30,
        **now,
    )
    same = place(
        town.grid_n2,
        "nine_small_venue",
        size="small",
        section="C",
        nine_small_class="lodging",
        staff_count=25,
        **now,
    )
    given = {"staff_count": 400, "revenue_fen": 3_000_000_000, "nine_small_class": "teaching"}
    change_place(place=grown, given=given, version=version_of(grown), by=BY, at=NOW)
    late = place(town.grid_s1, "nine_small_venue", size="micro", nine_small_class="lodging", known_at=NOW)
    grown.refresh_from_db()
    assert (grown.size, grown.above_scale) == ("medium", True)
    client.force_login(town.duty)
    wanted = {
        BEFORE: {
            "size=small": {grown, same}, "size=medium": set(), "size=micro": {late}, "above_scale=1": set(),
            "nine_small=lodging": {grown, same, late}, "nine_small=teaching": set(),
        },
        DAY: {
            "size=small": {same}, "size=medium": {grown}, "size=micro": {late}, "above_scale=1": {grown},
            "nine_small=lodging": {same, late}, "nine_small=teaching": {grown},
        },
    }  # fmt: skip
    for on, lists in wanted.items():
        for query, places in lists.items():
            page = client.get(f"{reverse('desk:places')}?on={on}&{query}")
            assert ({row.place for row in page.context["rows"]}, page.context["pager"].total) == (
                places, len(places),
            ), (on, query)  # fmt: skip
        ladder = client.get(f"{reverse('desk:standing')}?on={on}&by=size").context["ladder"]
        assert all(length(client, rung.url) == rung.count for row in ladder.rows for rung in row.rungs)
    url = f"{reverse('desk:places')}?on={BEFORE}&sort=-staff&columns=size,above_scale,nine_small_class,staff_count"
    with django_assert_max_num_queries(26):
        rows = client.get(url).context["rows"]
    assert [(row.place.pk, row.place.size, row.place.nine_small_class, row.place.staff_count) for row in rows] == [
        (grown.pk, "small", "lodging", 30), (same.pk, "small", "lodging", 25), (late.pk, "micro", "lodging", None),
    ]  # fmt: skip
