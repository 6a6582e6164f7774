"""A real browser for the journeys: Debian's Chromium, driven by Playwright, allowed to talk to this machine only."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, sync_playwright

from tests.town import PASSWORD

ROOT = Path(__file__).resolve().parent.parent
SCREENSHOTS = ROOT / "var" / "screenshots"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
DESK, PHONE = (1440, 900), (390, 844)
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-unsafe-swiftshader",  # WebGL for the map, drawn by the processor
)
OpenPage = Callable[..., Page]


def chromium() -> str:
    found = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if not found:
        pytest.fail(
            "No Chromium found. Install it (Debian: apt-get install chromium) or set CHROMIUM to its path."
        )
    return found


def _flags() -> list[str]:
    return [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else list(FLAGS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run.

    Playwright's synchronous interface keeps an event loop alive in this thread, which Django takes for asynchronous
    code. The guard against that is lifted only while the browser is open.
    """
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=_flags())
        yield running
        running.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Open pages: `open_page(width=390, height=844, javascript=True, locale="zh-CN")`;
    with `kept_in=folder` in a browser of its own, whose storage outlives it.

    At the end every page must have stayed on this machine and run without a script error.
    """
    contexts, faults = [], []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            faults.append(f"console: {message.text}")

    def watch(request: Request) -> None:
        where = urlsplit(request.url)
        if where.scheme in {"http", "https", "ws", "wss"} and where.hostname not in {
            "localhost",
            "127.0.0.1",
        }:
            faults.append(f"request to another host: {request.url}")

    def opened(
        width: int = DESK[0],
        height: int = DESK[1],
        *,
        javascript: bool = True,
        locale: str = "zh-CN",
        kept_in: Path | None = None,
    ) -> Page:
        how: dict[str, Any] = {
            "viewport": {"width": width, "height": height},
            "has_touch": width < 800,
            "java_script_enabled": javascript,
            "locale": locale,
            "timezone_id": "Asia/Shanghai",
            "reduced_motion": "reduce",
        }
        context = (
            browser.new_context(**how)
            if kept_in is None
            else browser.browser_type.launch_persistent_context(
                kept_in, executable_path=chromium(), args=_flags(), **how
            )
        )
        context.set_default_timeout(15_000)
        context.on("request", watch)
        context.on("console", hear)
        context.on("weberror", lambda error: faults.append(f"script: {error.error}"))
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A page as wide as a desk's screen."""
    return open_page(*DESK)


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    """A page as narrow as a phone."""
    return open_page(*PHONE)


def follow(link: Locator) -> None:
    """Click a link or a button that leads to another page, and wait until that page is there with its pictures.

    A click alone returns as soon as the way is asked for: what is read next may still be the page before.
    """
    with link.page.expect_navigation(wait_until="load"):
        link.click()


def screenshot(page: Page, name: str) -> None:
    """Save what the page shows as var/screenshots/<name>-<width>.png, when DONGCHE_SCREENSHOTS is 1."""
    if os.environ.get("DONGCHE_SCREENSHOTS") != "1":
        return
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    width = page.viewport_size["width"] if page.viewport_size else 0
    page.screenshot(
        path=SCREENSHOTS / f"{re.sub('[^a-z0-9-]+', '-', name.lower())}-{width}.png", full_page=True
    )


def assert_accessible(page: Page, *, name: str = "") -> None:
    """Fail when axe finds a violation of WCAG 2 A or AA on the page, naming the rule and the elements."""
    page.wait_for_load_state("load")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'], resultTypes: ['violations']})"
        ".then(result => result.violations.map("
        "rule => rule.id + ': ' + rule.help + '\\n    ' + rule.nodes.map("
        "node => node.target + '  ' + (node.any[0] || node.all[0] || node.none[0] || {}).message).join('\\n    ')))"
    )
    if name:
        screenshot(page, name)
    assert found == [], "\n".join([f"{page.url} is not accessible:", *found])


def assert_no_sideways_scroll(page: Page) -> None:
    """Fail when the page is wider than its window."""
    page.wait_for_load_state("load")
    width, content = page.evaluate(
        "[document.documentElement.clientWidth, document.documentElement.scrollWidth]"
    )
    assert content <= width, f"{page.url} is {content} px wide in a window of {width} px"


def sign_in(page: Page, live_server: Any, username: str = "duty") -> Page:
    """Sign an officer of the town in through the page that people use; the overview is shown then."""
    page.goto(f"{live_server.url}{reverse('sign-in')}")
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form button[type=submit].btn-primary").click()
    page.wait_for_url(re.compile(r"/desk/"))
    return page
