"""Officers' administration: invite, first post, change, end, close; whom one sees, and what is refused."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from dongche.kit import clock
from dongche.org import actions
from dongche.org.access import actions as access
from dongche.org.models import AuditEntry, Officer, Post
from tests.factories.registry import place
from tests.town import BY, DAY, NOW, SETUP_AT, START, Town

EN = {"accept-language": "en"}


@pytest.fixture
def second(town: Town) -> Officer:
    """The administrator of another sub-district, Hillside."""
    return hillside()[1]


def hillside() -> tuple[Any, Officer]:
    made: dict[str, Any] = {"from_on": START, "by": BY, "at": NOW, "reason": "test"}
    plain = {"from_on": START, "by": BY, "at": SETUP_AT}
    subdistrict = actions.create_unit(
        kind="subdistrict", code="370203800000", name="Hillside", parent=None, **plain
    )
    headquarters = actions.create_unit(
        kind="headquarters", code="370203800000H", name="Hillside headquarters", parent=subdistrict, **plain
    )
    officer = actions.create_officer(username="hill", name="山坡管理员", by=BY, at=NOW, phone="19911112222")
    actions.appoint(officer=officer, unit=headquarters, role="administrator", **made)
    return headquarters, officer


def names(client: Client, query: str = "") -> set[str]:
    page = client.get(f"{reverse('desk:officers')}?{query}")
    assert page.status_code == 200
    return {line.officer.username for line in page.context["lines"]}


def invite(client: Client, **values: Any) -> Any:
    given = {
        "name": "新来者",
        "username": "newcomer",
        "phone": "138 0000 1234",
        "role": "grid_worker",
        "unit": "370203900001001",
        "from_on": DAY.isoformat(),
    }
    return client.post(reverse("desk:officer-invite"), given | values, headers=EN)


def test_the_list_is_of_the_own_sub_district_and_searchable(
    at_desk: Client, town: Town, second: Officer
) -> None:
    assert names(at_desk) == set(town.officers)
    assert names(at_desk, "q=ficer+north") == {"north"}
    assert names(at_desk, "q=n1") == {"n1"}
    assert names(at_desk, "role=division_leader") == {"leader1", "leader2"}
    assert names(at_desk, "unit=370203900000L01") == {"economy"}
    assert names(at_desk, "unit=370203800000H") == set()
    actions.take_leave(officer=town.n1, from_on=DAY, by=BY, at=NOW)
    assert names(at_desk, "state=away") == {"n1"}
    actions.end_post(post=town.s1.posts.get(), until_on=DAY, by=BY, at=NOW)
    assert names(at_desk, "state=no_post") == {"s1"}
    access.lock_sign_in(officer=town.n2, kinds=["account"], until=clock.real(), by=BY, at=NOW)
    assert names(at_desk, "state=locked") == set()


def test_two_characters_of_a_chinese_name_find_it(at_desk: Client, town: Town) -> None:
    Officer.objects.filter(username="n2").update(name="欧阳晓静")
    assert names(at_desk, "q=晓静") == {"n2"}


def test_the_list_pages_by_key_and_asks_the_same_queries_for_any_length(
    at_desk: Client, town: Town, django_assert_num_queries: Any
) -> None:
    for n in range(60):
        worker = actions.create_officer(username=f"w{n:02d}", name=f"网格员{n:02d}", by=BY, at=NOW)
        actions.appoint(officer=worker, unit=town.grid_n1, role="grid_lead", from_on=DAY, by=BY, at=NOW)
    at_desk.get(reverse("desk:officers"))
    with django_assert_num_queries(13):
        page = at_desk.get(reverse("desk:officers"))
    assert len(page.context["lines"]) == 50
    rest = at_desk.get(f"{reverse('desk:officers')}?after={page.context['pager'].next}")
    assert len(rest.context["lines"]) == page.context["pager"].total - 50
    fragment = at_desk.get(
        f"{reverse('desk:officers')}?q=网格", headers={"HX-Request": "true"}
    ).content.decode()
    assert "<html" not in fragment


def test_excel_says_what_each_answers_for_with_phones_masked(at_desk: Client, town: Town) -> None:
    place(town.grid_n1)
    book = openpyxl.load_workbook(io.BytesIO(at_desk.get(reverse("desk:officers-export")).getvalue()))
    rows = {row[0]: row for row in book.active.iter_rows(min_row=2, values_only=True)}
    assert set(rows) == set(town.officers)
    assert rows["n1"][2] == f"{town.n1.phone[:3]}******{town.n1.phone[-2:]}"
    assert [rows[name][5:] for name in ("n1", "affairs", "north", "leader1", "s1")] == [
        (1, 0, 0, 0, 0),
        (0, 1, 0, 0, 0),
        (0, 0, 1, 0, 0),
        (0, 0, 0, 1, 0),
        (0, 0, 0, 0, 0),
    ]


def test_an_invited_officer_gets_a_first_post_and_a_link_that_works_once(at_desk: Client, town: Town) -> None:
    page = invite(at_desk)
    assert page.status_code == 200
    link = re.search(r"/invite/[\w-]+/", page.content.decode())[0]
    new = Officer.objects.get(username="newcomer")
    post = new.posts.get()
    assert (post.unit.code, post.role, post.from_on, new.phone) == (
        "370203900001001",
        "grid_worker",
        DAY,
        "13800001234",
    )
    assert names(at_desk, "state=invited") == {"newcomer"}
    guest = Client()
    sent = guest.post(link, {"new": "four-green-harbours", "again": "four-green-harbours"})
    assert sent.status_code == 302
    assert guest.get(link).status_code == 410
    assert names(at_desk, "state=invited") == set()
    logged = AuditEntry.objects.filter(subject="officer", subject_id=new.pk, action="org.bring_in").get()
    assert "新来者" not in str(logged.after)
    assert "1380" not in str(logged.after)
    assert logged.subdistrict_id == town.subdistrict.pk


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"username": "n1"}, "org.officer_exists"),
        ({"role": "department_officer"}, "org.wrong_unit_for_post"),
        ({"from_on": "2020-03-01"}, "org.reason_needed"),
        ({"username": "Big Name"}, "small letters"),
        ({"phone": "ring me"}, "in digits"),
        ({"unit": "370203800000H"}, "370203800000H"),
        ({"role": "superior_officer"}, "superior_officer"),
    ],
)
def test_an_invitation_that_cannot_be_is_refused_whole(
    at_desk: Client, town: Town, second: Officer, values: dict[str, str], code: str
) -> None:
    before = Officer.objects.count()
    refused = invite(at_desk, **values)
    assert refused.status_code == 422
    assert code in refused.content.decode()
    assert Officer.objects.count() == before


def test_a_post_is_changed_and_ended(at_desk: Client, town: Town) -> None:
    post = town.n1.posts.get()
    address = reverse("desk:post-change", args=["n1", post.pk])
    assert at_desk.get(address).status_code == 200
    tomorrow = DAY + timedelta(days=1)
    given = {"role": "community_officer", "unit": "370203900001", "from_on": tomorrow.isoformat()}
    assert at_desk.post(address, given).status_code == 302
    found = {
        (p.role, p.from_on, p.until_on) for p in Post.objects.filter(officer=town.n1, superseded_at=None)
    }
    assert found == {("grid_worker", START, tomorrow), ("community_officer", tomorrow, None)}
    later = Post.objects.get(officer=town.n1, role="community_officer")
    end = reverse("desk:post-end", args=["n1", later.pk])
    refused = at_desk.post(end, {"until_on": tomorrow.isoformat()}, headers=EN)
    assert refused.status_code == 422
    assert "org.end_before_start" in refused.content.decode()
    ended = at_desk.post(end, {"until_on": (DAY + timedelta(days=9)).isoformat()})
    assert ended.status_code == 302
    page = at_desk.get(reverse("desk:officer", args=["n1"]), headers=EN)
    assert len(page.context["whole"].posts) == 2


def test_a_refused_change_leaves_the_old_post(at_desk: Client, town: Town) -> None:
    address = reverse("desk:post-change", args=["n1", town.n1.posts.get().pk])
    given = {"role": "department_officer", "unit": "370203900001", "from_on": DAY.isoformat()}
    assert at_desk.post(address, given).status_code == 422
    assert town.n1.posts.get().until_on is None


def test_the_last_administrator_cannot_end_their_own_post(at_desk: Client, town: Town) -> None:
    post = town.duty.posts.get(role="administrator")
    refused = at_desk.post(
        reverse("desk:post-end", args=["duty", post.pk]), {"until_on": "2020-03-21"}, headers=EN
    )
    assert refused.status_code == 422
    assert "org.last_administrator" in refused.content.decode()


def test_an_account_closes_only_when_nothing_is_left_undone(at_desk: Client, town: Town) -> None:
    close = reverse("desk:officer-close", args=["s1"])

    def refusal() -> str:
        answer = at_desk.post(close, {"reason": "moved away"}, headers=EN)
        assert answer.status_code == 422
        return re.search(r"org\.[a-z_]+", answer.content.decode().split('role="alert"')[1])[0]

    leave = actions.take_leave(officer=town.s2, from_on=DAY, substitute=town.s1, by=BY, at=NOW)
    assert refusal() == "org.still_holds_posts"
    actions.end_post(post=town.s1.posts.get(), until_on=DAY, by=BY, at=NOW)
    item = actions.open_work(
        subdistrict=town.subdistrict, kind="org.gap", key="1", officer=town.s1, by=BY, at=NOW
    )
    assert refusal() == "org.still_has_work"
    actions.close_work(item=item, outcome="done", by=BY, at=NOW)
    assert refusal() == "org.still_acts"
    leave.supersede(NOW)
    inside = Client()
    inside.force_login(town.s1)
    assert at_desk.post(close, {"reason": "moved away"}).status_code == 302
    assert inside.get(reverse("access:account")).status_code == 302
    assert "s1" not in names(at_desk)
    assert names(at_desk, "state=closed") == {"s1"}
    assert at_desk.post(reverse("desk:officer-reopen", args=["s1"]), {"reason": "is back"}).status_code == 302
    assert "s1" in names(at_desk)
    said = AuditEntry.objects.filter(action__in=("org.deactivate", "org.reactivate")).order_by("id")
    assert [(row.reason, row.subdistrict_id) for row in said] == [
        ("moved away", town.subdistrict.pk),
        ("is back", town.subdistrict.pk),
    ]


def test_nobody_closes_their_own_account(at_desk: Client, town: Town) -> None:
    answer = at_desk.post(reverse("desk:officer-close", args=["duty"]), {"reason": "tired"}, headers=EN)
    assert "org.own_account" in answer.content.decode()


ADDRESSES = (
    "officer",
    "officer-edit",
    "officer-close",
    "officer-reopen",
    "post-give",
    "officer-link",
    "officer-reveal",
)


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_officer_of_another_sub_district_does_not_exist_here(
    client: Client, town: Town, second: Officer, name: str
) -> None:
    client.force_login(second)
    address = reverse(f"desk:{name}", args=["n1"])
    before = AuditEntry.objects.count()
    answers = {client.get(address).status_code, client.post(address, {"reason": "x"}).status_code}
    assert answers <= {404, 405}
    post = town.n1.posts.get()
    for step in ("post-change", "post-end"):
        assert client.post(reverse(f"desk:{step}", args=["n1", post.pk])).status_code == 404
        assert client.post(reverse(f"desk:{step}", args=["hill", post.pk])).status_code == 404
    assert AuditEntry.objects.count() == before
    assert names(client) == {"hill"}


def test_who_has_left_for_another_sub_district_is_no_longer_ours(
    at_desk: Client, town: Town, second: Officer
) -> None:
    headquarters = second.posts.get().unit
    actions.appoint(officer=town.n1, unit=headquarters, role="headquarters", from_on=DAY, by=BY, at=NOW)
    assert "n1" in names(at_desk)
    assert at_desk.post(reverse("desk:officer-link", args=["n1"])).status_code in (302, 403)
    actions.end_post(
        post=town.n1.posts.get(role="grid_worker", superseded_at=None), until_on=DAY, by=BY, at=NOW
    )
    assert "n1" not in names(at_desk)
    assert at_desk.get(reverse("desk:officer", args=["n1"])).status_code == 404


def test_the_actions_themselves_refuse_what_is_out_of_reach(town: Town, second: Officer) -> None:
    hill = {"by": second, "at": NOW}
    with pytest.raises(actions.OutOfReach):
        actions.appoint(officer=second, unit=town.headquarters, role="administrator", from_on=DAY, **hill)
    with pytest.raises(actions.OutOfReach):
        actions.end_post(post=town.n1.posts.get(), until_on=DAY, **hill)
    with pytest.raises(actions.NotAdministered):
        access.invite(officer=town.n1, invited_at=NOW, expires_at=NOW, **hill)
    with pytest.raises(actions.NotAdministered):
        actions.deactivate(officer=town.n1, reason="because", **hill)
    keeper = Officer.objects.create_superuser("keeper", name="Keeper")
    actions.appoint(
        officer=keeper, unit=second.posts.get().unit, role="headquarters", from_on=DAY, by=BY, at=NOW
    )
    with pytest.raises(actions.NotAdministered):
        access.invite(officer=keeper, invited_at=NOW, expires_at=NOW, **hill)
    with pytest.raises(actions.SuperuserByNobody):
        actions.create_officer(username="boss", name="Boss", is_superuser=True, **hill)


def test_a_second_post_elsewhere_does_not_widen_what_one_administers(
    client: Client, town: Town, second: Officer
) -> None:
    """Administrator there and duty officer here: that does not add up to administrator here."""
    actions.appoint(
        officer=second, unit=town.departments["market"], role="department_officer", from_on=DAY, by=BY, at=NOW
    )
    client.force_login(Officer.objects.get(pk=second.pk))
    assert names(client) == {"hill"}
    assert invite(client).status_code == 422


@pytest.mark.parametrize("username", ["n1", "north", "leader1", "economy"])
def test_officers_are_administered_by_the_administrator_alone(
    client: Client, town: Town, username: str
) -> None:
    client.force_login(town.officers[username])
    for name in ("officers", "officers-export", "officer-invite"):
        assert client.get(reverse(f"desk:{name}")).status_code == 403
    assert client.get(reverse("desk:roles")).status_code == 200


def test_the_page_of_an_officer_says_what_they_answer_for(at_desk: Client, town: Town) -> None:
    place(town.grid_n1)
    page = at_desk.get(reverse("desk:officer", args=["n1"]), headers=EN)
    whole = page.context["whole"]
    assert [(one.role, one.count) for one in whole.answers] == [("Served by", 1)]
    assert town.n1.phone not in page.content.decode()


def test_name_and_phone_are_corrected_without_standing_in_the_log(at_desk: Client, town: Town) -> None:
    sent = at_desk.post(reverse("desk:officer-edit", args=["n1"]), {"name": "改名", "phone": "13777778888"})
    assert sent.status_code == 302
    found = Officer.objects.get(username="n1")
    assert (found.name, found.phone) == ("改名", "13777778888")
    entry = AuditEntry.objects.filter(action="org.correct_officer").get()
    assert entry.after == {"name": "changed", "phone": "changed"}
    assert at_desk.post(reverse("desk:officer-edit", args=["n1"]), {"name": "改名"}).status_code == 302
    assert Officer.objects.get(username="n1").phone == "13777778888"
