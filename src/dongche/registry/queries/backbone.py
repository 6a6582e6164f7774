"""Who is on the list of backbone firms on a day, and the decisions that made it so."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Self

from dongche.org.queries import scope_of
from dongche.registry.models import BackboneDecision, BackboneFirm
from dongche.registry.queries.places import place_visible_to
from dongche.web.periods import believed, in_force
from dongche.web.scoping import ScopedQuerySet


class BackboneFirms(ScopedQuerySet[BackboneFirm]):
    """Firms on the list, of the places the actor may see."""

    entry = BackboneFirm

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(place_visible_to(actor))

    def on(self, day: date, as_known: datetime | None = None) -> Self:
        return self.filter(in_force(day), believed(as_known))


def on_backbone(places: Collection[int], day: date) -> frozenset[int]:
    """Those of some places that were on the list on a day: one query."""
    found = BackboneFirm.objects.filter(in_force(day), believed(), entity__in=places)
    return frozenset(found.values_list("entity", flat=True))


class BackboneDecisions(ScopedQuerySet[BackboneDecision]):
    """Decisions of the sub-districts whose headquarters the actor serves in."""

    entry = BackboneDecision

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        return self if scope.everything else self.filter(subdistrict__in=scope.subdistricts)
