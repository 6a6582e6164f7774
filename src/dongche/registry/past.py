"""What places were on a past day: size class, four-above, kind of nine-small venue, and what these follow from.

A list of a past day is narrowed, sorted and shown by the version that was believed at the end of that day. Its class is
by the rules of that day too: each version keeps what the standards of its day made of it. A place that was entered
later is taken as it was first known. Today's list reads the present values.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db.models import CharField, Exists, Expression, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from dongche.kit import clock
from dongche.registry.models import Revision
from dongche.registry.queries import Places

OF_VERSION: Final = (
    "size", "above_scale", "section", "industry", "staff_count", "revenue_fen", "assets_fen", "construction_qualified",
)  # fmt: skip
OF_CHANGES: Final = "nine_small_class"  # no column of a version: only its changes tell of it
KEPT: Final = frozenset({*OF_VERSION, OF_CHANGES})


def is_past(on: date) -> bool:
    return on < clock.today()


def _end(on: date) -> datetime:
    return datetime.combine(on + timedelta(days=1), time(), clock.BEIJING)


def _versions(on: date) -> QuerySet[Revision]:
    """The versions of a place (`OuterRef`) that outlasted a day, the one of the day first."""
    outlasted = Q(superseded_at__isnull=True) | Q(superseded_at__gte=_end(on))
    return Revision.objects.filter(outlasted, entity=OuterRef("pk")).order_by("known_at", "pk")


def value(name: str, on: date) -> Expression | Subquery | F:
    """This function will give a column of a place as it was on a day, as an SQL expression over its row."""
    if not is_past(on) or name not in KEPT:
        return F(name)
    if name != OF_CHANGES:
        return Subquery(_versions(on).values(name)[:1])
    later = Revision.objects.filter(entity=OuterRef("pk"), known_at__gte=_end(on), changes__has_key=name)
    before = KeyTextTransform(0, KeyTextTransform(name, "changes"))
    first = later.order_by("known_at", "pk").annotate(before=before).values("before")[:1]
    return Coalesce(Subquery(first, output_field=CharField()), F(name), output_field=CharField())


def having(places: Places, on: date, **wanted: Any) -> Places:
    """This function will keep the places that had these values on a day."""
    for name, given in wanted.items():
        if not is_past(on) or name not in KEPT:
            places = places.filter(**{name: given})
            continue
        places = places.alias(**{f"{name}_then": value(name, on)}).filter(**{f"{name}_then": given})
    return places


def values(places: Collection[int], on: date) -> Mapping[int, Mapping[str, Any]]:
    """This function will give what some places were on a past day, by id: one query; nothing of today.

    Shape: the columns of `KEPT`
    """
    if not is_past(on) or not places:
        return {}
    found = Places.unscoped(reason="the places are given").filter(pk__in=places).order_by()
    changed = Revision.objects.filter(entity=OuterRef("pk"), known_at__gte=_end(on))
    then = {f"{name}_then": value(name, on) for name in sorted(KEPT)}
    # What has not changed since is as it is now.
    rows = found.filter(Exists(changed)).annotate(**then).values_list("pk", *then)
    return {pk: dict(zip(sorted(KEPT), row, strict=True)) for pk, *row in rows}
