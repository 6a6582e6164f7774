"""The organisation changes by actions only, leaves a trace, and the database refuses what must not be."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from dongche.org import actions, audit
from dongche.org.models import AuditEntry, LineRule, Post, Sponsorship
from tests.town import BY, DAY, NOW, START, Town


def test_appoint_writes_one_audit_row_that_names_who_and_when(town: Town) -> None:
    post = actions.appoint(
        officer=town.duty, unit=town.grid_n1, role="grid_lead", from_on=DAY, by=town.duty, at=NOW
    )
    entry = AuditEntry.objects.get(subject="post", subject_id=post.pk)
    assert (entry.action, entry.by, entry.by_label, entry.at) == ("org.appoint", town.duty, "duty", NOW)
    assert entry.after == {"officer": town.duty.pk, "unit": town.grid_n1.code, "role": "grid_lead"}


def test_an_action_without_a_trace_is_rolled_back(town: Town) -> None:
    @audit.action("org.silent")
    def silent(*, by: audit.Actor, at: object) -> None:
        Post.objects.all().delete()

    with pytest.raises(RuntimeError, match=r"org\.silent wrote no audit row"):
        silent(by=BY, at=NOW)
    assert Post.objects.count() == len(town.officers)


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
                leader=town.leader2, community=town.north_community, from_on=first_day, by=BY, at=NOW
            )
        assert refused.value.code == "org.period_overlaps"
        assert Sponsorship.objects.filter(community=town.north_community).count() == 1
    else:
        actions.sponsor_community(
            leader=town.leader2, community=town.north_community, from_on=first_day, by=BY, at=NOW
        )
        assert Sponsorship.objects.filter(community=town.north_community).count() == 2


def test_an_update_into_an_overlap_is_refused_too(town: Town) -> None:
    sponsorship = Sponsorship.objects.get(community=town.north_community)
    actions.end_sponsorship(sponsorship=sponsorship, until_on=DAY, by=BY, at=NOW)
    actions.sponsor_community(leader=town.leader2, community=town.north_community, from_on=DAY, by=BY, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Sponsorship.objects.filter(pk=sponsorship.pk).update(until_on=None)


def test_two_line_rules_of_equal_rank_are_refused(town: Town) -> None:
    with pytest.raises(actions.PeriodOverlaps):
        actions.set_line_rule(department=town.departments["market"], priority=10, from_on=DAY, by=BY, at=NOW)
    LineRule.objects.filter(priority=10).update(superseded_at=NOW)
    actions.set_line_rule(department=town.departments["market"], priority=10, from_on=START, by=BY, at=NOW)
    assert LineRule.objects.filter(priority=10).count() == 2


def test_a_post_belongs_in_a_unit_of_its_kind(town: Town) -> None:
    with pytest.raises(actions.WrongUnitForPost) as refused:
        actions.appoint(
            officer=town.duty, unit=town.departments["market"], role="grid_worker", from_on=DAY, by=BY, at=NOW
        )
    assert "grid" in str(refused.value)
    assert "Market" in str(refused.value)


def test_end_post_keeps_the_past_and_refuses_a_second_end(town: Town) -> None:
    post = town.n1.posts.get()
    actions.end_post(post=post, until_on=DAY, by=BY, at=NOW, reason="moved away")
    assert [p.unit for p in town.n1.posts_on(DAY - timedelta(days=1))] == [town.grid_n1]
    assert town.n1.posts_on(DAY) == []
    with pytest.raises(actions.AlreadyEnded):
        actions.end_post(post=post, until_on=DAY + timedelta(days=3), by=BY, at=NOW)
    with pytest.raises(actions.EndBeforeStart):
        actions.end_post(post=post, until_on=date(2020, 1, 1), by=BY, at=NOW)


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
