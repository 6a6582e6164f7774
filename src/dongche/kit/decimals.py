"""Quotients as people print them: exact integers in, a fixed number of places out, halves away from zero.

Money and counts are whole numbers of any size, so nothing here goes through float or through the 28 digits of the
default decimal context: a province's output in fen would not fit, and rounding twice would move a half.
"""

from __future__ import annotations

from decimal import Decimal

_POWERS = tuple(10**places for places in range(10))


def ratio(numerator: int, denominator: int, places: int = 4) -> Decimal:
    """This function will divide and round half up to `places` decimal places.

    Units:  1 to 9 places
    Raises: ZeroDivisionError – the caller decides what no denominator means; it is never 0

    >>> ratio(1, 8, places=2)
    Decimal('0.13')
    """
    if denominator == 0:
        raise ZeroDivisionError("A ratio needs a denominator other than 0.")
    negative = (numerator < 0) != (denominator < 0)
    numerator, denominator = abs(numerator), abs(denominator)
    rounded = (2 * numerator * _POWERS[places] + denominator) // (2 * denominator)
    whole, rest = divmod(rounded, _POWERS[places])
    # Built from text: the only way into a Decimal that is exact at any size and costs next to nothing.
    return Decimal(f"{'-' if negative and rounded else ''}{whole}.{rest:0{places}d}")


def percent(numerator: int, denominator: int, places: int = 2) -> Decimal:
    """This function will give `numerator` of `denominator` in per cent, rounded half up.

    Units:  per cent; above 100 is a value like any other

    >>> percent(147, 188), percent(571, 436)
    (Decimal('78.19'), Decimal('130.96'))
    """
    return ratio(numerator * 100, denominator, places)
