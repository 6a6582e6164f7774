"""The refused rows as a workbook: the reason in front, the rest as it was, ready to be corrected and sent again."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from typing import IO, Any

from django.utils.translation import gettext

from dongche.web import spreadsheets


def errors_xlsx(
    file: str | os.PathLike[str] | IO[bytes],
    headers: Sequence[str],
    rows: Iterable[tuple[int | str, str, Sequence[Any], Collection[int]]],
) -> int:
    """This function will write refused rows and give their number.

    Shape:  (row in the original file or name of its sheet, reason, its cells, columns with a fault) → a sheet with
            reason and row in front of the old columns, so that the corrected file can be sent as it is: both new
            columns mean no field. The cells to correct are marked, and the reason names their columns
    """
    shown = [header or "" for header in headers]
    return spreadsheets.write_rows(
        file,
        [gettext("Reason"), gettext("Row in the file"), *shown],
        (
            [
                reason,
                number,
                *(spreadsheets.Marked(cell) if at in faulty else cell for at, cell in enumerate(cells)),
            ]
            for number, reason, cells, faulty in rows
        ),
        title=gettext("Refused rows"),
        reasons=True,
    )
