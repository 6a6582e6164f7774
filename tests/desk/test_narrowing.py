"""The filters of the overview: in its address, the same for figures and rows, never past the officer's scope."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dongche.reporting import figures
from tests.factories.registry import exclude, place
from tests.factories.reporting import report
from tests.kept import Kept
from tests.town import DAY, NOW, Town
from tests.town import build as build_town

CATEGORIES = ("street_shop", "construction_site", "supermarket", "enterprise")
SIZES = ("large", "medium", "small", "micro", "")
SECTIONS = ("C", "F", "H", "")
OVERVIEW = reverse("desk:overview")

FILTERS = [
    {"focus": "key_enterprise"},
    {"focus": "none"},
    {"line": "370203900000L02"},
    {"community": "370203900002"},
    {"community": "370203900001", "grid": "370203900001002"},
    {"category": "enterprise"},
    {"section": "C"},
    {"section": "unknown"},
    {"size": "small"},
    {"size": "unknown"},
    {"above_scale": "1"},
    {"above_scale": "0", "category": "street_shop", "community": "370203900001"},
]


def _found() -> Town:
    """Ninety places of every kind in every grid, with reports of two days; some silent, some excluded."""
    town = build_town()
    grids = [town.grid_n1, town.grid_n2, town.grid_s1, town.grid_s2]
    for n in range(90):
        shop = place(
            grids[n % 4],
            CATEGORIES[n % 3 if n % 10 else 3],
            name=f"示例商铺{n:02d}号",
            focus="key_enterprise" if n % 9 == 4 else "",
            size=SIZES[n % 5],
            section=SECTIONS[(n // 2) % 4],
            above_scale=n % 7 == 0,
        )
        if n % 11 == 8:
            exclude(shop)
        if n % 6 == 5:
            continue
        numbers = {"staff_due": 10, "staff_at_post": 7, "output_fen": 100_00, "output_normal_fen": 120_00}
        report(shop, ("open", "part", "closed")[n % 3 if n % 4 else 0], known_at=NOW, **numbers)
        report(
            shop, "closed" if n % 2 else "open", on=DAY - timedelta(days=1), known_at=NOW - timedelta(days=1)
        )
    return town


_build = Kept(_found)


@pytest.fixture
def town(db: None) -> Town:
    """The town with the street in it, founded once."""
    return _build()


@pytest.fixture
def street(town: Town) -> Town:
    return town


def counted(client: Client, url: str) -> int:
    page = client.get(url)
    assert page.status_code == 200, url
    total = page.context["form"].places().count()
    assert page.context["pager"].total == total
    return int(total)


@pytest.mark.parametrize("asked", FILTERS, ids=lambda asked: "+".join(f"{k}={v}" for k, v in asked.items()))
def test_figures_rows_matrix_curve_and_map_answer_under_one_filter(
    at_desk: Client, street: Town, asked: dict[str, str]
) -> None:
    page = at_desk.get(OVERVIEW, asked)
    overview, areas = page.context["overview"], page.context["areas"]
    found = {one.metric: one for one in figures.measure(street.duty, days=(DAY,), where=areas.where)}
    rate = found["resumption_rate"]
    assert overview.places == rate.denominator > 0
    assert overview.places < at_desk.get(OVERVIEW).context["overview"].places

    resumption, _capacity, reporting, _staff = overview.tiles
    assert resumption.value == rate.value == overview.curve.series[0].values[-1]
    assert counted(at_desk, resumption.url) == rate.numerator
    assert counted(at_desk, reporting.url) == overview.waiting_count
    assert counted(at_desk, overview.waiting_url) == overview.waiting_count
    assert len(overview.waiting) == min(overview.waiting_count, 8)

    for url in (resumption.url, reporting.url, overview.matrix.rows[0].url):
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert {name: query[name] for name in asked if name in query} == asked, url
    rows = [counted(at_desk, row.url) for row in overview.matrix.rows]
    columns = [counted(at_desk, column.url) for column in overview.matrix.columns]
    assert sum(rows) == sum(columns) == overview.places
    cells = [cell for row in overview.matrix.rows for cell in row.cells if cell.url]
    assert sum(counted(at_desk, cell.url) for cell in cells) == overview.places
    drawn = [area for area in overview.map.rows() if area["value"] is not None]
    assert sum(counted(at_desk, area["url"]) for area in drawn) == overview.places


def test_chips_take_one_filter_away_and_keep_day_and_instant(at_desk: Client, street: Town) -> None:
    asked = {
        "on": "2020-03-19", "known_at": "2020-03-20T12:00", "size": "small",
        "community": "370203900001", "grid": "370203900001002",
    }  # fmt: skip
    page = at_desk.get(OVERVIEW, asked)
    chips = {chip.label: parse_qs(urlsplit(chip.url).query) for chip in page.context["areas"].chips}
    assert set(chips) == {"社区", "网格", "规模"}
    kept = {"on": ["2020-03-19"], "known_at": ["2020-03-20T12:00"]}
    assert chips["社区"] == kept | {"size": ["small"]}
    assert chips["规模"] == kept | {"community": ["370203900001"], "grid": ["370203900001002"]}
    text = page.content.decode()
    assert '<input type="hidden" name="on" value="2020-03-19">' in text
    assert '<input type="hidden" name="size" value="small">' in text
    assert "on=2020-03-18&amp;known_at=2020-03-20T12%3A00&amp;size=small" in text
    assert parse_qs(urlsplit(page.context["overview"].tiles[0].url).query)["on"] == ["2020-03-19"]


@pytest.mark.parametrize(
    "asked",
    [
        {"size": "gigantic"},
        {"line": "nowhere"},
        {"above_scale": "maybe"},
        {"community": "370203900001", "grid": "370203900002001"},
        {"focus": "' OR 1=1 --"},
    ],
    ids=lambda asked: next(reversed(asked)),
)
def test_an_unknown_choice_is_refused_in_words(at_desk: Client, street: Town, asked: dict[str, str]) -> None:
    page = at_desk.get(OVERVIEW, asked)
    assert page.status_code == 400
    assert "desk.unknown_filter" in page.content.decode()


def test_a_filter_without_places_says_so_and_leads_back(at_desk: Client, street: Town) -> None:
    page = at_desk.get(OVERVIEW, {"category": "electromechanical_market", "size": "large"})
    assert page.context["overview"].places == 0
    text = page.content.decode()
    assert "此筛选条件下没有场所" in text
    assert reverse("registry:import") not in text[text.index("dc-empty") :]


def test_the_scope_of_the_officer_comes_first(town: Town, street: Town, client: Client) -> None:
    client.force_login(town.north)
    whole = client.get(OVERVIEW).context["overview"]
    mine = client.get(OVERVIEW, {"size": "small"}).context["overview"]
    found = figures.measure(
        town.duty, days=(DAY,), where={"community": ("370203900001",), "size": ("small",)}
    )
    assert mine.places == found[0].denominator < whole.places
    assert client.get(OVERVIEW, {"community": "370203900002"}).context["overview"].places == 0


def test_a_filter_costs_the_same_queries_however_many_places(at_desk: Client, street: Town) -> None:
    def queries() -> int:
        figures.forget()
        with CaptureQueriesContext(connection) as found:
            assert at_desk.get(OVERVIEW, {"size": "small", "community": "370203900001"}).status_code == 200
        return len(found)

    at_desk.get(OVERVIEW)
    before = queries()
    for n in range(30):
        report(place(street.grid_n1, "street_shop", name=f"新店{n}", size="small"), known_at=NOW)
    at_desk.get(OVERVIEW)  # weighs what the new reports are worth, and keeps it
    assert queries() == before


def test_what_is_kept_of_one_filter_never_answers_another(at_desk: Client, street: Town) -> None:
    first, again = (
        [at_desk.get(OVERVIEW, asked).context["overview"].places for asked in FILTERS] for _again in range(2)
    )
    assert first == again
    assert len(set(first)) > 6


def test_how_a_figure_settled_is_told_under_the_same_filter(at_desk: Client, street: Town) -> None:
    asked = {"size": "small", "on": (DAY - timedelta(days=1)).isoformat()}
    page = at_desk.get(reverse("desk:settled", args=["resumption_rate"]), asked)
    found = figures.measure(
        street.duty, days=(DAY - timedelta(days=1),), metrics=("resumption_rate",), where={"size": ("small",)}
    )
    assert page.context["page"].now.denominator == found[0].denominator
    assert [chip.label for chip in page.context["areas"].chips] == ["规模"]
