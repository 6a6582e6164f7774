"""How far places have come, by community, line or kind: from not resumed to full capacity (S43)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.db.models import Count
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.desk.areas import Areas
from dongche.desk.links import list_url
from dongche.org.models import Officer
from dongche.org.queries import Units
from dongche.registry import past
from dongche.registry.models import Category, Focus, Size
from dongche.registry.queries import Places
from dongche.registry.standing import STANDINGS, with_standing
from dongche.web.spreadsheets import Table

# By what places are counted: the column of a place, and what the filter of the list calls a place without it.
BY: Final[Mapping[str, tuple[Any, str, str]]] = {
    "community": (_("Community"), "community_id", "unknown"),
    "line": (_("Line"), "line_id", "unknown"),
    "category": (_("Category"), "category", ""),
    "focus": (_("Three focuses"), "focus", "none"),
    "size": (_("Size"), "size", "unknown"),
}
WORDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "category": dict(Category.choices),
    "focus": {**dict(Focus.choices), "": _("No focus")},
    "size": {**dict(Size.choices), "": _("Unknown")},
}


@dataclass(frozen=True)
class Rung:
    """How many places of a row stand so; `left` and `width` in per cent of the row's bar."""

    standing: str
    word: str
    count: int
    url: str
    left: str
    width: str


@dataclass(frozen=True)
class Row:
    name: str
    url: str
    total: int
    rungs: Sequence[Rung]


@dataclass(frozen=True)
class Ladder:
    """Rows by what was asked, the largest first, and all of them together; `total.total` is 0 without any place."""

    by: str
    areas: Areas
    choices: Sequence[tuple[str, str]]
    rows: Sequence[Row]
    total: Row
    kept: Mapping[str, str] = field(default_factory=dict)


def build(actor: Officer, on: date, areas: Areas, by: str = "community") -> Ladder:
    """This function will count the places of an officer's figures by where they stand: one query, and one for names."""
    by = by if by in BY else "community"
    _label, column, _none = BY[by]
    places = with_standing(areas.within(Places.counted_for(actor, on)), on)
    places = places.with_line(on) if by == "line" else places
    if column in past.KEPT:
        places, column = places.annotate(then=past.value(column, on)), "then"
    counts: dict[Any, dict[str, int]] = defaultdict(dict)
    for key, standing, count in places.order_by().values_list(column, "standing").annotate(count=Count("pk")):
        counts[key][standing] = count
    names = _names(by, counts)
    kept = {**areas.kept, "on": on.isoformat()}
    rows = [
        _row(names[key][1], counts[key], {**kept, by: names[key][0]})
        for key in sorted(counts, key=lambda one: (-sum(counts[one].values()), names[one][1]))
    ]
    every: dict[str, int] = defaultdict(int)
    for found in counts.values():
        for standing, count in found.items():
            every[standing] += count
    total = _row(gettext("All together"), every, kept)
    return Ladder(by, areas, [(key, str(label)) for key, (label, *_rest) in BY.items()], rows, total, kept)


def _names(by: str, keys: Mapping[Any, Any]) -> dict[Any, tuple[str, str]]:
    """For each value of the column: what the filter of the list calls it, and what people do."""
    without = (BY[by][2], gettext("Without"))
    if by in WORDS:
        return {key: (key or without[0], str(WORDS[by].get(key, key))) for key in keys}
    units = Units.unscoped(reason="names of units that visible places stand in").filter(
        pk__in=[key for key in keys if key is not None]
    )
    named = {pk: (code, name) for pk, code, name in units.values_list("pk", "code", "name")}
    return {key: named.get(key, without) for key in keys}


def _row(name: str, counts: Mapping[str, int], kept: Mapping[str, str]) -> Row:
    total = sum(counts.values())
    rungs, left = [], 0.0
    for standing, word in STANDINGS.items():
        count = counts.get(standing, 0)
        width = 100 * count / total if total else 0.0
        url = list_url(**kept, standing=standing, whose="units")
        rungs.append(Rung(standing, str(word), count, url, f"{left:.2f}", f"{width:.2f}"))
        left += width
    return Row(name, list_url(**kept, whose="units"), total, rungs)


def table(ladder: Ladder) -> Table:
    """The page as a sheet of a workbook."""
    label = str(BY[ladder.by][0])
    return Table(
        gettext("Standing"),
        [label, *(str(word) for word in STANDINGS.values()), gettext("Places")],
        [[row.name, *(rung.count for rung in row.rungs), row.total] for row in (*ladder.rows, ladder.total)],
    )
