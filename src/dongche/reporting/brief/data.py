"""What a brief counts beyond the metrics: newly resumed places, masks, temperatures, difficulties.

Everything is counted in SQL over the places that should resume on the day, as known at the same instant as the
figures: versions of places, exclusions, line rules and reports are those that were believed then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, Sum, TextField
from django.db.models.functions import Cast

from dongche.org.audit import System
from dongche.org.models import Unit, UnitKind
from dongche.org.queries import Units, line_expression
from dongche.registry.queries import Places, Revisions
from dongche.reporting.models import Difficulty, State
from dongche.reporting.queries import Reports
from dongche.web.periods import in_force

RESUMED = (State.OPEN, State.PART)
_REPORT = "entity__reports__"


@dataclass(frozen=True)
class Cell:
    """Sums over the places of one community and line that reported. Units: places, except where it says people."""

    community: str
    line: str
    reported: int = 0
    newly_resumed: int = 0
    masks_told: int = 0
    masks_short: int = 0
    temperature_told: int = 0
    temperature_places: int = 0
    temperature_people: int = 0
    temperature_at_post: int = 0
    difficulty_any: int = 0
    difficulties: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Day:
    """The counts of a day. `expected` are the places that should resume; `cells` hold those that reported."""

    expected: int
    ever_resumed: int
    stopped: int
    silent: int
    cells: tuple[Cell, ...]

    def within(self, scope: Mapping[str, str]) -> list[Cell]:
        """The cells of a community or line, or of both."""
        return [cell for cell in self.cells if all(getattr(cell, name) == key for name, key in scope.items())]

    def difficulties(self, scope: Mapping[str, str]) -> list[tuple[str, int]]:
        """Kinds of difficulties with the number of places that named each, the most frequent first.

        Empty: a kind that nobody named is absent
        """
        found: Counter[str] = Counter()
        for cell in self.within(scope):
            found.update(cell.difficulties)
        order = list(Difficulty.values)
        return sorted(
            ((kind, count) for kind, count in found.items() if count),
            key=lambda item: (-item[1], order.index(item[0])),
        )

    def total(self, name: str, scope: Mapping[str, str] | None = None) -> int:
        return sum(getattr(cell, name) for cell in self.within(scope or {}))


def count_day(
    actor: Any,
    on: date,
    since: date,
    masks_low_below: int,
    as_known: datetime | None,
    subdistrict: Unit | None = None,
) -> Day:
    """This function will count what the brief of a day needs, over the places that figures count for the actor.

    Shape: three queries, whatever the number of places
    Units: `since` is the first day of the campaign; `masks_low_below` in days; as_known None is "as known now"
    """
    before = on - timedelta(days=1)
    # Whoever answered for them the day before, they are the same places.
    counted = _counted(actor, on, as_known, subdistrict)
    resumed_before = (
        _expected(counted, before, as_known).filter(_report(before, as_known, *RESUMED)).values("entity_id")
    )
    reports = Reports.unscoped(reason="joined to places that are already scoped").filter(
        _believed(as_known), entity=OuterRef("entity_id")
    )
    of_day = reports.filter(on=on)
    expected = _expected(counted, on, as_known)
    totals = expected.aggregate(
        expected=Count("pk"),
        ever=Count("pk", filter=Exists(reports.filter(on__gte=since, on__lte=on, state__in=RESUMED))),
        stopped=Count("pk", filter=Q(Exists(of_day.filter(state=State.CLOSED)), entity__in=resumed_before)),
        silent=Count("pk", filter=Q(~Exists(of_day), entity__in=resumed_before)),
    )
    return Day(
        expected=totals["expected"],
        ever_resumed=totals["ever"],
        stopped=totals["stopped"],
        silent=totals["silent"],
        cells=tuple(_cells(expected, on, as_known, resumed_before, masks_low_below)),
    )


def _cells(
    expected: Revisions, on: date, as_known: datetime | None, resumed_before: Any, masks_low_below: int
) -> Iterable[Cell]:
    told = {kind: f"told_{kind}" for kind in Difficulty.values}
    rows: Any = (
        expected.filter(_report(on, as_known))
        .annotate(subdistrict_id=F("entity__subdistrict_id"))
        .annotate(line_id=line_expression(on, as_known))
        .alias(difficulties=Cast(f"{_REPORT}difficulties", TextField()))
        .order_by()
        .values("community__code", "line_id")
        .annotate(
            reported=Count("pk"),
            newly_resumed=Count("pk", filter=_where("state__in", RESUMED) & ~Q(entity__in=resumed_before)),
            masks_told=Count("pk", filter=_where("mask_days__isnull", False)),
            masks_short=Count("pk", filter=_where("mask_days__lt", masks_low_below)),
            temperature_told=Count("pk", filter=_where("abnormal_temperature__isnull", False)),
            temperature_places=Count("pk", filter=_where("abnormal_temperature__gt", 0)),
            temperature_people=Sum(f"{_REPORT}abnormal_temperature", default=0),
            temperature_at_post=Sum(
                f"{_REPORT}staff_at_post", filter=_where("abnormal_temperature__isnull", False), default=0
            ),
            difficulty_any=Count("pk", filter=Q(difficulties__contains='"')),
            **{
                name: Count("pk", filter=Q(difficulties__contains=f'"{kind}"')) for kind, name in told.items()
            },
        )
    )
    departments = Units.unscoped(reason="codes of departments are no secret").filter(kind=UnitKind.DEPARTMENT)
    lines = dict(departments.values_list("pk", "code"))
    for row in rows:
        named = {kind: row.pop(name) for kind, name in told.items()}
        community, line = row.pop("community__code"), row.pop("line_id")
        yield Cell(community or "unknown", lines.get(line, "unknown"), difficulties=named, **row)


def _counted(actor: Any, on: date, as_known: datetime | None, subdistrict: Unit | None) -> Places | None:
    """The places that figures count for the actor; None is every place."""
    if isinstance(actor, System):
        if subdistrict is None:
            return None
        places = Places.unscoped(reason="the system's own brief covers every place of the sub-district")
    else:
        places = Places.counted_for(actor, on, as_known)
    return (places.filter(subdistrict=subdistrict) if subdistrict else places).order_by()


def _expected(counted: Places | None, on: date, as_known: datetime | None) -> Revisions:
    """The places that should resume on the day, in the version that was believed: as analytics counts them."""
    places = Revisions.unscoped(reason="narrowed to the places that figures count")
    if counted is not None:
        places = places.filter(entity__in=counted.values("pk"))
    excluded = Places.unscoped(reason="subtracted from places that are already scoped").filter(
        _believed(as_known, "exclusions__") & in_force(on, "exclusions__")
    )
    return places.filter(_believed(as_known), in_force(on)).exclude(entity__in=excluded.values("pk"))


def _report(on: date, as_known: datetime | None, *states: str) -> Q:
    """The one report of the place for the day; given in a single filter, so that it speaks of one row."""
    found = _where("on", on) & _believed(as_known, _REPORT)
    return found & _where("state__in", states) if states else found


def _where(column: str, value: Any) -> Q:
    return Q(**{f"{_REPORT}{column}": value})


def _believed(as_known: datetime | None, prefix: str = "") -> Q:
    """Rows that hold now, or held at the instant."""
    if as_known is None:
        return Q(**{f"{prefix}superseded_at__isnull": True, f"{prefix}known_at__isnull": False})
    return Q(**{f"{prefix}known_at__lte": as_known}) & (
        Q(**{f"{prefix}superseded_at__isnull": True}) | Q(**{f"{prefix}superseded_at__gt": as_known})
    )
