"""A day is locked and published; a place reports late; the figure says so everywhere, and is put right with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from dongche.kit import clock
from dongche.registry.models import Entity
from dongche.reporting.models import Publication
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
from tests.town import DAY, NOW


@pytest.fixture(autouse=True)
def evening() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def street(transactional_db: None) -> list[Entity]:
    """Four shops, of which two have reported that they are open."""
    town = founding.build()
    shops = [place(town.grid_n1, name=f"示例店{n}") for n in range(4)]
    for shop in shops[:2]:
        report(shop, known_at=NOW - timedelta(hours=1))
    return shops


def look(page: Page, name: str) -> None:
    assert_no_sideways_scroll(page)
    assert_accessible(page, name=name)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_what_was_published_stays_and_what_came_late_is_seen(
    open_page: OpenPage, live_server: Any, street: list[Entity], size: tuple[int, int]
) -> None:
    page = sign_in(open_page(*size), live_server, "duty")
    page.goto(f"{live_server.url}{reverse('desk:published')}")
    follow(page.locator(f"a[href*='{reverse('desk:publish')}']").first)
    page.locator("[name=speaker]").fill("王某，党工委书记")
    look(page, "publish")
    follow(page.locator("[name=publish]"))
    expect(page.locator("main")).to_contain_text("50.00%")
    expect(page.locator("main")).to_contain_text(Publication.objects.get().digest)
    first = page.url

    # A third place reports for the day after it was locked.
    report(street[2], known_at=NOW + timedelta(minutes=5))
    clock.use(clock.SlowClock(shown=NOW + timedelta(hours=1), started=datetime.now(UTC)))
    page.goto(first)
    expect(page.locator("main")).to_contain_text("是，逐位一致")
    expect(page.locator("main")).to_contain_text("75.00%")
    look(page, "publication-restated")
    page.goto(f"{live_server.url}{reverse('desk:settled', args=['resumption_rate'])}?on={DAY}")
    expect(page.locator("main")).to_contain_text("50.00%")
    expect(page.locator("main")).to_contain_text("75.00%")
    expect(page.locator("main")).to_contain_text(street[2].name)
    look(page, "settled")

    # It is put right: without a reason it is refused, with one it is number two, and the first stays as it was.
    page.goto(first)
    follow(page.locator(f"a[href*='{reverse('desk:publish')}']").first)
    page.locator("[name=reason]").fill("")
    follow(page.locator("[name=publish]"))
    expect(page.locator("main")).to_contain_text("须注明原因")
    page.locator("[name=reason]").fill("一家晚报")
    follow(page.locator("[name=publish]"))
    assert [(one.number, one.kind) for one in Publication.objects.order_by("number")] == [
        (1, "first"),
        (2, "correction"),
    ]
    page.goto(f"{live_server.url}{reverse('desk:brief')}?on={DAY}")
    expect(page.locator("main")).to_contain_text(Publication.objects.get(number=2).digest)
    expect(page.locator(".dc-headline")).to_contain_text("75.00%")
    page.goto(first)
    expect(page.locator("main")).to_contain_text("50.00%")
