"""What is inside a place: the firms of a building and market, the building that a firm is in, and the power it uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext

from dongche.registry.models import Entity
from dongche.registry.queries import ElectricityReadings, Places
from dongche.web.components import Chart, Series
from dongche.web.templatetags.web import day as day_in_words

DAYS = 42
SHOWN = 30


@dataclass(frozen=True)
class Inside:
    """`count` firms, of which the first are named; `building` and `electricity` are None where there are none."""

    firms: Sequence[Entity]
    count: int
    building: Entity | None
    electricity: Chart | None


def of(place: Entity, on: date, actor: Any) -> Inside:
    """What an actor sees inside a place: a fixed number of queries."""
    seen = Places.visible_to(actor)
    firms = seen.filter(building=place).order_by("number").defer("contact_name", "contact_phone")
    named = list(firms[: SHOWN + 1])
    building = seen.filter(pk=place.building_id).first() if place.building_id else None
    count = len(named) if len(named) <= SHOWN else firms.count()
    return Inside(named[:SHOWN], count, building, _electricity(place, on, actor))


def _electricity(place: Entity, on: date, actor: Any) -> Chart | None:
    """Kilowatt hours by day, with gaps where nothing was read."""
    days = [on - timedelta(days=n) for n in reversed(range(DAYS))]
    used = ElectricityReadings.visible_to(actor).of(place, days[0], on)
    if not used:
        return None
    return Chart(
        id="electricity",
        label=gettext("Electricity by day (kWh)"),
        kind="line",
        labels=[day_in_words(one, "short") for one in days],
        series=[Series(gettext("Electricity (kWh)"), [used.get(one) for one in days])],
        unit="",
        minimum=0,
    )
