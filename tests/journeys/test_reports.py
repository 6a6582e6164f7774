"""The manager of a market reports for its stalls: in the grid by keyboard and paste, and as a file."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from playwright.sync_api import expect

from dongche.kit import clock
from dongche.registry.models import Entity
from dongche.reporting.models import Report
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

PASTE = """(cell, text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  cell.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(autouse=True)
def on_the_day(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path / "media"
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def stalls(transactional_db: None) -> list[Entity]:
    town = founding.build()
    found = [place(town.grid_n1, name=f"示例摊位{n}", staff_count=2) for n in range(4)]
    report(found[3], on=DAY - timedelta(days=1), staff_at_post=2, staff_due=2, output_fen=50_000)
    return found


@pytest.mark.parametrize(
    ("size", "javascript"),
    [(DESK, True), (PHONE, True), (DESK, False)],
    ids=["desk", "phone", "without-javascript"],
)
def test_stalls_are_reported_in_one_sheet(
    open_page: OpenPage, live_server: Any, stalls: list[Entity], size: tuple[int, int], javascript: bool
) -> None:
    page = sign_in(open_page(*size, javascript=javascript), live_server, "n1")
    page.goto(f"{live_server.url}{reverse('desk:reports')}")
    first, second, bad, same = (one.number for one in stalls)

    def cell(number: str, name: str) -> Any:
        return page.locator(f"[name='{number}-{name}']")

    if javascript:
        cell(first, "state").evaluate(PASTE, "已营业\t1\t2\n部分营业\t2\t2\n")
        cell(second, "staff_at_post").press("Enter")
        expect(cell(bad, "staff_at_post")).to_be_focused()
        cell(same, "same").check()
        expect(cell(same, "output_fen")).to_have_value("500")
    else:
        for number, state, at_post in ((first, "open", "1"), (second, "part", "2")):
            cell(number, "state").select_option(state)
            cell(number, "staff_at_post").fill(at_post)
        cell(same, "same").check()
    cell(bad, "state").select_option("open")
    cell(bad, "staff_at_post").fill("-1")
    follow(page.locator(".dc-save button.btn-primary"))
    expect(page.locator("tr.dc-refused")).to_have_count(1)
    assert_no_sideways_scroll(page)
    if javascript:
        assert_accessible(page, name="reports-grid")
    told = {row.entity.number: (row.state, row.same_as_yesterday) for row in Report.objects.filter(on=DAY)}
    assert told == {first: ("open", False), second: ("part", False), same: ("open", True)}
    cell(bad, "staff_at_post").fill("1")
    follow(page.locator(".dc-save button.btn-primary"))
    expect(page.locator("tr.dc-refused")).to_have_count(0)
    assert Report.objects.filter(on=DAY).count() == 4


def test_the_sheet_is_fetched_filled_in_and_sent(
    open_page: OpenPage, live_server: Any, stalls: list[Entity]
) -> None:
    page = sign_in(open_page(*DESK), live_server, "n1")
    page.goto(f"{live_server.url}{reverse('desk:reports')}")
    with page.expect_download() as started:
        page.locator("a[href*='template.xlsx']").click()
    book = load_workbook(io.BytesIO(Path(started.value.path()).read_bytes()))
    for line, state in enumerate(("已营业", "停业", "天晓得"), 2):
        book.worksheets[0].cell(line, 5, state)
        book.worksheets[0].cell(line, 6, 1 if state == "已营业" else None)
    sent = io.BytesIO()
    book.save(sent)
    page.goto(f"{live_server.url}{reverse('desk:report-files')}")
    assert_accessible(page, name="reports-files")
    mime = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    page.locator("input[type=file]").set_input_files(
        {"name": "今日.xlsx", "mimeType": mime, "buffer": sent.getvalue()}
    )
    page.locator("main form[enctype] button").click()
    page.wait_for_url(re.compile(r"/files/[0-9A-Z]{26}/"))
    expect(page.locator(".dc-kpis")).to_be_visible()
    assert " ".join(page.locator(".dc-kpis").inner_text().split()) == "新增 2 变更 0 未变 0 重复 0 退回 2"
    assert_accessible(page, name="reports-file")
    page.locator("form[action$='/apply/'] button").click()
    expect(page.locator("form[action$='/undo/']")).to_be_visible()
    assert Report.objects.filter(on=DAY).count() == 2
    page.locator("form[action$='/undo/'] [name=reason]").fill("发错了文件")
    page.locator("form[action$='/undo/'] button").click()
    expect(page.locator("main")).to_contain_text("发错了文件")
    assert not Report.objects.filter(on=DAY, superseded_at__isnull=True).exists()
