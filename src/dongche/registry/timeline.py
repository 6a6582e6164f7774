"""What happened to a place, told by every room that knows something (一企一档). No room is known here by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.org.models import Officer
from dongche.org.queries import Units
from dongche.registry import labels
from dongche.registry.models import Entity, Exclusion, PlaceDuty, Revision, Source, Standing, WithdrawnCode
from dongche.registry.queries import Documents
from dongche.web.templatetags.web import day

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SIZE: Final = 20
Read = Callable[[Entity, Any, datetime | None, int], Iterable["Event"]]


@dataclass(frozen=True)
class Event:
    """Something that happened: when it was known, what, by whom, with details one may want to read."""

    at: datetime
    title: str
    by: str = ""
    details: Sequence[str] = ()
    url: str = ""
    kind: str = ""
    icon: str = "info"


@dataclass(frozen=True)
class Teller:
    """What one room tells. `read(place, actor, before, most)` gives its events before an instant (None: now), the
    latest first, at most `most`; the place itself is one that the actor may see."""

    kind: str
    label: StrOrPromise
    icon: str
    read: Read


@dataclass(frozen=True)
class Page:
    """A page of the timeline; `before` asks for the next one, None at its end."""

    events: Sequence[Event]
    before: datetime | None


@cache
def tellers() -> dict[str, Teller]:
    """Every teller by its kind, in the order of settings.PLACE_EVENTS."""
    found: list[Teller] = [import_string(path) for path in settings.PLACE_EVENTS]
    return {teller.kind: teller for teller in found}


def page(
    place: Entity, actor: Any, *, kind: str = "", before: datetime | None = None, size: int = SIZE
) -> Page:
    """This function will tell what happened to a place, the latest first.

    Shape: at least `size` events where there are so many, and all of the last one's instant; a fixed number of queries
           for each teller
    Empty: nothing of a kind that is not told
    """
    asked = [tellers()[kind]] if kind in tellers() else [] if kind else list(tellers().values())
    told = [
        Event(event.at, event.title, event.by, event.details, event.url, teller.kind, teller.icon)
        for teller in asked
        for event in teller.read(place, actor, before, size + 1)
    ]
    told.sort(key=lambda event: event.at, reverse=True)
    if len(told) <= size:
        return Page(told, None)
    last = told[size - 1].at
    shown = [event for event in told if event.at >= last]
    return Page(shown, last if len(shown) < len(told) else None)


def latest(
    rows: QuerySet[Any], before: datetime | None, most: int, column: str = "known_at"
) -> QuerySet[Any]:
    """The latest rows before an instant by a column of time."""
    if before is not None:
        rows = rows.filter(**{f"{column}__lt": before})
    return rows.order_by(F(column).desc(), "-pk")[:most]


def name_of(officer: Officer | None) -> str:
    return officer.name if officer else ""


def period(from_on: Any, until_on: Any) -> str:
    """Days in words: from a day, to a day or until further notice."""
    if until_on is None:
        return gettext("from %(from_on)s until further notice") % {"from_on": day(from_on, "year")}
    return gettext("%(from_on)s to before %(until_on)s") % {
        "from_on": day(from_on, "year"),
        "until_on": day(until_on, "year"),
    }


def _values(place: Entity, actor: Any, before: datetime | None, most: int) -> Iterable[Event]:
    found = list(latest(Revision.objects.filter(entity=place).select_related("by", "batch"), before, most))
    first = Revision.objects.filter(entity=place).order_by("pk").values_list("pk", flat=True).first()
    units = dict(Units.unscoped(reason="names of units a visible place stood in").filter(
        pk__in=_units_in(found)).values_list("pk", "name")) if found else {}  # fmt: skip
    for revision in found:
        title = _TAKEN if revision.pk == first else _SOURCES[revision.source]
        yield Event(
            revision.known_at,
            str(title),
            name_of(revision.by),
            [
                *([revision.batch.file_name] if revision.batch else []),
                *(change_in_words(name, pair[0], pair[1], units) for name, pair in revision.changes.items()),
            ],
        )


_TAKEN: Final = _("Taken into the registry")
_SOURCES: Final = {
    Source.IMPORTED: _("Changed by an import"),
    Source.SELF_REPORTED: _("Changed as the place told"),
    Source.VISITED: _("Changed as seen on the spot"),
    Source.ENTERED: _("Changed by hand"),
    Source.RESTORED: _("Put back as it was before an import"),
}


def _units_in(revisions: Iterable[Revision]) -> set[int]:
    """The ids of the units that changes of versions speak of."""
    return {
        value
        for revision in revisions
        for name, pair in revision.changes.items()
        if name in ("community_id", "grid_id")
        for value in pair
        if value is not None
    }


def change_in_words(name: str, before: Any, after: Any, units: dict[int, str]) -> str:
    """A field with its value before and after; of a personal value only that it changed."""
    if before is None and after is None:
        return gettext("%(field)s changed") % {"field": labels.label(name)}
    return f"{labels.label(name)}: {labels.value(name, before, units)} → {labels.value(name, after, units)}"


def _counting(place: Entity, actor: Any, before: datetime | None, most: int) -> Iterable[Event]:
    rows = Exclusion.objects.filter(entity=place).select_related("by")
    for row in latest(rows, before, most):
        title = gettext("Not counted among those that should resume: %(kind)s")
        details = [period(row.from_on, row.until_on), row.reason]
        yield Event(row.known_at, title % {"kind": row.get_kind_display()}, name_of(row.by), details)


def _codes(place: Entity, actor: Any, before: datetime | None, most: int) -> Iterable[Event]:
    for row in latest(WithdrawnCode.objects.filter(entity=place), before, most, "withdrawn_at"):
        yield Event(row.withdrawn_at, gettext("QR code withdrawn, another one given"))


def _duties(place: Entity, actor: Any, before: datetime | None, most: int) -> Iterable[Event]:
    rows = PlaceDuty.objects.filter(entity=place).select_related("officer")
    for row in latest(rows, before, most):
        title = gettext("%(officer)s is named: %(role)s")
        words = {"officer": row.officer.name, "role": row.get_role_display()}
        yield Event(row.known_at, title % words, "", [period(row.from_on, row.until_on)], _proposal(row))


def _proposal(row: PlaceDuty) -> str:
    return reverse("registry:proposals") if row.source.startswith("proposal ") else ""


def _standing(place: Entity, actor: Any, before: datetime | None, most: int) -> Iterable[Event]:
    rows = Standing.objects.filter(entity=place).select_related("by")
    for row in latest(rows, before, most):
        title = gettext("%(step)s from %(on)s on") % {
            "step": row.get_step_display(),
            "on": day(row.on, "year"),
        }
        details = [str(row.get_source_display())]
        if row.reason:
            details.append(row.reason)
        if row.superseded_at is not None:
            details.append(gettext("no longer held to be so"))
        yield Event(row.known_at, title, name_of(row.by), details)


def _documents(place: Entity, actor: Any, before: datetime | None, most: int) -> Iterable[Event]:
    """What was brought and withdrawn, for those who may fetch it."""
    rows = Documents.visible_to(actor).filter(entity=place).select_related("by", "withdrawn_by")
    for row in latest(rows, before, most):
        title = gettext("Document added: %(kind)s") % {"kind": row.get_kind_display()}
        yield Event(row.known_at, title, name_of(row.by), [row.title])
    for row in latest(rows.filter(withdrawn_at__isnull=False), before, most, "withdrawn_at"):
        title = gettext("Document withdrawn: %(kind)s") % {"kind": row.get_kind_display()}
        yield Event(row.withdrawn_at, title, name_of(row.withdrawn_by), [row.title, row.reason])


values = Teller("values", _("Values"), "file-text", _values)
documents = Teller("documents", _("Documents"), "file-text", _documents)
standing = Teller("standing", _("Standing"), "chart", _standing)
counting = Teller("counting", _("Counting"), "chart", _counting)
codes = Teller("codes", _("QR code"), "qr", _codes)
duties = Teller("duties", _("Duties by name"), "user", _duties)
