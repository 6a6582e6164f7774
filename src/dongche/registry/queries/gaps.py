"""The proof of S30: whether every place has somebody in all roles on a day, and the places that have not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from dongche.org.models import Unit
from dongche.org.queries import ROLES, Duties, duties_on, equal_rank_expression
from dongche.registry.models import PlaceDuty
from dongche.registry.queries.places import Places
from dongche.web.periods import believed, in_force

# In the address of a list: places with any gap at all.
ANY_GAP = "any"


@dataclass(frozen=True)
class Gap:
    """Places for which one role is filled by nobody, for one cause; `unit` is where, when there is such a unit."""

    role: str
    cause: str
    unit: Unit | None
    count: int


@dataclass(frozen=True)
class AreaCoverage:
    """How far the places of one sub-district have somebody in all roles; `missing` counts places by role."""

    subdistrict: int
    places: int = 0
    covered: int = 0
    missing: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Coverage:
    """The proof of S30 for a day, or the gaps that break it; `areas` are its parts by sub-district (id)."""

    on: date
    places: int
    covered: int
    gaps: tuple[Gap, ...]
    areas: Mapping[int, AreaCoverage] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return not self.gaps


def coverage(places: Places, on: date, duties: Duties | None = None) -> Coverage:
    """Whether each of these places has somebody in all four roles on the day.

    Shape: six queries whatever the number of places; gaps by (role, cause, unit), the largest first.
    Empty: no active place at all is complete with zero places.
    """
    duties = duties or duties_on(on)
    total: Counter[int] = Counter()
    covered: Counter[int] = Counter()
    lacking: dict[int, Counter[str]] = {}
    counts: Counter[tuple[str, str, int | None]] = Counter()
    for cell, count in places.active(on).cells(on):
        missing = [answer for answer in duties.resolve(cell)[: len(ROLES)] if answer.officer is None]
        total[cell.subdistrict] += count
        covered[cell.subdistrict] += 0 if missing else count
        roles = lacking.setdefault(cell.subdistrict, Counter())
        for answer in missing:
            roles[answer.role] += count
            counts[answer.role, answer.cause, answer.unit.pk if answer.unit else None] += count
    gaps = tuple(
        Gap(role, cause, duties.units.get(unit or 0), count)
        for (role, cause, unit), count in sorted(
            counts.items(), key=lambda item: (-item[1], ROLES.index(item[0][0]))
        )
    )
    areas = {pk: AreaCoverage(pk, total[pk], covered[pk], lacking[pk]) for pk in total}
    return Coverage(on, total.total(), covered.total(), gaps, areas)


def places_in(places: Places, gap: Gap, duties: Duties) -> Places:
    """The places of a gap, as rows."""
    active = places.active(duties.on)
    if gap.role == "managed_by":
        active = active.with_line(duties.on)
        if gap.unit is not None:
            return active.filter(Q(line_id=gap.unit.pk))
        if gap.cause == "unit_ended":
            ended = {rule.department_id for rule in duties.rules} - duties.units.keys()
            return active.filter(Q(line_id__in=ended))
        equal = active.filter(Q(line_id__isnull=True)).annotate(equal=equal_rank_expression(duties.on))
        return equal.filter(equal__isnull=gap.cause != "equal_rank")
    if gap.role == "served_by":
        assigned = PlaceDuty.objects.filter(
            in_force(duties.on), believed(), role=PlaceDuty.Role.SERVED_BY, officer__in=duties.able()
        )
        active = active.exclude(pk__in=assigned.values("entity"))
    column = "grid" if gap.role == "served_by" else "community"
    if gap.unit is not None:
        return active.filter(**{column: gap.unit.pk})
    if gap.cause == "outside_polygons":
        return active.filter(grid__isnull=True, lon__isnull=False)
    lost = Q(**{f"{column}__isnull": True})
    if column == "grid":
        lost &= Q(lon__isnull=True)
    return active.filter(
        lost | Q(**{f"{column}__isnull": False}) & ~Q(**{f"{column}__in": list(duties.units)})
    )


def places_in_any(places: Places, duties: Duties) -> Places:
    """The places that have at least one gap, as rows."""
    found = Q(pk__in=[])
    for gap in coverage(places, duties.on, duties).gaps:
        found |= Q(pk__in=places_in(places, gap, duties).order_by().values("pk"))
    return places.filter(found)
