"""Forms of one place each: given out, filled in, sent as they are; a table is never taken for one."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from dongche.registry import template
from dongche.registry.blanks import blanks, write
from dongche.registry.importing import import_file
from dongche.registry.models import Entity
from dongche.registry.sheets import read_workbook
from tests.town import BY, NOW, Town

FILLED = {
    "企业名称": "海泊精密机械有限公司", "单位名称": "海泊精密机械有限公司", "统一社会信用代码": "91370203MA3N12345X",
    "场所类别": "企业", "经营地址": "示范路1号", "单位地址": "示范路1号", "联系人": "示例", "联系电话": "19900001234",
    "行业代码": "C3412", "员工总数": "120", "法定代表人": "示例二", "主要困难": "员工返岗", "盖章": "海泊精密",
}  # fmt: skip


def filled_in(kind: str, town: Town | None = None, **more: str) -> bytes:
    """A form as a place sends it back."""
    empty = BytesIO()
    write(empty, blanks()[kind])
    book = openpyxl.load_workbook(empty)
    fill(book.active, FILLED | more | ({"所属社区": "North", "所属网格": "North grid 1"} if town else {}))
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def fill(sheet: Any, values: dict[str, str]) -> None:
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value in values:
                sheet.cell(cell.row, cell.column + 1, values[cell.value])


@pytest.mark.parametrize("kind", blanks())
def test_a_form_filled_in_is_read_back(kind: str) -> None:
    sheet = read_workbook(filled_in(kind), file="form.xlsx")
    ((_number, cells),) = list(sheet.rows)
    told = sheet.pick(cells)
    assert (told["name"], told["credit_code"], told["category"], told["staff_count"]) == (
        "海泊精密机械有限公司", "91370203MA3N12345X", "企业", "120"
    )  # fmt: skip
    assert (told["address"], told["contact_name"], told["contact_phone"]) == (
        "示范路1号",
        "示例",
        "19900001234",
    )
    labels = {label for lines in blanks()[kind].sections.values() for line in lines for label in line}
    assert set(sheet.headers) == labels
    assert set(sheet.columns.unused) == labels - {sheet.headers[at] for at in sheet.columns.by_field.values()}


@pytest.mark.parametrize("kind", blanks())
def test_an_empty_form_is_understood_and_holds_no_place(kind: str) -> None:
    file = BytesIO()
    write(file, blanks()[kind])
    assert list(read_workbook(file.getvalue(), file="form.xlsx").rows) == []


def test_forms_on_several_sheets_are_several_places(town: Town) -> None:
    book = openpyxl.load_workbook(BytesIO(filled_in("filing", town)))
    other = openpyxl.load_workbook(
        BytesIO(filled_in("survey", town, 单位名称="南岭商行", 统一社会信用代码=""))
    )
    copy = book.create_sheet("第二家")
    for row in other.active.iter_rows():
        for cell in row:
            copy[cell.coordinate] = cell.value
    for merged in other.active.merged_cells.ranges:
        copy.merge_cells(str(merged))
    file = BytesIO()
    book.save(file)
    sheet = read_workbook(file.getvalue(), file="forms.xlsx")
    assert [sheet.pick(cells)["name"] for _number, cells in sheet.rows] == [
        "海泊精密机械有限公司",
        "南岭商行",
    ]


def test_a_refused_cell_of_a_form_is_named_as_it_is_in_its_sheet(
    town: Town, tmp_path: Any, settings: Any, client: Client
) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    path, out = tmp_path / "单位防控表.xlsx", tmp_path / "refused.xlsx"
    content = filled_in("survey", town, 联系电话="12", 员工总数="许多", 统一社会信用代码="")
    path.write_bytes(content)
    batch = import_file(path, subdistrict=town.subdistrict, by=BY, at=NOW, errors=out).batch
    sheet = openpyxl.load_workbook(BytesIO(content)).active
    wrong = {
        f"{sheet.title}!{cell.coordinate}" for line in sheet for cell in line if cell.value in ("12", "许多")
    }
    client.force_login(town.duty)
    shown = client.get(reverse("registry:import-batch", args=[batch.code])).content.decode()
    assert set(re.findall(r'<span class="dc-cell num">([^<]*)</span>', shown)) == wrong
    assert f'">{sheet.title}</td>' in shown
    assert openpyxl.load_workbook(out).active["B2"].value == sheet.title


def test_a_form_comes_in_like_a_row_of_a_table(town: Town, tmp_path: Any, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    path = tmp_path / "企业备案表.xlsx"
    path.write_bytes(filled_in("filing", town, 统一社会信用代码=""))
    counts = import_file(path, subdistrict=town.subdistrict, by=BY, at=NOW).counts
    assert (counts["new"], counts["refused"]) == (1, 0)
    assert Entity.objects.get().staff_count == 120


def test_a_table_with_a_sheet_of_explanations_stays_a_table() -> None:
    file = BytesIO()
    with translation.override("zh-hans"):
        template.write(file)
    book = openpyxl.load_workbook(file)
    book.worksheets[0].append(["海泊精密机械有限公司", "", "企业"])
    again = BytesIO()
    book.save(again)
    sheet = read_workbook(again.getvalue(), file="places.xlsx")
    assert [sheet.pick(cells)["name"] for _number, cells in sheet.rows] == ["海泊精密机械有限公司"]


def test_the_forms_are_given_out_on_the_page_of_imports(client: Client, town: Town) -> None:
    client.force_login(town.duty)
    page = client.get(reverse("registry:import")).content.decode()
    for kind, blank in blanks().items():
        url = reverse("registry:import-blank", args=[kind])
        assert url in page
        assert blank.title in page
        answer = b"".join(client.get(url).streaming_content)  # type: ignore[arg-type]
        assert openpyxl.load_workbook(BytesIO(answer)).active.title == blank.title
    assert client.get(reverse("registry:import-blank", args=["other"])).status_code == 404
