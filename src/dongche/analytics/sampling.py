"""A random sample of places to be asked, and what their answers say of all: drawn so that it can be drawn again.

Pure functions. The share is estimated stratum by stratum, with Wilson's interval on the effective number of answers:
for one stratum that is the interval of a simple sample, corrected for a finite population.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

Z95 = 1.959963984540054


@dataclass(frozen=True)
class Stratum:
    """The answers of a part of the places: how many there are, and of those asked what came out."""

    population: int
    confirmed: int = 0
    contradicted: int = 0
    not_reached: int = 0

    @property
    def answered(self) -> int:
        return self.confirmed + self.contradicted


@dataclass(frozen=True)
class Interval:
    """A share between 0 and 1 with its bounds at 95 %."""

    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """What a sample says of all places.

    `answers` is among those that were reached; `worst` and `best` count who was not reached as contradicted, as
    confirmed: the truth lies between them whatever kept people from answering.
    Empty: None where nobody, or nobody of a stratum, has answered
    """

    answers: Interval | None
    worst: Interval | None
    best: Interval | None


def draw(strata: Mapping[str, Sequence[int]], size: int, seed: int) -> dict[str, list[int]]:
    """This function will draw places, each stratum in proportion to its size and at least one of each while they last.

    Shape: the ids drawn by stratum, in the order of being drawn; the same seed and places give the same
    Empty: at most as many as there are

    >>> draw({"all": [1, 2, 3, 4]}, 2, 7) == draw({"all": [4, 3, 2, 1]}, 2, 7)
    True
    """
    shares = allot({name: len(ids) for name, ids in strata.items()}, size)
    return {
        name: sorted(ids, key=lambda pk: (_ticket(seed, pk), pk))[: shares[name]]
        for name, ids in strata.items()
    }


def _ticket(seed: int, pk: int) -> bytes:
    """A number for a place that only the seed decides: no generator, whose order another version may change."""
    return hashlib.blake2b(f"{seed}:{pk}".encode(), digest_size=16).digest()


def allot(sizes: Mapping[str, int], size: int) -> dict[str, int]:
    """This function will share a sample out by largest remainders, one for each stratum first.

    >>> allot({"a": 90, "b": 9, "c": 1}, 10)
    {'a': 8, 'b': 1, 'c': 1}
    """
    total = sum(sizes.values())
    size = min(size, total)
    named = sorted((name for name, count in sizes.items() if count), key=lambda name: (-sizes[name], name))
    given = dict.fromkeys(sizes, 0)
    for name in named[:size]:
        given[name] = 1
    while (left := size - sum(given.values())) > 0:
        # The one furthest below its share; ties go to the larger, then by name.
        open_ = [name for name in named if given[name] < sizes[name]]
        best = max(open_, key=lambda name: (sizes[name] * size - given[name] * total, sizes[name]))
        given[best] += 1 if left else 0
    return given


def estimate(strata: Sequence[Stratum]) -> Estimate:
    """This function will say what share of all places is as reported."""
    held = [one for one in strata if one.population]
    return Estimate(
        _interval([(one.population, one.answered, one.confirmed) for one in held]),
        _interval([(one.population, one.answered + one.not_reached, one.confirmed) for one in held]),
        _interval(
            [
                (one.population, one.answered + one.not_reached, one.confirmed + one.not_reached)
                for one in held
            ]
        ),
    )


def _interval(parts: Sequence[tuple[int, int, int]]) -> Interval | None:
    """Of (population, asked, yes): the weighted share and Wilson's bounds on the effective number asked."""
    if not parts or any(asked == 0 for _population, asked, _yes in parts):
        return None
    total = sum(population for population, _asked, _yes in parts)
    share = sum(population * yes / asked for population, asked, yes in parts) / total
    if all(asked >= population for population, asked, _yes in parts):
        return Interval(share, share, share)
    asked_in_all = sum(asked for _population, asked, _yes in parts)
    pooled = sum(yes for _population, _asked, yes in parts) / asked_in_all
    # What the design makes of each answer; where nothing varies it says nothing, and the answers count as one sample.
    spread = sum(
        (population / total) ** 2 * _variance(yes / asked) / asked * _left(population, asked)
        for population, asked, yes in parts
    )
    simple = _variance(pooled)
    if spread > 0 and simple > 0:
        effective = _variance(share) / spread
    else:
        effective = asked_in_all / _left(total, asked_in_all)
    return wilson(share, effective)


def _variance(share: float) -> float:
    return share * (1 - share)


def _left(population: int, asked: int) -> float:
    """The finite population correction: what of the spread is left when some have been asked."""
    return (population - asked) / (population - 1) if population > 1 else 0.0


def wilson(share: float, asked: float, z: float = Z95) -> Interval:
    """This function will give Wilson's score interval of a share among a number asked, which need not be whole.

    >>> one = wilson(0.8, 10)
    >>> (round(one.low, 4), round(one.high, 4))
    (0.4902, 0.9433)
    """
    square = z * z / asked
    middle = (share + square / 2) / (1 + square)
    reach = z * sqrt(_variance(share) / asked + square / (4 * asked)) / (1 + square)
    return Interval(share, max(0.0, min(share, middle - reach)), min(1.0, max(share, middle + reach)))
