"""Guessing is stopped, for everybody alike, until a time that is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from dongche.kit import clock
from dongche.org import actions as org
from dongche.org.access import actions, lockout
from dongche.org.access.models import Attempts
from dongche.org.models import AuditEntry
from tests.org.access.conftest import Door
from tests.town import BY, NOW, Town

T = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def last_entry() -> AuditEntry:
    entry = AuditEntry.objects.order_by("pk").last()
    assert entry is not None
    return entry


def test_the_fifth_failure_locks_and_says_until_when(door: Door) -> None:
    answers = [door.sign_in(password=f"guess-{n}") for n in range(6)]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 422, 429, 429]
    row = Attempts.objects.get(kind="account")
    until = f"{row.locked_until.astimezone(clock.BEIJING):%H:%M}"
    text = answers[4].content.decode()
    assert f"已锁定至 {until}（还有15分钟）" in text
    assert "org.sign_in_locked" in text
    assert 0 < int(answers[5]["Retry-After"]) <= 900


def test_the_right_password_does_not_open_a_lock_but_time_does(door: Door, later) -> None:
    for n in range(5):
        door.sign_in(password=f"guess-{n}")
    assert door.sign_in().status_code == 429
    later(minutes=14)
    assert door.sign_in().status_code == 429
    later(minutes=1, seconds=1)
    assert door.sign_in().status_code == 302
    assert door.is_in()


def test_a_success_forgets_the_failures_before_it(door: Door) -> None:
    for _ in range(3):
        for n in range(4):
            assert door.sign_in(password=f"guess-{n}").status_code == 422
        assert door.sign_in().status_code == 302
        door.client.logout()
    assert not Attempts.objects.filter(kind="account").exists()


def test_unknown_and_closed_accounts_are_answered_like_known_ones(door: Door, town: Town) -> None:
    town.s1.is_active = False
    town.s1.save()
    org.create_officer(username="nopass", name="No Password", by=BY, at=NOW)

    def answers(username: str) -> list[tuple[int, str]]:
        Attempts.objects.all().delete()
        found = [door.sign_in(username, "wrong-password-1") for _ in range(6)]
        return [
            (one.status_code, one.content.decode().split("<h1>")[1].split("<input")[0].split("csrf")[0])
            for one in found
        ]

    known = answers("duty")
    assert answers("nobody-of-that-name") == known
    assert answers("s1") == known
    assert answers("nopass") == known


def test_an_unknown_name_costs_as_much_work_as_a_known_one(door: Door, town: Town, monkeypatch) -> None:
    """The hasher runs once for everybody; its time is what could be measured from outside."""
    from django.contrib.auth.hashers import MD5PasswordHasher

    org.create_officer(username="nopass", name="No Password", by=BY, at=NOW)
    runs: list[str] = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda self, *given: runs.append("x") or encode(self, *given)
    )
    counts = {}
    for username in ("duty", "nobody-of-that-name", "nopass"):
        runs.clear()
        door.sign_in(username, "wrong-password-1")
        counts[username] = len(runs)
    assert counts == {"duty": 1, "nobody-of-that-name": 1, "nopass": 1}


def test_an_address_that_tries_many_names_is_locked_for_all(door: Door, settings) -> None:
    settings.LOCK_AFTER = 2
    codes = [door.sign_in(f"name-{n}", "wrong-password-1").status_code for n in range(21)]
    assert codes == [422] * 19 + [429, 429]
    assert door.sign_in().status_code == 429
    elsewhere = door.client.post(
        "/sign-in/", {"username": "duty", "password": "x"}, REMOTE_ADDR="198.51.100.9"
    )
    assert elsewhere.status_code == 422


def test_a_header_does_not_make_a_new_address(door: Door, settings) -> None:
    settings.LOCK_AFTER = 1
    for n in range(10):
        answer = door.client.post(
            "/sign-in/",
            {"username": f"name-{n}", "password": "x"},
            REMOTE_ADDR="192.0.2.7",
            HTTP_X_FORWARDED_FOR=f"203.0.113.{n}",
        )
    assert answer.status_code == 429
    assert Attempts.objects.filter(kind="address").count() == 1


def test_behind_our_proxy_clients_are_told_apart(door: Door, settings) -> None:
    settings.PROXIES = ("192.0.2.7",)
    for n in range(3):
        door.client.post(
            "/sign-in/",
            {"username": "duty", "password": "x"},
            REMOTE_ADDR="192.0.2.7",
            HTTP_X_FORWARDED_FOR=f"203.0.113.{n}",
        )
    assert Attempts.objects.filter(kind="address").count() == 3


def test_neither_names_nor_addresses_are_kept(door: Door) -> None:
    door.sign_in("my-password-typed-as-a-name", "x")
    for row in Attempts.objects.all():
        assert len(row.key) == 40
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM access_attempts")
        assert "my-password" not in repr(cursor.fetchall())


def test_a_lock_is_in_the_audit_log_once_and_without_the_name_typed(door: Door, town: Town) -> None:
    before = AuditEntry.objects.count()
    for _ in range(7):
        door.sign_in("duty", "wrong-password-1")
    entries = list(AuditEntry.objects.order_by("pk")[before:])
    assert [(e.action, e.subject, e.subject_id, e.by_label) for e in entries] == [
        ("org.lock_sign_in", "officer", town.duty.pk, "sign-in")
    ]
    for _ in range(5):
        door.sign_in("my-password-as-name", "x")
    entry = last_entry()
    assert (entry.subject, entry.subject_id) == ("sign_in", None)
    assert "my-password" not in f"{entry.before} {entry.after} {entry.reason} {entry.by_label}"


def test_headquarters_lifts_a_lock(door: Door, town: Town) -> None:
    for _ in range(5):
        door.sign_in("n1", "wrong-password-1")
    assert lockout.locked_until(town.n1, clock.real()) is not None
    actions.unlock(officer=town.n1, by=town.duty, at=NOW, reason="rang up")
    assert lockout.locked_until(town.n1, clock.real()) is None
    entry = last_entry()
    assert (entry.action, entry.subject_id, entry.by_id, entry.reason) == (
        "org.unlock",
        town.n1.pk,
        town.duty.pk,
        "rang up",
    )
    assert door.sign_in("n1").status_code == 302
    with pytest.raises(actions.NotLocked):
        actions.unlock(officer=town.n1, by=town.duty, at=NOW)


def test_programs_get_the_refusal_as_json(door: Door) -> None:
    for _ in range(5):
        answer = door.client.post(
            "/sign-in/", {"username": "duty", "password": "x"}, headers={"accept": "application/json"}
        )
    assert answer.status_code == 429
    assert answer.json()["code"] == "org.sign_in_locked"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("192.0.2.7", "192.0.2.8", False),
        ("", "damaged", True),
    ],
)
def test_what_counts_as_one_address(one: str, other: str, same: bool) -> None:
    assert (lockout.address_key(one) == lockout.address_key(other)) is same


@pytest.mark.parametrize("typed", ["DUTY", " duty ", "ｄｕｔｙ"])
def test_however_a_name_is_typed_it_is_one_account(typed: str) -> None:
    assert lockout.account_key(typed) == lockout.account_key("duty")


class Guessing(TestCase):
    @given(st.lists(st.tuples(st.integers(0, 600), st.booleans()), max_size=40))
    def test_no_window_of_time_answers_more_than_the_limit(self, attempts: list[tuple[int, bool]]) -> None:
        """However attempts are spread, fewer than six wrong ones are judged in any fifteen minutes in a row."""
        Attempts.objects.all().delete()
        keys = lockout.keys_of("duty", "192.0.2.7")
        now, wrong = T, []
        with override_settings(LOCK_AFTER=5, LOCK_MINUTES=15):
            for pause, is_right in attempts:
                now += timedelta(seconds=pause)
                try:
                    lockout.admit(keys, now)
                except lockout.SignInLocked:
                    continue
                if is_right:
                    lockout.give_back(keys)
                    lockout.forget(keys[0])
                    wrong.clear()
                else:
                    wrong.append(now)
                assert sum(now - at < timedelta(minutes=15) for at in wrong) <= 5


@pytest.mark.django_db(transaction=True)
def test_attempts_sent_at_once_get_no_more_answers() -> None:
    from concurrent.futures import ThreadPoolExecutor

    keys = lockout.keys_of("duty", "192.0.2.7")

    def attempt(_: int) -> bool:
        try:
            lockout.admit(keys, T)
        except lockout.SignInLocked:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as pool:
        admitted = list(pool.map(attempt, range(24)))
    assert sum(admitted) == 5
