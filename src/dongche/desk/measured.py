"""The figures of a page, found by what they measure and of whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from dongche.analytics.definitions import Definition
from dongche.analytics.figures import Figure
from dongche.reporting import figures

HEADLINES = ("resumption_rate", "capacity_recovery_rate", "reporting_rate", "return_to_post_rate")
SMALLEST = {"fen": 100, "watt_hours": 1000, "millionths": 1_000_000}
Key = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Now:
    """The figures of one day."""

    found: Mapping[Key, Figure]

    def of(self, metric: str, **scope: str) -> Figure | None:
        return self.found.get((metric, tuple(sorted(scope.items()))))

    def whole(self, metric: str) -> Figure:
        """The figure of everything: it is always there, with a reason where it has no value."""
        return self.found[metric, ()]

    def parts(self, metric: str, **scope: str) -> tuple[int, int]:
        """Denominator and numerator; 0 where there is no figure."""
        figure = self.of(metric, **scope)
        return ((figure.denominator or 0), (figure.numerator or 0)) if figure else (0, 0)


def keyed(found: Sequence[Figure]) -> Now:
    return Now({(figure.metric, tuple(sorted(figure.scope.items()))): figure for figure in found})


def definition_of(figure: Figure) -> Definition:
    return next(d for d in figures.definitions().on(figure.on) if d.metric == figure.metric)


def in_people_unit(figure: Figure, value: int | None) -> Decimal | int | None:
    """Money is kept in fen and shown in yuan, electricity in watt hours and kWh, ratios in millionths and wholes."""
    known = figures.definitions()
    # A definition that is only tried is not among them; it counts what those in use count.
    counted = next((one for one in known if one.code == figure.definition), known.versions(figure.metric)[-1])
    smallest = SMALLEST.get(counted.counted_in)
    return value if value is None or smallest is None else Decimal(value) / smallest
