"""Personal data whose time is over, by class, as the pack says (domain 2l)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet

from dongche.kit import clock
from dongche.org.models import Unit
from dongche.registry.imports.store import Folder
from dongche.registry.models import HealthNote, ImportBatch, Person, Revision
from dongche.registry.queries.people import rules
from dongche.registry.roster import values
from dongche.registry.standards.people import CLASSES, Kept
from dongche.web.campaign import current

State = ImportBatch.State
SETTLED: Final = (State.APPLIED, State.FAILED, State.DROPPED, State.UNDONE)


@dataclass(frozen=True)
class Due:
    """Rows of a class whose time is over, by table; what it is counted from lies on or before `before_on`."""

    kept: Kept
    before_on: date
    rows: Mapping[str, list[int]]

    @property
    def count(self) -> int:
        return sum(map(len, self.rows.values()))


def due(subdistrict: Unit, on: date) -> list[Due]:
    """This function will list what is due for deletion on a day, class by class.

    Empty: classes of which nothing is due are left out; a pack without rules keeps everything
    """
    found = [due_of(subdistrict, name, on) for name in CLASSES if name in rules().retention]
    return [one for one in found if one.count]


def due_of(subdistrict: Unit, data_class: str, on: date) -> Due:
    """What is due of one class. Raises: KeyError – the pack has no such class"""
    kept = rules().retention[data_class]
    before_on = on - timedelta(days=kept.days)
    return Due(
        kept,
        before_on,
        {table: sorted(ids) for table, ids in _ROWS[data_class](subdistrict, before_on).items()},
    )


def _ids(rows: QuerySet[Any]) -> list[int]:
    return list(rows.order_by().values_list("pk", flat=True))


def _health(subdistrict: Unit, before_on: date) -> dict[str, list[int]]:
    notes = HealthNote.objects.filter(
        person__entity__subdistrict=subdistrict, on__lte=before_on, erased_at__isnull=True
    )
    return {"health_note": _ids(notes)}


def _travel(subdistrict: Unit, before_on: date) -> dict[str, list[int]]:
    told = Q(pk__in=())
    for name, empty in values.emptied(values.TRAVEL).items():
        told |= Q(**{f"{name}__isnull": False}) if empty is None else ~Q(**{name: ""})
    last = before_on - timedelta(days=rules().longest)
    since = Q(arrived_on__lte=last) | Q(
        arrived_on__isnull=True, updated_at__lt=clock.beginning_of(last + _DAY)
    )
    people = Person.objects.filter(told & since, entity__subdistrict=subdistrict)
    return {"person": _ids(people)}


def _identity(subdistrict: Unit, before_on: date) -> dict[str, list[int]]:
    people = Person.objects.filter(entity__subdistrict=subdistrict, erased_at__isnull=True)
    ended_on = current().campaign.until_on
    if ended_on is None or ended_on > before_on:
        people = people.filter(until_on__lte=before_on)
    return {"person": _ids(people)}


def _former(subdistrict: Unit, before_on: date) -> dict[str, list[int]]:
    until = clock.beginning_of(before_on + _DAY)
    versions = Revision.objects.filter(entity__subdistrict=subdistrict, known_at__lt=until).exclude(former="")
    return {"revision": _ids(versions)}


def _leftovers(subdistrict: Unit, before_on: date) -> dict[str, list[int]]:
    until = clock.beginning_of(before_on + _DAY)
    old = Q(applied_at__lt=until) | Q(applied_at__isnull=True, created_at__lt=until)
    batches = ImportBatch.objects.filter(old, subdistrict=subdistrict, state__in=SETTLED)
    paths = batches.order_by().values_list("pk", "file_path")
    return {"import": [pk for pk, path in paths if path and Folder.of(path).path.exists()]}


_DAY: Final = timedelta(days=1)
_ROWS: Final[Mapping[str, Callable[[Unit, date], dict[str, list[int]]]]] = {
    "health": _health,
    "travel": _travel,
    "identity": _identity,
    "former": _former,
    "leftovers": _leftovers,
}
