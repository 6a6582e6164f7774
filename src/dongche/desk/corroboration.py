"""How much of what is reported is corroborated: a sentence beside the figures of a day; its numbers lead to rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dongche.desk.areas import Areas
from dongche.desk.links import list_url
from dongche.kit import clock
from dongche.org.models import Officer
from dongche.registry.queries import Places
from dongche.reporting import keeping


@dataclass(frozen=True)
class Corroborated:
    """Of the places that report to be at work: how many a second source supports, and how many are in doubt."""

    at_work: int
    supported: int
    doubted: int
    left: int
    kept: dict[str, str]

    @property
    def urls(self) -> dict[str, str]:
        return {
            "at_work": list_url(state="resumed", **self.kept),
            "supported": list_url(evidence="corroborated", **self.kept),
            "doubted": list_url(evidence="in_doubt", **self.kept),
        }


def of_day(officer: Officer, on: date, areas: Areas, kept: dict[str, str]) -> Corroborated | None:
    """This function will count what the sentence says: seven queries, however many places.

    Empty: None when nobody reports to be at work
    """
    places = areas.within(Places.counted_for(officer, on))
    left = keeping.bring(places, on, clock.now())
    counts = keeping.at_work(places, on)
    doubted = counts["doubtful"] + counts["contradicted"]
    total = counts.total()
    return Corroborated(total, counts["supported"], doubted, left, kept) if total else None
