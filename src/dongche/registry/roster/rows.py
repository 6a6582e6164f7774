"""Reads one row of a roster: clean values, or every reason why not. No database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from dongche.kit import chinese
from dongche.kit.identifiers import clean_resident_id, resident_id_fault
from dongche.kit.messages import N_
from dongche.registry import readers
from dongche.registry.models import DocumentType
from dongche.registry.readers import Faults, RowFault
from dongche.registry.roster import values, words

LONGEST: Final = {
    "name": 60, "household": 200, "address": 200, "job": 60, "origin_place": 120, "vehicle": 60, "stays": 400,
    "symptoms": 200, "document_number": 40,
}  # fmt: skip
PERSON_NAME_MISSING = N_("The name is missing. Write it as on the document.")
NUMBER_MISSING = N_("The number of the document is missing. Write it as on the document.")
NUMBER_ODD = N_(
    "The number of the document must have 4 to 20 letters and digits. Compare it with the document, and say which kind "
    "of document it is."
)
WHICH_DOCUMENT = N_(
    "It is not said which document this number is of, and it is no number of a resident identity card. Write the kind "
    "of document: %(expected)s."
)
TEMPERATURE = N_(
    "“%(given)s” is no temperature of a person. Write degrees Celsius from 34 to 43, such as 36.5."
)
DAYS_REVERSED = N_("The last day, %(until)s, lies before the first, %(first)s. Correct the one or the other.")
DAY_FAR = N_("%(given)s lies more than a year ahead. Correct the year.")
DAY_LONG_AGO = N_("%(given)s is before 2019. Correct the year, or leave it empty.")
_ANY_NUMBER: Final = re.compile(r"[0-9A-Z]{4,20}", re.ASCII)
_DEGREES: Final = re.compile(r"(\d{2}(?:\.\d{1,2})?)\s*(?:°|℃|度|c)*", re.I)
_NONE: Final = frozenset(["无", "没有", "否", "正常", "健康", "none", "no", "无症状", "无异常"])
_LIKE_RESIDENTS: Final = (DocumentType.RESIDENT_ID, DocumentType.RESIDENCE_PERMIT)


def read_person(cells: Mapping[str, Any], *, on: date) -> dict[str, Any] | list[RowFault]:
    """This function will read the cells of one row by field.

    Shape:  the values it gives, those of `values.HEALTH` among them; or every reason why it cannot be taken in
    Empty:  what the row does not give is left out
    """
    faults = Faults()
    given: dict[str, Any] = {}
    for name in ("name", "household", "address", "job", "origin_place", "vehicle", "stays"):
        if text := _text(name, cells.get(name), faults):
            given[name] = text
    if "name" not in given and not any(fault.field == "name" for fault in faults):
        faults.add("name", "registry.person_name_missing", PERSON_NAME_MISSING)
    kind, number = _document(cells.get("document_type"), cells.get("document_number"), on, faults)
    given |= {"document_type": kind, "document_number": number}
    if phone := readers.phone(cells.get("phone"), faults, "phone"):
        given["phone"] = phone
    for name, table in (
        ("sex", words.SEXES),
        ("origin", words.ORIGINS),
        ("risk", words.RISKS),
        ("transport", words.TRANSPORTS),
        ("observed_at", words.PLACES),
        ("health_code", words.CODES),
    ):
        if code := _word(name, cells.get(name), table, faults):
            given[name] = code
    if "origin" not in given and (origin := words.origin_of(given.get("origin_place", ""))):
        given["origin"] = origin
    contact = _yes_no(cells.get("had_contact"), faults)
    if contact is not None:
        given["had_contact"] = contact
    for name in values.DAYS:
        day = _day(name, cells.get(name), on, faults)
        if day is not None:
            given[name] = day
    if given.get("observed_until", date.max) < given.get("observed_from", date.min):
        first, until = given["observed_from"].isoformat(), given["observed_until"].isoformat()
        faults.add("observed_until", "registry.days_reversed", DAYS_REVERSED, first=first, until=until)
    if temperature := read_temperature(cells.get("temperature"), faults):
        given["temperature"] = temperature
    if symptoms := read_symptoms(cells.get("symptoms"), faults):
        given["symptoms"] = symptoms
    return list(faults) if faults else given


def _text(field: str, value: Any, faults: Faults) -> str:
    given = readers.present(field, value, faults)
    text = "" if given is None else readers.as_text(given)
    limit = LONGEST[field]
    if len(text) > limit:
        faults.add(field, "registry.text_too_long", readers.TOO_LONG, length=str(len(text)), limit=str(limit))
    return text


def _document(kind: Any, value: Any, on: date, faults: Faults) -> tuple[str, str]:
    """The kind of document and its number. A number without a kind is one of a resident identity card or refused."""
    said = _word("document_type", kind, words.DOCUMENTS, faults)
    given = readers.present("document_number", value, faults)
    if given is None:
        if not any(fault.field == "document_number" for fault in faults):
            faults.add("document_number", "registry.document_missing", NUMBER_MISSING)
        return said, ""
    text = readers.as_text(given)
    if (not isinstance(given, str) and len(text) > 15) or re.fullmatch(r"\d(?:\.\d+)?E\+\d+", text, re.I):
        shown = f"{text[:3]}…"
        faults.add("document_number", "registry.number_rounded", readers.ROUNDED, given=shown)
        return said, ""
    number = clean_resident_id(text)
    fault = resident_id_fault(number, on)
    if said in _LIKE_RESIDENTS or (not said and (fault is None or len(number) == 18)):
        if fault is not None:
            code = f"registry.resident_id_{fault.kind}"
            faults.append(RowFault(code, "document_number", fault.message, fault.details))
        return said or DocumentType.RESIDENT_ID.value, number
    if not said:
        expected = "、".join(known.split()[0] for known in words.DOCUMENTS.values())
        faults.add("document_type", "registry.which_document", WHICH_DOCUMENT, expected=expected)
    elif not _ANY_NUMBER.fullmatch(number):
        faults.add("document_number", "registry.document_odd", NUMBER_ODD)
    return said, number


def _word(field: str, value: Any, table: Mapping[Any, str], faults: Faults) -> str:
    found: str | None = readers.read(
        field, value, lambda given: words.read(readers.as_text(given), table), faults
    )
    return found or ""


def _yes_no(value: Any, faults: Faults) -> bool | None:
    found: bool | None = readers.read("had_contact", value, chinese.parse_yes_no, faults)
    return found


def _day(field: str, value: Any, on: date, faults: Faults) -> date | None:
    day: date | None = readers.read(field, value, chinese.parse_day, faults)
    if day is None:
        return None
    if day.year < 2019:
        faults.add(field, "registry.day_long_ago", DAY_LONG_AGO, given=day.isoformat())
    elif day > on + timedelta(days=366):
        faults.add(field, "registry.day_far", DAY_FAR, given=day.isoformat())
    return day


def read_temperature(value: Any, faults: Faults) -> str:
    """Degrees Celsius with one place, as text; empty when none is given."""
    given = readers.present("temperature", value, faults)
    if given is None:
        return ""
    text = readers.as_text(given)
    found = _DEGREES.fullmatch(text)
    degrees = Decimal(found[1]) if found else Decimal(0)
    if not 34 <= degrees <= 43:
        faults.add("temperature", "registry.not_a_temperature", TEMPERATURE, given=text[:20])
        return ""
    return str(degrees.quantize(Decimal("0.1")))


def read_symptoms(value: Any, faults: Faults) -> str:
    """What somebody complains of; `values.NO_SYMPTOMS` when it is said that there is nothing, empty when nothing is."""
    text = chinese.normalise(readers.as_text(value)) if value not in (None, "") else ""
    return values.NO_SYMPTOMS if text.casefold() in _NONE else _text("symptoms", value, faults)
