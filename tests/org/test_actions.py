"""The organisation changes by actions only, leaves a trace, and the database refuses what must not be."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from dongche.org import actions, audit
from dongche.org.models import AuditEntry, LineRule, Post, Sponsorship, Unit, UnitKind
from tests.town import BY, DAY, NOW, SETUP_AT, START, Town


def test_appoint_writes_one_audit_row_that_names_who_and_when(town: Town) -> None:
    post = actions.appoint(
        officer=town.duty, unit=town.grid_n1, role="grid_lead", from_on=DAY, by=town.duty, at=NOW
    )
    entry = AuditEntry.objects.get(subject="post", subject_id=post.pk)
    assert (entry.action, entry.by, entry.by_label, entry.at) == ("org.appoint", town.duty, "duty", NOW)
    assert entry.after == {
        "officer_id": town.duty.pk,
        "unit_id": town.grid_n1.pk,
        "role": "grid_lead",
        "row": post.pk,
        "from_on": "2020-03-20",
        "until_on": None,
    }


def test_an_action_without_a_trace_is_rolled_back(town: Town) -> None:
    @audit.action("org.silent")
    def silent(*, by: audit.Actor, at: object) -> None:
        Post.objects.all().delete()

    with pytest.raises(RuntimeError, match=r"org\.silent wrote no audit row"):
        silent(by=BY, at=NOW)
    assert Post.objects.count() == len(town.officers) + 1


def test_an_action_must_take_keywords_with_by_and_at() -> None:
    with pytest.raises(TypeError, match="by and at"):
        audit.action("org.nameless")(lambda *, at: None)


@pytest.mark.parametrize(
    ("days", "is_refused"), [(-30, True), (0, True), (29, True), (30, False), (31, False)]
)
def test_two_sponsors_at_once_are_refused_by_the_database(town: Town, days: int, is_refused: bool) -> None:
    Sponsorship.objects.filter(community=town.north_community).update(until_on=DAY)
    first_day = DAY - timedelta(days=30) + timedelta(days=days)
    if is_refused:
        with pytest.raises(actions.PeriodOverlaps) as refused:
            actions.sponsor_community(
                leader=town.leader2,
                community=town.north_community,
                from_on=first_day,
                by=BY,
                at=NOW,
                reason="late",
            )
        assert refused.value.code == "org.period_overlaps"
        assert Sponsorship.objects.filter(community=town.north_community).count() == 1
    else:
        actions.sponsor_community(
            leader=town.leader2,
            community=town.north_community,
            from_on=first_day,
            by=BY,
            at=NOW,
            reason="late",
        )
        assert Sponsorship.objects.filter(community=town.north_community).count() == 2


def test_an_update_into_an_overlap_is_refused_too(town: Town) -> None:
    sponsorship = Sponsorship.objects.get(community=town.north_community)
    ended = actions.end_sponsorship(sponsorship=sponsorship, until_on=DAY, by=BY, at=NOW)
    actions.sponsor_community(leader=town.leader2, community=town.north_community, from_on=DAY, by=BY, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Sponsorship.objects.filter(pk=ended.pk).update(until_on=None)


def test_a_line_rule_is_in_force_once_on_a_day(town: Town) -> None:
    rule = actions.set_line_rule(
        department=town.departments["market"], priority=10, from_on=DAY, by=BY, at=NOW
    )
    assert (rule.number, rule.version) == (7, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        LineRule.objects.filter(pk=rule.pk).update(number=1)


def test_a_post_belongs_in_a_unit_of_its_kind(town: Town) -> None:
    with pytest.raises(actions.WrongUnitForPost) as refused:
        actions.appoint(
            officer=town.duty, unit=town.departments["market"], role="grid_worker", from_on=DAY, by=BY, at=NOW
        )
    assert str(UnitKind.GRID.label) in str(refused.value)
    assert "Market" in str(refused.value)


def test_end_post_keeps_the_past_and_refuses_a_second_end(town: Town) -> None:
    post = town.n1.posts.get()
    actions.end_post(post=post, until_on=DAY, by=BY, at=NOW, reason="moved away")
    assert [p.unit for p in town.n1.posts_on(DAY - timedelta(days=1))] == [town.grid_n1]
    assert town.n1.posts_on(DAY) == []
    with pytest.raises(actions.Superseded):
        actions.end_post(post=post, until_on=DAY, by=BY, at=NOW)
    held = town.n1.posts.get(superseded_at=None)
    with pytest.raises(actions.AlreadyEnded):
        actions.end_post(post=held, until_on=DAY + timedelta(days=3), by=BY, at=NOW)
    with pytest.raises(actions.EndBeforeStart):
        actions.end_post(post=held, until_on=date(2020, 1, 1), by=BY, at=NOW, reason="mistake")


def test_what_has_passed_is_corrected_with_a_reason_only(town: Town) -> None:
    post = town.n1.posts.get()
    yesterday = DAY - timedelta(days=1)
    with pytest.raises(actions.ReasonNeeded) as refused:
        actions.end_post(post=post, until_on=yesterday, by=BY, at=NOW)
    assert "2020-03-19" in str(refused.value)
    ended = actions.end_post(post=post, until_on=yesterday, by=BY, at=NOW, reason="left a day earlier")
    post.refresh_from_db()
    assert (post.until_on, post.superseded_at) == (None, NOW)
    assert (ended.until_on, ended.known_at, ended.superseded_at) == (yesterday, NOW, None)


def test_an_officer_does_not_end_their_own_last_administrator_post(town: Town) -> None:
    own = town.duty.posts.get(role="administrator")
    with pytest.raises(actions.LastAdministrator):
        actions.end_post(post=own, until_on=DAY, by=town.duty, at=NOW)
    actions.appoint(
        officer=town.leader1, unit=town.headquarters, role="administrator", from_on=DAY, by=BY, at=NOW
    )
    assert actions.end_post(post=own, until_on=DAY, by=town.duty, at=NOW).until_on == DAY


def test_one_is_away_once_at_a_time_and_does_not_stand_in_for_oneself(town: Town) -> None:
    actions.take_leave(officer=town.n1, substitute=town.n2, from_on=DAY, by=BY, at=NOW)
    with pytest.raises(actions.PeriodOverlaps):
        actions.take_leave(officer=town.n1, from_on=DAY + timedelta(days=9), by=BY, at=NOW)
    with pytest.raises(actions.OwnSubstitute):
        actions.take_leave(officer=town.n2, substitute=town.n2, from_on=DAY, by=BY, at=NOW)


@pytest.mark.parametrize(
    ("kind", "parent"),
    [
        ("grid", "subdistrict"),
        ("community", "headquarters"),
        ("department", "north_community"),
        ("community", None),
    ],
)
def test_a_unit_stands_under_units_of_certain_kinds(town: Town, kind: str, parent: str | None) -> None:
    with pytest.raises(actions.WrongParent):
        actions.create_unit(
            kind=kind, code="X", name="x", parent=parent and getattr(town, parent), from_on=DAY, by=BY, at=NOW
        )


def test_superior_levels_are_stored_with_every_unit_below(town: Town) -> None:
    def unit(kind: str, code: str, parent: Unit | None) -> Unit:
        return actions.create_unit(
            kind=kind, code=code, name=code, parent=parent, from_on=START, by=BY, at=SETUP_AT
        )

    province = unit("province", "37", None)
    city = unit("city", "3702", province)
    district = unit("district", "370203", city)
    street = unit("subdistrict", "370203026000", district)
    community = unit("community", "370203026002", street)
    grid = unit("grid", "370203026002001", community)
    assert (grid.province, grid.city, grid.district) == (province, city, district)
    assert (grid.subdistrict, grid.community, street.subdistrict) == (street, community, None)


def test_a_code_and_a_user_name_are_given_once(town: Town) -> None:
    with pytest.raises(actions.UnitExists):
        actions.create_unit(
            kind="grid",
            code=town.grid_n1.code,
            name="x",
            parent=town.north_community,
            from_on=DAY,
            by=BY,
            at=NOW,
        )
    with pytest.raises(actions.OfficerExists):
        actions.create_officer(username="duty", name="x", by=BY, at=NOW)
