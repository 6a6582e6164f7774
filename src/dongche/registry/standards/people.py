"""Rules about people from the pack, as of a day: who is observed how long, and how long data are kept.

Nothing is guessed: where a rule asks for something that is not known of somebody, the answer is "unknown" and names it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from dongche.kit.pack import PackUnreadable

ORIGINS: Final = ("local", "province", "other_province", "hubei", "abroad")
RISKS: Final = ("low", "medium", "high")
CODES: Final = ("green", "yellow", "red")
CLASSES: Final = ("health", "travel", "identity", "former", "leftovers")
# What the days of a class are counted from; each class has one of its own.
AFTER: Final = dict(zip(CLASSES, ("noted", "observed", "left", "replaced", "imported"), strict=True))

State = Literal["required", "over", "expected", "exempt", "not_required", "unknown", "forgotten"]


@dataclass(frozen=True)
class Measure:
    """Whoever comes from one of `origins` is observed for `days`, unless their code or where they come from exempts."""

    origins: tuple[str, ...]
    days: int
    where: str
    unless_codes: tuple[str, ...] = ()
    unless_risks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """The measures that hold from a day on until the next rule does."""

    from_on: date
    name: Mapping[str, str]
    source: str
    measures: tuple[Measure, ...]

    def measure_for(self, origin: str) -> Measure | None:
        return next((one for one in self.measures if origin in one.origins), None)


@dataclass(frozen=True)
class Kept:
    """How long a class of data is kept after its purpose."""

    data_class: str
    days: int
    basis: Mapping[str, str]
    source: str


@dataclass(frozen=True)
class PeopleRules:
    """What the pack says about people."""

    observation: tuple[Rule, ...]
    fever_from: Decimal
    retention: Mapping[str, Kept]

    def rule_on(self, on: date) -> Rule | None:
        """The rule of a day; None before the first."""
        return next((rule for rule in reversed(self.observation) if rule.from_on <= on), None)

    @property
    def longest(self) -> int:
        """The longest observation of any rule, in days."""
        return max((one.days for rule in self.observation for one in rule.measures), default=0)


@dataclass(frozen=True)
class Answer:
    """Whether somebody is to be observed on a day, and why.

    Shape:  `from_on` and `until_on` are the half-open days that the rule of the day gives; `day` counts from 1;
            `missing` names what the rule asks for and nobody told, most important first
    """

    state: State
    rule: Rule | None = None
    measure: Measure | None = None
    from_on: date | None = None
    until_on: date | None = None
    day: int = 0
    missing: Sequence[str] = field(default=())


def observation(
    rules: PeopleRules,
    on: date,
    *,
    origin: str,
    arrived_on: date | None,
    code: str = "",
    risk: str = "",
    forgotten: bool = False,
) -> Answer:
    """This function will say by the rule in force on a day whether somebody is to be observed on it.

    Shape:  "required" on days [arrival, arrival + days), "over" after them, "expected" before; "exempt" by code or
            risk, "not_required" from where nobody is observed, "forgotten" once the data were deleted in time
    Empty:  "unknown" before the first rule, or where something is missing that would decide it
    """
    rule = rules.rule_on(on)
    if rule is None:
        return Answer("unknown")
    if forgotten:
        return Answer("forgotten", rule)
    if not origin:
        return Answer("unknown", rule, missing=("origin",))
    measure = rule.measure_for(origin)
    if measure is None:
        return Answer("not_required", rule)
    if (code and code in measure.unless_codes) or (risk and risk in measure.unless_risks):
        return Answer("exempt", rule, measure)
    until_on = arrived_on + timedelta(days=measure.days) if arrived_on else None
    if arrived_on and until_on and on >= until_on:
        return Answer("over", rule, measure, arrived_on, until_on)
    missing = [] if arrived_on else ["arrived_on"]
    missing += ["health_code"] if measure.unless_codes and not code else []
    missing += ["risk"] if measure.unless_risks and not risk else []
    if missing:
        return Answer("unknown", rule, measure, arrived_on, until_on, missing=tuple(missing))
    if arrived_on is None or on < arrived_on:
        return Answer("expected", rule, measure, arrived_on, until_on)
    return Answer("required", rule, measure, arrived_on, until_on, (on - arrived_on).days + 1)


@lru_cache(maxsize=4)
def load(folder: Path) -> PeopleRules:
    """This function will read `people.yaml` of a pack's folder; a pack without one knows no rules about people.

    Raises: PackUnreadable
    """
    file = folder / "people.yaml"
    if not file.exists():
        return PeopleRules((), Decimal("37.3"), {})
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        return _read(content)
    except yaml.YAMLError as error:
        raise PackUnreadable(file=file, key="/", given=str(error).splitlines()[0], expected="YAML") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PackUnreadable(
            file=file, key="/", given=repr(error), expected="observation, temperature, retention"
        ) from None


def _read(content: Any) -> PeopleRules:
    rules = [
        Rule(
            _of(date, entry["from_on"]),
            {language: _of(str, entry["name"][language]) for language in ("en", "zh-Hans")},
            _of(str, entry["source"]),
            tuple(_measure(one) for one in entry["measures"]),
        )
        for entry in content["observation"]
    ]
    retention = {name: _kept(name, content["retention"][name]) for name in CLASSES}
    for name, entry in content["retention"].items():
        if entry["after"] != AFTER[name]:
            raise ValueError(f"retention.{name}.after is {entry['after']}, not {AFTER[name]}")
    fever = Decimal(str(content["temperature"]["fever_from"]))
    return PeopleRules(tuple(sorted(rules, key=lambda rule: rule.from_on)), fever, retention)


def _kept(name: str, entry: Any) -> Kept:
    basis = {language: _of(str, entry["basis"][language]) for language in ("en", "zh-Hans")}
    return Kept(name, _days(entry["days"]), basis, _of(str, entry["source"]))


def _measure(entry: Any) -> Measure:
    where = _of(str, entry["where"])
    if where not in ("home", "site"):
        raise ValueError(f"where: {where}")
    return Measure(
        _among(entry["origins"], ORIGINS),
        _days(entry["days"]),
        where,
        _among(entry.get("unless_codes", []), CODES),
        _among(entry.get("unless_risks", []), RISKS),
    )


def _of(kind: Any, value: Any) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value


def _days(value: Any) -> int:
    days: int = _of(int, value)
    if not 0 < days < 4000:
        raise ValueError(f"days: {days}")
    return days


def _among(values: Any, known: Sequence[str]) -> tuple[str, ...]:
    for value in _of(list, values):
        if value not in known:
            raise ValueError(f"{value!r} is not one of {', '.join(known)}")
    return tuple(values)
