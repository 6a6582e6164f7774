"""Which sub-districts a page speaks of: all that the officer sees, or the one chosen in its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import Http404

from dongche.org.models import Officer, Unit
from dongche.org.queries import Units
from dongche.org.request import OfficerRequest
from dongche.registry.queries import Places


@dataclass(frozen=True)
class Areas:
    """The sub-districts in service that an officer sees on a day, and the one they chose.

    Empty: whoever sees a single one has nothing to choose, and addresses do not name it
    """

    served: Sequence[Unit]
    chosen: Unit | None = None

    @property
    def are_several(self) -> bool:
        return len(self.served) > 1

    @property
    def are_compared(self) -> bool:
        """Whether the page sets them beside each other."""
        return self.are_several and self.chosen is None

    @property
    def kept(self) -> dict[str, str]:
        """What addresses of the page carry on."""
        return {"subdistrict": self.chosen.code} if self.chosen else {}

    @property
    def where(self) -> Mapping[str, tuple[str, ...]] | None:
        """What narrows figures."""
        return {"subdistrict": (self.chosen.code,)} if self.chosen else None

    def within(self, places: Places) -> Places:
        return places.filter(subdistrict=self.chosen) if self.chosen else places

    @property
    def names(self) -> dict[int, str]:
        """The names by id, where one must be told from another; nothing where there is one."""
        return {unit.pk: unit.name for unit in self.served} if self.are_several else {}


def areas_of(officer: Officer, on: date, code: str = "") -> Areas | None:
    """This function will find what the officer sees, narrowed to the sub-district of a code.

    Empty: None when they see no sub-district of that code
    """
    found = Units.visible_to(officer).in_service().in_force(on).defer("polygon").order_by("code")
    served = list(found)
    chosen = next((unit for unit in served if unit.code == code), None)
    if code and chosen is None:
        return None
    return Areas(served, chosen if len(served) > 1 else None)


def asked_areas(request: OfficerRequest, on: date) -> Areas:
    """The sub-districts in ?subdistrict=, all of them without it; 404 for one that the officer does not see."""
    found = areas_of(request.user, on, request.GET.get("subdistrict", ""))
    if found is None:
        raise Http404
    return found
