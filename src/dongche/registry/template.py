"""The empty registry file: our headers, and a sheet that says what belongs under each."""

from __future__ import annotations

from typing import IO

import xlsxwriter
from django.utils import translation
from django.utils.translation import gettext

from dongche.registry.labels import COLUMNS, explanation
from dongche.registry.models import Category, Focus

LAST_CHECKED_ROW = 20_000


def write(file: IO[bytes]) -> None:
    """This function will write the template in the language of the page.

    The traditional script gets simplified headers: those are what files of this campaign use.
    """
    language = translation.get_language() or "zh-hans"
    with translation.override("zh-hans" if language.startswith("zh") else "en"):
        _write(file)


def _write(file: IO[bytes]) -> None:
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        heading = book.add_format({"bold": True, "bg_color": "#E8EEF7", "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(gettext("Places"))
        sheet.freeze_panes(1, 1)
        names = list(COLUMNS)
        for column, name in enumerate(names):
            sheet.write_string(0, column, str(COLUMNS[name]), heading)
            # As text, or Excel would shorten long codes and drop noughts in front.
            is_code = name in {"credit_code", "industry", "contact_phone", "community", "grid"}
            sheet.set_column(column, column, 24 if column == 0 else 16, text if is_code else None)
        for name, labels in (("category", Category.labels), ("focus", Focus.labels)):
            column = names.index(name)
            words = [str(word) for word in labels]
            sheet.data_validation(
                1,
                column,
                LAST_CHECKED_ROW,
                column,
                {"validate": "list", "source": words, "error_type": "warning"},
            )
        notes = book.add_worksheet(gettext("Explanation"))
        notes.set_column(0, 0, 26)
        notes.set_column(1, 1, 90)
        notes.write_string(0, 0, gettext("Column"), heading)
        notes.write_string(0, 1, gettext("What belongs there"), heading)
        for row, name in enumerate(names, 1):
            notes.write_string(row, 0, str(COLUMNS[name]), wrapped)
            notes.write_string(row, 1, explanation(name), wrapped)
