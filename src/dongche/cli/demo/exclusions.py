"""Which places of the demonstration are not expected to work on which days, each with its reason."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from dongche.cli.demo.aims import Aims
from dongche.cli.demo.places import Column, Places
from dongche.cli.demo.scene import FIRST, LAST
from dongche.cli.demo.trades import EXCLUDED

ORDERED, SEASONAL, DEREGISTERED, MOVED = range(len(EXCLUDED))


class Excluded(NamedTuple):
    """`place` is the index of the place; half-open days."""

    place: int
    kind: str
    reason: str
    from_on: date
    until_on: date | None


def make(places: Places, aims: Aims, dice: np.random.Generator) -> tuple[Excluded, ...]:
    """This function will exclude exactly `aims.excluded` places on the demonstrated day, and some more before it.

    Only small venues and shops are taken, so that every larger place counts.
    """
    pool = [i for i in range(len(places)) if places.category_of(i) in ("nine_small_venue", "street_shop")]
    order = dice.permutation(pool).tolist()
    likely = {
        kind: [i for i in order if places.ending_of(i) in endings]
        for kind, (_, _, endings) in enumerate(EXCLUDED)
    }
    taken: set[int] = set()

    def take(kind: int) -> int:
        place = next(i for i in [*likely[kind], *order] if i not in taken)
        taken.add(place)
        return place

    rows = []
    for number in range(aims.excluded):
        kind = (ORDERED, SEASONAL, ORDERED, DEREGISTERED, MOVED)[number % 5]
        # Orders and seasons hold from the first day; a place that goes away does so on some day in between.
        days = 0 if kind in (ORDERED, SEASONAL) else int(dice.integers(3, 30))
        name, reason, _ = EXCLUDED[kind]
        rows.append(Excluded(take(kind), name, reason, FIRST + timedelta(days=days), None))
    name, reason, _ = EXCLUDED[ORDERED]
    for _number in range(min(max(3, aims.places // 200), (len(pool) - len(taken)) // 2)):
        lifted = LAST - timedelta(days=int(dice.integers(5, 20)))
        rows.append(Excluded(take(ORDERED), name, reason, FIRST, lifted))
    return tuple(rows)


def expected_on(count: int, rows: tuple[Excluded, ...], on: date) -> Column:
    """Which of the places are expected to work on a day: a mask, one element a place."""
    mask = np.ones(count, bool)
    for row in rows:
        if row.from_on <= on and (row.until_on is None or on < row.until_on):
            mask[row.place] = False
    return mask
