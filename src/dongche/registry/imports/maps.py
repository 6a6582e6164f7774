"""Which column is which, as an officer said once: found again by the header."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from dongche.kit.chinese import key
from dongche.registry.models import ColumnMap, ImportBatch
from dongche.registry.sheets.reading import Remembered


def header_key(headers: Sequence[str]) -> str:
    """This function will give the same text for the same header: case, width and spaces do not matter, order does."""
    return hashlib.sha256("\x1f".join(map(key, headers)).encode()).hexdigest()


def remembered(batch: ImportBatch) -> Remembered:
    """This function will give a look-up of what was said about a header before: name and map, or None."""

    def found(headers: Sequence[str]) -> tuple[str, Mapping[str, str | None]] | None:
        known = ColumnMap.objects.filter(
            subdistrict=batch.subdistrict_id, kind=batch.kind, header_key=header_key(headers)
        ).first()
        return None if known is None else (known.name, known.mapping)

    return found
