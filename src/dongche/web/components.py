"""What a page hands to the shared components: small frozen values, ready to show.

The templates of `web/templates/web/` read exactly these names and ask nothing else, so a page that fills them cannot
get a component wrong in silence. Texts are already translated; numbers are not yet formatted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.utils.functional import Promise

Number = Decimal | int | float
Mood = Literal["good", "warn", "soon", "info", "none"]


@dataclass(frozen=True)
class Explained:
    """How a figure came about; shown in the popover beside it (`web/definition.html`)."""

    name: str
    meaning: str
    definition: str
    on: date
    as_known: datetime
    numerator_label: str = ""
    numerator: Number | None = None
    denominator_label: str = ""
    denominator: Number | None = None
    coverage: Decimal | None = None
    excluded: int = 0
    url: str = ""
    # The page that explains the definition.
    definition_url: str = ""


@dataclass(frozen=True)
class Tile:
    """A headline figure (`web/kpi.html`). `value` None is shown as a dash with `reason`."""

    label: str
    value: Number | None
    unit: str = "%"
    places: int = 2
    reason: str | None = None
    change: Decimal | None = None
    more_is_good: bool = True
    note: str = ""
    series: Sequence[Number | None] = ()
    url: str = ""
    explained: Explained | None = None

    @property
    def change_is_good(self) -> bool | None:
        """None when nothing changed, or it is not known."""
        return (self.change > 0) == self.more_is_good if self.change else None

    @property
    def course_is_bad(self) -> bool:
        """Whether the curve, from its first known day to its last, goes the wrong way; one day says nothing of it."""
        known = [value for value in self.series if value is not None]
        return len(known) > 1 and (known[-1] < known[0] if self.more_is_good else known[-1] > known[0])


@dataclass(frozen=True)
class Cell:
    """One cell of a heat matrix: a percentage, or None with its reason code."""

    value: Decimal | None
    url: str = ""
    label: str = ""
    reason: str | None = None


@dataclass(frozen=True)
class MatrixColumn:
    label: str
    note: str = ""
    url: str = ""


@dataclass(frozen=True)
class MatrixRow:
    label: str
    cells: Sequence[Cell]
    total: Cell | None = None
    url: str = ""


@dataclass(frozen=True)
class Matrix:
    """Lines down, blocks across (`web/matrix.html`)."""

    caption: str
    corner: str
    columns: Sequence[MatrixColumn]
    rows: Sequence[MatrixRow]
    total_label: str = ""
    totals: Sequence[Cell] = ()
    places: int = 0
    scale: str = ""


@dataclass(frozen=True)
class Column:
    """A table heading (`web/thead.html`); sortable when `key` is given."""

    label: str | Promise
    key: str = ""
    numeric: bool = False
    css: str = ""


@dataclass(frozen=True)
class Pager:
    """Keyset paging (`web/pager.html`): cursors to put into the URL, None at either end."""

    previous: str | None = None
    next: str | None = None
    shown: int = 0
    total: int | None = None
    is_more: bool = False  # there are more than `total`, and they have not been counted


@dataclass(frozen=True)
class Chip:
    """A filter in force, and the URL of the same list without it."""

    label: str
    value: str
    url: str


@dataclass(frozen=True)
class Masked:
    """A personal value (`web/masked.html`): masked with a way to show it when `url` is given, or in full.

    `until` is when a value that was shown on request is masked again; None for whose duty it is to see it.
    """

    id: str
    label: str | Promise
    shown: str
    is_masked: bool = True
    is_phone: bool = False
    url: str = ""
    until: datetime | None = None
    form: Any = None


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    current: bool = False
    count: int | None = None


@dataclass(frozen=True)
class Series:
    """One line or set of bars. `style`: actual, plan or forecast."""

    name: str
    values: Sequence[Number | None]
    style: str = "actual"
    low: Sequence[Number | None] = ()
    high: Sequence[Number | None] = ()


@dataclass(frozen=True)
class Chart:
    """A chart with its own table behind it (`web/chart.html`). `kind`: line, bars (lying) or columns (standing)."""

    id: str
    label: str
    kind: Literal["line", "bars", "columns"]
    labels: Sequence[str]
    series: Sequence[Series]
    unit: str = "%"
    minimum: Number | None = None
    maximum: Number | None = None
    target: Number | None = None
    target_label: str = ""
    heat: bool = False
    urls: Sequence[str] = ()
    note: str = ""  # how it came about, below the chart

    @property
    def data_id(self) -> str:
        return f"{self.id}-data"

    def as_json(self) -> dict[str, Any]:
        """The values that `charts.js` draws; decimals become JSON numbers."""
        return {
            "kind": self.kind,
            "labels": list(self.labels),
            "series": [
                {
                    "name": line.name,
                    "style": line.style,
                    "values": _plain(line.values),
                    "low": _plain(line.low),
                    "high": _plain(line.high),
                }
                for line in self.series
            ],
            "unit": self.unit,
            "minimum": _plain((self.minimum,))[0],
            "maximum": _plain((self.maximum,))[0],
            "target": None
            if self.target is None
            else {"value": float(self.target), "label": self.target_label},
            "heat": self.heat,
            "urls": list(self.urls),
        }

    def rows(self) -> list[tuple[str, list[Number | None]]]:
        """The same values as a table: one row per label, one column per series."""
        return [
            (label, [line.values[at] if at < len(line.values) else None for line in self.series])
            for at, label in enumerate(self.labels)
        ]


@dataclass(frozen=True)
class MapView:
    """A map of areas coloured by a rate (`web/map.html`), with the list that says the same without a map.

    `areas`: GeoJSON FeatureCollection; each feature has an integer `id` and the properties code, name, label (the
    sentence shown on hover), value (number or null) and url (the list that a click opens).
    `borders`: heavier outlines (communities) with the properties name and, for the text on the map, `x`, `y`.
    """

    id: str
    label: str
    areas: dict[str, Any]
    borders: dict[str, Any]
    hint: str = ""
    has_rates: bool = True

    @property
    def data_id(self) -> str:
        return f"{self.id}-data"

    def rows(self) -> list[dict[str, Any]]:
        """The areas as a list, in the order of their codes: the map for those who do not see or point."""
        properties = [feature["properties"] for feature in self.areas["features"]]
        return sorted(properties, key=lambda area: str(area["code"]))

    def as_json(self) -> dict[str, Any]:
        return {"areas": self.areas, "borders": self.borders}


def _plain(values: Sequence[Number | None]) -> list[float | None]:
    return [None if value is None else float(value) for value in values]
