"""The register of the demonstration as a spreadsheet like that of a headquarters; the ordinary import brings it in."""

from __future__ import annotations

from pathlib import Path

import xlsxwriter

from dongche.cli.demo.places import Places
from dongche.cli.demo.scene import SUBDISTRICT_NAME

TITLE = f"{SUBDISTRICT_NAME}辖区经济实体台账"
REMARK = "示范数据：单位、人员、电话、代码、坐标均为虚构。填表日期：2020年2月7日"


def write(places: Places, file: Path) -> None:
    """This function will write the register with a title and a remark above its headings, as people keep it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("台账")
        bold = book.add_format({"bold": True})
        rows = places.rows()
        first = next(rows)
        sheet.write_string(0, 0, TITLE, bold)
        sheet.write_string(1, 0, REMARK)
        sheet.write_row(2, 0, list(first), bold)
        sheet.freeze_panes(3, 1)
        sheet.set_column(0, 1, 26)
        sheet.set_column(2, len(first), 13)
        for number, row in enumerate([first], 3):
            sheet.write_row(number, 0, row.values())
        for number, row in enumerate(rows, 4):
            sheet.write_row(number, 0, row.values())
