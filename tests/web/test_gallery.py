"""Every component in a real browser: no script error, nothing the policy refuses, nothing axe finds, at both widths.

The gallery runs with its own settings in its own process: the kit alone, with hashed static files as in production.
"""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import (
    DESK,
    PHONE,
    ROOT,
    OpenPage,
    assert_accessible,
    assert_no_sideways_scroll,
    screenshot,
)

PAGES = ("", "places/", "pieces/", "paper/", "report/", "sign-in/", "refuse/", "missing/", "fail/")
pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def gallery() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.web.gallery"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        ready, _, _ = select.select([server.stdout], [], [], 120)
        address = server.stdout.readline().strip() if ready else ""
        try:
            assert address.startswith("http://127.0.0.1:"), (
                "the gallery did not start: python -m tests.web.gallery"
            )
            yield address
        finally:
            server.terminate()


def wait_for_figures(page: Page) -> None:
    for chart in page.locator("[data-chart]").all():
        expect(chart.locator("canvas")).to_have_count(1)
    for drawn in page.locator("[data-map]").all():
        expect(drawn.locator("canvas")).to_have_count(1)
        expect(drawn).to_have_attribute("data-state", "drawn")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("path", PAGES, ids=[path.strip("/") or "overview" for path in PAGES])
def test_every_page_is_accessible_and_clean(gallery, open_page: OpenPage, path, size):
    page = open_page(*size)
    page.goto(f"{gallery}/{path}")
    wait_for_figures(page)
    assert_no_sideways_scroll(page)
    assert_accessible(page, name=f"gallery-{path.strip('/') or 'overview'}")


@pytest.mark.parametrize("path", PAGES[:6], ids=[path.strip("/") or "overview" for path in PAGES[:6]])
def test_every_page_says_the_same_without_script(gallery, open_page: OpenPage, path):
    page = open_page(*PHONE, javascript=False)
    page.goto(f"{gallery}/{path}")
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("[data-chart]:visible, [data-map]:visible")).to_have_count(0)
    for hidden in page.locator("details.dc-data").all():
        hidden.locator("summary").click()
        expect(hidden.locator("table, ul")).to_be_visible()


def test_the_menu_opens_on_a_phone_and_closes_with_escape(gallery, phone):
    phone.goto(f"{gallery}/")
    links = phone.locator(".dc-menu-panel nav a")
    expect(links.first).to_be_hidden()
    phone.locator(".dc-menu summary").click()
    expect(links).to_have_count(4)
    screenshot(phone, "gallery-menu")
    phone.keyboard.press("Escape")
    expect(links.first).to_be_hidden()
    phone.locator(".dc-menu summary").click()
    links.nth(1).click()
    expect(phone).to_have_url(f"{gallery}/places/")


def test_a_figure_explains_itself(gallery, page):
    page.goto(f"{gallery}/")
    popover = page.locator(".dc-kpi .dc-pop").first
    page.locator(".dc-kpi .dc-def summary").first.click()
    expect(popover).to_contain_text("2,185")
    expect(popover).to_contain_text("88.56%")
    expect(popover).to_contain_text("resumption_rate@1")
    expect(popover.locator("a")).to_have_attribute("href", "/places/")
    screenshot(page, "gallery-definition")
    page.locator("h1").click()
    expect(popover).to_be_hidden()


def test_a_click_on_the_map_opens_the_list_of_the_grid(gallery, page):
    page.goto(f"{gallery}/")
    wait_for_figures(page)
    canvas = page.locator("canvas.maplibregl-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("[data-map-tip]")).to_contain_text("社区 网格")
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page).to_have_url(re.compile(r"/places/\?grid=\d\d-\d\d$"))


def test_the_list_stands_in_for_a_map_that_cannot_be_drawn(gallery, open_page: OpenPage):
    page = open_page(*DESK)
    page.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...more) {"
        "  return /webgl/.test(kind) ? null : get.call(this, kind, ...more); }"
    )
    page.goto(f"{gallery}/")
    expect(page.locator("[data-map-missing]")).to_be_visible()
    expect(page.locator(".dc-areas li")).to_have_count(56)
    expect(page.locator(".dc-areas a").first).to_be_visible()


def test_a_filter_swaps_the_list_and_lands_in_the_address(gallery, page):
    page.goto(f"{gallery}/places/")
    page.locator("input[type=search]").fill("药房")
    expect(page.locator("#list tbody tr")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"/places/\?q=[^&]+$"))
    page.locator("select[name=community]").select_option("望海")
    expect(page).to_have_url(re.compile(r"community="))
    page.locator("input[type=search]").fill("没有这家")
    expect(page.locator(".dc-empty")).to_be_visible()
    page.go_back()
    expect(page.locator("#list tbody tr")).to_have_count(2)


def test_filters_work_without_script(gallery, open_page: OpenPage):
    page = open_page(*PHONE, javascript=False)
    page.goto(f"{gallery}/places/")
    expect(page.locator("select[name=community]")).to_be_hidden()
    page.locator(".dc-more-label").click()
    page.locator("select[name=community]").select_option("望海")
    page.locator(".dc-filters button[type=submit]").click()
    expect(page.locator(".dc-chip")).to_have_count(2)


def test_a_refused_request_leaves_the_page_and_says_why(gallery, page):
    page.goto(f"{gallery}/pieces/")
    page.locator("#hx-refuse").click()
    expect(page.locator("#dc-confirm")).to_be_visible()
    screenshot(page, "gallery-confirm")
    page.locator("#dc-confirm button[value=yes]").click()
    expect(page.locator("#dc-messages .dc-alert")).to_contain_text("Row 7 was given <b>ten</b>")
    expect(page.locator("#nowhere")).to_have_text("原有内容")


def test_a_lost_network_is_said(gallery, browser):
    page = browser.new_page()  # not by open_page: the browser rightly logs the lost request as an error
    page.goto(f"{gallery}/pieces/")
    page.context.set_offline(True)
    page.locator("#hx-refuse").click()
    page.locator("#dc-confirm button[value=yes]").click()
    expect(page.locator("#dc-messages .dc-alert")).to_be_visible()
    page.close()


def test_nothing_is_done_before_it_is_confirmed(gallery, page):
    page.goto(f"{gallery}/pieces/")
    button = page.locator("form[data-confirm] button")
    button.click()
    page.locator("#end-post button[value=no]").click()
    expect(page).to_have_url(f"{gallery}/pieces/")
    button.click()
    page.locator("#end-post button[value=yes]").click()
    expect(page).to_have_url(f"{gallery}/remove/")


def test_a_file_can_be_dropped(gallery, page):
    page.goto(f"{gallery}/pieces/")
    transfer = page.evaluate_handle(
        "() => { const box = new DataTransfer(); box.items.add(new File(['x'.repeat(2048)], '台账.xlsx')); return box; }"
    )
    page.locator("[data-drop]").dispatch_event("drop", {"dataTransfer": transfer})
    expect(page.locator("[data-drop-name]")).to_have_text("台账.xlsx (2 KB)")


def test_wrong_fields_name_their_fault_to_screen_readers(gallery, page):
    page.goto(f"{gallery}/pieces/")
    page.locator("form[data-once]").evaluate("form => form.noValidate = true")
    page.locator("form[data-once] button").click()
    name = page.locator("#id_name")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_attribute("aria-describedby", "id_name_helptext id_name_error")
    expect(page.locator("#id_name_error")).to_be_visible()
    assert_accessible(page, name="gallery-errors")


def test_the_report_counts_with_big_buttons(gallery, phone):
    phone.goto(f"{gallery}/report/")
    for _ in range(10):
        phone.locator("[data-step='1']").click()
    expect(phone.locator("#id_staff")).to_have_value("20")
    phone.locator("[data-step='-1']").click()
    phone.locator(".go button").click()
    expect(phone.locator(".done")).to_contain_text("19")


def test_the_report_works_without_script(gallery, open_page: OpenPage):
    page = open_page(*PHONE, javascript=False)
    page.goto(f"{gallery}/report/")
    expect(page.locator("[data-step]").first).to_be_hidden()
    page.locator("#id_staff").fill("7")
    page.locator(".go button").click()
    expect(page.locator(".done")).to_contain_text("7")


def test_the_language_is_chosen_by_a_button(gallery, page):
    page.goto(f"{gallery}/places/?q=药房")
    page.locator("header.dc-rail button[value=en]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).to_have_url(re.compile(r"/places/\?q="))
    expect(page.locator("header.dc-rail")).to_contain_text("Sign out")
    assert_accessible(page, name="gallery-english")
