"""Whoever tries codes of places in vain is refused after a while, in all processes; whoever holds a card is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from dongche.kit import clock
from dongche.org.access import lockout
from dongche.org.access.models import Attempts
from tests.factories.registry import place
from tests.town import Town

EN = {"accept-language": "en"}


def unknown(client: Client, n: int, **more: str) -> int:
    return client.get(reverse("reporting:report", args=[f"{n:026d}"]), headers=EN, **more).status_code


def test_many_unknown_codes_from_one_address_are_refused_for_a_while(
    client: Client, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = place(town.grid_n1).code
    found = [unknown(client, n) for n in range(lockout.GUESSES + 2)]
    assert found == [404] * lockout.GUESSES + [429, 429]
    cache.clear()  # another process
    refused = client.get(reverse("reporting:receipt", args=["0" * 26, 1]), headers=EN)
    assert refused.status_code == 429
    assert "org.too_many_guesses" in refused.content.decode()
    assert "until " in refused.content.decode()
    assert client.get(reverse("reporting:report", args=[card])).status_code == 200
    assert unknown(client, 1, REMOTE_ADDR="198.51.100.7") == 404
    later = clock.real() + timedelta(minutes=16)
    monkeypatch.setattr(clock, "real", lambda: later)
    assert unknown(client, 2) == 404


def test_guesses_do_not_lock_signing_in_and_no_address_is_kept(client: Client, town: Town) -> None:
    for n in range(lockout.GUESSES + 1):
        unknown(client, n)
    row = Attempts.objects.get()
    assert row.kind == "guess"
    assert "127.0.0.1" not in row.key
    client.get(reverse("sign-in"))
    answer = client.post(reverse("sign-in"), {"username": "n1", "password": "wrong"})
    assert answer.status_code == 422


def test_a_known_code_costs_no_count(client: Client, town: Town) -> None:
    card = place(town.grid_n1).code
    for _ in range(3):
        client.get(reverse("reporting:report", args=[card]))
    assert not Attempts.objects.exists()
