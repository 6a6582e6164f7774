"""How many places there must be of each sort so that the printed figures can come out of the rows.

78.19 % is not a value that every number of places can show: of 2,400 places no count gives it, of 2,398 one does
(1,875). So the number expected to resume is chosen first, near what is natural, among those that can.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from dongche.kit.decimals import percent
from dongche.kit.errors import Problem

RESUMPTION_RATE = Decimal("78.19")  # S10
CAPACITY_RECOVERY_RATE = Decimal("130.96")  # S11
REPORTING_SHARE = 0.93
EXCLUDED_SHARE = 0.012
LEAST, MOST = 200, 1_000_000


class TooFewOrMany(Problem):
    code = "cli.demo_entities"
    message = (
        "A demonstration with %(given)s places cannot be made. Choose a number from %(least)s to %(most)s: "
        "fewer could not show %(rate)s %%, more would not fit the numbers of its places."
    )


@dataclass(frozen=True)
class Aims:
    """Counts for the demonstrated day: places in the registry, of them expected, of these reported and resumed."""

    places: int
    expected: int
    reported: int
    resumed: int

    @property
    def excluded(self) -> int:
        return self.places - self.expected


def numerator_for(denominator: int, rate: Decimal = RESUMPTION_RATE) -> int | None:
    """The count that shows as `rate` of `denominator`, or None when there is none.

    >>> numerator_for(188), numerator_for(2398), numerator_for(2400)
    (147, 1875, None)
    """
    near = int(denominator * rate / 100)
    return next((n for n in (near, near + 1) if percent(n, denominator) == rate), None)


def aims_for(places: int) -> Aims:
    """This function will choose the counts for a registry of that many places.

    Raises: TooFewOrMany

    >>> aims_for(300)
    Aims(places=300, expected=298, reported=277, resumed=233)
    """
    if not LEAST <= places <= MOST:
        raise TooFewOrMany(given=places, least=LEAST, most=MOST, rate=RESUMPTION_RATE)
    natural = places - max(2, round(EXCLUDED_SHARE * places))
    for distance in range(places):
        for expected in (natural + distance, natural - distance):
            resumed = numerator_for(expected) if 0 < expected < places else None
            if resumed is not None:
                return Aims(places, expected, round(REPORTING_SHARE * expected), resumed)
    raise TooFewOrMany(given=places, least=LEAST, most=MOST, rate=RESUMPTION_RATE)
