"""The roster of a place from the form to the log: filled in, brought in, a fever looked after, a phone shown for a reason."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation
from playwright.sync_api import expect

from dongche.kit import clock
from dongche.kit.identifiers import make_resident_id
from dongche.org.models import AuditEntry
from dongche.registry.models import Person
from dongche.registry.roster import template
from tests import town as founding
from tests.browser import DESK, PHONE, OpenPage, assert_accessible, assert_no_sideways_scroll, sign_in
from tests.factories.registry import place
from tests.town import NOW


@pytest.fixture(autouse=True)
def on_the_day(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path / "media"
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


def filled(place_name: str) -> bytes:
    """The empty form as a place fills it in: two people, one with a number that is mistyped."""
    good = make_resident_id("37029919900101001")
    people = [
        {"name": "示例甲", "document_number": good, "phone": "13800138000", "origin_place": "浙江杭州",
         "arrived_on": date(2020, 3, 15), "health_code": "黄码"},
        {"name": "示例乙", "document_number": good[:-1] + ("0" if good[-1] != "0" else "1")},
    ]  # fmt: skip
    file = io.BytesIO()
    with translation.override("zh-hans"):
        template.write(file, place_name, people)
    return file.getvalue()


@pytest.mark.parametrize("size", [pytest.param(DESK, id="desk"), pytest.param(PHONE, id="phone")])
def test_a_roster_from_the_form_to_the_log(
    open_page: OpenPage, live_server: Any, transactional_db: None, size: tuple[int, int]
) -> None:
    town = founding.build()
    shop = place(town.grid_n1, name="示例面馆")
    page = sign_in(open_page(*size), live_server)

    def look(name: str) -> None:
        assert_no_sideways_scroll(page)
        assert_accessible(page, name=name)

    page.goto(f"{live_server.url}{reverse('registry:roster-import', args=[shop.number])}")
    look("roster-import")
    page.locator("[name=file]").set_input_files(
        {"name": "花名册.xlsx", "mimeType": "application/octet-stream", "buffer": filled(shop.name)}
    )
    page.locator("form[enctype] button[type=submit]").click()
    page.wait_for_url(re.compile(r"/registry/import/\w+/"))
    expect(page.get_by_role("button", name="写入花名册")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("示例甲")
    look("roster-plan")
    page.get_by_role("button", name="写入花名册").click()
    expect(page.get_by_role("link", name="查看场所")).to_be_visible()
    person = Person.objects.get()

    page.goto(f"{live_server.url}{reverse('desk:people', args=[shop.number])}")
    look("people")
    page.locator("[name=wanted]").fill("8000")
    page.locator("[name=wanted]").press("Enter")
    expect(page.get_by_role("link", name="显示全部人员")).to_be_visible()
    assert "8000" not in page.url
    page.get_by_role("link", name="示**").click()
    page.wait_for_url(f"**{reverse('desk:person', args=[person.code])}")
    expect(page.locator("body")).to_contain_text("第6天，共14天")
    look("person")
    page.locator("[name=temperature]").fill("37.9")
    page.get_by_role("button", name="登记").click()
    expect(page.get_by_text("需关注")).to_be_visible()

    phone = page.locator("#reveal-phone")
    phone.locator("summary").click()
    phone.locator("select").select_option("urgent")
    phone.locator("button[type=submit]").click()
    expect(page.locator("#reveal-phone")).to_contain_text("13800138000")
    told = AuditEntry.objects.get(action="registry.reveal_person")
    assert (told.by, told.subject_id, told.after) == (town.duty, person.pk, {"field": "phone"})
    page.reload()
    expect(page.locator(".dc-timeline")).to_contain_text("查看完整信息：电话")
    look("person-shown")

    page.goto(f"{live_server.url}{reverse('desk:people-health', args=[shop.number])}")
    expect(page.get_by_text("37.9").first).to_be_visible()
    look("people-health")
    page.goto(f"{live_server.url}{reverse('registry:retention')}")
    look("retention")
