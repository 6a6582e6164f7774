"""The case as it stands on a day: the ground of communities, their grids, and the places that stand there."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import shapely
from django.db.models import Q
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.holdings import lasting_on
from dongche.org.models import Post, Unit, UnitKind
from dongche.org.queries import Units
from dongche.registry.queries import Places
from dongche.web.periods import believed


class NoOutline(Problem):
    code = "registry.no_outline"
    message = N_(
        "%(community)s has no polygon, and none of its grids has one, so there is no ground to divide. Draw the "
        "community first."
    )


class Standing(NamedTuple):
    """A place: where it lies, the grid it stands in, and whether it is served on the day."""

    pk: int
    lon: float | None
    lat: float | None
    grid: int | None
    counts: bool

    @property
    def at(self) -> tuple[float, float] | None:
        return None if self.lon is None or self.lat is None else (self.lon, self.lat)


@dataclass(frozen=True)
class Ground:
    """A community to be divided, with its present grids, dedicated ones left out, and its places, by id. `codes` are
    all that grids of the community have ever had."""

    community: Unit
    grids: tuple[Unit, ...]
    codes: frozenset[str]
    places: tuple[Standing, ...]

    @property
    def outline(self) -> BaseGeometry:
        """The polygon of the community, or those of its grids together.

        Raises: NoOutline
        """
        if self.community.polygon:
            return shape(self.community.polygon)
        drawn = [shape(grid.polygon) for grid in self.grids if grid.polygon]
        if not drawn:
            raise NoOutline(community=self.community.name)
        return shapely.union_all(drawn)

    @cached_property
    def counted(self) -> list[Standing]:
        return [place for place in self.places if place.counts]

    @cached_property
    def loads(self) -> Counter[int]:
        """How many places are served in each present grid."""
        return Counter(place.grid for place in self.counted if place.grid is not None)


@dataclass(frozen=True)
class Case:
    grounds: tuple[Ground, ...]
    fingerprint: str


def read(communities: Collection[int], on: date) -> Case:
    """This function will read what a division of communities rests on, in a fixed number of queries.

    Shape:  places that last on the day or begin later, for all of them must stand somewhere; those in dedicated grids
            stay there and are left out
    """
    everything = Units.unscoped(reason="whoever may propose for the sub-district proposes for all of it")
    units = list(
        everything.filter(pk__in=communities) | everything.filter(kind=UnitKind.GRID, parent__in=communities)
    )
    units.sort(key=lambda unit: (unit.code, unit.pk))
    ever = Q(pk__in=[])
    for unit in units:
        if unit.kind == UnitKind.COMMUNITY:
            ever |= Q(code__startswith=unit.code)
    codes = everything.filter(ever, kind=UnitKind.GRID).values_list("code", flat=True)
    taken = sorted(codes)
    lasting = [unit for unit in units if unit.until_on is None or unit.until_on > on]
    dedicated = [unit.pk for unit in lasting if unit.dedicated_to]
    places = Places.unscoped(reason="as above: who asks sees the whole sub-district")
    rows = places.filter(lasting_on(on), community__in=communities).exclude(grid__in=dedicated).order_by("pk")
    served = set(places.filter(community__in=communities).active(on).values_list("pk", flat=True))
    standing: dict[int, list[Standing]] = {unit.pk: [] for unit in units}
    for pk, community, lon, lat, grid in rows.values_list("pk", "community_id", "lon", "lat", "grid_id"):
        standing[community].append(Standing(pk, lon, lat, grid, pk in served))
    used = {place.grid for places_here in standing.values() for place in places_here}
    # A grid with a last day that holds no place any more is as good as gone.
    going_on = [unit for unit in lasting if unit.until_on is None or unit.pk in used]
    grounds = tuple(
        Ground(
            community,
            tuple(
                grid
                for grid in going_on
                if grid.kind == UnitKind.GRID and grid.parent_id == community.pk and not grid.dedicated_to
            ),
            frozenset(code for code in taken if code.startswith(community.code)),
            tuple(standing[community.pk]),
        )
        for community in units
        if community.kind == UnitKind.COMMUNITY
    )
    return Case(grounds, _fingerprint(grounds))


def posts_in(grids: Collection[int], on: date) -> dict[int, list[Post]]:
    """This function will give the posts that are held in grids on a day or later: one query."""
    found: dict[int, list[Post]] = {pk: [] for pk in grids}
    posts = Post.objects.filter(believed(), lasting_on(on), unit__in=grids).select_related("officer", "unit")
    for post in posts.order_by("from_on", "pk"):
        found[post.unit_id].append(post)
    return found


def geojson(drawn: BaseGeometry) -> Mapping[str, Any]:
    """A shape as it is stored: every digit is kept, so that borders still agree to the last bit."""
    stored: dict[str, Any] = json.loads(json.dumps(mapping(drawn)))
    return stored


def _fingerprint(grounds: Collection[Ground]) -> str:
    """What a division rests on: the ground, its grids, and what stands where. Not who holds posts there."""
    told = [
        [
            [ground.community.pk, ground.community.polygon],
            [
                [grid.pk, grid.code, grid.name, grid.polygon, str(grid.from_on), str(grid.until_on)]
                for grid in ground.grids
            ],
            sorted(ground.codes),
            ground.places,
        ]
        for ground in grounds
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
