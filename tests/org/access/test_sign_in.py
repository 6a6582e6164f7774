"""Signing in and out by password, sessions, passwords that must be changed, the maintenance site's door."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from dongche.kit import clock
from dongche.org import actions as org
from dongche.org.access import actions
from dongche.org.models import AuditEntry, Officer
from tests.org.access.conftest import Door
from tests.town import BY, NOW, PASSWORD, Town

NEW = "seven-blue-trains-2026"


def test_a_sign_in_leads_to_the_overview_and_leaves_a_trace(door: Door, town: Town) -> None:
    answer = door.sign_in()
    assert (answer.status_code, answer["Location"]) == (302, reverse("desk:overview"))
    row = UserSession.objects.get()
    assert (row.user, row.ip) == (town.duty, "192.0.2.7")
    entry = AuditEntry.objects.order_by("pk").last()
    assert (entry.action, entry.subject_id, entry.after) == (
        "org.sign_in",
        town.duty.pk,
        {"signed_in": "password", "session": row.pk},
    )


@pytest.mark.parametrize(
    ("wanted", "target"),
    [
        ("/desk/places/?q=1", "/desk/places/?q=1"),
        ("https://evil.example/", None),
        ("//evil.example", None),
        ("javascript:alert(1)", None),
    ],
)
def test_only_our_own_addresses_are_gone_back_to(door: Door, wanted: str, target: str | None) -> None:
    assert door.sign_in(next=wanted)["Location"] == (target or reverse("desk:overview"))


def test_the_session_key_changes_at_sign_in_and_is_gone_after_sign_out(door: Door) -> None:
    door.client.get(reverse("sign-in"))
    session = door.client.session
    session["planted"] = "1"
    session.save()
    door.client.cookies["sessionid"] = planted = session.session_key
    door.sign_in()
    key = door.client.cookies["sessionid"].value
    assert key != planted
    assert not Session.objects.filter(session_key=planted).exists()
    assert door.client.post(reverse("sign-out"))["Location"] == reverse("sign-in")
    assert not Session.objects.filter(session_key=key).exists()
    assert not UserSession.objects.exists()
    replayed = Client()
    replayed.cookies["sessionid"] = key
    assert replayed.get(reverse("access:account")).status_code == 302


@pytest.mark.parametrize("cookie", ["", "x", "a" * 32, "' OR 1=1 --", "\x00", "é" * 40])
def test_a_made_up_cookie_is_nobody(town: Town, client: Client, cookie: str) -> None:
    answer = client.get(reverse("access:account"), headers={"cookie": f"sessionid={cookie}"})
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("sign-in"))


def test_a_cookie_with_one_letter_changed_is_nobody(door: Door) -> None:
    door.sign_in()
    key = door.client.cookies["sessionid"].value
    door.client.cookies["sessionid"] = ("a" if key[0] != "a" else "b") + key[1:]
    assert not door.is_in()


def test_session_data_that_was_tampered_with_in_the_database_is_worth_nothing(door: Door) -> None:
    door.sign_in()
    row = Session.objects.get()
    row.session_data = row.session_data[:-3] + ("abc" if row.session_data[-3:] != "abc" else "abd")
    row.save()
    assert not door.is_in()


def test_one_session_ends_another_and_the_cookie_of_it_works_no_more(door: Door, another: Door) -> None:
    door.sign_in()
    another.sign_in()
    assert another.is_in()
    other = UserSession.objects.get(session_key=another.client.cookies["sessionid"].value)
    door.client.post(reverse("access:session-end", args=[other.pk]))
    assert not another.is_in()
    assert door.is_in()
    entry = AuditEntry.objects.order_by("pk").last()
    assert (entry.action, entry.subject_id) == ("org.end_session", other.pk)


def test_all_other_sessions_end_at_once(door: Door, another: Door, town: Town) -> None:
    third, stranger = Door(Client()), Door(Client())
    for browser in (door, another, third):
        browser.sign_in()
    stranger.sign_in("n1")
    door.client.post(reverse("access:sessions-end"))
    assert [b.is_in() for b in (door, another, third, stranger)] == [True, False, False, True]


def test_nobody_ends_or_sees_the_session_of_another(door: Door, another: Door) -> None:
    door.sign_in("duty")
    another.sign_in("n1")
    other = UserSession.objects.get(user__username="n1")
    assert door.client.post(reverse("access:session-end", args=[other.pk])).status_code == 404
    assert another.is_in()
    text = door.client.get(reverse("access:account")).content.decode()
    assert f"/account/sessions/{other.pk}/" not in text


def test_the_list_of_sessions_names_device_address_and_the_present_one(door: Door, another: Door) -> None:
    agent = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/116 MicroMessenger/8.0"
    another.client.defaults["HTTP_USER_AGENT"] = agent
    another.sign_in()
    door.sign_in()
    page = door.client.get(reverse("access:account")).content.decode()
    assert "WeChat · Android" in page
    assert page.count("192.0.2.7") == 2
    assert page.count("本次登录") == 1


def test_sessions_that_ended_by_themselves_leave_the_list(door: Door, another: Door, later) -> None:
    another.sign_in()
    Session.objects.update(expire_date=clock.real() - timedelta(hours=1))
    door.sign_in()
    assert UserSession.objects.count() == 1


def test_a_page_is_noticed_once_in_five_minutes(door: Door) -> None:
    from django.core.cache import cache

    door.sign_in()
    UserSession.objects.update(last_seen_at=clock.real() - timedelta(hours=1))
    door.client.get(reverse("access:password"))
    assert UserSession.objects.get().last_seen_at < clock.real() - timedelta(minutes=50)
    cache.clear()  # five minutes later
    door.client.get(reverse("access:password"))
    assert UserSession.objects.get().last_seen_at > clock.real() - timedelta(minutes=1)
    with CaptureQueriesContext(connection) as asked:
        door.client.get(reverse("access:password"))
    assert [query["sql"] for query in asked if "usersession" in query["sql"]] == []


def test_the_password_is_changed_by_its_owner_and_other_sessions_end(
    door: Door, another: Door, town: Town
) -> None:
    door.sign_in()
    another.sign_in()
    key = door.client.cookies["sessionid"].value
    answer = door.client.post(
        reverse("access:password"), {"present": PASSWORD, "new": NEW, "again": NEW}, REMOTE_ADDR="192.0.2.7"
    )
    assert answer.status_code == 302
    assert door.is_in()
    assert door.client.cookies["sessionid"].value != key
    assert not another.is_in()
    assert another.sign_in().status_code == 422
    assert another.sign_in(password=NEW).status_code == 302
    actions_of = AuditEntry.objects.filter(subject="officer", subject_id=town.duty.pk)
    assert {"org.change_password", "org.end_other_sessions"} <= set(
        actions_of.values_list("action", flat=True)
    )


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"present": "wrong", "new": NEW, "again": NEW}, "org.wrong_password"),
        ({"present": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "org.same_password"),
        ({"present": PASSWORD, "new": NEW, "again": NEW + "x"}, "两次输入的密码不一致"),
        ({"present": PASSWORD, "new": "short", "again": "short"}, "10"),
        ({"present": PASSWORD, "new": "1234567890123", "again": "1234567890123"}, "数字"),
    ],
)
def test_a_change_that_is_refused_changes_nothing(door: Door, given: dict[str, str], code: str) -> None:
    door.sign_in()
    answer = door.client.post(reverse("access:password"), given)
    assert answer.status_code == 422
    assert code in answer.content.decode()
    assert Officer.objects.get(username="duty").check_password(PASSWORD)
    assert door.is_in()


def test_guessing_the_present_password_locks_too(door: Door) -> None:
    door.sign_in()
    given = {"present": "wrong", "new": NEW, "again": NEW}
    codes = [door.client.post(reverse("access:password"), given).status_code for _ in range(6)]
    assert codes == [422, 422, 422, 422, 429, 429]


def test_a_password_given_by_another_opens_only_the_page_that_changes_it(door: Door, town: Town) -> None:
    given = "given-by-headquarters-1"
    actions.give_password(officer=town.n1, password=given, set_at=clock.real(), by=town.duty, at=NOW)
    assert door.sign_in("n1", given).status_code == 302
    for name in ("desk:overview", "access:account", "access:totp"):
        answer = door.client.get(reverse(name))
        assert (answer.status_code, answer["Location"]) == (302, reverse("access:password"))
    fragment = door.client.get(reverse("desk:overview"), headers={"hx-request": "true"})
    assert (fragment.status_code, fragment["HX-Redirect"]) == (204, reverse("access:password"))
    page = door.client.get(reverse("access:password"))
    assert "由他人设置" in page.content.decode()
    door.client.post(reverse("access:password"), {"present": given, "new": NEW, "again": NEW})
    assert door.client.get(reverse("desk:overview")).status_code == 200
    door.client.post(reverse("sign-out"))
    door.sign_in("n1", NEW)
    assert door.client.get(reverse("desk:overview")).status_code == 200


def test_a_password_given_by_another_ends_the_sessions(door: Door, town: Town) -> None:
    door.sign_in("n1")
    actions.give_password(officer=town.n1, password=NEW, set_at=clock.real(), by=town.duty, at=NOW)
    assert not door.is_in()


def test_a_password_that_is_too_old_must_be_changed(door: Door, town: Town, settings, later) -> None:
    settings.PASSWORD_MAX_DAYS = 90
    door.sign_in()
    door.client.post(reverse("access:password"), {"present": PASSWORD, "new": NEW, "again": NEW})
    door.client.post(reverse("sign-out"))
    later(days=89)
    door.sign_in(password=NEW)
    assert door.client.get(reverse("access:account")).status_code == 200
    door.client.post(reverse("sign-out"))
    later(days=1, seconds=1)
    door.sign_in(password=NEW)
    assert door.client.get(reverse("access:account"))["Location"] == reverse("access:password")


def test_an_officer_who_is_closed_is_out_with_the_next_request(door: Door, town: Town) -> None:
    door.sign_in("n1")
    Officer.objects.filter(pk=town.n1.pk).update(is_active=False)
    assert not door.is_in()


def test_the_maintenance_site_has_no_door_of_its_own(door: Door, town: Town) -> None:
    answer = door.client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith(f"{reverse('sign-in')}?next=")
    guess = door.client.post("/admin/login/", {"username": "duty", "password": PASSWORD})
    assert (guess.status_code, guess["Location"].split("?")[0]) == (302, reverse("sign-in"))
    door.sign_in()
    refused = door.client.get("/admin/", follow=True)
    assert refused.status_code == 403
    assert door.client.get("/admin/password_change/")["Location"] == reverse("access:password")


def test_the_maintenance_site_is_closed_until_the_password_is_ones_own(door: Door, town: Town) -> None:
    admin = org.create_officer(
        username="root", name="Root", password=PASSWORD, is_superuser=True, by=BY, at=NOW
    )
    actions.require_new_password(officer=admin, set_at=clock.real(), by=town.duty, at=NOW)
    door.sign_in("root")
    assert door.client.get("/admin/")["Location"] == reverse("access:password")


def test_what_allauth_keeps_cannot_be_changed_in_the_maintenance_site(door: Door, town: Town) -> None:
    org.create_officer(username="root", name="Root", password=PASSWORD, is_superuser=True, by=BY, at=NOW)
    door.sign_in("root")
    text = door.client.get("/admin/").content.decode()
    assert [
        word for word in ("/admin/mfa/", "/admin/socialaccount/", "/admin/usersessions/") if word in text
    ] == []


@pytest.mark.parametrize(
    "path",
    ["login/", "signup/", "password/reset/", "email/", "2fa/", "social/connections/", "sessions/"],
)
@pytest.mark.parametrize("before", ["", "accounts/", "account/"])
def test_pages_of_allauth_do_not_exist(door: Door, before: str, path: str) -> None:
    door.sign_in()
    assert door.client.get(f"/{before}{path}").status_code == 404


@pytest.mark.parametrize(
    "name", ["account_login", "account_signup", "mfa_index", "socialaccount_connections"]
)
def test_addresses_of_allauth_have_no_name(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name)
