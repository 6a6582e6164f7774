"""Look-alikes of the demonstration: shops that a second list has told otherwise, so that there is something to decide.

Both of a pair stay places of their own, so no figure changes until somebody merges them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

import numpy as np

from dongche.cli.demo.places import Places
from dongche.cli.demo.scene import SHOWN_AT
from dongche.kit.clock import BEIJING
from dongche.org.audit import Actor
from dongche.org.models import Unit
from dongche.registry import actions as registry
from dongche.registry.duplicates import searching
from dongche.registry.imports import values
from dongche.registry.models import Entity, Source
from dongche.registry.queries import Places as Known
from dongche.registry.queries import version_of

REASON: Final = "the demonstration changes places of its own"
TOLD_AT: Final = datetime(2020, 3, 18, 15, 0, tzinfo=BEIJING)


class Twin(NamedTuple):
    """What the second list says like the first place: the name with some signs exchanged, and which other values."""

    exchanged: tuple[str, str]
    same: tuple[str, ...]


TWINS: Final = (
    Twin(("示范", "示泛"), ("address", "contact_phone")),
    Twin(("号", ""), ("address", "contact_phone")),
    Twin(("示范", "示范市北"), ("contact_phone",)),
    Twin(("示范", "示犯"), ("address",)),
    Twin(("示范", ""), ("address", "contact_phone")),
)


def load(made: Places, ids: list[int], subdistrict: Unit, *, by: Actor) -> None:
    """Let some shops be told like a neighbour, and search for duplicates."""
    for twin, (first, second) in zip(TWINS, _neighbours(made), strict=False):
        places = Known.unscoped(reason=REASON).in_bulk([ids[first], ids[second]])
        _tell(twin, places[ids[first]], places[ids[second]], by)
    searching.search(subdistrict=subdistrict, by=by, at=SHOWN_AT)


def _neighbours(made: Places) -> list[tuple[int, int]]:
    """Pairs of shops of one grid and trade, the first few, no shop in two of them."""
    found: list[tuple[int, int]] = []
    waiting: dict[tuple[int, int, int], int] = {}
    shops = [i for i in np.flatnonzero(~made.is_key).tolist() if made.category_of(i) == "street_shop"]
    for i in shops:
        kind = (int(made.community[i]), int(made.grid[i]), int(made.trade[i]))
        if kind in waiting:
            found.append((waiting.pop(kind), i))
        else:
            waiting[kind] = i
    return found


def _tell(twin: Twin, first: Entity, second: Entity, by: Actor) -> None:
    given = {name: getattr(second, name) for name in values.IMPORTED}
    given |= {name: getattr(first, name) for name in twin.same}
    before, after = twin.exchanged
    given |= {"name": first.name.replace(before, after, 1), "credit_code": ""}
    given |= {"lon": first.lon, "lat": first.lat} if "address" in twin.same else {}
    registry.change_place(
        place=second, given=given, version=version_of(second), source=Source.VISITED, by=by, at=TOLD_AT
    )
