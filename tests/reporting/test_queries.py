"""Which report is current, who sees it, and which places have none."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from dongche.registry.models import Entity
from dongche.registry.queries import Places
from dongche.reporting import queries
from dongche.reporting.queries import Reports
from dongche.web import paging
from tests.factories.registry import exclude, place
from tests.reporting.conftest import Tell
from tests.town import DAY, NOW, Town

YESTERDAY = DAY - timedelta(days=1)
LATER = NOW + timedelta(hours=1)
SYSTEM = "these tests look at every place"


def everywhere() -> Places:
    return Places.unscoped(reason=SYSTEM)


@pytest.fixture
def places(town: Town, tell: Tell) -> dict[str, Entity]:
    """One place for each state of a day; all but `silent` reported the day before."""
    found = {name: place(town.grid_n1, name=name) for name in ("open", "part", "closed", "silent")}
    found["seasonal"] = place(town.grid_n2, name="seasonal")
    found["gone"] = place(town.grid_s1, name="gone", until_on=DAY)
    exclude(found["seasonal"])
    for name in ("open", "part", "closed"):
        tell(found[name], "closed", on=YESTERDAY)
        tell(found[name], name, staff_at_post=0 if name == "closed" else 3)
    tell(found["seasonal"], "open", staff_at_post=1)
    return found


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ("open", ["open"]),
        ("part", ["part"]),
        ("closed", ["closed"]),
        ("resumed", ["open", "part"]),
        ("reported", ["closed", "open", "part"]),
        ("not_reported", ["silent"]),
        ("expected", ["closed", "open", "part", "silent"]),
        ("excluded", ["seasonal"]),
    ],
)
def test_places_by_their_state_of_a_day(places: dict[str, Entity], state: str, names: list[str]) -> None:
    assert sorted(one.name for one in queries.in_state(everywhere(), DAY, state)) == names


def test_every_state_can_be_asked_for(places: dict[str, Entity]) -> None:
    assert [queries.in_state(everywhere(), DAY, state).count() for state in queries.STATES] == [
        1,
        1,
        1,
        1,
        2,
        3,
        4,
        1,
    ]
    assert [queries.count_in_state(everywhere(), DAY, state) for state in queries.STATES] == [
        queries.in_state(everywhere(), DAY, state).count() for state in queries.STATES
    ]
    with pytest.raises(queries.NoSuchState):
        queries.in_state(everywhere(), DAY, "asleep")
    with pytest.raises(queries.NoSuchState):
        queries.count_in_state(everywhere(), DAY, "asleep")


def test_a_corrected_report_counts_once_and_as_corrected(places: dict[str, Entity], tell: Tell) -> None:
    tell(places["open"], "closed", at=LATER)
    assert list(queries.in_state(everywhere(), DAY, "open")) == []
    assert [
        one.state for one in Reports.unscoped(reason=SYSTEM).current(DAY).filter(entity=places["open"])
    ] == ["closed"]
    before = Reports.unscoped(reason=SYSTEM).current(DAY, as_known=NOW).filter(entity=places["open"])
    assert [one.state for one in before] == ["open"]
    earlier = Reports.unscoped(reason=SYSTEM).current(DAY, as_known=NOW - timedelta(seconds=1))
    assert list(earlier) == []
    versions = Reports.unscoped(reason=SYSTEM).history_of(places["open"], DAY)
    assert [one.state for one in versions] == ["open", "closed"]


def test_a_list_carries_each_places_report(places: dict[str, Entity]) -> None:
    listed = queries.with_report(everywhere(), DAY).order_by("name")
    assert [(one.name, one.report_state, one.report_at_post) for one in listed] == [
        ("closed", "closed", 0), ("gone", None, None), ("open", "open", 3), ("part", "part", 3),
        ("seasonal", "open", 1), ("silent", None, None),
    ]  # fmt: skip
    page = paging.page(queries.with_report(everywhere(), DAY), "number", size=2)
    assert [(one.name, one.report_state) for one in page.rows] == [("open", "open"), ("part", "part")]


def test_reports_are_seen_where_their_place_is(town: Town, places: dict[str, Entity], tell: Tell) -> None:
    tell(place(town.grid_s2, name="south"), staff_at_post=1)
    seen = {
        name: sorted(
            Reports.visible_to(town.officers[name]).current(DAY).values_list("entity__name", flat=True)
        )
        for name in ("duty", "north", "n1", "s2", "south", "economy")
    }
    north = ["closed", "open", "part"]
    assert seen == {
        "duty": [*north, "seasonal", "south"],
        "north": [*north, "seasonal"],
        "n1": north,
        "s2": ["south"],
        "south": ["south"],
        "economy": [],
    }
    assert list(Reports.visible_to(None)) == []


def test_the_last_reports_of_a_place(places: dict[str, Entity], tell: Tell) -> None:
    tell(places["open"], "part", staff_at_post=1, on=YESTERDAY)
    found = Reports.unscoped(reason=SYSTEM).last_reports(places["open"], DAY, 14)
    assert [(one.on, one.state) for one in found] == [(DAY, "open"), (YESTERDAY, "part")]
    assert [one.on for one in Reports.unscoped(reason=SYSTEM).last_reports(places["open"], YESTERDAY, 1)] == [
        YESTERDAY
    ]


def test_the_days_of_a_place_with_and_without_a_report(town: Town, tell: Tell) -> None:
    shop = place(town.grid_n1, from_on=date(2020, 3, 17))
    told = tell(shop, staff_at_post=2, on=date(2020, 3, 18))
    assert [(day.on.day, day.report) for day in queries.week(shop, DAY, 7)] == [
        (20, None), (19, None), (18, told), (17, None),
    ]  # fmt: skip
    assert queries.missing_days(shop, date(2020, 3, 13), DAY) == (date(2020, 3, 19), date(2020, 3, 17))
    assert queries.around(shop, date(2020, 3, 18)) == (told, None)
    assert queries.around(shop, DAY) == (None, told)
    assert queries.around(shop, date(2020, 3, 17)) == (None, None)


def test_who_must_be_asked_for_missing_reports(
    town: Town, tell: Tell, django_assert_num_queries: Any
) -> None:
    silent = [place(town.grid_n1) for _ in range(3)] + [place(town.grid_s1), place(town.grid_s1)]
    lost = place(town.grid_s2)
    Entity.objects.filter(pk=lost.pk).update(grid=None, community=None)
    tell(place(town.grid_n2), staff_at_post=1)
    with django_assert_num_queries(7):
        chased = queries.chase(everywhere(), DAY, each=2)
    assert [
        (
            one.officer and one.officer.username,
            one.phone,
            [grid.code for grid in one.grids],
            one.cause,
            one.count,
            one.places,
        )
        for one in chased
    ] == [
        ("n1", town.n1.phone, [town.grid_n1.code], "", 3, tuple(silent[:2])),
        ("s1", town.s1.phone, [town.grid_s1.code], "", 2, tuple(silent[3:])),
        (None, "", [], "no_grid", 1, (lost,)),
    ]


def explained(places: Places) -> str:
    return places.explain()


def test_lists_of_a_day_walk_along_indexes(places: dict[str, Entity]) -> None:
    """No plan reads all reports: on SQLite every step on them is a SEARCH."""
    if connection.vendor != "sqlite":
        return
    for asked in (
        queries.with_report(everywhere(), DAY).order_by("number")[:51],
        queries.not_reported(everywhere(), DAY).order_by("number")[:51],
        queries.in_state(everywhere(), DAY, "resumed").order_by("number")[:51],
    ):
        steps = [line for line in explained(asked).splitlines() if "report" in line.lower()]
        assert steps
        assert [line for line in steps if "SCAN" in line] == []
