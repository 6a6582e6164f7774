"""Reads one value of a registry row each: text, code, number, money, day, telephone, coordinates.

Every reader takes the cell as the spreadsheet gave it and adds a fault instead of guessing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final

from dongche.kit import chinese
from dongche.kit.chinese import Unreadable, normalise
from dongche.kit.coordinates import GCJ02, WGS84, from_gcj
from dongche.kit.identifiers import clean_credit_code, credit_code_fault
from dongche.kit.messages import N_
from dongche.registry.sheets.reading import CellFault


@dataclass(frozen=True, slots=True)
class Ask:
    """What only a person can say: which of the candidates (value, words) is meant by what was given.

    `about` tells questions apart: rows that ask the same have the same one, and one answer serves them all. `why` is a
    msgid and what it is filled with, where something speaks for the candidate.
    """

    about: str
    given: str
    candidates: tuple[tuple[str, str], ...]
    why: tuple[str, Mapping[str, str | int]] | None = None


@dataclass(frozen=True, slots=True)
class RowFault:
    """One reason why a row is refused: a stable code, the field, and a msgid to be filled from `details`."""

    code: str
    field: str
    message: str
    details: Mapping[str, str]
    ask: Ask | None = None

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """The reason in words; pass gettext for the reader's language."""
        return translate(self.message) % self.details if self.details else translate(self.message)


NAME_MISSING = N_("The name is missing. Write the name as on the licence or the door plate.")
NAME_ODD = N_("“%(given)s” cannot be a name. Write the name as on the licence or the door plate.")
TOO_LONG = N_("The text has %(length)s characters; at most %(limit)s fit. Shorten it.")
CELL_ERROR = N_("The cell holds the error %(given)s. Correct the formula, or write the value.")
NOT_CALCULATED = N_(
    "The cell holds a formula without a result. Open the file in Excel or WPS, save it and send it again."
)
ROUNDED = N_(
    "The spreadsheet turned this into the number %(given)s and lost digits. Format the column as text and write the "
    "code again."
)
PHONE = N_("“%(given)s” is no telephone number. Write 11 digits of a mobile phone, or area code and number.")
NEGATIVE = N_("%(given)s is less than 0. Write the value without a minus sign, or leave it empty.")
TOO_LARGE = N_("%(given)s is more than %(limit)s, which cannot be. Check the digits and the unit.")
FUTURE = N_("%(given)s lies in the future (it is %(today)s). Correct the day.")
TOO_EARLY = N_(
    "%(given)s is before October 1949, so it cannot be the day of a licence. Correct the year, or leave it empty."
)
NOT_A_COORDINATE = N_("“%(given)s” is no coordinate. Write decimal degrees such as 120.3712.")
DATUM_UNKNOWN = N_(
    "“%(given)s” is not a coordinate system that can be taken. Write WGS-84 (GPS) or GCJ-02 (AMap, Tencent); convert "
    "others first."
)
COORDINATES_HALF = N_("Only one of longitude and latitude is given. Write both, or neither.")
COORDINATES_SWAPPED = N_(
    "Longitude and latitude are exchanged: %(lon)s, %(lat)s. In China the longitude is 73 to 136 and the latitude "
    "3 to 54."
)
COORDINATES_OUTSIDE = N_(
    "%(lon)s, %(lat)s is not in China, where the longitude is 73 to 136 and the latitude 3 to 54. Check both numbers."
)

LONGEST: Final = {"name": 120, "address": 200, "contact_name": 60}
YUAN: Final = 100
MOST_MONEY: Final = {
    "revenue": 20 * 10**12 * YUAN, "assets": 100 * 10**12 * YUAN, "output_normal": 10**11 * YUAN,
}  # fmt: skip
EARLIEST: Final = date(1949, 10, 1)  # spreadsheets also turn a stray small number into a day of 1900
MOST_STAFF, MOST_AREA = 2_000_000, 20_000_000
LON, LAT = (73.0, 136.0), (3.0, 54.0)
BLANKS: Final = frozenset(
    ["", "/", "\\", "-", "--", "—", "——", "无", "暂无", "不详", "未知", "n/a", "na", "null", "none", "#n/a"]
)
_LONGEST_BLANK: Final = max(map(len, BLANKS))
_PHONE: Final = re.compile(
    r"1[3-9]\d{9}|(?:0\d{2,3}-?)?[2-9]\d{6,7}(?:[-转]\d{1,6})?|[48]00-?\d{3,4}-?\d{3,4}"
)
_PHONES: Final = re.compile(r"\s*[/、,，;；|]\s*|\s+(?=\+?\d{7,})")


class Faults(list[RowFault]):
    """Collects the reasons of one row."""

    def add(self, field: str, code: str, message: str, **details: str) -> None:
        self.append(RowFault(code, field, message, details))

    def take(self, field: str, error: Unreadable) -> None:
        self.append(RowFault(error.code, field, error.message, error.details))


def present(
    field: str, value: Any, faults: Faults, blanks: frozenset[str] = BLANKS
) -> str | float | date | None:
    """The value if there is one: text normalised, other types as they are; an error in the cell is a fault."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        text = normalise(value)
        return None if len(text) <= _LONGEST_BLANK and text.casefold() in blanks else text
    if isinstance(value, CellFault):
        if value.is_not_calculated:
            faults.add(field, "registry.cell_not_calculated", NOT_CALCULATED)
        else:
            faults.add(field, "registry.cell_error", CELL_ERROR, given=value.text)
        return None
    if isinstance(value, time | timedelta):
        return str(value)
    return value if isinstance(value, float | int | date) else str(value)


def as_text(value: str | float | date) -> str:
    """The value as text; a whole number without the .0 of a spreadsheet."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return str(value)


def read(field: str, value: Any, reader: Callable[[Any], Any], faults: Faults) -> Any:
    given = present(field, value, faults, _EMPTY if field in _YES_NO else BLANKS)
    if given is None:
        return None
    try:
        return reader(as_text(given) if isinstance(given, date) else given)
    except Unreadable as error:
        faults.take(field, error)
        return None


_EMPTY: Final = frozenset([""])
_YES_NO: Final = ("construction_qualified", "focus", "had_contact")  # where 无 means no


def text(field: str, value: Any, faults: Faults) -> str:
    given = present(field, value, faults)
    text = "" if given is None else given if isinstance(given, str) else as_text(given)
    if len(text) > LONGEST[field]:
        faults.add(
            field, "registry.text_too_long", TOO_LONG, length=str(len(text)), limit=str(LONGEST[field])
        )
    return text


def name(value: Any, faults: Faults) -> str:
    name = text("name", value, faults)
    if not name:
        if not any(fault.field == "name" for fault in faults):
            faults.add("name", "registry.name_missing", NAME_MISSING)
    elif not any(map(str.isalpha, name)) and sum(map(str.isdigit, name)) < 4:
        faults.add("name", "registry.name_odd", NAME_ODD, given=name)
    return name


def credit_code(value: Any, faults: Faults) -> str | None:
    given = present("credit_code", value, faults)
    if given is None:
        return None
    text = as_text(given)
    if (not isinstance(given, str) and len(text) > 15) or re.fullmatch(r"\d(?:\.\d+)?E\+\d+", text, re.I):
        faults.add("credit_code", "registry.number_rounded", ROUNDED, given=text)
        return None
    fault = credit_code_fault(text)
    if fault is not None:
        faults.append(
            RowFault(f"registry.credit_code_{fault.kind}", "credit_code", fault.message, fault.details)
        )
        return None
    return clean_credit_code(text)


def count(field: str, value: Any, most: int, faults: Faults, *, whole: bool = True) -> int | None:
    """A number from 0 to `most`; not `whole`: decimals are rounded half up."""
    given = present(field, value, faults)
    if given is None:
        return None
    try:
        plain = as_text(given) if isinstance(given, date) else given
        number = chinese.parse_count(plain) if whole else _rounded(plain)
    except Unreadable as error:
        faults.take(field, error)
        return None
    return number if _is_within(field, number, given, most, 1, "", faults) else None


def _rounded(value: str | float) -> int:
    text = value if isinstance(value, str) else repr(value)
    found = _DECIMAL.fullmatch(text)
    if found is None:
        return chinese.parse_count(value)
    return int(found[1].replace(",", "")) + (found[2] >= "5")


_DECIMAL: Final = re.compile(r"(\d+|\d{1,3}(?:,\d{3})+)\.(\d)\d*\s*(?:m2|㎡|平方米|平米|平)?")


def money(field: str, value: Any, hints: Mapping[str, str], faults: Faults) -> int | None:
    given = present(field, value, faults)
    if given is None:
        return None
    try:
        plain = as_text(given) if isinstance(given, date) else given
        fen = chinese.parse_wan(plain, hints.get(field, "wan"))
    except Unreadable as error:
        faults.take(field, error)
        return None
    return fen if _is_within(field, fen, given, MOST_MONEY[field], 10**8 * YUAN, "亿元", faults) else None


def _is_within(
    field: str, number: int, given: str | float | date, most: int, per: int, unit: str, faults: Faults
) -> bool:
    """Whether a number is from 0 to `most`, which is shown as so many times `per` of the unit."""
    if 0 <= number <= most:
        return True
    if number < 0:
        faults.add(field, "registry.negative", NEGATIVE, given=str(given))
    else:
        limit = f"{most // per:,}{unit}"
        faults.add(field, "registry.number_too_large", TOO_LARGE, given=str(given), limit=limit)
    return False


def opened(value: Any, on: date, faults: Faults) -> date | None:
    day: date | None = _read_day(value, faults)
    if day is not None and day > on:
        faults.add("opened_on", "registry.day_in_the_future", FUTURE, given=str(day), today=str(on))
    elif day is not None and day < EARLIEST:
        faults.add("opened_on", "registry.day_too_early", TOO_EARLY, given=str(day))
    return day


def _read_day(value: Any, faults: Faults) -> date | None:
    given = present("opened_on", value, faults)
    if given is None:
        return None
    try:
        return chinese.parse_day(given)
    except Unreadable as error:
        faults.take("opened_on", error)
        return None


def phone(value: Any, faults: Faults, field: str = "contact_phone") -> str:
    given = present(field, value, faults)
    if given is None:
        return ""
    phone = _phone_of(as_text(given))
    if phone is None:
        faults.add(field, "registry.not_a_phone", PHONE, given=as_text(given)[:60])
    return phone or ""


@lru_cache(maxsize=1024)
def _phone_of(text: str) -> str | None:
    """The number, or several with " / " between them; None when one of them cannot be a number."""
    whole = _without_spaces(text)
    if _PHONE.fullmatch(whole):
        return whole
    parts = [_without_spaces(part) for part in _PHONES.split(text) if part.strip()]
    if 1 < len(parts) <= 4 and all(_PHONE.fullmatch(part) for part in parts):
        return " / ".join(parts)
    return None


def _without_spaces(text: str) -> str:
    """138 0013 8000 and （0532）8372-1234 as one number."""
    plain = re.sub(r"[\s()（）]", "", text.replace("—", "-").replace("–", "-"))
    mobile = re.fullmatch(r"(?:\+?86)?(1[3-9]\d{9})", plain.replace("-", ""))
    if mobile:
        return mobile[1]
    return re.sub(r"^(0\d{2,3})-?(\d{4})-(\d{4})$", r"\1-\2\3", plain)


_DEGREES: Final = re.compile(r"(?:东经|北纬|[EN])?\s*(-?\d{1,3}(?:\.\d+)?)\s*°?\s*(?:[EN])?", re.I)


def _datum(value: Any) -> str:
    """Raises: chinese.Unreadable – a system that we cannot turn into ours, such as BD-09"""
    word = chinese.key(as_text(value))
    if word in (
        "gcj02",
        "gcj",
        "火星坐标",
        "火星坐标系",
        "高德",
        "腾讯",
        "高德坐标",
        "腾讯坐标",
        "国测局坐标",
    ):
        return GCJ02
    if word in ("wgs84", "wgs", "gps", "cgcs2000", "国家2000", "大地2000"):  # the last differ by centimetres
        return WGS84
    raise chinese.Unreadable("registry.datum_unknown", DATUM_UNKNOWN, given=as_text(value)[:60])


def rounded(lon: float, lat: float) -> tuple[float, float]:
    """To a decimetre: what is typed is no finer."""
    return round(lon, 6), round(lat, 6)


def coordinates(cells: Mapping[str, Any], faults: Faults) -> tuple[float | None, float | None]:
    lon, lat = _degrees("lon", cells.get("lon"), faults), _degrees("lat", cells.get("lat"), faults)
    both = present("coordinates", cells.get("coordinates"), faults)
    if both is not None and lon is None and lat is None:
        halves = [half for half in re.split(r"[,，;；、\s]+", as_text(both)) if half]
        if len(halves) != 2:
            faults.add("coordinates", "registry.not_a_coordinate", NOT_A_COORDINATE, given=as_text(both)[:60])
            return None, None
        lon, lat = (_degrees("coordinates", half, faults) for half in halves)
    if lon is None or lat is None:
        if (lon is None) != (lat is None) and not any(
            fault.field in ("lon", "lat", "coordinates") for fault in faults
        ):
            faults.add("lon" if lon is None else "lat", "registry.coordinates_half", COORDINATES_HALF)
        return None, None
    if LON[0] <= lon <= LON[1] and LAT[0] <= lat <= LAT[1]:
        datum = read("datum", cells.get("datum"), _datum, faults)
        return (lon, lat) if datum != GCJ02 else rounded(*from_gcj(lon, lat))
    if LON[0] <= lat <= LON[1] and LAT[0] <= lon <= LAT[1]:
        faults.add("lon", "registry.coordinates_swapped", COORDINATES_SWAPPED, lon=str(lon), lat=str(lat))
    else:
        faults.add("lon", "registry.coordinates_outside", COORDINATES_OUTSIDE, lon=str(lon), lat=str(lat))
    return None, None


def _degrees(field: str, value: Any, faults: Faults) -> float | None:
    given = present(field, value, faults)
    if given is None:
        return None
    if isinstance(given, float | int) and not isinstance(given, bool) and abs(given) <= 360:
        return float(given)
    found = _DEGREES.fullmatch(as_text(given))
    if found is None:
        faults.add(field, "registry.not_a_coordinate", NOT_A_COORDINATE, given=as_text(given)[:60])
        return None
    return float(found[1])
