"""How a figure of a day settled, as the pages show it: first published beside now, and the rows in between."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext

from dongche.analytics.definitions import Definition
from dongche.analytics.figures import Figure
from dongche.desk import published
from dongche.desk.areas import Areas
from dongche.desk.instants import in_address
from dongche.desk.measured import HEADLINES, definition_of, in_people_unit
from dongche.kit import clock
from dongche.org.models import Officer
from dongche.registry.models import Entity
from dongche.registry.queries import Exclusions, Places, Revisions
from dongche.reporting import figures, settling
from dongche.reporting.models import Publication, Report
from dongche.reporting.queries import Reports
from dongche.reporting.settling import Restated, Share
from dongche.web.components import Chart, Series
from dongche.web.languages import in_language
from dongche.web.spreadsheets import Table
from dongche.web.templatetags.web import moment

MOST_SHOWN: Final = 30
MOST_WRITTEN: Final = 20_000


@dataclass(frozen=True)
class Settled:
    """A headline figure of the overview as first published and now, with the page that explains the difference."""

    name: str
    restated: Restated
    url: str


@dataclass(frozen=True)
class Change:
    """What of a place came in or was changed after the first publication. Units: `at` None when nobody wrote it down
    for this place, as when a line rule changed."""

    place: Entity
    what: str
    at: datetime | None
    by: str
    share: Share
    figure: Figure

    @property
    def numerator(self) -> Decimal | int:
        return in_people_unit(self.figure, self.share.numerator) or 0

    @property
    def denominator(self) -> Decimal | int:
        return in_people_unit(self.figure, self.share.denominator) or 0


@dataclass(frozen=True)
class Page:
    """One figure of one day. Empty: `restated` is None while there is nothing to compare with, and says why."""

    definition: Definition
    on: date
    first_at: datetime | None
    until: datetime
    restated: Restated | None
    now: Figure | None
    curve: Chart | None
    changes: Sequence[Change]
    count: int
    hidden: int
    locked: Publication | None

    @property
    def name(self) -> str:
        return in_language(self.definition.names)

    @property
    def more(self) -> int:
        return self.count - self.hidden - len(self.changes)

    @property
    def numerators(self) -> tuple[Decimal | int | None, Decimal | int | None]:
        if self.restated is None:
            return None, None
        first, now = self.restated.first, self.restated.now
        return in_people_unit(first, first.numerator), in_people_unit(now, now.numerator)

    @property
    def denominators(self) -> tuple[Decimal | int | None, Decimal | int | None]:
        if self.restated is None:
            return None, None
        first, now = self.restated.first, self.restated.now
        return in_people_unit(first, first.denominator), in_people_unit(now, now.denominator)


def address(metric: str, on: date, areas: Areas, **more: str) -> str:
    asked = {"on": on.isoformat(), **areas.kept, **more}
    return f"{reverse('desk:settled', args=[metric])}?{urlencode(asked)}"


def headlines(officer: Officer, on: date, areas: Areas) -> list[Settled]:
    """This function will give the headline figures of a day that are others now than when they were first published.

    Empty: before the cut-off of the day, and when nothing has changed since
    """
    _published, first_at = first_published(officer, on, areas)
    if first_at is None:
        return []
    found = settling.restated(officer, on, HEADLINES, first_at=first_at, known_at=None, where=areas.where)
    return [
        Settled(in_language(definition_of(one.now).names), one, address(one.now.metric, on, areas))
        for one in found
        if one.differs
    ]


def first_published(officer: Officer, on: date, areas: Areas) -> tuple[Publication | None, datetime | None]:
    """This function will say when the figures of a day were first given out: the locked snapshot, else the cut-off.

    Empty: neither, before the cut-off
    """
    found = published.first_of(officer, on, areas)
    return found, found.as_known if found else settling.cut_off_passed(on)


def page(
    officer: Officer,
    metric: str,
    on: date,
    areas: Areas,
    known_at: datetime | None = None,
    *,
    most: int = MOST_SHOWN,
) -> Page:
    """This function will tell how a figure of a day settled until now, or until an instant.

    Shape:  names at most `most` places; `hidden` are those that count in the figure and are no longer the officer's
    Raises: analytics.definitions.UnknownMetric
    """
    versions = figures.definitions().versions(metric)
    definition = next((one for one in versions if one.covers(on)), None)
    until = known_at or clock.now()
    locked, first_at = first_published(officer, on, areas)
    if definition is None or first_at is None or first_at > until:
        measured = (
            figures.measure(officer, days=(on,), as_known=known_at, metrics=(metric,), where=areas.where)
            if definition
            else []
        )
        now = measured[0] if measured else None
        return Page(definition or versions[-1], on, None, until, None, now, None, (), 0, 0, None)
    course = settling.course(officer, definition, on, first_at=first_at, until=until, where=areas.where)
    by_instant = {one.as_known: one for one in course.figures}
    now = by_instant[until]
    shares = {one.place: one for one in course.shares}
    # All ids at once: of a large register more may have changed than a statement may name.
    seen = shares.keys() & set(Places.visible_to(officer).order_by().values_list("pk", flat=True))
    changes = _changes(officer, on, first_at, until, [shares[pk] for pk in sorted(seen)][:most], now)
    return Page(
        definition=definition,
        on=on,
        first_at=first_at,
        until=until,
        restated=Restated(by_instant[first_at], now),
        now=now,
        curve=_curve(course.figures, on),
        changes=changes,
        count=len(shares),
        hidden=len(shares) - len(seen),
        locked=locked,
    )


def _curve(found: Sequence[Figure], on: date) -> Chart:
    return Chart(
        id="settled",
        label=gettext("The figure as it was known at one time after another"),
        kind="line",
        labels=[moment(one.as_known) for one in found],
        series=[Series(gettext("As known then"), [one.value for one in found])],
    )


def _changes(
    officer: Officer,
    on: date,
    first_at: datetime,
    until: datetime,
    shares: Sequence[Share],
    figure: Figure,
) -> list[Change]:
    """What was written about the places in between: four queries, however many places."""
    ids = [one.place for one in shares]
    places = Places.visible_to(officer).in_bulk(ids)
    reports: dict[int, list[Report]] = defaultdict(list)
    every = Reports.visible_to(officer).filter(entity__in=ids, on=on, known_at__lte=until)
    for report in every.select_related("by").order_by("known_at"):
        reports[report.entity_id].append(report)
    register = _register_changes(officer, ids, first_at, until)
    what: str
    at: datetime | None
    found = []
    for share in shares:
        before, after = _around(reports[share.place], first_at)
        if after is not None:
            what, at, by = _said(before, after), after.known_at, _who(after)
        else:
            what, at, by = register.get(share.place) or (_without_rows(share), None, "")
        found.append(Change(places[share.place], what, at, by, share, figure))
    return sorted(found, key=lambda one: (one.at or until, one.place.number))


def _around(reports: Sequence[Report], first_at: datetime) -> tuple[Report | None, Report | None]:
    """The report that was believed first, and the last one that came after; None where there is none."""
    before = [one for one in reports if one.known_at <= first_at]
    after = [one for one in reports if one.known_at > first_at]
    return (before[-1] if before else None), (after[-1] if after else None)


def _said(before: Report | None, after: Report) -> str:
    state = after.get_state_display()
    if before is None:
        return gettext("Report came late: %(state)s") % {"state": state}
    if before.state != after.state:
        return gettext("Put right: %(before)s → %(after)s") % {
            "before": before.get_state_display(),
            "after": state,
        }
    return gettext("Put right: other numbers")


def _who(report: Report) -> str:
    return report.by.name if report.by else str(report.get_channel_display())


def _without_rows(share: Share) -> str:
    if share.before is None:
        return gettext("Now counted among these places")
    if share.after is None:
        return gettext("No longer counted among these places")
    return gettext("Counted otherwise")


def _register_changes(
    officer: Officer, ids: Collection[int], first_at: datetime, until: datetime
) -> Mapping[int, tuple[str, datetime, str]]:
    """What the register learned of places in between: the last of it for each place."""
    found: dict[int, tuple[str, datetime, str]] = {}
    revisions = Revisions.visible_to(officer).filter(
        known_at__gt=first_at, known_at__lte=until, entity__in=ids
    )
    for revision in revisions.select_related("by").order_by("known_at"):
        who = revision.by.name if revision.by else ""
        found[revision.entity_id] = (gettext("The register was put right"), revision.known_at, who)
    exclusions = Exclusions.visible_to(officer).filter(
        Q(known_at__gt=first_at, known_at__lte=until)
        | Q(superseded_at__gt=first_at, superseded_at__lte=until),
        entity__in=ids,
    )
    for row in exclusions.select_related("by").order_by("known_at"):
        who, kind = row.by.name if row.by else "", row.get_kind_display()
        if row.superseded_at is not None and row.superseded_at <= until:
            what = gettext("No longer left out: %(kind)s") % {"kind": kind}
            found[row.entity_id] = (what, row.superseded_at, who)
        else:
            what = gettext("Left out of the figures: %(kind)s") % {"kind": kind}
            found[row.entity_id] = (what, row.known_at, who)
    return found


def table(found: Page) -> Table:
    """The places that made the difference, as a sheet of a workbook."""
    headers = [
        gettext("Number"), gettext("Place"), gettext("What changed"), gettext("Known at"), gettext("By"),
        gettext("Numerator"), gettext("Denominator"),
    ]  # fmt: skip
    rows = [
        [
            one.place.number, one.place.name, one.what, one.at and in_address(one.at).replace("T", " "), one.by,
            one.numerator, one.denominator,
        ]
        for one in found.changes
    ]  # fmt: skip
    return Table(gettext("What made the difference"), headers, rows)
