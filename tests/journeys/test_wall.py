"""A screen on a wall: opened at the desk, paired by its code, fresh by itself, calm when the line is cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from dongche.kit import clock
from tests import town as founding
from tests.browser import (
    DESK,
    PHONE,
    OpenPage,
    assert_accessible,
    assert_no_sideways_scroll,
    follow,
    screenshot,
    sign_in,
)
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.town import NOW

WALL = (1920, 1080)


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


def test_a_television_is_paired_and_keeps_itself_fresh(
    open_page: OpenPage, live_server: Any, transactional_db: None
) -> None:
    town = founding.build()
    shops = [place(town.grid_n1, name=f"示例商铺{n:02d}号") for n in range(20)]
    for n, shop in enumerate(shops[:14]):
        report(shop, "open" if n < 8 else "closed")
    desk = sign_in(open_page(*DESK), live_server)
    desk.goto(f"{live_server.url}{reverse('access:screens')}")
    assert_accessible(desk, name="screens")
    desk.locator("[name=name]").fill("一楼大厅")
    desk.locator("main .dc-form .btn-primary").click()
    code = desk.locator("#code").inner_text()
    assert_accessible(desk, name="screen-opened")

    wall = open_page(*WALL)
    wall.goto(f"{live_server.url}/wall/")
    wall.locator("[name=code]").fill(code)
    follow(wall.locator("form.dc-form button[type=submit]"))
    expect(wall.locator(".hero .big")).to_contain_text("40.00")
    assert_no_sideways_scroll(wall)
    assert_accessible(wall, name="wall")
    assert wall.evaluate("document.documentElement.scrollHeight") == WALL[1]

    for shop in shops[14:]:
        report(shop)
    wall.evaluate("dispatchEvent(new Event('online'))")
    expect(wall.locator(".hero .big")).to_contain_text("70.00")
    wall.context.set_offline(True)
    wall.evaluate("dispatchEvent(new Event('online'))")
    expect(wall.locator("[data-stale]")).to_be_visible()
    expect(wall.locator(".hero .big")).to_contain_text("70.00")
    wall.context.set_offline(False)
    wall.evaluate("dispatchEvent(new Event('online'))")
    expect(wall.locator("[data-fresh]")).to_be_visible()

    desk.goto(f"{live_server.url}{reverse('access:screens')}")
    desk.locator("td form button").click()
    follow(desk.locator("dialog[open] button[value=yes]"))
    with wall.expect_navigation(wait_until="load"):
        wall.evaluate("dispatchEvent(new Event('online'))")
    expect(wall.locator("[name=code]")).to_be_visible()


def test_the_wall_can_be_read_on_a_phone_and_without_javascript(
    open_page: OpenPage, live_server: Any, transactional_db: None
) -> None:
    town = founding.build()
    for n in range(20):
        report(place(town.grid_n1), "open" if n < 8 else "closed")
    for javascript in (True, False):
        page = sign_in(open_page(*PHONE, javascript=javascript), live_server)
        page.goto(f"{live_server.url}/wall/")
        expect(page.locator(".hero .big")).to_contain_text("40.00")
        expect(page.locator(".ground-map path[class^=heat]")).to_have_count(4)
        assert_no_sideways_scroll(page)
        screenshot(page, f"wall-{'with' if javascript else 'without'}-javascript")
        assert re.search(r"\d\d:\d\d", page.locator("[data-fresh]").inner_text())
