"""四上: whether an enterprise is above designated size, as of a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from dongche.kit.messages import N_
from dongche.registry.standards import tables
from dongche.registry.standards.gb4754 import Industry, industry_of

FEN_PER_WAN = 1_000_000

NO_INDUSTRY = N_("Not known whether above scale: the industry is missing.")
TOO_COARSE = N_("Not known whether above scale: industry %(industry)s is too coarse; a finer code is needed.")
OUTSIDE = N_("Industry %(industry)s has no above-scale statistics.")
SELF_EMPLOYED = N_("Not above scale: %(class)s counts legal units, not the self-employed.")
NO_REVENUE = N_(
    "Not known whether above scale: %(class)s asks for a yearly revenue of at least %(limit)s 万元."
)
ENOUGH = N_("Above scale as %(class)s: yearly revenue is at least %(limit)s 万元 (rule from %(since)s).")
BELOW = N_(
    "Below scale: %(class)s asks for a yearly revenue of at least %(limit)s 万元 (rule from %(since)s)."
)
QUALIFIED = N_("Above scale as %(class)s: it holds a construction qualification.")
NOT_QUALIFIED = N_("Below scale: %(class)s asks for a construction qualification.")
QUALIFICATION_UNKNOWN = N_("Not known whether above scale: %(class)s asks for a construction qualification.")
ACTIVE = N_("Above scale as %(class)s: the activity is enough.")


@dataclass(frozen=True)
class AboveScale:
    """Yes, no, or None for not known; the class, and why: a msgid to be filled from `details`."""

    flag: bool | None
    class_: str
    why: str
    details: dict[str, str] = field(default_factory=dict)


@cache
def _rules(on: date) -> dict[str, dict[str, Any]]:
    return {
        code: rule
        for rule in tables.load("above_scale")
        if tables.in_force(rule, on)
        for code in rule["covers"]
    }


def above_scale(
    industry: Industry | str | None,
    *,
    revenue_fen: int | None,
    construction_qualified: bool | None = None,
    self_employed: bool = False,
    on: date,
) -> AboveScale:
    """This function will say whether an enterprise belongs to the 四上 on a day.

    Units:  revenue of a year in fen; limits are inclusive
    Empty:  flag None when the industry, its detail, the revenue or the qualification is missing
    Source: standards/above_scale.yaml; the limit of services (a) was 1000万 in 2020 and is 2000万 from 2021

    >>> above_scale("G54", revenue_fen=1500_000000, on=date(2020, 3, 20)).flag
    True
    >>> above_scale("G54", revenue_fen=1500_000000, on=date(2021, 3, 20)).flag
    False
    """
    if not industry:
        return AboveScale(None, "", NO_INDUSTRY)
    place = industry_of(industry) if isinstance(industry, str) else industry
    try:
        rule = tables.covering(_rules(on), place)
    except tables.TooCoarse:
        return AboveScale(None, "", TOO_COARSE, {"industry": place.code})
    if rule is None:
        return AboveScale(False, "", OUTSIDE, {"industry": place.code})
    named = {"class": str(rule["zh"])}
    if self_employed and not rule["self_employed"]:
        return AboveScale(False, rule["class"], SELF_EMPLOYED, named)
    if rule.get("needs") == "activity":
        return AboveScale(True, rule["class"], ACTIVE, named)
    if rule.get("needs") == "qualification":
        why = {True: QUALIFIED, False: NOT_QUALIFIED, None: QUALIFICATION_UNKNOWN}[construction_qualified]
        return AboveScale(construction_qualified, rule["class"], why, named)
    named |= {"limit": str(rule["revenue"]), "since": str(rule["valid_from"])}
    if revenue_fen is None:
        return AboveScale(None, rule["class"], NO_REVENUE, named)
    enough = revenue_fen >= rule["revenue"] * FEN_PER_WAN
    return AboveScale(enough, rule["class"], ENOUGH if enough else BELOW, named)
