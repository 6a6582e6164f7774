"""A desk in the town on 20 March 2020."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.test import Client

from dongche.kit import clock
from tests.town import NOW, Town


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    """The clock shows the town's evening of 20 March 2020."""
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def at_desk(town: Town, client: Client) -> Client:
    """The duty officer's browser."""
    client.force_login(town.duty)
    return client
