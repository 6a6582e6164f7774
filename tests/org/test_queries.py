"""Scopes and responsibility: what the posts of the day reach, and who answers for a place."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dongche.org import actions
from dongche.org.models import LineRule, Officer
from dongche.org.queries import AuditEntries, Scope, Units, duties_on, scope_of
from dongche.registry import queries
from dongche.registry.queries import Places, gaps
from tests.factories.registry import exclude, place
from tests.town import BY, DAY, NOW, START, Town


def answers(entity: Any) -> dict[str, tuple[str | None, str, str]]:
    return {
        a.role: (a.officer.username if a.officer else None, a.rule, a.cause)
        for a in queries.responsible_for(entity, DAY)
    }


def test_a_shop_is_served_by_its_grid_managed_by_the_default_line_and_answered_for_by_its_community(
    town: Town,
) -> None:
    assert answers(place(town.grid_n2)) == {
        "served_by": ("n2", "S20 grid: grid_worker", ""),
        "managed_by": ("affairs", "default #60: department_officer", ""),
        "responsible": ("north", "S28 community: community_secretary", ""),
        "sponsor": ("leader1", "S18 sponsorship", ""),
    }


@pytest.mark.parametrize(
    ("category", "focus", "line"),
    [
        ("construction_site", "", "enforcement"),
        ("farm_produce_market", "", "market"),
        ("supermarket", "", "market"),
        ("electromechanical_market", "", "emergency"),
        ("office_building", "", "affairs"),
        ("supermarket", "key_enterprise", "economy"),
        ("enterprise", "key_enterprise", "economy"),
        ("enterprise", "key_field", "affairs"),
    ],
)
def test_the_line_rules_of_the_four_departments_in_python_and_in_sql(
    town: Town, category: str, focus: str, line: str
) -> None:
    """S23–S26: key enterprises come first whatever their category."""
    entity = place(town.grid_s1, category, focus=focus)
    assert answers(entity)["managed_by"][0] == line
    row = Places.unscoped(reason="test").with_line(DAY).get(pk=entity.pk)
    assert row.line_id == town.departments[line].pk


def test_a_gap_names_its_cause(town: Town) -> None:
    entity = place(town.grid_n1)
    actions.end_post(post=town.n1.posts.get(), until_on=DAY, by=BY, at=NOW)
    actions.end_sponsorship(sponsorship=town.leader1.sponsorships.get(), until_on=DAY, by=BY, at=NOW)
    LineRule.objects.filter(source="default").update(until_on=DAY)
    found = answers(entity)
    assert {role: cause for role, (_, _, cause) in found.items()} == {
        "served_by": "vacant_post", "managed_by": "no_rule", "responsible": "", "sponsor": "no_sponsor"
    }  # fmt: skip


def test_coverage_is_proved_and_a_gap_lists_exactly_its_places(
    town: Town, django_assert_num_queries: Any
) -> None:
    north = [place(town.grid_n1, name=f"北一{n}") for n in range(3)] + [place(town.grid_n2)]
    south = [place(town.grid_s1) for _ in range(2)]
    exclude(south[0])
    all_places = Places.unscoped(reason="test")
    with django_assert_num_queries(6):
        proved = gaps.coverage(all_places, DAY)
    assert (proved.places, proved.covered, proved.is_complete) == (5, 5, True)

    actions.end_post(post=town.n1.posts.get(), until_on=DAY, by=BY, at=NOW)
    actions.end_sponsorship(sponsorship=town.leader2.sponsorships.get(), until_on=DAY, by=BY, at=NOW)
    broken = gaps.coverage(all_places, DAY)
    assert [(g.role, g.cause, g.unit and g.unit.code, g.count) for g in broken.gaps] == [
        ("served_by", "vacant_post", town.grid_n1.code, 3),
        ("sponsor", "no_sponsor", town.south_community.code, 1),
    ]
    duties = duties_on(DAY)
    assert [sorted(p.pk for p in gaps.places_in(all_places, g, duties)) for g in broken.gaps] == [
        [p.pk for p in north[:3]],
        [south[1].pk],
    ]
    assert gaps.coverage(all_places, DAY - timedelta(days=1)).is_complete


def test_a_place_without_grid_or_community_is_a_gap(town: Town) -> None:
    entity = place(town.grid_n1)
    entity.grid = None
    entity.save()
    (gap,) = gaps.coverage(Places.unscoped(reason="test"), DAY).gaps
    assert (gap.role, gap.cause) == ("served_by", "no_grid")
    found = gaps.places_in(Places.unscoped(reason="test"), gap, duties_on(DAY))
    assert list(found) == [entity]


def test_scope_follows_the_posts_of_the_day(town: Town) -> None:
    reach = {
        "duty": {"subdistricts": {town.subdistrict.pk}},
        "market": {"lines": {town.departments["market"].pk}},
        "leader1": {"communities": {town.north_community.pk}},
        "n1": {"grids": {town.grid_n1.pk}},
    }
    for name, units in reach.items():
        officer = town.officers[name]
        expected = Scope(
            officers=frozenset({officer.pk}), **{kind: frozenset(ids) for kind, ids in units.items()}
        )
        assert scope_of(officer, DAY) == expected
    assert scope_of(town.n1, START - timedelta(days=1)) == Scope()
    assert scope_of(None, DAY).is_empty


def test_places_are_visible_to_those_whose_duty_they_are_and_nobody_else(town: Town) -> None:
    shop = place(town.grid_n1)
    market = place(town.grid_s2, "farm_produce_market")
    expected = {
        "duty": {shop, market}, "market": {market}, "affairs": {shop}, "economy": set(), "north": {shop},
        "south": {market}, "leader1": {shop}, "leader2": {market}, "n1": {shop}, "n2": set(), "s2": {market},
    }  # fmt: skip
    officers = {officer.username: officer for officer in Officer.objects.all()}
    assert {name: set(Places.visible_to(officers[name])) for name in expected} == expected
    assert not Places.visible_to(None).exists()


def test_two_characters_of_a_name_find_it_and_a_single_one_too(town: Town) -> None:
    wanted = place(town.grid_n1, name="天顺餐饮管理公司")
    place(town.grid_n1, name="顺天建材")
    everything = Places.visible_to(town.duty)
    assert list(everything.named_like("天顺")) == [wanted]
    assert list(everything.named_like("餐饮管理")) == [wanted]
    assert list(everything.named_like("餐管")) == []
    assert list(everything.named_like(wanted.number)) == [wanted]


def test_units_and_audit_entries_are_scoped(town: Town) -> None:
    assert Units.visible_to(town.n1).count() == 13
    assert Units.visible_to(None).count() == 0
    actions.take_leave(officer=town.south, from_on=DAY, by=town.south, at=NOW)
    assert AuditEntries.visible_to(town.duty).filter(action="org.take_leave").count() == 1
    assert AuditEntries.visible_to(town.south).count() == 1
    assert AuditEntries.visible_to(town.north).count() == 0
