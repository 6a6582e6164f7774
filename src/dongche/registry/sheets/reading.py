"""Reads a workbook as people make them: the right sheet, the rows below its header, nothing silently lost."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, Literal

import python_calamine

from dongche.kit.chinese import key, normalise
from dongche.kit.errors import Problem
from dongche.registry.sheets import columns, container, forms, header
from dongche.registry.sheets.columns import PLACES, Columns, Vocabulary
from dongche.registry.sheets.container import (
    LIMITS,
    FileDamaged,
    FileEncrypted,
    Limits,
    TooManyColumns,
    TooManyRows,
)
from dongche.registry.sheets.encodings import decoded
from dongche.registry.sheets.extents import NOT_CALCULATED

LOOKED_AT = header.LAST_HEADER_ROW + max(header.DEPTHS)


class SheetEmpty(Problem):
    code = "registry.sheet_empty"
    message = "“%(file)s” holds no rows. Fill in the sheet and send it again."


class NoSuchSheet(Problem):
    code = "registry.no_such_sheet"
    message = "“%(file)s” has no sheet “%(given)s”. Its sheets are: %(found)s."


@dataclass(frozen=True)
class CellFault:
    """Stands for a cell that holds an error such as #DIV/0!, or `#`: a formula the file holds no result of."""

    text: str

    @property
    def is_not_calculated(self) -> bool:
        return self.text == NOT_CALCULATED

    def __str__(self) -> str:
        return self.text


Remembered = Callable[[Sequence[str]], tuple[str, Mapping[str, str | None]] | None]
SkipReason = Literal["total", "note", "header", "numbering"]


@dataclass(frozen=True)
class Skipped:
    """A row that is no place: a total, a note or signature, the header again, a line of column numbers."""

    row: int
    text: str
    reason: SkipReason


@dataclass
class Sheet:
    """A sheet ready to be read once. Rows are numbered as Excel shows them; `skipped` fills while rows are read."""

    name: str
    header_row: int
    headers: tuple[str, ...]
    columns: Columns
    row_count: int
    rows: Iterator[tuple[int, list[Any]]]
    skipped: list[Skipped] = field(default_factory=list)
    remembered: str = ""
    # Of forms of one place: where each row, by its number, was put together from.
    origins: Mapping[int, forms.Origin] = field(default_factory=dict)

    def pick(self, cells: Sequence[Any]) -> dict[str, Any]:
        """The cells by field, constants of the map included."""
        picked = {name: cells[column] for name, column in self.columns.by_field.items()}
        return picked | self.columns.constants if self.columns.constants else picked


def read_workbook(
    source: str | Path | bytes,
    *,
    file: str = "",
    sheet: str = "",
    mapping: Mapping[str, str | None] | None = None,
    vocabulary: Vocabulary = PLACES,
    remembered: Remembered | None = None,
    limits: Limits = LIMITS,
) -> Sheet:
    """This function will find the sheet and the header of a registry file and give its rows.

    Shape:  .xlsx, .xls or .csv → rows of the sheet whose header fits best. Cells merged downwards are filled, errors
            are CellFault, blank rows are left out; `file` is the name to show, `sheet` picks one by name;
            `remembered` gives name and map for a header that was mapped before, used when there is no `mapping`
    Raises: the Problems of `container` (the file), `columns` (the header), SheetEmpty, NoSuchSheet

    Memory: calamine holds the sheet that is being read; at most limits.cells
    """
    name = file or (Path(source).name if not isinstance(source, bytes) else "file")
    said = columns.check_map(mapping or {}, vocabulary)
    data = source if isinstance(source, bytes) else _bytes_of(Path(source), name, limits)
    if not data.strip(b"\0 \t\r\n"):
        raise SheetEmpty(file=name)
    inspected = container.inspect(data, name, limits)
    if inspected.kind == "text":
        candidates = iter([_csv_sheet(data, name, limits)])
    else:
        candidates = _excel_sheets(data, name, inspected, sheet, limits)
    best = _choose(candidates, name, said, vocabulary, limits)
    found = best.header
    told = remembered(found.texts) if remembered is not None and not said else None
    if told is not None:
        said = {name: value for name, value in told[1].items() if name in vocabulary.fields}
        again = header.find(best.first_rows, best.merges, said, vocabulary)
        found = best.header = again or found
    try:
        settled = header.settle(found, best.name, said, vocabulary)
    except columns.HeaderProblem as problem:
        below = best.first_rows[found.below :]
        problem.seen = columns.SeenHeader(best.name, found.first + 1, found.texts, below)
        raise
    result = Sheet(
        name=best.name,
        remembered=told[0] if told is not None else "",
        header_row=found.first + 1,
        headers=found.texts,
        columns=settled,
        row_count=max(best.height - found.below, 0),
        rows=iter(()),
        origins=best.origins,
    )
    result.rows = _Body(best, result, vocabulary.main).rows()
    return result


def _bytes_of(path: Path, name: str, limits: Limits) -> bytes:
    size = path.stat().st_size
    if size > limits.file_bytes:
        raise container.FileTooLarge(
            file=name,
            given=f"{size / container.MIB:,.1f} MiB",
            limit=f"{limits.file_bytes / container.MIB:,.1f} MiB",
        )
    return path.read_bytes()


@dataclass
class _Candidate:
    """One sheet as it comes: all rows from row 1, columns from column A."""

    name: str
    height: int
    merges: list[header.Merge]
    faults: dict[tuple[int, int], str]
    first_rows: list[list[Any]]
    rest: Iterator[list[Any]]
    header: header.Header = None  # type: ignore[assignment]  # set by _choose before anybody looks
    origins: Mapping[int, forms.Origin] = field(default_factory=dict)


def _choose(
    candidates: Iterable[_Candidate],
    file: str,
    mapping: Mapping[str, str | None],
    vocabulary: Vocabulary,
    limits: Limits,
) -> _Candidate:
    best: _Candidate | None = None
    filled_in: list[forms.Form] = []
    for candidate in candidates:
        filled = max((sum(cell not in ("", None) for cell in row) for row in candidate.first_rows), default=0)
        if filled > limits.columns:
            raise TooManyColumns(
                file=file, sheet=candidate.name, given=f"{filled:,}", limit=f"{limits.columns:,}"
            )
        found = header.find(candidate.first_rows, candidate.merges, mapping, vocabulary)
        form = forms.find(candidate.name, candidate.first_rows, candidate.merges, vocabulary)
        if form is not None and (found is None or len(found.by_field) < len(form.by_field)):
            filled_in.append(form)
            continue
        if found is None:
            continue
        candidate.header = found
        if best is None or (found.is_usable, found.score) > (best.header.is_usable, best.header.score):
            best = candidate
    if filled_in and (best is None or not best.header.is_usable):
        best = _of_forms(filled_in, mapping, vocabulary)
    if best is None:
        raise SheetEmpty(file=file)
    return best


def _of_forms(
    filled_in: Sequence[forms.Form], mapping: Mapping[str, str | None], vocabulary: Vocabulary
) -> _Candidate | None:
    """Forms of one place each as one table, a row for each sheet."""
    rows, origins = forms.as_table(filled_in)
    candidate = _Candidate(filled_in[0].sheet, len(rows), [], {}, rows[:LOOKED_AT], iter(rows[LOOKED_AT:]))
    candidate.origins = dict(enumerate(origins, 2))
    found = header.find(rows[:1], [], mapping, vocabulary)
    if found is None:
        return None
    candidate.header = found
    return candidate


def _excel_sheets(
    data: bytes, file: str, inspected: container.Inspected, wanted: str, limits: Limits
) -> Iterator[_Candidate]:
    with _Guard(file):
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [m for m in book.sheets_metadata if m.typ == python_calamine.SheetTypeEnum.WorkSheet]
    if wanted and wanted not in [meta.name for meta in sheets]:
        raise NoSuchSheet(file=file, given=wanted, found=columns.describe([meta.name for meta in sheets]))
    visible = [meta for meta in sheets if meta.visible == python_calamine.SheetVisibleEnum.Visible]
    for meta in [meta for meta in sheets if meta.name == wanted] if wanted else visible or sheets:
        with _Guard(file):
            sheet = book.get_sheet_by_name(meta.name)
            start = sheet.start
            if start is None:
                continue
            merges = sheet.merged_cell_ranges or []
            rows = _guarded(sheet.iter_rows(), file, start[1])
        if sheet.total_height > limits.rows + LOOKED_AT:
            raise TooManyRows(file=file, limit=f"{limits.rows:,}")
        extent = inspected.extents.get(meta.name)
        yield _Candidate(
            name=meta.name,
            height=sheet.total_height,
            merges=sorted(merges),
            faults=extent.faults if extent else {},
            first_rows=list(islice(rows, LOOKED_AT)),
            rest=rows,
        )


class _Guard:
    """Turns whatever the reader raises, panics of its Rust code included, into a Problem."""

    def __init__(self, file: str) -> None:
        self.file = file

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is None or isinstance(error, Problem):
            return
        if isinstance(error, python_calamine.PasswordError):
            raise FileEncrypted(file=self.file) from None
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise FileDamaged(file=self.file, reason=str(error)[:200] or type(error).__name__) from None


def _guarded(rows: Iterator[list[Any]], file: str, offset: int) -> Iterator[list[Any]]:
    """The rows with the empty columns before the first used one put back."""
    with _Guard(file):
        if not offset:
            yield from rows
            return
        before = [""] * offset
        for row in rows:
            yield before + row


def _csv_sheet(data: bytes, file: str, limits: Limits) -> _Candidate:
    text = decoded(data, file)
    sample = "\n".join(text.splitlines()[:LOOKED_AT])
    delimiter = max(",\t;", key=sample.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = _csv_rows(lines, file, limits)
    return _Candidate(
        name=Path(file).stem,
        height=text.count("\n") + 1,
        merges=[],
        faults={},
        first_rows=list(islice(rows, LOOKED_AT)),
        rest=rows,
    )


def _csv_rows(lines: Iterator[list[str]], file: str, limits: Limits) -> Iterator[list[Any]]:
    try:
        for count, row in enumerate(lines):
            if count > limits.rows + LOOKED_AT:
                raise TooManyRows(file=file, limit=f"{limits.rows:,}")
            yield row
    except csv.Error as error:
        raise FileDamaged(file=file, reason=str(error)) from None


# --- The rows below the header -----------------------------------------------------------------

_TOTAL: Final = re.compile(
    r"(?:合\s*计|总\s*计|小\s*计|共\s*计|总\s*数|累\s*计|sub-?total|grand total|total)(?:$|[\s:：(（\d])",
    re.I,
)
_NOTE: Final = re.compile(
    r"(?:备\s*注|说\s*明|填表说明|填报说明|注|notes?|remarks?)(?:$|\s*[:：.、\d])"
    r"|(?:填\s*表|制\s*表|填\s*报|审\s*核|审\s*批|经\s*办)\s*(?:人|单位|日期|时间)"
    r"|(?:统计|单位)负责人|单位盖章|[(（]盖章[)）]|prepared by|reviewed by|filled in by",
    re.I,
)
_STEMS: Final = "甲乙丙丁戊己庚辛壬癸"


class _Body:
    """The rows of the chosen sheet: merged cells filled, faults put in, what is no place told apart."""

    def __init__(self, candidate: _Candidate, sheet: Sheet, main: str) -> None:
        self.candidate, self.sheet = candidate, sheet
        self.below = candidate.header.below
        self.width = len(candidate.header.texts)
        by_field = sheet.columns.by_field
        self.name_column = by_field.get(main, -1)
        self.credit_column = by_field.get("credit_code", -1)
        self.header_keys = [key(text) for text in candidate.header.texts if text]
        self.faulty_rows: dict[int, list[tuple[int, str]]] = {}
        for (row, column), text in candidate.faults.items():
            self.faulty_rows.setdefault(row, []).append((column, text))

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        first = self.candidate.first_rows[self.below :]
        fills = _Fills(self.candidate.merges, self.below) if self.candidate.merges else None
        for index, row in enumerate(chain(first, self.candidate.rest), self.below):
            if index in self.faulty_rows:
                self._put_faults(row, self.faulty_rows[index])
            if fills and index <= fills.last:
                fills.apply(index, row)
            if not any(row):
                continue
            if len(row) < self.width:
                row.extend([""] * (self.width - len(row)))
            if self._is_place(index + 1, row):
                yield index + 1, row

    @staticmethod
    def _put_faults(row: list[Any], faults: list[tuple[int, str]]) -> None:
        for column, text in faults:
            row.extend([""] * (column + 1 - len(row)))
            row[column] = CellFault(text)

    def _is_place(self, number: int, row: list[Any]) -> bool:
        """Whether the row is one; if not, it is noted as skipped (blank ones are not)."""
        first = next((cell for cell in row if cell not in ("", None)), "")
        name = row[self.name_column] if self.name_column >= 0 else first
        if isinstance(first, str) and (first[:1].isspace() or not first[:1].isdigit()):
            text = normalise(first)
            if not text and not any(normalise(cell) if isinstance(cell, str) else cell != "" for cell in row):
                return False
            code = row[self.credit_column] if self.credit_column >= 0 else ""
            if code in ("", None):
                for cell in (first, name):
                    reason = self._reason(normalise(cell), row) if isinstance(cell, str) else None
                    if reason:
                        self.sheet.skipped.append(Skipped(number, normalise(cell), reason))
                        return False
            elif isinstance(name, str) and key(name) in self.header_keys and self._repeats_header(row):
                self.sheet.skipped.append(Skipped(number, text, "header"))
                return False
        if number <= self.below + 2 and self._is_numbering(row):
            self.sheet.skipped.append(Skipped(number, str(first), "numbering"))
            return False
        return True

    def _reason(self, text: str, row: list[Any]) -> SkipReason | None:
        if _TOTAL.match(text):
            return "total"
        if _NOTE.match(text):
            return "note"
        return "header" if key(text) in self.header_keys and self._repeats_header(row) else None

    def _repeats_header(self, row: list[Any]) -> bool:
        said = [key(cell) for cell in row if isinstance(cell, str) and cell.strip()]
        return len(said) >= 2 and all(text in self.header_keys for text in said)

    @staticmethod
    def _is_numbering(row: list[Any]) -> bool:
        """1 2 3 … or 甲 乙 1 2 … under the header, as printed forms have."""
        cells = [
            normalise(str(cell)).removesuffix(".0").strip("()（）") for cell in row if cell not in ("", None)
        ]
        cells = [
            cell for cell in cells if not (len(cell) == 1 and cell in _STEMS) and cell not in ("栏次", "序号")
        ]
        return len(cells) >= 3 and all(
            cell.isdecimal() and int(cell) == int(cells[0]) + place for place, cell in enumerate(cells)
        )


class _Fills:
    """Cells merged downwards, row by row: each of the cells below the first takes its value."""

    def __init__(self, merges: Sequence[header.Merge], below: int) -> None:
        self.starts: dict[int, list[tuple[int, int]]] = {}
        for (top, left), (bottom, _) in merges:
            if bottom > top and bottom >= below:
                self.starts.setdefault(max(top, below), []).append((left, bottom))
        self.last = max((bottom for ends in self.starts.values() for _, bottom in ends), default=-1)
        self.open: list[tuple[int, int, Any]] = []

    def apply(self, index: int, row: list[Any]) -> None:
        for column, _, value in self.open:
            if column < len(row) and row[column] in ("", None):
                row[column] = value
        for column, bottom in self.starts.get(index, ()):
            if column < len(row):
                self.open.append((column, bottom, row[column]))
        if self.open:
            self.open = [entry for entry in self.open if entry[1] > index]
