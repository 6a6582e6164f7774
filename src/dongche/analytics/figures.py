"""A figure that can be proved: value, parts, definition, scope, the day it speaks of and when that was known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

# Why a figure has no value. Stable: pages, exports and the API translate them.
NO_ENTITIES = "no_entities"
NO_REPORTS = "no_reports"
ZERO_DENOMINATOR = "zero_denominator"
SUPPRESSED = "suppressed"
REASONS = (NO_ENTITIES, NO_REPORTS, ZERO_DENOMINATOR, SUPPRESSED)


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric, for one scope, on one day, as known at one instant.

    Units:  value in per cent with two places, never clamped; coverage a ratio with four places;
            amounts of money in fen; `on` a Beijing calendar day
    Empty:  value is None and `reason` says why; it is never 0 for want of data
    """

    metric: str
    definition: str
    scope: dict[str, str]
    value: Decimal | None
    numerator: int | None
    denominator: int | None
    coverage: Decimal | None
    on: date
    as_known: datetime
    reason: str | None = None
    # Places that reported but cannot enter the figure, such as those without a baseline.
    excluded: int | None = 0
    # Places whose data are in the figure: what disclosure control looks at.
    contributors: int | None = 0

    def as_json(self) -> dict[str, Any]:
        """This function will give the row that `dongche metrics --json` and the API print."""
        row: dict[str, Any] = {
            "metric": self.metric,
            "definition": self.definition,
            "scope": dict(self.scope),
            "value": None if self.value is None else f"{self.value:f}",
            "numerator": self.numerator,
            "denominator": self.denominator,
            "coverage": None if self.coverage is None else f"{self.coverage:f}",
            "on": self.on.isoformat(),
            "as_known": self.as_known.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "excluded": self.excluded,
        }
        if self.value is None:
            row["reason"] = self.reason
        return row
