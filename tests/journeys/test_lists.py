"""The list of places in a real browser: kept under a name, one deed on all of it, reached by keys, seen as a map."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from dongche.kit import clock
from dongche.registry.models import Entity
from tests import town as founding
from tests.browser import DESK, OpenPage, assert_accessible, sign_in
from tests.factories.registry import place
from tests.town import NOW, Town


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def street(transactional_db: None) -> Town:
    town = founding.build()
    for n in range(55):
        kind = "supermarket" if n % 11 == 0 else "street_shop"
        place(town.grid_n1, kind, name=f"青岛海达{n:02d}号", lon=120.001 + n / 10000, lat=36.001 + n / 10000)
    return town


def test_a_list_is_kept_worked_on_as_a_whole_and_seen_as_a_map(
    open_page: OpenPage, live_server: Any, street: Town
) -> None:
    page = sign_in(open_page(*DESK), live_server)
    page.goto(f"{live_server.url}/desk/places/?q=qdhd&category=street_shop")
    expect(page.locator("#list mark").first).to_have_text("青岛海达")
    rows = page.locator("#list tbody tr")
    expect(page.locator("[data-tick-all]")).to_be_visible()
    page.locator("body").press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(rows.nth(1).locator("input")).to_be_checked()
    rows.nth(4).locator("input").click(modifiers=["Shift"])
    expect(page.locator("[data-chosen]")).to_contain_text("4")
    page.keyboard.press("?")
    expect(page.locator("#dc-keys")).to_be_visible()
    page.keyboard.press("Escape")
    for box in range(1, 5):
        rows.nth(box).locator("input").click()

    page.locator("a[href*='/lists/save/']").click()
    page.wait_for_url(re.compile("/lists/save/"))
    page.fill("[name=name]", "沿街商铺")
    page.locator("form button[type=submit].btn-primary").click()
    page.wait_for_url(re.compile("view="))
    expect(page.locator(".dc-tabs [aria-current]")).to_have_text("沿街商铺")
    assert_accessible(page, name="list")

    page.locator("summary:has([data-chosen])").click()
    page.locator("button[formaction*='/focus/']").click()
    page.wait_for_url(re.compile("/with-all/focus/"))
    page.select_option("[name=to-focus]", "key_field")
    page.locator("main form[method=get] button").click()
    page.wait_for_url(re.compile("go=1"))
    assert_accessible(page, name="batch-foreseen")
    page.locator("main form[method=post] button").click()
    page.wait_for_url(re.compile("/batches/"))
    assert Entity.objects.filter(focus="key_field").count() == 50
    page.locator("form[action$='/undo/'] button").click()
    expect(page.locator(".dc-tabs a")).to_have_count(1)
    assert Entity.objects.filter(focus="key_field").count() == 0

    page.goto(f"{live_server.url}/desk/places/?category=supermarket")
    page.locator("a[href*='/places/map/']").click()
    page.wait_for_url(re.compile(r"/map/\?category=supermarket"))
    board = page.locator("[data-place-map]")
    expect(board).to_have_attribute("data-state", "drawn", timeout=20_000)
    board.evaluate("board => board.placeMap.jumpTo({ center: [120.001, 36.001], zoom: 18 })")
    expect(board).to_have_attribute("data-state", "drawn")
    board.evaluate(
        """async board => {
            while (!board.placeMap.queryRenderedFeatures({ layers: ["points"] }).length)
                await new Promise(requestAnimationFrame)
        }"""
    )
    spot = board.evaluate("board => Object.values(board.placeMap.project([120.001, 36.001]))")
    board.locator("canvas").click(position={"x": spot[0], "y": spot[1]})
    expect(page.locator("[data-card]")).to_contain_text("青岛海达00号")
    assert_accessible(page, name="place-map")
    page.locator(".dc-lead a", has_text=re.compile("列表|list")).click()
    page.wait_for_url(re.compile(r"/places/\?category=supermarket"))
    expect(rows).to_have_count(5)
