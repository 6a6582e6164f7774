"""What hangs on a place and moves when it is merged into another: each room says how, in `settings.PLACE_MERGES`.

No room is known here by name. What held before a merge is kept as it was, superseded: an answer as known before the
merge stays what it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.registry.models import (
    PRESENT,
    BackboneFirm,
    Document,
    ElectricityReading,
    Entity,
    Exclusion,
    Meter,
    Person,
    PlaceDuty,
    Source,
    Standing,
    WithdrawnCode,
)
from dongche.registry.standing import settle
from dongche.web.periods import believed

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Moved = Mapping[str, Any]


@dataclass(frozen=True)
class Merging:
    """A merge that is being made or taken back: the place that remains, the one that goes, and its number."""

    survivor: Entity
    merged: Entity
    number: int
    at: datetime


@dataclass(frozen=True)
class Step:
    """What one room keeps about places.

    `count(place)`: how many rows hang on it. `move(merging)` moves them to the survivor and gives what `back` needs, as
    JSON. `back(merging, moved)` gives them back. `since(merging, moved)`: how many rows have come to the survivor
    since, at `merging.at`; they stay there.
    """

    name: str
    label: StrOrPromise
    count: Callable[[Entity], int]
    move: Callable[[Merging], Moved]
    back: Callable[[Merging, Moved], None]
    since: Callable[[Merging, Moved], int]


@cache
def steps() -> tuple[Step, ...]:
    """The steps of all rooms, in the order of settings.PLACE_MERGES."""
    return tuple(import_string(path) for path in settings.PLACE_MERGES)


def hanging(places: Sequence[Entity]) -> list[tuple[Step, list[int]]]:
    """What hangs on some places: for each step, how many rows on each of them."""
    return [(step, [step.count(place) for place in places]) for step in steps()]


# --- Dated rows: what the survivor has itself comes first, the rest is taken on ------------------


def _dated(model: Any, kind: str) -> tuple[Callable[[Merging], Moved], Callable[[Merging, Moved], None]]:
    """How rows with days and times of belief move. Rows of equal `kind` may not overlap; "" is any."""

    def move(merging: Merging) -> Moved:
        held = list(_held(model, merging.merged))
        taken: dict[Any, list[tuple[date, date | None]]] = defaultdict(list)
        for row in _held(model, merging.survivor):
            taken[getattr(row, kind) if kind else ""].append((row.from_on, row.until_on))
        given = []
        for row in held:
            for from_on, until_on in free(
                (row.from_on, row.until_on), taken[getattr(row, kind) if kind else ""]
            ):
                own = {"entity": merging.survivor, "from_on": from_on, "until_on": until_on}
                given.append(_again(row, merging.at, **own))
        model.objects.filter(pk__in=[row.pk for row in held]).update(superseded_at=merging.at)
        model.objects.bulk_create(given)
        return {"kept": [row.pk for row in held], "given": [row.pk for row in given]}

    def back(merging: Merging, moved: Moved) -> None:
        model.objects.filter(pk__in=moved["given"], superseded_at__isnull=True).update(
            superseded_at=merging.at
        )
        kept = model.objects.filter(pk__in=moved["kept"]).order_by("pk")
        model.objects.bulk_create([_again(row, merging.at) for row in kept])

    return move, back


def _held(model: Any, place: Entity) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.objects.filter(believed(), entity=place).order_by("from_on", "pk")
    return rows


def _again(row: Any, at: datetime, **changes: Any) -> Any:
    """The same row, believed from now on."""
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    new = type(row)(**values | {"id": None, "known_at": at, "superseded_at": None})
    for name, value in changes.items():
        setattr(new, name, value)
    return new


Period = tuple[date, date | None]


def free(period: Period, taken: Iterable[Period]) -> Iterator[Period]:
    """This function will give the parts of a half-open period that none of the others holds.

    >>> first, last, middle = date(2020, 3, 1), date(2020, 3, 9), (date(2020, 3, 4), date(2020, 3, 6))
    >>> [f"{a.day}-{b.day if b else ''}" for a, b in free((first, None), [middle])]
    ['1-4', '6-']
    """
    start, end = period
    for begins, ends in sorted(taken, key=lambda one: one[0]):
        if end is not None and begins >= end:
            break
        if begins > start:
            yield start, begins
        if ends is None:
            return
        start = max(start, ends)
    if end is None or start < end:
        yield start, end


def _count_dated(model: Any) -> Callable[[Entity], int]:
    return lambda place: _held(model, place).count()


def _since(model: Any) -> Callable[[Merging, Moved], int]:
    def since(merging: Merging, moved: Moved) -> int:
        rows = _held(model, merging.survivor).filter(known_at__gt=merging.at)
        return rows.exclude(pk__in=moved.get("given", ())).count()

    return since


# --- Standings: those that an officer saw or heard move, those that follow from reports follow ---


def _seen(place: Entity) -> QuerySet[Standing]:
    rows = Standing.objects.filter(believed(), entity=place)
    return rows.exclude(source=Source.SELF_REPORTED).order_by("on")


def _move_standings(merging: Merging) -> Moved:
    theirs = list(_seen(merging.merged))
    taken = set(_seen(merging.survivor).values_list("on", flat=True))
    Standing.objects.filter(pk__in=[row.pk for row in theirs]).update(superseded_at=merging.at)
    days = [row.on for row in theirs if row.on not in taken]
    # What the survivor's reports say of these days gives way.
    Standing.objects.filter(believed(), entity=merging.survivor, on__in=days).update(superseded_at=merging.at)
    given = [_again(row, merging.at, entity=merging.survivor) for row in theirs if row.on not in taken]
    Standing.objects.bulk_create(given)
    settle([merging.survivor.pk, merging.merged.pk], merging.at)
    return {"kept": [row.pk for row in theirs], "given": [row.pk for row in given]}


def _part_standings(merging: Merging, moved: Moved) -> None:
    Standing.objects.filter(pk__in=moved["given"], superseded_at__isnull=True).update(
        superseded_at=merging.at
    )
    kept = list(Standing.objects.filter(pk__in=moved["kept"]).order_by("pk"))
    days = [row.on for row in kept]
    Standing.objects.filter(believed(), entity=merging.merged, on__in=days).update(superseded_at=merging.at)
    Standing.objects.bulk_create([_again(row, merging.at) for row in kept])
    settle([merging.survivor.pk, merging.merged.pk], merging.at)


def _standings_since(merging: Merging, moved: Moved) -> int:
    rows = _seen(merging.survivor).filter(known_at__gt=merging.at)
    return rows.exclude(pk__in=moved.get("given", ())).count()


# --- People: whoever is on both rosters stays with the place that goes, to be found there again ----


def _move_people(merging: Merging) -> Moved:
    known = Person.objects.filter(entity=merging.survivor).exclude(document_hash="").values("document_hash")
    rows = Person.objects.filter(entity=merging.merged).exclude(document_hash__in=known)
    given = list(rows.order_by("pk").values_list("pk", flat=True))
    Person.objects.filter(pk__in=given).update(entity=merging.survivor)
    return {"given": given}


def _part_people(merging: Merging, moved: Moved) -> None:
    Person.objects.filter(pk__in=moved["given"], entity=merging.survivor).update(entity=merging.merged)


def _people_since(merging: Merging, moved: Moved) -> int:
    return Person.objects.filter(entity=merging.survivor, created_at__gt=merging.at).count()


# --- Electricity: the meters follow, and what they read; of one meter and day the survivor's reading counts ----


def _read(place: Entity) -> QuerySet[ElectricityReading]:
    return ElectricityReading.objects.filter(believed(), entity=place).order_by("pk")


def _move_electricity(merging: Merging) -> Moved:
    meters = list(Meter.objects.filter(entity=merging.merged).order_by("pk").values_list("pk", flat=True))
    Meter.objects.filter(pk__in=meters).update(entity=merging.survivor)
    theirs = list(_read(merging.merged))
    taken = set(_read(merging.survivor).values_list("meter", "on"))
    given = [
        _again(row, merging.at, entity=merging.survivor) for row in theirs if (row.meter, row.on) not in taken
    ]
    _read(merging.merged).update(superseded_at=merging.at)
    ElectricityReading.objects.bulk_create(given, batch_size=1000)
    return {"meters": meters, "kept": [row.pk for row in theirs], "given": [row.pk for row in given]}


def _part_electricity(merging: Merging, moved: Moved) -> None:
    Meter.objects.filter(pk__in=moved["meters"], entity=merging.survivor).update(entity=merging.merged)
    given = ElectricityReading.objects.filter(pk__in=moved["given"], superseded_at__isnull=True)
    given.update(superseded_at=merging.at)
    # What an import brought that has been undone since is believed no more.
    kept = ElectricityReading.objects.filter(pk__in=moved["kept"]).exclude(batch__undone_at__isnull=False)
    kept = kept.order_by("pk")
    ElectricityReading.objects.bulk_create([_again(row, merging.at) for row in kept], batch_size=1000)


def _electricity_since(merging: Merging, moved: Moved) -> int:
    rows = _read(merging.survivor).filter(known_at__gt=merging.at)
    return rows.exclude(pk__in=moved.get("given", ())).count()


# --- Tenants: firms in the building that goes are in the one that remains -----------------------


def _move_tenants(merging: Merging) -> Moved:
    inside = Entity.objects.filter(building=merging.merged).exclude(pk=merging.survivor.pk)
    given = list(inside.order_by("pk").values_list("pk", flat=True))
    Entity.objects.filter(pk__in=given).update(building=merging.survivor)
    return {"given": given}


def _part_tenants(merging: Merging, moved: Moved) -> None:
    Entity.objects.filter(pk__in=moved["given"], building=merging.survivor).update(building=merging.merged)


# --- Documents: papers follow; of one and the same file the survivor's stays ----------------------


def _move_documents(merging: Merging) -> Moved:
    known = Document.objects.filter(entity=merging.survivor, withdrawn_at__isnull=True).values("sha256")
    rows = Document.objects.filter(entity=merging.merged).exclude(sha256__in=known)
    given = list(rows.order_by("pk").values_list("pk", flat=True))
    Document.objects.filter(pk__in=given).update(entity=merging.survivor)
    return {"given": given}


def _part_documents(merging: Merging, moved: Moved) -> None:
    Document.objects.filter(pk__in=moved["given"], entity=merging.survivor).update(entity=merging.merged)


def _documents_since(merging: Merging, moved: Moved) -> int:
    return Document.objects.filter(entity=merging.survivor, known_at__gt=merging.at).count()


# --- The backbone list: it keeps its number, so of two that are on it one must be exchanged first -----


class BothBackbone(Problem):
    code = "registry.both_backbone"
    status = 409
    message = N_(
        "%(number)s and %(other)s are both on the list of backbone firms, which would then have one too few. Exchange "
        "one of them by a decision first."
    )


def _move_backbone(merging: Merging) -> Moved:
    theirs = [(row.from_on, row.until_on) for row in _held(BackboneFirm, merging.merged)]
    ours = [(row.from_on, row.until_on) for row in _held(BackboneFirm, merging.survivor)]
    if any(list(free(period, ours)) != [period] for period in theirs):
        raise BothBackbone(number=merging.survivor.number, other=merging.merged.number)
    return _dated(BackboneFirm, "")[0](merging)


# --- Codes: nothing moves, a scan of the old card leads to the survivor --------------------------


def _count_codes(place: Entity) -> int:
    return 1 + WithdrawnCode.objects.filter(entity=place).count()


people = Step(
    "people",
    _("People on the roster"),
    lambda place: Person.objects.filter(entity=place).count(),
    _move_people,
    _part_people,
    _people_since,
)
standings = Step(
    "standings",
    _("Standings noted by officers"),
    lambda place: _seen(place).count(),
    _move_standings,
    _part_standings,
    _standings_since,
)
documents = Step(
    "documents",
    _("Documents"),
    lambda place: Document.objects.filter(entity=place).count(),
    _move_documents,
    _part_documents,
    _documents_since,
)
electricity = Step(
    "electricity",
    _("Electricity readings"),
    lambda place: _read(place).count(),
    _move_electricity,
    _part_electricity,
    _electricity_since,
)
tenants = Step(
    "tenants",
    _("Firms in the building"),
    lambda place: Entity.objects.filter(PRESENT, building=place).count(),
    _move_tenants,
    _part_tenants,
    lambda merging, moved: 0,
)
backbone = Step(
    "backbone",
    _("Backbone list"),
    _count_dated(BackboneFirm),
    _move_backbone,
    _dated(BackboneFirm, "")[1],
    lambda merging, moved: 0,
)
duties = Step(
    "duties", _("Duties by name"), _count_dated(PlaceDuty), *_dated(PlaceDuty, "role"), _since(PlaceDuty)
)
exclusions = Step(
    "exclusions",
    _("Days left out of the figures"),
    _count_dated(Exclusion),
    *_dated(Exclusion, ""),
    _since(Exclusion),
)
codes = Step(
    "codes",
    _("QR codes"),
    _count_codes,
    lambda merging: {},
    lambda merging, moved: None,
    lambda merging, moved: 0,
)
