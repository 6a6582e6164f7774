"""A working group in a real browser: founded, filled, a task given, worked on, returned, confirmed (S14)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from dongche.kit import clock
from dongche.org.models import GroupTask
from tests import town as founding
from tests.browser import DESK, PHONE, OpenPage, assert_accessible, assert_no_sideways_scroll, follow, sign_in
from tests.town import NOW, Town

WIDTHS = [pytest.param(DESK, id="desk"), pytest.param(PHONE, id="phone")]


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def town_of_groups(transactional_db: None) -> Town:
    return founding.build()


def looked_at(page: Page, name: str) -> None:
    assert_no_sideways_scroll(page)
    assert_accessible(page, name=name)


def as_officer(
    open_page: OpenPage, live_server: Any, size: tuple[int, int], username: str, **how: Any
) -> Page:
    page = open_page(*size, **how)
    sign_in(page, live_server, username)
    return page


@pytest.mark.parametrize("size", WIDTHS)
def test_a_group_is_founded_and_a_task_confirmed(
    open_page: OpenPage, live_server: Any, town_of_groups: Town, size: tuple[int, int]
) -> None:
    town, here = town_of_groups, live_server.url
    page = as_officer(open_page, live_server, size, "leader1")
    page.goto(f"{here}{reverse('desk:group-new')}")
    page.locator("[name=name]").fill("复工复产工作专班")
    page.locator("[name=purpose]").fill("Back to work")
    follow(page.locator("main form button[type=submit]"))
    for officer, part in ((town.leader1, "leader"), (town.north, "member")):
        if officer == town.leader1:
            follow(page.locator("main a[href$='/seats/']").first)
        else:
            page.goto(page.url.partition("?")[0].partition("#")[0] + "seats/")
        page.locator("[name=post]").select_option(str(officer.posts.get().pk))
        page.locator("[name=part]").select_option(part)
        follow(page.locator("main form button[type=submit]"))
    looked_at(page, "group")
    follow(page.locator("a[href$='/tasks/']").first)
    looked_at(page, "group-task-new")
    page.locator("[name=title]").fill("逐家走访")
    page.locator("[name=owner]").select_option("north")
    page.locator("[name=due_on]").fill("2020-03-25")
    follow(page.locator("main form button[type=submit]"))
    task = GroupTask.objects.get()

    worker = as_officer(open_page, live_server, size, "north")
    worker.goto(f"{here}{reverse('desk:my-day')}")
    worker.get_by_role("link", name="逐家走访").click()
    worker.wait_for_url(f"**{reverse('desk:group-task', args=[task.pk])}")
    looked_at(worker, "group-task")
    worker.locator("[name=percent]").fill("60")
    worker.locator("[name=note]").fill("half of them")
    worker.locator("main form button[type=submit]").click()
    expect(worker.locator(".dc-timeline li")).to_have_count(2)
    follow(worker.locator("a[href$='/finish/']"))
    worker.locator("[name=note]").fill("all of them")
    follow(worker.locator("main form button[type=submit]"))

    page.goto(f"{here}{reverse('desk:my-day')}")
    follow(page.get_by_role("link", name="逐家走访"))
    follow(page.locator("a[href$='/confirm/']"))
    follow(page.locator("main form button[type=submit]"))
    looked_at(page, "group-task-confirmed")
    expect(page.locator(".dc-timeline li")).to_have_count(4)
    task.refresh_from_db()
    assert (task.state, task.percent) == ("confirmed", 100)
