"""Names of units as they are searched: by pairs of neighbouring characters, as names of places are."""

from __future__ import annotations

from typing import Final

from dongche.kit import chinese

# Nearly every name of the national list has some of these; they would be half of the table and find nothing.
COMMON: Final = frozenset({"委会", "村委", "委员", "员会", "民委", "村民", "社区", "区居", "居委", "居民"})


def pairs(name: str) -> set[str]:
    """The pairs by which a unit is found.

    >>> sorted(pairs("南山社区居委会"))
    ['南山', '山社']
    """
    return chinese.grams(name) - COMMON
