"""The fast resolution answers as the slow and obvious one does, on any organisation, for any day, as known at any time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from dongche.org import actions
from dongche.org.models import Leave, LineRule, Officer, Post, Sponsorship, Unit, UnitRevision
from dongche.org.queries import Answer, duties_on
from dongche.registry import queries
from dongche.registry.actions import OfficerElsewhere, assign_places, end_place_duty
from dongche.registry.models import Entity, PlaceDuty, Revision
from dongche.registry.queries import Places, gaps
from tests.factories.registry import place
from tests.org.slow import Outcome, Then
from tests.town import BY, DAY, NOW, Town, build

DAYS = [DAY + timedelta(days=n) for n in range(-2, 3)]
INSTANTS = [NOW + timedelta(hours=n) for n in range(-2, 3)]


def outcome(answers: tuple[Answer, ...]) -> list[Outcome]:
    return [
        (
            answer.role,
            answer.officer.pk if answer.officer else None,
            answer.cause,
            answer.stands_in_for.pk if answer.stands_in_for else None,
        )
        for answer in answers
    ]


def periods(draw: st.DrawFn) -> dict[str, Any]:
    """Days and beliefs that meet, touch and miss each other."""
    first, known = draw(st.sampled_from(DAYS)), draw(st.sampled_from(INSTANTS))
    length, held = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    return {
        "from_on": first,
        "until_on": first + timedelta(days=length) if length else None,
        "known_at": known,
        "superseded_at": known + timedelta(hours=held) if held else None,
    }


class World:
    """Rows of every kind, straight into the tables, in whatever combination the tables allow."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        for model in (Post, Sponsorship, LineRule, Leave):
            model.objects.all().delete()
        officers = list(Officer.objects.order_by("pk"))[:5]
        officers[0].is_active = draw(st.booleans())
        officers[0].save()
        units = list(Unit.objects.order_by("pk"))
        grids = [unit for unit in units if unit.kind == "grid"]
        communities = [unit for unit in units if unit.kind == "community"]
        departments = [unit for unit in units if unit.kind == "department"][:2]
        for unit in draw(st.lists(st.sampled_from([*grids, *departments]), max_size=2)):
            unit.until_on = draw(st.sampled_from(DAYS))
            unit.save()
            UnitRevision.objects.filter(unit=unit).update(until_on=unit.until_on)
        roles = {
            "grid": ("grid_worker", "grid_lead"),
            "community": ("community_secretary", "committee_member", "community_officer"),
            "department": ("department_officer", "department_head"),
        }
        somewhere = [*grids[:2], communities[0], *departments]
        for _ in range(draw(st.integers(0, 12))):
            unit = draw(st.sampled_from(somewhere))
            role = draw(st.sampled_from(roles[unit.kind]))
            self.add(Post, officer=draw(st.sampled_from(officers)), unit=unit, role=role)
        for _ in range(draw(st.integers(0, 4))):
            self.add(Sponsorship, leader=draw(st.sampled_from(officers)), community=communities[0])
        for _ in range(draw(st.integers(0, 5))):
            one, other = draw(st.permutations(officers))[:2]
            self.add(Leave, officer=one, substitute=draw(st.sampled_from([None, other])), kind="other")
        for number in range(draw(st.integers(0, 4))):
            self.add(
                LineRule,
                subdistrict=Unit.objects.get(kind="subdistrict"),
                department=draw(st.sampled_from(departments)),
                number=number + 1,
                priority=draw(st.integers(1, 2)),
                category=draw(st.sampled_from(["", "street_shop"])),
                focus=draw(st.sampled_from(["", "key_enterprise"])),
            )
        self.places = [self.place(grids, communities) for _ in range(draw(st.integers(1, 4)))]
        for _ in range(draw(st.integers(0, 4))):
            self.add(
                PlaceDuty,
                entity=draw(st.sampled_from(self.places)),
                officer=draw(st.sampled_from(officers)),
                role=draw(st.sampled_from(["served_by", "contact"])),
            )

    def add(self, model: Any, **values: Any) -> None:
        """A row, unless the database would refuse it: it allows no two beliefs held now for the same days."""
        row = model(**values, **periods(self.draw))
        keys = {
            Post: ("officer_id", "unit_id", "role"),
            Sponsorship: ("community_id",),
            Leave: ("officer_id",),
            LineRule: ("subdistrict_id", "number"),
            PlaceDuty: ("entity_id", "role"),
        }[model]
        same = model.objects.filter(**{key: getattr(row, key) for key in keys})
        # As-known answers ask for one belief at a time, too, so rows of one key take turns.
        for other in same:
            days = _meet(row.from_on, row.until_on, other.from_on, other.until_on)
            beliefs = _meet(row.known_at, row.superseded_at, other.known_at, other.superseded_at)
            if days and beliefs:
                return
        row.save()

    def place(self, grids: list[Unit], communities: list[Unit]) -> Entity:
        entity = place(
            self.draw(st.sampled_from(grids[:3])),
            self.draw(st.sampled_from(["street_shop", "enterprise"])),
            focus=self.draw(st.sampled_from(["", "key_enterprise"])),
            lon=self.draw(st.sampled_from([None, 120.005])),
            known_at=self.draw(st.sampled_from(INSTANTS)),
        )
        if self.draw(st.booleans()):
            entity.grid = None
            entity.community = self.draw(st.sampled_from([None, communities[0]]))
            entity.save()
            Revision.objects.filter(entity=entity).update(grid=None, community=entity.community)
        return entity


@st.composite
def worlds(draw: st.DrawFn) -> World:
    return World(draw)


def _meet(one: Any, one_end: Any, other: Any, other_end: Any) -> bool:
    return (one_end is None or other < one_end) and (other_end is None or one < other_end)


class AnyOrganisation(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        build()

    @settings(max_examples=60)
    @given(data=st.data(), on=st.sampled_from(DAYS), as_known=st.sampled_from([None, *INSTANTS]))
    def test_the_fast_way_answers_as_the_slow_one(
        self, data: st.DataObject, on: date, as_known: datetime | None
    ) -> None:
        world = data.draw(worlds())
        slow = Then(on, as_known)
        expected = {entity.pk: slow.answers(entity) for entity in world.places}
        places = Places.unscoped(reason="test")
        listed = places.resolved(on) if as_known is None else queries.resolved_then(places, on, as_known)
        found = {pk: outcome(answers) for pk, answers in listed}
        assert found == {pk: answers for pk, answers in expected.items() if answers is not None}
        for entity in world.places:
            assert outcome(queries.responsible_for(entity, on, as_known)) == (expected[entity.pk] or [])

    @settings(max_examples=40)
    @given(data=st.data(), on=st.sampled_from(DAYS))
    def test_the_gaps_are_those_of_the_slow_way_and_each_lists_its_places(
        self, data: st.DataObject, on: date
    ) -> None:
        world = data.draw(worlds())
        slow = Then(on, None)
        missing: dict[tuple[str, str], set[int]] = {}
        for entity in world.places:
            for role, officer, cause, _ in (slow.answers(entity) or [])[:4]:
                if officer is None:
                    missing.setdefault((role, cause), set()).add(entity.pk)
        everything, duties = Places.unscoped(reason="test"), duties_on(on)
        proof = gaps.coverage(everything, on, duties)
        listed: dict[tuple[str, str], set[int]] = {}
        for gap in proof.gaps:
            rows = set(gaps.places_in(everything, gap, duties).values_list("pk", flat=True))
            assert len(rows) == gap.count, gap
            listed.setdefault((gap.role, gap.cause), set()).update(rows)
        assert listed == missing
        assert proof.places - proof.covered == len(set().union(*missing.values()))


def served_by(entity: Entity, on: date = DAY) -> tuple[str | None, str | None, str]:
    answer = queries.responsible_for(entity, on)[0]
    return (
        answer.officer.username if answer.officer else None,
        answer.stands_in_for.username if answer.stands_in_for else None,
        answer.rule or answer.cause,
    )


def test_a_substitute_acts_on_the_days_of_leave_and_sees_the_places(town: Town) -> None:
    shop = place(town.grid_n1)
    back = DAY + timedelta(days=3)
    actions.take_leave(officer=town.n1, substitute=town.n2, from_on=DAY, until_on=back, by=BY, at=NOW)
    assert served_by(shop) == ("n2", "n1", "S20 grid: grid_worker")
    assert served_by(shop, back) == ("n1", None, "S20 grid: grid_worker")
    assert served_by(shop, DAY - timedelta(days=1)) == ("n1", None, "S20 grid: grid_worker")


def test_without_a_substitute_leave_is_a_gap_of_its_own_cause(town: Town) -> None:
    shop = place(town.grid_n1)
    actions.take_leave(officer=town.n1, from_on=DAY, by=BY, at=NOW)
    assert served_by(shop) == (None, None, "on_leave")


def test_substitutes_are_followed_and_a_ring_of_them_is_nobody(town: Town) -> None:
    shop = place(town.grid_n1)
    actions.take_leave(officer=town.n1, substitute=town.n2, from_on=DAY, by=BY, at=NOW)
    leave = actions.take_leave(officer=town.n2, substitute=town.s1, from_on=DAY, by=BY, at=NOW)
    assert served_by(shop) == ("s1", "n1", "S20 grid: grid_worker")
    leave.delete()
    actions.take_leave(officer=town.n2, substitute=town.n1, from_on=DAY, by=BY, at=NOW)
    assert served_by(shop) == (None, None, "on_leave")


def test_an_answer_names_its_rule_its_version_and_the_rows_it_was_drawn_from(town: Town) -> None:
    market = place(town.grid_n1, "supermarket")
    rule = town.rules[3]
    LineRule.objects.filter(pk=rule.pk).update(version=4)
    answer = queries.responsible_for(market, DAY)[1]
    assert (answer.rule, answer.version) == ("S25 #40: department_officer", 4)
    post = town.market.posts.get()
    assert answer.rows == (
        ("line_rule", rule.pk),
        ("unit", town.departments["market"].pk),
        ("post", post.pk),
    )


def test_what_was_known_then_is_answered_as_it_was_known(town: Town) -> None:
    shop = place(town.grid_n1)
    yesterday = DAY - timedelta(days=1)
    actions.end_post(
        post=town.n1.posts.get(), until_on=yesterday, by=BY, at=NOW, reason="left without notice"
    )
    assert queries.responsible_for(shop, yesterday)[0].cause == "vacant_post"
    before = NOW - timedelta(hours=1)
    then = queries.responsible_for(shop, yesterday, as_known=before)[0]
    assert then.officer == town.n1
    assert queries.responsible_for(shop, yesterday, as_known=START_OF_TIME) == ()


START_OF_TIME = datetime.fromisoformat("2019-01-01T00:00:00+00:00")


def test_an_officer_named_for_a_place_comes_before_its_grid_and_sees_it(town: Town) -> None:
    shop, other = place(town.grid_n1), place(town.grid_n1)
    (duty,) = assign_places(
        entities=[shop], officer=town.s1, role="served_by", from_on=DAY, source="by hand", by=BY, at=NOW
    )
    assert served_by(shop) == ("s1", None, "S30 assignment")
    assert served_by(other) == ("n1", None, "S20 grid: grid_worker")
    assert served_by(shop, DAY - timedelta(days=1)) == ("n1", None, "S20 grid: grid_worker")
    end_place_duty(duty=duty, until_on=DAY + timedelta(days=1), by=BY, at=NOW)
    assert served_by(shop, DAY + timedelta(days=1)) == ("n1", None, "S20 grid: grid_worker")


def test_a_second_officer_named_for_a_place_takes_over_from_the_first(town: Town) -> None:
    shop = place(town.grid_n1)
    for officer, on in ((town.s1, DAY), (town.s2, DAY + timedelta(days=2))):
        assign_places(entities=[shop], officer=officer, role="served_by", from_on=on, by=BY, at=NOW)
    assert served_by(shop, DAY + timedelta(days=1))[0] == "s1"
    assert served_by(shop, DAY + timedelta(days=2))[0] == "s2"


def test_only_officers_with_a_post_there_are_named_for_places(town: Town) -> None:
    stranger = actions.create_officer(username="stranger", name="Stranger", by=BY, at=NOW)
    with pytest.raises(OfficerElsewhere):
        assign_places(
            entities=[place(town.grid_n1)], officer=stranger, role="served_by", from_on=DAY, by=BY, at=NOW
        )


def test_a_key_enterprise_has_a_leader_in_contact(town: Town) -> None:
    firm = place(town.grid_n1, "enterprise", focus="key_enterprise")
    assert [(a.role, a.officer, a.rule) for a in queries.responsible_for(firm, DAY)][4:] == [
        ("contact", town.leader1, "S48 by sponsorship")
    ]
    assign_places(entities=[firm], officer=town.leader2, role="contact", from_on=DAY, by=BY, at=NOW)
    assert queries.responsible_for(firm, DAY)[4].officer == town.leader2


def test_rules_of_equal_rank_that_disagree_are_a_gap_and_not_a_guess(town: Town) -> None:
    shop = place(town.grid_n1, "supermarket")
    LineRule.objects.filter(category="supermarket").update(priority=50, category="", industry="F")
    Entity.objects.filter(pk=shop.pk).update(category="electromechanical_market", section="F")
    everything, duties = Places.unscoped(reason="test"), duties_on(DAY)
    (gap,) = gaps.coverage(everything, DAY, duties).gaps
    assert (gap.role, gap.cause, gap.count) == ("managed_by", "equal_rank", 1)
    assert list(gaps.places_in(everything, gap, duties)) == [shop]
    assert not everything.with_line(DAY).filter(line_id__isnull=False).exists()


def test_a_line_whose_department_has_ended_is_a_gap_that_lists_its_places(town: Town) -> None:
    shop, market = place(town.grid_n1), place(town.grid_n1, "supermarket")
    UnitRevision.objects.filter(unit=town.departments["market"]).update(until_on=DAY)
    everything, duties = Places.unscoped(reason="test"), duties_on(DAY)
    (gap,) = gaps.coverage(everything, DAY, duties).gaps
    assert (gap.role, gap.cause, gap.unit, gap.count) == ("managed_by", "unit_ended", None, 1)
    assert list(gaps.places_in(everything, gap, duties)) == [market]
    assert list(gaps.places_in_any(everything, duties)) == [market] != [shop]


def test_a_list_of_any_length_is_resolved_with_six_queries(
    town: Town, django_assert_num_queries: Any
) -> None:
    for grid in town.grids.values():
        place(grid)
        place(grid, "supermarket")
    with django_assert_num_queries(6):
        answers = dict(Places.unscoped(reason="test").resolved(DAY))
    assert len(answers) == 8
    assert all(answer.officer for found in answers.values() for answer in found)
