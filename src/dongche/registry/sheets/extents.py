"""How far the cells of a sheet reach, and which of them hold an error, found in the sheet's XML as it streams by.

Nearly every sheet is written in one canonical way, which a regular expression confirms at some hundred megabytes a
second. A piece that is written in any other way, or has cells far out, makes a real XML parser read the sheet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

# Anything but cells written <c r="BZ199999": other attributes first, prefixes, comments, CDATA, cells far out.
_ODD = re.compile(
    rb'<(?:c(?=[\s/>])(?! r="(?:[A-Z]|[AB][A-Z])(?:[1-9]\d{0,4}|1\d{5})")|[A-Za-z_][\w.-]*:(?:c|sheetData)[\s/>]|!)'
)
_FAR_ROW = re.compile(rb'<c r="[A-Z]{1,3}(\d{6,7})"[^>/]*><(?:v|f|is)[ >]')
_ERROR = re.compile(
    rb'<c r="([A-Z]+)(\d+)"[^>]*? t="e"[^>]*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?\s*<v>([^<]*)</v>'
)
_NOT_CALCULATED = re.compile(
    rb'<c r="([A-Z]+)(\d+)"((?: (?!t="str")[a-z]+="[^"]*")*)>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)'
    rb"\s*(?:<v>\s*</v>|<v\s*/>)?\s*</c>"
)
NOT_CALCULATED = "#"
FAULTS_KEPT = 500_000
LARGEST_CELL = 16 * 1024 * 1024


@dataclass
class Extent:
    """What was seen of a sheet. `faults` maps (row, column), both from 0, to the error text, or `#` for a formula
    whose result the file does not hold. `rows` and `columns` are upper bounds and 0 when they need no watching."""

    rows: int = 0
    columns: int = 0
    too_tall: bool = False
    faults: dict[tuple[int, int], str] = field(default_factory=dict)

    def note(self, row: int, column: int, text: str) -> None:
        if len(self.faults) < FAULTS_KEPT:
            self.faults[row, column] = text


def measure(unpack: Callable[[], Iterable[bytes]], row_limit: int) -> Extent | None:
    """This function will read the XML of one part, twice at most; None when it is no worksheet.

    Raises: ValueError – it is no XML in UTF-8, or not well-formed
    """
    extent, is_sheet = Extent(), False
    for whole in _whole_cells(unpack()):
        is_sheet = is_sheet or b"sheetData" in whole
        if not is_sheet:
            continue
        if _ODD.search(whole):
            far = _FAR_ROW.search(whole)
            if far and int(far[1]) > row_limit:
                extent.too_tall = True
                return extent
            return _measure_exactly(unpack(), row_limit)
        if b't="e"' in whole:
            for letters, row, text in _ERROR.findall(whole):
                extent.note(int(row) - 1, column_number(letters.decode()), text.decode("utf-8", "replace"))
        if b"<f" in whole:
            for letters, row, _ in _NOT_CALCULATED.findall(whole):
                extent.note(int(row) - 1, column_number(letters.decode()), NOT_CALCULATED)
    return extent if is_sheet else None


def _whole_cells(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, cut before a cell or a tag instead of anywhere."""
    rest, first = b"", True
    for piece in pieces:
        if first and (piece[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in piece[:4]):
            raise ValueError("XML in UTF-16")
        first = False
        text = rest + piece
        cut = text.rfind(b"<c ")
        if cut < 0 or text.rfind(b"</row>") > cut:
            cut = text.rfind(b"<")  # no cell is open here
        if cut > 0:
            yield text[:cut]
        rest = text[max(cut, 0) :]
        if len(rest) > LARGEST_CELL:
            raise ValueError("a cell of more than 16 MiB")
    yield rest


def _measure_exactly(pieces: Iterable[bytes], row_limit: int) -> Extent:
    reader = _Exact(row_limit)
    for piece in pieces:
        reader.feed(piece)
        if reader.extent.too_tall:
            return reader.extent
    reader.close()
    return reader.extent


def column_number(letters: str) -> int:
    """The column from 0.

    >>> column_number("A"), column_number("BZ"), column_number("XFD")
    (0, 77, 16383)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


class _Exact:
    """Reads a sheet with an XML parser and notes its outermost cells that hold something."""

    def __init__(self, row_limit: int) -> None:
        self.extent, self.row_limit = Extent(), row_limit
        self.row = self.column = -1
        self.kind, self.text, self.in_value, self.formula = "", "", False, False
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, piece: bytes) -> None:
        try:
            self.parser.Parse(piece, False)
        except expat.ExpatError as error:
            raise ValueError(str(error)) from None

    def close(self) -> None:
        try:
            self.parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise ValueError(str(error)) from None

    def _doctype(self, *_: Any) -> None:
        raise ValueError("a document type declaration")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition("}")[2]
        if local == "row":
            number = attributes.get("r", "")
            self.row = int(number) - 1 if number.isdecimal() else self.row + 1
            self.column = -1
        elif local == "c":
            found = re.fullmatch(r"([A-Z]{1,3})(\d{1,7})", attributes.get("r", ""))
            self.column = column_number(found[1]) if found else self.column + 1
            self.row = int(found[2]) - 1 if found else max(self.row, 0)
            self.kind, self.text, self.formula = attributes.get("t", ""), "", False
        elif local in ("v", "is"):
            self.in_value = local == "v"
            self._reach()
        elif local == "f":
            self.formula = True

    def _reach(self) -> None:
        self.extent.rows = max(self.extent.rows, self.row + 1)
        self.extent.columns = max(self.extent.columns, self.column + 1)
        self.extent.too_tall = self.extent.rows > self.row_limit

    def _characters(self, text: str) -> None:
        if self.in_value:
            self.text += text

    def _end(self, name: str) -> None:
        local = name.rpartition("}")[2]
        if local == "v":
            self.in_value = False
        elif local == "c":
            if self.kind == "e" and self.text:
                self.extent.note(self.row, self.column, self.text)
            elif self.formula and not self.text.strip() and self.kind != "str":
                self.extent.note(self.row, self.column, NOT_CALCULATED)
