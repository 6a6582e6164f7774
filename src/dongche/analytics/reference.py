"""The slow, obvious twin of the engines: plain loops over rows, one hand-written formula for each metric version.

Tests compare every engine with it. It shares nothing with them but the facts, the definitions' names and `Figure`: what
a metric means is written here a second time, on purpose. A new version of a metric needs a formula of its own here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Any

from dongche.analytics.definitions import Definition, Definitions
from dongche.analytics.facts import Facts
from dongche.analytics.figures import Figure
from dongche.kit.clock import BEIJING

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """A place expected on a day: its dimensions, whether it is above scale, and its report if there is one."""

    entity_id: int
    above_scale: bool
    dimensions: Mapping[str, str]
    report: Row | None
    energy_wh: int | None = None
    # By quantity and basis.
    usual: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def resumed(self) -> bool:
        return self.report is not None and self.report["state"] in ("open", "part")

    def told(self, name: str) -> int | None:
        value: int | None = None if self.report is None else self.report[name]
        return value


@dataclass(frozen=True)
class Answer:
    """The parts of a figure, before anything is divided."""

    numerator: int
    denominator: int
    covered: int
    to_cover: int
    contributors: int
    excluded: int = 0
    is_answer_without_reports: bool = False


Formula = Callable[[Sequence[Place], Definition, date], Answer]


def resumption_rate(places: Sequence[Place], _: Definition, __: date) -> Answer:
    resumed = [place for place in places if place.resumed]
    reported = [place for place in places if place.report is not None]
    return Answer(len(resumed), len(places), len(reported), len(places), len(places))


def production_rate(places: Sequence[Place], _: Definition, __: date) -> Answer:
    resumed = [place for place in places if place.resumed]
    producing = [place for place in resumed if (place.told("output_fen") or 0) > 0]
    with_output = [place for place in resumed if place.told("output_fen") is not None]
    return Answer(len(producing), len(resumed), len(with_output), len(resumed), len(resumed))


def capacity_recovery_rate(places: Sequence[Place], _: Definition, __: date) -> Answer:
    output = normal = contributors = covered = excluded = 0
    for place in places:
        now, baseline = place.told("output_fen"), place.told("output_normal_fen")
        if place.report is not None and not baseline:
            excluded += 1
        if now is not None and baseline:
            output += now
            normal += baseline
            contributors += 1
            covered += place.resumed
    return Answer(output, normal, covered, sum(place.resumed for place in places), contributors, excluded)


def return_to_post_rate(places: Sequence[Place], _: Definition, __: date) -> Answer:
    at_post = due = contributors = 0
    for place in places:
        there, expected = place.told("staff_at_post"), place.told("staff_due")
        if there is not None and expected is not None:
            at_post += there
            due += expected
            contributors += 1
    return Answer(at_post, due, contributors, len(places), contributors)


def reporting_rate(places: Sequence[Place], _: Definition, __: date) -> Answer:
    received = sum(place.report is not None for place in places)
    return Answer(
        received, len(places), len(places), len(places), len(places), is_answer_without_reports=True
    )


def reporting_rate_on_time(places: Sequence[Place], definition: Definition, day: date) -> Answer:
    if definition.cut_off is None:
        raise ValueError(f"{definition.code} has no cut-off.")
    cut_off = datetime.combine(day, definition.cut_off, BEIJING)
    on_time = sum(place.report is not None and place.report["received_at"] <= cut_off for place in places)
    return Answer(on_time, len(places), len(places), len(places), len(places), is_answer_without_reports=True)


def capacity_recovery_mean(places: Sequence[Place], _: Definition, __: date) -> Answer:
    total = contributors = covered = excluded = 0
    for place in places:
        now, normal = place.told("output_fen"), place.told("output_normal_fen")
        if place.report is not None and not normal:
            excluded += 1
        if now is not None and normal:
            total += _millionths(now, normal)
            contributors += 1
            covered += place.resumed
    resumed = sum(place.resumed for place in places)
    return Answer(total, contributors * 1_000_000, covered, resumed, contributors, excluded)


def full_capacity_rate(places: Sequence[Place], definition: Definition, _: date) -> Answer:
    resumed = [place for place in places if place.resumed]
    at_capacity = contributors = excluded = 0
    for place in resumed:
        now, normal = place.told("output_fen"), place.told("output_normal_fen")
        if not normal:
            excluded += 1
        elif now is not None:
            contributors += 1
            at_capacity += Fraction(now, normal) >= Fraction(definition.threshold or 0, 100)
    return Answer(at_capacity, len(resumed), contributors, len(resumed), len(resumed), excluded)


def electricity_resumption_rate(places: Sequence[Place], definition: Definition, _: date) -> Answer:
    at_work = sum(
        Fraction(now, usual) > Fraction(definition.threshold or 0, 100)
        for now, usual in _metered(places, "dec_2019")
    )
    return _of_electricity(places, "dec_2019", at_work, len(_metered(places, "dec_2019")))


def electricity_production_rate(places: Sequence[Place], _: Definition, __: date) -> Answer:
    both = _metered(places, "dec_2019")
    return _of_electricity(places, "dec_2019", sum(now for now, _u in both), sum(usual for _n, usual in both))


def electricity_production_mean(places: Sequence[Place], _: Definition, __: date) -> Answer:
    both = _metered(places, "dec_2019")
    total = sum(_millionths(now, usual) for now, usual in both)
    return _of_electricity(places, "dec_2019", total, 1_000_000 * len(both))


def electricity_same_period_rate(places: Sequence[Place], _: Definition, __: date) -> Answer:
    both = _metered(places, "same_period")
    total = sum(usual for _n, usual in both)
    return _of_electricity(places, "same_period", sum(now for now, _u in both), total)


def _metered(places: Sequence[Place], basis: str) -> list[tuple[int, int]]:
    """Electricity of the day and of the usual day, of the places that have both, the latter above zero."""
    return [
        (place.energy_wh, place.usual["electricity", basis])
        for place in places
        if place.energy_wh is not None and place.usual.get(("electricity", basis))
    ]


def _of_electricity(places: Sequence[Place], basis: str, numerator: int, denominator: int) -> Answer:
    both, read = len(_metered(places, basis)), sum(place.energy_wh is not None for place in places)
    return Answer(
        numerator, denominator, both, len(places), both, read - both, is_answer_without_reports=True
    )


def _millionths(now: int, usual: int) -> int:
    return int(_divide(now, usual, 1_000_000, "1"))


# By definition, not by metric: a version that means something else must be written down here before it can be tested.
FORMULAS: dict[str, Formula] = {
    "resumption_rate@1": resumption_rate,
    "production_rate@1": production_rate,
    "capacity_recovery_rate@1": capacity_recovery_rate,
    "return_to_post_rate@1": return_to_post_rate,
    "reporting_rate@1": reporting_rate,
    "reporting_rate_on_time@1": reporting_rate_on_time,
    "capacity_recovery_mean@1": capacity_recovery_mean,
    "full_capacity_rate@1": full_capacity_rate,
    "electricity_resumption_rate@1": electricity_resumption_rate,
    "electricity_production_rate@1": electricity_production_rate,
    "electricity_production_mean@1": electricity_production_mean,
    "electricity_same_period_rate@1": electricity_same_period_rate,
}


def measure(
    facts: Facts,
    definitions: Definitions,
    *,
    days: Sequence[date],
    as_known: datetime,
    by: Sequence[tuple[str, ...]] = ((),),
    scope: Sequence[Mapping[str, Collection[str]]] | None = None,
    metrics: Collection[str] | None = None,
) -> list[Figure]:
    """This function will compute the same figures as `engine.measure`, in the same order, one place at a time."""
    found = []
    for day in days:
        places = [place for place in expected_on(facts, day, as_known) if _in_scope(place, scope)]
        for group in by:
            keys = sorted({tuple(place.dimensions[name] for name in group) for place in places})
            if not group and not keys:
                keys = [()]
            for key in keys:
                members = [
                    place for place in places if tuple(place.dimensions[name] for name in group) == key
                ]
                for definition in definitions.on(day):
                    if metrics is None or definition.metric in metrics:
                        scope_of = dict(zip(group, key, strict=True))
                        found.append(_figure(definition, scope_of, members, day, as_known))
    return found


def expected_on(facts: Facts, day: date, as_known: datetime) -> list[Place]:
    """This function will list the places expected on a day, with the report that was believed at the instant."""
    versions = [row for row in _believed(facts.entities, as_known) if _covers(row, day)]
    excluded = {row["entity_id"] for row in _believed(facts.exclusions, as_known) if _covers(row, day)}
    rules = [row for row in _believed(facts.line_rules, as_known) if _covers(row, day)]
    reports = {row["entity_id"]: row for row in _believed(facts.reports, as_known) if row["on"] == day}
    energy: dict[int, int] = {}
    for row in _believed(facts.electricity, as_known):
        if row["on"] == day:
            energy[row["entity_id"]] = energy.get(row["entity_id"], 0) + row["energy_wh"]
    usual: dict[int, dict[tuple[str, str], int]] = {}
    for row in _believed(facts.baselines, as_known):
        if _covers(row, day):
            usual.setdefault(row["entity_id"], {})[row["quantity"], row["basis"]] = row["amount"]
    return [
        Place(
            row["entity_id"],
            row["above_scale"],
            _dimensions(row, rules),
            reports.get(row["entity_id"]),
            energy.get(row["entity_id"]),
            usual.get(row["entity_id"], {}),
        )
        for row in versions
        if row["entity_id"] not in excluded
    ]


def _believed(table: Any, as_known: datetime) -> list[Row]:
    return [
        row
        for row in table.to_pylist()
        if row["known_at"] <= as_known and (row["superseded_at"] is None or as_known < row["superseded_at"])
    ]


def _covers(row: Row, day: date) -> bool:
    return bool(row["from_on"] <= day and (row["until_on"] is None or day < row["until_on"]))


def _dimensions(place: Row, rules: Sequence[Row]) -> dict[str, str]:
    fitting = [
        rule
        for rule in rules
        if rule["subdistrict"] == place["subdistrict"]
        and all(rule[name] in (None, place[name]) for name in ("category", "focus", "industry", "size"))
    ]
    best = min((rule["priority"] for rule in fitting), default=None)
    lines = {rule["line"] for rule in fitting if rule["priority"] == best}
    line = lines.pop() if len(lines) == 1 else "unknown"
    return {
        "subdistrict": place["subdistrict"],
        "community": place["community"] or "unknown",
        "grid": place["grid"] or "unknown",
        "line": line,
        "category": place["category"],
        "industry": place["industry"] or "unknown",
        "size": place["size"] or "unknown",
        "focus": place["focus"] or "none",
        "above_scale": "yes" if place["above_scale"] else "no",
    }


def _in_scope(place: Place, scope: Sequence[Mapping[str, Collection[str]]] | None) -> bool:
    if scope is None:
        return True
    return any(all(place.dimensions[name] in codes for name, codes in each.items()) for each in scope)


def _figure(
    definition: Definition, scope: dict[str, str], places: Sequence[Place], day: date, as_known: datetime
) -> Figure:
    answer = FORMULAS[definition.code](places, definition, day)
    reason = None
    if not places:
        reason = "no_entities"
    elif all(place.report is None for place in places) and not answer.is_answer_without_reports:
        reason = "no_reports"
    elif answer.denominator == 0:
        reason = "zero_denominator"
    return Figure(
        metric=definition.metric,
        definition=definition.code,
        scope=scope,
        value=None if reason else _divide(answer.numerator, answer.denominator, 100, "0.01"),
        numerator=answer.numerator,
        denominator=answer.denominator,
        coverage=_divide(answer.covered, answer.to_cover, 1, "0.0001") if answer.to_cover else None,
        on=day,
        as_known=as_known.astimezone(UTC),
        reason=reason,
        excluded=answer.excluded,
        contributors=answer.contributors,
    )


def _divide(numerator: int, denominator: int, times: int, step: str) -> Decimal:
    """Long division in decimals, wide enough that only the last rounding counts."""
    wide = Context(prec=200)
    quotient = wide.divide(Decimal(numerator) * times, Decimal(denominator))
    return quotient.quantize(Decimal(step), rounding=ROUND_HALF_UP, context=wide)
