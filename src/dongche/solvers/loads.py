"""What a load costs: nothing up to the limit, then more and more, so that the least cost is also a fair share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dongche.solvers.distance import Ints

NEVER = 1 << 58  # a price nobody pays; four of them still fit into 64 bits
BANDS = 10


@dataclass(frozen=True)
class Loads:
    """The convex cost of each worker's load as bands: `width[w, b]` units at `price[w, b]` each, cheapest first.

    The first band is the least load, at a negative price that outweighs every distance; the second is free and ends
    at the limit; then every full tenth of the limit makes each further unit dearer by the same step. Bands beyond a
    worker's hard limit have width 0.
    """

    width: Ints
    price: Ints

    @property
    def most(self) -> Ints:
        """The load at which nothing more fits."""
        most: Ints = self.width.sum(axis=1)
        return most

    def cost(self, load: Ints) -> Ints:
        """This function will add up what loads cost, one per worker."""
        used = np.clip(load[:, None] - self._begin(), 0, self.width)
        cost: Ints = (used * self.price).sum(axis=1)
        return cost

    def next_unit(self, load: Ints) -> Ints:
        """This function will say what one unit more costs each worker; NEVER where none fits."""
        fits = (load[:, None] < self._begin() + self.width) & (self.width > 0)
        first = fits.argmax(axis=1)
        price = np.take_along_axis(self.price, first[:, None], axis=1)[:, 0]
        return np.where(fits.any(axis=1), price, NEVER)

    def least(self, given: Ints) -> int:
        """This function will find the least of cost(load) − given × load over all loads, summed over workers."""
        return int((np.minimum(self.price - given[:, None], 0) * self.width).sum())

    def _begin(self) -> Ints:
        return np.cumsum(self.width, axis=1) - self.width


def bands(limit: Ints, least: Ints, most: Ints, *, step: int, reward: int, total: int) -> Loads:
    """This function will lay out the bands for limits, least loads and hard limits.

    The hard limit of whoever has none is more than the `total` of all weights, so that one unit more has a price.
    """
    tenth = np.maximum(1, -(-limit // 10))
    width = np.empty((len(limit), BANDS + 2), dtype=np.int64)
    width[:, 0] = least
    width[:, 1] = limit - least
    width[:, 2:] = tenth[:, None]
    width[:, -1] = total
    before = np.cumsum(width, axis=1) - width
    width = np.clip(most[:, None] - before, 0, width)
    price = np.broadcast_to(
        np.array([-reward, 0, *(step * band for band in range(1, BANDS + 1))]), width.shape
    )
    return Loads(width, np.ascontiguousarray(price))
