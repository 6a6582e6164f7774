"""Places that report, on the evening of 20 March 2020."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from dongche.kit import clock
from dongche.org.audit import Actor
from dongche.registry.models import Entity
from dongche.reporting import actions
from dongche.reporting.models import Report
from dongche.reporting.values import ReportValues
from tests.factories.registry import place
from tests.town import DAY, NOW, Town

Tell = Callable[..., Report]


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    """The clock shows the town's evening of 20 March 2020."""
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def shop(town: Town) -> Entity:
    return place(
        town.grid_n1, name="海泊路小馆", staff_count=18, output_normal_fen=1_200_000, address="海泊路118号"
    )


@pytest.fixture
def tell() -> Tell:
    """Report through the ordinary action: `tell(place, "open", staff_at_post=3, on=…, at=…, key=…)`."""
    count = iter(range(1, 10_000))

    def told(
        entity: Entity,
        state: str = "open",
        *,
        on: date = DAY,
        at: datetime = NOW,
        key: str = "",
        channel: str = "qr",
        by: Actor | None = None,
        **values: Any,
    ) -> Report:
        return actions.record_report(
            entity=entity,
            on=on,
            values=ReportValues(state, **values),
            key=key or f"test-key-{next(count)}",
            channel=channel,
            by=by or actions.PlaceActor(entity.number),
            at=at,
        )

    return told
