"""The reports of two places that are merged: all are kept, and of two for one day the one that came later counts.

Reports are only ever added. Those of the merged place are superseded, and the survivor gets rows of its own that say
the same, so that what was known before the merge stays what it was. A merge that is undone adds rows again.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from dongche.registry.duplicates.merging import Merging, Moved, Step
from dongche.registry.models import Entity
from dongche.reporting import changes
from dongche.reporting.models import DayChange, Report


def _current(place: Entity) -> QuerySet[Report]:
    return Report.objects.filter(entity=place, superseded_at__isnull=True).order_by("on")


def _count(place: Entity) -> int:
    return _current(place).count()


def _move(merging: Merging) -> dict[str, Any]:
    """Shape: `kept` are the reports of the merged place; `given` gives for each new row of the survivor the report it
    says again, and the one of the survivor that it supersedes, if any; `both` counts the days both had reported for"""
    theirs = list(_current(merging.merged))
    ours = {
        report.on: report for report in _current(merging.survivor).filter(on__in=[row.on for row in theirs])
    }
    at = _after(merging.at, [*theirs, *ours.values()])
    given: list[tuple[Report, int, int | None]] = []
    superseded = [row.pk for row in theirs]
    for row in theirs:
        own = ours.get(row.on)
        if own is not None and own.known_at >= row.known_at:
            continue
        if own is not None:
            superseded.append(own.pk)
        received_at = min(row.received_at, own.received_at) if own else row.received_at
        new = _again(row, merging.survivor, at, f"merge-{merging.number}-{row.pk}", received_at)
        given.append((new, row.pk, own.pk if own else None))
    Report.objects.filter(pk__in=superseded).update(superseded_at=at)
    Report.objects.bulk_create([new for new, _, _ in given])
    _changed(merging, {row.on for row in theirs})
    return {
        "kept": [row.pk for row in theirs],
        "given": [[new.pk, said, own] for new, said, own in given],
        "both": len(ours),
    }


def _back(merging: Merging, moved: Moved) -> None:
    """What was corrected since stays with the survivor; all else is as it was."""
    wanted = {*moved["kept"], *(own for _, _, own in moved["given"] if own is not None)}
    found = Report.objects.in_bulk([*wanted, *(new for new, _, _ in moved["given"])])
    at = _after(merging.at, list(found.values()))
    again = [
        _again(found[pk], merging.merged, at, f"part-{merging.number}-{pk}", found[pk].received_at)
        for pk in moved["kept"]
    ]
    ended = []
    for new, _said, own in moved["given"]:
        if found[new].superseded_at is None:
            ended.append(new)
            if own is not None:
                before = found[own]
                key = f"part-{merging.number}-{own}"
                again.append(_again(before, merging.survivor, at, key, before.received_at))
    Report.objects.filter(pk__in=ended).update(superseded_at=at)
    Report.objects.bulk_create(again)
    _changed(merging, {row.on for row in found.values()})


def _since(merging: Merging, moved: Moved) -> int:
    given = [new for new, _, _ in moved.get("given", ())]
    return _current(merging.survivor).filter(known_at__gt=merging.at).exclude(pk__in=given).count()


def _after(at: datetime, reports: list[Report]) -> datetime:
    """An instant after all that is superseded was known, as the table demands."""
    return max([at, *(report.known_at + timedelta(microseconds=1) for report in reports)])


def _again(report: Report, place: Entity, at: datetime, key: str, received_at: datetime) -> Report:
    """The same words again as a new row of a place."""
    values = {field.attname: getattr(report, field.attname) for field in Report._meta.concrete_fields}
    own = {"id": None, "entity_id": place.pk, "key": key, "known_at": at, "received_at": received_at}
    return Report(**values | own | {"superseded_at": None})


def _changed(merging: Merging, days: set[date]) -> None:
    shards = {place.pk % DayChange.SHARDS for place in (merging.survivor, merging.merged)}
    changes.count(Counter({(on, shard): 1 for on in days for shard in shards}))


reports = Step("reports", _("Reports"), _count, _move, _back, _since)
