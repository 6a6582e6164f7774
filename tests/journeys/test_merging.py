"""The same shop entered twice: found, compared, merged into one, and parted again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from dongche.kit import clock
from dongche.registry.models import Entity
from tests import town as founding
from tests.browser import DESK, PHONE, OpenPage, assert_accessible, assert_no_sideways_scroll, sign_in
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.town import NOW


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.mark.parametrize("size", [pytest.param(DESK, id="desk"), pytest.param(PHONE, id="phone")])
def test_a_shop_entered_twice_is_merged_and_parted_again(
    open_page: OpenPage, live_server: Any, transactional_db: None, size: tuple[int, int]
) -> None:
    town = founding.build()
    known = place(town.grid_n1, name="海之晨餐饮", address="阜新路8号", lon=120.005, lat=36.005)
    again = place(town.grid_n1, name="海之辰餐饮有限公司", address="阜新路8号", lon=120.0051, lat=36.005)
    report(again)
    page = open_page(*size)
    sign_in(page, live_server)
    page.goto(f"{live_server.url}{reverse('registry:duplicates')}")
    page.locator("form[action$='/search/'] button").click()
    compare = page.locator("#list tbody a.btn")
    expect(compare).to_have_count(1)
    assert_no_sideways_scroll(page)
    assert_accessible(page, name=f"duplicates-{size[0]}")

    compare.click()
    page.wait_for_url(re.compile(r"/duplicates/LS-\d+/LS-\d+/$"))
    page.wait_for_selector("[data-pair-map][data-state=drawn]")
    assert_no_sideways_scroll(page)
    assert_accessible(page, name=f"duplicate-{size[0]}")
    page.locator(f"[name=remains][value='{known.number}']").check()
    page.locator(f"[name=take_name][value='{known.number}']").check()
    page.locator("#merge-form button.btn-primary").click()
    page.locator("dialog[open] button[value=yes]").click()
    page.wait_for_url(re.compile(r"/merges/\w+/$"))
    assert_no_sideways_scroll(page)
    assert_accessible(page, name=f"merge-{size[0]}")
    again.refresh_from_db()
    assert again.merged_into == known

    page.locator("[name=reason]").fill("两本执照")
    page.locator("form[data-confirm=undo] button").click()
    page.locator("dialog[open] button[value=yes]").click()
    page.wait_for_url(re.compile(r"/duplicates/LS-\d+/LS-\d+/$"))
    expect(page.locator("#merge-form")).to_be_visible()
    assert Entity.objects.get(pk=again.pk).merged_into is None
