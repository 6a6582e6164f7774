"""The empty roster (员工花名册): title, place, our headers, and a sheet that says what belongs under each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, Any

import xlsxwriter
from django.utils import translation
from django.utils.translation import gettext

from dongche.kit.messages import N_
from dongche.registry.roster.labels import CHOICES, PERSON_FIELDS
from dongche.registry.roster.values import DAYS

LAST_CHECKED_ROW = 5_000
HEADER = 2
EXPLAINED = {
    "name": N_("As on the document. Must be filled in."),
    "document_type": N_("One of: %(choices)s. May be left empty for resident identity cards."),
    "document_number": N_(
        "As on the document; a resident identity number has 18 characters. Must be filled in."
    ),
    "phone": N_("11 digits. Kept encrypted, shown masked."),
    "job": N_("What the person does, or the workshop."),
    "origin_place": N_(
        "From where the person came to the place: province, city, county. Empty if never away."
    ),
    "origin": N_("One of: %(choices)s. Found from the place departed from when left empty."),
    "risk": N_("Of that place on the day of departure: %(choices)s."),
    "arrived_on": N_("A day such as 2020-03-12."),
    "transport": N_("One of: %(choices)s."),
    "stays": N_("Province, city and days of every stay."),
    "had_contact": N_("Yes or no: with somebody suspected or confirmed."),
    "symptoms": N_("Fever, cough, weakness and the like; “none” if there are none."),
    "temperature": N_("Degrees Celsius, such as 36.5."),
    "observed_at": N_("One of: %(choices)s. Empty if not observed."),
    "health_code": N_("One of: %(choices)s."),
    "until_on": N_("The first day away for good; empty for whoever is there."),
}


def write(file: IO[bytes], place: str = "", people: Iterable[Mapping[str, Any]] = ()) -> None:
    """This function will write the roster to be filled in, for a place or for any, in the language of the page.

    Shape: `people` by field, to begin with, as a place would write them. The traditional script gets simplified
           headers: those are what files of this campaign use
    """
    language = translation.get_language() or "zh-hans"
    with translation.override("zh-hans" if language.startswith("zh") else "en"):
        _write(file, place, people)


def _write(file: IO[bytes], place: str, people: Iterable[Mapping[str, Any]]) -> None:
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        title = book.add_format({"bold": True, "font_size": 16, "align": "center"})
        heading = book.add_format(
            {
                "bold": True,
                "bg_color": "#E8EEF7",
                "text_wrap": True,
                "valign": "vcenter",
                "align": "center",
                "border": 1,
            }
        )
        text = book.add_format({"num_format": "@", "valign": "top"})
        day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(gettext("Roster"))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        names = list(PERSON_FIELDS)
        sheet.merge_range(0, 0, 0, len(names) - 1, gettext("Roster of employees"), title)
        sheet.write_string(1, 0, gettext("Place: %(name)s") % {"name": place or "＿＿＿＿＿＿＿＿"})
        sheet.set_row(HEADER, 32)
        sheet.freeze_panes(HEADER + 1, 1)
        sheet.repeat_rows(HEADER)
        for column, name in enumerate(names):
            sheet.write_string(HEADER, column, str(PERSON_FIELDS[name]), heading)
            # As text, or Excel would shorten long numbers and drop noughts in front.
            look = day if name in DAYS else text
            wide = 22 if name in ("document_number", "address", "household", "stays", "origin_place") else 13
            sheet.set_column(column, column, wide, look)
            _offer(sheet, column, name)
        for row, person in enumerate(people, HEADER + 1):
            for name, given in person.items():
                column, look = names.index(name), day if name in DAYS else text
                if given not in (None, ""):
                    (sheet.write_datetime if name in DAYS else sheet.write)(row, column, given, look)
        notes = book.add_worksheet(gettext("Explanation"))
        notes.set_column(0, 0, 26)
        notes.set_column(1, 1, 90)
        notes.write_row(0, 0, [gettext("Column"), gettext("What belongs there")], heading)
        for row, name in enumerate(EXPLAINED, 1):
            notes.write_string(row, 0, str(PERSON_FIELDS[name]), wrapped)
            notes.write_string(row, 1, _explanation(name), wrapped)
        notes.write_string(
            len(EXPLAINED) + 2,
            0,
            gettext(
                "The roster is kept encrypted, seen by those who look after the place, and deleted in time."
            ),
        )


def _offer(sheet: Any, column: int, name: str) -> None:
    """Offer the words of a field to choose from; others are taken too, if they are understood."""
    if name not in CHOICES and name != "had_contact":
        return
    offered = [str(word) for word in CHOICES.get(name, {1: gettext("Yes"), 0: gettext("No")}).values()]
    check = {"validate": "list", "source": offered, "error_type": "warning"}
    sheet.data_validation(HEADER + 1, column, LAST_CHECKED_ROW, column, check)


def _explanation(name: str) -> str:
    told = gettext(EXPLAINED[name])
    return (
        told % {"choices": "、".join(str(word) for word in CHOICES[name].values())} if "%(" in told else told
    )
