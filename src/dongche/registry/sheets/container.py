"""Looks at a file before anything parses it: is it a spreadsheet, and will it stay within memory?

An .xlsx is a zip of XML. The sizes a zip declares may lie, so every entry is really unpacked here, piece by piece and
within limits. The reader keeps a sheet as one rectangle of cells, so one cell far out would cost gigabytes: the
outermost cells are found first (`extents`).
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal
from xml.etree import ElementTree

from dongche.kit.errors import Problem
from dongche.registry.sheets.extents import Extent, measure

MIB = 1024 * 1024
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGIC = b"PK\x03\x04"
PIECE = 4 * MIB
MEDIA = (".png", ".jpeg", ".jpg", ".gif", ".emf", ".wmf", ".bin", ".vml")


@dataclass(frozen=True)
class Limits:
    """What is accepted. `ratio` counts only beyond `ratio_from_bytes`: small files cannot do harm."""

    file_bytes: int = 64 * MIB
    unpacked_bytes: int = 1024 * MIB
    ratio: int = 200
    ratio_from_bytes: int = 64 * MIB
    entries: int = 4000
    rows: int = 200_000
    columns: int = 500
    cells: int = 16_000_000


LIMITS = Limits()
Kind = Literal["xlsx", "xls", "text"]


@dataclass(frozen=True)
class Inspected:
    """What the file is; for .xlsx, what was seen in each sheet, by the sheet's name."""

    kind: Kind
    extents: dict[str, Extent] = field(default_factory=dict)


class FileNotExcel(Problem):
    code = "registry.file_not_excel"
    message = (
        "“%(file)s” is no Excel workbook although its name says so; what it holds is: %(found)s. Open it in Excel or "
        "WPS, choose “Save as”, pick “Excel workbook (.xlsx)” and send that file."
    )


class FileEncrypted(Problem):
    code = "registry.file_encrypted"
    message = (
        "“%(file)s” is protected by a password and cannot be read. Remove the password in Excel (File, Info, Protect "
        "Workbook), save it and send it again."
    )


class FileTooLarge(Problem):
    code = "registry.file_too_large"
    status = 413
    message = (
        "“%(file)s” is too large: %(given)s, and at most %(limit)s is accepted. Split it into several files, or delete "
        "sheets, pictures and empty formatted rows that are not needed."
    )


class FileIsABomb(Problem):
    code = "registry.file_is_a_bomb"
    message = (
        "“%(file)s” unpacks to far more than any spreadsheet needs and was not opened. Copy the rows into a new "
        "workbook and send that."
    )


class FileDamaged(Problem):
    code = "registry.file_damaged"
    message = (
        "“%(file)s” is damaged and cannot be read (%(reason)s). Open it in Excel or WPS, let it be repaired, save it "
        "under a new name and send that."
    )


class TooManyRows(Problem):
    code = "registry.too_many_rows"
    status = 413
    message = (
        "“%(file)s” has more than %(limit)s rows in one sheet. Split it into several files; if the rows below are "
        "empty, delete them in Excel and save."
    )


class TooManyColumns(Problem):
    code = "registry.too_many_columns"
    status = 413
    message = (
        "Sheet “%(sheet)s” of “%(file)s” has %(given)s filled columns; at most %(limit)s are looked through. Delete "
        "those that do not belong to the register and send it again."
    )


def inspect(data: bytes, file: str, limits: Limits = LIMITS) -> Inspected:
    """This function will say what kind of file this is, or refuse it.

    Raises: FileTooLarge, FileIsABomb, FileEncrypted, FileNotExcel, FileDamaged, TooManyRows
    """
    if len(data) > limits.file_bytes:
        raise FileTooLarge(file=file, given=_size(len(data)), limit=_size(limits.file_bytes))
    if data.startswith(ZIP_MAGIC):
        return Inspected("xlsx", _inspect_zip(data, file, limits))
    if data.startswith(OLE_MAGIC):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise FileEncrypted(file=file)
        if "Workbook".encode("utf-16-le") not in data and "Book".encode("utf-16-le") not in data:
            raise FileNotExcel(file=file, found="Office 97–2003 (.doc, .ppt)")
        return Inspected("xls")
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype", b"<html", b"<table", b"<meta")):
        raise FileNotExcel(file=file, found="HTML")
    if head.startswith((b"<?xml", b"<workbook")):
        raise FileNotExcel(file=file, found="XML")
    if head.startswith(b"%pdf"):
        raise FileNotExcel(file=file, found="PDF")
    if head.startswith((b"\xff\xd8", b"\x89png", b"gif8")):
        raise FileNotExcel(file=file, found="JPEG, PNG, GIF")
    if file.lower().endswith((".xlsx", ".xlsm", ".xls", ".et")):
        raise FileNotExcel(file=file, found="TXT, CSV" if b"\0" not in data[:4096] else "?")
    return Inspected("text")


def _inspect_zip(data: bytes, file: str, limits: Limits) -> dict[str, Extent]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OverflowError, EOFError) as error:
        raise FileDamaged(file=file, reason=_plain(error)) from None
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if "xl/workbook.xml" not in names:
        raise FileNotExcel(file=file, found=_other_zip(names))
    declared = sum(entry.file_size for entry in entries)
    if len(entries) > limits.entries or _is_bomb(declared, len(data), limits):
        raise FileIsABomb(file=file)
    if declared > limits.unpacked_bytes:
        raise FileTooLarge(file=file, given=_size(declared), limit=_size(limits.unpacked_bytes))
    if any(entry.flag_bits & 1 for entry in entries):
        raise FileEncrypted(file=file)
    unpacked = 0
    extents: dict[str, Extent] = {}
    # Sheets first: a sheet of a million rows is then refused for its rows, before its other parts are looked at.
    for entry in sorted(entries, key=lambda entry: not entry.filename.startswith("xl/worksheets/")):
        pieces = _Pieces(data, entry, unpacked, file, limits)
        try:
            if entry.filename.lower().endswith(MEDIA):
                extent = None
                for _ in pieces():
                    pass
            else:
                extent = measure(pieces, limits.rows)
        except (zlib.error, ValueError, EOFError) as error:
            raise FileDamaged(file=file, reason=_plain(error)) from None
        if extent is not None and extent.too_tall:
            raise TooManyRows(file=file, limit=f"{limits.rows:,}")
        if extent is not None:
            extents[entry.filename] = extent
        unpacked = pieces.total
    for extent in extents.values():
        if extent.rows * extent.columns > limits.cells:
            given = f"{extent.rows:,} × {extent.columns:,}"
            raise FileTooLarge(file=file, given=given, limit=f"{limits.cells:,}")
    return _by_sheet_name(archive, extents)


class _Pieces:
    """The unpacked bytes of an entry, as often as asked; refuses as soon as they break the limits."""

    def __init__(self, data: bytes, entry: zipfile.ZipInfo, before: int, file: str, limits: Limits) -> None:
        self.data, self.entry, self.before, self.file, self.limits = data, entry, before, file, limits
        self.total = before

    def __call__(self) -> Iterator[bytes]:
        self.total = self.before
        for piece in _unpack(self.data, self.entry):
            self.total += len(piece)
            if _is_bomb(self.total, len(self.data), self.limits) or self.total > self.limits.unpacked_bytes:
                raise FileIsABomb(file=self.file)
            yield piece


def _is_bomb(unpacked: int, packed: int, limits: Limits) -> bool:
    return unpacked > limits.ratio_from_bytes and unpacked > packed * limits.ratio


def _unpack(data: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The entry's bytes as the stream gives them, whatever sizes the directory declares."""
    head = entry.header_offset
    if data[head : head + 4] != ZIP_MAGIC:
        raise ValueError("an entry is not where the directory says")
    start = head + 30 + int.from_bytes(data[head + 26 : head + 28], "little")
    start += int.from_bytes(data[head + 28 : head + 30], "little")
    packed = memoryview(data)[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        for at in range(0, len(packed), PIECE):
            yield bytes(packed[at : at + PIECE])
        return
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise ValueError(f"compression method {entry.compress_type}")
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    rest: bytes | memoryview = packed
    while not stream.eof:
        piece = stream.decompress(rest, PIECE)
        rest = stream.unconsumed_tail
        if piece:
            yield piece
        elif not rest:
            raise ValueError("an entry ends too early")


def _by_sheet_name(archive: zipfile.ZipFile, extents: dict[str, Extent]) -> dict[str, Extent]:
    """The extents by sheet name instead of by path; sheets that cannot be told apart are left out."""
    try:
        book = archive.read("xl/workbook.xml")
        links = archive.read("xl/_rels/workbook.xml.rels")
        if b"<!" in book or b"<!" in links:
            return {}
        targets = {
            link.get("Id"): "xl/"
            + link.get("Target", "").removeprefix("/xl/").removeprefix("xl/").removeprefix("./")
            for link in ElementTree.fromstring(links)  # noqa: S314  no entities: checked above
        }
        named = {}
        for element in ElementTree.fromstring(book).iter():  # noqa: S314
            if element.tag.endswith("}sheet"):
                link = next((value for name, value in element.items() if name.endswith("}id")), None)
                named[element.get("name", "")] = targets.get(link, "")
    except (KeyError, ElementTree.ParseError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
        return {}
    return {name: extents[path] for name, path in named.items() if path in extents}


def _other_zip(names: set[str]) -> str:
    if "word/document.xml" in names:
        return "Word (.docx)"
    if "ppt/presentation.xml" in names:
        return "PowerPoint (.pptx)"
    if "xl/workbook.bin" in names:
        return "Excel (.xlsb)"
    if "content.xml" in names:
        return "OpenDocument (.ods)"
    return "ZIP"


def _size(count: int) -> str:
    return f"{count / MIB:,.1f} MiB"


def _plain(error: Exception) -> str:
    return str(error) or type(error).__name__
