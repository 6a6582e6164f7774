"""Many reports of different places at once: held against what is stored, and added in a fixed number of statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple, Protocol

from django.db import DEFAULT_DB_ALIAS

from dongche.org.audit import Actor
from dongche.registry.models import PRESENT, Entity
from dongche.registry.standing import sayers, settle, settle_last
from dongche.reporting import changes
from dongche.reporting import values as rules
from dongche.reporting.models import DayChange, Report
from dongche.reporting.standing import said_by
from dongche.reporting.values import Place, ReportValues
from dongche.web import bulk

CHUNK = 500
NAMES = tuple(field.name for field in fields(ReportValues))
CONFIRMED = ("again", "confirmed")


class Row(NamedTuple):
    """One version of a report as the table holds it, in the order of its columns. Nothing of it is worked out."""

    entity_id: int
    on: date
    known_at: datetime
    superseded_at: datetime | None
    received_at: datetime
    key: str
    state: str
    staff_due: int | None
    staff_at_post: int | None
    output_fen: int | None
    output_normal_fen: int | None
    abnormal_temperature: int | None
    mask_days: int | None
    difficulties: Sequence[str]
    note: str
    channel: str
    by_id: int | None
    same_as_yesterday: bool = False
    batch_id: int | None = None


class Wanted(Protocol):
    """What is looked for: a place, its day, and the key of a report."""

    @property
    def place(self) -> Place: ...
    @property
    def on(self) -> date: ...
    @property
    def key(self) -> str: ...


@dataclass(frozen=True)
class Entry:
    """What one place is to have reported for a day.

    `seen` is the id of the report that was current when this was written, 0 when there was none; None does not ask.
    `same_as_yesterday` is what was chosen. A place stands in one entry of a day at most.
    """

    place: Place
    on: date
    values: ReportValues
    key: str
    same_as_yesterday: bool = False
    seen: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of an entry: stored, corrected, confirmed, again; conflict: reported meanwhile; gone: no such place.

    `report` is the one that is current now, `before` the one it superseded.
    """

    kind: str
    report: Report | None = None
    before: Report | None = None

    @property
    def is_new(self) -> bool:
        return self.kind in ("stored", "corrected")


@dataclass(frozen=True)
class Known:
    """What is stored about some places: which are there, what has a key, what holds for a day and the day before."""

    present: frozenset[int]
    keys: Mapping[tuple[int, str], Report]
    current: Mapping[tuple[int, date], Report]


def append(
    entries: Iterable[Entry], *, channel: str, by: Actor, at: datetime, batch_id: int | None = None
) -> list[Outcome]:
    """This function will add reports inside a running action and give an outcome for each, in their order.

    Shape: a fixed number of statements for each 500; a row that is superseded keeps its values, as everywhere
    """
    rest = iter(entries)
    found: list[Outcome] = []
    while chunk := list(islice(rest, CHUNK)):
        found += _append(chunk, channel, by, at, batch_id)
    return found


def _append(
    entries: Sequence[Entry], channel: str, by: Actor, at: datetime, batch_id: int | None
) -> list[Outcome]:
    return add(entries, look(entries), channel=channel, by=by, at=at, batch_id=batch_id)


def add(
    entries: Sequence[Entry],
    known: Known,
    *,
    channel: str,
    by: Actor,
    at: datetime,
    batch_id: int | None = None,
) -> list[Outcome]:
    """This function will add reports for which `look` was called in the same transaction."""
    outcomes = [_sort(entry, known) for entry in entries]
    gone = [one.before for one in outcomes if one.is_new and one.before is not None]
    # All of a chunk hold from one instant on, after whatever they supersede was known.
    known_at = max([at, *(report.known_at + timedelta(microseconds=1) for report in gone)])
    wanted = [(entry, one.before) for entry, one in zip(entries, outcomes, strict=True) if one.is_new]
    if gone:
        Report.objects.filter(pk__in=[report.pk for report in gone]).update(superseded_at=known_at)
    rows = [
        Row(
            entity_id=entry.place.pk,
            on=entry.on,
            known_at=known_at,
            superseded_at=None,
            received_at=at if before is None else before.received_at,
            key=entry.key,
            **_answers(entry.values),
            channel=channel,
            by_id=by.officer_id,
            same_as_yesterday=_is_as_chosen(entry, known),
            batch_id=batch_id,
        )
        for entry, before in wanted
    ]
    new = insert(rows)
    _settle(new, at)
    # Late: whoever counts the same days waits from here to the end of the transaction.
    count_changes(new)
    stored = iter(new)
    return [Outcome(one.kind, next(stored), one.before) if one.is_new else one for one in outcomes]


def insert(rows: Sequence[Row]) -> list[Report]:
    """This function will write versions of reports as they are and give them, in their order; no rule is looked at.

    Raises: IntegrityError – the database refuses one, and with it all
    """
    columns = ("id", *Row._fields)
    values = [(pk, *row) for pk, row in zip(bulk.next_ids(Report, len(rows)), rows, strict=True)]
    bulk.insert(Report, columns, values)
    return [Report.from_db(DEFAULT_DB_ALIAS, columns, one) for one in values]


def _answers(values: ReportValues) -> dict[str, Any]:
    """The values as fields; `asdict` would copy each of them."""
    return {name: getattr(values, name) for name in NAMES} | {"difficulties": list(values.difficulties)}


def _settle(new: Sequence[Report], at: datetime) -> None:
    """The standings of places that have just reported; of most of them no later day is known, which costs little."""
    if not new:
        return
    day_of = {report.entity_id: report.on for report in new}
    later = Report.objects.filter(entity__in=day_of, on__gt=min(day_of.values()), superseded_at__isnull=True)
    rest = {pk for pk, on in later.values_list("entity", "on") if on > day_of[pk]}
    counts = Counter(report.entity_id for report in new)  # a file may hold several days of a place
    rest |= set(day_of) if len(sayers()) > 1 else {pk for pk, count in counts.items() if count > 1}
    told = {report.entity_id: said_by(report) for report in new if report.entity_id not in rest}
    settle([*rest, *settle_last(told, at)], at)


def count_changes(reports: Iterable[Report]) -> None:
    """This function will note that the days of these reports have changed, in the same transaction."""
    changes.count(Counter((report.on, report.entity_id % DayChange.SHARDS) for report in reports))


def look(entries: Iterable[Wanted]) -> Known:
    """This function will make whoever else reports for these places wait, and say what is stored about them: three
    statements."""
    entries = list(entries)
    ids = {entry.place.pk for entry in entries}
    # Reports of one place wait for each other here, as in `record_report`; in order, so that nobody waits in a circle.
    held = Entity.objects.select_for_update(no_key=True).filter(PRESENT, pk__in=ids)
    present = frozenset(held.order_by("pk").values_list("pk", flat=True))
    days = {day for entry in entries for day in (entry.on, entry.on - timedelta(days=1))}
    rows = Report.objects.filter(entity__in=ids)
    return Known(
        present,
        {(row.entity_id, row.key): row for row in rows.filter(key__in={entry.key for entry in entries})},
        {(row.entity_id, row.on): row for row in rows.filter(on__in=days, superseded_at__isnull=True)},
    )


def _sort(entry: Entry, known: Known) -> Outcome:
    pk = entry.place.pk
    if pk not in known.present:
        return Outcome("gone")
    again = known.keys.get((pk, entry.key))
    if again is not None:
        return Outcome("again", again)
    current = known.current.get((pk, entry.on))
    if current is not None and rules.of_report(current) == entry.values:
        return Outcome("confirmed", current)
    if entry.seen is not None and entry.seen != (current.pk if current else 0):
        return Outcome("conflict", current)
    return Outcome("stored") if current is None else Outcome("corrected", None, current)


def _is_as_chosen(entry: Entry, known: Known) -> bool:
    before = known.current.get((entry.place.pk, entry.on - timedelta(days=1)))
    return (
        entry.same_as_yesterday
        and before is not None
        and rules.is_same(entry.values, rules.of_report(before))
    )
