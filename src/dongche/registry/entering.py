"""One place as an officer types it: read by the same rules as a row of a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from dongche.registry.imports import values
from dongche.registry.imports.places import Ground
from dongche.registry.models import Entity
from dongche.registry.readers import RowFault
from dongche.registry.rows import CleanPlace, read_row
from dongche.registry.sheets.columns import FIELDS, MONEY

# A position is typed as two numbers; one cell for both is for files.
ASKED: Final = tuple(name for name in FIELDS if name != "coordinates")
WAN: Final = 1_000_000  # fen


def read(cells: Mapping[str, Any], *, ground: Ground, on: date) -> dict[str, Any] | list[RowFault]:
    """This function will read what was typed, or say everything that is wrong with it.

    Shape: texts by field (`ASKED`) → a value for every column that an import may fill, or at least one fault
    Empty: what is left empty is emptied, unlike in a file; a point without a grid finds the grid around it
    """
    clean = read_row(cells, on=on, lookups=ground.lookups)
    if not isinstance(clean, CleanPlace):
        return clean
    given = values.of(clean, ground.ids)
    (fault,) = ground.place([given])
    return values.complete(given) if fault is None else [fault]


def cells_of(place: Entity, codes: Mapping[int, str]) -> dict[str, Any]:
    """This function will give the values of a place as they would be typed; `codes` are those of units by id.

    Units: money in 万元, to the fen
    Empty: personal values are left out; whoever changes a place need not see them
    """
    cells: dict[str, Any] = {}
    for name in ASKED:
        if name in values.PERSONAL:
            continue
        if name in MONEY:
            cells[name] = wan(getattr(place, f"{name}_fen"))
        elif name == "datum":
            cells[name] = ""  # what is kept is WGS-84
        elif name in ("community", "grid"):
            cells[name] = codes.get(getattr(place, f"{name}_id") or 0, "")
        else:
            value = getattr(place, name)
            cells[name] = "" if value is None else value
    return cells


def wan(fen: int | None) -> str:
    """Money in 万元 as it would be typed; empty where it is not known."""
    return "" if fen is None else f"{Decimal(fen) / WAN:f}"
