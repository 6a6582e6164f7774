"""How well the reports of a day are supported: what speaks for each, what against it, and what is missing.

No report and no figure is changed: the same reports, readings and rules give the same answer. `keeping` stores it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from django.db.models import Count, Max, Q, Sum
from django.utils.translation import gettext_lazy as _

from dongche.kit.clock import BEIJING
from dongche.registry.models import ElectricityReading
from dongche.registry.queries import Places
from dongche.reporting import rulebook, sights
from dongche.reporting.models import Channel, Report, State
from dongche.reporting.rulebook import Rule
from dongche.web.periods import believed

# From the strongest to none at all. The order is that of pages.
STRENGTHS: Final[Mapping[str, Any]] = {
    "supported": _("Supported by a second source"),
    "alone": _("Rests on the report alone"),
    "doubtful": _("Doubtful by its pattern"),
    "contradicted": _("Contradicted by a second source"),
    "silent": _("No report"),
}
# How each looks on a page.
MOODS: Final = {
    "supported": "good",
    "alone": "none",
    "doubtful": "soon",
    "contradicted": "warn",
    "silent": "none",
}
AT_WORK: Final = (State.OPEN, State.PART)
DECEMBER: Final = (date(2019, 12, 1), date(2019, 12, 31))
LOOK_BACK: Final = 14  # how far a jump is looked for in days before


@dataclass(frozen=True)
class Told:
    """The current report of a place for a day, as far as rules look at it."""

    entity_id: int
    on: date
    state: str
    staff_due: int | None
    staff_at_post: int | None
    output_fen: int | None
    output_normal_fen: int | None
    mask_days: int | None
    known_at: datetime
    by_id: int | None
    channel: str
    same_as_yesterday: bool

    @property
    def at_work(self) -> bool:
        return self.state in AT_WORK

    @property
    def vector(self) -> tuple[Any, ...]:
        return (self.state, self.staff_due, self.staff_at_post, self.output_fen, self.mask_days)


_FIELDS: Final = (
    "entity_id", "on", "state", "staff_due", "staff_at_post", "output_fen", "output_normal_fen", "mask_days",
    "known_at", "by_id", "channel", "same_as_yesterday",
)  # fmt: skip


@dataclass(frozen=True)
class Doubt:
    """A rule that a report falls under, with what its reason needs to know."""

    rule: Rule
    data: Mapping[str, Any]

    @property
    def reason(self) -> str:
        return self.rule.reason(self.data)


@dataclass(frozen=True)
class Power:
    """Electricity of a day and of the usual day, in watt hours."""

    used: int
    usual: int

    @property
    def percent(self) -> int:
        return (200 * self.used + self.usual) // (2 * self.usual)

    def exceeds(self, percent: int) -> bool:
        return 100 * self.used > percent * self.usual


@dataclass(frozen=True)
class Day:
    """What is known about some places on a day.

    `before` has the reports of earlier days, the latest first; `peers` those of the day that other places gave and that
    patterns of many are looked for in, these ones among them.
    """

    on: date
    reports: Mapping[int, Told]
    before: Mapping[int, Sequence[Told]] = field(default_factory=dict)
    power: Mapping[int, Power] = field(default_factory=dict)
    peers: Sequence[Told] = ()
    seen: Mapping[int, sights.Sight] = field(default_factory=dict)

    @property
    def everyone(self) -> Sequence[Told]:
        return self.peers or list(self.reports.values())


@dataclass(frozen=True)
class Weighed:
    """The evidence of one place and day."""

    strength: str
    report: Told | None
    power: Power | None
    doubts: Sequence[Doubt] = ()
    supports: Sequence[Doubt] = ()

    @property
    def word(self) -> str:
        return str(STRENGTHS[self.strength])


SILENT: Final = Weighed("silent", None, None)


def weigh(places: Places, on: date) -> dict[int, Weighed]:
    """This function will weigh the reports that places gave for a day.

    Shape: five queries, however many places; every place that was expected to report is in it
    """
    expected = list(places.active(on).values_list("pk", flat=True))
    return weighed_of(expected, read(places, on))


def weighed_of(places: Iterable[int], day: Day) -> dict[int, Weighed]:
    """This function will weigh what is known of some places."""
    rules = rulebook.on(day.on)
    doubts = examine(day, rules)
    return {pk: _weighed(pk, day, doubts.get(pk, ()), rules) for pk in places}


def read(places: Places, on: date, peers: Sequence[Told] | None = None) -> Day:
    """This function will read what the rules look at: four queries, one fewer with the peers given."""
    ids = places.order_by().values("pk")
    held = Report.objects.filter(
        believed(), entity__in=ids, on__lte=on, on__gte=on - timedelta(days=LOOK_BACK)
    )
    today: dict[int, Told] = {}
    before: defaultdict[int, list[Told]] = defaultdict(list)
    for row in held.order_by("entity_id", "-on").values_list(*_FIELDS):
        told = Told(*row)
        if told.on == on:
            today[told.entity_id] = told
        else:
            before[told.entity_id].append(told)
    found = _peers(places, today, on) if peers is None else peers
    return Day(on, today, before, read_power(ids, on), found, sights.read_sights(ids, on))


def _peers(places: Places, today: Mapping[int, Told], on: date) -> list[Told]:
    """All reports of the day in the same sub-districts: whoever looks, the same pattern of many is seen.

    For a single place, only those of the same hand and second.
    """
    held = Report.objects.filter(believed(), on=on)
    if len(today) == 1:
        told = next(iter(today.values()))
        second = told.known_at.replace(microsecond=0)
        alike = Q(channel=Channel.QR, known_at__gte=second, known_at__lt=second + timedelta(seconds=1))
        if told.channel == Channel.OFFICER:
            alike = Q(channel=Channel.OFFICER, by=told.by_id)
        held = held.filter(alike | Q(entity=told.entity_id))
    elif not today:
        return []
    held = held.filter(entity__subdistrict__in=places.order_by().values("subdistrict"))
    return [Told(*row) for row in held.order_by("entity_id").values_list(*_FIELDS)]


def newest_reading(on: date) -> date | None:
    """This function will give the last day up to `on` of which anybody's electricity is known."""
    found: date | None = ElectricityReading.objects.filter(believed(), on__lte=on).aggregate(last=Max("on"))[
        "last"
    ]
    return found


def read_reports(reports: Iterable[int]) -> list[Told]:
    """This function will read reports by their ids."""
    held = Report.objects.filter(pk__in=reports).order_by("entity_id")
    return [Told(*row) for row in held.values_list(*_FIELDS)]


def read_power(ids: Any, on: date) -> dict[int, Power]:
    """This function will give what places used on a day beside their usual: two queries; one without both is absent."""
    readings = ElectricityReading.objects.filter(believed(), entity__in=ids).order_by()
    used = dict(readings.filter(on=on).values_list("entity").annotate(kwh=Sum("kwh")))
    if not used:
        return {}
    usual = (
        readings.filter(on__range=DECEMBER, entity__in=list(used))
        if len(used) < 500
        else readings.filter(on__range=DECEMBER)
    )
    found = {}
    for pk, kwh, days in usual.values_list("entity").annotate(
        kwh=Sum("kwh"), days=Count("on", distinct=True)
    ):
        # The usual day as in the facts: whole watt hours, halves up.
        usual_wh = (2 * round(kwh * 1000) + days) // (2 * days)
        if pk in used and usual_wh > 0:
            found[pk] = Power(round(used[pk] * 1000), usual_wh)
    return found


def _weighed(pk: int, day: Day, doubts: Sequence[Doubt], rules: Mapping[str, Rule]) -> Weighed:
    report, power = day.reports.get(pk), day.power.get(pk)
    if report is None:
        return Weighed("silent", None, power)
    supports = [doubt for doubt in doubts if doubt.rule.kind == "support"]
    doubts = [doubt for doubt in doubts if doubt.rule.kind != "support"]
    if (
        supports
    ):  # Somebody asked, or was there: that goes before a meter and a pattern, which stay to be read.
        return Weighed("supported", report, power, doubts, supports)
    if any(doubt.rule.kind == "source" for doubt in doubts):
        return Weighed("contradicted", report, power, doubts)
    if doubts:
        return Weighed("doubtful", report, power, doubts)
    return Weighed("supported" if _agrees(report, power, rules) else "alone", report, power)


def _agrees(report: Told, power: Power | None, rules: Mapping[str, Rule]) -> bool:
    """Whether electricity says the same as the report: over the line when open, not over it when not."""
    rule = rules.get("open_without_power")
    if power is None or rule is None:
        return False
    return power.exceeds(rule.numbers["percent"]) == report.at_work


def examine(day: Day, rules: Mapping[str, Rule]) -> dict[int, list[Doubt]]:
    """This function will hold the reports of a day against the rules in force.

    Empty: a place without a doubt is absent
    """
    found: defaultdict[int, list[Doubt]] = defaultdict(list)
    for code, rule in rules.items():
        for pk, data in _RULES[code](day, rule.numbers):
            if pk in day.reports:
                found[pk].append(Doubt(rule, data))
    return dict(found)


Found = Iterable[tuple[int, Mapping[str, Any]]]


def _said(power: Power) -> dict[str, Any]:
    return {"kwh": _tenths(power.used), "usual": _tenths(power.usual), "share": power.percent}


def _tenths(watt_hours: int) -> str:
    tenths = (watt_hours + 50) // 100
    return f"{tenths // 10:,}.{tenths % 10}"


def _yuan(fen: int | None) -> str:
    return "–" if fen is None else f"{(fen + 50) // 100:,}"


def _metered(day: Day) -> Iterator[tuple[Told, Power]]:
    return ((told, day.power[pk]) for pk, told in day.reports.items() if pk in day.power)


def _open_without_power(day: Day, numbers: Mapping[str, int]) -> Found:
    for told, power in _metered(day):
        if told.at_work and not power.exceeds(numbers["percent"]):
            yield told.entity_id, _said(power)


def _closed_with_power(day: Day, numbers: Mapping[str, int]) -> Found:
    for told, power in _metered(day):
        if not told.at_work and power.exceeds(numbers["percent"]):
            yield told.entity_id, _said(power)


def _output_far_from_power(day: Day, numbers: Mapping[str, int]) -> Found:
    for told, power in _metered(day):
        if told.at_work and told.output_fen is not None and told.output_normal_fen:
            share = (200 * told.output_fen + told.output_normal_fen) // (2 * told.output_normal_fen)
            if abs(share - power.percent) > numbers["points"]:
                yield told.entity_id, _said(power) | {"output": share}


def _copied(day: Day, numbers: Mapping[str, int]) -> Found:
    """Equal numbers on so many days running. Without an output there is little to differ; a marked day is honest."""
    for pk, told in day.reports.items():
        days = 1
        for later, earlier in pairwise((told, *day.before.get(pk, ()))):
            is_next = later.on - earlier.on == timedelta(days=1)
            if not is_next or later.same_as_yesterday or later.vector != earlier.vector:
                break
            days += 1
        if told.output_fen and days >= max(2, numbers["days"]):
            yield pk, {"days": days}


def _identical(day: Day, numbers: Mapping[str, int]) -> Found:
    """The same numbers, staff and output among them, sent by one officer for so many places within so many minutes."""
    groups: defaultdict[tuple[Any, ...], list[Told]] = defaultdict(list)
    for told in day.everyone:
        if told.channel == Channel.OFFICER and told.staff_at_post and not told.same_as_yesterday:
            groups[told.by_id, told.vector].append(told)
    within = timedelta(minutes=numbers["minutes"])
    for same in groups.values():
        same.sort(key=lambda one: (one.known_at, one.entity_id))
        marked: dict[int, int] = {}
        first = 0
        for last, one in enumerate(same):
            while one.known_at - same[first].known_at > within:
                first += 1
            count = last - first + 1
            if count >= max(2, numbers["places"]):
                for each in same[first : last + 1]:
                    marked[each.entity_id] = max(count, marked.get(each.entity_id, 0))
        for pk, count in marked.items():
            yield pk, {"places": count, "minutes": numbers["minutes"]}


def _impossible(day: Day, _numbers: Mapping[str, int]) -> Found:
    for pk, told in day.reports.items():
        at_post, due = told.staff_at_post, told.staff_due
        too_many = at_post is not None and due is not None and at_post > due
        if too_many or (at_post == 0 and (told.output_fen or 0) > 0):
            yield (
                pk,
                {
                    "at_post": at_post,
                    "due": "–" if due is None else due,
                    "output": _yuan(told.output_fen),
                },
            )


def _jump(day: Day, numbers: Mapping[str, int]) -> Found:
    for pk, told in day.reports.items():
        before = next((one.output_fen for one in day.before.get(pk, ()) if one.output_fen), None)
        if before and told.output_fen and 100 * told.output_fen >= numbers["percent"] * before:
            yield pk, {"times": (2 * told.output_fen + before) // (2 * before), "before": _yuan(before)}


def _same_second(day: Day, numbers: Mapping[str, int]) -> Found:
    """From the QR page: what an officer or a file sends for many places comes at once by right."""
    seconds: defaultdict[datetime, list[int]] = defaultdict(list)
    for told in day.everyone:
        if told.channel == Channel.QR:
            seconds[told.known_at.replace(microsecond=0)].append(told.entity_id)
    for second, same in seconds.items():
        if len(same) >= max(2, numbers["places"]):
            for pk in same:
                yield pk, {"places": len(same), "time": f"{second.astimezone(BEIJING):%H:%M:%S}"}


def _night(day: Day, numbers: Mapping[str, int]) -> Found:
    for pk, told in day.reports.items():
        sent = told.known_at.astimezone(BEIJING)
        if told.channel != Channel.IMPORT and numbers["from_hour"] <= sent.hour < numbers["to_hour"]:
            yield pk, {"time": f"{sent:%H:%M}"}


def _round_numbers(day: Day, numbers: Mapping[str, int]) -> Found:
    hands: defaultdict[int | None, list[Told]] = defaultdict(list)
    for told in day.everyone:
        if told.channel == Channel.OFFICER and told.output_fen:
            hands[told.by_id].append(told)
    step = max(1, numbers["step"]) * 100
    for same in hands.values():
        even = [one for one in same if (one.output_fen or 0) % step == 0]
        if len(same) >= numbers["places"] and 100 * len(even) >= numbers["percent"] * len(same):
            for one in even:
                yield one.entity_id, {"places": len(same), "round": len(even), "step": f"{step // 100:,}"}


_RULES: Final[Mapping[str, Callable[[Day, Mapping[str, int]], Found]]] = {
    "open_without_power": _open_without_power,
    "closed_with_power": _closed_with_power,
    "output_far_from_power": _output_far_from_power,
    "copied": _copied,
    "identical": _identical,
    "impossible": _impossible,
    "jump": _jump,
    "same_second": _same_second,
    "night": _night,
    "round_numbers": _round_numbers,
    "seen_as_reported": sights.seen_as_reported,
    "open_seen_closed": sights.open_seen_closed,
    "closed_seen_open": sights.closed_seen_open,
}


@dataclass(frozen=True)
class Summary:
    """How many places there are of each strength and under each rule; `open_` are those that say they are at work."""

    strengths: Mapping[str, int]
    rules: Mapping[str, int]
    said_open: int
    open_supported: int
    open_doubted: int = 0


def summary(weighed: Mapping[int, Weighed]) -> Summary:
    """This function will count the places of each strength and rule."""
    strengths = Counter(one.strength for one in weighed.values())
    rules = Counter(doubt.rule.code for one in weighed.values() for doubt in (*one.supports, *one.doubts))
    at_work = [one for one in weighed.values() if one.report is not None and one.report.at_work]
    return Summary(
        {name: strengths[name] for name in STRENGTHS},
        rules,
        len(at_work),
        sum(one.strength == "supported" for one in at_work),
        sum(one.strength in ("doubtful", "contradicted") for one in at_work),
    )


def chosen(weighed: Mapping[int, Weighed], what: str) -> list[int]:
    """This function will give the places of one strength, or under one rule, by its code."""
    if what in STRENGTHS:
        return [pk for pk, one in weighed.items() if one.strength == what]
    return [
        pk
        for pk, one in weighed.items()
        if any(doubt.rule.code == what for doubt in (*one.supports, *one.doubts))
    ]
