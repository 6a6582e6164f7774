"""An administrator invites somebody, gives a first post and ends it; an officer is shown a phone, and it is logged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse

from dongche.kit import clock
from dongche.org.models import AuditEntry, Officer
from tests import town as founding
from tests.browser import DESK, PHONE, OpenPage, assert_accessible, assert_no_sideways_scroll, follow, sign_in
from tests.factories.registry import place
from tests.town import NOW, Town

WIDTHS = [pytest.param(DESK, id="desk"), pytest.param(PHONE, id="phone")]


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def lake(transactional_db: None) -> Town:
    return founding.build()


@pytest.mark.parametrize("size", WIDTHS)
def test_invite_first_post_and_its_end(
    open_page: OpenPage, live_server: Any, lake: Town, size: tuple[int, int]
) -> None:
    page = sign_in(open_page(*size), live_server)

    def look(name: str) -> None:
        assert_no_sideways_scroll(page)
        assert_accessible(page, name=name)

    page.goto(f"{live_server.url}{reverse('desk:officers')}")
    look("officers")
    page.goto(f"{live_server.url}{reverse('desk:officer-invite')}")
    page.locator("[name=name]").fill("新来者")
    page.locator("[name=username]").fill("newcomer")
    page.locator("[name=phone]").fill("13800001234")
    page.locator("[name=role]").select_option("grid_worker")
    page.locator("[name=unit]").select_option("370203900001001")
    look("officer-invite")
    follow(page.locator("main form .btn-primary[type=submit]"))
    link = page.locator("#link").input_value()
    look("officer-link")
    guest = open_page(*size)
    guest.goto(live_server.url + link[link.index("/invite/") :])
    guest.locator("[name=new]").fill("four-green-harbours")
    guest.locator("[name=again]").fill("four-green-harbours")
    guest.locator("form [type=submit].btn-primary").click()
    guest.wait_for_url("**/sign-in/")
    page.goto(f"{live_server.url}{reverse('desk:officer', args=['newcomer'])}")
    look("officer")
    page.locator("a[href*='/end/']").first.click()
    page.locator("[name=until_on]").wait_for(state="attached")
    look("post-end")
    page.locator("main form [type=submit].btn-danger").click()
    page.wait_for_url("**/officers/newcomer/")
    post = Officer.objects.get(username="newcomer").posts.get(superseded_at=None)
    assert post.until_on is not None
    page.goto(f"{live_server.url}{reverse('desk:roles')}")
    look("roles")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_phone_is_shown_for_a_reason_and_logged(
    open_page: OpenPage, live_server: Any, lake: Town, javascript: bool
) -> None:
    shop = place(lake.grid_n1, name="天顺餐饮", contact_name="钱塘月", contact_phone="13912345678")
    page = sign_in(open_page(*PHONE, javascript=javascript), live_server)
    page.goto(f"{live_server.url}{reverse('desk:place', args=[shop.number])}")
    assert "13912345678" not in page.content()
    value = page.locator("#reveal-contact-phone")
    value.locator("summary").click()
    value.locator("[name=why]").select_option("visit")
    assert_no_sideways_scroll(page)
    if javascript:
        assert_accessible(page, name="reveal")
    value.locator("button").click()
    page.locator("#reveal-contact-phone a[href='tel:13912345678']").wait_for()
    if javascript:
        assert_accessible(page, name="revealed")
    (entry,) = AuditEntry.objects.filter(action="registry.reveal")
    assert (entry.by_id, entry.subject_id, entry.after) == (lake.duty.pk, shop.pk, {"field": "contact_phone"})
    assert "13912345678" not in f"{entry.before}{entry.after}{entry.reason}{entry.origin}"
