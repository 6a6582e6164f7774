"""Reports as rows: who may see them, which one is current, and which places have none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Self

from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q, Window
from django.db.models.functions import ExtractHour, RowNumber

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.identifiers import read_code
from dongche.kit.messages import N_
from dongche.org.models import Officer, Unit
from dongche.org.queries import Cell, Duties, duties_on, scope_of
from dongche.registry.models import Entity, Exclusion, ImportBatch
from dongche.registry.queries import Places, place_that_had, place_visible_to, survivor_of
from dongche.reporting.models import Check, Report, Sample, State
from dongche.web.periods import in_force
from dongche.web.scoping import ScopedQuerySet

CODE = re.compile(r"[0-9A-Z]{8,32}", re.ASCII)
# What a report of the day must say for its place to be in the state.
COUNTED_STATES: dict[str, tuple[str, ...]] = {
    "reported": tuple(State.values),
    "resumed": (State.OPEN, State.PART),
    **{state: (state,) for state in State.values},
}
STATES = ("not_reported", "open", "part", "closed", "resumed", "reported", "expected", "excluded")
# Kinds of files that are sent from the desk.
SENT = (ImportBatch.Kind.REPORTS, ImportBatch.Kind.OUTCOMES)


class UnknownCode(Problem):
    code = "reporting.unknown_code"
    status = 404
    message = N_(
        "No place has this code. Scan the QR code of your place again, or ask the grid worker of your community for it."
    )


class CodeRevoked(Problem):
    code = "reporting.code_revoked"
    status = 410
    message = N_(
        "This code of %(place)s has been withdrawn and a new one issued. Ask %(whom)s for the new QR code; what was "
        "reported with the old one is kept."
    )


class PlaceEnded(Problem):
    code = "reporting.place_ended"
    status = 410
    message = N_(
        "%(place)s left the register on %(until_on)s and need not report. If that is wrong, tell %(whom)s."
    )


class NoSuchState(Problem):
    code = "reporting.no_such_state"
    status = 404
    message = N_("Places cannot be listed by the state “%(given)s”. Possible are: %(expected)s.")


class Reports(ScopedQuerySet[Report]):
    """Reports of the places the actor may see."""

    entry = Report

    def scoped_to(self, actor: Any) -> Self:
        if scope_of(actor).everything:
            return self
        return self.filter(place_visible_to(actor))

    def current(self, on: date, as_known: datetime | None = None) -> Self:
        """The report of each place for a day: the one that holds now, or the one that held at an instant."""
        if as_known is None:
            return self.filter(on=on, superseded_at__isnull=True)
        still = Q(superseded_at__isnull=True) | Q(superseded_at__gt=as_known)
        return self.filter(still, on=on, known_at__lte=as_known)

    def last_reports(self, entity: Entity, on: date, count: int) -> Self:
        """The current reports of a place for the last days up to and including `on`, the latest first."""
        return self.filter(entity=entity, on__lte=on, superseded_at__isnull=True).order_by("-on")[:count]

    def history_of(self, entity: Entity, on: date) -> Self:
        """Every version of a place's report for a day, the first one first."""
        return self.filter(entity=entity, on=on).order_by("known_at", "id")


class Checks(ScopedQuerySet[Check]):
    """Checks of the reports of places that the actor may see, calls of samples among them."""

    entry = Check

    def scoped_to(self, actor: Any) -> Self:
        if scope_of(actor).everything:
            return self
        return self.filter(place_visible_to(actor))

    def of_doubts(self) -> Self:
        """Those that were proposed for doubts, not drawn."""
        return self.filter(sample__isnull=True)


class Samples(ScopedQuerySet[Sample]):
    """Samples that one drew, and those of the sub-districts whose headquarters the actor serves in."""

    entry = Sample

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        if scope.everything:
            return self
        return self.filter(Q(by=actor.pk) | Q(subdistrict__in=scope.subdistricts))


class Uploads(ScopedQuerySet[ImportBatch]):
    """Files of reports and outcomes: one's own, and those of sub-districts whose headquarters the actor serves in."""

    entry = ImportBatch

    def scoped_to(self, actor: Any) -> Self:
        files, scope = self.filter(kind__in=SENT), scope_of(actor)
        if scope.everything:
            return files
        return files.filter(Q(by=actor.pk) | Q(subdistrict__in=scope.subdistricts))


def place_behind(code: str, on: date) -> Entity:
    """This function will find the place that an unguessable code belongs to.

    Raises: UnknownCode, CodeRevoked, PlaceEnded
    """
    wanted = read_code(code) if len(code) <= 64 else ""
    if not CODE.fullmatch(wanted):
        raise UnknownCode
    place = (
        Entity.objects.select_related("community", "grid", "subdistrict")
        .filter(code=wanted, taken_back_at__isnull=True)
        .first()
    )
    if place is None:
        former = place_that_had(wanted)
        if former is None:
            raise UnknownCode
        raise CodeRevoked(place=former.name, whom=_whom(former))
    place = survivor_of(place)
    if place.until_on is not None and place.until_on <= on:
        raise PlaceEnded(place=place.name, until_on=place.until_on, whom=_whom(place))
    return place


def _whom(place: Entity) -> str:
    return str((place.community or place.subdistrict).name)


def with_report(places: Places, on: date) -> Places:
    """This function will annotate places with `report_state`, `report_known_at` and `report_at_post` of a day.

    Empty: None for a place without a report; one join, so that a page of a long list stays a walk along its index
    """
    return places.annotate(
        report=FilteredRelation(
            "reports", condition=Q(reports__on=on) & Q(reports__superseded_at__isnull=True)
        ),
        report_state=F("report__state"),
        report_known_at=F("report__known_at"),
        report_at_post=F("report__staff_at_post"),
    )


def _reported(on: date, *states: str) -> Exists:
    """Asked of each place: what a page of a list needs, which stops after its last row."""
    reports = Report.objects.filter(entity=OuterRef("pk"), on=on, superseded_at__isnull=True)
    return Exists(reports.filter(state__in=states) if states else reports)


def not_reported(places: Places, on: date) -> Places:
    """The places that should resume on a day and have not reported for it."""
    return places.active(on).filter(~_reported(on))


def in_state(places: Places, on: date, state: str) -> Places:
    """The places that a figure counts in one of STATES on a day; all but `excluded` are among the expected ones.

    Raises: NoSuchState
    """
    if state == "expected":
        return places.active(on)
    if state == "excluded":
        excluded = Exclusion.objects.filter(in_force(on), superseded_at__isnull=True).values("entity_id")
        return places.filter(in_force(on), pk__in=excluded)
    if state == "not_reported":
        return not_reported(places, on)
    if state in COUNTED_STATES:
        return places.active(on).filter(_reported(on, *COUNTED_STATES[state]))
    raise NoSuchState(given=state, expected=", ".join(STATES))


def count_in_state(places: Places, on: date, state: str) -> int:
    """This function will count the places of `in_state`, reading the reports of the day once and not place by place.

    Those without a report are the expected ones less those with one: "NOT IN" would make PostgreSQL compare every
    place with every report once they outgrow its working memory.

    Raises: NoSuchState
    """
    if state == "not_reported":
        return count_in_state(places, on, "expected") - count_in_state(places, on, "reported")
    states = COUNTED_STATES.get(state)
    if states is None:
        return in_state(places, on, state).count()
    reports = Report.objects.filter(on=on, superseded_at__isnull=True, state__in=states)
    return places.active(on).filter(pk__in=reports.values("entity_id")).count()


def received_by_hour(places: Places, on: date) -> dict[int, int]:
    """How many places reported first in which hour of the day itself, in Beijing time; a later day is in no hour."""
    begin = datetime.combine(on, time(), clock.BEIJING)
    counted = (
        Report.objects.filter(
            on=on,
            superseded_at__isnull=True,
            received_at__gte=begin,
            received_at__lt=begin + timedelta(days=1),
            entity__in=places.active(on).order_by().values("pk"),
        )
        .annotate(hour=ExtractHour("received_at", tzinfo=clock.BEIJING))
        .order_by()
        .values_list("hour")
        .annotate(count=Count("pk"))
    )
    return dict(counted)


@dataclass(frozen=True)
class Told:
    """One day of a place: its current report, if it gave one."""

    on: date
    report: Report | None


def week(place: Entity, today: date, count: int) -> tuple[Told, ...]:
    """The last days of a place, the latest first, days without a report among them."""
    first = today - timedelta(days=count - 1)
    found = {
        report.on: report
        for report in Report.objects.filter(
            entity=place, on__range=(first, today), superseded_at__isnull=True
        )
    }
    days = [today - timedelta(days=n) for n in range(count)]
    return tuple(Told(on, found.get(on)) for on in days if on >= place.from_on)


def missing_days(place: Entity, first: date, today: date) -> tuple[date, ...]:
    """The days before today, from `first` on, for which a place has not reported."""
    days = (today - first).days + 1
    return tuple(told.on for told in week(place, today, days) if told.report is None and told.on < today)


def around(place: Entity, on: date) -> tuple[Report | None, Report | None]:
    """The current report of a place for a day, and the last one before that day: one query."""
    found = list(
        Report.objects.filter(entity=place, on__lte=on, superseded_at__isnull=True).order_by("-on")[:2]
    )
    current = found.pop(0) if found and found[0].on == on else None
    return current, found[0] if found else None


@dataclass(frozen=True)
class Chase:
    """Places that have not reported and share a service officer; `places` are the first few of `count`."""

    officer: Officer | None
    grids: tuple[Unit, ...]
    cause: str
    count: int
    places: tuple[Entity, ...]

    @property
    def phone(self) -> str:
        return self.officer.phone if self.officer else ""


def chase(places: Places, on: date, duties: Duties | None = None, *, each: int = 20) -> tuple[Chase, ...]:
    """Who must be asked for the missing reports of a day, by service officer, the longest list first.

    Shape: two queries beside the duties, whatever the number of places; at most `each` places named for an officer
    Empty: nobody to chase when all have reported
    """
    duties = duties or duties_on(on)
    missing = not_reported(places, on)
    keys = ("subdistrict_id", "community_id", "grid_id", "located", "server_id")
    counted = missing.with_duties(on).order_by().values_list(*keys).annotate(count=Count("pk"))
    counts = {tuple(key): count for *key, count in counted}
    turn = Window(RowNumber(), partition_by=[F(key) for key in keys], order_by=F("number").asc())
    named: dict[tuple[Any, ...], list[Entity]] = {}
    first = missing.with_duties(on).annotate(turn=turn).filter(turn__lte=each)
    for place in first.order_by("grid_id", "number"):
        named.setdefault(tuple(getattr(place, key) for key in keys), []).append(place)
    groups: dict[tuple[int | None, str], list[tuple[Any, ...]]] = {}
    officers: dict[int | None, Officer | None] = {}
    for key in counts:
        subdistrict, community, grid, located, server = key
        # These alone decide who serves a place.
        cell = Cell(subdistrict, community, grid, "", "", "", "", located, server)
        answer = duties.resolve(cell)[0]
        officer_id = answer.officer.pk if answer.officer else None
        officers[officer_id] = answer.officer
        groups.setdefault((officer_id, answer.cause), []).append(key)
    chased = [
        Chase(
            officer=officers[officer_id],
            grids=tuple(
                duties.units[grid] for grid in dict.fromkeys(key[2] for key in found) if grid in duties.units
            ),
            cause=cause,
            count=sum(counts[key] for key in found),
            places=tuple(place for key in found for place in named[key])[:each],
        )
        for (officer_id, cause), found in groups.items()
    ]
    return tuple(sorted(chased, key=lambda one: (-one.count, one.officer.username if one.officer else "")))
