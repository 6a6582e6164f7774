"""The town on its day with some places, and programs that speak for its officers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.test import Client

from dongche.kit import clock
from dongche.registry.models import Entity
from dongche.web.fields import search_hash
from tests.factories.registry import place
from tests.tokens import program
from tests.town import NOW, Town

PHONE, CONTACT = "13876540001", "海风真"
CODE = "91370203000000001Y"


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def shop(town: Town) -> Entity:
    """A street shop in the grid of n1, with somebody to call."""
    return place(
        town.grid_n1,
        name="蓝帆示例商行",
        contact_name=CONTACT,
        contact_phone=PHONE,
        contact_phone_hash=search_hash(PHONE),
        address="示例路1号",
        staff_count=4,
    )


@pytest.fixture
def ask(town: Town) -> Callable[..., Client]:
    """`ask("n1")` is a program with a token of that officer."""
    return lambda username, **more: program(town.officers[username], **more)
