"""Printed forms as workbooks (S31): a label and a cell beside it, to be filled in by hand and sent as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any, Final

import xlsxwriter
import yaml

from dongche.registry.models import Category
from dongche.registry.sheets.columns import best_field

WIDTHS: Final = (20, 26, 20, 26)
ROW_HEIGHT: Final = 24


@dataclass(frozen=True)
class Blank:
    """A form: its title, and under each heading lines of one or two labels; in Chinese, like the papers themselves."""

    title: str
    sections: Mapping[str, Sequence[Sequence[str]]]


@cache
def blanks() -> dict[str, Blank]:
    """The forms by the name that addresses use."""
    told = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return {name: Blank(one["title"], one["sections"]) for name, one in told.items()}


def write(file: IO[bytes], blank: Blank) -> None:
    """This function will write an empty form on one sheet of A4."""
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        title = book.add_format({"bold": True, "font_size": 18, "align": "center", "valign": "vcenter"})
        heading = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1, "valign": "vcenter"})
        label = book.add_format({"border": 1, "valign": "vcenter", "text_wrap": True, "bg_color": "#F6F7F9"})
        # As text, or Excel would shorten long codes and drop noughts in front.
        value = book.add_format({"border": 1, "valign": "vcenter", "text_wrap": True, "num_format": "@"})
        sheet = book.add_worksheet(blank.title)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 1)
        sheet.center_horizontally()
        for column, width in enumerate(WIDTHS):
            sheet.set_column(column, column, width)
        sheet.merge_range(0, 0, 0, 3, blank.title, title)
        sheet.set_row(0, 40)
        row = 1
        for name, lines in blank.sections.items():
            sheet.merge_range(row, 0, row, 3, name, heading)
            row += 1
            for line in lines:
                sheet.set_row(row, ROW_HEIGHT)
                for at, text in enumerate(line):
                    sheet.write_string(row, 2 * at, text, label)
                    if len(line) == 1:
                        sheet.merge_range(row, 1, row, 3, "", value)
                    else:
                        sheet.write_blank(row, 2 * at + 1, None, value)
                    _offer(sheet, row, 2 * at + 1, text)
                row += 1


def _offer(sheet: Any, row: int, column: int, label: str) -> None:
    """The kinds of places to choose from; another word is taken too, if it is understood."""
    if best_field([label])[0] == "category":
        words = [str(word) for word in Category.labels]
        sheet.data_validation(
            row, column, row, column, {"validate": "list", "source": words, "error_type": "warning"}
        )
