"""A grid is made and drawn in a real browser; what overlaps and what still holds duties is refused there in words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from dongche.org import actions
from dongche.org.models import Unit
from tests import town as founding
from tests.browser import DESK, PHONE, OpenPage, assert_accessible, assert_no_sideways_scroll, follow
from tests.town import BY, NOW, START, Town, square

NEW = "370203900001009"


@pytest.fixture
def street(transactional_db: None) -> Town:
    return founding.build()


def fine(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    assert_no_sideways_scroll(page)
    assert_accessible(page, name=name)


@pytest.mark.parametrize("size", [pytest.param(DESK, id="desk"), pytest.param(PHONE, id="phone")])
def test_a_grid_is_made_and_drawn_and_a_unit_with_duties_does_not_end(
    open_page: OpenPage, live_server: Any, street: Town, client: Client, size: tuple[int, int]
) -> None:
    page = open_page(*size)
    client.force_login(street.duty)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    page.goto(f"{live_server.url}{reverse('org:units')}")
    fine(page, "org-units")
    page.locator("[type=search]").fill(street.north_community.code)
    page.locator("[type=search]").press("Enter")
    follow(page.locator("main table a", has_text="North").first)
    fine(page, "org-unit-community")
    page.goto(f"{live_server.url}{reverse('org:unit-new', args=[street.north_community.code])}")
    fine(page, "org-unit-new")
    page.locator("[name=code]").fill(NEW)
    page.locator("[name=name]").fill("新网格")
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(f"**/units/{NEW}/")

    draw = f"{live_server.url}{reverse('org:unit-change', args=[NEW, 'draw'])}"
    page.goto(draw)
    page.locator("form.dc-draw .dc-form details summary").click()
    page.locator("[name=text]:visible").fill(json.dumps(square(120.005)))
    page.locator("form.dc-draw button.btn-primary").click()
    expect(page.locator("main [role=alert]").first).to_contain_text("North grid")
    fine(page, "org-unit-overlap")
    page.locator("[name=text]:visible").fill(json.dumps(square(120.04)))
    page.locator("form.dc-draw button.btn-primary").click()
    expect(page.locator("[name=keep]")).to_be_visible()
    fine(page, "org-unit-preview")
    page.locator("[name=keep]").click()
    page.wait_for_url(f"**/units/{NEW}/")
    fine(page, "org-unit-grid")
    assert Unit.objects.get(code=NEW).polygon == square(120.04)

    page.goto(f"{live_server.url}{reverse('org:unit-change', args=[street.grid_n1.code, 'end'])}")
    page.locator("main form button.btn-danger").click()
    expect(page.locator("main [role=alert]").first).to_contain_text("1")
    fine(page, "org-unit-holds")
    assert Unit.objects.get(pk=street.grid_n1.pk).until_on is None


def drawn(page: Page, *corners: tuple[float, float]) -> None:
    """Click the corners, given in parts of the map, and close the outline at the first of them."""
    page.locator("[data-tool=polygon]").click()
    box = page.locator("[data-board]").bounding_box()
    assert box is not None
    for x, y in (*corners, corners[0]):
        at = (box["x"] + x * box["width"], box["y"] + y * box["height"])
        page.mouse.move(*at, steps=4)
        page.mouse.click(*at, delay=40)
        page.wait_for_timeout(120)
    expect(page.locator("[data-board]")).to_have_attribute("data-mode", "select")


@pytest.mark.parametrize("size", [pytest.param(DESK, id="desk"), pytest.param(PHONE, id="phone")])
def test_an_outline_is_drawn_by_hand_and_one_that_crosses_itself_is_refused_on_the_map(
    open_page: OpenPage, live_server: Any, street: Town, client: Client, size: tuple[int, int]
) -> None:
    grid = actions.create_unit(
        kind="grid", code=NEW, name="新网格", parent=street.north_community, from_on=START, by=BY, at=NOW, reason="x"
    )  # fmt: skip
    page = open_page(*size)
    client.force_login(street.duty)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    page.goto(f"{live_server.url}{reverse('org:unit-change', args=[NEW, 'draw'])}")
    board = page.locator("[data-board]")
    expect(board).to_have_attribute("data-mode", "polygon", timeout=20_000)
    board.scroll_into_view_if_needed()
    drawn(page, (0.3, 0.08), (0.6, 0.24), (0.6, 0.08), (0.3, 0.24))
    assert len(page.locator("[data-points]").input_value().splitlines()) == 4
    page.locator("form.dc-draw button.btn-primary").click()
    expect(page.locator("main [role=alert]").first).to_contain_text("自相交")
    fine(page, "org-unit-crossing")
    fault = json.loads(page.locator("#board-data").inner_text())["fault"]
    corners = page.locator("[data-points]").input_value().splitlines()
    lons = sorted(float(line.split(",")[0]) for line in corners)
    assert lons[0] < fault[0] < lons[-1]
    expect(board).to_have_attribute("data-mode", "select", timeout=20_000)

    board.scroll_into_view_if_needed()
    drawn(page, (0.3, 0.08), (0.6, 0.08), (0.45, 0.24))
    written = page.locator("[data-points]").input_value().splitlines()
    assert len(written) == 3
    page.locator("form.dc-draw button.btn-primary").click()
    expect(page.locator("[name=keep]")).to_be_visible()
    page.locator("[name=keep]").click()
    page.wait_for_url(f"**/units/{NEW}/")
    expect(page.locator("[data-map]")).to_have_attribute("data-state", "drawn", timeout=20_000)
    fine(page, "org-unit-drawn")
    polygon = Unit.objects.get(pk=grid.pk).polygon
    assert [f"{x}, {y}" for x, y in polygon["coordinates"][0][:3]] == written

    # What is written by hand is shown on the map, and goes on from there.
    page.goto(f"{live_server.url}{reverse('org:unit-change', args=[NEW, 'draw'])}")
    expect(board).to_have_attribute("data-mode", "select", timeout=20_000)
    page.locator("[data-points]").fill("\n".join([*written[:2], "120.02, 36.02", written[2]]))
    expect(board).to_have_attribute("data-mode", "select")
    fine(page, "org-unit-draw")
