"""Working groups on the desk: who may do what is offered and enforced, lists page and count, the file says the same."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from dongche.org import actions
from dongche.org.models import GroupMember, GroupTask, GroupText, Officer, WorkingGroup
from tests.town import BY, DAY, NOW, START, Town

EN = {"accept-language": "en"}


@pytest.fixture
def group(town: Town) -> WorkingGroup:
    found = actions.found_group(
        unit=town.subdistrict, name="Resumption", purpose="p", from_on=START, by=BY, at=NOW, reason="r"
    )
    for officer, part in ((town.leader1, "leader"), (town.economy, "member"), (town.north, "member")):
        actions.seat_member(group=found, part=part, officer=officer, from_on=START, by=BY, at=NOW, reason="r")
    return found


def give(group: WorkingGroup, owner: Officer, title: str = "Survey", **more: Any) -> GroupTask:
    values = {"due_on": DAY + timedelta(days=3), "by": BY, "at": NOW, **more}
    return actions.give_task(group=group, owner=owner, title=title, **values)


def as_(client: Client, officer: Officer) -> Client:
    client.force_login(officer)
    return client


def late(group: WorkingGroup, owner: Officer) -> GroupTask:
    before = NOW - timedelta(days=5)
    return give(group, owner, "Late", due_on=DAY - timedelta(days=2), at=before)


def test_a_group_is_founded_filled_and_ended_on_its_pages(at_desk: Client, town: Town) -> None:
    new = {"unit": town.subdistrict.code, "name": "G", "purpose": "p", "from_on": "2020-03-20"}
    at_desk.post(reverse("desk:group-new"), new)
    group = WorkingGroup.objects.get()
    again = at_desk.post(reverse("desk:group-new"), new, headers=EN)
    assert (again.status_code, "org.group_named" in again.content.decode()) == (422, True)
    url = reverse("desk:group-seat", args=[group.pk])
    post = town.leader1.posts.get().pk
    seat = {"post": post, "as_post": "officer", "part": "leader", "from_on": "2020-03-20"}
    assert at_desk.post(url, seat).status_code == 302
    post = town.n1.posts.get().pk
    assert at_desk.post(url, seat | {"post": post, "as_post": "post", "part": "member"}).status_code == 302
    assert list(GroupMember.objects.order_by("pk").values_list("officer__username", "role")) == [
        ("leader1", ""),
        (None, "grid_worker"),
    ]
    text = {"kind": "standard", "text": "all", "from_on": "2020-03-20"}
    assert at_desk.post(reverse("desk:group-text", args=[group.pk]), text).status_code == 302
    held = GroupText.objects.get()
    at_desk.post(reverse("desk:group-text-change", args=[held.pk]), text | {"text": "every one"})
    held = GroupText.objects.get(superseded_at=None)
    assert (held.text, held.number) == ("every one", 1)
    page = at_desk.get(reverse("desk:group", args=[group.pk]), {"keep": "1"}).content.decode()
    for name, key in (("group-text-end", held.pk), ("group-seat-end", GroupMember.objects.first().pk)):
        assert reverse(f"desk:{name}", args=[key]) in page
    end = {"until_on": "2020-03-21"}
    assert at_desk.post(reverse("desk:group-text-end", args=[held.pk]), end).status_code == 302
    assert (
        at_desk.post(reverse("desk:group-change", args=[group.pk]), {"name": "H", "purpose": "q"}).status_code
        == 302
    )
    assert at_desk.post(reverse("desk:group-end", args=[group.pk]), end).status_code == 302
    group.refresh_from_db()
    assert (group.name, group.until_on) == ("H", DAY + timedelta(days=1))


def test_a_task_goes_its_way_from_page_to_page(client: Client, town: Town, group: WorkingGroup) -> None:
    new = {"title": "T", "owner": "north", "helpers": ["economy"], "due_on": "2020-03-25"}
    page = as_(client, town.leader1).post(reverse("desk:group-task-new", args=[group.pk]), new)
    assert page.status_code == 302
    task = GroupTask.objects.get()
    url = reverse("desk:group-task", args=[task.pk])

    def step(name: str) -> str:
        return reverse("desk:group-task-step", args=[task.pk, name])

    def offered(officer: Officer) -> list[str]:
        return [name for name, _step in as_(client, officer).get(url).context["whole"].steps]

    assert [offered(o) for o in (town.leader1, town.north, town.economy, town.s1)] == [
        ["change", "withdraw"],
        ["finish"],
        [],
        [],
    ]
    day = as_(client, town.north).get(reverse("desk:my-day"), headers=EN)
    assert [todo.text for todo in day.context["day"].work] == ["Task: T"]
    assert [row.mine for row in day.context["day"].groups] == ["Member"]
    assert as_(client, town.economy).post(url, {"percent": "30", "note": "n"}).status_code == 302
    assert as_(client, town.s1).post(url, {"percent": "30", "note": "n"}).status_code == 422
    assert as_(client, town.north).post(step("finish"), {"note": "done"}).status_code == 302
    assert offered(town.leader1) == ["confirm", "return", "withdraw"]
    day = as_(client, town.leader1).get(reverse("desk:my-day"), headers=EN)
    assert [todo.text for todo in day.context["day"].work] == ["To confirm: T"]
    refused = as_(client, town.north).post(step("confirm"), {}, headers=EN)
    assert (refused.status_code, "org.not_yours_to_confirm" in refused.content.decode()) == (422, True)
    assert as_(client, town.leader1).post(step("return"), {"note": "more"}).status_code == 302
    changed = {"owner": "economy", "helpers": [], "due_on": "2020-03-26", "reason": "r"}
    assert client.post(step("change"), changed).status_code == 302
    assert as_(client, town.economy).post(step("finish"), {"note": "done"}).status_code == 302
    assert as_(client, town.leader1).post(step("confirm"), {"note": ""}).status_code == 302
    assert [entry.kind for entry in client.get(url).context["whole"].entries] == [
        "confirmed", "done", "changed", "returned", "done", "progress", "given",
    ]  # fmt: skip
    assert client.get(step("nothing")).status_code == 404


def test_whoever_does_not_run_a_group_changes_nothing_in_it(
    client: Client, town: Town, group: WorkingGroup
) -> None:
    give(group, town.north)
    seat = GroupMember.objects.get(officer=town.north)
    for officer in (town.north, town.s1):
        as_(client, officer)
        for name in ("group-change", "group-seat", "group-text", "group-task-new"):
            assert client.get(reverse(f"desk:{name}", args=[group.pk])).status_code == 403
        assert client.get(reverse("desk:group-seat-end", args=[seat.pk])).status_code == 403
        assert client.get(reverse("desk:group-new")).status_code == 403
        assert client.get(reverse("desk:group-end", args=[group.pk])).status_code == 403
        assert client.get(reverse("desk:group", args=[group.pk]), {"keep": "1"}).context["keeps"] is False


def test_a_stranger_sees_no_group(client: Client, town: Town, group: WorkingGroup) -> None:
    task = give(group, town.north)
    stranger = actions.create_officer(username="stranger", name="S", by=BY, at=NOW)
    other = actions.create_unit(
        kind="subdistrict",
        code="370203901000",
        name="E",
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
    actions.appoint(
        officer=stranger, unit=head, role="headquarters", from_on=START, by=BY, at=NOW, reason="r"
    )
    as_(client, stranger)
    for name, key in (("group", group.pk), ("group-export", group.pk), ("group-task", task.pk)):
        assert client.get(reverse(f"desk:{name}", args=[key])).status_code == 404
    assert (
        client.post(reverse("desk:group-task-step", args=[task.pk, "withdraw"]), {"reason": "x"}).status_code
        == 404
    )
    assert client.get(reverse("desk:groups")).context["rows"] == []


def test_the_board_filters_counts_and_its_file_says_the_same(
    client: Client, town: Town, group: WorkingGroup
) -> None:
    late(group, town.north)
    give(group, town.economy, "Soon", helpers=[town.north])
    done = give(group, town.economy, "Done")
    actions.finish_task(task=done, note="x", by=town.economy, at=NOW)
    url = reverse("desk:group", args=[group.pk])
    as_(client, town.north)
    found = {
        show: [line.task.title for line in client.get(url, {"show": show}).context["lines"]]
        for show in ("mine", "open", "overdue", "waiting", "done", "all", "nonsense")
    }
    assert found == {
        "mine": ["Late", "Soon"],
        "open": ["Late", "Soon"],
        "overdue": ["Late"],
        "waiting": ["Done"],
        "done": ["Done"],
        "all": ["Late", "Soon", "Done"],
        "nonsense": ["Late", "Soon"],
    }
    assert [tab.count for tab in client.get(url).context["tabs"]] == [2, 2, 1, 1, 1, 3]
    file = client.get(reverse("desk:group-export", args=[group.pk]), {"show": "overdue"}, headers=EN)
    sheet = openpyxl.load_workbook(io.BytesIO(file.getvalue())).active
    assert [row[:1] + row[6:10] for row in sheet.iter_rows(min_row=2, values_only=True)] == [
        ("Late", sheet["G2"].value, 0, "Open", 2)
    ]
    (row,) = client.get(reverse("desk:groups")).context["rows"]
    assert (row.size, row.counts.undone, row.counts.overdue, row.counts.waiting, row.mine != "") == (
        3,
        2,
        1,
        1,
        True,
    )


def test_the_board_pages_by_key_and_asks_the_same_queries_for_any_length(
    client: Client, town: Town, group: WorkingGroup, django_assert_max_num_queries: Any
) -> None:
    url = reverse("desk:group", args=[group.pk])
    as_(client, town.leader1)
    give(group, town.north)
    client.get(url)
    with django_assert_max_num_queries(21) as few:
        client.get(url)
    for number in range(60):
        give(group, town.north, f"T{number:02d}", helpers=[town.economy])
    with django_assert_max_num_queries(len(few)):
        first = client.get(url)
    assert (len(first.context["lines"]), first.context["pager"].total) == (50, 61)
    rest = client.get(url, {"after": first.context["pager"].next})
    assert len(rest.context["lines"]) == 11
    titles = {line.task.pk for page in (first, rest) for line in page.context["lines"]}
    assert len(titles) == 61
    for name in ("desk:groups", "desk:my-day", "desk:organisation"):
        client.get(reverse(name))
        with django_assert_max_num_queries(60) as before:
            client.get(reverse(name))
        more = actions.found_group(
            unit=town.subdistrict, name=name, purpose="p", from_on=START, by=BY, at=NOW, reason="r"
        )
        actions.seat_member(
            group=more, part="member", officer=town.leader1, from_on=START, by=BY, at=NOW, reason="r"
        )
        give(more, town.leader1)
        with django_assert_max_num_queries(len(before)):
            client.get(reverse(name))


def test_groups_stand_on_the_chart(at_desk: Client, town: Town, group: WorkingGroup) -> None:
    late(group, town.north)
    page = at_desk.get(reverse("desk:organisation"), headers=EN)
    assert [row.group for row in page.context["drawn"].groups] == [group]
    assert "1 overdue" in page.content.decode()
