"""Industries by GB/T 4754-2017: the section and division of whatever a form says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from dongche.kit.chinese import Unreadable, key, normalise
from dongche.kit.messages import N_

UNKNOWN = N_(
    "The industry “%(given)s” is not known. Write a code of GB/T 4754-2017 such as C3412 or 34, or the full name of "
    "a section or division such as 制造业."
)
OTHER_SECTION = N_(
    "The industry code “%(given)s” contradicts itself: division %(division)s belongs to section %(section)s. "
    "Compare it with the licence."
)
LOST_NOUGHT = N_(
    "The industry code “%(given)s” is a number of three digits; a nought in front may have been lost. "
    "Format the column as text and write the code in full."
)

_CODE = re.compile(r"([A-T])?[-_. ]?(\d{2,4})?(?![0-9A-Za-z])\s*(.*)", re.I | re.S)


@dataclass(frozen=True)
class Section:
    letter: str
    zh: str
    en: str


@dataclass(frozen=True)
class Industry:
    """A place in the classification: `code` is the letter with as many digits as are known, such as C3412 or F."""

    section: str
    division: str | None
    code: str

    @property
    def digits(self) -> str:
        return self.code[1:]

    @classmethod
    def of_digits(cls, digits: str) -> Industry:
        """Raises: KeyError – no such division"""
        return cls(
            divisions_to_sections()[digits[:2]], digits[:2], divisions_to_sections()[digits[:2]] + digits
        )


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return table


@cache
def sections() -> dict[str, Section]:
    """The twenty sections by letter."""
    return {letter: Section(letter, row["zh"], row["en"]) for letter, row in _table()["sections"].items()}


@cache
def divisions() -> dict[str, str]:
    """The Chinese names of the 97 divisions by their two digits."""
    return {code: name for row in _table()["sections"].values() for code, name in row["divisions"].items()}


@cache
def divisions_to_sections() -> dict[str, str]:
    """The section letter of each division."""
    return {code: letter for letter, row in _table()["sections"].items() for code in row["divisions"]}


@cache
def _names() -> dict[str, Industry]:
    """Every name that means exactly one section or division; where both bear it (教育), the section."""
    named = {key(name): Industry.of_digits(code) for code, name in divisions().items()}
    for section in sections().values():
        for name in (section.zh, section.en):
            named[key(name)] = Industry(section.letter, None, section.letter)
    for name, code in _table()["aliases"].items():
        named.setdefault(
            key(name), Industry.of_digits(code) if code.isdigit() else Industry(code, None, code)
        )
    return named


def industry_of(value: str | float) -> Industry:
    """This function will find the industry that a cell means: a code with or without its letter, or a name.

    Raises: Unreadable – nothing known, a letter and digits that contradict, or a code that lost its nought

    >>> industry_of("C3412"), industry_of("52零售业").code, industry_of("制造业").code
    (Industry(section='C', division='34', code='C3412'), 'F52', 'C')
    """
    if isinstance(value, str):
        return _of_text(value)
    if value != value or value in (float("inf"), float("-inf")) or value != int(value):
        raise Unreadable("registry.industry_unknown", UNKNOWN, given=str(value))
    digits = str(int(value))
    if len(digits) == 3:
        raise Unreadable("registry.industry_ambiguous", LOST_NOUGHT, given=digits)
    return _of_text(digits.zfill(2))


def like(text: str) -> list[tuple[str, str]]:
    """This function will give the sections and divisions whose name holds a text: code and name of each.

    >>> like("零售")
    [('F', 'F 批发和零售业'), ('F52', 'F52 零售业')]
    """
    wanted = key(text)
    if not wanted:
        return []
    named = [(row.letter, row.zh) for row in sections().values()]
    named += [(divisions_to_sections()[code] + code, name) for code, name in divisions().items()]
    return [(code, f"{code} {name}") for code, name in named if wanted in key(name)]


@lru_cache(maxsize=8192)
def _of_text(text: str) -> Industry:
    plain = normalise(text)
    found = _CODE.fullmatch(plain)
    letter, digits, rest = found.groups() if found else (None, None, plain)
    letter = letter.upper() if letter else None
    if digits:
        section = divisions_to_sections().get(digits[:2])
        if section is None:
            raise Unreadable("registry.industry_unknown", UNKNOWN, given=text)
        if letter and letter != section:
            raise Unreadable(
                "registry.industry_contradiction",
                OTHER_SECTION,
                given=text,
                division=digits[:2],
                section=section,
            )
        return Industry(section, digits[:2], section + digits)
    if letter and not rest:
        return Industry(letter, None, letter)
    named = _names().get(key(plain)) or _names().get(key(rest))
    if named is None or (letter and key(plain) not in _names() and letter != named.section):
        raise Unreadable("registry.industry_unknown", UNKNOWN, given=text)
    return named
