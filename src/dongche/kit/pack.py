"""A campaign's pack: the folder of human-editable files that makes the next campaign a folder and not code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from dongche.kit.errors import Problem
from dongche.kit.messages import N_

LANGUAGES = ("en", "zh-Hans")


class PackUnreadable(Problem):
    code = "kit.pack_unreadable"
    status = 500
    message = N_(
        "The campaign file %(file)s cannot be used: at “%(key)s” stands %(given)s, expected is %(expected)s."
    )


@dataclass(frozen=True)
class Campaign:
    """The days of the campaign, half-open."""

    from_on: date
    until_on: date | None


@dataclass(frozen=True)
class Assignment:
    """How places are given to workers, from a day on: places, and metres (see docs/rooms/solvers.md)."""

    from_on: date
    places_per_worker: int
    least_places: int
    stay_metres: int
    overload_metres: int
    unknown_metres: int
    source: str


@dataclass(frozen=True)
class Backbone:
    """How many firms are on the list of backbone firms from a day on."""

    from_on: date
    firms: int
    source: str


@dataclass(frozen=True)
class FullCapacity:
    """From which share of its normal output on a place is at capacity, from a day on (per cent)."""

    from_on: date
    percent: int
    source: str


@dataclass(frozen=True)
class Reminders:
    """After how many days without a report a place is brought to whom, from a day on."""

    from_on: date
    served_by_days: int
    responsible_days: int
    sponsor_days: int
    source: str

    @property
    def steps(self) -> tuple[tuple[str, int], ...]:
        """The role that is reminded and from how many silent days on, the nearest first."""
        return (
            ("served_by", self.served_by_days),
            ("responsible", self.responsible_days),
            ("sponsor", self.sponsor_days),
        )


@dataclass(frozen=True)
class Wording:
    """By which rules a brief chooses its words, and to whom it goes, from a day on.

    Units: `level_below` and `marked_from` in percentage points; `comparable_from` in places; `named_most` units;
           `to` and `copied_to` by language
    """

    from_on: date
    level_below: Decimal
    marked_from: Decimal
    comparable_from: int
    named_most: int
    to: Mapping[str, str]
    copied_to: Mapping[str, str]
    copies: int
    source: str


@dataclass(frozen=True)
class Plan:
    """How a rate is meant to rise: per cent on some days, in their order; between two of them in a straight line."""

    points: tuple[tuple[date, Decimal], ...]

    def on(self, day: date) -> Decimal | None:
        """What is planned for a day, in per cent; None before the first day of the plan and after its last.

        >>> plan = Plan(((date(2020, 2, 10), Decimal(10)), (date(2020, 2, 20), Decimal(60))))
        >>> [str(plan.on(date(2020, 2, day))) for day in (9, 10, 13, 20, 21)]
        ['None', '10.00', '25.00', '60.00', 'None']
        """
        for (start, low), (end, high) in zip(self.points, self.points[1:] or self.points, strict=False):
            if start <= day <= end:
                share = Decimal((day - start).days) / max((end - start).days, 1)
                return (low + (high - low) * share).quantize(Decimal("0.01"))
        return None


@dataclass(frozen=True)
class Pack:
    """What the campaign fixes.

    Units: targets and plans in per cent; `masks_low_below` and `report_days_back` in days; `places_most` is how many
           places one officer can serve
    """

    folder: Path
    name: Mapping[str, str]
    campaign: Campaign
    cut_off: time
    number_prefix: str
    report_days_back: int
    masks_low_below: int
    places_most: int
    targets: Mapping[str, Decimal]
    plans: Mapping[str, Plan]
    assignments: tuple[Assignment, ...]
    full_capacities: tuple[FullCapacity, ...]
    backbones: tuple[Backbone, ...]
    reminders: tuple[Reminders, ...]
    wordings: tuple[Wording, ...]

    def assignment_on(self, on: date) -> Assignment:
        """The parameters of a day; before the first entry, that one."""
        return next((one for one in reversed(self.assignments) if one.from_on <= on), self.assignments[0])

    def full_capacity_on(self, on: date) -> int:
        """The per cent of the normal output that is full capacity on a day; before the first entry, that one's."""
        entries = self.full_capacities
        return next((one for one in reversed(entries) if one.from_on <= on), entries[0]).percent

    def backbone_on(self, on: date) -> int:
        """How many firms the list of backbone firms has on a day; before the first entry, that one's number."""
        entries = self.backbones
        return next((one for one in reversed(entries) if one.from_on <= on), entries[0]).firms

    def reminders_on(self, on: date) -> Reminders:
        """Whom a silent place is brought to on a day; before the first entry, as that one says."""
        return next((one for one in reversed(self.reminders) if one.from_on <= on), self.reminders[0])

    def wording_on(self, on: date) -> Wording:
        """The rules of wording of a day; before the first entry, those of that one."""
        return next((one for one in reversed(self.wordings) if one.from_on <= on), self.wordings[0])

    @property
    def metrics(self) -> Path:
        return self.folder / "metrics"


def load(folder: Path) -> Pack:
    """This function will read `pack.yaml` of a pack's folder.

    Raises: PackUnreadable – the file is missing, is no YAML, or a key holds something else than it should
    """
    file = folder / "pack.yaml"
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise PackUnreadable(file=file, key="/", given=error.strerror, expected="a readable file") from None
    except yaml.YAMLError as error:
        raise PackUnreadable(file=file, key="/", given=str(error).splitlines()[0], expected="YAML") from None
    read = _Reader(file, content)
    until = read.value("campaign", "until_on")
    return Pack(
        folder=folder,
        name={language: read.of(str, "name", language) for language in LANGUAGES},
        campaign=Campaign(
            read.of(date, "campaign", "from_on"),
            None if until is None else read.of(date, "campaign", "until_on"),
        ),
        cut_off=read.time("cut_off", "time"),
        number_prefix=read.of(str, "number_prefix", "text"),
        report_days_back=read.of(int, "report", "days_back"),
        masks_low_below=read.of(int, "masks", "low_below_days"),
        places_most=read.of(int, "loads", "places_most"),
        targets={
            metric: Decimal(str(read.of((int, float), "targets", metric, "percent")))
            for metric in read.of(dict, "targets")
        },
        plans={
            metric: _plan(file, read, metric)
            for metric, target in read.of(dict, "targets").items()
            if isinstance(target, dict) and "plan" in target
        },
        assignments=_assignments(file, read),
        full_capacities=_full_capacities(file, read),
        backbones=_backbones(file, read),
        reminders=_reminders(file, read),
        wordings=_wordings(file, read),
    )


def _plan(file: Path, read: _Reader, metric: str) -> Plan:
    points = []
    for entry in read.of(list, "targets", metric, "plan"):
        one = _Reader(file, {"plan": entry})
        points.append((one.of(date, "plan", "day"), Decimal(str(one.of((int, float), "plan", "percent")))))
    days = [day for day, _percent in points]
    if not points or days != sorted(set(days)):
        raise PackUnreadable(
            file=file,
            key=f"targets.{metric}.plan",
            given=[str(day) for day in days],
            expected="days that each come after the one before",
        )
    return Plan(tuple(points))


def _reminders(file: Path, read: _Reader) -> tuple[Reminders, ...]:
    found = []
    for one in _entries(file, read, "reminders"):
        days = [one.of(int, "reminders", f"{role}_days") for role in ("served_by", "responsible", "sponsor")]
        if not 1 <= days[0] <= days[1] <= days[2]:
            expected = "days that grow from served_by to responsible to sponsor, the first 1 or more"
            raise PackUnreadable(file=file, key="reminders", given=days, expected=expected)
        from_on, source = one.of(date, "reminders", "from_on"), one.of(str, "reminders", "source")
        found.append(Reminders(from_on, days[0], days[1], days[2], source))
    return tuple(sorted(found, key=lambda each: each.from_on))


def _wordings(file: Path, read: _Reader) -> tuple[Wording, ...]:
    found = []
    for one in _entries(file, read, "brief"):
        level, marked = (
            Decimal(str(one.of((int, float), "brief", name)))
            for name in ("level_below_points", "marked_from_points")
        )
        if not 0 <= level < marked:
            raise PackUnreadable(
                file=file,
                key="brief",
                given=f"level_below_points {level}, marked_from_points {marked}",
                expected="0 or more, and marked_from_points above level_below_points",
            )
        counts = {name: one.of(int, "brief", name) for name in ("comparable_from", "named_most", "copies")}
        for name, given in counts.items():
            if given < 1:
                raise PackUnreadable(file=file, key=f"brief.{name}", given=given, expected="1 or more")
        found.append(
            Wording(
                from_on=one.of(date, "brief", "from_on"),
                level_below=level,
                marked_from=marked,
                to={language: one.of(str, "brief", "to", language) for language in LANGUAGES},
                copied_to={language: one.of(str, "brief", "copied_to", language) for language in LANGUAGES},
                source=one.of(str, "brief", "source"),
                **counts,
            )
        )
    return tuple(sorted(found, key=lambda each: each.from_on))


def _full_capacities(file: Path, read: _Reader) -> tuple[FullCapacity, ...]:
    found = []
    for one in _entries(file, read, "full_capacity"):
        percent = one.of(int, "full_capacity", "percent")
        if percent <= 0:
            raise PackUnreadable(
                file=file, key="full_capacity.percent", given=percent, expected="more than 0"
            )
        found.append(
            FullCapacity(
                one.of(date, "full_capacity", "from_on"), percent, one.of(str, "full_capacity", "source")
            )
        )
    return tuple(sorted(found, key=lambda each: each.from_on))


def _backbones(file: Path, read: _Reader) -> tuple[Backbone, ...]:
    found = []
    for one in _entries(file, read, "backbone"):
        firms = one.of(int, "backbone", "firms")
        if firms <= 0:
            raise PackUnreadable(file=file, key="backbone.firms", given=firms, expected="more than 0")
        found.append(Backbone(one.of(date, "backbone", "from_on"), firms, one.of(str, "backbone", "source")))
    return tuple(sorted(found, key=lambda each: each.from_on))


def _entries(file: Path, read: _Reader, key: str) -> list[_Reader]:
    """A reader for each entry of a dated list."""
    entries = read.of(list, key)
    if not entries:
        raise PackUnreadable(file=file, key=key, given="[]", expected="an entry with from_on")
    return [_Reader(file, {key: entry}) for entry in entries]


def _assignments(file: Path, read: _Reader) -> tuple[Assignment, ...]:
    found = []
    for one in _entries(file, read, "assignment"):
        counts = {
            name: one.of(int, "assignment", name)
            for name in (
                "places_per_worker",
                "least_places",
                "stay_metres",
                "overload_metres",
                "unknown_metres",
            )
        }
        for name, given in counts.items():
            if given < 0:
                raise PackUnreadable(file=file, key=f"assignment.{name}", given=given, expected="0 or more")
        found.append(
            Assignment(
                one.of(date, "assignment", "from_on"), **counts, source=one.of(str, "assignment", "source")
            )
        )
    return tuple(sorted(found, key=lambda each: each.from_on))


@dataclass(frozen=True)
class _Reader:
    file: Path
    content: Any

    def value(self, *keys: str) -> Any:
        found = self.content
        for key in keys:
            if not isinstance(found, dict) or key not in found:
                raise PackUnreadable(file=self.file, key=".".join(keys), given="nothing", expected="a value")
            found = found[key]
        return found

    def of(self, kind: Any, *keys: str) -> Any:
        found = self.value(*keys)
        if not isinstance(found, kind) or isinstance(found, bool):
            kinds = kind if isinstance(kind, tuple) else (kind,)
            expected = " / ".join(k.__name__ for k in kinds)
            raise PackUnreadable(file=self.file, key=".".join(keys), given=repr(found), expected=expected)
        return found

    def time(self, *keys: str) -> time:
        text = self.of(str, *keys)
        try:
            return time.fromisoformat(text)
        except ValueError:
            raise PackUnreadable(file=self.file, key=".".join(keys), given=text, expected="17:00") from None
