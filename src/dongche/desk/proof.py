"""What the page of coverage shows: the proof or its gaps, its course, who carries too much and who nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from dongche.desk.overview import list_url
from dongche.kit import clock
from dongche.kit.decimals import percent
from dongche.org.models import Unit, WorkItem
from dongche.org.queries import CONTACT, ROLES, Duties, WorkItems, duties_on
from dongche.org.words import CAUSE_WORDS, ROLE_WORDS, gap_in_words
from dongche.registry import coverage, queries
from dongche.registry.actions.coverage import GAP
from dongche.registry.coverage import CoverageDays, Idle, Load
from dongche.registry.queries import Places
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
    unit: Unit | None
    count: int
    url: str


@dataclass(frozen=True)
class RoleMeter:
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
    found: queries.Coverage
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


def build(actor: Any, on: date) -> Proof:
    """This function will compose the page for what the actor may see.

    Shape: a fixed number of queries; the first `SHOWN` of each list, the Excel file has all
    """
    places, duties = Places.visible_to(actor), duties_on(on)
    found = queries.coverage(places, on, duties)
    loads = coverage.loads(places, on, duties)
    most = campaign.current().places_most
    heavy = coverage.overloaded(loads, most)
    idle = coverage.idle(subdistricts_of(actor), on, loads)
    missing = {role: sum(gap.count for gap in found.gaps if gap.role == role) for role in ROLES}
    return Proof(
        found=found,
        share=percent(found.covered, found.places) if found.places else None,
        roles=[
            RoleMeter(
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
                gap.unit,
                gap.count,
                gap_url(coverage.key_of(gap), on),
            )
            for gap in found.gaps
        ],
        course=course_of(actor, on),
        most=most,
        overloaded=heavy[:SHOWN],
        overloaded_count=len(heavy),
        idle=idle[:SHOWN],
        idle_count=len(idle),
        work=open_work(actor),
    )


def subdistricts_of(actor: Any) -> list[int]:
    """The sub-districts whose every place the actor sees: only there can it be said that somebody does nothing."""
    return list(queries.whole_subdistricts(actor))


def gap_url(key: str, on: date) -> str:
    return list_url(gap=key, on="" if on == clock.today() else on.isoformat())


def course_of(actor: Any, on: date) -> Chart | None:
    """The share of covered places by day, up to the day shown; None before there are two days."""
    first = campaign.current().campaign.from_on
    days = coverage.course(CoverageDays.visible_to(actor).filter(on__range=(first, on)))
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


def open_work(actor: Any) -> list[Open]:
    items = WorkItems.visible_to(actor).open().filter(kind=GAP).select_related("officer", "unit")
    today = clock.today()
    return [
        Open(
            gap_in_words(item.data["role"], item.data["cause"]),
            item,
            item.data["count"],
            item.due_on is not None and item.due_on < today,
            gap_url(item.key, today),
        )
        for item in items.order_by("due_on", "id")[:SHOWN]
    ]


def tables(actor: Any, on: date) -> Iterator[Table]:
    """This function will give the whole of the proof as sheets: gaps place by place, loads, who answers for nothing."""
    places, duties = Places.visible_to(actor), duties_on(on)
    gaps = [
        gettext("Role"), gettext("Cause"), gettext("Unit"), gettext("Number"), gettext("Place name"),
        gettext("Address"),
    ]  # fmt: skip
    yield Table(gettext("Gaps"), gaps, _gap_rows(places, on, duties))
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
    idle = coverage.idle(subdistricts_of(actor), on, loads)
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


def _gap_rows(places: Places, on: date, duties: Duties) -> Iterator[list[Any]]:
    for gap in queries.coverage(places, on, duties).gaps:
        found = queries.places_in(places, gap, duties).order_by("number")
        told = [str(ROLE_WORDS[gap.role]), str(CAUSE_WORDS[gap.cause]), gap.unit.name if gap.unit else ""]
        for row in found.values_list("number", "name", "address").iterator(chunk_size=2000):
            yield [*told, *row]
