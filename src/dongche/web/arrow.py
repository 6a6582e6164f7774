"""Rows of the database as an Arrow table, through Django's own connection so that a transaction sees what it wrote.

Both databases write the rows as CSV themselves and Arrow parses that: no Python object is made per value, and 100,000
rows take a fraction of a second. Only for columns without free text: codes, numbers, days, instants.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
from django.db import connection


def select(
    schema: pa.Schema, expressions: Sequence[str], source: str, parameters: Sequence[Any] = ()
) -> pa.Table:
    """This function will read one SQL expression per column of `schema` from `source` (tables, joins and conditions).

    Shape: the schema's columns; empty text becomes null
    Units: instants are UTC in both databases
    """
    text = _as_csv(schema, expressions, source, parameters)
    if not text:
        return schema.empty_table()
    # Instants come as text without a zone, which Arrow reads quickly.
    types = {
        field.name: pa.timestamp("us") if pa.types.is_timestamp(field.type) else field.type
        for field in schema
    }
    table = csv.read_csv(
        io.BytesIO(text),
        read_options=csv.ReadOptions(column_names=schema.names),
        convert_options=csv.ConvertOptions(
            column_types=types,
            null_values=[""],
            strings_can_be_null=True,
            true_values=["1", "t"],
            false_values=["0", "f"],
            timestamp_parsers=[csv.ISO8601],
        ),
    )
    columns = [
        pc.assume_timezone(column, "UTC") if pa.types.is_timestamp(column.type) else column
        for column in table.columns
    ]
    return pa.table(columns, schema=schema)


def _as_csv(schema: pa.Schema, expressions: Sequence[str], source: str, parameters: Sequence[Any]) -> bytes:
    # The pieces are constants of the rooms; values travel as parameters.
    if connection.vendor == "postgresql":
        columns = ", ".join(
            f"{expression} AT TIME ZONE 'UTC'" if pa.types.is_timestamp(field.type) else expression
            for field, expression in zip(schema, expressions, strict=True)
        )
        statement = f"COPY (SELECT {columns} FROM {source}) TO STDOUT (FORMAT csv)"  # noqa: S608
        # COPY takes no parameters: the driver writes them into the text as literals.
        statement = connection.ops.compose_sql(statement, list(parameters))  # type: ignore[attr-defined]
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            return b"".join(bytes(part) for part in copy)
    line = " || ',' || ".join(f"coalesce({expression}, '')" for expression in expressions)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT group_concat({line}, char(10)) FROM {source}", list(parameters))  # noqa: S608
        (text,) = cursor.fetchone()
    return (text or "").encode()
