"""The refused rows of an import as an Excel file, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO, Any

from django.utils.translation import gettext

from dongche.registry.imports.kinds import KINDS
from dongche.registry.imports.store import Folder
from dongche.registry.labels import label
from dongche.registry.models import ImportBatch
from dongche.registry.sheets import errors_xlsx
from dongche.registry.sheets.header import letters


def write(batch: ImportBatch, file: IO[bytes]) -> int:
    """This function will write the refused rows with their reasons in front, and give their number."""
    entries = Folder.of(batch.file_path).entries("refused")
    rows = (
        (where(entry), " ".join(reasons(entry["faults"], batch)), entry["cells"], faulty(entry, batch))
        for entry in entries
    )
    return errors_xlsx(file, batch.mapping.get("headers", []), rows)


def file_name(batch: ImportBatch) -> str:
    """What the file is called; the name of an import from the command line may hold what no header can."""
    stem = "".join(filter(str.isprintable, batch.file_name.rpartition(".")[0]))
    return gettext("%(file)s – refused rows.xlsx") % {"file": stem}


def where(entry: Mapping[str, Any]) -> int | str:
    """The number of a row in its sheet; of a form of one place the name of its sheet."""
    found: int | str = entry.get("sheet") or entry["row"]
    return found


def faulty(entry: Mapping[str, Any], batch: ImportBatch) -> set[int]:
    """The columns of a refused row that hold what is wrong."""
    at = batch.mapping.get("at", {})
    return {at[field] for _code, field, *_rest in entry["faults"] if field in at}


def address(entry: Mapping[str, Any], column: int) -> str:
    """Where a cell of a refused row is in the file: of a form with the name of its sheet."""
    if "sheet" not in entry:
        return f"{letters(column)}{entry['row']}"
    cell = entry.get("at", {}).get(str(column))
    return f"{entry['sheet']}!{cell}" if cell else str(entry["sheet"])


def reasons(faults: Sequence[Sequence[Any]], batch: ImportBatch) -> list[str]:
    """The sentences of a refused row, each with the column it is about."""
    columns = KINDS[batch.kind].columns
    return [reason(*fault, columns=columns) for fault in faults]


def reason(
    _code: str, field: str, message: str, details: dict[str, str], *, columns: Mapping[str, Any]
) -> str:
    text = gettext(message)
    said = text % details if details else text
    column = str(columns[field]) if field in columns else label(field)
    return gettext("%(column)s: %(reason)s") % {"column": column, "reason": said} if field else said
