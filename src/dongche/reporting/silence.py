"""Places that do not report: for how many days, and to whom that rises."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q

from dongche.org.models import Officer
from dongche.org.queries import Duties, duties_on
from dongche.registry.models import Exclusion
from dongche.registry.queries import Places
from dongche.reporting.models import Report
from dongche.web import campaign
from dongche.web.periods import in_force


def silent(places: Places, on: date, days: int) -> Places:
    """This function will narrow places to those that were expected on each of the last days and reported on none.

    Shape: the days up to and including `on`; a place that was left out of the figures on one of them is not silent
    """
    first = on - timedelta(days=days - 1)
    told = Report.objects.filter(entity=OuterRef("pk"), on__range=(first, on), superseded_at__isnull=True)
    excluded = Exclusion.objects.filter(
        Q(until_on__isnull=True) | Q(until_on__gt=first), from_on__lte=on, superseded_at__isnull=True
    )
    return places.filter(
        in_force(on), ~Q(pk__in=excluded.values("entity_id")), ~Exists(told), from_on__lte=first
    )


@dataclass(frozen=True)
class Reminder:
    """Somebody to be reminded: how many places of theirs have been silent for at least `days`."""

    role: str
    days: int
    officer: Officer
    count: int


def by_officer(
    places: Places, on: date, role: str, duties: Duties
) -> tuple[Counter[int], dict[int, Officer]]:
    """This function will count places by who answers for them in a role: one query.

    Empty: places for which nobody does are in no count; the proof of coverage names them
    """
    counts: Counter[int] = Counter()
    officers: dict[int, Officer] = {}
    for cell, count in places.cells(on):
        for answer in duties.resolve(cell):
            if answer.role == role and answer.officer is not None:
                counts[answer.officer.pk] += count
                officers[answer.officer.pk] = answer.officer
    return counts, officers


def reminders(places: Places, on: date, duties: Duties | None = None) -> list[Reminder]:
    """This function will say whom the silence of places is brought to, by the steps that the pack gives for the day.

    Shape: one query for each step beside the duties; the nearest role first, the longest list first
    """
    duties = duties or duties_on(on)
    found = []
    for role, days in campaign.current().reminders_on(on).steps:
        counts, officers = by_officer(silent(places, on, days), on, role, duties)
        found += [
            Reminder(role, days, officers[pk], count)
            for pk, count in sorted(counts.items(), key=lambda one: (-one[1], officers[one[0]].username))
        ]
    return found
