"""Evidence kept: the weighed reports of a day as rows, brought up to date where something has changed since.

`bring` compares what the rows rest on with what is stored now and weighs again what differs, and whoever shares a
pattern with it; everything else here reads those rows in SQL. `evidence.weigh` is the same afresh (ADR 22).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import (
    Case,
    Count,
    Exists,
    FilteredRelation,
    IntegerField,
    Max,
    OuterRef,
    Q,
    Sum,
    Value,
    When,
)

from dongche.registry import facts as registry
from dongche.registry.models import Entity, Observation
from dongche.registry.queries import Places
from dongche.reporting import evidence, rulebook, sights
from dongche.reporting.evidence import LOOK_BACK, Day, Doubt, Power, Summary, Told, Weighed
from dongche.reporting.models import Channel, DayChange, Report, WeighedDay, WeighedRule, Weighing
from dongche.reporting.queries import not_reported
from dongche.web.periods import believed

CHUNK: Final = 500
# What a page weighs itself; whoever reads next, or the morning's check, goes on.
MOST_AT_ONCE: Final = 3_000
# In which order a list sorted by evidence stands: the doubtful ones first, or last.
RANKS: Final = {name: rank for rank, name in enumerate(("contradicted", "doubtful", "alone", "supported"), 1)}


def bring(places: Places, on: date, at: datetime, most: int | None = MOST_AT_ONCE) -> int:
    """This function will bring the weighings of a day up to date for the sub-districts that places lie in.

    Shape: gives how many reports are left unweighed, because more than `most` had to be; seven queries when nothing has
           changed, else a fixed number for each 500 reports that did
    """
    areas = [pk for (pk,) in places.order_by().values_list("subdistrict").distinct() if pk is not None]
    stamps = _stamps(on)
    held = {one.subdistrict_id: one for one in WeighedDay.objects.filter(on=on, subdistrict__in=areas)}
    left = 0
    for area in sorted(areas):
        day = held.get(area)
        if day is None or day.left or day.stamps != stamps or None in stamps.values():
            left += _bring(area, on, stamps, at, most)
    return left


def _stamps(on: date) -> dict[str, Any]:
    """Versions of all that weighings of a day rest on; None for reports that nobody counted: those are looked at."""
    first = on - timedelta(days=LOOK_BACK)
    counts: dict[bool, list[str]] = {True: [], False: []}
    held = DayChange.objects.filter(on__lte=on, on__gte=first)
    for day, shard, stamp, changes in held.order_by("on", "shard").values_list(
        "on", "shard", "stamp", "changes"
    ):
        counts[day == on].append(f"{day:%m%d}.{shard}.{stamp}.{changes}")
    return {
        "day": _digest(counts[True], Q(on=on)),
        "before": _digest(counts[False], Q(on__lt=on, on__gte=first)),
        "power": registry.electricity_version(),
        "register": registry.version(),
        "seen": _observed(),
        "rules": rulebook.digest(on),
    }


def _observed() -> str:
    """A text that changes whenever an observation is put down, corrected or taken back."""
    found = Observation.objects.aggregate(last=Max("pk"), gone=Count("superseded_at"))
    return f"{found['last']}|{found['gone']}"


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[first : first + CHUNK] for first in range(0, len(ids), CHUNK))


def _digest(texts: Sequence[str], days: Q) -> str | None:
    if texts:
        return rulebook.digest_of("|".join(texts))
    return None if Report.objects.filter(days).exists() else "none"


@transaction.atomic
def _bring(area: int, on: date, stamps: Mapping[str, Any], at: datetime, most: int | None) -> int:
    # Whoever brings the same day up to date waits here until the other is done.
    WeighedDay.objects.get_or_create(subdistrict_id=area, on=on, defaults={"known_at": at})
    day = WeighedDay.objects.select_for_update().get(subdistrict_id=area, on=on)
    changed, gone = _changed(area, on, stamps, day)
    if gone:
        _remove(gone)
    ids = sorted(changed)
    now = ids if most is None else ids[:most]
    if now:
        _weigh(area, on, now, changed, stamps["rules"], at)
    day.left, day.known_at = len(ids) - len(now), at
    if not day.left:
        day.stamps = dict(stamps)
    day.save()
    return day.left


def _changed(
    area: int, on: date, stamps: Mapping[str, Any], day: WeighedDay
) -> tuple[dict[int, int], list[int]]:
    """Which places have to be weighed, with their reports; and the ids of weighings that rest on nothing any more."""
    known: dict[int, tuple[Any, ...]] = {}
    reports: dict[int, int] = {}
    current = Report.objects.filter(believed(), on=on, entity__subdistrict=area)
    for pk, entity, channel, by, known_at in current.values_list("pk", "entity", "channel", "by", "known_at"):
        reports[entity] = pk
        known[entity] = _hand(channel, by, known_at)
    kept = {
        row[0]: row[1:]
        for row in Weighing.objects.filter(on=on, subdistrict=area).values_list(
            "entity", "pk", "report", "rules", "earlier", "used_wh", "usual_wh", "seen"
        )
    }
    gone = [row[0] for entity, row in kept.items() if entity not in reports]
    other = {
        entity
        for entity, report in reports.items()
        if entity not in kept or kept[entity][1:3] != (report, stamps["rules"])
    }
    hands = {known[entity] for entity in other}
    # Whoever shared a pattern with a report that no longer holds is looked at too.
    before = [row[1] for entity, row in kept.items() if reports.get(entity) != row[1]]
    hands |= {
        _hand(*row)
        for part in _parts(before)
        for row in Report.objects.filter(pk__in=part).values_list("channel", "by", "known_at")
    }
    hands.discard(())
    other |= {entity for entity, hand in known.items() if hand in hands}
    if stamps["before"] is None or day.stamps.get("before") != stamps["before"]:
        sums = _earlier(Q(entity__subdistrict=area), on)
        other |= {entity for entity in reports if entity in kept and kept[entity][3] != sums.get(entity, 0)}
    if day.stamps.get("power") != stamps["power"]:
        power = evidence.read_power(Entity.objects.filter(subdistrict=area).values("pk"), on)
        for entity in reports:
            one = power.get(entity)
            now = (one.used, one.usual) if one else (None, None)
            if entity in kept and kept[entity][4:6] != now:
                other.add(entity)
    if day.stamps.get("seen") != stamps["seen"]:
        seen = sights.read_sights(Entity.objects.filter(subdistrict=area).values("pk"), on)
        for entity in reports:
            sight = seen.get(entity)
            if entity in kept and kept[entity][6] != (sight.pk if sight else 0):
                other.add(entity)
    return {entity: reports[entity] for entity in other}, gone


def _hand(channel: str, by: int | None, known_at: datetime) -> tuple[Any, ...]:
    """Whose pattern a report may be part of: of its officer's, or of the page's at that second; () of none."""
    if channel == Channel.OFFICER:
        return (channel, by)
    return (channel, known_at.replace(microsecond=0)) if channel == Channel.QR else ()


def _earlier(where: Q, on: date) -> dict[int, int]:
    """The sum of the ids of the reports that rules look back at, by place: a correction raises it."""
    held = Report.objects.filter(
        believed(), where, on__lt=on, on__gte=on - timedelta(days=LOOK_BACK)
    ).order_by()
    return dict(held.values_list("entity").annotate(sum=Sum("pk")))


def _weigh(
    area: int, on: date, ids: Sequence[int], changed: Mapping[int, int], rules: str, at: datetime
) -> None:
    peers = _peers(area, on, ids)
    for part in _parts(ids):
        places = Places.unscoped(reason="whoever looks reads the same strength").filter(pk__in=part)
        known = evidence.read(places, on, peers=_near(peers, part))
        weighed = evidence.weighed_of(part, known)
        sums = _earlier(Q(entity__in=part), on)
        _remove(Weighing.objects.filter(on=on, entity__in=part).values_list("pk", flat=True))
        rows = [
            _row(area, on, pk, changed[pk], weighed[pk], known, sums.get(pk, 0), rules, at)
            for pk in part
            if pk in known.reports
        ]
        stored = Weighing.objects.bulk_create(rows)
        WeighedRule.objects.bulk_create(
            WeighedRule(weighing=row, on=on, code=doubt.rule.code, data=dict(doubt.data))
            for row in stored
            for doubt in (*weighed[row.entity_id].supports, *weighed[row.entity_id].doubts)
        )


def _row(
    area: int,
    on: date,
    pk: int,
    report: int,
    one: Weighed,
    known: Day,
    earlier: int,
    rules: str,
    at: datetime,
) -> Weighing:
    return Weighing(
        entity_id=pk,
        subdistrict_id=area,
        on=on,
        report_id=report,
        strength=one.strength,
        is_at_work=known.reports[pk].at_work,
        used_wh=one.power.used if one.power else None,
        usual_wh=one.power.usual if one.power else None,
        earlier=earlier,
        seen=known.seen[pk].pk if pk in known.seen else 0,
        rules=rules,
        known_at=at,
    )


def _remove(weighings: Iterable[int]) -> None:
    for part in _parts(list(weighings)):
        WeighedRule.objects.filter(weighing__in=part).delete()
        Weighing.objects.filter(pk__in=part).delete()


Peers = Mapping[tuple[Any, ...], Sequence[Told]]


def _peers(area: int, on: date, ids: Sequence[int]) -> tuple[Peers, Mapping[int, tuple[Any, ...]]]:
    """The reports of the day that share an officer or a second with some places, by that; and which those share."""
    wanted = set(ids)
    found: defaultdict[tuple[Any, ...], list[int]] = defaultdict(list)
    shared: dict[int, tuple[Any, ...]] = {}
    current = Report.objects.filter(believed(), on=on, entity__subdistrict=area)
    for pk, entity, channel, by, known_at in current.values_list("pk", "entity", "channel", "by", "known_at"):
        if hand := _hand(channel, by, known_at):
            found[hand].append(pk)
            if entity in wanted:
                shared[entity] = hand
    needed = [pk for hand in set(shared.values()) if len(found[hand]) > 1 for pk in found[hand]]
    told = [one for part in _parts(needed) for one in evidence.read_reports(part)]
    peers: defaultdict[tuple[Any, ...], list[Told]] = defaultdict(list)
    for one in told:
        peers[_hand(one.channel, one.by_id, one.known_at)].append(one)
    return peers, shared


def _near(peers: tuple[Peers, Mapping[int, tuple[Any, ...]]], part: Sequence[int]) -> list[Told]:
    found, shared = peers
    hands = {shared[pk] for pk in part if pk in shared}
    return sorted((one for hand in hands for one in found.get(hand, ())), key=lambda one: one.entity_id)


def of(places: Collection[int], on: date) -> dict[int, Weighed]:
    """This function will read what was weighed of some places: two queries; a place without a report is absent."""
    rules = rulebook.on(on)
    held = list(Weighing.objects.filter(on=on, entity__in=places))
    doubts: defaultdict[int, list[Doubt]] = defaultdict(list)
    met = WeighedRule.objects.filter(weighing__in=[one.pk for one in held]).order_by("pk")
    for pk, code, data in met.values_list("weighing", "code", "data"):
        if code in rules:
            doubts[pk].append(Doubt(rules[code], data))
    return {
        one.entity_id: Weighed(
            one.strength,
            None,
            Power(one.used_wh, one.usual_wh) if one.used_wh is not None and one.usual_wh else None,
            [doubt for doubt in doubts[one.pk] if doubt.rule.kind != "support"],
            [doubt for doubt in doubts[one.pk] if doubt.rule.kind == "support"],
        )
        for one in held
    }


def chosen(places: Places, on: date, what: str) -> Places:
    """This function will narrow places to those that were expected and have a strength, or fall under a rule, by its
    code; `doubted` are those with any doubt, `corroborated` those at work whom a second source supports."""
    if what == "silent":
        return not_reported(places, on)
    held = Weighing.objects.filter(entity=OuterRef("pk"), on=on)
    if what == "doubted":
        return places.active(on).filter(Exists(held.filter(strength__in=("doubtful", "contradicted"))))
    if what in AT_WORK:
        return places.active(on).filter(Exists(held.filter(is_at_work=True, strength__in=AT_WORK[what])))
    if what in evidence.STRENGTHS:
        return places.active(on).filter(Exists(held.filter(strength=what)))
    met = WeighedRule.objects.filter(weighing__entity=OuterRef("pk"), on=on, code=what)
    return places.active(on).filter(Exists(met))


# Of places that say they are at work: what the sentence of the overview counts.
AT_WORK: Final[Mapping[str, tuple[str, ...]]] = {
    "corroborated": ("supported",),
    "in_doubt": ("doubtful", "contradicted"),
}


def at_work(places: Places, on: date) -> Counter[str]:
    """This function will count the places that say they are at work by how well that is supported: one query."""
    expected = places.active(on).order_by().values("pk")
    held = Weighing.objects.filter(on=on, entity__in=expected, is_at_work=True).order_by()
    return Counter(dict(held.values_list("strength").annotate(n=Count("pk"))))


def summary(places: Places, on: date) -> Summary:
    """This function will count the places of each strength and under each rule: three queries."""
    expected = places.active(on).order_by()
    held = Weighing.objects.filter(on=on, entity__in=expected.values("pk")).order_by()
    counts: Counter[tuple[str, bool]] = Counter()
    for strength, is_at_work, count in held.values_list("strength", "is_at_work").annotate(n=Count("pk")):
        counts[strength, is_at_work] = count
    met = WeighedRule.objects.filter(on=on, weighing__entity__in=expected.values("pk")).order_by()
    strengths = {
        name: sum(count for (strength, _work), count in counts.items() if strength == name)
        for name in evidence.STRENGTHS
    }
    strengths["silent"] = not_reported(places, on).count()
    at_work = {strength: count for (strength, is_at_work), count in counts.items() if is_at_work}
    return Summary(
        strengths,
        dict(met.values_list("code").annotate(n=Count("pk"))),
        sum(at_work.values()),
        at_work.get("supported", 0),
        sum(at_work.get(name, 0) for name in AT_WORK["in_doubt"]),
    )


def ranked(places: Places, on: date) -> Any:
    """This function will annotate what a list sorted by evidence goes by: one join; 0 for a place without a report."""
    joined = places.annotate(weighed=FilteredRelation("weighings", condition=Q(weighings__on=on)))
    cases = [When(weighed__strength=name, then=Value(rank)) for name, rank in RANKS.items()]
    return joined.annotate(sort_key=Case(*cases, default=Value(0), output_field=IntegerField()))
