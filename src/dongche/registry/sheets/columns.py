"""Which column holds what, recognised by the words people put above it; or said by an explicit map."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from dongche.kit.chinese import key, normalise
from dongche.kit.errors import Problem

# The fields of a place, in the order of the template. Their words are in headers.yaml.
FIELDS = (
    "name", "credit_code", "category", "nine_small_class", "industry", "address", "community", "grid", "contact_name",
    "contact_phone", "staff_count", "revenue", "assets", "construction_qualified", "focus", "output_normal", "area_m2",
    "lon", "lat", "coordinates", "datum", "opened_on",
)  # fmt: skip
MONEY = ("revenue", "assets", "output_normal")
EXACT, ENDS, HOLDS, ENOUGH = 100.0, 60.0, 40.0, 55.0

_BRACKETS = re.compile(r"[(（\[【〔].*?[)）\]】〕]")
_NUMBERING = re.compile(r"^\s*(?:[(（]?\d{1,2}[)）.、]|[一二三四五六七八九十]{1,3}、)\s*")
_UNITS = (
    (re.compile(r"亿元|亿"), "yi"),
    (re.compile(r"万元|万"), "wan"),
    (re.compile(r"千元"), "thousand"),
    (re.compile(r"(?:[(（/：:,，\s]|^)(?:人民币)?元|yuan|rmb|cny", re.I), "yuan"),
)
_FOCUS = (("项目", "key_project"), ("project", "key_project"), ("领域", "key_field"), ("field", "key_field"),
          ("企业", "key_enterprise"), ("enterprise", "key_enterprise"))  # fmt: skip


@dataclass(frozen=True)
class SeenHeader:
    """A header that could not be used, for a person to say what its columns are; and some rows below it."""

    sheet: str
    row: int
    headers: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


class HeaderProblem(Problem):
    """Something is wrong with the header that a person can put right by saying which column is which."""

    code = "registry.header_problem"
    seen: SeenHeader | None = None


class NoNameColumn(HeaderProblem):
    code = "registry.no_name_column"
    message = (
        "No column holds the names of the places. Found in sheet “%(sheet)s”, row %(row)s: %(found)s. Put a header "
        "such as %(expected)s above the names, or say with a map which column it is."
    )


class NoCategoryColumn(HeaderProblem):
    code = "registry.no_category_column"
    message = (
        "No column says what kind of place each row is. Found in sheet “%(sheet)s”, row %(row)s: %(found)s. Add a "
        "column 类别 (or both the credit code and the industry, for enterprises), or say with a map which it is."
    )


class MissingColumn(HeaderProblem):
    code = "registry.missing_column"
    message = (
        "No column of sheet “%(sheet)s” says this: %(field)s. Found in row %(row)s: %(found)s. Put a header such as "
        "%(expected)s above it, or say with a map which column it is."
    )


class AmbiguousColumns(HeaderProblem):
    code = "registry.ambiguous_columns"
    message = (
        "Two columns of sheet “%(sheet)s” could both be “%(field)s”: %(found)s. Rename or delete one, or say with a "
        "map which one counts."
    )


class MapUnknownField(Problem):
    code = "registry.map_unknown_field"
    message = "The map names the field “%(given)s”, which does not exist. Fields are: %(expected)s."


class MapUnknownHeader(HeaderProblem):
    code = "registry.map_unknown_header"
    message = (
        "The map says that “%(field)s” is in the column “%(given)s”, but no sheet has such a header. "
        "Found: %(found)s."
    )


class MapUnreadable(Problem):
    code = "registry.map_unreadable"
    message = (
        "The map cannot be read: %(reason)s. It is a YAML file with one line per field, such as “name: 商户名称”; "
        "“category: =street_shop” gives every row the same value."
    )


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """What the columns of one kind of file are called, and without which of them it says nothing.

    `words` are files beside this module, the later ones first; `main` the field that tells a row from a note below
    the table; of each tuple of `needs` one must be there. `check` refuses in words of its own what `needs` cannot say.
    """

    words: str
    fields: tuple[str, ...]
    main: str
    needs: tuple[tuple[str, ...], ...] = ()
    check: Callable[[Collection[str], Mapping[str, str]], None] | None = None

    def refuse_incomplete(self, have: Collection[str], where: Mapping[str, str]) -> None:
        """Raises: MissingColumn, or what `check` raises; `where` names the sheet, the row and what was found there"""
        if self.check is not None:
            self.check(have, where)
        for one_of in self.needs:
            if not any(name in have for name in one_of):
                field = "、".join(label(name, self) for name in one_of)
                expected = "、".join(words_of(name, self)[0] for name in one_of)
                raise MissingColumn(field=field, expected=expected, **where)


def _check_places(have: Collection[str], where: Mapping[str, str]) -> None:
    """Raises: NoNameColumn, NoCategoryColumn"""
    if "name" not in have:
        raise NoNameColumn(expected="、".join(words_of("name", PLACES)[:6]), **where)
    if not {"category", "nine_small_class"} & set(have) and not set(have) >= {"credit_code", "industry"}:
        raise NoCategoryColumn(**where)


PLACES = Vocabulary("headers.yaml", FIELDS, "name", check=_check_places)


@dataclass(frozen=True)
class Columns:
    """Where each field is (column index from 0), the unit or meaning its header gives, and constant values.

    `unused` are the headers that mean no field; `assumed` the money fields whose header names no unit: their bare
    numbers are read as 万元.
    """

    by_field: dict[str, int]
    hints: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


def read_map(text: str, vocabulary: Vocabulary = PLACES) -> dict[str, str | None]:
    """This function will read a map of the form `field: header`, `field: =constant` or `field:` (no column).

    Raises: MapUnreadable, MapUnknownField
    """
    try:
        loaded = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise MapUnreadable(reason=str(error).splitlines()[0]) from None
    if not isinstance(loaded, dict):
        raise MapUnreadable(reason=type(loaded).__name__)
    return check_map(loaded, vocabulary)


def check_map(mapping: Mapping[Any, Any], vocabulary: Vocabulary = PLACES) -> dict[str, str | None]:
    """The map with texts for values. Raises: MapUnknownField"""
    for name in mapping:
        if name not in vocabulary.fields:
            raise MapUnknownField(given=str(name), expected=", ".join(vocabulary.fields))
    return {name: None if header is None else str(header) for name, header in mapping.items()}


@lru_cache(maxsize=4096)
def score(header: str, name: str, vocabulary: Vocabulary = PLACES) -> float:
    """This function will say how well a header fits a field, from 0 to 100; earlier words fit better.

    >>> score("企业（单位）名称*", "name"), score("联系电话（手机）", "contact_phone"), score("序号", "name")
    (99.9, 99.9, 0.0)
    """
    words, never = _words(vocabulary)[name]
    plain = _NUMBERING.sub("", normalise(header))
    best = 0.0
    for text in {key(_BRACKETS.sub("", plain)), key(plain)} - {""}:
        if any(word in text for word in never):
            continue
        for rank, (word, mark) in enumerate(words):
            if word == text:
                best = max(best, EXACT - rank / 10)
            elif mark != "=" and word in text:
                ends = text.endswith(word)
                if ends or mark != "~":
                    best = max(best, (ENDS if ends else HOLDS) + 30 * len(word) / len(text) - rank / 10)
    return best if best >= ENOUGH else 0.0


@cache
def _table(vocabulary: Vocabulary) -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = {}
    for name in vocabulary.words.split():
        table |= yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return table


@cache
def _words(vocabulary: Vocabulary) -> dict[str, tuple[list[tuple[str, str]], tuple[str, ...]]]:
    """Per field its words with their marks, the field's own name first, and the words that rule it out."""
    table = _table(vocabulary)
    return {
        name: (
            [(key(name), "=")] + [(key(word), word[0]) for word in table[name]["words"].split()],
            tuple(map(key, table[name].get("never", "").split())),
        )
        for name in vocabulary.fields
    }


def best_field(parts: Sequence[str], vocabulary: Vocabulary = PLACES) -> tuple[str, float]:
    """The field that a header means; `parts` are the texts of its rows from the top, such as (联系人, 姓名)."""
    best, best_score = "", 0.0
    joined = "".join(parts) if len(parts) > 1 else ""
    for name in vocabulary.fields:
        found = score(parts[-1], name, vocabulary) if parts else 0.0
        if joined:
            found = max(found, score(joined, name, vocabulary) * 1.05)
        if found > best_score:
            best, best_score = name, found
    return best, best_score


def assign(
    headers: Sequence[Sequence[str]], vocabulary: Vocabulary = PLACES
) -> tuple[dict[str, int], float, tuple[str, int, int] | None]:
    """This function will give each field its best column.

    Shape:  column texts (top to bottom) per column → column by field, how well all of it fits, and a field for
            which two columns fit equally well, if there is one
    """
    chosen: dict[str, tuple[float, int]] = {}
    tie: tuple[str, int, int] | None = None
    for column, parts in enumerate(headers):
        name, found = best_field(parts, vocabulary)
        if not name:
            continue
        held = chosen.get(name)
        if held is None or found > held[0]:
            chosen[name] = (found, column)
            if tie and tie[0] == name:
                tie = None
        elif found == held[0]:
            tie = (name, held[1], column)
    return {name: column for name, (_, column) in chosen.items()}, sum(s for s, _ in chosen.values()), tie


def hint(name: str, header: str) -> str:
    """What a header adds to the value: the unit of money, or which focus a plain "yes" means.

    >>> hint("revenue", "营业收入（千元）"), hint("revenue", "营业收入"), hint("focus", "是否重点项目")
    ('thousand', '', 'key_project')
    """
    plain = normalise(header)
    if name in MONEY or name.endswith("_fen"):
        return next((unit for pattern, unit in _UNITS if pattern.search(plain)), "")
    if name == "kwh":
        return "wan" if "万" in plain else ""
    if name == "focus":
        return next((meaning for word, meaning in _FOCUS if word in plain.casefold()), "key_enterprise")
    return ""


def describe(found: Sequence[str]) -> str:
    """The headers for a sentence, shortened."""
    shown = [text if len(text) <= 20 else text[:19] + "…" for text in found if text]
    return "、".join(shown[:20]) + ("…" if len(shown) > 20 else "") if shown else "—"


def label(name: str, vocabulary: Vocabulary = PLACES) -> str:
    """The commonest word for a field."""
    return words_of(name, vocabulary)[0]


def words_of(name: str, vocabulary: Vocabulary) -> list[str]:
    """The words for a field without their marks, the commonest first."""
    return [word.lstrip("=~") for word in _table(vocabulary)[name]["words"].split()]
