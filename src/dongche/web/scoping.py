"""The only door to rows.

A room's queryset class is entered through `visible_to(actor)` or, spelled out and searchable,
`unscoped(reason=…)`. There is no third way in outside the room's own models and actions, so a forgotten scope is
not a leak but an AttributeError.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self, TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


class ScopedQuerySet(QuerySet[Row]):
    """A queryset that knows whose eyes it is for. Subclasses set `entry` and write `scoped_to`."""

    entry: ClassVar[type[Model]]

    def scoped_to(self, actor: Any) -> Self:
        """Only the rows that `actor` may see: a filter in SQL, `none()` for strangers."""
        raise TypeError(f"{type(self).__name__} does not say who may see its rows")

    @classmethod
    def visible_to(cls, actor: Any) -> Self:
        return cls(model=cls.entry)._defaulted().scoped_to(actor)

    @classmethod
    def unscoped(cls, *, reason: str) -> Self:
        if not reason:
            raise ValueError("say why every row is needed")
        return cls(model=cls.entry)._defaulted()

    def _defaulted(self) -> Self:
        """Hook for filters that hold for everybody."""
        return self
