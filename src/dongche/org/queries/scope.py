"""What an actor's posts of the day reach."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from dongche.kit import clock
from dongche.org.models import LEVELS, Officer
from dongche.org.roles import ROLES, PostRole
from dongche.web.periods import believed, in_force


@dataclass(frozen=True)
class Scope:
    """Ids of units, any of which suffices; `officers` are those whose own places are in reach."""

    provinces: frozenset[int] = frozenset()
    cities: frozenset[int] = frozenset()
    districts: frozenset[int] = frozenset()
    subdistricts: frozenset[int] = frozenset()
    communities: frozenset[int] = frozenset()
    grids: frozenset[int] = frozenset()
    lines: frozenset[int] = frozenset()
    officers: frozenset[int] = frozenset()
    everything: bool = False

    @property
    def is_empty(self) -> bool:
        return not (
            self.everything
            or self.has_superior
            or self.subdistricts
            or self.communities
            or self.grids
            or self.lines
            or self.officers
        )

    @property
    def has_superior(self) -> bool:
        """Whether it reaches whole districts, cities or provinces."""
        return bool(self.provinces or self.cities or self.districts)

    def of_subdistricts(self, prefix: str = "") -> Q:
        """The rows whose sub-district, named by `prefix`, is wholly in reach."""
        return (
            Q(**{f"{prefix}subdistrict__in": self.subdistricts})
            | Q(**{f"{prefix}subdistrict__district__in": self.districts})
            | Q(**{f"{prefix}subdistrict__city__in": self.cities})
            | Q(**{f"{prefix}subdistrict__province__in": self.provinces})
            if self.has_superior
            else Q(**{f"{prefix}subdistrict__in": self.subdistricts})
        )


def scope_of(actor: Any, on: date | None = None, *, carrying: str = "") -> Scope:
    """What the actor may see on a day (today when not given): by their own posts and those they act in.

    Shape: with `carrying`, only what those posts reach that carry the permission
    Empty: somebody without a post, or who is not an officer, sees nothing.
    """
    if not isinstance(actor, Officer) or not actor.is_active:
        return Scope()
    if actor.is_superuser:
        return Scope(everything=True)
    day = on or clock.today()
    kept: dict[tuple[date, str], Scope] = actor.__dict__.setdefault("_scope_on", {})
    if (day, carrying) not in kept:
        kept[day, carrying] = _scope(actor, day, carrying)
    return kept[day, carrying]


def _scope(actor: Officer, day: date, carrying: str) -> Scope:
    units: dict[str, set[int]] = defaultdict(set)
    serving: set[int] = set()
    for officer in (actor, *actor.represented_on(day)):
        posts = [
            post for post in officer.posts_on(day) if not carrying or carrying in ROLES[post.role].permissions
        ]
        if posts:
            serving.add(officer.pk)
        for post in posts:
            if post.role == PostRole.DIVISION_LEADER:
                held = officer.sponsorships.filter(in_force(day), believed())
                units["community"].update(held.values_list("community_id", flat=True))
            elif post.unit.kind == "headquarters":
                above = post.unit.subdistrict or post.unit.parent
                if above is not None and above.kind in LEVELS:
                    units[above.kind].add(above.pk)
            else:
                units[post.unit.kind].add(post.unit_id)
    return Scope(
        provinces=frozenset(units["province"]),
        cities=frozenset(units["city"]),
        districts=frozenset(units["district"]),
        subdistricts=frozenset(units["subdistrict"]),
        communities=frozenset(units["community"]),
        grids=frozenset(units["grid"]),
        lines=frozenset(units["department"]),
        officers=frozenset(serving),
    )
