"""A grid is too dense: have its community divided anew, move a place, adopt, and see who is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from dongche.kit import clock
from dongche.org.models import Unit
from dongche.registry.models import AssignmentProposal
from tests import town as founding
from tests.browser import DESK, PHONE, OpenPage, assert_accessible, assert_no_sideways_scroll, follow, sign_in
from tests.factories.registry import place
from tests.town import DAY, NOW, Town

WIDTHS = [pytest.param(DESK, id="desk"), pytest.param(PHONE, id="phone")]


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def dense(transactional_db: None) -> Town:
    """Twenty shops in the first grid of North, four in the second."""
    town = founding.build()
    for step in range(20):
        place(town.grid_n1, lon=120.001 + 0.002 * (step % 5), lat=36.0015 + 0.002 * (step // 5))
    for step in range(4):
        place(town.grid_n2, lon=120.0115 + 0.002 * step, lat=36.005)
    return town


def propose(page: Page, live_server: Any, town: Town, grids: int) -> AssignmentProposal:
    sign_in(page, live_server)
    page.goto(f"{live_server.url}{reverse('registry:divisions')}")
    page.locator(f"[name=units][value='{town.north_community.pk}']").check()
    page.locator("[name=grids]").fill(str(grids))
    page.locator("form:has([name=grids]) button[type=submit]").click()
    expect(page.locator("#lines")).to_be_visible()
    return AssignmentProposal.objects.latest("pk")


def move_one(page: Page, proposal: AssignmentProposal, live_server: Any) -> None:
    """Try the places of the proposal until one may go to a neighbour."""
    for line in proposal.places.order_by("pk"):
        page.goto(f"{live_server.url}{reverse('registry:proposal-place', args=[proposal.code, line.pk])}")
        free = page.locator("[name=grid]:not(:checked):not(:disabled)")
        if free.count():
            free.first.check()
            follow(page.locator("form:has([name=grid]) button"))
            return
    raise AssertionError("no place may move")


@pytest.mark.parametrize("size", WIDTHS)
def test_a_community_is_divided_edited_adopted_and_who_is_missing_is_shown(
    open_page: OpenPage, live_server: Any, dense: Town, size: tuple[int, int]
) -> None:
    page = open_page(*size)
    proposal = propose(page, live_server, dense, 3)
    new = proposal.grids.get(unit__isnull=True)
    expect(page.locator("#proposal .dc-alert.warn")).to_contain_text(new.name)
    page.wait_for_selector("[data-proposal-map][data-state=drawn]")
    assert_no_sideways_scroll(page)
    assert_accessible(page, name=f"division-{size[0]}")

    move_one(page, proposal, live_server)
    expect(page.locator("#lines")).to_be_visible()
    proposal.refresh_from_db()
    assert proposal.summary["edited"] == 1

    page.locator("[name=from_on]").fill(DAY.isoformat())
    page.locator("form:has([name=from_on]) button").first.click()
    page.locator("dialog[open] button[value=yes]").click()
    expect(page.locator("#proposal .dc-state")).to_contain_text("已采纳")
    assert_accessible(page, name=f"division-adopted-{size[0]}")
    assert Unit.objects.get(code=new.code).from_on == DAY

    page.locator("#proposal .dc-alert.warn a").click()
    expect(page.locator("table", has_text=new.name).first).to_be_visible()


def test_the_map_shows_the_grids_before_and_after(page: Page, live_server: Any, dense: Town) -> None:
    propose(page, live_server, dense, 4)
    page.wait_for_selector("[data-proposal-map][data-state=drawn]")
    after = page.locator("[data-proposal-map] canvas").screenshot()
    page.locator("[name=when][value=before]").check()
    page.wait_for_timeout(800)
    assert page.locator("[data-proposal-map] canvas").screenshot() != after


def test_it_works_without_javascript(open_page: OpenPage, live_server: Any, dense: Town) -> None:
    page = open_page(*DESK, javascript=False)
    proposal = propose(page, live_server, dense, 1)
    page.locator("[name=from_on]").fill(DAY.isoformat())
    page.locator("form:has([name=from_on]) button").first.click()
    expect(page.locator("#proposal .dc-state")).to_contain_text("已采纳")
    page.locator("details summary", has_text="恢复原有网格").click()
    page.locator("form:has([name=reason]) button").click()
    expect(page.locator("#proposal .dc-state")).to_contain_text("已撤回")
    proposal.refresh_from_db()
    assert proposal.state == "undone"
