"""Places follow the outline of a grid: counted beforehand, moved with the drawing, given back when the grid ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from dongche.org import actions, ending, grounds
from dongche.org.models import AuditEntry, Unit
from dongche.org.queries import PlannedChanges
from dongche.registry.models import Entity, Revision
from tests.factories.registry import place
from tests.org.test_units import box
from tests.town import BY, DAY, NOW, START, Town

SOON = DAY + timedelta(days=12)
CORNER = box(120.002, 36.002, 120.006, 36.006)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def market(town: Town) -> Unit:
    """A dedicated grid in North without an outline."""
    return actions.create_unit(
        kind="grid", code="370203900001801", name="Market grid", parent=town.north_community, from_on=START,
        dedicated_to="market", by=BY, at=NOW, reason="x",
    )  # fmt: skip


def at(grid: Unit, lon: float, lat: float) -> Entity:
    return place(grid, lon=lon, lat=lat)


def counted(unit: Unit, after: Any, before: Any = None) -> list[tuple[str | None, str | None, int]]:
    found = grounds.shifts(grounds.Redrawn(unit, before, after, DAY))
    return [(s.source and s.source.name, s.target and s.target.name, s.number) for s in found]


def grid_of(entity: Entity) -> str:
    return Entity.objects.select_related("grid").get(pk=entity.pk).grid.name  # type: ignore[union-attr]


def test_places_inside_a_dedicated_grid_are_counted_and_move_with_it(town: Town, market: Unit) -> None:
    inside = [at(town.grid_n1, 120.003, 36.003 + n / 1000) for n in range(3)]
    outside = at(town.grid_n1, 120.008, 36.008)
    nowhere = place(town.grid_n1)
    assert counted(market, CORNER) == [("North grid 1", "Market grid", 3)]
    actions.set_polygon(unit=market, polygon=CORNER, with_places=True, by=town.duty, at=NOW)
    assert [grid_of(one) for one in (*inside, outside, nowhere)] == ["Market grid"] * 3 + ["North grid 1"] * 2
    held = Revision.objects.get(entity=inside[0], superseded_at=None)
    assert (held.grid, held.by, held.changes) == (
        market, town.duty, {"grid_id": [town.grid_n1.pk, market.pk]},
    )  # fmt: skip
    assert Revision.objects.filter(entity=inside[0]).count() == 2
    drawn, moved = (
        AuditEntry.objects.get(action="org.set_polygon"),
        AuditEntry.objects.get(action="registry.regrid_places"),
    )
    assert drawn.after["places_moved"] == 3
    assert (moved.before, moved.after) == (
        {"places_by_grid": {town.grid_n1.code: 3}}, {"places_by_grid": {market.code: 3}},
    )  # fmt: skip


def test_places_stay_where_the_officer_says_so(town: Town, market: Unit) -> None:
    inside = at(town.grid_n1, 120.003, 36.003)
    actions.set_polygon(unit=market, polygon=CORNER, by=BY, at=NOW)
    assert grid_of(inside) == "North grid 1"


def test_a_dedicated_grid_that_ends_gives_its_places_to_the_grid_around_them(
    town: Town, market: Unit
) -> None:
    actions.set_polygon(unit=market, polygon=CORNER, by=BY, at=NOW)
    inside = at(market, 120.003, 36.003)
    lost = place(market)
    with pytest.raises(actions.UnitHolds):
        actions.end_unit(unit=market, until_on=DAY, by=BY, at=NOW)
    with pytest.raises(actions.UnitHolds) as held:
        actions.end_unit(unit=market, until_on=DAY, with_places=True, by=BY, at=NOW)
    assert "no other grid: 1" in held.value.details["held"]
    assert grid_of(inside) == "Market grid"
    lost.lon, lost.lat = 120.004, 36.004
    lost.save()
    redrawn = ending.redrawn(market, DAY)
    assert redrawn is not None
    assert [(s.target and s.target.name, s.number) for s in grounds.shifts(redrawn)] == [("North grid 1", 2)]
    actions.end_unit(unit=market, until_on=DAY, with_places=True, by=BY, at=NOW)
    assert [grid_of(one) for one in (inside, lost)] == ["North grid 1"] * 2


def test_what_is_planned_moves_places_on_its_day(town: Town, market: Unit) -> None:
    inside = at(town.grid_n1, 120.003, 36.003)
    actions.set_polygon(unit=market, polygon=CORNER, on=SOON, with_places=True, by=BY, at=NOW)
    assert grid_of(inside) == "North grid 1"
    for change in PlannedChanges.unscoped(reason="test").due(SOON):
        actions.take_effect(change=change, by=BY, at=NOW + (SOON - DAY))
    assert grid_of(inside) == "Market grid"
    later = SOON + timedelta(days=3)
    actions.end_unit(unit=market, until_on=later, with_places=True, by=BY, at=NOW + (SOON - DAY))
    assert grid_of(inside) == "Market grid"
    for change in PlannedChanges.unscoped(reason="test").due(later):
        actions.take_effect(change=change, by=BY, at=NOW + (later - DAY))
    assert grid_of(inside) == "North grid 1"


def test_a_border_that_is_moved_takes_only_what_lies_between(town: Town) -> None:
    """North 1 gives its eastern half to North 2, which takes what it newly covers and nothing else."""
    west, east = at(town.grid_n1, 120.003, 36.005), at(town.grid_n1, 120.008, 36.005)
    between, on_purpose = at(town.grid_s1, 120.008, 36.004), at(town.grid_s1, 120.018, 36.004)
    narrow = box(120.0, 36.0, 120.005, 36.01)
    assert counted(town.grid_n1, narrow, town.grid_n1.polygon) == [("North grid 1", None, 1)]
    actions.set_polygon(unit=town.grid_n1, polygon=narrow, with_places=True, by=BY, at=NOW)
    assert grid_of(east) == "North grid 1"
    wide = box(120.005, 36.0, 120.02, 36.01)
    assert counted(town.grid_n2, wide, town.grid_n2.polygon) == [
        ("North grid 1", "North grid 2", 1), ("South grid 1", "North grid 2", 1),
    ]  # fmt: skip
    actions.set_polygon(unit=town.grid_n2, polygon=wide, with_places=True, by=BY, at=NOW)
    assert [grid_of(one) for one in (west, east, between, on_purpose)] == [
        "North grid 1",
        "North grid 2",
        "North grid 2",
        "South grid 1",
    ]


def test_an_ordinary_grid_takes_nothing_out_of_a_dedicated_one(town: Town, market: Unit) -> None:
    actions.set_polygon(unit=market, polygon=CORNER, by=BY, at=NOW)
    at(market, 120.003, 36.003)
    at(market, 120.008, 36.008)
    actions.set_polygon(unit=town.grid_n1, polygon=box(120.005, 36.0, 120.01, 36.01), by=BY, at=NOW)
    unit = Unit.objects.get(pk=town.grid_n1.pk)
    assert counted(unit, box(120.0, 36.0, 120.01, 36.01), unit.polygon) == []


@pytest.mark.parametrize("number", [2, 60])
def test_moving_places_takes_as_many_statements_however_many_they_are(
    town: Town, market: Unit, number: int
) -> None:
    for n in range(number):
        at(town.grid_n1, 120.003, 36.003 + n / 100_000)
    with CaptureQueriesContext(connection) as queries:
        actions.set_polygon(unit=market, polygon=CORNER, with_places=True, by=BY, at=NOW)
    assert Entity.objects.filter(grid=market).count() == number
    assert len(queries) <= 30
