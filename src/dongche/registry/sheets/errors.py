"""The refused rows as a workbook: the reason in front, the rest as it was, ready to be corrected and sent again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import IO, Any

from django.utils.translation import gettext

from dongche.web import spreadsheets


def errors_xlsx(
    file: str | os.PathLike[str] | IO[bytes],
    headers: Sequence[str],
    rows: Iterable[tuple[int, str, Sequence[Any]]],
) -> int:
    """This function will write refused rows and give their number.

    Shape:  (row in the original file, reason, its cells) → a sheet with reason and row in front of the old columns,
            so that the corrected file can be sent as it is: both new columns mean no field
    """
    shown = [header or "" for header in headers]
    return spreadsheets.write_rows(
        file,
        [gettext("Reason"), gettext("Row in the file"), *shown],
        ([reason, number, *cells] for number, reason, cells in rows),
        title=gettext("Refused rows"),
        reasons=True,
    )
