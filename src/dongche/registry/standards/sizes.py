"""Large, medium, small or micro, by the statistical rules of 2017."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Literal

from dongche.kit.messages import N_
from dongche.registry.standards import tables
from dongche.registry.standards.gb4754 import Industry, industry_of

SizeClass = Literal["large", "medium", "small", "micro"]
CLASSES: tuple[SizeClass, ...] = ("large", "medium", "small", "micro")
FEN_PER_WAN = 1_000_000

NO_INDUSTRY = N_("The size class is unknown: the industry is missing.")
TOO_COARSE = N_(
    "The size class is unknown: industry %(industry)s is too coarse for the table; a finer code is needed."
)
NOT_COVERED = N_("There is no size class for industry %(industry)s.")
NO_RULE = N_("There is no table of size classes for %(on)s.")
MISSING = {
    "staff": N_("The size class is unknown: the table row %(row)s needs the number of staff."),
    "revenue": N_("The size class is unknown: the table row %(row)s needs the yearly revenue."),
    "assets": N_("The size class is unknown: the table row %(row)s needs the total assets."),
}
DECIDED = N_("By the table row %(row)s (%(source)s); the lowest of its indicators decides.")


@dataclass(frozen=True)
class Size:
    """A size class or None, and why: a msgid to be filled from `details`."""

    size: SizeClass | None
    why: str
    details: dict[str, str] = field(default_factory=dict)


@cache
def _rows(on: date) -> tuple[dict[str, dict[str, Any] | None], str]:
    for edition in tables.load("sizes"):
        if tables.in_force(edition, on):
            rows: dict[str, dict[str, Any] | None] = dict.fromkeys(edition["not_covered"])
            rows.update({code: row for row in edition["rows"] for code in row["covers"]})
            return rows, edition["source"]
    return {}, ""


def size_class(
    industry: Industry | str | None,
    *,
    staff: int | None,
    revenue_fen: int | None,
    assets_fen: int | None,
    on: date,
) -> Size:
    """This function will give the size class: the lowest of the classes of each indicator that the row asks for.

    Units:  money in fen, revenue of a year
    Empty:  size None when an indicator, the industry or its detail is missing: nothing is guessed
    Source: 统计上大中小微型企业划分办法(2017) (standards/sizes.yaml)

    >>> size_class("C34", staff=300, revenue_fen=1999_000000, assets_fen=None, on=date(2020, 3, 20)).size
    'small'
    """
    rows, source = _rows(on)
    if not rows:
        return Size(None, NO_RULE, {"on": str(on)})
    if not industry:
        return Size(None, NO_INDUSTRY)
    place = industry_of(industry) if isinstance(industry, str) else industry
    try:
        row = tables.covering(rows, place)
    except tables.TooCoarse:
        return Size(None, TOO_COARSE, {"industry": place.code})
    if row is None:
        return Size(None, NOT_COVERED, {"industry": place.code})
    values = {"staff": (staff, 1), "revenue": (revenue_fen, FEN_PER_WAN), "assets": (assets_fen, FEN_PER_WAN)}
    lowest = 0
    for indicator, (value, unit) in values.items():
        if indicator in row:
            if value is None:
                return Size(None, MISSING[indicator], {"row": row["name"]})
            lowest = max(lowest, sum(value < limit * unit for limit in row[indicator]))
    return Size(CLASSES[lowest], DECIDED, {"row": row["name"], "source": source})
