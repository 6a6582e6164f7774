"""A shop scans its QR code and reports in twenty seconds, with and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from dongche.kit import clock
from dongche.registry.models import Entity
from dongche.reporting import actions
from dongche.reporting.models import Report
from dongche.reporting.values import ReportValues
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
from tests.town import DAY, NOW


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def shop(transactional_db: None) -> Entity:
    """A restaurant that reported yesterday, in a grid that has its worker."""
    grid = founding.build().grid_n1
    found = place(grid, name="海泊路小馆", address="海泊路118号", staff_count=18, output_normal_fen=1_200_000)
    actions.record_report(
        entity=found,
        on=DAY - timedelta(days=1),
        values=ReportValues("open", 18, 11, 980_000, 1_200_000, 0, 4, ("supplies",)),
        key="yesterday",
        channel="qr",
        by=actions.PlaceActor(found.number),
        at=NOW - timedelta(days=1),
    )
    return found


def opened(page: Page, live_server: Any, shop: Entity) -> Page:
    page.goto(f"{live_server.url}/r/{shop.code}/")
    return page


def todays() -> list[Report]:
    return list(Report.objects.filter(on=DAY).order_by("id"))


@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without-javascript"])
def test_a_report_is_sent_seen_and_corrected(
    open_page: OpenPage, live_server: Any, shop: Entity, javascript: bool
) -> None:
    page = opened(open_page(*PHONE, javascript=javascript), live_server, shop)
    at_post = page.locator("[name=staff_at_post]")
    expect(at_post).to_have_value("11")
    expect(page.locator("input[name=state][value=open]")).to_be_checked()
    assert_no_sideways_scroll(page)
    if javascript:
        assert_accessible(page, name="report")
        page.locator(".step button[data-step='1']").first.click()
    else:
        at_post.fill("12")
    expect(at_post).to_have_value("12")
    page.locator("[name=output_fen]").fill("9,800")
    page.locator(".chips label").nth(1).click()
    page.locator("[name=note]").fill("缺 N95 口罩约 50 只")
    page.locator(".go button").click()

    expect(page.locator(".done")).to_be_visible()
    (report,) = todays()
    assert (report.state, report.staff_at_post, report.output_fen, report.difficulties) == (
        "open", 12, 980_000, ["supplies", "staff"],
    )  # fmt: skip
    expect(page.locator(".done")).to_contain_text(report.receipt)
    expect(page.locator("a[href^='tel:']")).to_have_count(1)
    assert_no_sideways_scroll(page)
    if javascript:
        assert_accessible(page, name="receipt")

    page.locator("a.button.plain").click()
    expect(page.locator("[name=output_fen]")).to_have_value("9800")
    page.locator(".seg label").nth(2).click()
    page.locator(".go button").click()
    expect(page.locator(".panel.wrong")).to_have_count(1)  # closed, yet with an output
    assert len(todays()) == 1
    screenshot(page, "report-refused")
    page.locator("[name=output_fen]").fill("")
    page.locator(".go button").click()
    expect(page.locator(".done")).to_be_visible()
    first, second = todays()
    assert (first.superseded_at, second.state, second.received_at) == (
        second.known_at,
        "closed",
        first.received_at,
    )


def test_a_double_tap_stores_once(open_page: OpenPage, live_server: Any, shop: Entity) -> None:
    page = opened(open_page(*PHONE), live_server, shop)
    page.locator(".go button").dblclick()
    expect(page.locator(".done")).to_be_visible()
    assert len(todays()) == 1


def test_a_double_tap_without_javascript_stores_once(
    open_page: OpenPage, live_server: Any, shop: Entity
) -> None:
    page = opened(open_page(*PHONE, javascript=False), live_server, shop)
    page.locator(".go button").click(click_count=2, delay=1)
    expect(page.locator(".done")).to_be_visible()
    assert len(todays()) == 1


def test_going_back_and_sending_again_is_the_same_report(
    open_page: OpenPage, live_server: Any, shop: Entity
) -> None:
    page = opened(open_page(*PHONE), live_server, shop)
    page.locator(".go button").click()
    expect(page.locator(".done")).to_be_visible()
    page.go_back()
    page.locator(".go button").click()
    expect(page.locator(".done")).to_be_visible()
    assert len(todays()) == 1


def test_the_page_speaks_the_language_of_the_reader(
    open_page: OpenPage, live_server: Any, shop: Entity
) -> None:
    page = opened(open_page(*PHONE), live_server, shop)
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    follow(page.locator("button[name=language][value=en]"))
    assert page.locator("html").get_attribute("lang") == "en"
    expect(page.locator(".go button")).to_have_text("Send the report")
    screenshot(page, "report-english")


def test_a_page_from_another_session_can_be_opened_and_sent_again(
    open_page: OpenPage, live_server: Any, shop: Entity
) -> None:
    page = opened(open_page(*PHONE, javascript=False), live_server, shop)
    page.context.clear_cookies()
    page.locator(".go button").click()
    expect(page.locator("code")).to_have_text("web.session_changed")
    assert todays() == []
    page.locator("a.button").first.click()
    page.locator(".go button").click()
    expect(page.locator(".done")).to_be_visible()
    assert len(todays()) == 1


def test_with_javascript_no_session_is_needed(open_page: OpenPage, live_server: Any, shop: Entity) -> None:
    page = opened(open_page(*PHONE), live_server, shop)
    page.context.clear_cookies()
    page.locator(".go button").click()
    expect(page.locator(".done")).to_be_visible()
    assert len(todays()) == 1


def test_a_lost_code_is_a_calm_page(open_page: OpenPage, live_server: Any, shop: Entity) -> None:
    page = open_page(*PHONE)
    page.goto(f"{live_server.url}/r/00000000000000000000000000/")
    expect(page.locator("code")).to_have_text("reporting.unknown_code")
    assert_accessible(page, name="report-unknown-code")


@pytest.mark.parametrize(
    ("size", "javascript"),
    [(DESK, True), (PHONE, True), (DESK, False)],
    ids=["desk", "phone", "without-javascript"],
)
def test_a_lost_card_is_replaced(
    open_page: OpenPage, live_server: Any, shop: Entity, size: tuple[int, int], javascript: bool
) -> None:
    page = sign_in(open_page(*size, javascript=javascript), live_server)
    page.goto(f"{live_server.url}{reverse('desk:place', args=[shop.number])}")
    follow(page.locator(f"a[href$='/qr/{shop.number}/withdraw/']"))
    assert_no_sideways_scroll(page)
    if javascript:
        assert_accessible(page, name="withdraw-code")
    page.locator("[name=reason]").fill("卡片遗失")
    page.locator("main form .btn-danger").click()
    expect(page.locator("main")).to_contain_text("旧二维码已停用")
    assert_no_sideways_scroll(page)
    screenshot(page, "new-card")

    scan = open_page(*PHONE, javascript=javascript)
    opened(scan, live_server, shop)
    expect(scan.locator("code")).to_have_text("reporting.code_revoked")
    if javascript:
        assert_accessible(scan, name="report-revoked-code")
    opened(scan, live_server, Entity.objects.get())
    scan.locator(".go button").click()
    expect(scan.locator(".done")).to_be_visible()
    assert [report.entity for report in todays()] == [shop]
