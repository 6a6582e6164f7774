"""What a metric definition may say in SQL: counts and sums over the columns of the day base, and nothing else.

The text is parsed, every node and every part of it is on the allow-list below, and only the checked tree is ever
rendered again. So a pack edited by hand can change what is counted; it cannot read a file, another table or the clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dongche.kit.errors import Problem
from dongche.kit.messages import N_

LONGEST = 500
MOST_FACTOR = 1000

# What one row of the day base (one place expected on one day) knows, and the kind of value it is.
BASE_COLUMNS: Mapping[str, str] = {
    "reported": "boolean",
    "resumed": "boolean",
    "above_scale": "boolean",
    "state": "text",
    "received_at": "time",
    "cut_off_at": "time",
    "staff_due": "number",
    "staff_at_post": "number",
    "output_fen": "number",
    "output_normal_fen": "number",
    "abnormal_temperature": "number",
    "mask_days": "number",
    "energy_wh": "number",
    "energy_dec_2019_wh": "number",
    "energy_same_period_wh": "number",
    "energy_normal_wh": "number",
    "output_dec_2019_fen": "number",
    "output_same_period_fen": "number",
    "output_ppm": "number",
    "energy_ppm": "number",
    "whole_ppm": "number",
    "threshold_percent": "number",
}

# Node types and, for each, the parts it may have. Anything else is refused.
_ALLOWED: Mapping[type[exp.Expr], frozenset[str]] = {
    exp.Filter: frozenset({"this", "expression"}),
    exp.Where: frozenset({"this"}),
    exp.Count: frozenset({"this", "big_int"}),
    exp.Sum: frozenset({"this"}),
    exp.Star: frozenset(),
    exp.Column: frozenset({"this"}),
    exp.Identifier: frozenset({"this", "quoted"}),
    exp.Literal: frozenset({"this", "is_string"}),
    exp.Boolean: frozenset({"this"}),
    exp.Null: frozenset(),
    exp.Paren: frozenset({"this"}),
    exp.And: frozenset({"this", "expression"}),
    exp.Or: frozenset({"this", "expression"}),
    exp.Not: frozenset({"this"}),
    exp.Is: frozenset({"this", "expression"}),
    exp.In: frozenset({"this", "expressions"}),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.Mul: frozenset({"this", "expression"}),
    exp.EQ: frozenset({"this", "expression"}),
    exp.NEQ: frozenset({"this", "expression"}),
    exp.GT: frozenset({"this", "expression"}),
    exp.GTE: frozenset({"this", "expression"}),
    exp.LT: frozenset({"this", "expression"}),
    exp.LTE: frozenset({"this", "expression"}),
}
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


class ExpressionRefused(Problem):
    code = "analytics.expression_refused"
    message = N_(
        "“%(given)s” cannot be part of a metric: %(what)s. A metric may use count(*), count(column) or "
        "sum(column), with FILTER (WHERE …) made of comparisons, IS NULL, IN, BETWEEN, AND, OR, NOT and products "
        "with a small number over these columns: %(columns)s."
    )


@lru_cache(maxsize=512)
def parse(text: str) -> exp.Expr:
    """This function will parse one aggregate expression and check every part of it.

    Raises: ExpressionRefused – it says which part, and what may be used instead

    >>> parse("count(*) FILTER (WHERE resumed)").sql("duckdb")
    'COUNT(*) FILTER(WHERE resumed)'
    """
    if len(text) > LONGEST:
        raise _refusal(text[:40] + "…", f"it is longer than {LONGEST} characters")
    try:
        statements = sqlglot.parse(text, dialect="duckdb")
    except (SqlglotError, RecursionError) as error:
        raise _refusal(text, "it is not SQL") from error
    if len(statements) != 1 or statements[0] is None:
        raise _refusal(text, "one expression is expected")
    tree: exp.Expr = statements[0]
    for node in tree.walk():
        parts = _ALLOWED.get(type(node))
        if parts is None:
            raise _refusal(text, f"{type(node).__name__} is not allowed")
        for part, value in node.args.items():
            if value and part not in parts:
                raise _refusal(text, f"“{part}” of {type(node).__name__} is not allowed")
        node.comments = None
    _check_aggregate(text, tree)
    return tree


def _check_aggregate(text: str, tree: exp.Expr) -> None:
    aggregate = tree.this if isinstance(tree, exp.Filter) else tree
    if not isinstance(aggregate, exp.Count | exp.Sum):
        raise _refusal(text, "it must be one count or one sum")
    argument = aggregate.this
    if isinstance(aggregate, exp.Sum) and (
        not isinstance(argument, exp.Column) or _kind(text, argument) != "number"
    ):
        raise _refusal(text, "sum needs one column that holds numbers")
    if isinstance(aggregate, exp.Count) and not isinstance(argument, exp.Star):
        if not isinstance(argument, exp.Column):
            raise _refusal(text, "count needs * or one column")
        _kind(text, argument)
    if isinstance(tree, exp.Filter):
        _expect(text, tree.expression.this, "boolean")


def _expect(text: str, node: exp.Expr, kind: str) -> None:
    given = _kind(text, node)
    if given != kind:
        raise _refusal(text, f"“{node.sql('duckdb')}” is a {given}, a {kind} is expected")


def _kind(text: str, node: exp.Expr) -> str:
    """The kind of value a part of a condition has; conditions are checked down to their columns."""
    if isinstance(node, exp.Column):
        if node.name not in BASE_COLUMNS:
            raise _refusal(text, f"there is no column “{node.name}”")
        return BASE_COLUMNS[node.name]
    if isinstance(node, exp.Literal):
        return "text" if node.is_string else "number"
    if isinstance(node, exp.Paren):
        return _kind(text, node.this)
    if isinstance(node, exp.Boolean):
        return "boolean"
    if isinstance(node, exp.Not):
        _expect(text, node.this, "boolean")
        return "boolean"
    if isinstance(node, exp.Mul):
        # One of the two is small, so that the product of any two amounts stays within what the engines hold.
        if not any(_is_factor(side) for side in (node.this, node.expression)):
            raise _refusal(text, f"“{node.sql('duckdb')}” has no small whole number as a factor")
        _expect(text, node.this, "number")
        _expect(text, node.expression, "number")
        return "number"
    if isinstance(node, exp.And | exp.Or):
        _expect(text, node.this, "boolean")
        _expect(text, node.expression, "boolean")
        return "boolean"
    if isinstance(node, exp.Is):
        kind = _kind(text, node.this)
        if not isinstance(node.expression, exp.Null) and (
            kind != "boolean" or not isinstance(node.expression, exp.Boolean)
        ):
            raise _refusal(text, "IS is for NULL, or for TRUE and FALSE after a boolean")
        return "boolean"
    if isinstance(node, exp.In):
        return _same_kind(text, node.this, *node.expressions)
    if isinstance(node, exp.Between):
        return _same_kind(text, node.this, node.args["low"], node.args["high"])
    if isinstance(node, _COMPARISONS):
        return _same_kind(text, node.this, node.expression)
    raise _refusal(text, f"{type(node).__name__} is not allowed here")


def _is_factor(node: exp.Expr) -> bool:
    if isinstance(node, exp.Column):
        return node.name == "threshold_percent"
    return isinstance(node, exp.Literal) and node.is_int and int(node.name) <= MOST_FACTOR


def _same_kind(text: str, first: exp.Expr, *others: exp.Expr) -> str:
    kind = _kind(text, first)
    for other in others:
        _expect(text, other, kind)
    return "boolean"


def _refusal(text: str, what: str) -> ExpressionRefused:
    return ExpressionRefused(given=text, what=what, columns=", ".join(BASE_COLUMNS))
