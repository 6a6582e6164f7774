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


def write(batch: ImportBatch, file: IO[bytes]) -> int:
    """This function will write the refused rows with their reasons in front, and give their number."""
    entries = Folder.of(batch.file_path).entries("refused")
    return errors_xlsx(
        file,
        batch.mapping.get("headers", []),
        ((entry["row"], " ".join(reasons(entry["faults"], batch)), entry["cells"]) for entry in entries),
    )


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
