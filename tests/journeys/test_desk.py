"""An officer's morning in a real browser: sign in, see, follow a figure to its rows, find a place, take the brief."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from dongche.kit import clock
from tests import town as founding
from tests.browser import DESK, PHONE, OpenPage, assert_accessible, assert_no_sideways_scroll, sign_in
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.kept import Kept
from tests.town import DAY, NOW, Town

WIDTHS = [pytest.param(DESK, id="desk"), pytest.param(PHONE, id="phone")]


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


def _found() -> Town:
    """The town with sixty shops, two thirds of them open today, half yesterday."""
    town = founding.build()
    grids = [town.grid_n1, town.grid_n2, town.grid_s1, town.grid_s2]
    kinds = ("street_shop", "construction_site", "supermarket", "electromechanical_market", "enterprise")
    for n in range(60):
        focus = "key_enterprise" if n % 10 == 4 else ""
        shop = place(grids[n % 4], kinds[n % 5], name=f"示例商铺{n:02d}号", focus=focus)
        if n % 6 != 5:
            state = "open" if n % 3 else "closed"
            report(shop, state, staff_due=10, staff_at_post=7, output_fen=11_000, output_normal_fen=10_000)
        report(
            shop,
            "open" if n % 2 else "closed",
            on=DAY - timedelta(days=1),
            known_at=NOW - timedelta(days=1),
            staff_due=10,
            staff_at_post=5,
        )
    place(town.grid_n1, name="天顺餐饮管理公司")
    return town


_build = Kept(_found)


@pytest.fixture
def street(transactional_db: None) -> Town:
    return _build()


@pytest.mark.parametrize("size", WIDTHS)
def test_every_page_of_the_desk_is_readable_by_all_and_fits(
    open_page: OpenPage, live_server: Any, street: Town, size: tuple[int, int]
) -> None:
    page = open_page(*size)
    page.goto(f"{live_server.url}{reverse('sign-in')}")
    assert_accessible(page, name="sign-in")
    sign_in(page, live_server)
    number = "LS-"
    for name in ("desk:overview", "desk:places", "desk:coverage", "desk:brief", "registry:import"):
        page.goto(f"{live_server.url}{reverse(name)}")
        page.wait_for_load_state("networkidle")
        assert_no_sideways_scroll(page)
        assert_accessible(page, name=name.replace(":", "-"))
        if name == "desk:places":
            number = page.locator("#list tbody tr td.num").first.text_content().strip()
    page.goto(f"{live_server.url}{reverse('desk:place', args=[number])}")
    page.wait_for_load_state("networkidle")
    assert_no_sideways_scroll(page)
    assert_accessible(page, name="desk-place")


@pytest.mark.parametrize("size", WIDTHS)
def test_a_morning_from_the_matrix_to_a_place_its_people_the_coverage_and_the_brief(
    open_page: OpenPage, live_server: Any, street: Town, size: tuple[int, int]
) -> None:
    page = sign_in(open_page(*size), live_server)
    page.locator(".dc-matrix tbody tr").first.locator("td a").first.click()
    page.wait_for_url(re.compile(r"/places/\?.*community="))
    assert_accessible(page)
    rows = page.locator("#list tbody tr")
    listed = rows.count()
    assert listed > 0
    expect(page.locator(".dc-pager")).to_contain_text(str(listed))
    rows.first.locator("a").first.click()
    page.wait_for_url(re.compile(r"/places/LS-"))
    expect(page.locator("main")).to_contain_text("Officer ")
    assert page.locator("main table").first.locator("tbody tr").count() >= 4
    assert_accessible(page)
    lead(page, size, "coverage")
    expect(page.locator(".dc-alert.good")).to_be_visible()
    assert_accessible(page)
    lead(page, size, "brief")
    assert_accessible(page)
    figure = page.locator("a.dc-ref", has_text=re.compile(r"^\d+$")).first
    counted = figure.inner_text()
    figure.click()
    page.wait_for_url(re.compile(r"/places/\?"))
    expect(page.locator(".dc-pager p")).to_contain_text(re.compile(rf"\b{counted}\b|{counted}"))


def lead(page: Page, size: tuple[int, int], where: str) -> None:
    """Go to a page by the rail, or by the menu of a phone."""
    menu = ".dc-rail" if size == DESK else ".dc-menu-panel"
    if size != DESK:
        page.locator(".dc-menu summary").click()
    page.locator(f"{menu} nav a[href*='/{where}/']").click()
    page.wait_for_url(re.compile(f"/{where}/"))


@pytest.mark.parametrize("size", WIDTHS)
@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/desk/places/LS-99999/", "web.not_found"),
        ("/desk/?on=1999-01-01", "desk.not_a_day"),
        ("/desk/places/?after=broken", "web.broken_cursor"),
        ("/desk/places/?gap=king:missing:", "desk.unknown_gap"),
    ],
)
def test_a_refusal_is_a_calm_page(
    open_page: OpenPage, live_server: Any, street: Town, size: tuple[int, int], address: str, code: str
) -> None:
    page = sign_in(open_page(*size), live_server)
    page.goto(f"{live_server.url}{address}")
    expect(page.locator("code")).to_have_text(code)
    assert_no_sideways_scroll(page)
    assert_accessible(page, name=code.replace(".", "-"))
    page.locator("a.button").click()
    expect(page.locator(".dc-matrix")).to_be_visible()


def test_two_characters_find_a_place_while_typing(page: Page, live_server: Any, street: Town) -> None:
    sign_in(page, live_server)
    page.goto(f"{live_server.url}{reverse('desk:places')}")
    page.locator("input[type=search]").press_sequentially("餐饮")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    expect(page.locator("#list")).to_contain_text("天顺餐饮管理公司")
    assert "q=" in page.url
    page.reload()
    expect(page.locator("#list tbody tr")).to_have_count(1)


@pytest.mark.parametrize(("code", "shown"), [("zh-hans", "2020年3月20日"), ("en", "20 March 2020")])
def test_a_day_is_written_in_the_language_of_the_page_and_not_of_the_browser(
    open_page: OpenPage, live_server: Any, street: Town, code: str, shown: str
) -> None:
    page = sign_in(open_page(*DESK, locale="en-US"), live_server)
    page.locator(f".dc-rail .dc-languages button[value='{code}']").click()
    expect(page.locator(".dc-day .dc-date-shown")).to_have_text(shown)
    page.locator(".dc-day input[type=date]").fill("2020-03-19")
    page.locator(".dc-day button[type=submit]").click()
    page.wait_for_url(re.compile("on=2020-03-19"))
    expect(page.locator(".dc-day .dc-date-shown")).to_have_text(
        shown.replace("20日", "19日").replace("20 M", "19 M")
    )


def test_the_list_filters_and_pages_without_javascript(
    open_page: OpenPage, live_server: Any, street: Town
) -> None:
    page = sign_in(open_page(*DESK, javascript=False), live_server)
    page.goto(f"{live_server.url}{reverse('desk:places')}")
    expect(page.locator("#list tbody tr")).to_have_count(50)
    page.locator("a[rel=next]").click()
    expect(page.locator("#list tbody tr")).to_have_count(11)
    page.locator("a[rel=prev]").click()
    expect(page.locator("#list tbody tr")).to_have_count(50)
    page.locator("input[type=search]").fill("天顺")
    page.locator(".dc-filters button[type=submit]").click()
    expect(page.locator("#list tbody tr")).to_have_count(1)


@pytest.mark.parametrize(("code", "word"), [("en", "Overview"), ("zh-hant", "總覽"), ("zh-hans", "总览")])
def test_the_desk_speaks_three_languages(
    page: Page, live_server: Any, street: Town, code: str, word: str
) -> None:
    sign_in(page, live_server)
    page.locator(f".dc-rail .dc-languages button[value='{code}']").click()
    page.wait_for_load_state("networkidle")
    expect(page.locator(".dc-rail nav")).to_contain_text(word)


def test_the_menu_of_a_phone_leads_everywhere(phone: Page, live_server: Any, street: Town) -> None:
    sign_in(phone, live_server)
    phone.locator(".dc-menu summary").click()
    phone.locator(".dc-menu-panel nav a[href='/desk/places/']").click()
    phone.wait_for_url(re.compile(r"/places/"))
    phone.locator(".dc-menu summary").click()
    phone.locator(".dc-menu-panel form[action$='sign-out/'] button").click()
    phone.wait_for_url(re.compile(r"/sign-in/"))


def test_a_wrong_password_is_refused_and_a_stranger_sees_nothing(
    page: Page, live_server: Any, street: Town
) -> None:
    page.goto(f"{live_server.url}{reverse('desk:places')}")
    page.wait_for_url(re.compile(r"/sign-in/\?next="))
    page.locator("[name=username]").fill("duty")
    page.locator("[name=password]").fill("wrong-password")
    page.locator("form button[type=submit].btn-primary").click()
    expect(page.locator("form[data-once]")).to_contain_text(re.compile("密码|用户名"))
    assert "/sign-in/" in page.url
