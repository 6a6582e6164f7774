"""Address → community, learnt from the places of the sub-district whose community is known: a suggestion, and why.

Nothing is put anywhere by it alone: an officer sees the suggestion and decides.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext

from dongche.kit.addresses import Address, parse
from dongche.kit.messages import N_
from dongche.registry.models import PRESENT, Entity

ENOUGH: Final = 5  # places of a street before it speaks as a whole
NEARLY_ALL: Final = 0.95
FAR: Final = 60  # numbers between neighbours that still say something
SAME_NUMBER = N_("%(count)s places at %(street)s %(number)s are there")
BETWEEN = N_("on %(street)s, the places before it (%(below)s) and behind it (%(above)s) are there")
WHOLE_STREET = N_("%(count)s of %(total)s places of %(street)s are there")


@dataclass(frozen=True)
class Suggestion:
    """A community that an address speaks for, and why: a msgid and what it is filled with."""

    community: int
    message: str
    details: Mapping[str, str | int]

    @property
    def reason(self) -> str:
        """Why, in the language of the page."""
        return gettext(self.message) % self.details


class Streets:
    """What is known of the streets of a sub-district: which numbers lie in which community."""

    def __init__(self, rows: Iterable[tuple[str, int]]) -> None:
        self._known: dict[str, list[tuple[int, int]]] = {}
        self._said: dict[Address | None, Suggestion | None] = {}  # a file asks the same thousands of times
        for text, community in rows:
            address = parse(text)
            if address is not None:
                self._known.setdefault(address.street, []).append((address.number, community))
        for places in self._known.values():
            places.sort()

    @classmethod
    def of(cls, subdistricts: Collection[int]) -> Streets:
        """Learn from all places of some sub-districts: one query."""
        known = Entity.objects.filter(PRESENT, subdistrict__in=subdistricts, community__isnull=False).exclude(
            address=""
        )
        rows: Any = known.order_by().values_list("address", "community").iterator(chunk_size=5000)
        return cls(rows)

    def suggest(self, text: str) -> Suggestion | None:
        """This function will say in which community an address lies.

        Empty: None where it has no street, the street is not known, or what is known does not agree
        """
        address = parse(text)
        if address not in self._said:
            self._said[address] = self._suggest(address)
        return self._said[address]

    def _suggest(self, address: Address | None) -> Suggestion | None:
        street = self._street(address)
        if address is None or street is None:
            return None
        places = self._known[street]
        return (address.number and self._by_number(places, street, address.number)) or self._by_street(
            places, street
        )

    def _street(self, address: Address | None) -> str | None:
        """The street as it is known; 青岛阜新路 is 阜新路 with a town in front."""
        if address is None or address.street in self._known:
            return address and address.street
        behind = [name for name in self._known if len(name) > 2 and address.street.endswith(name)]
        return max(behind, key=len, default=None)

    def _by_number(self, places: list[tuple[int, int]], street: str, number: int) -> Suggestion | None:
        there = [community for other, community in places if other == number]
        if there:
            told: dict[str, str | int] = {"count": len(there), "street": street, "number": number}
            return Suggestion(there[0], SAME_NUMBER, told) if len(set(there)) == 1 else None
        # Odd and even numbers are the two sides of a street.
        side = [place for place in places if place[0] and place[0] % 2 == number % 2]
        at = bisect_left(side, (number, 0))
        if not 0 < at < len(side):
            return None
        below, above = side[at - 1], side[at]
        if below[1] != above[1] or above[0] - below[0] > FAR:
            return None
        return Suggestion(below[1], BETWEEN, {"street": street, "below": below[0], "above": above[0]})

    def _by_street(self, places: list[tuple[int, int]], street: str) -> Suggestion | None:
        ((community, count),) = Counter(community for _number, community in places).most_common(1)
        if count < ENOUGH or count < NEARLY_ALL * len(places):
            return None
        return Suggestion(community, WHOLE_STREET, {"count": count, "total": len(places), "street": street})
