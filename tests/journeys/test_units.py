"""A grid is made and drawn in a real browser; what overlaps and what still holds duties is refused there in words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from dongche.org.models import Unit
from tests import town as founding
from tests.browser import DESK, PHONE, OpenPage, assert_accessible, assert_no_sideways_scroll
from tests.town import Town, square

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
    page.locator("main table a", has_text="North").first.click()
    fine(page, "org-unit-community")
    page.goto(f"{live_server.url}{reverse('org:unit-new', args=[street.north_community.code])}")
    fine(page, "org-unit-new")
    page.locator("[name=code]").fill(NEW)
    page.locator("[name=name]").fill("新网格")
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(f"**/units/{NEW}/")

    draw = f"{live_server.url}{reverse('org:unit-change', args=[NEW, 'draw'])}"
    page.goto(draw)
    page.locator("[name=text]").fill(json.dumps(square(120.005)))
    page.locator("main form button.btn-primary").click()
    expect(page.locator("main [role=alert]").first).to_contain_text("North grid")
    fine(page, "org-unit-overlap")
    page.locator("[name=text]").fill(json.dumps(square(120.04)))
    page.locator("main form button.btn-primary").click()
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
