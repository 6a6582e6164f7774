"""The versions of a place: what is believed of it is never written over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from dongche.org.audit import CHANGED, Actor
from dongche.registry.imports import values
from dongche.registry.models import Dimensions, Revision

DIMENSIONS: Final = tuple(field.attname for field in Dimensions._meta.fields)


def revise(
    known: Mapping[str, Any], source: str, changes: dict[str, Any], *, by: Actor, at: datetime
) -> None:
    """Supersede the version of a place believed so far; personal values that it replaces are kept encrypted."""
    Revision.objects.filter(entity=known["pk"], superseded_at__isnull=True).update(superseded_at=at)
    Revision.objects.create(
        entity_id=known["pk"],
        known_at=at,
        source=source,
        by_id=by.officer_id,
        changes=values.shown(changes),
        former=values.former(changes),
        **{name: known[name] for name in DIMENSIONS},
    )


def told(changes: Mapping[str, list[Any]], side: int) -> dict[str, Any]:
    """One side of the changes for the log: of a name, phone or address of people only that it changed."""
    shown = values.shown(changes)
    return {name: CHANGED if name in values.PERSONAL else pair[side] for name, pair in shown.items()}
