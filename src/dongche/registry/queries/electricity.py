"""Electricity readings: who may see them, and what a place used day by day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Self

from django.db.models import Sum

from dongche.registry.models import ElectricityReading, Entity
from dongche.registry.queries.places import place_visible_to
from dongche.web.periods import believed
from dongche.web.scoping import ScopedQuerySet


class ElectricityReadings(ScopedQuerySet[ElectricityReading]):
    """Readings of the places that an actor may see."""

    entry = ElectricityReading

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(place_visible_to(actor))

    def of(self, place: Entity, first: date, last: date) -> dict[date, Decimal]:
        """Kilowatt hours by day, of all meters of the place together, from the first to the last day.

        Empty: a day without a reading is absent
        """
        rows = self.filter(believed(), entity=place, on__gte=first, on__lte=last)
        return dict(rows.order_by("on").values_list("on").annotate(kwh=Sum("kwh")))
