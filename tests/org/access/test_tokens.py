"""Tokens for programs: issued, shown once, worth as much as their officer, revoked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.urls import reverse

from dongche.kit import clock
from dongche.org import actions as org
from dongche.org.access import actions, bearer, lockout
from dongche.org.access.models import ApiToken
from dongche.org.models import AuditEntry, Officer, Post
from dongche.org.queries import NotAdministered
from tests.org.access.conftest import Door
from tests.tokens import issue
from tests.town import BY, NOW, Town

HERE = "192.0.2.9"


def entered(secret: str, address: str = HERE) -> Officer:
    fresh = bearer.officer_with(f"Bearer {secret}", address, clock.real())
    return Officer.objects.get(pk=fresh.pk)


def test_a_token_is_shown_once_and_kept_as_a_hash(door: Door, town: Town) -> None:
    door.sign_in()
    page = door.client.post(reverse("access:token-issue"), {"name": "nightly", "days": "30"})
    secret = page.context["secret"]
    assert secret in page.content.decode()
    token = ApiToken.objects.get()
    assert (token.name, token.expires_at - token.issued_at) == ("nightly", timedelta(days=30))
    assert secret not in str(ApiToken.objects.values().get())
    account = door.client.get(reverse("access:account")).content.decode()
    assert "nightly" in account
    assert secret not in account
    assert entered(secret) == town.duty
    trace = AuditEntry.objects.order_by("pk").last()
    assert (trace.action, trace.subject_id, secret in str(trace.after)) == (
        "org.issue_token",
        token.pk,
        False,
    )


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"name": "", "days": "30"}, "name"),
        ({"name": "a", "days": "0"}, "days"),
        ({"name": "a", "days": "366"}, "days"),
    ],
)
def test_a_token_has_a_name_and_lives_a_year_at_most(door: Door, given: dict[str, str], wrong: str) -> None:
    door.sign_in()
    page = door.client.post(reverse("access:token-issue"), given)
    assert (page.status_code, list(page.context["form"].errors)) == (422, [wrong])
    assert ApiToken.objects.count() == 0


def test_a_proof_too_long_ago_is_asked_for_again(door: Door, later: Any) -> None:
    door.sign_in()
    later(minutes=16)
    page = door.client.post(reverse("access:token-issue"), {"name": "a", "days": "1"})
    assert page.status_code == 302
    assert page["Location"].startswith(reverse("access:confirm"))


def test_nobody_holds_more_than_twenty(door: Door, town: Town) -> None:
    for _n in range(20):
        issue(town.duty)
    door.sign_in()
    page = door.client.post(reverse("access:token-issue"), {"name": "a", "days": "1"})
    assert page.status_code == 409
    assert "20" in page.content.decode()


def _expired(town: Town, token: ApiToken) -> None:
    ApiToken.objects.filter(pk=token.pk).update(
        issued_at=clock.real() - timedelta(days=2), expires_at=clock.real() - timedelta(days=1)
    )


def _revoked(town: Town, token: ApiToken) -> None:
    actions.revoke_token(token=token, revoked_at=clock.real(), by=token.officer, at=NOW)


def _closed(town: Town, token: ApiToken) -> None:
    _without_post(town, token)
    org.deactivate(officer=Officer.objects.get(username="n1"), reason="left", by=BY, at=NOW)


def _without_post(town: Town, token: ApiToken) -> None:
    org.end_post(post=Post.objects.get(officer=town.n1), until_on=date(2020, 3, 20), reason="", by=BY, at=NOW)


def _new_password(town: Town, token: ApiToken) -> None:
    actions.give_password(officer=town.n1, password="quite-another-2020", set_at=clock.real(), by=BY, at=NOW)


@pytest.mark.parametrize("ended", [_expired, _revoked, _closed, _without_post, _new_password])
def test_a_token_is_worth_nothing_once(town: Town, ended: Any) -> None:
    token, secret = issue(town.n1)
    assert entered(secret) == town.n1
    ended(town, token)
    with pytest.raises(bearer.TokenOver):
        entered(secret)


def test_wrong_tokens_are_counted_by_address_and_right_ones_answered(town: Town) -> None:
    _token, secret = issue(town.n1)
    for _n in range(lockout.GUESSES):
        with pytest.raises(bearer.TokenUnknown):
            entered("dongche_nobody")
    with pytest.raises(lockout.TooManyWrongTokens):
        entered("dongche_nobody")
    with pytest.raises(bearer.TokenUnknown):
        entered("dongche_nobody", "198.51.100.4")
    assert entered(secret) == town.n1


@pytest.mark.parametrize(
    ("policy", "username", "is_strong", "is_open"),
    [
        ("optional", "duty", False, True),
        ("required-for-headquarters", "duty", False, False),
        ("required-for-headquarters", "duty", True, True),
        ("required-for-headquarters", "n1", False, True),
        ("required", "n1", False, False),
        ("required", "n1", True, True),
    ],
)
def test_a_token_does_nothing_that_needs_a_second_factor_unless_it_was_issued_with_one(
    town: Town, policy: str, username: str, is_strong: bool, is_open: bool
) -> None:
    officer = town.officers[username]
    _token, secret = issue(officer, is_strong=is_strong)
    with override_settings(MFA_POLICY=policy):
        if is_open:
            assert entered(secret) == officer
        else:
            with pytest.raises(bearer.TokenWeak):
                entered(secret)


def test_its_last_use_is_written_once_a_minute(town: Town, later: Any) -> None:
    token, secret = issue(town.n1)
    entered(secret)
    token.refresh_from_db()
    first = token.last_used_at
    assert first is not None
    later(seconds=30)
    entered(secret)
    token.refresh_from_db()
    assert token.last_used_at == first
    later(seconds=31)
    entered(secret)
    token.refresh_from_db()
    assert token.last_used_at > first


def test_one_revokes_ones_own_and_nobody_elses(door: Door, town: Town) -> None:
    mine, _secret = issue(town.n1)
    other, _secret = issue(town.n2)
    door.sign_in("n1")
    assert door.client.post(reverse("access:token-revoke", args=[other.pk])).status_code == 404
    assert door.client.post(reverse("access:token-revoke", args=[mine.pk])).status_code == 302
    assert set(ApiToken.objects.filter(revoked_at__isnull=True)) == {other}
    assert AuditEntry.objects.order_by("pk").last().after == {"token": "revoked"}


def test_an_administrator_revokes_those_of_the_officers_they_administer(door: Door, town: Town) -> None:
    token, _secret = issue(town.n1)
    door.sign_in("duty")
    page = door.client.get(reverse("desk:officer", args=["n1"])).content.decode()
    assert token.name in page
    address = reverse("desk:officer-token-revoke", args=["n1", token.pk])
    assert address in page
    assert door.client.post(address).status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None
    another, _secret = issue(town.s1)
    with pytest.raises(NotAdministered):
        actions.revoke_token(token=another, revoked_at=clock.real(), by=town.n2, at=NOW)
