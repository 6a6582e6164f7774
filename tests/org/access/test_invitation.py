"""Invitations: one link, once, until it expires, for one officer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.urls import reverse

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org import actions as org
from dongche.org.access import actions
from dongche.org.access.models import Invitation
from dongche.org.models import AuditEntry, Officer
from tests.org.access.conftest import Door
from tests.town import BY, NOW, Town, build

NEW = {"new": "seven-blue-trains-2026", "again": "seven-blue-trains-2026"}


def invite(officer: Officer, hours: int = 72) -> str:
    now = clock.real()
    _, code = actions.invite(
        officer=officer, invited_at=now, expires_at=now + timedelta(hours=hours), by=BY, at=NOW
    )
    return reverse("access:invitation", args=[code])


def test_an_invited_officer_chooses_a_password_and_signs_in_with_it(door: Door, town: Town) -> None:
    officer = org.create_officer(username="new", name="New Officer", by=town.duty, at=NOW)
    url = invite(officer)
    page = door.client.get(url)
    assert (page.status_code, "no-store" in page["Cache-Control"]) == (200, True)
    assert "New Officer" in page.content.decode()
    assert door.client.post(url, NEW)["Location"] == reverse("sign-in")
    assert door.sign_in("new", NEW["new"]).status_code == 302
    assert door.client.get(reverse("access:account")).status_code == 200
    entry = AuditEntry.objects.filter(action="org.accept_invitation").get()
    assert entry.by_id == officer.pk


def test_the_link_works_once_and_says_no_more_than_a_made_up_one(
    door: Door, another: Door, town: Town
) -> None:
    url = invite(town.n1)
    assert door.client.post(url, NEW).status_code == 302
    used = another.client.get(url)
    never = another.client.get(reverse("access:invitation", args=["x" * 32]))
    assert (used.status_code, never.status_code) == (410, 410)
    assert used.content.decode().split("<main")[1] == never.content.decode().split("<main")[1]
    assert door.client.post(url, NEW).status_code == 410


def test_it_expires_is_replaced_and_is_withdrawn(door: Door, town: Town, later) -> None:
    first, second = invite(town.n1), invite(town.n1)
    assert [door.client.get(url).status_code for url in (first, second)] == [410, 200]
    actions.withdraw_invitation(officer=town.n1, withdrawn_at=clock.real(), by=BY, at=NOW)
    assert door.client.get(second).status_code == 410
    with pytest.raises(actions.InvitationOver):
        actions.withdraw_invitation(officer=town.n1, withdrawn_at=clock.real(), by=BY, at=NOW)
    third = invite(town.n1, hours=1)
    later(hours=1, seconds=1)
    assert door.client.get(third).status_code == 410
    assert door.client.post(third, NEW).status_code == 410


def test_a_weak_password_leaves_the_invitation_open(door: Door, town: Town) -> None:
    url = invite(town.n1)
    assert door.client.post(url, {"new": "short", "again": "short"}).status_code == 422
    assert door.client.post(url, {"new": "one-long-password", "again": "another-long-one"}).status_code == 422
    assert door.client.get(url).status_code == 200


def test_a_closed_officer_cannot_use_it_and_sessions_of_before_end(
    door: Door, another: Door, town: Town
) -> None:
    another.sign_in("n1")
    url = invite(town.n1)
    Officer.objects.filter(pk=town.n1.pk).update(is_active=False)
    assert door.client.get(url).status_code == 410
    Officer.objects.filter(pk=town.n1.pk).update(is_active=True)
    assert door.client.post(url, NEW).status_code == 302
    assert not another.is_in()


def test_the_code_is_not_kept(town: Town) -> None:
    url = invite(town.n1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM access_invitation")
        assert url.split("/")[2] not in repr(cursor.fetchall())
    assert not any(url.split("/")[2] in f"{e.before} {e.after}" for e in AuditEntry.objects.all())


def test_the_database_holds_one_open_invitation_for_each_officer(town: Town) -> None:
    invite(town.n1)
    row = Invitation.objects.get()
    row.pk, row.code_hash = None, "another"
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_it_at_once_one_is_refused() -> None:
    from concurrent.futures import ThreadPoolExecutor

    town = build()
    invite(town.n1)
    invitation = Invitation.objects.select_related("officer").get()

    def accept(password: str) -> bool:
        try:
            actions.accept_invitation(
                invitation=Invitation.objects.select_related("officer").get(pk=invitation.pk),
                password=password,
                used_at=clock.real(),
                by=town.n1,
                at=NOW,
            )
        except Problem:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(accept, [f"long-password-{n}" for n in range(4)])) == 1
