"""Registry files as people make them: read, understood by their headers, and handed back with reasons.

`read_workbook` finds the sheet, the header and the rows; `errors_xlsx` writes the refused rows for correction.
"""

from dongche.registry.sheets.columns import FIELDS, PLACES, Columns, Vocabulary, read_map
from dongche.registry.sheets.container import LIMITS, Limits
from dongche.registry.sheets.errors import errors_xlsx
from dongche.registry.sheets.reading import CellFault, Sheet, SheetEmpty, Skipped, read_workbook

__all__ = [
    "FIELDS", "LIMITS", "PLACES", "CellFault", "Columns", "Limits", "Sheet", "SheetEmpty", "Skipped", "Vocabulary",
    "errors_xlsx", "read_map", "read_workbook",
]  # fmt: skip
