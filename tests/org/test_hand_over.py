"""A hand-over moves everything that hangs on posts, keeps what was, and is taken back the other way round."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dongche.org import actions
from dongche.org.handing import Handing, plan, posts_of
from dongche.org.models import AuditEntry, Officer, WorkItem
from dongche.registry.actions import assign_places
from dongche.registry.models import PlaceDuty
from dongche.registry.queries import responsible_for
from tests.factories.registry import place
from tests.town import BY, DAY, NOW, START, Town

TOMORROW, YESTERDAY = DAY + timedelta(days=1), DAY - timedelta(days=1)


@pytest.fixture
def newcomer(town: Town) -> Officer:
    return actions.create_officer(username="new", name="Newcomer", by=BY, at=NOW)


def give(officer: Officer, successor: Officer | None, **more: Any) -> Any:
    values = {"posts": posts_of(officer, DAY), "from_on": DAY, "by": BY, "at": NOW}
    return actions.hand_over(officer=officer, successor=successor, **values | more)


def names(entity: Any, on: Any = DAY, **more: Any) -> list[str]:
    return [a.officer.username if a.officer else a.cause for a in responsible_for(entity, on, **more)]


def test_a_leaders_posts_communities_places_and_work_go_in_one_deed(town: Town, newcomer: Officer) -> None:
    firm = place(town.grid_s1, "enterprise", focus="key_enterprise")
    assign_places(
        entities=[firm], officer=town.leader1, role="contact", from_on=START, by=BY, at=NOW, reason="r"
    )
    item = actions.open_work(
        subdistrict=town.subdistrict, kind="test", key="1", officer=town.leader1, by=BY, at=NOW
    )
    north = place(town.grid_n1)
    handing = Handing(town.leader1, newcomer, tuple(posts_of(town.leader1, DAY)), DAY)
    planned = plan(handing)
    assert [post.role for post in planned.posts] == ["division_leader"]
    assert [held.community for held in planned.sponsorships] == [town.north_community]
    assert (planned.work, [count for _step, count in planned.parts]) == (1, [0, 0, 1])
    entries = AuditEntry.objects.count()
    give(town.leader1, newcomer, reason="new posting")
    assert AuditEntry.objects.count() == entries + 1
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.after["work"], len(entry.after["places"]["given"])) == (
        "org.hand_over", [item.pk], 1,
    )  # fmt: skip
    assert names(north)[3] == "new"
    assert names(north, YESTERDAY)[3] == "leader1"
    assert (names(firm)[4], names(firm, YESTERDAY)[4]) == ("new", "leader1")
    assert WorkItem.objects.get(pk=item.pk).officer == newcomer
    assert names(north, as_known=NOW - timedelta(hours=1))[3] == "leader1"

    give(newcomer, town.leader1, posts=posts_of(newcomer, DAY))
    assert names(north)[3] == "leader1"
    assert names(firm)[4] == "leader1"
    assert WorkItem.objects.get(pk=item.pk).officer == town.leader1


def test_only_the_chosen_posts_go_and_the_rest_stays(town: Town, newcomer: Officer) -> None:
    actions.appoint(officer=town.n1, unit=town.grid_n2, role="grid_lead", from_on=DAY, by=BY, at=NOW)
    first, second = place(town.grid_n1), place(town.grid_n2)
    assign_places(entities=[second], officer=town.n1, role="served_by", from_on=DAY, by=BY, at=NOW)
    posts = [post for post in posts_of(town.n1, TOMORROW) if post.role == "grid_worker"]
    give(town.n1, newcomer, posts=posts, from_on=TOMORROW, places=False)
    assert (names(first)[0], names(first, TOMORROW)[0]) == ("n1", "new")
    assert names(second, TOMORROW)[0] == "n1"


def test_without_a_successor_posts_fall_vacant_and_named_places_return_to_their_grid(town: Town) -> None:
    shop, named = place(town.grid_n1), place(town.grid_n2)
    assign_places(entities=[named], officer=town.n1, role="served_by", from_on=DAY, by=BY, at=NOW)
    assert give(town.n1, None) == []
    assert names(shop)[0] == "vacant_post"
    assert names(named)[0] == "n2"


def test_a_successor_who_holds_the_post_beside_the_officer_keeps_it(town: Town) -> None:
    actions.appoint(officer=town.n2, unit=town.grid_n1, role="grid_worker", from_on=DAY, by=BY, at=NOW)
    give(town.n1, town.n2)
    assert names(place(town.grid_n1))[0] == "n2"


def test_what_cannot_be_handed_over_is_refused(town: Town, newcomer: Officer) -> None:
    with pytest.raises(actions.OwnSuccessor):
        give(town.n1, town.n1)
    with pytest.raises(actions.ReasonNeeded):
        give(town.n1, newcomer, from_on=YESTERDAY)
    with pytest.raises(actions.NothingToHandOver):
        give(town.n1, newcomer, posts=posts_of(town.n2, DAY))
    with pytest.raises(actions.NoAdministratorLeft):
        give(town.duty, None)
    newcomer.is_active = False
    newcomer.save()
    with pytest.raises(actions.SuccessorInactive):
        give(town.n1, newcomer)
    assert PlaceDuty.objects.count() == 0
    assert names(place(town.grid_n1))[0] == "n1"


def test_many_places_go_in_few_statements(
    town: Town, newcomer: Officer, django_assert_max_num_queries: Any
) -> None:
    shops = [place(town.grid_n1) for _ in range(30)]
    assign_places(entities=shops, officer=town.n1, role="served_by", from_on=DAY, by=BY, at=NOW)
    with django_assert_max_num_queries(40):
        give(town.n1, newcomer, from_on=TOMORROW)
    assert PlaceDuty.objects.filter(officer=newcomer, superseded_at=None).count() == 30
