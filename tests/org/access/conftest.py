"""The town on its day, with officers who sign in. Times that expire are of the real clock, which tests may move."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from dongche.kit import clock
from tests.town import NOW, PASSWORD, Town


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


class Door:
    """A browser at the door."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def sign_in(self, username: str = "duty", password: str = PASSWORD, **more: object):
        return self.client.post(
            reverse("sign-in"), {"username": username, "password": password, **more}, REMOTE_ADDR="192.0.2.7"
        )

    def is_in(self) -> bool:
        return self.client.get(reverse("access:password")).status_code == 200


@pytest.fixture
def door(town: Town, client: Client) -> Door:
    return Door(client)


@pytest.fixture
def another(town: Town) -> Door:
    return Door(Client())


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch):
    """Move the real clock: `later(minutes=16)`."""
    shift = timedelta()
    real = clock.real

    def move(**by: float) -> None:
        nonlocal shift
        shift += timedelta(**by)

    monkeypatch.setattr(clock, "real", lambda: real() + shift)
    return move
