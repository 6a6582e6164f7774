"""From a filter to a number, its rows, the fair comparison and the workbook, on desk and phone."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest
from django.urls import reverse
from playwright.sync_api import expect

from dongche.kit import clock
from tests import town as founding
from tests.browser import DESK, PHONE, OpenPage, assert_accessible, assert_no_sideways_scroll, follow, sign_in
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.town import NOW, Town


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def street(transactional_db: None) -> Town:
    """Thirty shops in two communities, half of them small; every third is closed."""
    town = founding.build()
    for n in range(30):
        shop = place(
            (town.grid_n1, town.grid_s1)[n % 2], name=f"示例{n:02d}", size=("small", "micro")[n // 2 % 2]
        )
        report(shop, "open" if n % 3 else "closed", known_at=NOW)
    return town


@pytest.mark.parametrize("size", [pytest.param(DESK, id="desk"), pytest.param(PHONE, id="phone")])
def test_a_filter_leads_to_rows_comparison_and_workbook(
    open_page: OpenPage, live_server: Any, street: Town, size: tuple[int, int]
) -> None:
    page = open_page(*size)
    sign_in(page, live_server)
    page.goto(f"{live_server.url}{reverse('desk:overview')}")
    page.locator(".dc-narrowing summary").click()
    page.get_by_label("规模", exact=True).select_option("small")
    follow(page.locator(".dc-narrowing button[type=submit]"))
    expect(page).to_have_url(re.compile("size=small"))
    expect(page.locator(".dc-chip")).to_contain_text("小型")
    note = page.locator(".dc-kpi-note").first.text_content() or ""
    places, resumed = (int(number) for number in re.findall(r"\d+", note))
    assert (places, resumed) == (16, 11)

    follow(page.locator(".dc-kpi h2 a").first)
    expect(page.locator(".dc-list-bar")).to_contain_text(str(resumed))
    page.go_back()

    for name, path in (("公平比较", "league"), ("两手记分卡", "scorecards"), ("复工速度", "velocity")):
        follow(page.get_by_role("link", name=name, exact=True).first)
        expect(page).to_have_url(re.compile(f"/{path}/\\?.*size=small"))
        page.wait_for_load_state("networkidle")
        assert_no_sideways_scroll(page)
        assert_accessible(page, name=path)

    follow(page.get_by_role("link", name="总览", exact=True).last)
    expect(page).to_have_url(re.compile("/desk/\\?.*size=small"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel", exact=True).click()
    book = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))
    about = {row[0]: row[1] for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)}
    assert (about["应复工场所"], about["筛选条件"]) == (places, "规模: 小型")
