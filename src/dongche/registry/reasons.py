"""Why a place is of its size, above scale or not, and still a nine-small venue: by the standards of a day, in words."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext

from dongche.kit.identifiers import is_self_employed
from dongche.kit.messages import N_
from dongche.registry.models import Category, Entity
from dongche.registry.standards.above_scale import above_scale
from dongche.registry.standards.nine_small import is_small_enough, venues
from dongche.registry.standards.sizes import size_class

VENUE_UNKNOWN = N_("Not known whether small enough: the kind of venue or the floor area is missing.")
SMALL_ENOUGH = N_("Within the limits of its kind of nine-small venues.")
TOO_LARGE = N_(
    "Larger than its kind of nine-small venues may be: %(area)s m², at most %(limit)s m². Check its category."
)


def reasons(place: Entity, on: date) -> dict[str, str]:
    """This function will say why the facts that follow from others are as they are.

    Shape: sentences by column: `size`, `above_scale`, and `nine_small_class` of nine-small venues
    """
    industry = place.industry or None
    size = size_class(
        industry, staff=place.staff_count, revenue_fen=place.revenue_fen, assets_fen=place.assets_fen, on=on
    )
    above = above_scale(
        industry,
        revenue_fen=place.revenue_fen,
        construction_qualified=place.construction_qualified,
        self_employed=is_self_employed(place.credit_code),
        on=on,
    )
    found = {
        "size": gettext(size.why) % size.details,
        "above_scale": gettext(above.why) % above.details,
    }
    if place.category == Category.NINE_SMALL_VENUE:
        found["nine_small_class"] = _venue(place)
    return found


def _venue(place: Entity) -> str:
    venue = venues().get(place.nine_small_class)
    is_small = is_small_enough(venue.code, area_m2=place.area_m2) if venue else None
    if venue is None or is_small is None:
        return gettext(VENUE_UNKNOWN)
    if is_small:
        return gettext(SMALL_ENOUGH)
    return gettext(TOO_LARGE) % {"area": place.area_m2, "limit": venue.largest.get("area_m2", "—")}
