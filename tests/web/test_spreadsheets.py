"""What is written comes back by another library as the same values, and nothing in it can act."""

from __future__ import annotations

import io
import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dongche.web import spreadsheets


def written(headers, rows, **options):
    file = io.BytesIO()
    count = spreadsheets.write_rows(file, headers, rows, **options)
    return count, openpyxl.load_workbook(io.BytesIO(file.getvalue())), file.getvalue()


def test_write_rows_gives_back_every_kind_of_value():
    row = [
        "四方大酒店",
        350,
        78.19,
        Decimal("130.96"),
        True,
        date(2020, 3, 20),
        datetime(2020, 3, 20, 9, tzinfo=UTC),
        None,
        "",
    ]
    count, book, _ = written([f"列{n}" for n in range(9)], [row], title="场所")
    sheet = book.active
    assert count == 1
    assert sheet.title == "场所"
    assert [cell.value for cell in sheet[1]] == [f"列{n}" for n in range(9)]
    shown = [cell.value for cell in sheet[2]]
    assert shown[:5] == ["四方大酒店", 350, 78.19, 130.96, True]
    assert shown[5:7] == [datetime(2020, 3, 20), datetime(2020, 3, 20, 17)]  # noqa: DTZ001 (cells carry no zone)
    assert shown[7:] == [None, None]


@pytest.mark.parametrize(
    "text", ["=1+1", "+86 532", "-1", "@SUM(A1)", "=cmd|'/c calc'!A1", "\t=1", "http://a.b", "mailto:a@b.c"]
)
def test_write_rows_keeps_dangerous_texts_as_texts(text):
    _, book, raw = written(["名称"], [[text]])
    cell = book.active["A2"]
    assert (cell.data_type, cell.value) == ("s", text)
    assert cell.hyperlink is None
    sheet = ZipFile(io.BytesIO(raw)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet


def test_write_rows_marks_formula_starts_with_the_quote_prefix():
    _, book, _ = written(["名称"], [["=1+1"], ["四方"]])
    assert [bool(cell.quotePrefix) for cell in book.active["A"]] == [False, True, False]


@settings(max_examples=25)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1),
        min_size=1,
        max_size=5,
    )
)
def test_write_rows_any_text_comes_back(texts):
    _, book, _ = written([str(n) for n in range(len(texts))], [texts])
    assert [cell.value for cell in book.active[2]] == texts


def test_write_rows_long_numbers_and_long_texts_are_not_lost_silently():
    _, book, _ = written(["a", "b", "c"], [[10**17 + 1, float("nan"), "长" * 40_000]])
    values = [cell.value for cell in book.active[2]]
    assert values[:2] == [str(10**17 + 1), "nan"]
    assert len(values[2]) == 32_767
    assert values[2].endswith("…")


@pytest.mark.parametrize(
    ("title", "name"), [("甲/乙:丙", "甲 乙 丙"), ("'", "1"), ("长" * 40, "长" * 31), ("[]", "1")]
)
def test_write_rows_makes_a_sheet_name_excel_accepts(title, name):
    assert written(["a"], [], title=title)[1].sheetnames == [name]


def test_write_rows_goes_on_in_a_second_sheet(monkeypatch):
    monkeypatch.setattr(spreadsheets, "LAST_ROW", 4)
    count, book, _ = written(["n"], ([n] for n in range(7)), title="表")
    assert count == 7
    assert book.sheetnames == ["表", "表 2", "表 3"]
    assert [[cell.value for cell in sheet["A"]] for sheet in book] == [
        ["n", 0, 1, 2],
        ["n", 3, 4, 5],
        ["n", 6],
    ]


def test_write_rows_reason_column_stands_first_and_wide(tmp_path: Path):
    path = tmp_path / "errors.xlsx"
    spreadsheets.write_rows(path, ["原因", "名称"], [["没有名称", ""]], reasons=True)
    sheet = openpyxl.load_workbook(path).active
    assert sheet["A2"].value == "没有名称"
    assert sheet.column_dimensions["A"].width > 50
    assert sheet.freeze_panes == "B2"


def test_write_rows_memory_stays_flat(tmp_path: Path):
    tracemalloc.start()
    spreadsheets.write_rows(tmp_path / "a.xlsx", ["a", "b"], ([f"店{n}", n] for n in range(3_000)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_500_000
