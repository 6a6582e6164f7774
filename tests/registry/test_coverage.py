"""Beyond the gaps: loads, who answers for nothing, the daily look that opens and closes work, and its course."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dongche.org import actions as org
from dongche.org.models import AuditEntry, WorkItem
from dongche.registry import coverage, tasks
from dongche.registry.actions import prove_coverage
from dongche.registry.coverage import CoverageDays
from dongche.registry.queries import Places
from tests.factories.registry import exclude, place
from tests.town import BY, DAY, NOW, SETUP_AT, START, Town

EVERYTHING = "the tests look at every place"
LATER = NOW + timedelta(minutes=5)


def carried(on: Any = DAY) -> dict[str, dict[str, int]]:
    found = coverage.loads(Places.unscoped(reason=EVERYTHING), on)
    return {load.officer.username: dict(load.places) for load in found.officers.values()}


def test_the_load_of_an_officer_counts_active_places_by_role(town: Town) -> None:
    place(town.grid_n1), place(town.grid_n1), place(town.grid_n2, "supermarket")
    exclude(place(town.grid_n1))
    assert carried() == {
        "n1": {"served_by": 2},
        "n2": {"served_by": 1},
        "affairs": {"managed_by": 2},
        "market": {"managed_by": 1},
        "north": {"responsible": 3},
        "leader1": {"sponsor": 3},
    }


def test_a_substitute_carries_both_loads_and_it_shows(town: Town) -> None:
    place(town.grid_n1), place(town.grid_n1), place(town.grid_n2)
    org.take_leave(officer=town.n1, substitute=town.n2, from_on=DAY, by=BY, at=NOW)
    loads = coverage.loads(Places.unscoped(reason=EVERYTHING), DAY)
    assert town.n1.pk not in loads.officers
    assert (loads.officers[town.n2.pk].served, loads.officers[town.n2.pk].standing_in) == (3, 2)
    assert [(load.officer, load.served) for load in coverage.overloaded(loads, 2)] == [(town.n2, 3)]
    assert coverage.overloaded(loads, 3) == []


def test_who_answers_for_nothing_is_named_with_the_post_that_has_nothing(town: Town) -> None:
    org.appoint(officer=town.s2, unit=town.grid_n1, role="grid_lead", from_on=START, by=BY, at=SETUP_AT)
    place(town.grid_n1, "supermarket")
    for post in town.s2.posts.all():
        org.end_post(post=post, until_on=DAY, by=BY, at=NOW)
    org.take_leave(officer=town.s1, substitute=town.n1, from_on=DAY, by=BY, at=NOW)
    second = org.create_officer(username="north2", name="Second", by=BY, at=NOW)
    org.appoint(
        officer=second, unit=town.north_community, role="community_officer", from_on=DAY, by=BY, at=NOW
    )
    loads = coverage.loads(Places.unscoped(reason=EVERYTHING), DAY)
    found = {
        one.officer.username: one.post and one.post.unit.code
        for one in coverage.idle([town.subdistrict.pk], DAY, loads)
    }
    # The duty officer works for the whole, s1 is away and represented; a community officer shares the work.
    assert found == {
        "affairs": town.affairs.posts.get().unit.code,
        "economy": town.economy.posts.get().unit.code,
        "emergency": town.emergency.posts.get().unit.code,
        "enforcement": town.enforcement.posts.get().unit.code,
        "leader2": town.headquarters.code,
        "n2": town.grid_n2.code,
        "s2": None,
        "south": town.south_community.code,
    }
    assert coverage.idle([], DAY, loads) == []


def test_the_daily_look_opens_work_for_who_must_mend_it_and_closes_what_is_mended(town: Town) -> None:
    place(town.grid_n1), place(town.grid_n1), place(town.grid_s1)
    post = town.n1.posts.get()
    org.end_post(post=post, until_on=DAY, by=BY, at=NOW)
    org.end_sponsorship(sponsorship=town.leader2.sponsorships.get(), until_on=DAY, by=BY, at=NOW)
    prove_coverage(subdistrict=town.subdistrict, on=DAY, by=BY, at=NOW)
    opened = WorkItem.objects.order_by("key")
    assert [(item.key, item.officer, item.data["count"], item.due_on) for item in opened] == [
        (f"served_by:vacant_post:{town.grid_n1.code}", town.north, 2, DAY + timedelta(days=1)),
        (f"sponsor:no_sponsor:{town.south_community.code}", town.duty, 1, DAY + timedelta(days=1)),
    ]
    org.appoint(officer=town.n2, unit=town.grid_n1, role="grid_worker", from_on=DAY, by=BY, at=NOW)
    prove_coverage(subdistrict=town.subdistrict, on=DAY, by=BY, at=LATER)
    assert [(item.officer, item.closed_at, item.outcome) for item in opened.all()] == [
        (town.north, LATER, "covered"),
        (town.duty, None, ""),
    ]
    assert AuditEntry.objects.filter(action="org.open_work").count() == 3


def test_work_for_a_grid_goes_to_headquarters_when_its_community_has_nobody(town: Town) -> None:
    place(town.grid_n1)
    for username in ("n1", "north"):
        org.end_post(post=town.officers[username].posts.get(), until_on=DAY, by=BY, at=NOW)
    prove_coverage(subdistrict=town.subdistrict, on=DAY, by=BY, at=NOW)
    assert {item.officer for item in WorkItem.objects.all()} == {town.duty}


def test_the_same_gap_is_one_thing_to_do_from_day_to_day(town: Town) -> None:
    place(town.grid_n1)
    org.end_post(post=town.n1.posts.get(), until_on=DAY, by=BY, at=NOW)
    tasks.prove_coverage.func(DAY.isoformat())
    place(town.grid_n1)
    tasks.prove_coverage.func((DAY + timedelta(days=1)).isoformat())
    (item,) = WorkItem.objects.all()
    assert item.data["count"] == 2


def test_the_course_shows_the_latest_finding_of_each_day(town: Town) -> None:
    place(town.grid_n1), place(town.grid_s1)
    before = DAY - timedelta(days=1)
    prove_coverage(subdistrict=town.subdistrict, on=before, by=BY, at=NOW)
    org.end_post(post=town.n1.posts.get(), until_on=DAY, by=BY, at=NOW)
    prove_coverage(subdistrict=town.subdistrict, on=DAY, by=BY, at=NOW)
    prove_coverage(subdistrict=town.subdistrict, on=before, by=BY, at=LATER)
    days = coverage.course(CoverageDays.visible_to(town.duty))
    assert [(day.on, day.places, day.covered) for day in days] == [(before, 2, 2), (DAY, 2, 1)]
    for name in ("leader1", "market", "north", "n1"):
        assert not CoverageDays.visible_to(town.officers[name]).exists(), name


@pytest.mark.parametrize("asked", ["leader1", "market", "north"])
def test_only_whoever_sees_a_whole_sub_district_is_told_who_is_idle(town: Town, asked: str) -> None:
    from dongche.desk.proof import subdistricts_of

    assert subdistricts_of(town.duty) == [town.subdistrict.pk]
    assert subdistricts_of(town.officers[asked]) == []
