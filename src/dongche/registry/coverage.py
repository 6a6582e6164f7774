"""What the proof of coverage says beyond its gaps: who carries too much, who answers for nothing, and its course.

Source: S8 (everybody is a driving wheel), S29, S30
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from dongche.org.models import Officer, Post, Unit
from dongche.org.queries import Duties, duties_on, scope_of
from dongche.org.roles import PostRole
from dongche.registry.models import CoverageDay
from dongche.registry.queries import Gap, Places
from dongche.web.periods import believed, in_force
from dongche.web.scoping import ScopedQuerySet

# Posts that answer for the whole and not for places of their own.
OF_THE_WHOLE = frozenset({PostRole.HEADQUARTERS, PostRole.ADMINISTRATOR, PostRole.SUPERIOR_OFFICER})


@dataclass
class Load:
    """The places that an officer answers for on a day, by role; `standing_in` counts those of somebody who is away."""

    officer: Officer
    places: Counter[str] = field(default_factory=Counter)
    standing_in: int = 0

    @property
    def served(self) -> int:
        return self.places["served_by"]


@dataclass(frozen=True)
class Loads:
    """Officer id → load, and the ids of the units that have any place to answer for."""

    officers: dict[int, Load]
    units: frozenset[int]


def loads(places: Places, on: date, duties: Duties | None = None) -> Loads:
    """This function will count, for each officer, the active places they answer for on a day, by role.

    Shape: one query beside the duties
    Empty: whoever answers for nothing is not in it
    """
    duties = duties or duties_on(on)
    found: dict[int, Load] = {}
    units: set[int] = set()
    for cell, count in places.active(on).cells(on):
        for answer in duties.resolve(cell):
            if answer.unit is not None and answer.role != "sponsor":
                units.add(answer.unit.pk)
            if answer.officer is None:
                continue
            load = found.setdefault(answer.officer.pk, Load(answer.officer))
            load.places[answer.role] += count
            load.standing_in += count if answer.stands_in_for else 0
    return Loads(found, frozenset(units))


def overloaded(found: Loads, most: int) -> list[Load]:
    """This function will list the officers who serve more than `most` places, the heaviest load first."""
    heavy = [load for load in found.officers.values() if load.served > most]
    return sorted(heavy, key=lambda load: (-load.served, load.officer.username))


@dataclass(frozen=True)
class Idle:
    """An officer whose unit has no place to answer for on the day, or who has no post any more."""

    officer: Officer
    post: Post | None


def idle(subdistricts: Iterable[int], on: date, found: Loads) -> list[Idle]:
    """This function will list the active officers of some sub-districts who answer for nothing (S8).

    Empty: who shares the work of a unit that has places is not idle, nor who is away, nor who works for the whole, such
           as the duty officer. Without a post count those who held one before.
    """
    posts = Post.objects.filter(
        believed(), unit__subdistrict__in=subdistricts, officer__is_active=True, from_on__lte=on
    ).select_related("officer", "unit")
    held: dict[int, Post] = {}
    everybody: dict[int, Officer] = {}
    exempt: set[int] = set()
    for post in posts.order_by("-from_on", "-id"):
        everybody[post.officer_id] = post.officer
        if post.until_on is None or post.until_on > on:
            held[post.officer_id] = post
            if post.role in OF_THE_WHOLE or post.unit_id in found.units:
                exempt.add(post.officer_id)
    away = set(
        Officer.objects.filter(in_force(on, "leaves__"), believed(prefix="leaves__")).values_list(
            "pk", flat=True
        )
    )
    rest = [
        Idle(officer, held.get(pk))
        for pk, officer in everybody.items()
        if pk not in found.officers and pk not in exempt and pk not in away
    ]
    return sorted(rest, key=lambda one: one.officer.username)


def owner(gap: Gap, duties: Duties, headquarters: Unit) -> Officer | None:
    """This function will name who has to mend a gap: the community's for its grids, headquarters for all else.

    Empty: None where that post is vacant, too
    """
    posts: list[tuple[int, str]] = [(headquarters.pk, PostRole.HEADQUARTERS)]
    if gap.role == "served_by" and gap.unit is not None and gap.unit.community_id:
        posts.insert(0, (gap.unit.community_id, PostRole.COMMUNITY_SECRETARY))
    for post in posts:
        for held in duties.holders.get(post, []):
            acting, _leaves = duties.present(held.officer)
            if acting is not None:
                return acting
    return None


class CoverageDays(ScopedQuerySet[CoverageDay]):
    """The course of the proof, for whoever sees the whole sub-district."""

    entry = CoverageDay

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        return self if scope.everything else self.filter(scope.of_subdistricts())


@dataclass(frozen=True)
class Course:
    """One day of the course: what was found last for it."""

    on: date
    places: int
    covered: int


def course(days: CoverageDays) -> list[Course]:
    """This function will give the latest finding of each day, summed over sub-districts, the earliest day first."""
    latest: dict[tuple[int, date], CoverageDay] = {}
    for found in days.order_by("known_at", "pk"):
        latest[found.subdistrict_id, found.on] = found
    totals: dict[date, list[int]] = {}
    for found in latest.values():
        total = totals.setdefault(found.on, [0, 0])
        total[0] += found.places
        total[1] += found.covered
    return [Course(on, *totals[on]) for on in sorted(totals)]


def key_of(gap: Gap) -> str:
    """The key under which a gap is known from day to day."""
    return f"{gap.role}:{gap.cause}:{gap.unit.code if gap.unit else ''}"
