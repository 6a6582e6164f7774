"""Documents of places: who may see them."""

from __future__ import annotations

from typing import Any, Self

from django.db.models import Exists, OuterRef

from dongche.registry.models import Document, Entity
from dongche.registry.queries.places import Places
from dongche.web.scoping import ScopedQuerySet


class Documents(ScopedQuerySet[Document]):
    """Documents of the places that an actor reaches by a post in the sub-district itself: papers name people."""

    entry = Document

    def scoped_to(self, actor: Any) -> Self:
        if not actor.has_duty("registry.documents"):
            return self.none()
        places = Places.visible_to(actor).at_hand(actor).order_by().filter(pk=OuterRef("entity_id"))
        return self.filter(Exists(places))

    def of(self, place: Entity) -> Self:
        """What is kept with a place now, the latest first."""
        return self.filter(entity=place, withdrawn_at__isnull=True).select_related("by").order_by("-pk")
