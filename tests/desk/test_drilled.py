"""The pages behind the overview: speed, scorecards and the workbook, under its filters and linked to their rows."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dongche.reporting import figures, velocity
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.kept import Kept
from tests.town import DAY, NOW, Town
from tests.town import build as build_town

BEFORE = DAY - timedelta(days=1)
SMALL: dict[str, str] = {"size": "small"}
PAGES = ("desk:scorecards", "desk:velocity", "desk:league", "desk:overview")


def _found() -> Town:
    """Forty places of two days: some come, some stop, some fall silent; small ones and large ones in every grid."""
    town = build_town()
    grids = [town.grid_n1, town.grid_n2, town.grid_s1, town.grid_s2]
    for n in range(40):
        shop = place(
            grids[n % 4], "street_shop", name=f"=示例{n:02d}", size="small" if n % 3 else "large",
            focus="key_enterprise" if n % 8 == 0 else "",
        )  # fmt: skip
        numbers = {"output_fen": 100_00, "output_normal_fen": 200_00, "mask_days": n % 5}
        if n % 5:
            was = "open" if n % 2 else "closed"
            report(shop, was, on=BEFORE, known_at=NOW - timedelta(days=1), **numbers)
        if n % 7:
            report(shop, "closed" if n % 4 == 1 else "part", known_at=NOW, **numbers)
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
    return int(page.context["form"].places().count())


@pytest.mark.parametrize("asked", [{}, SMALL, {"community": "370203900002"}], ids=["all", "small", "south"])
def test_each_count_of_the_speed_opens_its_places(
    at_desk: Client, street: Town, asked: dict[str, str]
) -> None:
    page = at_desk.get(reverse("desk:velocity"), asked).context["page"]
    today, yesterday = page.rows[:2]
    for row in (today, yesterday):
        moves = row.moves
        found = [
            counted(at_desk, url) for url in (row.newly_url, row.stopped_url, row.silent_url, row.resumed_url)
        ]
        assert found == [moves.newly, moves.stopped, moves.silent, moves.resumed]
    assert asked or min(today.moves.newly, today.moves.stopped, today.moves.silent) > 0
    # The net is what the number of resumed places changed by: nobody came or went.
    assert today.moves.resumed - yesterday.moves.resumed == today.moves.net


def test_a_correction_of_the_day_before_changes_the_speed_of_the_day_and_as_known_then_it_stays(
    at_desk: Client, street: Town
) -> None:
    def newly(**asked: str) -> int:
        return int(at_desk.get(reverse("desk:velocity"), asked).context["page"].today.moves.newly)

    before = newly()
    shop = place(street.grid_n1, "street_shop", name="后报", size="small")
    report(shop, "open", known_at=NOW - timedelta(minutes=30))
    assert newly() == before + 1
    report(shop, "open", on=BEFORE, known_at=NOW - timedelta(minutes=1))
    assert newly() == before
    # At 17:45 only this one had reported for the day; the others came in at 18:00.
    assert newly(known_at="2020-03-20T17:45") == 1


def test_the_first_day_has_no_day_before(at_desk: Client, street: Town) -> None:
    page = at_desk.get(reverse("desk:velocity"), {"on": "2020-02-08"})
    assert page.context["page"].rows == []
    assert "没有前一日" in page.content.decode()
    cards = at_desk.get(reverse("desk:scorecards"), {"on": "2020-02-08"}).context["page"].cards
    assert "没有前一日" in {line.missing for card in cards for line in card.lines}


@pytest.mark.parametrize("asked", [{}, SMALL, {"focus": "none"}], ids=["all", "small", "no focus"])
def test_both_cards_count_what_their_lists_hold_and_invent_nothing(
    at_desk: Client, street: Town, asked: dict[str, str]
) -> None:
    page = at_desk.get(reverse("desk:scorecards"), asked).context["page"]
    lines = {line.name: line for card in page.cards for line in card.lines}
    measured = {
        one.metric: one
        for one in figures.measure(
            street.duty, days=(DAY,), where={"size": ("small",)} if asked == SMALL else None
        )
    }
    if "focus" not in asked:
        assert lines["复工率"].value == measured["resumption_rate"].value
    for line in lines.values():
        if line.count is not None:
            assert counted(at_desk, line.url) == line.count, line.name
        if line.missing:
            assert (line.value, line.count) == (None, None), line.name
    assert counted(at_desk, lines["复工率"].url) == lines["复工率"].numerator
    assert counted(at_desk, lines["报告率"].url) == lines["报告率"].numerator
    roles = lines["责任人齐全的场所"]
    assert counted(at_desk, roles.url) == roles.denominator - roles.numerator
    assert {name for name, line in lines.items() if line.missing == "尚未记录"} == {
        "补贴与减免申领", "逾期的巡查与整改", "已签承诺书",
    }  # fmt: skip
    assert lines["电力复工率"].missing == "尚无用电读数"
    focus = lines["重点场所报告率"]
    assert bool(focus.missing) == ("focus" in asked)
    assert not focus.url if focus.missing else counted(at_desk, focus.url) == focus.numerator


def test_as_of_then_the_cards_say_what_is_known_now_only(at_desk: Client, street: Town) -> None:
    page = at_desk.get(reverse("desk:scorecards"), {"known_at": "2020-03-20T17:00"})
    missing = {line.missing for card in page.context["page"].cards for line in card.lines}
    assert "仅有当前数据，无当时数据" in missing


def test_the_workbook_is_the_overview_under_its_filter_and_runs_nothing(
    at_desk: Client, street: Town
) -> None:
    answer = at_desk.get(reverse("desk:overview-export"), SMALL | {"on": BEFORE.isoformat()})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    about = {row[0]: row[1] for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)}
    assert about["筛选条件"] == "规模: 小型"
    assert about["日期"].date() == BEFORE
    overview = at_desk.get(reverse("desk:overview"), SMALL | {"on": BEFORE.isoformat()}).context["overview"]
    assert about["应复工场所"] == overview.places
    rows = book.worksheets[1].iter_rows(min_row=2, values_only=True)
    resumption = next(row for row in rows if row[6] == "resumption_rate@1")
    assert (resumption[2], resumption[3]) == figures_of(street)
    assert len(book.worksheets) == 8
    assert all(cell.data_type != "f" for sheet in book for row in sheet for cell in row)


def figures_of(town: Town) -> tuple[Any, Any]:
    (one,) = figures.measure(
        town.duty, days=(BEFORE,), metrics=("resumption_rate",), where={"size": ("small",)}
    )
    return one.numerator, one.denominator


@pytest.mark.parametrize("name", PAGES)
def test_a_page_costs_the_same_queries_for_any_number_of_places(
    at_desk: Client, street: Town, name: str
) -> None:
    def queries() -> int:
        figures.forget()
        velocity.forget()
        with CaptureQueriesContext(connection) as found:
            assert at_desk.get(reverse(name), SMALL).status_code == 200
        return len(found)

    at_desk.get(reverse(name), SMALL)
    before = queries()
    for n in range(20):
        report(place(street.grid_n2, "street_shop", name=f"新店{n}", size="small"), known_at=NOW)
    at_desk.get(reverse(name), SMALL)  # weighs what the new reports are worth, and keeps it
    assert queries() == before


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_carry_filters_day_and_instant_to_each_other(
    at_desk: Client, street: Town, name: str
) -> None:
    asked = SMALL | {"on": BEFORE.isoformat(), "known_at": "2020-03-20T12:00"}
    tabs = at_desk.get(reverse(name), asked).context["tabs"]
    assert [tab.current for tab in tabs].count(True) == 1
    for tab in tabs:
        assert tab.url.endswith("?on=2020-03-19&known_at=2020-03-20T12%3A00&size=small")
