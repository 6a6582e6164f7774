"""The spreadsheet of reports: its columns, the template filled with the places that are expected, and a row of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import IO, Any, Final

import xlsxwriter
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.registry.models import Entity
from dongche.registry.queries import Places
from dongche.reporting.grid import BEFOREHAND, FIELDS, texts
from dongche.reporting.models import Report, State
from dongche.reporting.queries import Reports
from dongche.web.spreadsheets import FORMULA_STARTS

# What a file of reports holds, in the order of the template.
COLUMNS: Final[Mapping[str, Any]] = {
    "number": _("Place number"),
    "name": _("Place name"),
    "on": _("Day of the report"),
    "same": _("Same as yesterday"),
    "state": _("Open?"),
    "staff_at_post": _("People at post"),
    "staff_due": _("People who are due"),
    "output_fen": _("Output of the day (yuan)"),
    "output_normal_fen": _("Output of a normal day (yuan)"),
    "abnormal_temperature": _("People at 37.3 °C or above"),
    "mask_days": _("Masks last for (days)"),
    "difficulties": _("Present difficulties"),
    "note": _("Note"),
    "credit_code": _("Unified social credit code"),
}
WRITTEN: Final = tuple(name for name in COLUMNS if name != "credit_code")
COLUMN_OF: Final = {name: at for at, name in enumerate(WRITTEN)}
YESTERDAY: Final = ("state", "staff_at_post", "output_fen")
CHUNK: Final = 500
NUMBERS: Final = frozenset(FIELDS) - {"state", "difficulties", "note"}


def headers() -> list[str]:
    """The headers of the template without those of yesterday."""
    return [str(COLUMNS[name]) for name in WRITTEN]


def row(place: Entity, on: date, said: Mapping[str, str], is_same: bool) -> list[Any]:
    """This function will give a row as the template has it; the state in words."""
    labels = {value: str(label) for value, label in State.choices}
    known: dict[str, Any] = {
        "number": place.number,
        "name": place.name,
        "on": on,
        "same": gettext("yes") if is_same else "",
        **said,
        "state": labels.get(said.get("state", ""), said.get("state", "")),
    }
    return [known[name] for name in WRITTEN]


def write_template(file: IO[bytes], places: Places, on: date) -> int:
    """This function will write the places that are expected with what is known of them and what they said yesterday;
    what is to be said of the day is empty. Gives their number.

    Shape: two queries for each 500 places
    """
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        heading = book.add_format({"bold": True, "bg_color": "#E8EEF7", "text_wrap": True, "valign": "top"})
        past = book.add_format({"font_color": "#6B7280", "bg_color": "#F6F7F9"})
        before = [gettext("Yesterday: %(what)s") % {"what": COLUMNS[name]} for name in YESTERDAY]
        formats = {
            "text": book.add_format({"num_format": "@"}),
            "quoted": book.add_format({"quote_prefix": True}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        sheet = book.add_worksheet(gettext("Reports"))
        sheet.freeze_panes(1, 2)
        for column, text in enumerate([*headers(), *before]):
            sheet.write_string(0, column, text, heading)
            sheet.set_column(column, column, 26 if column == COLUMN_OF["name"] else 13)
        line = 0
        for line, (place, report) in enumerate(_expected(places, on), 1):
            told = texts(report) if report is not None else {}
            cells = row(place, on, _beforehand(place, told), is_same=False)
            for column, value in enumerate(cells):
                _write(sheet, line, column, value, formats)
            labels = dict(State.choices)
            for n, name in enumerate(YESTERDAY, len(WRITTEN)):
                text = told.get(name, "")
                if text:
                    sheet.write_string(
                        line, n, str(labels.get(text, text)) if name == "state" else text, past
                    )
        _offer(sheet, max(line, 1))
    return line


def _expected(places: Places, on: date) -> Iterable[tuple[Entity, Report | None]]:
    """The places in their order, each with its report of the day before."""
    last = ""
    while chunk := list(places.filter(number__gt=last).order_by("number")[:CHUNK]):
        last = chunk[-1].number
        told = Reports.unscoped(reason="of places that are already scoped").filter(
            entity__in=[place.pk for place in chunk], on=on - timedelta(days=1), superseded_at__isnull=True
        )
        reports = {report.entity_id: report for report in told}
        for place in chunk:
            yield place, reports.get(place.pk)


def _beforehand(place: Entity, told: Mapping[str, str]) -> dict[str, str]:
    due = "" if place.staff_count is None else str(place.staff_count)
    normal = (
        "" if place.output_normal_fen is None else f"{place.output_normal_fen / 100:.2f}".removesuffix(".00")
    )
    usual = {
        "staff_due": told.get("staff_due") or due,
        "output_normal_fen": told.get("output_normal_fen") or normal,
    }
    return {name: usual[name] if name in BEFOREHAND else "" for name in FIELDS}


def _write(sheet: Any, line: int, column: int, value: Any, formats: Mapping[str, Any]) -> None:
    if isinstance(value, date):
        sheet.write_datetime(line, column, value, formats["day"])
    elif value and WRITTEN[column] in NUMBERS:
        sheet.write_number(line, column, float(value))
    elif value:
        quoted = str(value).startswith(FORMULA_STARTS)
        sheet.write_string(line, column, str(value), formats["quoted" if quoted else "text"])


def _offer(sheet: Any, last: int) -> None:
    """What can be chosen from; other words are taken too, if they are understood."""
    for name, said in (("state", [str(label) for label in State.labels]), ("same", [gettext("yes")])):
        at = COLUMN_OF[name]
        rule = {"validate": "list", "source": said, "error_type": "warning"}
        sheet.data_validation(1, at, last, at, rule)
