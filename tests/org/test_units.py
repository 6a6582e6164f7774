"""Units are renamed, moved, drawn and ended by actions; what would break the tree or the map is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dongche.kit.errors import Problem
from dongche.org import actions, polygons
from dongche.org.models import ANCESTORS, AuditEntry, Unit, UnitGram, UnitRevision
from dongche.org.tree import PARENTS
from tests.factories.registry import place
from tests.town import BY, DAY, NOW, START, Town, square

SIDE = 0.01


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """What holds a unit is told in words."""
    with translation.override("en"):
        yield


def box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def test_a_renamed_unit_keeps_what_it_was_and_is_found_by_its_new_name(town: Town) -> None:
    unit = actions.rename_unit(
        unit=town.north_community, name="南山社区居委会", party_organisation="南山社区党委", by=BY, at=NOW
    )
    held = UnitRevision.objects.filter(unit=unit, superseded_at=None).order_by("from_on")
    assert list(held.values_list("name", "from_on", "until_on")) == [
        ("North", START, DAY), ("南山社区居委会", DAY, None),
    ]  # fmt: skip
    assert set(UnitGram.objects.filter(unit=unit).values_list("gram", flat=True)) == {"南山", "山社"}
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.before["name"], entry.after["name"]) == (
        "org.rename_unit", "North", "南山社区居委会",
    )  # fmt: skip
    with pytest.raises(Problem) as refused:
        actions.rename_unit(
            unit=unit, name=unit.name, party_organisation=unit.party_organisation, by=BY, at=NOW
        )
    assert refused.value.code == "org.unit_unchanged"


def test_a_unit_that_holds_duties_does_not_end_and_says_what_it_holds(town: Town) -> None:
    place(town.grid_n1)
    refused: dict[str, str] = {}
    for unit in (town.grid_n1, town.north_community, town.market, town.headquarters):
        with pytest.raises(actions.UnitHolds) as error:
            actions.end_unit(unit=town.departments.get("market", unit) if unit is town.market else unit,
                             until_on=DAY, by=BY, at=NOW)  # fmt: skip
        refused[error.value.details["unit"]] = error.value.details["held"]
    assert refused["North grid 1"] == (
        "posts: 1 (end them or hand them over); active places: 1 (move them to another unit or end them)"
    )
    assert "units below: 2" in refused["North"]
    assert "sponsorships: 1" in refused["North"]
    assert "line rules: 2" in refused["Market"]
    assert Unit.objects.filter(until_on__isnull=False).count() == 0


def test_an_empty_unit_ends_and_a_past_day_needs_a_reason(town: Town) -> None:
    grid = actions.create_unit(
        kind="grid", code="370203900001009", name="Spare", parent=town.north_community, from_on=START,
        by=BY, at=NOW, reason="late",
    )  # fmt: skip
    before = DAY - timedelta(days=3)
    with pytest.raises(actions.ReasonNeeded):
        actions.end_unit(unit=grid, until_on=before, by=BY, at=NOW)
    with pytest.raises(actions.EndBeforeStart):
        actions.end_unit(unit=grid, until_on=START, by=BY, at=NOW, reason="x")
    actions.end_unit(unit=grid, until_on=before, by=BY, at=NOW, reason="merged")
    with pytest.raises(actions.AlreadyEnded):
        actions.end_unit(unit=grid, until_on=DAY, by=BY, at=NOW)
    revisions = UnitRevision.objects.filter(unit=grid).order_by("id").values_list("until_on", flat=True)
    assert list(revisions) == [None, before]


def test_no_unit_stands_under_itself_or_what_lies_below_it(town: Town) -> None:
    for unit, parent in (
        (town.subdistrict, town.subdistrict),
        (town.subdistrict, town.grid_n1),
        (town.north_community, town.grid_n2),
        (town.headquarters, town.departments["market"]),
    ):
        with pytest.raises(actions.UnderItself):
            actions.move_unit(unit=unit, parent=parent, by=BY, at=NOW)
    with pytest.raises(actions.WrongParent):
        actions.move_unit(unit=town.north_community, parent=town.south_community, by=BY, at=NOW)


def test_a_grid_with_places_does_not_change_its_community(town: Town) -> None:
    place(town.grid_n1)
    with pytest.raises(actions.UnitTied) as refused:
        actions.move_unit(unit=town.grid_n1, parent=town.south_community, by=BY, at=NOW)
    assert "active places: 1" in refused.value.details["held"]
    moved = actions.move_unit(unit=town.grid_n2, parent=town.south_community, by=BY, at=NOW)
    assert moved.community == town.south_community


def polygon_refused(unit: Unit, polygon: Any) -> str:
    with pytest.raises(Problem) as refused:
        actions.set_polygon(unit=unit, polygon=polygon, by=BY, at=NOW)
    return refused.value.code


def test_a_polygon_that_cannot_be_is_refused_in_words(town: Town) -> None:
    bow = {
        "type": "Polygon",
        "coordinates": [[[120, 36], [120.01, 36.01], [120.01, 36], [120, 36.01], [120, 36]]],
    }
    hole_outside = box(120, 36, 120.01, 36.01)
    hole_outside["coordinates"].append(box(120.02, 36, 120.03, 36.01)["coordinates"][0])
    swapped = {"type": "Polygon", "coordinates": [[[36, 120], [36.01, 120], [36.01, 120.01], [36, 120]]]}
    assert {
        name: polygon_refused(town.grid_n1, polygon)
        for name, polygon in {
            "bow": bow,
            "hole": hole_outside,
            "swapped": swapped,
            "point": {"type": "Point", "coordinates": [120, 36]},
            "short": {"type": "Polygon", "coordinates": [[[120, 36], [120.01, 36]]]},
            "nothing": {"type": "Polygon", "coordinates": []},
            "off": box(190, 36, 191, 37),
            "far": box(104.0, 30.6, 104.01, 30.61),
            "beside": box(120.0, 36.0, 120.015, 36.01),
            "flat": {"type": "Polygon", "coordinates": [[[120, 36], [120.01, 36], [120, 36], [120, 36]]]},
        }.items()
    } == {
        "bow": "org.polygon_crosses",
        "hole": "org.polygon_broken",
        "swapped": "org.polygon_swapped",
        "point": "org.polygon_unreadable",
        "short": "org.polygon_unreadable",
        "nothing": "org.polygon_unreadable",
        "off": "org.polygon_unreadable",
        "far": "org.polygon_far",
        "beside": "org.polygon_overlaps",
        "flat": "org.polygon_broken",
    }
    assert polygon_refused(town.headquarters, square(120.0)) == "org.no_ground"
    assert Unit.objects.get(pk=town.grid_n1.pk).polygon == square(120.0)


def test_a_seam_between_neighbours_is_let_through_and_a_strip_is_not(town: Town) -> None:
    metre = 1 / polygons.METRES_PER_DEGREE
    height = 0.01 * polygons.METRES_PER_DEGREE
    narrowing = 0.809  # cos 36°
    within = polygons.SLIVER_M2 / height / narrowing * metre
    actions.set_polygon(
        unit=town.grid_n1, polygon=box(120.0, 36.0, 120.01 + 0.9 * within, 36.01), by=BY, at=NOW
    )
    assert (
        polygon_refused(town.grid_n1, box(120.0, 36.0, 120.01 + 1.1 * within, 36.01))
        == "org.polygon_overlaps"
    )


def test_a_polygon_stays_inside_the_unit_above_and_around_those_below(town: Town) -> None:
    actions.set_polygon(unit=town.north_community, polygon=box(120.0, 36.0, 120.02, 36.01), by=BY, at=NOW)
    assert polygon_refused(town.grid_n1, box(120.0, 35.99, 120.01, 36.01)) == "org.polygon_outside"
    assert polygon_refused(town.north_community, box(120.005, 36.0, 120.02, 36.01)) == "org.polygon_outside"
    actions.set_polygon(unit=town.grid_n1, polygon=box(120.0, 36.0, 120.005, 36.01), by=BY, at=NOW)
    before, after = AuditEntry.objects.latest("id").before, AuditEntry.objects.latest("id").after
    assert before["square_metres"] == pytest.approx(2 * after["square_metres"], abs=2)


def test_a_dedicated_grid_lies_inside_another_but_not_over_a_dedicated_one(town: Town) -> None:
    def dedicated(code: str) -> Unit:
        return actions.create_unit(
            kind="grid", code=code, name=code, parent=town.north_community, from_on=DAY, dedicated_to="market",
            by=BY, at=NOW,
        )  # fmt: skip

    first, second = dedicated("370203900001801"), dedicated("370203900001802")
    actions.set_polygon(unit=first, polygon=box(120.002, 36.002, 120.004, 36.004), by=BY, at=NOW)
    assert polygon_refused(second, box(120.003, 36.003, 120.005, 36.005)) == "org.polygon_overlaps"


@pytest.mark.parametrize("wrap", ["geometry", "Feature", "FeatureCollection"])
def test_geojson_is_read_as_programs_write_it(wrap: str) -> None:
    geometry: Any = {"type": "MultiPolygon", "coordinates": [box(120, 36, 120.01, 36.01)["coordinates"]]}
    geometry["coordinates"][0][0] = [[*point, 12.5] for point in geometry["coordinates"][0][0]]
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    text = {
        "geometry": geometry,
        "Feature": feature,
        "FeatureCollection": {"type": "FeatureCollection", "features": [feature]},
    }[wrap]
    assert polygons.read("\ufeff" + json.dumps(text))["coordinates"][0][0][0] == [120.0, 36.0]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "[[[[" * 5000, '{"type":"Polygon","coordinates":[[[NaN,1]]]}']
)
def test_what_is_no_geojson_is_refused(text: str) -> None:
    with pytest.raises(polygons.PolygonUnreadable):
        polygons.read(text)


# --- Random trees ------------------------------------------------------------------------------

_codes = count(1)
KINDS = list(PARENTS)


def walked(unit: Unit, by_id: dict[int, Unit]) -> dict[str, int | None]:
    """The ancestors by walking from parent to parent."""
    found: dict[str, int | None] = dict.fromkeys(f"{level}_id" for level in ANCESTORS)
    above = by_id.get(unit.parent_id or 0)
    while above is not None:
        if above.kind in ANCESTORS:
            found[f"{above.kind}_id"] = above.pk
        above = by_id.get(above.parent_id or 0)
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    grown=st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 50)), min_size=8, max_size=30),
    moves=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=12),
)
def test_stored_ancestors_are_those_found_by_walking(
    grown: list[tuple[str, int]], moves: list[tuple[int, int]], db: None
) -> None:
    units: list[Unit] = []
    for kind, pick in [(kind, n) for kind in KINDS for n in (0, 1)] + grown:
        fitting = [unit for unit in units if unit.kind in PARENTS[kind]]
        parent = fitting[pick % len(fitting)] if fitting else None
        if parent is None and PARENTS[kind]:
            continue
        units.append(
            actions.create_unit(
                kind=kind, code=f"T{next(_codes)}", name="x", parent=parent, from_on=date(2020, 3, 20), by=BY, at=NOW
            )
        )  # fmt: skip
    for which, where in moves:
        unit, parent = units[which % len(units)], units[where % len(units)]
        with suppress(actions.UnderItself, actions.WrongParent, actions.UnitUnchanged):
            actions.move_unit(unit=unit, parent=parent, by=BY, at=NOW)
    by_id = Unit.objects.in_bulk([unit.pk for unit in units])
    stored = {
        pk: {f"{level}_id": getattr(unit, f"{level}_id") for level in ANCESTORS} for pk, unit in by_id.items()
    }
    assert stored == {pk: walked(unit, by_id) for pk, unit in by_id.items()}


@pytest.mark.parametrize("below", [1, 40])
def test_a_move_takes_as_many_statements_however_much_lies_below(below: int, db: None) -> None:
    def unit(kind: str, parent: Unit | None) -> Unit:
        return actions.create_unit(
            kind=kind, code=f"M{next(_codes)}", name="x", parent=parent, from_on=DAY, by=BY, at=NOW
        )

    one, other = unit("city", None), unit("city", None)
    district = unit("district", one)
    subdistrict = unit("subdistrict", district)
    for _ in range(below):
        unit("community", subdistrict)
    with CaptureQueriesContext(connection) as queries:
        actions.move_unit(unit=district, parent=other, by=BY, at=NOW)
    assert Unit.objects.filter(city=other, subdistrict=subdistrict).count() == below
    assert len(queries) <= 18
