"""Observations: who may see them, and which one speaks of a place on a day."""

from __future__ import annotations

from typing import Any, Self

from dongche.registry.models import Entity, Observation
from dongche.registry.queries.places import place_visible_to
from dongche.web.scoping import ScopedQuerySet

SPEAKING = (Observation.Finding.OPERATING, Observation.Finding.NOT_OPERATING)


class Observations(ScopedQuerySet[Observation]):
    """What was found out about the places that an actor may see."""

    entry = Observation

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(place_visible_to(actor))

    def story_of(self, place: Entity) -> Self:
        """Everything that was found out about a place, what is no longer believed too, the latest first."""
        return self.filter(entity=place).select_related("by").order_by("-known_at", "-pk")

    def of_source(self, source: str, key: str) -> Self:
        """What one occasion said, the latest first."""
        return self.filter(source=source, key=key).select_related("by").order_by("-known_at", "-pk")
