"""Working groups (S14): founded by whoever may, run by their leader, tasks owned by members and confirmed by leaders."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dongche.kit.errors import Problem
from dongche.org import actions, tasks
from dongche.org.handing import Handing, plan, posts_of
from dongche.org.models import AuditEntry, GroupMember, GroupTask, Officer, WorkingGroup, WorkItem
from dongche.org.queries import GroupTasks, Officers, WorkingGroups, WorkItems, seats_on
from tests.town import BY, DAY, NOW, START, Town

SOON, TOMORROW = DAY + timedelta(days=3), DAY + timedelta(days=1)
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def group(town: Town) -> WorkingGroup:
    """Led by leader1, with leader2 as deputy; the officer of the economy department and North's secretary sit in it."""
    found = actions.found_group(
        unit=town.subdistrict,
        name="Resumption",
        purpose="Back to work",
        from_on=START,
        by=BY,
        at=NOW,
        reason="r",
    )
    for officer, part in (
        (town.leader1, "leader"),
        (town.leader2, "deputy"),
        (town.economy, "office"),
        (town.north, "member"),
    ):
        actions.seat_member(group=found, part=part, officer=officer, from_on=START, by=BY, at=NOW, reason="r")
    return found


def give(group: WorkingGroup, owner: Officer, by: Any = BY, **more: Any) -> GroupTask:
    values = {"title": "Survey", "due_on": SOON, "by": by, "at": NOW}
    return actions.give_task(group=group, owner=owner, **values | more)


def open_items(task: GroupTask) -> list[tuple[str, str]]:
    items = WorkItem.objects.filter(key=f"task:{task.pk}", closed_at__isnull=True).select_related("officer")
    return [(item.kind, item.officer.username if item.officer else "") for item in items.order_by("kind")]


def fresh(officer: Officer) -> Officer:
    return Officer.objects.get(pk=officer.pk)


def refused(code: str, deed: Any, **given: Any) -> None:
    entries = AuditEntry.objects.count()
    with pytest.raises(Problem) as problem:
        deed(**given)
    assert problem.value.code == code
    assert AuditEntry.objects.count() == entries


def test_headquarters_and_leaders_found_groups_and_nobody_else(town: Town) -> None:
    found = {"unit": town.subdistrict, "purpose": "p", "from_on": DAY, "at": NOW}
    for officer in (town.duty, town.leader1):
        actions.found_group(name=officer.username, by=officer, **found)
    for officer in (town.economy, town.north, town.n1):
        refused("org.group_not_yours", actions.found_group, name="x", by=officer, **found)
    refused("org.group_named", actions.found_group, name="duty", by=town.duty, **found)


def test_who_sits_is_told_by_officers_and_by_posts(town: Town, group: WorkingGroup) -> None:
    actions.seat_member(
        group=group,
        part="member",
        unit=town.grid_n1,
        role="grid_worker",
        from_on=DAY,
        by=town.leader1,
        at=NOW,
    )
    seats = seats_on([group.pk], DAY)[group.pk]
    assert [(seat.part, seat.officer.username if seat.officer else None) for seat in seats] == [
        ("leader", "leader1"),
        ("deputy", "leader2"),
        ("office", "economy"),
        ("member", "north"),
        ("member", "n1"),
    ]
    post = town.n1.posts.get()
    actions.end_post(post=post, until_on=TOMORROW, by=BY, at=NOW)
    assert seats_on([group.pk], TOMORROW)[group.pk][-1].officer is None


def test_nobody_sits_twice_in_a_group(town: Town, group: WorkingGroup) -> None:
    seat = {"group": group, "part": "member", "from_on": DAY, "by": BY, "at": NOW}
    refused("org.period_overlaps", actions.seat_member, officer=town.north, **seat)
    refused("org.seat_unclear", actions.seat_member, **seat)
    refused(
        "org.seat_unclear",
        actions.seat_member,
        officer=town.n1,
        unit=town.grid_n1,
        role="grid_worker",
        **seat,
    )


def test_a_task_goes_from_its_owner_to_the_leader_and_back(town: Town, group: WorkingGroup) -> None:
    task = give(group, town.north, by=town.economy, helpers=[town.economy])
    assert open_items(task) == [("org.group_task", "north")]
    task = actions.note_progress(task=task, percent=40, note="two of five", by=town.north, at=NOW)
    refused("org.task_not_yours", actions.note_progress, task=task, percent=50, note="x", by=town.n1, at=NOW)
    refused("org.task_not_yours", actions.finish_task, task=task, note="x", by=town.economy, at=NOW)
    task = actions.finish_task(task=task, note="all five", by=town.north, at=LATER)
    assert (task.state, task.percent, open_items(task)) == ("done", 100, [("org.group_confirm", "leader1")])
    for officer in (town.north, town.economy, town.leader2, town.duty):
        refused("org.not_yours_to_confirm", actions.confirm_task, task=task, by=officer, at=LATER)
    task = actions.return_task(task=task, note="one is missing", due_on=SOON, by=town.leader1, at=LATER)
    assert (task.state, task.percent, open_items(task)) == ("returned", 40, [("org.group_task", "north")])
    actions.finish_task(task=task, note="now", by=town.north, at=LATER)
    task = actions.confirm_task(task=task, by=town.leader1, at=LATER)
    assert (task.state, open_items(task)) == ("confirmed", [])
    assert list(task.entries.order_by("pk").values_list("kind", "percent")) == [
        ("given", 0),
        ("progress", 40),
        ("done", 100),
        ("returned", 40),
        ("done", 100),
        ("confirmed", 100),
    ]
    refused("org.task_stands", actions.withdraw_task, task=task, reason="r", by=town.leader1, at=LATER)


def test_closing_the_thing_to_do_closes_the_task_and_the_other_way_round(
    town: Town, group: WorkingGroup
) -> None:
    task = give(group, town.north)
    item = WorkItem.objects.get(kind="org.group_task")
    closed = actions.close_work(item=item, outcome="did it", by=town.north, at=NOW)
    task.refresh_from_db()
    assert (task.state, closed.outcome) == ("done", "done")
    item = WorkItem.objects.get(kind="org.group_confirm")
    refused("org.not_yours_to_confirm", actions.close_work, item=item, outcome="ok", by=town.north, at=NOW)
    actions.close_work(item=item, outcome="ok", by=town.leader1, at=NOW)
    task.refresh_from_db()
    assert task.state == "confirmed"
    refused("org.work_closed", actions.close_work, item=item, outcome="ok", by=town.leader1, at=NOW)


def test_whoever_acts_for_the_owner_works_on_the_task_and_for_the_leader_confirms(
    town: Town, group: WorkingGroup
) -> None:
    task = give(group, town.north)
    actions.take_leave(officer=town.north, substitute=town.n1, from_on=DAY, by=BY, at=NOW)
    actions.take_leave(officer=town.leader1, substitute=town.duty, from_on=DAY, by=BY, at=NOW)
    assert [item.kind for item in WorkItems.visible_to(fresh(town.n1)).open()] == ["org.group_task"]
    task = actions.finish_task(task=task, note="x", by=fresh(town.n1), at=NOW)
    task = actions.confirm_task(task=task, by=fresh(town.duty), at=NOW)
    assert task.state == "confirmed"


def test_a_leaders_own_task_is_confirmed_by_the_deputy(town: Town, group: WorkingGroup) -> None:
    task = give(group, town.leader1)
    task = actions.finish_task(task=task, note="x", by=town.leader1, at=NOW)
    assert open_items(task) == [("org.group_confirm", "leader2")]
    refused("org.not_yours_to_confirm", actions.confirm_task, task=task, by=town.leader1, at=NOW)
    assert actions.confirm_task(task=task, by=town.leader2, at=NOW).state == "confirmed"


def test_only_members_own_tasks_and_only_for_days_to_come(town: Town, group: WorkingGroup) -> None:
    refused("org.owner_outside", give, group=group, owner=town.n1)
    refused("org.owner_outside", give, group=group, owner=town.north, helpers=[town.s1])
    refused("org.due_in_past", give, group=group, owner=town.north, due_on=DAY - timedelta(days=1))
    refused("org.group_not_yours", give, group=group, owner=town.north, by=town.north)
    task = give(group, town.north)
    refused(
        "org.percent_outside", actions.note_progress, task=task, percent=101, note="x", by=town.north, at=NOW
    )


def test_a_task_is_given_to_another_and_withdrawn(town: Town, group: WorkingGroup) -> None:
    task = give(group, town.north)
    new = {"owner": town.economy, "helpers": [], "due_on": SOON, "reason": "busy"}
    refused("org.group_not_yours", actions.change_task, task=task, **new, by=town.north, at=NOW)
    task = actions.change_task(task=task, **new, by=town.leader2, at=NOW)
    assert open_items(task) == [("org.group_task", "economy")]
    task = actions.withdraw_task(task=task, reason="not needed", by=town.leader2, at=NOW)
    assert (task.state, open_items(task)) == ("withdrawn", [])


def test_overdue_tasks_rise_to_the_leader_once(town: Town, group: WorkingGroup) -> None:
    task = give(group, town.north, due_on=DAY)
    tasks.raise_overdue_tasks.func(SOON.isoformat())
    entries = AuditEntry.objects.count()
    tasks.raise_overdue_tasks.func(SOON.isoformat())
    assert AuditEntry.objects.count() == entries
    assert open_items(task) == [("org.group_overdue", "leader1"), ("org.group_task", "north")]
    actions.finish_task(task=task, note="late", by=town.north, at=NOW + timedelta(days=3))
    assert open_items(task) == [("org.group_confirm", "leader1")]


def test_texts_are_numbered_reworded_and_ended(town: Town, group: WorkingGroup) -> None:
    text = {"group": group, "by": town.leader1, "at": NOW, "from_on": DAY}
    first = actions.write_text(kind="duty", text="one", **text)
    second = actions.write_text(kind="duty", text="two", **text)
    standard = actions.write_text(kind="standard", text="all", **text)
    assert [one.number for one in (first, second, standard)] == [1, 2, 1]
    new = actions.write_text(kind="duty", text="one, better", replaces=first, **text | {"from_on": TOMORROW})
    assert (new.number, new.from_on) == (1, TOMORROW)
    actions.end_text(text=second, until_on=TOMORROW, by=town.leader1, at=NOW)
    refused("org.group_not_yours", actions.write_text, kind="duty", **text | {"by": town.north, "text": "x"})


def test_a_group_ends_when_nothing_is_open_and_its_seats_end_with_it(town: Town, group: WorkingGroup) -> None:
    task = give(group, town.north)
    end = {"group": group, "until_on": TOMORROW, "by": town.duty, "at": NOW}
    refused("org.group_holds", actions.end_group, **end)
    seat = GroupMember.objects.get(officer=town.north)
    refused("org.seat_has_tasks", actions.end_seat, seat=seat, until_on=TOMORROW, by=town.duty, at=NOW)
    actions.withdraw_task(task=task, reason="r", by=town.duty, at=NOW)
    actions.end_group(**end)
    assert seats_on([group.pk], TOMORROW)[group.pk] == []
    assert len(seats_on([group.pk], DAY)[group.pk]) == 4
    refused("org.group_ended", give, group=group, owner=town.north, at=NOW + timedelta(days=2))


def test_groups_are_seen_in_their_subdistrict_and_by_their_members_alone(
    town: Town, group: WorkingGroup
) -> None:
    give(group, town.north)
    other = actions.create_unit(
        kind="subdistrict",
        code="370203901000",
        name="Elsewhere",
        parent=None,
        from_on=START,
        by=BY,
        at=NOW,
        reason="r",
    )
    head = actions.create_unit(
        kind="headquarters",
        code="370203901H",
        name="HQ",
        parent=other,
        from_on=START,
        by=BY,
        at=NOW,
        reason="r",
    )
    stranger = actions.create_officer(username="stranger", name="S", by=BY, at=NOW)
    actions.appoint(
        officer=stranger, unit=head, role="headquarters", from_on=START, by=BY, at=NOW, reason="r"
    )
    assert not WorkingGroups.visible_to(fresh(stranger)).exists()
    assert not GroupTasks.visible_to(fresh(stranger)).exists()
    assert GroupTasks.visible_to(town.s2).count() == 1
    actions.seat_member(group=group, part="member", officer=stranger, from_on=DAY, by=BY, at=NOW)
    assert WorkingGroups.visible_to(fresh(stranger)).get() == group


def test_a_hand_over_moves_seats_and_tasks(town: Town, group: WorkingGroup) -> None:
    new = actions.create_officer(username="new", name="New", by=BY, at=NOW)
    task = give(group, town.north, helpers=[town.economy])
    posts = tuple(posts_of(town.north, DAY))
    planned = plan(Handing(town.north, new, posts, DAY))
    assert {step.name: count for step, count in planned.parts} == {
        "group_seats": 1,
        "group_tasks": 1,
        "places": 0,
    }
    actions.hand_over(officer=town.north, successor=new, posts=posts, from_on=DAY, by=town.duty, at=NOW)
    task.refresh_from_db()
    assert task.owner == new
    assert open_items(task) == [("org.group_task", "new")]
    assert [seat.officer for seat in seats_on([group.pk], DAY)[group.pk]][-1] == new
    assert task.entries.order_by("-pk")[0].kind == "moved"
    assert actions.finish_task(task=task, note="x", by=fresh(new), at=NOW).state == "done"


def test_a_hand_over_to_a_member_keeps_the_higher_seat(town: Town, group: WorkingGroup) -> None:
    posts = tuple(posts_of(town.leader1, DAY))
    give(group, town.leader1)
    actions.hand_over(
        officer=town.leader1, successor=town.leader2, posts=posts, from_on=DAY, by=town.duty, at=NOW
    )
    assert [(s.part, s.officer and s.officer.username) for s in seats_on([group.pk], DAY)[group.pk]] == [
        ("leader", "leader2"),
        ("office", "economy"),
        ("member", "north"),
    ]


def test_without_a_successor_a_task_belongs_to_nobody_until_it_is_given_again(
    town: Town, group: WorkingGroup
) -> None:
    task = give(group, town.north)
    posts = tuple(posts_of(town.north, DAY))
    actions.hand_over(officer=town.north, successor=None, posts=posts, from_on=DAY, by=town.duty, at=NOW)
    task.refresh_from_db()
    assert (task.owner, open_items(task)) == (None, [("org.group_task", "")])
    task = actions.change_task(
        task=task, owner=town.economy, helpers=[], due_on=SOON, reason="r", by=town.leader1, at=NOW
    )
    assert open_items(task) == [("org.group_task", "economy")]


def test_groups_stay_when_they_are_to_stay(town: Town, group: WorkingGroup) -> None:
    task = give(group, town.north)
    posts = tuple(posts_of(town.north, DAY))
    actions.hand_over(
        officer=town.north, successor=town.n1, posts=posts, from_on=DAY, groups=False, by=town.duty, at=NOW
    )
    task.refresh_from_db()
    assert (task.owner, open_items(task)) == (town.north, [("org.group_task", "north")])


def test_a_member_account_does_not_close(town: Town, group: WorkingGroup) -> None:
    new = actions.create_officer(username="new", name="New", by=BY, at=NOW)
    actions.seat_member(group=group, part="member", officer=new, from_on=DAY, by=BY, at=NOW)
    refused("org.still_holds_posts", actions.deactivate, officer=new, reason="r", by=BY, at=NOW)


def test_absences_to_act_in_go_to_the_successor(town: Town) -> None:
    leave = {"from_on": SOON, "until_on": SOON + timedelta(days=5), "by": BY, "at": NOW}
    actions.take_leave(officer=town.n2, substitute=town.n1, **leave)
    actions.take_leave(officer=town.s1, substitute=town.n1, **leave)
    posts = tuple(posts_of(town.n1, DAY))
    planned = plan(Handing(town.n1, town.n2, posts, DAY))
    assert [(one.leave.officer, one.acts) for one in planned.acting] == [(town.n2, None), (town.s1, town.n2)]
    actions.hand_over(officer=town.n1, successor=town.n2, posts=posts, from_on=DAY, by=town.duty, at=NOW)
    held = {
        leave.officer.username: leave.substitute and leave.substitute.username
        for leave in Officer.objects.get(pk=town.n2.pk).leaves.model.objects.filter(
            superseded_at__isnull=True
        )
    }
    assert held == {"n2": None, "s1": "n2"}


def test_the_action_knows_whose_posts_may_be_handed_over_and_to_whom(town: Town) -> None:
    posts = tuple(posts_of(town.n1, DAY))
    over = {"officer": town.n1, "posts": posts, "from_on": DAY, "at": NOW}
    refused("org.out_of_reach", actions.hand_over, successor=town.n2, by=town.economy, **over)
    other = actions.create_unit(
        kind="subdistrict",
        code="370203901000",
        name="Elsewhere",
        parent=None,
        from_on=START,
        by=BY,
        at=NOW,
        reason="r",
    )
    head = actions.create_unit(
        kind="headquarters",
        code="370203901H",
        name="HQ",
        parent=other,
        from_on=START,
        by=BY,
        at=NOW,
        reason="r",
    )
    stranger = actions.create_officer(username="stranger", name="S", by=BY, at=NOW)
    newcomer = actions.create_officer(username="newcomer", name="N", by=BY, at=NOW)
    actions.appoint(
        officer=stranger, unit=head, role="headquarters", from_on=START, by=BY, at=NOW, reason="r"
    )
    refused("org.successor_out_of_reach", actions.hand_over, successor=stranger, by=town.duty, **over)
    refused("org.out_of_reach", actions.hand_over, successor=newcomer, by=fresh(stranger), **over)
    actions.hand_over(successor=newcomer, by=town.duty, **over)
    assert Officers.visible_to(fresh(town.duty)).filter(pk=newcomer.pk).exists()
