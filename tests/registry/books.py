"""Writes workbooks the way people do, for the tests of the import."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import openpyxl


def book(
    rows: Iterable[Sequence[Any]],
    *,
    merges: Sequence[str] = (),
    title: str = "Sheet1",
    more: dict[str, Iterable[Sequence[Any]]] | None = None,
    hidden: Sequence[str] = (),
) -> bytes:
    """An .xlsx with the rows in its first sheet, and `more` sheets behind it."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for merge in merges:
        sheet.merge_cells(merge)
    for name, others in (more or {}).items():
        other = workbook.create_sheet(name)
        for row in others:
            other.append(list(row))
    for name in hidden:
        workbook[name].sheet_state = "hidden"
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def repacked(
    data: bytes, change: Callable[[str, bytes], bytes | None], compress: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """The zip with every entry passed through `change`; None drops it."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", compress) as new:
        for entry in old.infolist():
            content = change(entry.filename, old.read(entry))
            if content is not None:
                new.writestr(entry.filename, content)
    return file.getvalue()


def with_sheet_xml(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with the XML of its first sheet rewritten."""
    return repacked(data, lambda name, xml: change(xml) if name == "xl/worksheets/sheet1.xml" else xml)
