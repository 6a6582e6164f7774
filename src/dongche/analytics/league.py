"""A fair comparison of units: what each achieves given its mix of places, and which differences are more than chance.

Direct standardisation (Breslow and Day 1987): the rate of a unit in each stratum (a kind of place × a finer property),
weighted with the mix of all places. Pure functions over the parts of figures; what is counted, the engine has counted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any, Final

import yaml

from dongche.kit.decimals import percent
from dongche.kit.errors import Problem
from dongche.kit.messages import N_

# Of a stratum: its kind and its finer property. Of a cell: numerator and denominator.
Stratum = tuple[str, str]
Parts = tuple[int, int]
Cells = Mapping[str, Mapping[Stratum, Parts]]

# Why a unit is not compared.
TOO_FEW, OTHER_KINDS = "too_few", "other_kinds"


class LeagueUnreadable(Problem):
    code = "analytics.league_unreadable"
    status = 500
    message = N_(
        "The file of the comparison %(file)s cannot be used: at “%(key)s” stands %(given)s, expected is %(expected)s."
    )


@dataclass(frozen=True)
class Rule:
    """How units are compared in a period.

    Units: places; per cent of the mix; per cent of confidence
    """

    from_on: date
    until_on: date | None
    metrics: tuple[str, ...]
    evened: Mapping[str, tuple[str, str]]
    least_places: int
    least_own_percent: int
    confidence_percent: int
    methods: Mapping[str, str]
    sources: Mapping[str, str]

    def covers(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day < self.until_on)


@dataclass(frozen=True)
class Mix:
    """The kind of place that explains most of the difference between a unit's own rate and the evened one.

    Units: per cent; `own` and `all`: how much of the unit's and of all places are of that kind; `rate`: of all places
           of the kind, `whole`: of all places
    """

    kind: str
    own: Decimal
    all: Decimal
    rate: Decimal
    whole: Decimal


@dataclass(frozen=True)
class Place:
    """A unit in the comparison.

    Units: per cent with two places; `low` and `high` are the bounds of one unit alone; `own`: how much of the mix its
           own places stand for; `first` and `last`: the best and the worst rank that chance leaves open
    Empty: a unit that is not compared has a `reason`, its raw rate, and the kinds it lacks in `missing`, largest first
    """

    unit: str
    parts: Parts
    raw: Decimal | None
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    own: Decimal | None = None
    first: int | None = None
    last: int | None = None
    reason: str = ""
    missing: tuple[str, ...] = ()
    mix: Mix | None = None


def compare(cells: Cells, units: Collection[str], rule: Rule) -> list[Place]:
    """This function will compare units by their rates with the mix of all places.

    Shape:  those that are compared, by their evened rate; then the others. `cells` holds every place, also those of no
            unit in `units`: they count in the mix
    Empty:  no places, no units
    """
    whole = _summed(cells.values())
    made = [_unit(unit, cells.get(unit, {}), whole, rule) for unit in units if cells.get(unit)]
    compared = [one for one in made if one.rate is not None]
    compared.sort(key=lambda one: (-(one.rate or 0), one.place.unit))
    ranked = _ranked(compared, rule.confidence_percent)
    others = sorted(
        (one.place for one in made if one.rate is None), key=lambda one: (-one.parts[1], one.unit)
    )
    return [*ranked, *others]


@dataclass(frozen=True)
class _Made:
    """A unit on its way: the exact rate, and its variance."""

    place: Place
    rate: Fraction | None = None
    variance: float = 0.0


def _summed(groups: Collection[Mapping[Stratum, Parts]]) -> dict[Stratum, Parts]:
    total: dict[Stratum, Parts] = {}
    for group in groups:
        for stratum, (numerator, denominator) in group.items():
            have = total.get(stratum, (0, 0))
            total[stratum] = (have[0] + numerator, have[1] + denominator)
    return total


def _of_kinds(cells: Mapping[Stratum, Parts]) -> dict[str, Parts]:
    kinds: dict[str, Parts] = {}
    for (kind, _finer), (numerator, denominator) in cells.items():
        have = kinds.get(kind, (0, 0))
        kinds[kind] = (have[0] + numerator, have[1] + denominator)
    return kinds


def _total(cells: Mapping[Any, Parts]) -> Parts:
    return sum(one for one, _all in cells.values()), sum(every for _one, every in cells.values())


def _unit(unit: str, own: Mapping[Stratum, Parts], whole: Mapping[Stratum, Parts], rule: Rule) -> _Made:
    parts, kinds = _total(own), _of_kinds(own)
    raw = percent(*parts) if parts[1] else None
    place = Place(unit, parts, raw)
    if parts[1] < rule.least_places:
        return _Made(Place(unit, parts, raw, reason=TOO_FEW))
    everything = _total(whole)[1]
    # The evened rate is what each resumed place of the unit weighs, added up, and a constant for what it does not have.
    weights: dict[Stratum, Fraction] = dict.fromkeys(own, Fraction(0))
    constant, own_share = Fraction(0), Fraction(0)
    missing: dict[str, int] = {}
    for stratum, (numerator, denominator) in whole.items():
        if not denominator:
            continue
        weight, kind = Fraction(denominator, everything), stratum[0]
        if own.get(stratum, (0, 0))[1] >= rule.least_places:
            weights[stratum] += weight / own[stratum][1]
        elif kinds.get(kind, (0, 0))[1] >= rule.least_places:
            for other in own:
                if other[0] == kind:
                    weights[other] += weight / kinds[kind][1]
        else:
            constant += weight * Fraction(numerator, denominator)
            missing[kind] = missing.get(kind, 0) + denominator
            continue
        own_share += weight
    share = percent(own_share.numerator, own_share.denominator)
    if own_share * 100 < rule.least_own_percent:
        lacked = tuple(sorted(missing, key=lambda kind: (-missing[kind], kind)))
        return _Made(Place(unit, parts, raw, own=share, reason=OTHER_KINDS, missing=lacked))
    rate = constant + sum((weights[stratum] * one for stratum, (one, _every) in own.items()), Fraction(0))
    variance = sum(float(weights[stratum]) ** 2 * _variance(*held) for stratum, held in own.items())
    spread = NormalDist().inv_cdf(0.5 + rule.confidence_percent / 200) * sqrt(variance)
    place = Place(
        unit,
        parts,
        raw,
        value=_percent(rate),
        low=_bounded(float(rate) - spread),
        high=_bounded(float(rate) + spread),
        own=share,
        mix=_mix(rate, parts, kinds, whole),
    )
    return _Made(place, rate, variance)


def _variance(numerator: int, denominator: int) -> float:
    """Of a count: with one success and one failure added, so that all or none of few is not certainty."""
    share = (numerator + 1) / (denominator + 2)
    return denominator**2 * share * (1 - share) / (denominator + 2)


def _percent(share: Fraction) -> Decimal:
    return percent(share.numerator, share.denominator)


def _bounded(share: float) -> Decimal:
    return _percent(Fraction(min(1.0, max(0.0, share))).limit_denominator(10**6))


def _mix(
    rate: Fraction, parts: Parts, kinds: Mapping[str, Parts], whole: Mapping[Stratum, Parts]
) -> Mix | None:
    """The kind whose share moves the raw rate furthest in the direction in which it lies from the evened one."""
    of_all = _of_kinds(whole)
    resumed, places = _total(whole)
    difference = Fraction(*parts) - rate
    found: tuple[Fraction, str] | None = None
    for kind, (numerator, denominator) in sorted(of_all.items()):
        if not denominator:
            continue
        more = Fraction(kinds.get(kind, (0, 0))[1], parts[1]) - Fraction(denominator, places)
        moves = more * (Fraction(numerator, denominator) - Fraction(resumed, places))
        if moves * difference > 0 and (found is None or abs(moves) > abs(found[0])):
            found = (moves, kind)
    if found is None:
        return None
    kind = found[1]
    return Mix(
        kind,
        own=percent(kinds.get(kind, (0, 0))[1], parts[1]),
        all=percent(of_all[kind][1], places),
        rate=percent(*of_all[kind]),
        whole=percent(resumed, places),
    )


def _ranked(made: Sequence[_Made], confidence_percent: int) -> list[Place]:
    """Each unit with the ranks that chance leaves open: better than it are those told apart from it."""
    comparisons = max(1, len(made) - 1)
    bound = NormalDist().inv_cdf(1 - (1 - confidence_percent / 100) / (2 * comparisons))
    ranked = []
    for one in made:
        better = sum(_is_above(other, one, bound) for other in made)
        worse = sum(_is_above(one, other, bound) for other in made)
        ranked.append(replace(one.place, first=1 + better, last=len(made) - worse))
    return ranked


def _is_above(one: _Made, other: _Made, bound: float) -> bool:
    assert one.rate is not None and other.rate is not None  # noqa: S101, PT018 – only those compared come here
    return float(one.rate - other.rate) > bound * sqrt(one.variance + other.variance)


_FIELDS: Final = frozenset(
    {
        "from_on", "until_on", "metrics", "evened", "least_places", "least_own_percent", "confidence_percent", "method",
        "source",
    }
)  # fmt: skip


def load(file: Path) -> tuple[Rule, ...]:
    """This function will read how units are compared, the periods in their order."""
    return read(file.name, file.read_text(encoding="utf-8"))


def read(file: str, text: str) -> tuple[Rule, ...]:
    """This function will read the rules of the comparison and check them.

    Raises: LeagueUnreadable
    """

    def refuse(key: str, given: object, expected: str) -> LeagueUnreadable:
        return LeagueUnreadable(file=file, key=key, given=given, expected=expected)

    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise refuse("–", " ".join(str(error).split()), "YAML") from error
    if (
        not isinstance(content, dict)
        or set(content) != {"versions"}
        or not isinstance(content["versions"], list)
    ):
        raise refuse("–", content, "versions")
    found: list[Rule] = []
    for each in content["versions"]:
        if not isinstance(each, dict) or set(each) != _FIELDS:
            raise refuse("versions", each, ", ".join(sorted(_FIELDS)))
        if not isinstance(each["from_on"], date) or not isinstance(each["until_on"], date | None):
            raise refuse("from_on", each["from_on"], "a day")
        for name, least, most in (
            ("least_places", 1, 1000), ("least_own_percent", 0, 100), ("confidence_percent", 50, 99),
        ):  # fmt: skip
            if type(each[name]) is not int or not least <= each[name] <= most:
                raise refuse(name, each[name], f"a whole number from {least} to {most}")
        evened = each["evened"]
        if not isinstance(evened, dict) or not all(
            isinstance(pair, list) and len(pair) == 2 and unit not in pair for unit, pair in evened.items()
        ):
            raise refuse("evened", evened, "two dimensions for each kind of unit, none of them itself")
        for name in ("method", "source"):
            if not isinstance(each[name], dict) or set(each[name]) != {"en", "zh-Hans"}:
                raise refuse(name, each[name], "a text each for en and zh-Hans")
        if found and (found[-1].until_on is None or each["from_on"] < found[-1].until_on):
            raise refuse("from_on", each["from_on"], f"a day from {found[-1].until_on or '…'} on")
        pairs = {unit: (pair[0], pair[1]) for unit, pair in evened.items()}
        held = {**each, "metrics": tuple(each["metrics"]), "evened": pairs}
        found.append(Rule(methods=held.pop("method"), sources=held.pop("source"), **held))
    return tuple(found)
