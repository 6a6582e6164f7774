"""Reads the file of an import and writes its plan; nothing of the registry is touched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from dongche.kit.chinese import normalise
from dongche.registry.imports import maps
from dongche.registry.imports.kinds import KINDS, Kind, kind_of
from dongche.registry.imports.matching import Decision, Row
from dongche.registry.imports.store import Folder, Plan
from dongche.registry.models import ImportBatch
from dongche.registry.readers import RowFault, as_text
from dongche.registry.sheets import Limits, Sheet, SheetEmpty, read_workbook
from dongche.registry.sheets.columns import HeaderProblem
from dongche.registry.sheets.forms import Origin

CHUNK: Final = 500
REPORT_EVERY: Final = 4
SAMPLES: Final = 3
SKIPPED_SHOWN: Final = 20
MOST_QUESTIONS: Final = 50
REASONS: Final = 8


class Stopped(Exception):
    """The import was dropped while it was being read."""


def read(batch: ImportBatch, *, on: date) -> tuple[dict[str, int], dict[str, Any]]:
    """This function will read the file of a batch and write its plan beside it.

    Shape: how many rows are new, changed, unchanged, duplicate and refused; what was recognised in the sheet
    Raises: every Problem about the file or its header; Stopped
    """
    folder = Folder.of(batch.file_path)
    kind = kind_of(batch, on)
    try:
        sheet = open_sheet(batch, folder)
    except HeaderProblem as problem:
        if problem.seen is not None:
            columns_seen: list[list[str]] = [[] for _ in problem.seen.headers]
            sample_columns(columns_seen, problem.seen.rows)
            folder.keep_seen({"columns": columns_seen})
        raise
    ImportBatch.objects.filter(pk=batch.pk).update(progress_total=sheet.row_count)
    with Plan(folder, kind.personal) as plan:
        reader = _Reader(batch, kind, sheet, plan)
        for decision in kind.decide(reader.rows()):
            reader.note(decision)
        reader.finish()
    if not any(plan.counts.values()):
        raise SheetEmpty(file=batch.file_name)
    folder.keep_seen(
        {
            "samples": reader.samples,
            "columns": reader.columns,
            "asked": [
                {"field": field, "about": about, **entry} for (field, about), entry in reader.asked.items()
            ],
            "skipped": [
                [skipped.row, skipped.text, skipped.reason] for skipped in sheet.skipped[:SKIPPED_SHOWN]
            ],
            "skipped_count": len(sheet.skipped),
        }
    )
    columns = sheet.columns
    return dict(plan.counts), {
        "remembered": sheet.remembered,
        "sheet_name": sheet.name,
        "header_row": sheet.header_row,
        "forms": len(sheet.origins),
        "headers": list(sheet.headers),
        "at": dict(columns.by_field),
        "columns": {name: sheet.headers[column] for name, column in columns.by_field.items()},
        "constants": dict(columns.constants),
        "unused": list(columns.unused),
        "assumed": list(columns.assumed),
    }


def open_sheet(batch: ImportBatch, folder: Folder) -> Sheet:
    return read_workbook(
        folder.source,
        file=batch.file_name,
        sheet=batch.mapping.get("sheet", ""),
        mapping=batch.mapping.get("map") or None,
        vocabulary=KINDS[batch.kind].vocabulary,
        remembered=maps.remembered(batch),
        limits=Limits(file_bytes=settings.IMPORT_MAX_BYTES, rows=settings.IMPORT_MAX_ROWS),
    )


def refuse_later(batch: ImportBatch, folder: Folder, turned: Mapping[int, Decision]) -> None:
    """Add to the refused rows those that could no longer be applied, as they stand in the file."""
    if turned:
        transaction.on_commit(lambda: append_refused(batch, folder, turned))


def sample_columns(columns: Sequence[list[str]], rows: Iterable[Sequence[Any]]) -> None:
    """This function will put the first few different texts of each column into its list."""
    for cells in rows:
        for found, cell in zip(columns, cells, strict=False):
            text = normalise(as_text(cell)) if len(found) < SAMPLES and cell not in ("", None) else ""
            if text and text[:60] not in found:
                found.append(text[:60])


def append_refused(batch: ImportBatch, folder: Folder, turned: Mapping[int, Decision]) -> None:
    """This function will add rows to the refused ones, as they stand in the file."""
    sheet = open_sheet(batch, folder)
    entries = [
        refused_entry(number, cells, [fault], sheet.origins.get(number))
        for number, cells in sheet.rows
        if number in turned and (fault := turned[number].fault) is not None
    ]
    folder.append("refused", entries)


def refused_entry(
    row: int, cells: Sequence[Any], faults: Sequence[RowFault], origin: Origin | None
) -> dict[str, Any]:
    """What the plan keeps of a refused row; of a form of one place also its sheet and the addresses of its cells."""
    came: dict[str, Any] = {} if origin is None else {"sheet": origin.sheet, "at": dict(origin.cells)}
    return {
        "row": row,
        "cells": list(cells),
        "faults": [[fault.code, fault.field, fault.message, dict(fault.details)] for fault in faults],
        **came,
    }


def _add_reason(known: list[list[Any]], message: str, details: Mapping[str, Any]) -> None:
    """Count a reason of a question: message, details, and of how many rows; the first few different ones."""
    same = next((one for one in known if one[0] == message and one[1] == details), None)
    if same is not None:
        same[2] += 1
    elif len(known) < REASONS:
        known.append([message, dict(details), 1])


class _Reader:
    """Goes through the rows in chunks, lets their kind read and decide them, and sorts that into the plan."""

    def __init__(self, batch: ImportBatch, kind: Kind, sheet: Sheet, plan: Plan) -> None:
        self.batch, self.kind, self.sheet, self.plan = batch, kind, sheet, plan
        self.samples: dict[str, list[str]] = {name: [] for name in sheet.columns.by_field}
        self.cells: dict[int, list[Any]] = {}
        self.faults: dict[int, Sequence[RowFault]] = {}
        self.asked: dict[tuple[str, str], dict[str, Any]] = {}
        self.columns: list[list[str]] = [[] for _ in sheet.headers]
        self.done = 0

    def rows(self) -> Iterator[Row | Decision]:
        """The rows in their order; those that cannot be read are decided already."""
        remaining = iter(self.sheet.rows)
        chunks = 0
        while chunk := list(islice(remaining, CHUNK)):
            yield from self._read(chunk)
            self.done += len(chunk)
            chunks += 1
            if chunks % REPORT_EVERY == 0:
                self._report()

    def _read(self, chunk: Sequence[tuple[int, list[Any]]]) -> Iterator[Row | Decision]:
        picked = [(number, self.sheet.pick(cells)) for number, cells in chunk]
        if self.done < CHUNK:
            for _, first in picked:
                self._sample(first)
            sample_columns(self.columns, (cells for _, cells in chunk))
        read = self.kind.read(picked, self.sheet.columns.hints)
        for number, cells in chunk:
            self.cells[number] = cells
            found = read[number]
            if isinstance(found, list):
                self.faults[number] = found
                yield Decision("refused", Row(number, {}, ""))
            else:
                yield Row(number, found, self.kind.fingerprint(found))

    def _sample(self, picked: Mapping[str, Any]) -> None:
        for name, found in self.samples.items():
            text = normalise(as_text(picked.get(name, ""))) if len(found) < SAMPLES else ""
            if text and text not in found:
                found.append(text[:60])

    def note(self, decision: Decision) -> None:
        """Put a decision into the plan."""
        row = decision.row
        cells, origin = self.cells.pop(row.row), self.sheet.origins.get(row.row)
        if decision.kind == "refused":
            faults = self.faults.pop(row.row, None) or [fault for fault in (decision.fault,) if fault]
            self.plan.add("refused", refused_entry(row.row, cells, faults, origin))
            self._ask(faults)
            return
        entry = {"row": row.row, "fingerprint": row.fingerprint, **self.kind.entry(decision)}
        if origin is not None:
            entry["sheet"] = origin.sheet
        if decision.number:
            entry["number"] = decision.number
        if decision.kind == "duplicate":
            entry["first"] = decision.first
        self.plan.add(decision.kind, entry)

    def _ask(self, faults: Sequence[RowFault]) -> None:
        for fault in faults:
            if fault.ask is None:
                continue
            question = (fault.field, fault.ask.about)
            # Questions whether addresses are right are as many as communities at most.
            if question in self.asked or len(self.asked) < MOST_QUESTIONS or fault.ask.why:
                entry = self.asked.setdefault(question, {"given": fault.ask.given, "rows": 0, "why": []})
                entry["rows"] += 1
                entry["candidates"] = fault.ask.candidates
                if fault.ask.why is not None:
                    _add_reason(entry["why"], *fault.ask.why)

    def finish(self) -> None:
        self._report()

    def _report(self) -> None:
        """Say how far reading is; notice that somebody dropped the import."""
        going_on = ImportBatch.objects.filter(pk=self.batch.pk, state=ImportBatch.State.READING)
        if not going_on.update(progress_done=self.done):
            raise Stopped
