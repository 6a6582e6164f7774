"""A shop reports where there is no network: the page opens, the report waits on the phone, and is received once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from dongche.kit import clock
from dongche.registry import actions as registry
from dongche.registry.models import Entity
from dongche.reporting import actions
from dongche.reporting.models import Report
from dongche.reporting.values import ReportValues
from tests import town as founding
from tests.browser import PHONE, OpenPage, assert_accessible, assert_no_sideways_scroll, screenshot
from tests.factories.registry import place
from tests.town import BY, DAY, NOW

IS_KEPT = """async () => {
  const registration = await navigator.serviceWorker.ready;
  if (registration.active.state !== "activated") return false;
  const names = (await caches.keys()).filter((name) => name.startsWith("dongche-report-"));
  return names.length === 1 && Boolean(await (await caches.open(names[0])).match(location.pathname));
}"""


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def shop(transactional_db: None) -> Entity:
    return place(founding.build().grid_n1, name="海泊路小馆", address="海泊路118号", staff_count=18)


def address(live_server: Any, shop: Entity) -> str:
    return f"{live_server.url}/r/{shop.code}/"


def visited(page: Page, live_server: Any, shop: Entity) -> Page:
    """The page after a first visit, once the phone has kept it."""
    page.goto(address(live_server, shop))
    for _ in range(150):
        if page.evaluate(IS_KEPT):
            return page
        page.wait_for_timeout(100)
    pytest.fail("The page was never kept.")


def fill_in(page: Page, count: int) -> None:
    page.locator(".seg label").first.click()
    page.locator("[name=staff_at_post]").fill(str(count))
    page.locator(".go button").click()


def states(page: Page) -> Any:
    return page.locator("[data-outbox] li")


def was_tried(page: Page) -> None:
    """Wait until the latest report has found no network and is seen to wait."""
    expect(page.locator("[data-outbox] li").first).to_have_attribute("data-tries", re.compile("[1-9]"))
    expect(states(page).first).to_have_attribute("data-state", "waiting")


def told() -> list[tuple[int | None, bool]]:
    """The reports of the day: people at post, and whether one still holds."""
    return [(one.staff_at_post, one.superseded_at is None) for one in Report.objects.order_by("id")]


def test_a_report_without_a_network_waits_through_a_restart_and_is_received_once(
    open_page: OpenPage, live_server: Any, shop: Entity, tmp_path: Path
) -> None:
    page = visited(open_page(*PHONE, kept_in=tmp_path), live_server, shop)
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("h1")).to_have_text(shop.name)
    expect(page.locator("[data-net]")).to_contain_text("没有网络")
    expect(page.locator("[data-days] option").first).to_have_text("3月20日")
    fill_in(page, 9)
    expect(states(page)).to_have_attribute("data-state", "waiting")
    expect(page.locator(".outbox .state")).to_have_text("已存在本机")
    page.locator("[name=staff_at_post]").fill("14")
    page.locator(".go button").click()
    expect(states(page)).to_have_count(2)
    expect(page.locator("[data-count]")).to_have_text("2 条待传")
    assert_accessible(page, name="outbox-waiting")
    assert_no_sideways_scroll(page)
    page.context.close()
    assert told() == []

    page = open_page(*PHONE, kept_in=tmp_path)
    page.goto(address(live_server, shop))
    expect(page.locator("[data-outbox] [data-state=received]")).to_have_count(2)
    first, second = Report.objects.order_by("id")
    assert told() == [(9, False), (14, True)]
    expect(page.locator(".outbox .state").first).to_contain_text(second.receipt)
    expect(page.locator(".outbox .state").last).to_contain_text(first.receipt)
    expect(page.locator("[data-net]")).to_be_hidden()
    assert_accessible(page, name="outbox-received")


def test_a_network_that_comes_back_sends_what_waits(
    open_page: OpenPage, live_server: Any, shop: Entity
) -> None:
    page = visited(open_page(*PHONE), live_server, shop)
    page.context.set_offline(True)
    page.reload()
    fill_in(page, 9)
    was_tried(page)
    page.context.set_offline(False)
    expect(states(page)).to_have_attribute("data-state", "received")
    expect(page.locator("[data-net]")).to_be_hidden()
    assert told() == [(9, True)]


def test_an_answer_that_gets_lost_after_the_report_was_stored_doubles_nothing(
    open_page: OpenPage, live_server: Any, shop: Entity
) -> None:
    page = visited(open_page(*PHONE), live_server, shop)

    lost = []

    def lose_the_first_answer(route: Route) -> None:
        answer = route.fetch()
        lost.append(answer.status)
        if len(lost) == 1:
            route.abort()
        else:
            route.fulfill(response=answer)

    page.context.route(re.compile("/outbox/$"), lose_the_first_answer)
    fill_in(page, 9)
    # It is sent again by itself: the page shows the receipt, or leads to it.
    expect(page.locator("[data-state=received], .done").first).to_be_visible(timeout=20_000)
    assert (lost, told()) == ([200, 200], [(9, True)])


def test_two_reports_of_a_day_are_compared_and_a_person_decides(
    open_page: OpenPage, live_server: Any, shop: Entity
) -> None:
    page = visited(open_page(*PHONE), live_server, shop)
    page.context.set_offline(True)
    fill_in(page, 9)
    was_tried(page)
    actions.record_report(
        entity=shop, on=DAY, values=ReportValues("part", staff_at_post=5), key="officer-1", channel="officer", by=BY, at=NOW,
    )  # fmt: skip
    page.context.set_offline(False)
    expect(states(page)).to_have_attribute("data-state", "asked")
    rows = page.locator(".outbox .differs")
    expect(rows.first).to_have_text(re.compile("已营业.*部分营业"))
    expect(rows.nth(1)).to_have_text(re.compile("到岗人数.*9.*5"))
    assert_accessible(page, name="outbox-conflict")
    assert_no_sideways_scroll(page)
    assert told() == [(5, True)]
    page.locator("[data-mine]").click()
    expect(states(page)).to_have_attribute("data-state", "received")
    assert told() == [(5, False), (9, True)]


def test_what_is_refused_stays_and_can_be_corrected_or_deleted(
    open_page: OpenPage, live_server: Any, shop: Entity
) -> None:
    page = visited(open_page(*PHONE), live_server, shop)
    page.context.clear_cookies()  # nothing of a session is needed
    page.context.set_offline(True)
    page.locator("details.usual").evaluate("details => details.open = true")
    page.locator("[name=staff_due]").fill("2")
    fill_in(page, 270)
    was_tried(page)
    page.context.set_offline(False)
    expect(states(page)).to_have_attribute("data-state", "refused")
    expect(page.locator(".told")).to_contain_text("270")
    page.locator(".outbox .button").click()
    expect(page.locator(".panel.wrong")).to_have_count(1)
    assert_accessible(page, name="outbox-refused")
    page.locator("[name=staff_at_post]").fill("2")
    page.locator(".go button").click()
    expect(page.locator(".done")).to_be_visible()
    assert told() == [(2, True)]

    old = Entity.objects.get()
    visited(page, live_server, old)
    page.context.set_offline(True)
    fill_in(page, 3)
    was_tried(page)
    registry.revoke_code(entity=old, reason="卡片遗失", by=BY, at=NOW)
    page.context.set_offline(False)
    expect(states(page).first).to_have_attribute("data-state", "refused")
    expect(page.locator(".told").first).to_contain_text("索取新二维码")
    screenshot(page, "outbox-revoked")
    page.goto(address(live_server, Entity.objects.get()))  # the new card, on the same phone
    expect(states(page).first).to_have_attribute("data-state", "received")
    assert told() == [(2, False), (3, True)]


def test_a_phone_that_keeps_nothing_sends_plainly(
    open_page: OpenPage, live_server: Any, shop: Entity
) -> None:
    page = open_page(*PHONE)
    page.context.add_init_script("indexedDB.open = () => { throw new Error('refused') }")
    page.goto(address(live_server, shop))
    expect(page.locator("[data-net]")).to_contain_text("无痕")
    fill_in(page, 9)
    expect(page.locator(".done")).to_be_visible()
    assert told() == [(9, True)]
