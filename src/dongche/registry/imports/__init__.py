"""A registry file on its way in: kept aside, read, compared with what is known, shown, applied.

`store` keeps the file and its plan on disk; `values` says what an import may bring and what follows from it; `matching`
decides for each row whether it is new, changed, unchanged, a duplicate or refused; `bulk` writes many rows at once.
Before them, `registry.sheets` finds the rows of a workbook and `registry.rows` reads one of them, with `readers`.
The writes themselves are `registry.actions`; `registry.importing` runs the whole way.
"""
