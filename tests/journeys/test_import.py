"""An officer brings the spreadsheet she already has: sees what it would do, takes the refused rows away, writes the rest."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from openpyxl import Workbook, load_workbook
from playwright.sync_api import Page, expect

from dongche.kit import clock
from dongche.registry.models import Entity, ImportBatch
from tests import town as founding
from tests.browser import (
    DESK,
    PHONE,
    OpenPage,
    assert_accessible,
    assert_no_sideways_scroll,
    sign_in,
)
from tests.factories.registry import place
from tests.registry.hostile import PNG
from tests.town import NOW, Town

FORMULA = '=HYPERLINK("http://example.invalid","x")'


@pytest.fixture(autouse=True)
def on_the_day(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path / "media"
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def known(transactional_db: None) -> Town:
    """The town, which knows two of the places of the file: one as it is, one with fewer staff."""
    town = founding.build()
    place(town.grid_n1, name="示例书店", address="湖滨路1号", staff_count=5)
    place(town.grid_n1, name="示例面馆", address="湖滨路2号", staff_count=6)
    return town


def messy() -> bytes:
    """A workbook as it lies on the desk: a sheet of notes first, titles, merged cells, other words in another order."""
    workbook = Workbook()
    workbook.active.title = "填表说明"
    workbook.active.append(["请各社区于每周五前更新"])
    sheet = workbook.create_sheet("3月台账")
    sheet.append(["湖滨街道复工复产底册（2020年3月）"])
    sheet.merge_cells("A1:I1")
    sheet.append(["填报单位：指挥部", None, None, None, None, None, "填报日期：2020.3.19"])
    sheet.append(
        [
            "序号",
            "社区（村）",
            "商户名称",
            "经营地址",
            "经营类型",
            "职工人数（人）",
            "负责人",
            None,
            "开业时间",
        ]
    )
    sheet.append([None, None, None, None, None, None, "姓名", "手机", None])
    sheet.merge_cells("G3:H3")
    for column in "ABCDEFI":
        sheet.merge_cells(f"{column}3:{column}4")
    lines = [
        ["North", "示例书店", "湖滨路1号", "临街商铺", "５", "", "", ""],
        [
            "North",
            "示例面馆",
            "湖滨路2号",
            "临街商铺",
            "１２ 人",
            "王某",
            "１３８ ００００ １２３４",
            "2015年6月1日",
        ],
        ["North", "　示例便利店 ", "湖滨路3号", "临街商铺", 3, "李某", 13800001235, "2018/5/1"],
        ["North", "示例便利店", "湖滨路3号", "临街商铺", 3, "李某", "13800001235", "2018-05-01"],
        ["South", "喆堃燊餐饮店🍜", "湖滨路4号", "临街商铺", 8, "赵某", "13800001236", "20190101"],
        ["Atlantis", FORMULA, "湖滨路5号", "临街商铺", -3, "钱某", "12", "2020-03-21"],
    ]
    lines += [["South", f"示例{n:02d}号店", f"南路{n}号", "临街商铺", "许多", "", "", ""] for n in range(60)]
    for number, line in enumerate(lines, 1):
        sheet.append([number, *line])
    sheet[
        "C10"
    ].data_type = "s"  # text, as typed with an apostrophe in front; openpyxl takes it for a formula
    sheet.merge_cells("B5:B8")
    sheet.append([None] * 9)
    sheet.append(["合计", None, None, None, None, 999])
    sheet.append(["填表人：孙某"])
    sheet["A400"] = "  "
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def upload(page: Page, live_server: Any, content: bytes, name: str = "3月底册（最终版2）.xlsx") -> None:
    page.goto(f"{live_server.url}{reverse('registry:import')}")
    mime = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": mime, "buffer": content})
    page.locator("main form[enctype] button").click()
    page.wait_for_url(re.compile(r"/import/[0-9A-Z]{26}/"))
    expect(page.locator(".dc-kpis")).to_be_visible()


def tab(page: Page, kind: str) -> None:
    page.locator(f"a[href^='?kind={kind}']").first.click()
    page.wait_for_url(re.compile(f"kind={kind}"))


@pytest.mark.parametrize(
    ("size", "javascript"),
    [(DESK, True), (PHONE, True), (DESK, False)],
    ids=["desk", "phone", "without-javascript"],
)
def test_a_messy_spreadsheet_goes_all_the_way(
    open_page: OpenPage, live_server: Any, known: Town, size: tuple[int, int], javascript: bool
) -> None:
    page = sign_in(open_page(*size, javascript=javascript), live_server)

    def look(name: str) -> None:
        assert_no_sideways_scroll(page)
        if javascript:
            assert_accessible(page, name=f"import-{name}")

    sent = messy()
    upload(page, live_server, sent)
    batch = ImportBatch.objects.get()
    assert batch.counts == {"new": 2, "changed": 1, "unchanged": 1, "duplicate": 1, "refused": 61}
    tiles = " ".join(page.locator(".dc-kpis").inner_text().split())
    assert tiles == "新增 2 变更 1 未变 1 重复 1 退回 61"
    assert Entity.objects.count() == 2
    look("preview")
    tab(page, "changed")
    expect(page.locator("main table").first).to_contain_text("示例面馆")
    look("changed")
    tab(page, "duplicate")
    expect(page.locator("main table").first).to_contain_text("与第 7 行相同")

    tab(page, "refused")
    rows = page.locator("main table").first.locator("tbody tr")
    expect(rows).to_have_count(50)
    for reason in ("Atlantis", "未来", "-3"):
        expect(rows.first).to_contain_text(reason)
    expect(rows.first.locator(".dc-main-cell")).to_have_text(FORMULA)
    look("refused")
    page.locator("a[rel=next]").click()
    expect(rows).to_have_count(11)
    page.locator("a[rel=prev]").click()
    expect(rows).to_have_count(50)

    with page.expect_download() as started:
        page.locator("a[href$='refused.xlsx']").click()
    assert started.value.suggested_filename == "3月底册（最终版2）－退回的行.xlsx"
    sheet = load_workbook(io.BytesIO(Path(started.value.path()).read_bytes())).worksheets[0]
    assert (sheet.max_row, sheet["A1"].value, sheet["B2"].value, sheet["E2"].value) == (
        62,
        "原因",
        10,
        FORMULA,
    )
    assert (sheet["E2"].data_type, sheet["E2"].quotePrefix) == ("s", True)
    assert "Atlantis" in sheet["A2"].value

    page.locator("form[action$='/apply/'] button").click()
    expect(page.locator("main")).to_contain_text("已写入")
    look("applied")
    assert Entity.objects.count() == 4
    page.locator("main a.btn-primary").click()
    page.wait_for_url(re.compile(r"/places/"))
    expect(page.locator("#list")).to_contain_text("喆堃燊餐饮店🍜")
    expect(page.locator("#list")).to_contain_text("示例便利店")
    assert Entity.objects.get(name="示例面馆").staff_count == 12

    upload(page, live_server, sent, "改了名.xlsx")
    assert page.url.split("?")[0].endswith(f"/import/{batch.code}/")
    expect(page.locator("main")).to_contain_text("已于 2020-03-20 导入")
    look("again")
    assert (ImportBatch.objects.count(), Entity.objects.count()) == (1, 4)


def test_a_file_that_is_no_register_is_told_and_another_can_be_sent(
    open_page: OpenPage, live_server: Any, known: Town
) -> None:
    page = sign_in(open_page(*DESK), live_server)
    page.goto(f"{live_server.url}{reverse('registry:import')}")
    for name, code in (("照片.xlsx", "registry.file_not_excel"), ("照片.png", "registry.wrong_extension")):
        page.goto(f"{live_server.url}{reverse('registry:import')}")
        page.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "image/png", "buffer": PNG}
        )
        page.locator("main form[enctype] button").click()
        expect(page.locator("main")).to_contain_text(code)
        assert_no_sideways_scroll(page)
        assert_accessible(page, name=f"import-{code.replace('.', '-')}")


def test_a_wrong_file_is_put_right_and_taken_back(open_page: OpenPage, live_server: Any, known: Town) -> None:
    page = sign_in(open_page(*DESK), live_server)
    workbook = Workbook()
    for line in (
        ["甲栏", "乙栏", "丙栏", "丁栏"],
        ["示例茶室", "临街商铺", "North", 3],
        ["示例书店", "临街商铺", "某社区", 9],
    ):
        workbook.active.append(line)
    file = io.BytesIO()
    workbook.save(file)
    page.goto(f"{live_server.url}{reverse('registry:import')}")
    mime = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    sent = {"name": "怪表.xlsx", "mimeType": mime, "buffer": file.getvalue()}
    page.locator("input[type=file]").set_input_files(sent)
    page.locator("main form[enctype] button").click()
    page.wait_for_url(re.compile(r"/import/[0-9A-Z]{26}/"))
    expect(page.locator("main")).to_contain_text("registry.no_name_column")
    assert_accessible(page, name="import-columns")
    assert_no_sideways_scroll(page)
    for column, field in enumerate(("name", "category", "community", "staff_count")):
        page.locator(f"select[name=column-{column}]").select_option(field)
    page.locator("input[name=save_as]").fill("怪表")
    page.locator("form[action$='/columns/'] button").click()
    expect(page.locator("main")).to_contain_text("指的是哪一个")
    assert_accessible(page, name="import-questions")
    page.locator("select[name=q-0]").select_option(known.north_community.code)
    page.locator("form[action$='/answers/'] button").click()
    expect(page.locator("form[action$='/answers/']")).to_have_count(0)
    page.locator("form[action$='/apply/'] button").click()
    expect(page.locator("main")).to_contain_text("已写入")
    assert Entity.objects.get(name="示例书店").staff_count == 9
    page.locator("form[action$='/undo/look/'] button").click()
    page.wait_for_url(re.compile(r"/undo/$"))
    expect(page.locator("input[name=reason]")).to_be_visible()
    assert_accessible(page, name="import-undo")
    assert_no_sideways_scroll(page)
    page.locator("input[name=reason]").fill("文件有误")
    page.locator("main form button.btn-danger").click()
    expect(page.locator("main")).to_contain_text("原因：文件有误")
    assert_accessible(page, name="import-undone")
    assert Entity.objects.get(name="示例书店").staff_count == 5
    assert not Entity.objects.filter(name="示例茶室", taken_back_at__isnull=True).exists()
