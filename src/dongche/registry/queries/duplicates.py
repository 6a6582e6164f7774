"""Pairs of places that may be one, and merges, of the sub-districts whose headquarters the actor serves in."""

from __future__ import annotations

from typing import Any, Self

from django.db.models import Q

from dongche.org.queries import scope_of
from dongche.registry.models import DuplicatePair, DuplicateSearch, Entity, Merge
from dongche.web.scoping import ScopedQuerySet


class DuplicateSearches(ScopedQuerySet[DuplicateSearch]):
    entry = DuplicateSearch

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        return self if scope.everything else self.filter(subdistrict__in=scope.subdistricts)


class DuplicatePairs(ScopedQuerySet[DuplicatePair]):
    entry = DuplicatePair

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        return self if scope.everything else self.filter(subdistrict__in=scope.subdistricts)

    def standing(self) -> Self:
        """Those of which both are places of their own still, and those that were merged with each other."""
        both = Q(first__merged_into__isnull=True, second__merged_into__isnull=True)
        return self.filter(both | Q(state=DuplicatePair.State.MERGED))

    def open_of(self, place: Entity) -> Self:
        """The pairs still to be decided of which a place is one, the likeliest first."""
        own = Q(first=place) | Q(second=place)
        found = self.standing().filter(own, state=DuplicatePair.State.OPEN)
        return found.select_related("first", "second").order_by("-score", "pk")

    def of(self, one: Entity, other: Entity) -> Self:
        first, second = sorted((one.pk, other.pk))
        return self.filter(first=first, second=second)


class Merges(ScopedQuerySet[Merge]):
    entry = Merge

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        return self if scope.everything else self.filter(subdistrict__in=scope.subdistricts)
