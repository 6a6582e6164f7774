"""The sheet of calls and checks that is taken along, filled in away from the screen, and sent back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any, Final

import xlsxwriter
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.kit import clock
from dongche.registry.models import Observation
from dongche.registry.queries import Observations
from dongche.reporting.models import Check
from dongche.web.spreadsheets import FORMULA_STARTS

# What a file of outcomes holds, in the order of the sheet.
COLUMNS: Final = {
    "call": _("Call number"),
    "number": _("Place number"),
    "name": _("Place name"),
    "before": _("Outcome so far"),
    "finding": _("Outcome"),
    "way": _("How"),
    "note": _("Note"),
    "asked_by": _("Who asked"),
    "asked_at": _("Asked at"),
}
WAYS: Final = tuple(choice for choice in Observation.Way.choices if choice[0] != Observation.Way.PATROL)
WIDTHS: Final = {"name": 28, "note": 30, "asked_at": 18, "number": 16}
FILLED_IN: Final = ("finding", "way", "note", "asked_by", "asked_at")


@dataclass(frozen=True)
class Line:
    """A call or check as a row: what is known of it, and what else helps whoever asks, by the headers of `extra`."""

    check: Check
    seen: Observation | None
    extra: Sequence[Any] = ()


def held(checks: Sequence[Check], actor: Any) -> dict[str, Observation]:
    """This function will give the outcome that holds for each check that has one, by its key: one query."""
    found = Observations.visible_to(actor).filter(
        source=Check.SOURCE, key__in=[str(check.pk) for check in checks], superseded_at__isnull=True
    )
    return {one.key: one for one in found.select_related("asked_by")}


def write(file: IO[bytes], title: str, extra: Sequence[str], lines: Sequence[Line]) -> None:
    """This function will write calls with the cells in which outcomes are filled in; no phone is in it.

    Shape: the columns of COLUMNS, then those of `extra`; outcome and way can be chosen
    """
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        head = {"bold": True, "text_wrap": True, "valign": "top"}
        asked = book.add_format(head | {"bg_color": "#FDF3DC"})
        known = book.add_format(head | {"bg_color": "#E8EEF7"})
        formats = {
            "text": book.add_format({"num_format": "@"}),
            "quoted": book.add_format({"quote_prefix": True}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
            "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        }
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(1, 3)
        for column, name in enumerate(COLUMNS):
            sheet.set_column(
                column, column, WIDTHS.get(name, 13), formats["text"] if name == "note" else None
            )
            sheet.write_string(0, column, str(COLUMNS[name]), asked if name in FILLED_IN else known)
        for column, text in enumerate(extra, len(COLUMNS)):
            sheet.set_column(column, column, 16)
            sheet.write_string(0, column, text, known)
        for row, line in enumerate(lines, 1):
            for column, value in enumerate([*_cells(line), *line.extra]):
                _write(sheet, row, column, value, formats)
        if lines:
            _offer(sheet, len(lines))


def _cells(line: Line) -> list[Any]:
    check, seen = line.check, line.seen
    said = seen.get_finding_display() if seen is not None else ""
    way = seen.get_way_display() if seen is not None else ""
    return [
        check.pk,
        check.entity.number,
        check.entity.name,
        said,
        said,
        way,
        seen.note if seen is not None else "",
        seen.asked_by.name if seen is not None and seen.asked_by is not None else "",
        seen.asked_at if seen is not None else None,
    ]


def _write(sheet: Any, line: int, column: int, value: Any, formats: Any) -> None:
    if isinstance(value, datetime):
        local = value.astimezone(clock.BEIJING).replace(tzinfo=None)
        sheet.write_datetime(line, column, local, formats["moment"])
    elif isinstance(value, date):
        sheet.write_datetime(line, column, value, formats["day"])
    elif isinstance(value, int):
        sheet.write_number(line, column, value)
    elif value:
        sheet.write_string(
            line, column, str(value), formats["quoted" if str(value).startswith(FORMULA_STARTS) else "text"]
        )
    elif list(COLUMNS)[column : column + 1] == ["asked_at"]:
        sheet.write_blank(line, column, None, formats["moment"])


def _offer(sheet: Any, last: int) -> None:
    """What can be chosen from; other words are taken too, if they are understood."""
    choices = {
        "finding": [str(label) for label in Observation.Finding.labels],
        "way": [str(label) for _way, label in WAYS],
    }
    for name, said in choices.items():
        at = list(COLUMNS).index(name)
        rule: dict[str, Any] = {"validate": "list", "source": said, "error_type": "warning"}
        rule |= {
            "input_title": str(COLUMNS[name]),
            "input_message": gettext("Choose from the list; leave it empty where nobody was asked."),
        }
        sheet.data_validation(1, at, last, at, rule)
