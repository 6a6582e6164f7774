"""Places without surprises: written straight to the tables, as if an import had brought them."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

from dongche.org.models import Unit
from dongche.registry.imports import names
from dongche.registry.models import Dimensions, Entity, Exclusion, Revision
from tests.town import SETUP_AT, START

_numbers = count(1)


def place(grid: Unit, category: str = "street_shop", known_at: datetime = SETUP_AT, **values: Any) -> Entity:
    """A place in a grid, with its first revision and its name grams."""
    n = next(_numbers)
    values.setdefault("name", f"示例商铺{n:04d}")
    values.setdefault("from_on", START)
    entity = Entity.objects.create(
        number=f"LS-{n:05d}",
        subdistrict=grid.subdistrict,
        community=grid.community,
        grid=grid,
        category=category,
        fingerprint="",
        created_at=known_at,
        updated_at=known_at,
        **values,
    )
    revise(entity, known_at)
    names.index([(entity.pk, entity.name)])
    return entity


def revise(entity: Entity, known_at: datetime) -> Revision:
    """A revision of the values that the place has now."""
    entity.revisions.filter(superseded_at__isnull=True).update(superseded_at=known_at)
    fields = {field.name: getattr(entity, field.name) for field in Dimensions._meta.fields}
    return Revision.objects.create(entity=entity, known_at=known_at, source="entered", **fields)


def exclude(entity: Entity, **values: Any) -> Exclusion:
    return Exclusion.objects.create(
        entity=entity, **{"kind": "seasonal", "reason": "closed for the season", "from_on": START, "known_at": SETUP_AT}
        | values
    )  # fmt: skip
