"""A doubtful report is proposed for a check, taken and answered, and the overview says so; a sample is rung up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from dongche.kit import clock
from dongche.reporting import actions
from tests import town as founding
from tests.browser import (
    DESK,
    PHONE,
    OpenPage,
    assert_accessible,
    assert_no_sideways_scroll,
    follow,
    sign_in,
)
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.town import BY, DAY, NOW, Town


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def town(transactional_db: None) -> Town:
    found = founding.build()
    for n in range(6):
        sent = NOW - timedelta(minutes=n)  # not all in one second, which would be a pattern
        report(place(found.grid_n1, name=f"示例沿街{n}号"), known_at=sent, staff_due=9, staff_at_post=n + 1)
    sent = NOW - timedelta(hours=1)
    report(place(found.grid_n1, name="示例存疑店"), known_at=sent, staff_due=9, staff_at_post=12)
    return found


@pytest.mark.parametrize(
    ("size", "javascript"), [(DESK, True), (PHONE, False)], ids=["desk", "phone-without-javascript"]
)
def test_a_doubtful_report_is_checked_and_a_sample_rung_up(
    open_page: OpenPage, live_server: Any, town: Town, size: tuple[int, int], javascript: bool
) -> None:
    page = sign_in(open_page(*size, javascript=javascript), live_server, "duty")
    sentence = page.locator("#corroborated")
    page.goto(f"{live_server.url}{reverse('desk:overview')}")
    expect(sentence).to_contain_text("报告已复工的7家中，0家有佐证，1家存疑。")
    follow(sentence.get_by_role("link", name="1", exact=True))
    expect(page.get_by_role("link", name="示例存疑店")).to_be_visible()

    actions.propose_checks(subdistrict=town.subdistrict, on=DAY, by=BY, at=clock.now())
    page.goto(f"{live_server.url}{reverse('desk:checks')}")
    assert_no_sideways_scroll(page)
    follow(page.get_by_role("link", name="示例存疑店"))
    expect(page.locator("#strength")).to_contain_text("填报规律存疑")
    follow(page.get_by_role("link", name="认领核查"))
    follow(page.get_by_role("button", name="认领核查"))
    page.get_by_label("补充说明").fill("当面核对花名册")
    page.get_by_label("方式").select_option("visit")
    follow(page.get_by_role("button", name="正在营业"))
    expect(page.locator("#strength")).to_contain_text("有其他来源佐证")
    expect(page.get_by_text("当面核对花名册")).to_be_visible()
    if javascript:
        assert_accessible(page)
    page.goto(f"{live_server.url}{reverse('desk:overview')}")
    expect(sentence).to_contain_text("报告已复工的7家中，1家有佐证，0家存疑。")

    page.goto(f"{live_server.url}{reverse('desk:evidence-sample')}?size=4&seed=5")
    follow(page.get_by_role("button", name="留存样本并回访4家"))
    expect(page.locator("#estimate")).to_contain_text("尚无结果")
    calls = page.locator("[data-call]")
    if javascript:
        calls.nth(0).get_by_role("button").first.focus()
        with page.expect_navigation():
            page.keyboard.press("1")
        expect(calls.nth(1).get_by_role("button").first).to_be_focused()
    else:
        follow(calls.nth(0).get_by_role("button", name="正在营业"))
    follow(calls.nth(1).get_by_role("button", name="正在营业"))
    follow(calls.nth(2).get_by_role("button", name="未营业"))
    follow(calls.nth(3).get_by_role("button", name="号码有误"))
    expect(page.locator("#estimate")).to_contain_text(
        "报告100.00%；抽查拨打4家，核实营业2家、未营业1家、未能核实1家，推算在"
    )
    assert_no_sideways_scroll(page)
    if javascript:
        assert_accessible(page)
