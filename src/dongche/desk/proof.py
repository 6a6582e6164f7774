"""What the page of coverage shows: the proof or its gaps, its course, who carries too much and who nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext

from dongche.desk.areas import Areas
from dongche.desk.links import list_url
from dongche.kit import clock
from dongche.kit.decimals import percent
from dongche.org.models import WorkItem
from dongche.org.queries import CONTACT, ROLES, Duties, WorkItems, duties_on
from dongche.org.words import CAUSE_WORDS, ROLE_WORDS, gap_in_words, in_area
from dongche.registry import coverage, queries
from dongche.registry.actions.coverage import GAP
from dongche.registry.coverage import CoverageDays, Idle, Load
from dongche.registry.queries import AreaCoverage, Coverage, Places, gaps
from dongche.web import campaign
from dongche.web.components import Chart, Series
from dongche.web.spreadsheets import Table
from dongche.web.templatetags.web import day as day_in_words
from dongche.web.templatetags.web import number

SHOWN = 20


@dataclass(frozen=True)
class GapRow:
    role: str
    cause: str
    unit: str
    count: int
    url: str


@dataclass(frozen=True)
class AreaRow:
    """A sub-district beside the others; `missing` counts places without somebody, in the order of the roles."""

    name: str
    places: int
    covered: int
    share: Decimal | None
    missing: Sequence[int]
    url: str
    places_url: str
    gaps_url: str

    @property
    def with_gaps(self) -> int:
        return self.places - self.covered

    @property
    def by_role(self) -> list[tuple[str, int]]:
        return [(str(ROLE_WORDS[role]), count) for role, count in zip(ROLES, self.missing, strict=True)]


@dataclass(frozen=True)
class RoleMeter:
    name: str
    label: str
    filled: int
    mood: str


@dataclass(frozen=True)
class Open:
    """Work that a gap has opened: who has to mend it until when."""

    what: str
    item: WorkItem
    count: int
    is_late: bool
    url: str


@dataclass(frozen=True)
class Proof:
    areas: Areas
    found: Coverage
    compared: Sequence[AreaRow]
    share: Decimal | None
    roles: Sequence[RoleMeter]
    gaps: Sequence[GapRow]
    course: Chart | None
    most: int
    overloaded: Sequence[Load]
    overloaded_count: int
    idle: Sequence[Idle]
    idle_count: int
    work: Sequence[Open]


def build(actor: Any, on: date, areas: Areas) -> Proof:
    """This function will compose the page for what the actor may see.

    Shape: a fixed number of queries; the first `SHOWN` of each list, the Excel file has all
    """
    places, duties = areas.within(Places.counted_for(actor, on)), _duties(on, areas)
    found = gaps.coverage(places, on, duties)
    loads = coverage.loads(places, on, duties)
    most = campaign.current().places_most
    heavy = coverage.overloaded(loads, most)
    idle = coverage.idle(subdistricts_of(actor, areas), on, loads)
    names = areas.names if areas.are_compared else {}
    missing = {role: sum(gap.count for gap in found.gaps if gap.role == role) for role in ROLES}
    return Proof(
        areas=areas,
        found=found,
        compared=area_rows(found, areas) if areas.are_compared else [],
        share=percent(found.covered, found.places) if found.places else None,
        roles=[
            RoleMeter(
                str(ROLE_WORDS[role]),
                f"{ROLE_WORDS[role]} {number(found.places - missing[role])} / {number(found.places)}",
                found.places - missing[role],
                "warn" if missing[role] else "good",
            )
            for role in ROLES
        ],
        gaps=[
            GapRow(
                str(ROLE_WORDS[gap.role]),
                str(CAUSE_WORDS[gap.cause]),
                in_area(names.get(gap.unit.subdistrict_id or 0, ""), gap.unit.name) if gap.unit else "",
                gap.count,
                gap_url(coverage.key_of(gap), on, areas),
            )
            for gap in found.gaps
        ],
        course=course_of(actor, on, areas),
        most=most,
        overloaded=heavy[:SHOWN],
        overloaded_count=len(heavy),
        idle=idle[:SHOWN],
        idle_count=len(idle),
        work=open_work(actor, areas),
    )


def _duties(on: date, areas: Areas) -> Duties:
    return duties_on(on, subdistricts=[areas.chosen.pk] if areas.chosen else None)


def area_rows(found: Coverage, areas: Areas) -> list[AreaRow]:
    """This function will set the sub-districts beside each other, those without any place included."""
    rows = []
    for unit in areas.served:
        part = found.areas.get(unit.pk) or AreaCoverage(unit.pk)
        rows.append(
            AreaRow(
                unit.name,
                part.places,
                part.covered,
                percent(part.covered, part.places) if part.places else None,
                [part.missing.get(role, 0) for role in ROLES],
                f"{reverse('desk:coverage')}?{urlencode({'subdistrict': unit.code, **_day(found.on)})}",
                list_url(state="expected", subdistrict=unit.code, **_day(found.on)),
                list_url(gap=gaps.ANY_GAP, subdistrict=unit.code, **_day(found.on)),
            )
        )
    return rows


def subdistricts_of(actor: Any, areas: Areas | None = None) -> list[int]:
    """The sub-districts whose every place the actor sees: only there can it be said that somebody does nothing."""
    whole = queries.whole_subdistricts(actor)
    chosen = areas.chosen if areas else None
    return [pk for pk in whole if chosen is None or pk == chosen.pk]


def _day(on: date) -> dict[str, str]:
    return {} if on == clock.today() else {"on": on.isoformat()}


def gap_url(key: str, on: date, areas: Areas | None = None) -> str:
    return list_url(gap=key, **_day(on), **(areas.kept if areas else {}))


def course_of(actor: Any, on: date, areas: Areas) -> Chart | None:
    """The share of covered places by day, up to the day shown; None before there are two days."""
    first = campaign.current().campaign.from_on
    found = CoverageDays.visible_to(actor).filter(on__range=(first, on))
    days = coverage.course(found.filter(subdistrict=areas.chosen) if areas.chosen else found)
    if len(days) < 2:
        return None
    shares = [percent(day.covered, day.places) if day.places else None for day in days]
    lowest = min((share for share in shares if share is not None), default=Decimal(0))
    return Chart(
        id="course",
        label=gettext("Covered places by day"),
        kind="line",
        labels=[day_in_words(day.on, "short") for day in days],
        series=[Series(gettext("Covered"), shares)],
        # The share is near the top on most days: what is missing should be seen.
        minimum=max(0, int(lowest // 10 * 10) - 10),
        maximum=100,
    )


def open_work(actor: Any, areas: Areas) -> list[Open]:
    items = WorkItems.visible_to(actor).open().filter(kind=GAP).select_related("officer", "unit")
    if areas.chosen:
        items = items.filter(subdistrict=areas.chosen)
    today = clock.today()
    return [
        Open(
            gap_in_words(item.data["role"], item.data["cause"]),
            item,
            item.data["count"],
            item.due_on is not None and item.due_on < today,
            gap_url(item.key, today, areas),
        )
        for item in items.order_by("due_on", "id")[:SHOWN]
    ]


def tables(actor: Any, on: date, areas: Areas) -> Iterator[Table]:
    """This function will give the whole of the proof as sheets: gaps place by place, loads, who answers for nothing.

    Shape: one more sheet where there are several sub-districts
    """
    places, duties = areas.within(Places.counted_for(actor, on)), _duties(on, areas)
    found = gaps.coverage(places, on, duties)
    if areas.are_compared:
        yield _compared(found, areas)
    headings = [
        gettext("Role"), gettext("Cause"), gettext("Unit"), gettext("Sub-district"), gettext("Number"),
        gettext("Place name"), gettext("Address"),
    ]  # fmt: skip
    yield Table(gettext("Gaps"), headings, _gap_rows(places, found, duties))
    loads = coverage.loads(places, on, duties)
    heads = [gettext("User name"), gettext("Name"), *(str(ROLE_WORDS[role]) for role in (*ROLES, CONTACT))]
    rows = sorted(loads.officers.values(), key=lambda load: (-load.served, load.officer.username))
    yield Table(
        gettext("Loads"),
        [*heads, gettext("standing in")],
        (
            [
                load.officer.username,
                load.officer.name,
                *(load.places[role] for role in (*ROLES, CONTACT)),
                load.standing_in,
            ]
            for load in rows
        ),
    )
    idle = coverage.idle(subdistricts_of(actor, areas), on, loads)
    yield Table(
        gettext("Answers for nothing"),
        [gettext("User name"), gettext("Name"), gettext("Post"), gettext("Unit")],
        (
            [
                one.officer.username,
                one.officer.name,
                one.post.get_role_display() if one.post else "",
                one.post.unit.name if one.post else "",
            ]
            for one in idle
        ),
    )


def _compared(found: Coverage, areas: Areas) -> Table:
    heads = [gettext("Sub-district"), gettext("Places"), gettext("Covered"), gettext("Covered (%)")]
    lacking = [gettext("Without: %(role)s") % {"role": ROLE_WORDS[role]} for role in ROLES]
    rows = [[row.name, row.places, row.covered, row.share, *row.missing] for row in area_rows(found, areas)]
    return Table(gettext("By sub-district"), [*heads, *lacking], rows)


def _gap_rows(places: Places, coverage_found: Coverage, duties: Duties) -> Iterator[list[Any]]:
    for gap in coverage_found.gaps:
        found = gaps.places_in(places, gap, duties).order_by("number")
        told = [str(ROLE_WORDS[gap.role]), str(CAUSE_WORDS[gap.cause]), gap.unit.name if gap.unit else ""]
        columns = ("subdistrict__name", "number", "name", "address")
        for row in found.values_list(*columns).iterator(chunk_size=2000):
            yield [*told, *row]
