"""Small worlds drawn as text: what a test reads is what the metric sees.

A table is lines of cells between bars; the first line names the columns. An empty cell is null, a column left out has
its default. Days are written 03-20, instants 03-20 16:05 in Beijing time, all in 2020.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from dongche.analytics import definitions, facts
from dongche.analytics.figures import Figure
from dongche.kit.clock import BEIJING

METRICS = Path(__file__).parents[2] / "packs" / "epidemic-2020" / "metrics"
DAY = date(2020, 3, 20)
Measure = Callable[..., list[Figure]]

LONG_AGO = "01-01 08:00"
DEFAULTS: dict[str, dict[str, str]] = {
    "entities": {
        "known_at": LONG_AGO, "superseded_at": "", "from_on": "01-01", "until_on": "", "subdistrict": "370203026",
        "community": "nanshan", "grid": "n1", "category": "enterprise", "industry": "C", "size": "small",
        "above_scale": "no", "focus": "",
    },
    "exclusions": {"kind": "closed_by_order", "from_on": "01-01", "until_on": "", "known_at": LONG_AGO, "superseded_at": ""},
    "line_rules": {
        "subdistrict": "370203026", "category": "", "focus": "", "industry": "", "size": "", "from_on": "01-01", "until_on": "",
        "known_at": LONG_AGO, "superseded_at": "",
    },
    "reports": {
        "on": "03-20", "known_at": "03-20 09:00", "superseded_at": "", "state": "open", "staff_due": "",
        "staff_at_post": "", "output_fen": "", "output_normal_fen": "", "abnormal_temperature": "", "mask_days": "",
        "same_as_yesterday": "no",
    },
    "electricity": {"meter": "", "on": "03-20", "known_at": "03-20 09:00", "superseded_at": ""},
    "baselines": {
        "quantity": "electricity", "basis": "dec_2019", "from_on": "01-01", "until_on": "", "known_at": LONG_AGO,
        "superseded_at": "", "days": "31",
    },
}  # fmt: skip
NAMES = {"place": "entity_id"}


def rows(drawing: str) -> list[dict[str, str]]:
    """This function will read a drawn table."""
    lines = [[cell.strip() for cell in line.split("|")] for line in drawing.strip().splitlines()]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def instant(text: str) -> datetime:
    return datetime.strptime(f"2020-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=BEIJING).astimezone(UTC)


def day(text: str) -> date:
    return datetime.strptime(f"2020-{text}", "%Y-%m-%d").date()


def world(
    places: str,
    reports: str = "",
    exclusions: str = "",
    rules: str = "",
    electricity: str = "",
    baselines: str = "",
) -> facts.Facts:
    """This function will make facts of drawn tables; one place may be drawn as a range, 1-188."""
    drawn = {
        "entities": places,
        "reports": reports,
        "exclusions": exclusions,
        "line_rules": rules,
        "electricity": electricity,
        "baselines": baselines,
    }
    tables = {table: _table(table, drawing) for table, drawing in drawn.items()}
    return facts.from_rows(**tables)


def figures(drawing: str) -> list[tuple[str | None, ...]]:
    """This function will read expected figures: as many columns as `seen` is asked for."""
    return [tuple(cell or None for cell in row.values()) for row in rows(drawing)]


def seen(found: list[Figure], *columns: str) -> list[tuple[str | None, ...]]:
    """This function will show chosen columns of figures as text; a dimension shows the key of the scope."""
    shown = []
    for figure in found:
        row = {**figure.as_json(), **figure.scope}
        shown.append(tuple(None if row.get(column) is None else str(row[column]) for column in columns))
    return shown


def check(found: list[Figure], drawing: str) -> None:
    """This function will compare figures with a drawing, by the columns the drawing names."""
    columns = list(rows(drawing)[0]) if rows(drawing) else []
    assert seen(found, *columns) == figures(drawing)


def pack() -> definitions.Definitions:
    return definitions.load(METRICS)


def _table(table: str, drawing: str) -> list[dict[str, Any]]:
    types = {column.name: column.type for column in facts.COLUMNS[table]}
    found = []
    for drawn in rows(drawing) if drawing else []:
        row = {**DEFAULTS[table], **{NAMES.get(name, name): cell for name, cell in drawn.items()}}
        if table == "reports":
            row.setdefault("received_at", row["known_at"])
        if table == "line_rules":
            row.setdefault("priority", str(10 * len(found) + 10))
        first, _, last = row.get("entity_id", "0").partition("-")
        for entity_id in range(int(first), int(last or first) + 1):
            cells = {**row, "entity_id": str(entity_id)} if "entity_id" in row else row
            found.append({name: _value(cell, types[name]) for name, cell in cells.items()})
    return found


def _value(cell: str, kind: pa.DataType) -> Any:
    if cell == "":
        return None
    if kind == facts.INSTANT:
        return instant(cell)
    if kind == pa.date32():
        return day(cell)
    if kind == pa.bool_():
        return cell == "yes"
    return int(cell) if pa.types.is_integer(kind) else cell
