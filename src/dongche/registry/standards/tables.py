"""Reads the dated tables of this folder, and finds the row of a table that covers an industry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from dongche.registry.standards.gb4754 import Industry

FOLDER = Path(__file__).parent
Row = TypeVar("Row")


@cache
def load(name: str) -> Any:
    """The table as written, read once."""
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def in_force(dated: Mapping[str, Any], on: date) -> bool:
    """Whether a dated entry holds on a day of the half-open period [valid_from, valid_until).

    >>> in_force({"valid_from": date(2020, 1, 1), "valid_until": date(2021, 1, 1)}, date(2021, 1, 1))
    False
    """
    until: date | None = dated.get("valid_until")
    return bool(dated["valid_from"] <= on) and (until is None or on < until)


class TooCoarse(LookupError):
    """The industry is known only so far that several rows could be meant, such as G for a warehouse."""


def covering(rows: Mapping[str, Row], industry: Industry) -> Row | None:
    """This function will find the row for an industry: the longest digits win, then the section letter.

    Empty:  None when no row covers it
    Raises: TooCoarse – rows split the industry further than it is known
    """
    digits = industry.digits
    for length in range(len(digits), 1, -1):
        if digits[:length] in rows:
            return rows[digits[:length]]
    finer = (code for code in rows if code.isdigit() and code.startswith(digits) and code != digits)
    if digits and any(finer):
        raise TooCoarse(industry.code)
    if industry.section in rows:
        return rows[industry.section]
    if not digits and any(
        code.isdigit() and Industry.of_digits(code).section == industry.section for code in rows
    ):
        raise TooCoarse(industry.code)
    return None
