"""The contract between the rooms, which publish facts, and the engines, which compute figures from them.

Six Arrow tables. Every row carries two times: the days it speaks of, and [known_at, superseded_at), the time in which
it was what we believed. "As known at T" is a filter on the second, never a search for the latest row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dongche.kit.errors import Problem
from dongche.kit.messages import N_

CONTRACT_VERSION = "3"

INSTANT = pa.timestamp("us", tz="UTC")
SIZES = ("large", "medium", "small", "micro")
FOCUSES = ("key_enterprise", "key_field", "key_project")
STATES = ("open", "part", "closed")
QUANTITIES = ("electricity", "output")
BASES = ("dec_2019", "same_period", "normal")
SECTIONS = tuple("ABCDEFGHIJKLMNOPQRST")


class FactsMissing(Problem):
    code = "analytics.facts_missing"
    status = 404
    message = N_(
        "There are no facts in %(directory)s: the file %(file)s is missing. Export the facts there first."
    )


class FactsUnreadable(Problem):
    code = "analytics.facts_unreadable"
    message = N_("The file %(file)s cannot be read as Parquet: %(given)s. Export the facts again.")


class ContractMismatch(Problem):
    code = "analytics.contract_mismatch"
    message = N_(
        "The file %(file)s follows version %(given)s of the facts contract; version %(expected)s is expected. "
        "Export the facts again with this version."
    )


class ColumnMissing(Problem):
    code = "analytics.column_missing"
    message = N_(
        "The table %(table)s has no column %(column)s. The contract expects it with the type %(expected)s."
    )


class ColumnUnknown(Problem):
    code = "analytics.column_unknown"
    message = N_(
        "The table %(table)s has a column %(column)s the contract does not know. It expects: %(expected)s."
    )


class ColumnType(Problem):
    code = "analytics.column_type"
    message = N_(
        "The column %(column)s of the table %(table)s has the type %(given)s; the contract expects %(expected)s."
    )


class ValueMissing(Problem):
    code = "analytics.value_missing"
    message = N_(
        "The column %(column)s of the table %(table)s is empty in %(given)s rows; "
        "the contract expects a value in each."
    )


class ValueUnknown(Problem):
    code = "analytics.value_unknown"
    message = N_(
        "The column %(column)s of the table %(table)s holds “%(given)s”; the contract expects %(expected)s."
    )


class PeriodReversed(Problem):
    code = "analytics.period_reversed"
    message = N_(
        "In the table %(table)s, %(given)s rows have %(end)s before %(column)s; the contract expects a period "
        "to end after it begins."
    )


@dataclass(frozen=True)
class Column:
    name: str
    type: pa.DataType
    meaning: str
    nullable: bool = False
    allowed: tuple[str, ...] = ()


def _period() -> tuple[Column, ...]:
    return (
        Column("from_on", pa.date32(), "first Beijing day it holds"),
        Column("until_on", pa.date32(), "first Beijing day it no longer holds; null: open", nullable=True),
    )


def _known() -> tuple[Column, ...]:
    return (
        Column("known_at", INSTANT, "when we learned it"),
        Column("superseded_at", INSTANT, "when a newer row took its place; null: still valid", nullable=True),
    )


def _kind(what: str) -> tuple[Column, ...]:
    return (
        Column("industry", pa.string(), f"GB/T 4754 section letter; null: {what}", True, SECTIONS),
        Column("size", pa.string(), f"size class; null: {what}", True, SIZES),
    )


COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "entities": (
        Column("entity_id", pa.int64(), "the place; one row for each version of it"),
        *_known(),
        *_period(),
        Column("subdistrict", pa.string(), "unit code of the sub-district"),
        Column("community", pa.string(), "unit code of the community; null: unknown", nullable=True),
        Column("grid", pa.string(), "unit code of the grid; null: unknown", nullable=True),
        Column("category", pa.string(), "kind of place, such as enterprise or street_shop"),
        *_kind("unknown"),
        Column("above_scale", pa.bool_(), "above designated size (四上)"),
        Column("focus", pa.string(), "which of the three focuses; null: none", True, FOCUSES),
    ),
    "exclusions": (
        Column("entity_id", pa.int64(), "the place not expected on these days"),
        Column("kind", pa.string(), "the reason, such as closed_by_order"),
        *_period(),
        *_known(),
    ),
    "line_rules": (
        Column("subdistrict", pa.string(), "unit code of the sub-district whose places it is for"),
        Column("line", pa.string(), "department code"),
        Column("priority", pa.int32(), "the smallest that matches wins; of equals that disagree, none does"),
        Column("category", pa.string(), "null: any", nullable=True),
        Column("focus", pa.string(), "null: any", True, FOCUSES),
        *_kind("any"),
        *_period(),
        *_known(),
    ),
    "reports": (
        Column("entity_id", pa.int64(), "the place that reported"),
        Column("on", pa.date32(), "the Beijing day it speaks of"),
        *_known(),
        Column("received_at", INSTANT, "when the first report of that place for that day came in"),
        Column("state", pa.string(), "open, partly open or closed", allowed=STATES),
        Column("staff_due", pa.int32(), "people who should be at post", nullable=True),
        Column("staff_at_post", pa.int32(), "people at post", nullable=True),
        Column("output_fen", pa.int64(), "output of the day in fen", nullable=True),
        Column("output_normal_fen", pa.int64(), "normal output of a day in fen", nullable=True),
        Column("abnormal_temperature", pa.int32(), "people with an abnormal temperature", nullable=True),
        Column("mask_days", pa.int32(), "days the masks in stock will last", nullable=True),
        Column("same_as_yesterday", pa.bool_(), "whoever reported chose “same as yesterday”"),
    ),
    "electricity": (
        Column("entity_id", pa.int64(), "the place that used it"),
        Column("meter", pa.string(), "household number; null: unknown", nullable=True),
        Column("on", pa.date32(), "the Beijing day it was used on"),
        *_known(),
        Column("energy_wh", pa.int64(), "electricity of the day in watt hours"),
    ),
    "baselines": (
        Column("entity_id", pa.int64(), "the place whose usual day it is"),
        Column("quantity", pa.string(), "what is compared", allowed=QUANTITIES),
        Column(
            "basis",
            pa.string(),
            "daily mean of December 2019, same month of last year, normal",
            allowed=BASES,
        ),
        *_period(),
        *_known(),
        Column("amount", pa.int64(), "of one day: electricity in watt hours, output in fen"),
        Column("days", pa.int32(), "days it is the mean of; null: stated, not computed", nullable=True),
    ),
}
TABLES = tuple(COLUMNS)
SCHEMAS: Mapping[str, pa.Schema] = {
    table: pa.schema([pa.field(c.name, c.type, c.nullable) for c in columns])
    for table, columns in COLUMNS.items()
}


@dataclass(frozen=True)
class Facts:
    """What the rooms know, checked against the contract when it is made.

    Raises: a Problem that names table, column, what was given and what is expected
    """

    entities: pa.Table
    exclusions: pa.Table
    line_rules: pa.Table
    reports: pa.Table
    electricity: pa.Table = field(default_factory=lambda: SCHEMAS["electricity"].empty_table())
    baselines: pa.Table = field(default_factory=lambda: SCHEMAS["baselines"].empty_table())

    def __post_init__(self) -> None:
        for name in TABLES:
            object.__setattr__(self, name, _checked(name, getattr(self, name)))


def empty() -> Facts:
    """This function will give facts that hold nothing."""
    return Facts(**{name: SCHEMAS[name].empty_table() for name in TABLES})


def from_rows(**tables: list[dict[str, Any]]) -> Facts:
    """This function will make facts from rows; a nullable column left out is null, a table left out is empty."""
    return Facts(
        **{name: pa.Table.from_pylist(tables.get(name, []), schema=SCHEMAS[name]) for name in TABLES}
    )


def write(facts: Facts, directory: Path) -> None:
    """This function will write each table as Parquet beside `contract.json`, replacing an older export.

    Shape:  DIRECTORY/{entities,exclusions,line_rules,reports,electricity,baselines}.parquet
    """
    directory.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        table: pa.Table = getattr(facts, name)
        stamped = table.replace_schema_metadata({b"dongche.contract": CONTRACT_VERSION.encode()})
        part = directory / f"{name}.parquet.part"
        pq.write_table(stamped, part, compression="zstd")
        part.replace(directory / f"{name}.parquet")
    text = json.dumps(contract(), ensure_ascii=False, indent=2)
    (directory / "contract.json").write_text(text + "\n", encoding="utf-8")


def read(directory: Path) -> Facts:
    """This function will read what `write` wrote.

    Raises: FactsMissing, ContractMismatch, or what `Facts` refuses
    """
    return Facts(**{name: _read_table(directory, name) for name in TABLES})


def contract() -> dict[str, Any]:
    """This function will describe the contract for those who read the Parquet files elsewhere."""
    return {
        "version": CONTRACT_VERSION,
        "tables": {
            table: [
                {
                    "name": column.name,
                    "type": str(column.type),
                    "nullable": column.nullable,
                    "meaning": column.meaning,
                    **({"allowed": list(column.allowed)} if column.allowed else {}),
                }
                for column in columns
            ]
            for table, columns in COLUMNS.items()
        },
    }


def _read_table(directory: Path, name: str) -> pa.Table:
    path = directory / f"{name}.parquet"
    if not path.is_file():
        raise FactsMissing(directory=directory, file=path.name)
    try:
        # One file by its handle: a path would be searched for partitions and remote systems.
        with path.open("rb") as file:
            table = pq.read_table(file)
    except pa.ArrowException as error:
        raise FactsUnreadable(file=path.name, given=" ".join(str(error).split())) from error
    given = (table.schema.metadata or {}).get(b"dongche.contract", b"?").decode()
    if given != CONTRACT_VERSION:
        raise ContractMismatch(file=path.name, given=given, expected=CONTRACT_VERSION)
    return table.replace_schema_metadata(None)


def _checked(name: str, table: pa.Table) -> pa.Table:
    columns = COLUMNS[name]
    known = [column.name for column in columns]
    for given in table.column_names:
        if given not in known:
            raise ColumnUnknown(table=name, column=given, expected=", ".join(known))
    ordered = [_checked_column(name, column, table) for column in columns]
    _check_order(name, table, "known_at", "superseded_at")
    if "from_on" in known:
        _check_order(name, table, "from_on", "until_on")
    if "received_at" in known:
        _check_order(name, table, "received_at", "known_at")
    return pa.Table.from_arrays(ordered, schema=SCHEMAS[name])


def _checked_column(table_name: str, column: Column, table: pa.Table) -> pa.ChunkedArray:
    where = {"table": table_name, "column": column.name}
    if table.column_names.count(column.name) != 1:
        raise ColumnMissing(**where, expected=column.type)
    values = table[column.name]
    if values.type != column.type:
        # The same text in another encoding is the same text; any other difference is a mistake to be told.
        if not (column.type == pa.string() and _is_text(values.type)):
            raise ColumnType(**where, given=values.type, expected=column.type)
        values = values.cast(pa.string())
    if not column.nullable and values.null_count:
        raise ValueMissing(**where, given=values.null_count)
    if column.allowed:
        _check_allowed(where, values, column.allowed)
    elif pa.types.is_integer(column.type) and column.name != "entity_id":
        least = pc.min(values).as_py()
        if least is not None and least < 0:
            raise ValueUnknown(**where, given=least, expected="0 or more")
    return values


def _is_text(given: pa.DataType) -> bool:
    if pa.types.is_dictionary(given):
        given = given.value_type
    return bool(pa.types.is_string(given) or pa.types.is_large_string(given) or given == pa.string_view())


def _check_allowed(where: Mapping[str, str], values: pa.ChunkedArray, allowed: tuple[str, ...]) -> None:
    for value in pc.unique(values).to_pylist():
        if value is not None and value not in allowed:
            raise ValueUnknown(**where, given=value, expected=", ".join(allowed))


def _check_order(name: str, table: pa.Table, begin: str, end: str) -> None:
    reversed_count = pc.sum(pc.less(table[end], table[begin])).as_py() or 0
    if reversed_count:
        raise PeriodReversed(table=name, column=begin, end=end, given=reversed_count)
