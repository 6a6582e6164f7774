"""Two workers fall ill: have it worked out who takes their places, change one, adopt, and see who serves and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from dongche.kit import clock
from dongche.org import actions as org
from dongche.registry.models import AssignmentProposal
from dongche.registry.queries import responsible_for
from tests import town as founding
from tests.browser import DESK, PHONE, OpenPage, assert_accessible, assert_no_sideways_scroll, follow, sign_in
from tests.factories.registry import place
from tests.town import BY, DAY, NOW, Town

WIDTHS = [pytest.param(DESK, id="desk"), pytest.param(PHONE, id="phone")]
TOMORROW = DAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def ill(transactional_db: None) -> Town:
    """Twelve shops in each grid; the workers of the outer grids are on leave."""
    town = founding.build()
    for number, grid in enumerate((town.grid_n1, town.grid_n2, town.grid_s1, town.grid_s2)):
        for step in range(12):
            place(grid, lon=120.0005 + 0.01 * number + 0.0008 * step, lat=36.002 + 0.0015 * (step % 4))
    for officer in (town.n1, town.s2):
        org.take_leave(officer=officer, from_on=DAY, by=BY, at=NOW)
    return town


def propose(page: Page, live_server: Any) -> AssignmentProposal:
    sign_in(page, live_server)
    page.goto(f"{live_server.url}{reverse('registry:proposals')}")
    page.locator("form:has([name=places_per_worker]) button[type=submit]").click()
    expect(page.locator("#lines")).to_be_visible()
    return AssignmentProposal.objects.latest("pk")


@pytest.mark.parametrize("size", WIDTHS)
def test_two_absentees_are_replaced_and_who_says_why(
    open_page: OpenPage, live_server: Any, ill: Town, size: tuple[int, int]
) -> None:
    page = open_page(*size)
    proposal = propose(page, live_server)
    assert set(proposal.absent) == {ill.n1.pk, ill.s2.pk}
    assert set(proposal.lines.filter(is_move=True).values_list("before__username", flat=True)) == {"n1", "s2"}
    expect(page.locator("#lines tbody tr")).to_have_count(24)
    page.wait_for_selector("[data-proposal-map][data-state=drawn]")
    assert_no_sideways_scroll(page)
    assert_accessible(page, name=f"proposal-{size[0]}")

    page.locator("#lines tbody a.btn").first.click()
    expect(page.locator("[name=worker_id]")).to_have_count(2)
    assert_no_sideways_scroll(page)
    assert_accessible(page, name=f"proposal-line-{size[0]}")
    page.locator("[name=worker_id]").nth(1).check()
    follow(page.locator("form:has([name=worker_id]) button"))
    edited = proposal.lines.filter(is_move=True).order_by("pk").first()
    assert edited.worker_id != edited.best_id

    page.locator("[name=from_on]").fill(TOMORROW.isoformat())
    page.locator("form:has([name=from_on]) button").click()
    page.locator("dialog[open] button[value=yes]").click()
    expect(page.locator("#proposal .dc-state")).to_contain_text("已采纳")
    assert_accessible(page, name=f"proposal-adopted-{size[0]}")
    served_by = responsible_for(edited.entity, TOMORROW)[0]
    assert (served_by.officer, served_by.rule) == (edited.worker, f"S30 assignment: proposal {proposal.pk}")


def test_the_map_can_show_what_was_before(page: Page, live_server: Any, ill: Town) -> None:
    propose(page, live_server)
    page.wait_for_selector("[data-proposal-map][data-state=drawn]")
    after = page.locator("[data-proposal-map] canvas").screenshot()
    page.locator("[name=when][value=before]").check()
    page.wait_for_timeout(800)
    assert page.locator("[data-proposal-map] canvas").screenshot() != after


def test_it_works_without_javascript(open_page: OpenPage, live_server: Any, ill: Town) -> None:
    page = open_page(*DESK, javascript=False)
    propose(page, live_server)
    page.locator("#lines tbody a.btn").first.click()
    page.locator("[name=worker_id]").nth(1).check()
    page.locator("form:has([name=worker_id]) button").click()
    page.locator("[name=from_on]").fill(TOMORROW.isoformat())
    page.locator("form:has([name=from_on]) button").click()
    expect(page.locator("#proposal .dc-state")).to_contain_text("已采纳")
