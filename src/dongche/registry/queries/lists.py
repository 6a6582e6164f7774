"""Saved lists of places: one's own, and those shared in the sub-districts one serves in."""

from __future__ import annotations

from typing import Any, Self

from django.db.models import F, Q

from dongche.kit import clock
from dongche.org.models import Post
from dongche.registry.models import PlaceBatch, SavedView
from dongche.web.periods import believed, in_force
from dongche.web.scoping import ScopedQuerySet


class SavedViews(ScopedQuerySet[SavedView]):
    """What an actor may open; the nameless one that remembers columns is not among them."""

    entry = SavedView

    def scoped_to(self, actor: Any) -> Self:
        posts = Post.objects.filter(in_force(clock.today()), believed(), officer=actor.officer_id)
        own = Q(officer=actor.officer_id) | Q(subdistrict__in=posts.values("unit__subdistrict"))
        return self.filter(own).exclude(name="")

    def first_to_open(self) -> SavedView | None:
        """The default list of an actor: their own, else that of their sub-district."""
        return self.filter(is_default=True).order_by(F("subdistrict").asc(nulls_first=True), "pk").first()


def columns_of(officer: Any) -> list[str]:
    """The columns that an officer chose last; none when they never did."""
    found = SavedView.objects.filter(officer=officer, name="").values_list("columns", flat=True).first()
    return list(found or [])


class PlaceBatches(ScopedQuerySet[PlaceBatch]):
    """Batches that an actor began."""

    entry = PlaceBatch

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(officer=actor.officer_id)
