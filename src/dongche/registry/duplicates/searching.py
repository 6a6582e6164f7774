"""A search for places that may be one: what they say as a table, the pairs, and the rows these become."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pyarrow as pa
from django.conf import settings

from dongche.org.audit import Actor
from dongche.org.models import Unit
from dongche.registry import actions
from dongche.registry.duplicates import pairs
from dongche.registry.models import DuplicatePair, DuplicateSearch
from dongche.registry.queries import Places

log = logging.getLogger(__name__)
LEAST: Final = 0.5


def search(*, subdistrict: Unit, by: Actor, at: datetime) -> DuplicateSearch:
    """This function will search a sub-district at once.

    Raises: SearchRunning
    """
    return run(actions.search_duplicates(subdistrict=subdistrict, by=by, at=at), by=by, at=at)


def run(asked: DuplicateSearch, *, by: Actor, at: datetime) -> DuplicateSearch:
    """This function will do a search that was asked for; a search that fails says so on the page.

    Raises: whatever keeps it from ending, after it was noted
    """
    try:
        rows = _rows(asked.subdistrict_id)
        found = [_pair(asked, one, rows, at) for one in _found(asked, rows)]
    except Exception:
        actions.fail_duplicates(search=asked, by=by, at=at)
        raise
    return actions.lay_duplicates(search=asked, pairs=found, places=len(rows), by=by, at=at)


def _rows(subdistrict_id: int) -> dict[int, tuple[Any, ...]]:
    places = Places.unscoped(reason="whoever searches a sub-district sees all its places")
    own = places.filter(subdistrict=subdistrict_id).order_by("pk").values_list(*pairs.COMPARED)
    return {row[0]: row for row in own.iterator(chunk_size=5000)}


def _found(asked: DuplicateSearch, rows: Mapping[int, tuple[Any, ...]]) -> list[dict[str, Any]]:
    # Only here: reading tables of sounds and joining tables takes a second to load.
    from dongche.solvers.duplicates import linking

    columns = list(zip(*rows.values(), strict=True)) or [()] * len(pairs.COMPARED)
    table = pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, linking.SCHEMA, strict=True)],
        schema=linking.SCHEMA,
    )
    units = Unit.objects.filter(pk__in=_above(asked.subdistrict)).values_list("name", flat=True)
    folder = Path(settings.DATA) / "spill"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as spill:
        limits = linking.Limits(spill_to=Path(spill))
        table = linking.find(table, near=sorted(units), least=LEAST, limits=limits)
    found: list[dict[str, Any]] = table.to_pylist()
    return found


def _above(unit: Unit) -> list[int]:
    ids = (unit.pk, unit.district_id, unit.city_id, unit.province_id)
    return [pk for pk in ids if pk is not None]


def _pair(
    asked: DuplicateSearch, found: Mapping[str, Any], rows: Mapping[int, tuple[Any, ...]], at: datetime
) -> DuplicatePair:
    left, right = found["left"], found["right"]
    return DuplicatePair(
        subdistrict_id=asked.subdistrict_id,
        first_id=left,
        second_id=right,
        score=round(found["score"] * 1000),
        evidence={
            name: found[name] for name in found if name not in ("left", "right", "score") and found[name]
        },
        said=pairs.said(rows[left], rows[right]),
        found_at=at,
    )
