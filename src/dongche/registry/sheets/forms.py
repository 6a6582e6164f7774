"""Reads a form of one place, labels beside their values, as people fill in by hand: several sheets, several places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dongche.registry.sheets import columns, header
from dongche.registry.sheets.columns import Vocabulary
from dongche.registry.sheets.header import Merge, Row

# So many fields, on so many rows, make a form: a table has its words beside each other, in one row.
FEWEST_FIELDS, FEWEST_ROWS = 4, 3
LONGEST_LABEL: Final = 40


@dataclass(frozen=True)
class Form:
    """One sheet: each label with the cell beside it, where that cell is, and which label says which field."""

    sheet: str
    values: Mapping[str, Any]
    by_field: Mapping[str, str]
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Origin:
    """Where a row that was put together comes from: its sheet, and the address of each cell by column."""

    sheet: str
    cells: Mapping[int, str]


def find(sheet: str, rows: Sequence[Row], merges: Sequence[Merge], vocabulary: Vocabulary) -> Form | None:
    """This function will read a sheet as a form.

    Shape:  every label with the cell to its right; of two equal labels the first that has a value
    Empty:  None when it is none, or does not name what it is about
    """
    ends = dict(merges)
    values: dict[str, Any] = {}
    cells: dict[str, str] = {}
    best: dict[str, tuple[float, str, int]] = {}
    for at, row in enumerate(rows):
        for label, value, column in _pairs(at, row, ends, vocabulary):
            if values.get(label) in ("", None) and (label not in values or value not in ("", None)):
                values[label], cells[label] = value, f"{header.letters(column)}{at + 1}"
            name, score = columns.best_field([label], vocabulary)
            if name and score > best.get(name, (0.0, "", 0))[0]:
                best[name] = score, label, at
    on_rows = {at for _score, _label, at in best.values()}
    if vocabulary.main not in best or len(best) < FEWEST_FIELDS or len(on_rows) < FEWEST_ROWS:
        return None
    return Form(sheet, values, {name: label for name, (_score, label, _at) in best.items()}, cells)


def _pairs(
    at: int, row: Row, ends: Mapping[tuple[int, int], tuple[int, int]], vocabulary: Vocabulary
) -> Iterable[tuple[str, Any, int]]:
    """The labels of a row from the left, each with the cell after it and its column; a title or a heading at the side
    is none."""
    column, width = 0, len(row)
    while column < width:
        label = header.text(row[column]).rstrip(":：")
        bottom, right = ends.get((at, column), (at, column))
        beside = right + 1
        is_known = bool(label) and bool(columns.best_field([label], vocabulary)[0])
        # A heading at the side covers several rows; a title has nothing beside it.
        if not label or len(label) > LONGEST_LABEL or (not is_known and (bottom > at or beside >= width)):
            column = beside
            continue
        yield label, row[beside] if beside < width else "", beside
        column = ends.get((at, beside), (at, beside))[1] + 1


def as_table(forms: Sequence[Form]) -> tuple[list[list[Any]], list[Origin]]:
    """The forms as a header and a row for each, and where each row comes from. Where forms call one field otherwise,
    the first one's word stands."""
    words: dict[str, str] = {}
    for form in forms:
        words = dict(form.by_field) | words
    told = [
        {words[name]: label for name, label in form.by_field.items()}
        | {label: label for label in form.values if label not in form.by_field.values()}
        for form in forms
    ]
    labels = list(dict.fromkeys(label for own in told for label in own))
    rows = [
        [form.values[own[label]] if label in own else "" for label in labels]
        for form, own in zip(forms, told, strict=True)
    ]
    origins = [
        Origin(form.sheet, {at: form.cells[own[label]] for at, label in enumerate(labels) if label in own})
        for form, own in zip(forms, told, strict=True)
    ]
    return [list(labels), *rows], origins
