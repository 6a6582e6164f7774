"""The fair comparison: computed by the engine, under the filters, linked to its rows, honest about chance."""

from __future__ import annotations

import io
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dongche.desk import league
from dongche.reporting import figures
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.town import DAY, NOW, Town

LEAGUE = reverse("desk:league")
NORTH, SOUTH = "370203900001", "370203900002"


@pytest.fixture
def street(town: Town) -> Town:
    """North has 40 sites and 10 shops, South 10 sites and 40 shops; sites stand still, and North does better in each."""
    for grid, kind, places, open_ones in (
        (town.grid_n1, "construction_site", 40, 20),
        (town.grid_n1, "street_shop", 10, 10),
        (town.grid_s1, "construction_site", 10, 1),
        (town.grid_s1, "street_shop", 40, 32),
    ):
        for n in range(places):
            shop = place(grid, kind, name=f"=示例{kind}{n}", size="small")
            if n < places - 1:
                report(shop, "open" if n < open_ones else "closed", known_at=NOW)
    return town


def test_communities_are_ranked_by_the_same_mix_and_say_why(at_desk: Client, street: Town) -> None:
    page = at_desk.get(LEAGUE, headers={"accept-language": "en"}).context["page"]
    north, south = page.rows
    assert [(row.place.unit, str(row.place.raw), str(row.place.value)) for row in page.rows] == [
        (NORTH, "58.00", "70.00"),  # half of all at 20/40, half at 9/10: the last shop has not reported
        (SOUTH, "66.00", "45.00"),
    ]
    assert (north.rank, south.rank) == ("1", "2")
    assert "construction" in north.said.lower()
    assert "instead of 58.00%" in north.said


def test_rows_whole_and_filters_agree_with_the_lists(at_desk: Client, street: Town) -> None:
    for asked in ({}, {"category": "street_shop"}, {"on": (DAY - timedelta(days=1)).isoformat()}):
        page = at_desk.get(LEAGUE, asked).context["page"]
        for row in page.rows:
            assert at_desk.get(row.url).context["form"].places().count() == row.place.parts[1]
            assert at_desk.get(row.done_url).context["form"].places().count() == row.place.parts[0]
        assert sum(row.place.parts[1] for row in page.rows) == page.whole.denominator
        assert at_desk.get(page.whole_url).context["form"].places().count() == page.whole.denominator
        query = parse_qs(urlsplit(page.rows[0].url).query)
        assert {name: query[name] for name in asked} == {name: [value] for name, value in asked.items()}


def test_departments_of_other_kinds_are_shown_beside_and_reporting_can_be_compared(
    at_desk: Client, street: Town
) -> None:
    page = at_desk.get(LEAGUE, {"by": "line", "metric": "reporting_rate"}).context["page"]
    assert {row.name for row in page.rows} == {"Enforcement", "Affairs"}
    assert page.whole.metric == "reporting_rate"
    assert page.is_all_one_tie
    assert [row.rank for row in page.rows] == ["1–2", "1–2"]
    assert at_desk.get(page.rows[0].done_url).context["form"].places().count() == page.rows[0].place.parts[0]


@pytest.mark.parametrize("asked", [{"by": "grid"}, {"metric": "capacity_recovery_rate"}, {"size": "huge"}])
def test_what_cannot_be_compared_is_refused(at_desk: Client, street: Town, asked: dict[str, str]) -> None:
    page = at_desk.get(LEAGUE, asked)
    assert (page.status_code, "desk.unknown_filter" in page.content.decode()) == (400, True)


def test_nothing_to_compare_is_said(at_desk: Client, street: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = at_desk.get(LEAGUE, {"category": "supermarket"})
    assert "没有可比较的单位" in empty.content.decode()
    monkeypatch.setattr(league, "_rules", lambda file: ())
    page = at_desk.get(LEAGUE)
    assert "当日没有生效的比较规则" in page.content.decode()
    assert at_desk.get(reverse("desk:definitions")).context["compared"] is None


def test_the_workbook_says_what_the_page_says_and_runs_nothing(at_desk: Client, street: Town) -> None:
    page = at_desk.get(LEAGUE, {"category": "street_shop"}).context["page"]
    answer = at_desk.get(reverse("desk:league-export"), {"category": "street_shop"})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    _headers, *rows = book.worksheets[0].iter_rows(values_only=True)
    assert [(row[2], row[8], row[9]) for row in rows] == [(one.name, *one.place.parts) for one in page.rows]
    assert {row[11] for row in rows} == {"resumption_rate@1"}


def test_the_comparison_costs_the_same_queries_for_any_number_of_places(
    at_desk: Client, street: Town
) -> None:
    def queries() -> int:
        figures.forget()
        with CaptureQueriesContext(connection) as found:
            assert at_desk.get(LEAGUE).status_code == 200
        return len(found)

    at_desk.get(LEAGUE)
    before = queries()
    for n in range(20):
        report(place(street.grid_n2, "supermarket", name=f"新店{n}"), known_at=NOW)
    assert queries() == before
