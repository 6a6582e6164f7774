"""Writing reports: only ever added, never changed; every way in goes through here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org import actions as org
from dongche.org.audit import Actor, action, record
from dongche.org.models import Unit, WorkItem
from dongche.org.queries import duties_on
from dongche.registry.models import Entity
from dongche.registry.queries import Places, survivor_of
from dongche.registry.standing import settle
from dongche.reporting import appending, changes, checking, silence
from dongche.reporting import values as rules
from dongche.reporting.appending import Entry, Outcome, Row
from dongche.reporting.models import DayChange, Report
from dongche.reporting.values import ReportValues
from dongche.web import bulk

BATCH = 10_000
SILENT = "reporting.silent"
DOUBTED = "reporting.doubted"


class AlreadyReported(Problem):
    code = "reporting.already_reported"
    status = 409
    message = N_(
        "Nothing of these %(count)s reports was stored: a place already has a current report for its day, or a report "
        "with the same key. Leave out what is stored already."
    )


class ReportedMeanwhile(Problem):
    """Somebody else reported for the day; `report` is what holds now, `rows` what a page shows of both."""

    code = "reporting.reported_meanwhile"
    status = 409
    message = N_(
        "Since this report was filled in, another one for %(on)s has been stored. Nothing was replaced: compare the "
        "two and choose which one holds."
    )

    def __init__(self, report: Report) -> None:
        self.report = report
        self.rows: list[dict[str, Any]] = []
        super().__init__(on=report.on, receipt=report.receipt)

    def as_json(self) -> dict[str, Any]:
        return super().as_json() | {"knew": self.report.pk, "rows": self.rows}


@dataclass(frozen=True)
class PlaceActor:
    """A place that acts through its unguessable code; it has no account."""

    number: str
    officer_id: int | None = None

    @property
    def label(self) -> str:
        return f"place:{self.number}"


@action("reporting.record")
def record_report(
    *,
    entity: Entity,
    on: date,
    values: ReportValues,
    key: str,
    channel: str,
    by: Actor,
    at: datetime,
    same_as_yesterday: bool = False,
    knew: int | None = None,
    filled_at: datetime | None = None,
) -> Report:
    """Store what a place reports for a day, and give the report that is current afterwards.

    A second report for the day is a correction: a new row that carries on the time the first one came in, while the
    row before it learns when it was superseded. The same key again is the same report, however often it arrives. The
    same values under a new key confirm the current report: that is acknowledged in the audit log, and no row is added.
    `same_as_yesterday` is what was chosen; it is kept only if the values are those of the day before.

    A report that waited on a phone says which report it `knew` (its id, 0 for none): it replaces that one only. When it
    was `filled_at` goes into the log.

    Raises: the first that `values.day_faults` or `values.faults` finds; ReportedMeanwhile
    """
    for fault in (*rules.day_faults(entity, on, channel, clock.day_of(at)), *rules.faults(values)):
        raise fault
    # Reports of one place wait for each other here; SQLite has one writer at a time anyway.
    held = Entity.objects.select_for_update(no_key=True).only("pk", "merged_into").get(pk=entity.pk)
    if held.merged_into_id is not None:  # it was merged while this was on its way
        entity = survivor_of(held)
    try:
        with transaction.atomic():
            return _append(entity, on, values, key, channel, by, at, same_as_yesterday, knew, filled_at)
    except IntegrityError:
        # A bulk load, which takes no such lock, was quicker. What it stored can be seen now.
        return _append(entity, on, values, key, channel, by, at, same_as_yesterday, knew, filled_at)


@action("reporting.record_together")
def record_together(*, entries: Sequence[Entry], channel: str, by: Actor, at: datetime) -> list[Outcome]:
    """Store what one person enters for many places at once, and say of each what became of it.

    Shape:  an outcome for each entry, in their order; a fixed number of statements whatever their number. A place that
            has reported since `seen` is in conflict and left as it is
    Raises: the first that `values.day_faults` or `values.faults` finds, before anything is stored
    """
    today = clock.day_of(at)
    for one in entries:
        for fault in (*rules.day_faults(one.place, one.on, channel, today), *rules.faults(one.values)):
            raise fault
    outcomes = appending.append(entries, channel=channel, by=by, at=at)
    for one, outcome in zip(entries, outcomes, strict=True):
        report, was = outcome.report, outcome.before
        told: dict[str, Any] = {"on": one.on, "channel": channel, "outcome": outcome.kind}
        if report is not None:
            told["report"] = report.pk
        if outcome.is_new and report is not None:
            told |= _told(report)
        before = None if was is None else {"report": was.pk, **_told(was)}
        within = one.place.subdistrict_id
        record("entity", one.place.pk, by=by, at=at, before=before, after=told, within=within)
    if not entries:
        record("reports", None, by=by, at=at, after={"count": 0})
    return outcomes


@action("reporting.record_many")
def record_many(*, rows: Iterable[Row], by: Actor, at: datetime) -> int:
    """Store a prepared history of reports, all or nothing, and give the number of rows.

    The standing of their places follows when `registry.actions.settle_standings` is called after the last day.

    Raises: AlreadyReported – a row collides with one that is there
    """
    changed: Counter[tuple[date, int]] = Counter()

    def counted() -> Iterator[Row]:
        for row in rows:
            changed[row.on, row.entity_id % DayChange.SHARDS] += 1
            yield row

    try:
        with transaction.atomic():
            bulk.insert(Report, Row._fields, counted())
    except IntegrityError:
        raise AlreadyReported(count=changed.total()) from None
    changes.count(changed)
    days = [day for day, _ in changed]
    record(
        "reports",
        None,
        by=by,
        at=at,
        after={
            "count": changed.total(),
            "first": min(days) if days else None,
            "last": max(days) if days else None,
        },
    )
    return changed.total()


def _append(
    entity: Entity,
    on: date,
    values: ReportValues,
    key: str,
    channel: str,
    by: Actor,
    at: datetime,
    is_chosen: bool,
    knew: int | None,
    filled_at: datetime | None,
) -> Report:

    def note(after: dict[str, Any], before: dict[str, Any] | None = None) -> None:
        told = {"on": on, "channel": channel, **after}
        if filled_at is not None:
            told["filled_at"] = filled_at
        record("entity", entity.pk, by=by, at=at, before=before, after=told, within=entity.subdistrict_id)

    again = Report.objects.filter(entity=entity, key=key).first()
    if again is not None:
        note({"report": again.pk, "outcome": "again"})
        return again
    current = Report.objects.filter(entity=entity, on=on, superseded_at__isnull=True).first()
    if current is not None and rules.of_report(current) == values:
        note({"report": current.pk, "outcome": "confirmed"})
        return current
    if knew is not None and current is not None and current.pk != knew:
        raise ReportedMeanwhile(current)
    known_at = at
    if current is not None:
        # Two corrections may carry the same instant, or overtake each other on the way here.
        known_at = max(at, current.known_at + timedelta(microseconds=1))
        Report.objects.filter(pk=current.pk).update(superseded_at=known_at)
    report = Report.objects.create(
        entity=entity,
        on=on,
        known_at=known_at,
        received_at=current.received_at if current is not None else at,
        key=key,
        channel=channel,
        by_id=by.officer_id,
        same_as_yesterday=is_chosen and _is_as_the_day_before(entity, on, values),
        **asdict(values) | {"difficulties": list(values.difficulties)},
    )
    changes.count(Counter({(on, entity.pk % DayChange.SHARDS): 1}))
    settle([entity.pk], at)
    note(
        {"report": report.pk, "outcome": "stored" if current is None else "corrected", **_told(report)},
        None if current is None else {"report": current.pk, **_told(current)},
    )
    return report


def _is_as_the_day_before(entity: Entity, on: date, values: ReportValues) -> bool:
    day_before = on - timedelta(days=1)
    before = Report.objects.filter(entity=entity, on=day_before, superseded_at__isnull=True).first()
    return before is not None and rules.is_same(values, rules.of_report(before))


def _told(report: Report) -> dict[str, Any]:
    """What of a report goes into the log: whether the place is open, and counts; nothing about anybody's health."""
    return {
        "state": report.state,
        "staff_due": report.staff_due,
        "staff_at_post": report.staff_at_post,
        "output_fen": report.output_fen,
    } | ({"same_as_yesterday": True} if report.same_as_yesterday else {})


@action("reporting.remind")
def remind(*, subdistrict: Unit, on: date, by: Actor, at: datetime) -> int:
    """Open work for whom the silence of places up to a day is brought to, close it for whose places have reported.

    Shape: gives how many are reminded; the same again brings the open items up to date
    """
    places = Places.unscoped(reason="every silent place is asked about").filter(subdistrict=subdistrict)
    found = {f"{one.role}:{one.officer.username}": one for one in silence.reminders(places, on)}
    for key, one in found.items():
        org.open_work(
            subdistrict=subdistrict,
            kind=SILENT,
            key=key,
            officer=one.officer,
            data={"role": one.role, "days": one.days, "count": one.count, "on": on.isoformat()},
            due_on=on + timedelta(days=1),
            by=by,
            at=at,
        )
    answered = WorkItem.objects.filter(subdistrict=subdistrict, kind=SILENT, closed_at__isnull=True).exclude(
        key__in=found
    )
    for item in answered:
        org.close_work(item=item, outcome="reported", by=by, at=at)
    record("unit", subdistrict.pk, by=by, at=at, after={"on": on, "count": len(found)}, within=subdistrict)
    return len(found)


@action("reporting.propose_checks")
def propose_checks(*, subdistrict: Unit, on: date, by: Actor, at: datetime) -> int:
    """Propose to whoever serves them to ask at the places whose reports of a day are doubtful or contradicted.

    Shape: gives how many officers are asked; the same again brings the open items up to date, and closes those of
           officers who have nothing left to ask. No report and no figure changes
    """
    checks = checking.propose(subdistrict=subdistrict, on=on, by=by, at=at)
    asked = Places.unscoped(reason="every doubtful report is asked about").filter(
        pk__in=[check.entity_id for check in checks if check.taken_by_id is None]
    )
    counts, officers = silence.by_officer(asked, on, "served_by", duties_on(on))
    for pk, count in counts.items():
        org.open_work(
            subdistrict=subdistrict,
            kind=DOUBTED,
            key=officers[pk].username,
            officer=officers[pk],
            data={"count": count, "on": on.isoformat()},
            due_on=on + timedelta(days=3),
            by=by,
            at=at,
        )
    over = WorkItem.objects.filter(subdistrict=subdistrict, kind=DOUBTED, closed_at__isnull=True).exclude(
        key__in=[officers[pk].username for pk in counts]
    )
    for item in over:
        org.close_work(item=item, outcome="settled", by=by, at=at)
    record("unit", subdistrict.pk, by=by, at=at, after={"on": on, "count": len(counts)}, within=subdistrict)
    return len(counts)
