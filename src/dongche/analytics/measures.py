"""The measures of a question: the expressions of its definitions as syntax, and what a report adds to each.

A measure is taken over all place days as if nobody had reported, plus what the reports add: so no report is joined to
a place day that only waits for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time

from sqlglot import exp
from sqlglot.optimizer.simplify import simplify

from dongche.analytics import expressions
from dongche.analytics.definitions import Definition

# Columns of the base that come from a report.
_REPORT = frozenset(
    {
        "reported", "resumed", "state", "received_at", "staff_due", "staff_at_post", "output_fen", "output_normal_fen",
        "abnormal_temperature", "mask_days", "output_ppm",
    }
)  # fmt: skip
_NULL_OF_NULL = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between, exp.Mul, exp.Cast)
_TYPES = {"number": "bigint", "text": "varchar", "time": "timestamptz"}


class Measures:
    """The distinct expressions of all definitions, each with a name; most definitions share count(*)."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._trees: dict[str, exp.Expr] = {}

    def name(self, text: str, cut_off: time | None = None, threshold: int | None = None) -> str:
        tree, key = qualified(text, cut_off, threshold)
        name = self._names.setdefault(key, f"m{len(self._names)}")
        self._trees[name] = tree
        return name

    def parts(self, one: Definition) -> dict[str, str]:
        texts = {
            "numerator": one.numerator,
            "denominator": one.denominator,
            "coverage_numerator": one.coverage_numerator,
            "coverage_denominator": one.coverage_denominator,
            "contributors": one.contributors,
        }
        if one.excluded is not None:
            texts["excluded"] = one.excluded
        return {part: self.name(text, one.cut_off, one.threshold) for part, text in texts.items()}

    @property
    def trees(self) -> Mapping[str, exp.Expr]:
        return self._trees

    def waited(self) -> dict[str, exp.Expr]:
        """What every place day adds as if it had no report, where one row stands for as many as its `places`."""
        found = {name: _without_report(tree) for name, tree in self._trees.items()}
        return {name: _by_case(_of_many(tree)) for name, tree in found.items() if tree is not None}

    def told(self) -> dict[str, exp.Expr]:
        """What a report adds to that: nothing, where a measure does not look at it."""
        found: dict[str, exp.Expr] = {}
        for name, tree in self._trees.items():
            if _REPORT.isdisjoint(column.name for column in tree.find_all(exp.Column)):
                continue
            added = tree.transform(_said)
            if _without_report(tree) is not None:
                added = exp.Sub(this=_or_zero(added), expression=_or_zero(tree.transform(_unsaid)))
            found[name] = _by_case(added)
        return found

    def summed(self) -> list[exp.Expr]:
        """The sums over cells. A count of places fits 64 bits; a sum of values may not and stays as wide as it is."""
        sums = []
        for name, tree in self._trees.items():
            total = exp.Sum(this=exp.column(name, table="measured"))
            sums.append(exp.alias_(exp.cast(total, "bigint") if tree.find(exp.Count) else total, name))
        return sums


def _of_many(tree: exp.Expr) -> exp.Expr:
    """A count or sum over rows that each stand for several places."""
    aggregate = tree.this if isinstance(tree, exp.Filter) else tree
    conditions = [tree.expression.this] if isinstance(tree, exp.Filter) else []
    places, value = exp.column("places", table="base"), aggregate.this
    if isinstance(aggregate, exp.Sum):
        value = exp.Mul(this=value.copy(), expression=places)
        return _filtered(exp.Sum(this=value), conditions)
    if not isinstance(value, exp.Star):
        conditions.append(exp.not_(exp.Is(this=value.copy(), expression=exp.null())))
    return exp.cast(_or_zero(_filtered(exp.Sum(this=places), conditions)), "bigint")


def _filtered(aggregate: exp.Expr, conditions: Sequence[exp.Expr]) -> exp.Expr:
    if not conditions:
        return aggregate
    return exp.Filter(this=aggregate, expression=exp.Where(this=exp.and_(*conditions)))


def _by_case(tree: exp.Expr) -> exp.Expr:
    """The same with CASE in place of FILTER, which DuckDB computes faster."""

    def put(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Filter):
            return node
        aggregate: exp.Expr = node.this
        condition = simplify(node.expression.this.copy(), dialect="duckdb")
        if condition == exp.true():
            return aggregate
        value = aggregate.this if not isinstance(aggregate.this, exp.Star) else exp.Literal.number(1)
        aggregate = aggregate.copy()
        aggregate.set("this", exp.case().when(condition, value))
        return aggregate

    return tree.transform(put)


def _or_zero(tree: exp.Expr) -> exp.Expr:
    return exp.func("coalesce", tree.copy(), exp.Literal.number(0))


def _without_report(tree: exp.Expr) -> exp.Expr | None:
    """A measure where there is no report, with what is then known put in; None: it adds nothing."""
    if _REPORT.isdisjoint(column.name for column in tree.find_all(exp.Column)):
        return tree
    known = {"reported": exp.false(), "resumed": exp.false()}

    def put_in(node: exp.Expr) -> exp.Expr:
        return known.get(node.name, exp.null()).copy() if _is_of_report(node) else node

    aggregate = tree.this if isinstance(tree, exp.Filter) else tree
    if _is_of_report(aggregate.this):  # a count or a sum of nulls
        return None
    condition = tree.expression.this.transform(put_in)
    for node in reversed(list(condition.walk())):
        # What is compared with nothing is neither true nor false.
        if isinstance(node, _NULL_OF_NULL) and isinstance(node.this, exp.Null):
            if node is condition:
                return None
            node.replace(exp.null())
    condition = simplify(condition, dialect="duckdb")
    if condition == exp.false() or isinstance(condition, exp.Null):
        return None
    # Whatever could not be worked out here is left to the engine, where the columns are null.
    return tree


def _said(node: exp.Expr) -> exp.Expr:
    """Where there is a report, there is one."""
    return exp.true() if _is_of_report(node) and node.name == "reported" else node


def _unsaid(node: exp.Expr) -> exp.Expr:
    """What a column of the base is where there is no report."""
    if not _is_of_report(node):
        return node
    kind = expressions.BASE_COLUMNS[node.name]
    return exp.false() if kind == "boolean" else exp.cast(exp.null(), _TYPES[kind])


def _is_of_report(node: exp.Expr) -> bool:
    return isinstance(node, exp.Column) and node.name in _REPORT


def qualified(text: str, cut_off: time | None, threshold: int | None) -> tuple[exp.Expr, str]:
    """A checked expression over `base`. Definitions may cut off at different times: each has its column of `days`."""

    def qualify(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column):
            return node
        if node.name == "cut_off_at" and cut_off is not None:
            return exp.column(cut_off_column(cut_off), table="days")
        if node.name == "threshold_percent" and threshold is not None:
            return exp.Literal.number(threshold)
        return exp.column(node.name, table="base")

    tree = expressions.parse(text).transform(qualify).transform(_exact)
    return tree, tree.sql("duckdb")


def _exact(node: exp.Expr) -> exp.Expr:
    """An amount may fill 64 bits; its product with a small number must not run out of them."""
    if isinstance(node, exp.Mul):
        return exp.Mul(this=exp.cast(node.this, "int128"), expression=node.expression)
    return node


def cut_off_column(cut_off: time) -> str:
    return f"cut_off_{cut_off:%H%M}"
