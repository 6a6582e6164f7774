"""What may leave the house: a count so small that it could point at a place or a person is not published.

Zero and "all" are kept: they name nobody and are what the public asks first. A reader who holds the total and all its
other parts can still work out one hidden part, so publish a table with its total or with all of its parts, not both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dongche.analytics.definitions import Definitions
from dongche.analytics.figures import SUPPRESSED, Figure

# Counts under this are not published; nor is a sum to which fewer places contribute.
SMALLEST_PUBLISHED = 5


def publishable_count(count: int) -> int | None:
    """This function will give a count that may be published, or None.

    >>> [publishable_count(count) for count in (0, 1, 4, 5)]
    [0, None, None, 5]
    """
    return None if 0 < count < SMALLEST_PUBLISHED else count


def publishable(figures: Iterable[Figure], definitions: Definitions) -> list[Figure]:
    """This function will hide value and parts of figures that rest on too few.

    Empty:  a hidden figure stays in the list, without numbers and with the reason “suppressed”
    """
    return [_publishable(figure, definitions) for figure in figures]


def _publishable(figure: Figure, definitions: Definitions) -> Figure:
    numerator, denominator = figure.numerator or 0, figure.denominator or 0
    counts = [figure.contributors or 0]
    if definitions.get(figure.definition).counted_in != "fen":
        # The rest counts too: 187 of 188 says as much about the one as 1 of 188.
        counts += [numerator, denominator, abs(denominator - numerator)]
    if any(publishable_count(count) is None for count in counts):
        return replace(
            figure,
            value=None,
            numerator=None,
            denominator=None,
            coverage=None,
            excluded=None,
            contributors=None,
            reason=SUPPRESSED,
        )
    return replace(figure, excluded=publishable_count(figure.excluded or 0))
