"""The case as it stands on a day: who could serve, what is to be served, and who serves it now."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from shapely.geometry import shape

from dongche.org.models import Officer, Unit, UnitKind
from dongche.org.queries import Duties, duties_on
from dongche.org.roles import PostRole
from dongche.registry.queries import Places
from dongche.solvers.plans import Place, Point, Terms, Worker
from dongche.web import campaign

_COLUMNS = ("pk", "lon", "lat", "grid_id", "server_id")


@dataclass(frozen=True)
class Rates:
    """What counts how much, as the pack says for the day or as the officer has changed it. In places and in metres."""

    places_per_worker: int
    least_places: int
    stay_metres: int
    overload_metres: int
    unknown_metres: int

    @property
    def terms(self) -> Terms:
        return Terms(self.stay_metres, self.overload_metres, self.unknown_metres)

    def as_json(self) -> dict[str, int]:
        return dict(self.__dict__)


def rates_on(on: date, **changed: int | None) -> Rates:
    """This function will read the rates of a day from the pack, with those that were changed."""
    given = campaign.current().assignment_on(on)
    values = {name: getattr(given, name) for name in Rates.__dataclass_fields__}
    return Rates(**values | {name: value for name, value in changed.items() if value is not None})


@dataclass(frozen=True)
class Case:
    """Workers and places, named by the ids of their rows (`key`), and the officers by id."""

    workers: tuple[Worker, ...]
    places: tuple[Place, ...]
    officers: Mapping[int, Officer]
    fingerprint: str

    @property
    def ids(self) -> list[int]:
        return [int(place.id) for place in self.places]


def key(pk: int) -> str:
    """Ids as texts that sort like the numbers."""
    return f"{pk:012d}"


def read(
    subdistrict: Unit, units: Collection[int], on: date, *, absent: Collection[int], rates: Rates
) -> Case:
    """This function will read who serves what on a day, in a fixed number of queries.

    Shape:  workers are those who hold the posts of grid workers in the grids meant, or of grid leads where there are no
            grid workers, and whoever serves one of the places by name; places are the active ones
    """
    duties = duties_on(on)
    grids = _grids(duties, subdistrict, units)
    posts = {grid: _holders(duties, grid) for grid in grids}
    rows = _rows(subdistrict, units, on)
    stationed = duties.stationed(subdistrict.pk)
    serving: dict[int, Officer] = {}
    before: dict[int, int] = {}
    where: dict[int, list[Point]] = defaultdict(list)
    for pk, lon, lat, grid, server in rows:
        named = stationed.get(server or 0)
        holders = posts.get(grid) or (_holders(duties, grid) if grid in duties.units else [])
        officer = named or (holders[0] if holders else None)
        if officer is None:
            continue
        serving[officer.pk] = officer
        before[pk] = officer.pk
        if lon is not None:
            where[officer.pk].append((lon, lat))
    middles = _middles(grids)
    stations: dict[int, list[Point]] = defaultdict(list)
    officers = dict(serving)
    for grid, holders in posts.items():
        for officer in holders:
            officers[officer.pk] = officer
            if grid in middles:
                stations[officer.pk].append(middles[grid])
    workers = tuple(
        Worker(
            key(pk),
            _mean(stations.get(pk) or where.get(pk) or []),
            limit=rates.places_per_worker,
            least=min(rates.least_places, rates.places_per_worker),
            is_absent=pk in absent,
        )
        for pk in sorted(officers)
    )
    places = tuple(
        Place(
            key(pk),
            None if lon is None else (lon, lat),
            worker=key(before[pk]) if pk in before else None,
        )
        for pk, lon, lat, _grid, _server in rows
    )
    return Case(workers, places, officers, _fingerprint(workers, places))


def on_leave(subdistrict: Unit, units: Collection[int], on: date) -> list[Officer]:
    """This function will find the workers of these grids who are away on a day, also where somebody acts for them."""
    duties = duties_on(on)
    found = {
        officer.pk: officer
        for grid in _grids(duties, subdistrict, units)
        for officer in _holders(duties, grid)
        if officer.pk in duties.leaves
    }
    return [found[pk] for pk in sorted(found)]


def workers_of(subdistrict: Unit, units: Collection[int], on: date) -> list[Officer]:
    """This function will list who could serve in these grids on a day, in the order of their ids."""
    duties = duties_on(on)
    found = {
        officer.pk: officer
        for grid in _grids(duties, subdistrict, units)
        for officer in _holders(duties, grid)
    }
    return [found[pk] for pk in sorted(found)]


def _grids(duties: Duties, subdistrict: Unit, units: Collection[int]) -> list[int]:
    return sorted(
        unit.pk
        for unit in duties.units.values()
        if unit.kind == UnitKind.GRID
        and unit.subdistrict_id == subdistrict.pk
        and (not units or unit.pk in units or unit.community_id in units)
    )


def _holders(duties: Duties, grid: int | None) -> list[Officer]:
    if grid is None:
        return []
    posts = duties.holders.get((grid, PostRole.GRID_WORKER)) or duties.holders.get(
        (grid, PostRole.GRID_LEAD), []
    )
    return [post.officer for post in posts]


def _rows(subdistrict: Unit, units: Collection[int], on: date) -> Sequence[tuple[Any, ...]]:
    places = Places.unscoped(reason="whoever may propose for the sub-district proposes for all its places")
    places = places.filter(subdistrict=subdistrict)
    if units:
        places = places.filter(Q(community__in=units) | Q(grid__in=units))
    rows = places.active(on).with_duties(on).order_by("pk")
    return list(rows.values_list(*_COLUMNS))


def _middles(grids: Collection[int]) -> dict[int, Point]:
    """A point inside each grid that has an outline."""
    rows = Unit.objects.filter(pk__in=grids, polygon__isnull=False).values_list("pk", "polygon")
    points = {pk: shape(polygon).representative_point() for pk, polygon in rows}
    return {pk: (point.x, point.y) for pk, point in points.items()}


def _mean(points: Sequence[Point]) -> Point | None:
    if not points:
        return None
    return sum(lon for lon, _ in points) / len(points), sum(lat for _, lat in points) / len(points)


def _fingerprint(workers: Sequence[Worker], places: Sequence[Place]) -> str:
    """What the plan rests on: who there is and where, what there is and where, and who serves it. Not who is absent."""
    told = [
        [[worker.id, worker.at] for worker in workers],
        [[place.id, place.at, place.worker] for place in places],
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
