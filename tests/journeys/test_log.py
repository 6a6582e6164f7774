"""Headquarters looks up what happened: from a place, by a filter, to its own address; on a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from dongche.kit import clock
from dongche.org import actions as org
from dongche.registry import actions as registry
from tests import town as founding
from tests.browser import DESK, PHONE, OpenPage, assert_accessible, assert_no_sideways_scroll, sign_in
from tests.factories.registry import place
from tests.town import DAY, NOW


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.mark.parametrize("size", [pytest.param(DESK, id="desk"), pytest.param(PHONE, id="phone")])
def test_what_happened_to_a_place_is_found_and_read(
    transactional_db: None, open_page: OpenPage, live_server: Any, size: tuple[int, int]
) -> None:
    town = founding.build()
    shop = place(town.grid_n1, name="天顺餐饮管理公司")
    registry.exclude_place(entity=shop, kind="seasonal", reason="冬季歇业", from_on=DAY, by=town.duty, at=NOW)
    org.end_post(post=town.n1.posts.get(), until_on=DAY, by=town.duty, at=NOW, reason="调往街道")

    page = open_page(*size, locale="en-GB")
    sign_in(page, live_server, "duty")
    page.goto(f"{live_server.url}{reverse('desk:place', args=[shop.number])}")
    page.get_by_role("link", name="What happened here").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Audit log")
    rows = page.locator("table.log-table > tbody > tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Place excluded")
    expect(rows).to_contain_text("Seasonally closed")
    expect(rows).to_contain_text("冬季歇业")
    assert_accessible(page)
    assert_no_sideways_scroll(page)

    page.get_by_role("link", name=re.compile("Clear all")).click()
    if size == PHONE:
        page.locator("label[for=dc-more]").click()
    page.get_by_label("Deed").select_option("org.end_post")
    expect(page).to_have_url(re.compile("deed=org.end_post"))
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("调往街道")
    expect(rows).to_contain_text("North grid 1")
    page.reload()
    expect(rows).to_have_count(1)
    assert_accessible(page)
    assert_no_sideways_scroll(page)

    page.goto(f"{live_server.url}{reverse('org:log-own')}")
    expect(page.get_by_role("heading", level=1)).to_have_text("My deeds")
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def test_the_log_is_read_without_javascript(
    transactional_db: None, open_page: OpenPage, live_server: Any
) -> None:
    founding.build()
    page = open_page(*DESK, javascript=False, locale="en-GB")
    sign_in(page, live_server, "duty")
    page.goto(f"{live_server.url}{reverse('org:log')}?deed=org.appoint")
    page.get_by_label("To what").select_option("post")
    page.get_by_role("button", name="Search").click()
    expect(page).to_have_url(re.compile("subject=post"))
    expect(page.locator("table.log-table > tbody > tr").first).to_contain_text("Appointed to a post")
