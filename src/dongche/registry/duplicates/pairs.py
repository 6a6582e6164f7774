"""Pairs of places: what two say, and the pair of two that no search has found."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from dongche.registry.models import DuplicatePair, Entity
from dongche.web.fields import keyed_digest

# What two records are compared by, in the order of the table of `solvers.duplicates`.
COMPARED: Final = ("pk", "name", "credit_code", "address", "contact_phone_hash", "lon", "lat", "grid_id")


def said(*rows: tuple[Any, ...]) -> str:
    """This function will give a keyed hash of what two places say, each in the order of `COMPARED`."""
    return keyed_digest(repr([row[1:] for row in rows]), "pair")


def unfound(one: Entity, other: Entity, at: datetime) -> DuplicatePair:
    """This function will give the pair of two places that no search has found, not stored."""
    first, second = sorted((one, other), key=lambda place: place.pk)
    return DuplicatePair(
        subdistrict_id=first.subdistrict_id,
        first=first,
        second=second,
        score=0,
        said=said(*(tuple(getattr(place, name) for name in COMPARED) for place in (first, second))),
        found_at=at,
    )
