"""Decisions on duties in a real browser: a rule tried, made and taken back; a hand-over; leave with a substitute."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from dongche.kit import clock
from dongche.registry.actions import assign_places
from dongche.registry.queries import Places, responsible_for
from tests import town as founding
from tests.browser import DESK, PHONE, OpenPage, assert_accessible, assert_no_sideways_scroll, sign_in
from tests.factories.registry import place
from tests.town import BY, DAY, NOW, Town

WIDTHS = [pytest.param(DESK, id="desk"), pytest.param(PHONE, id="phone")]


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def street(transactional_db: None) -> Town:
    """The town with three supermarkets and a key enterprise that worker n1 serves by name."""
    town = founding.build()
    for n, grid in enumerate((town.grid_n1, town.grid_n2, town.grid_s1)):
        place(grid, "supermarket", name=f"示例超市{n:02d}号")
    firm = place(town.grid_s2, "enterprise", focus="key_enterprise", name="示范机械有限公司")
    assign_places(entities=[firm], officer=town.n1, role="served_by", from_on=DAY, by=BY, at=NOW)
    return town


def looked_at(page: Page, name: str) -> None:
    assert_no_sideways_scroll(page)
    assert_accessible(page, name=name)


@pytest.mark.parametrize("size", WIDTHS)
def test_a_rule_is_tried_made_and_taken_back_without_javascript(
    open_page: OpenPage, live_server: Any, street: Town, size: tuple[int, int]
) -> None:
    page = open_page(*size, javascript=False)
    sign_in(page, live_server)
    page.goto(f"{live_server.url}{reverse('desk:rules')}")
    page.locator(f"a[href='{reverse('desk:rule', args=[4, 'change'])}']").click()
    page.locator("[name=department]").select_option("370203900000L01")
    page.locator("main form button").click()
    expect(page.locator("main tbody tr")).to_have_count(1)
    expect(page.locator("main tbody tr")).to_contain_text("Market")
    count = page.locator("main tbody tr a")
    expect(count).to_have_text("3")
    count.click()
    expect(page.locator("main tbody tr")).to_have_count(3)
    page.go_back()
    page.locator("[name=reason]").fill("市场所人手不足")
    page.locator("main form button").click()
    page.wait_for_url(re.compile("changes"))
    expect(page.locator("main tbody tr").first).to_contain_text("Economy")
    page.locator("main tbody tr").first.get_by_role("link", name="撤销").click()
    page.locator("main form button").click()
    page.wait_for_url(re.compile("changes/$"))
    expect(page.locator("main tbody tr").first).to_contain_text("Market")
    page.goto(f"{live_server.url}{reverse('desk:rules')}")
    expect(page.locator("main tbody tr", has_text="Economy")).to_have_count(1)


@pytest.mark.parametrize("size", WIDTHS)
def test_every_page_about_duties_is_readable_by_all_and_fits(
    open_page: OpenPage, live_server: Any, street: Town, size: tuple[int, int]
) -> None:
    page = open_page(*size)
    sign_in(page, live_server)
    change = reverse("desk:rule", args=[6, "end"])
    for name, url in (
        ("rules", reverse("desk:rules")),
        ("rule-new", reverse("desk:rule-new")),
        ("rule-preview", f"{change}?from_on=2020-03-20"),
        ("rule-changes", reverse("desk:rule-changes")),
        ("rule-places", reverse("desk:rule-places", args=[4])),
        ("hand-over", f"{reverse('desk:hand-over')}?officer=n1"),
        ("leaves", reverse("desk:leaves")),
        ("leave-new", reverse("desk:leave-new")),
        ("name", f"{reverse('desk:name', args=['contact'])}?focus=key_enterprise"),
    ):
        page.goto(f"{live_server.url}{url}")
        page.wait_for_load_state("networkidle")
        looked_at(page, f"duties-{name}")


def test_a_worker_hands_over_and_the_successor_sees_the_places(
    page: Page, open_page: OpenPage, live_server: Any, street: Town
) -> None:
    sign_in(page, live_server)
    page.goto(f"{live_server.url}{reverse('desk:hand-over')}")
    page.locator("[name=officer]").select_option("n1")
    page.locator("main form button").click()
    page.locator("[name=successor]").select_option("s1")
    page.locator("main form button").click()
    expect(page.locator("main dl")).to_contain_text("North grid 1")
    looked_at(page, "duties-hand-over-preview")
    page.locator("main form button").click()
    expect(page.locator("#dc-messages")).to_contain_text("Officer s1")
    successor = open_page(*PHONE)
    sign_in(successor, live_server, "s1")
    successor.goto(f"{live_server.url}{reverse('desk:places')}")
    expect(successor.locator("#list tbody tr")).to_have_count(3)


def test_who_is_away_is_represented_by_somebody_who_sees_the_places(
    page: Page, open_page: OpenPage, live_server: Any, street: Town
) -> None:
    sign_in(page, live_server, "n2")
    page.goto(f"{live_server.url}{reverse('desk:leave-new')}")
    page.locator("[name=substitute]").select_option("s2")
    page.locator("main form button").click()
    expect(page.locator("main tbody tr")).to_contain_text("Officer s2")
    looked_at(page, "duties-leaves-away")
    substitute = open_page(*PHONE)
    sign_in(substitute, live_server, "s2")
    substitute.goto(f"{live_server.url}{reverse('desk:places')}")
    expect(substitute.locator("#list")).to_contain_text("示例超市01号")
    shop = Places.unscoped(reason="test").get(grid=street.grid_n2)
    assert responsible_for(shop, DAY)[0].officer == street.s2
