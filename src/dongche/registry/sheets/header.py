"""Finds the header row: below titles, over one to three rows, whatever is merged."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dongche.kit.chinese import key, normalise
from dongche.registry.sheets import columns
from dongche.registry.sheets.columns import PLACES, Columns, Vocabulary

LAST_HEADER_ROW = 30
DEPTHS = (1, 2, 3)

Merge = tuple[tuple[int, int], tuple[int, int]]
Row = Sequence[Any]


@dataclass(frozen=True)
class Header:
    """A header as found: its first row and the first row below it (from 0), its texts, and what they mean."""

    first: int
    below: int
    texts: tuple[str, ...]
    by_field: dict[str, int]
    score: float
    tie: tuple[str, int, int] | None
    is_usable: bool


def find(
    rows: Sequence[Row],
    merges: Sequence[Merge],
    mapping: Mapping[str, str | None],
    vocabulary: Vocabulary = PLACES,
) -> Header | None:
    """This function will give the likeliest header among the first rows; None when they are empty.

    Shape:  the candidate that fits best; among equals the one with fewer rows, then the higher one. It may be
            unusable (no name column): then it is the one to show to the person
    """
    best: Header | None = None
    merges = [merge for merge in merges if merge[0][0] < len(rows)]  # there may be one per row below
    for first in range(min(len(rows), LAST_HEADER_ROW)):
        if not any(isinstance(cell, str) and cell.strip() for cell in rows[first]):
            continue
        for depth in DEPTHS:
            if first + depth > len(rows) or (depth > 1 and not _goes_on(rows, merges, first, depth)):
                break
            candidate = _candidate(rows, merges, first, depth, mapping, vocabulary)
            if best is None or _worth(candidate) > _worth(best):
                best = candidate
    return best


def _worth(header: Header) -> tuple[bool, float, float]:
    """How likely it is that these rows are the header. Where no row can be one, words count: rows of a table have
    numbers in them, and values that happen to look like the word for a field."""
    if header.is_usable:
        return (True, header.score, 0)
    words = [text for text in header.texts if text and not _NUMBER.fullmatch(text)]
    return (False, len(words), 0)


_NUMBER = re.compile(r"[\d.,%:/\- ]+")


def _goes_on(rows: Sequence[Row], merges: Sequence[Merge], first: int, depth: int) -> bool:
    """Whether the header's last row but one is joined to its last row: merged downwards, or across with parts below."""
    upper, lower = first + depth - 2, first + depth - 1
    if not any(text(cell) for cell in rows[lower]):
        return False
    for (top, left), (bottom, right) in merges:
        if top <= upper and bottom >= lower and top >= first:
            return True
        # A merge over the whole width is a title, not a group of columns.
        beside = [*rows[upper][:left], *rows[upper][right + 1 :]]
        below = rows[lower][left : right + 1]
        if top == upper and right > left and any(map(text, beside)) and any(map(text, below)):
            return True
    return False


def _candidate(
    rows: Sequence[Row],
    merges: Sequence[Merge],
    first: int,
    depth: int,
    mapping: Mapping[str, str | None],
    vocabulary: Vocabulary,
) -> Header:
    width = max(len(row) for row in rows[first : first + depth])
    grid = [
        [text(row[column]) if column < len(row) else "" for column in range(width)]
        for row in rows[first : first + depth]
    ]
    if depth > 1:
        _spread(grid, merges, first)
    parts = [_parts([line[column] for line in grid]) for column in range(width)]
    texts = tuple("·".join(part) for part in parts)
    by_field, score, tie = columns.assign(parts, vocabulary)
    if mapping:
        by_field, score, tie = _mapped(texts, by_field, score, tie, mapping)
    return Header(first, first + depth, texts, by_field, score, tie, vocabulary.main in by_field)


def _spread(grid: list[list[str]], merges: Sequence[Merge], first: int) -> None:
    """Write the text of a merged header cell into every cell it covers."""
    for (top, left), (bottom, right) in merges:
        if first <= top < first + len(grid) and left < len(grid[0]):
            value = grid[top - first][left]
            for line in grid[top - first : bottom - first + 1]:
                for column in range(left, min(right + 1, len(line))):
                    line[column] = line[column] or value


def _parts(stacked: Sequence[str]) -> list[str]:
    """The texts of one column from the top, without repeats; "·" stands between them where we wrote the file."""
    parts: list[str] = []
    for piece in (piece.strip() for cell in stacked for piece in cell.split("·")):
        if piece and piece not in parts:
            parts.append(piece)
    return parts


def text(cell: Any) -> str:
    """The text of a cell of the header: line breaks and spaces inside mean nothing."""
    return re.sub(
        r"\s+", "" if not isinstance(cell, str) or not cell.isascii() else " ", normalise(str(cell))
    )


def _mapped(
    texts: Sequence[str],
    by_field: dict[str, int],
    score: float,
    tie: tuple[str, int, int] | None,
    mapping: Mapping[str, str | None],
) -> tuple[dict[str, int], float, tuple[str, int, int] | None]:
    """Let the map overrule what was recognised; each header of the map that is there makes the row more likely."""
    places = {key(found): column for column, found in reversed(list(enumerate(texts))) if found}
    said = {
        name: places[key(header)]
        for name, header in mapping.items()
        if header is not None and not header.startswith(("=", "#")) and key(header) in places
    }
    # Two columns may bear the same header, or none: such a one is meant by its letter.
    lettered = {f"#{letters(column)}": column for column in range(len(texts))}
    said |= {name: lettered[header] for name, header in mapping.items() if header in lettered}
    rest = {n: column for n, column in by_field.items() if n not in mapping and column not in said.values()}
    tie = tie if tie and tie[0] in rest else None
    return rest | said, score + 1000 * len(said), tie


def settle(
    header: Header, sheet: str, mapping: Mapping[str, str | None], vocabulary: Vocabulary = PLACES
) -> Columns:
    """This function will turn a header into columns, or say what is missing.

    Raises: NoNameColumn, NoCategoryColumn, MissingColumn, AmbiguousColumns, MapUnknownHeader
    """
    where = {"sheet": sheet, "row": str(header.first + 1), "found": columns.describe(header.texts)}
    constants = {name: value[1:] for name, value in mapping.items() if value and value.startswith("=")}
    for name, value in mapping.items():
        if value and not value.startswith("=") and name not in header.by_field:
            raise columns.MapUnknownHeader(field=name, given=value, found=where["found"])
    vocabulary.refuse_incomplete(header.by_field.keys() | constants.keys(), where)
    if header.tie:
        name, one, other = header.tie
        found = " / ".join(f"{header.texts[column]} ({letters(column)})" for column in (one, other))
        raise columns.AmbiguousColumns(sheet=sheet, field=columns.label(name, vocabulary), found=found)
    by_field = {name: column for name, column in header.by_field.items() if name not in constants}
    hints = {
        name: meaning
        for name, column in by_field.items()
        if (meaning := columns.hint(name, header.texts[column]))
    }
    return Columns(
        by_field=by_field,
        hints=hints,
        constants=constants,
        unused=tuple(
            found for column, found in enumerate(header.texts) if found and column not in by_field.values()
        ),
        assumed=tuple(name for name in columns.MONEY if name in by_field and name not in hints),
    )


def letters(column: int) -> str:
    """The letters Excel shows for a column counted from 0.

    >>> letters(0), letters(25), letters(26), letters(701), letters(702)
    ('A', 'Z', 'AA', 'ZZ', 'AAA')
    """
    column += 1
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name
