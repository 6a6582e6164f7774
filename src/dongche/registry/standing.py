"""The standing of places as dated facts: settled from what every room knows, asked for any day (S43)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from functools import cache
from itertools import islice
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.db.models import Case, CharField, Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.registry.ladder import WORKED, Point, Said, Seen, course, step_after
from dongche.registry.models import Entity, Exclusion, Source, Standing, Step
from dongche.registry.queries import Places
from dongche.web import bulk
from dongche.web.campaign import current
from dongche.web.periods import believed, in_force

# What a room knows of some places, by id: one query, each place's days in any order.
Sayer = Callable[[Collection[int]], Iterable[tuple[int, Said]]]

CLOSED: Final = "closed"
LEFT_OUT: Final = "left_out"
UNKNOWN: Final = "unknown"
# Everything the standing of a place can be on a day, in the order in which it is told.
STANDINGS: Final[Mapping[str, Any]] = {
    Step.AT_CAPACITY.value: Step.AT_CAPACITY.label,
    Step.PRODUCING.value: Step.PRODUCING.label,
    Step.RESUMED.value: Step.RESUMED.label,
    Step.SUSPENDED.value: Step.SUSPENDED.label,
    Step.NOT_RESUMED.value: Step.NOT_RESUMED.label,
    UNKNOWN: _("Nothing known"),
    CLOSED: _("Closed for good"),
    LEFT_OUT: _("Left out of the figures"),
}
# Exclusions that are the end of the business; the others leave out a place that may come back (domain 2a).
FOR_GOOD: Final = (Exclusion.Kind.CLOSED_BY_ORDER, Exclusion.Kind.DEREGISTERED)
BATCH: Final = 500


class Fresh(NamedTuple):
    """A standing to be written."""

    entity_id: int
    on: date
    step: str
    source: str
    reason: str
    by_id: int | None
    known_at: datetime


class NoSuchStanding(Problem):
    code = "registry.no_such_standing"
    status = 404
    message = N_("Places cannot be listed by the standing “%(given)s”. Possible are: %(expected)s.")


@cache
def sayers() -> tuple[Sayer, ...]:
    """Every room that knows whether places work, in the order of settings.STANDING_SAYERS."""
    return tuple(import_string(path) for path in settings.STANDING_SAYERS)


def settle(places: Iterable[int], at: datetime) -> int:
    """Bring the standings of some places in line with what is said of them by now; call it inside an action.

    Shape: a fixed number of statements for each 500 places; gives the number of places whose course changed. A belief
           that no longer fits is superseded, never edited.
    """
    rest = iter(places)
    changed = 0
    while ids := list(islice(rest, BATCH)):
        changed += _settle(ids, at)
    return changed


def settle_last(told: Mapping[int, Said], at: datetime) -> list[int]:
    """Do what `settle` does for places that have just told of a day, where they have told of no later one: their past
    need not be read. Call it where these places are locked and nobody else is a sayer.

    Shape: at most three statements; gives the places for which this does not do, because something is believed of a
           later day: settle these
    """
    held: dict[int, list[Standing]] = defaultdict(list)
    for row in Standing.objects.filter(believed(), entity__in=told).order_by("on"):
        held[row.entity_id].append(row)
    full_capacity = current().full_capacity_on
    gone: list[int] = []
    new: list[Fresh] = []
    left: list[int] = []
    for pk, said in told.items():
        rows = held[pk]
        if rows and rows[-1].on > said.on:
            left.append(pk)
            continue
        earlier = [row for row in rows if row.on < said.on]
        of_day = [row for row in rows if row.on == said.on]
        if any(row.source != Source.SELF_REPORTED for row in of_day):
            continue  # what an officer saw of the day goes before
        before = earlier[-1].step if earlier else ""
        has_worked = any(row.step in WORKED for row in earlier)
        step = step_after(said, before, has_worked, full_capacity(said.on))
        stale = [row.pk for row in of_day if step == before or row.step != step]
        gone += stale
        if step != before and len(stale) == len(of_day):
            point = Point(said.on, step, said.known_at, by_id=said.by_id)
            new.append(_row(pk, point, at if stale else said.known_at))
    if gone:
        Standing.objects.filter(pk__in=gone).update(superseded_at=Greatest("known_at", Value(at)))
    bulk.insert(Standing, Fresh._fields, new)
    return left


def _settle(ids: Collection[int], at: datetime) -> int:
    # Whoever settles the same places waits here until the other is done.
    list(Entity.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
    said: dict[int, list[Said]] = defaultdict(list)
    for sayer in sayers():
        for pk, one in sayer(ids):
            said[pk].append(one)
    held: dict[int, list[Standing]] = defaultdict(list)
    for row in Standing.objects.filter(believed(), entity__in=ids):
        held[row.entity_id].append(row)
    full_capacity = current().full_capacity_on
    gone: list[int] = []
    new: list[Fresh] = []
    changed = 0
    for pk in ids:
        rows = {_key(row): row.pk for row in held[pk]}
        seen = [
            Seen(row.on, row.known_at, row.step, row.source, row.reason, row.by_id)
            for row in held[pk]
            if row.source != Source.SELF_REPORTED
        ]
        wanted = course(said[pk], seen, full_capacity)
        fresh = [point for point in wanted if _key(point) not in rows]
        kept = {_key(point) for point in wanted}
        stale = [row for key, row in rows.items() if key not in kept]
        gone += stale
        new += [_row(pk, point, at if stale else point.known_at) for point in fresh]
        changed += bool(fresh or stale)
    if gone:
        Standing.objects.filter(pk__in=gone).update(superseded_at=Greatest("known_at", Value(at)))
    bulk.insert(Standing, Fresh._fields, new)
    return changed


def _key(point: Point | Standing) -> tuple[Any, ...]:
    """What makes two points the same, whoever told it and whenever it became known."""
    return point.on, point.step, point.source, point.reason


def _row(pk: int, point: Point, known_at: datetime) -> Fresh:
    return Fresh(pk, point.on, point.step, point.source, point.reason, point.by_id, known_at)


def standing_expression(on: date, as_known: datetime | None = None) -> Case:
    """One of STANDINGS for each place that had begun by the day, as an SQL expression over its row."""
    points = Standing.objects.filter(believed(as_known), entity=OuterRef("pk"), on__lte=on).order_by(
        "-on", "-pk"
    )
    excluded = Exclusion.objects.filter(in_force(on), believed(as_known), entity=OuterRef("pk"))
    return Case(
        When(Q(until_on__lte=on), then=Value(CLOSED)),
        When(Exists(excluded.filter(kind__in=FOR_GOOD)), then=Value(CLOSED)),
        When(Exists(excluded), then=Value(LEFT_OUT)),
        default=Coalesce(Subquery(points.values("step")[:1]), Value(UNKNOWN)),
        output_field=CharField(),
    )


def with_standing(places: Places, on: date, as_known: datetime | None = None) -> Places:
    """Annotate `standing`, one of STANDINGS, and keep the places that had begun by the day."""
    return places.filter(from_on__lte=on).annotate(standing=standing_expression(on, as_known))


def in_standing(places: Places, on: date, standing: str) -> Places:
    """The places that stood on a step on a day, or were closed, left out or unknown.

    Raises: NoSuchStanding
    """
    if standing not in STANDINGS:
        raise NoSuchStanding(given=standing, expected=", ".join(STANDINGS))
    if standing == CLOSED:
        excluded = Exclusion.objects.filter(in_force(on), believed(), kind__in=FOR_GOOD)
        ended = Q(until_on__lte=on) | Q(pk__in=excluded.values("entity"))
        return places.filter(ended, from_on__lte=on)
    if standing == LEFT_OUT:
        excluded = Exclusion.objects.filter(in_force(on), believed()).exclude(kind__in=FOR_GOOD)
        return places.filter(in_force(on), pk__in=excluded.values("entity"))
    points = Standing.objects.filter(believed(), entity=OuterRef("pk"), on__lte=on).order_by("-on")
    active = places.active(on)
    if standing == UNKNOWN:
        return active.filter(~Exists(points))
    return active.alias(stood=Subquery(points.values("step")[:1])).filter(stood=standing)


def standings(places: Collection[int], on: date) -> dict[int, str]:
    """One of STANDINGS for each of some places on a day, by id; UNKNOWN before it began. One query."""
    found = with_standing(Places.unscoped(reason="the places are given").filter(pk__in=places), on)
    known: dict[int, str] = dict(found.values_list("pk", "standing"))  # type: ignore[misc]  # annotated
    return dict.fromkeys(places, UNKNOWN) | known


def standing_of(place: Entity, on: date, as_known: datetime | None = None) -> str:
    """The standing of one place on a day; UNKNOWN before it began."""
    places = with_standing(Places.unscoped(reason="the place is given"), on, as_known)
    return places.filter(pk=place.pk).values_list("standing", flat=True).first() or UNKNOWN  # type: ignore[misc]  # annotated
