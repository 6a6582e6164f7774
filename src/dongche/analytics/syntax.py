"""Days and instants as syntax of SQL, and a tree of it printed for DuckDB, in whose dialect it is written, or Spark."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from sqlglot import exp

from dongche.analytics.measures import cut_off_column
from dongche.kit.clock import BEIJING


def render(tree: exp.Expr, dialect: str = "duckdb", *, pretty: bool = False) -> str:
    """This function will print a tree in a dialect; sums and quotients stay exact where integers have 64 bits."""
    if dialect != "duckdb":
        tree = tree.transform(_widen)
    return str(tree.sql(dialect=dialect, pretty=pretty, comments=False))


def given_days(days: Sequence[date], cut_offs: Sequence[time]) -> exp.Select:
    rows = []
    for day in days:
        instants = [instant_of(datetime.combine(day, cut_off, BEIJING)) for cut_off in cut_offs]
        rows.append(exp.Tuple(expressions=[exp.cast(exp.Literal.string(day.isoformat()), "date"), *instants]))
    names = ["on_day", *map(cut_off_column, cut_offs)]
    return exp.select(*names).from_(exp.values(rows, alias="given_days", columns=names))


def numbered_days(days: Sequence[date]) -> exp.Select:
    """Days, each a bit of a number that holds sixty: what a place has for many of them is one number."""
    rows = []
    for number, day in enumerate(days):
        sixty, place = divmod(number, 60)
        bit = exp.cast(exp.Literal.number(1 << place), "bigint")
        on_day = exp.cast(exp.Literal.string(day.isoformat()), "date")
        rows.append(exp.Tuple(expressions=[on_day, exp.Literal.number(sixty), bit]))
    names = ["on_day", "sixty", "bit"]
    return exp.select(*names).from_(exp.values(rows, alias="given_days", columns=names))


def instant_of(instant: datetime) -> exp.Expr:
    return exp.cast(exp.Literal.string(instant.astimezone(UTC).isoformat()), "timestamptz")


def _widen(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.DataType) and node.this == exp.DataType.Type.INT128:
        return exp.DataType.build("decimal(38, 0)")
    if isinstance(node, exp.IntDiv):
        # Spark's DIV gives 64 bits, its / of whole numbers a float; of decimals six places, exact as nothing is left.
        over, under = (
            exp.cast(side.transform(_widen), "decimal(38, 0)") for side in (node.this, node.expression)
        )
        whole = exp.Sub(this=over.copy(), expression=exp.Mod(this=over, expression=under.copy()))
        return exp.cast(exp.Div(this=exp.paren(whole), expression=under), "decimal(38, 0)")
    if isinstance(node, exp.Sum) and not isinstance(node.this, exp.Cast):
        return exp.Sum(this=exp.cast(node.this.transform(_widen), "decimal(38, 0)"))
    return node
