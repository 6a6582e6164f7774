"""Reports without surprises, written straight to the tables."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count
from typing import Any

from dongche.registry.models import Entity
from dongche.reporting.models import Channel, Report
from tests.town import DAY, NOW

_keys = count(1)


def report(
    entity: Entity, state: str = "open", on: date = DAY, known_at: datetime = NOW, **values: Any
) -> Report:
    """The current report of a place for a day."""
    values.setdefault("received_at", known_at)
    return Report.objects.create(
        entity=entity,
        on=on,
        known_at=known_at,
        key=f"test-{next(_keys)}",
        state=state,
        channel=Channel.QR,
        **values,
    )
