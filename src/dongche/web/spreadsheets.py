"""Writes Excel files row by row with flat memory, in which nothing that a stranger typed can act.

A text is always written as a text cell, never as a formula or a link. Texts that begin like a formula also get the
quote-prefix format: Excel then shows them as they are and keeps them text when somebody edits the cell. The value
itself is not altered, so that a file read back gives what was written; only a person who saves such a sheet as CSV
loses the mark.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, NamedTuple

import xlsxwriter
from django.utils.translation import gettext

from dongche.kit.clock import BEIJING

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
LAST_ROW = 1_048_576  # of a sheet
LONGEST_TEXT = 32_767  # of a cell
REASON_WIDTH, COLUMN_WIDTH = 60, 16


def unformulaic(text: str) -> str:
    """This function will give a text for a CSV file, which has no marks for texts: an apostrophe before what Excel
    would run.

    >>> unformulaic("=1+1"), unformulaic("南山社区")
    ("'=1+1", '南山社区')
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def write_rows(
    file: str | os.PathLike[str] | IO[bytes],
    headers: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    title: str | None = None,
    reasons: bool = False,
) -> int:
    """This function will write a table to an .xlsx file and give the number of its rows.

    Shape:  headers and each row of the same length; with `reasons` the first column is wide and coloured, and a cell
            that is `Marked` filled and framed. Rows that do not fit into one sheet go on in the next, with the headers
            again
    Units:  instants are shown in Beijing time; amounts as they come
    """
    book = _new_book(file)
    writer = _Writer(book, headers, str(title or gettext("Rows")), reasons)
    for row in rows:
        writer.write(row)
    book.close()
    return writer.written


@dataclass(frozen=True, slots=True)
class Marked:
    """A cell that is to be seen: filled and framed, so that it is told apart without colours too."""

    value: Any


@dataclass(frozen=True)
class Table:
    """One sheet of a workbook: a title, and rows as long as the headers."""

    title: str
    headers: Sequence[str]
    rows: Iterable[Sequence[Any]]


def write_tables(file: str | os.PathLike[str] | IO[bytes], tables: Iterable[Table]) -> None:
    """This function will write several tables to an .xlsx file, each to a sheet of its own."""
    book = _new_book(file)
    for table in tables:
        writer = _Writer(book, table.headers, table.title, reasons=False)
        for row in table.rows:
            writer.write(row)
    book.close()


def _new_book(file: str | os.PathLike[str] | IO[bytes]) -> xlsxwriter.Workbook:
    return xlsxwriter.Workbook(
        file if not isinstance(file, os.PathLike) else os.fspath(file),
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
        },
    )


class _Formats(NamedTuple):
    """How a text, one that begins like a formula, a day and an instant are written."""

    text: Any
    quoted: Any
    day: Any
    instant: Any


_FORMATS = ({"quote_prefix": True}, {"num_format": "yyyy-mm-dd"}, {"num_format": "yyyy-mm-dd hh:mm"})
_MARK = {"bg_color": "#FDE7E4", "border": 2, "border_color": "#B42318"}


class _Writer:
    """The open workbook, and where in it the next row goes."""

    def __init__(self, book: xlsxwriter.Workbook, headers: Sequence[str], title: str, reasons: bool) -> None:
        self.book, self.headers, self.title, self.reasons = book, headers, title, reasons
        self.heading = book.add_format(
            {"bold": True, "bg_color": "#E8EEF7", "text_wrap": True, "valign": "top"}
        )
        self.reason = book.add_format({"font_color": "#B42318", "text_wrap": True, "valign": "top"})
        self.plain = _Formats(None, *(book.add_format(one) for one in _FORMATS))
        self.marked = _Formats(book.add_format(_MARK), *(book.add_format(one | _MARK) for one in _FORMATS))
        self.sheets = 0
        self.written = 0
        self._new_sheet()

    def _new_sheet(self) -> None:
        self.sheets += 1
        self.sheet = self.book.add_worksheet(_sheet_name(self.title, self.sheets))
        self.sheet.set_column(0, max(len(self.headers) - 1, 0), COLUMN_WIDTH)
        if self.reasons:
            self.sheet.set_column(0, 0, REASON_WIDTH)
        self.sheet.freeze_panes(1, 1 if self.reasons else 0)
        for column, header in enumerate(self.headers):
            self.sheet.write_string(0, column, str(header)[:LONGEST_TEXT], self.heading)
        self.next_row = 1

    def write(self, row: Sequence[Any]) -> None:
        if self.next_row == LAST_ROW:
            self._new_sheet()
        sheet, line = self.sheet, self.next_row
        for column, value in enumerate(row):
            formats = self.plain
            if isinstance(value, Marked):
                formats, value = self.marked, value.value
            if value is None or value == "":
                if formats.text is not None:
                    sheet.write_blank(line, column, None, formats.text)
                continue
            if isinstance(value, str):
                self._text(line, column, value, formats)
            elif isinstance(value, bool):
                sheet.write_boolean(line, column, value, formats.text)
            elif isinstance(value, int | float | Decimal) and _fits(value):
                sheet.write_number(line, column, value, formats.text)
            elif isinstance(value, datetime):
                local = value.astimezone(BEIJING).replace(tzinfo=None) if value.tzinfo else value
                sheet.write_datetime(line, column, local, formats.instant)
            elif isinstance(value, date) and value.year >= 1900:
                sheet.write_datetime(line, column, value, formats.day)
            else:
                self._text(line, column, str(value), formats)
        self.next_row += 1
        self.written += 1

    def _text(self, line: int, column: int, text: str, formats: _Formats) -> None:
        if len(text) > LONGEST_TEXT:
            text = text[: LONGEST_TEXT - 1] + "…"
        if self.reasons and column == 0:
            self.sheet.write_string(line, column, text, self.reason)
        elif text.startswith(FORMULA_STARTS):
            self.sheet.write_string(line, column, text, formats.quoted)
        else:
            self.sheet.write_string(line, column, text, formats.text)


def _fits(number: float | Decimal) -> bool:
    """Excel keeps 15 digits; a longer whole number, or none at all, is written as text so that nothing is lost."""
    if isinstance(number, int):
        return abs(number) < 10**15
    return math.isfinite(number)


def _sheet_name(title: str, number: int) -> str:
    """A name that Excel accepts: no []:*?/\\, no outer apostrophes, at most 31 characters."""
    plain = "".join(" " if character in "[]:*?/\\" else character for character in title).strip(" '") or "1"
    if number == 1:
        return plain[:31].strip(" '")
    return f"{plain[:26].strip(' ')} {number}"
