"""The SQL of a question: the texts in sql/ with dates, scope and metric expressions put in as syntax, never as text.

Written in the DuckDB dialect; sqlglot renders the same tree for Spark, where a province's facts may live. Building and
printing a whole text takes longer than computing a sub-district, so it is done once for all questions of a shape: the
instant stays the parameter as_known, and where days and scope belong stands a mark, in whose place those of a question
are put, printed from their own syntax.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from importlib import resources

import sqlglot
from sqlglot import exp

from dongche.analytics import expressions, questions
from dongche.analytics.definitions import Definition, expressions_of
from dongche.analytics.measures import Measures, qualified
from dongche.analytics.questions import By, Key, Question, Scope
from dongche.analytics.syntax import given_days, instant_of, numbered_days, render

_CODES = tuple(dimension for dimension in questions.DIMENSIONS if dimension != "line")
# What a line is chosen by; blank unless a line is asked for.
_RULED_BY = ("ruled_subdistrict", "ruled_category", "ruled_focus", "ruled_industry", "ruled_size")

# Columns of the base that cost a join, by the table that has them.
_JOINED = {
    "energy": ("energy_wh", "energy_ppm"),
    "usual": (
        "energy_dec_2019_wh", "energy_same_period_wh", "energy_normal_wh", "output_dec_2019_fen",
        "output_same_period_fen", "energy_ppm",
    ),
}  # fmt: skip
_READ_FOR = {"energy": "electricity", "usual": "baselines"}

# Stands where the instant of a text is a parameter: never in what is asked.
AT_ANY_INSTANT = datetime.min.replace(tzinfo=UTC)

# Where days and scope of a question will be put. Nobody who writes a definition can know these names.
_DAYS_HERE, _SCOPE_HERE = (f"{name}_{secrets.token_hex(12)}" for name in ("days", "scope"))


@dataclass(frozen=True)
class Columns:
    """Which columns of the result are the dimensions, and which hold the parts of each definition."""

    dimensions: tuple[str, ...]
    entities: str
    reports: str
    parts: Mapping[str, Mapping[str, str]]


def sql_for(
    definitions: Sequence[Definition],
    *,
    days: Sequence[date],
    as_known: datetime,
    by: By = ((),),
    scope: Scope | None = None,
    dialect: str = "duckdb",
) -> str:
    """This function will give the SQL that computes metrics over the four tables of the facts contract.

    Shape:  → one row per day and group: on_day, dimensions (null: not part of that grouping), entity count,
            report count, then the parts of the definitions
    Raises: what `questions.check` refuses
    """
    tree, _ = cube(definitions, questions.check(days, as_known, by, scope))
    return render(tree, dialect, pretty=True)


@dataclass(frozen=True)
class _Frame:
    """The text of all questions of a shape: marks stand where the days and the scope of one belong."""

    text: str
    cut_offs: tuple[time, ...]
    dialect: str

    def fill(self, days: Sequence[date], scope: Key | None) -> str:
        """The text of a question; `scope` as `Question.scope_key` gives it."""
        text = self.text.replace(
            f"SELECT {_DAYS_HERE}", render(given_days(days, self.cut_offs), self.dialect)
        )
        if scope is None:
            return text
        return text.replace(_SCOPE_HERE, render(_scope([dict(each) for each in scope]), self.dialect))


def _of_a_shape(by: By, narrowed: tuple[str, ...] | None) -> Question:
    """A question that stands for all of its shape: with these groupings, narrowed by these dimensions."""
    scope = None if narrowed is None else (dict.fromkeys(narrowed, ()),)
    return Question((), AT_ANY_INSTANT, tuple(by), scope)


def _narrowed(scope: Key | None) -> tuple[str, ...] | None:
    return None if scope is None else tuple(sorted({dimension for each in scope for dimension, _ in each}))


@lru_cache(maxsize=256)
def cube_text(
    definitions: tuple[Definition, ...],
    days: tuple[date, ...],
    by: tuple[tuple[str, ...], ...],
    scope: Key | None,
    dialect: str = "duckdb",
) -> tuple[str, Columns]:
    """This function will print the aggregate over all groupings of a question, once for each question.

    Shape:  the instant is the parameter $as_known; `scope` as `Question.scope_key` gives it
    """
    frame, columns = _cube_frame(definitions, by, _narrowed(scope), dialect)
    return frame.fill(days, scope), columns


@lru_cache(maxsize=128)
def _cube_frame(
    definitions: tuple[Definition, ...], by: By, narrowed: tuple[str, ...] | None, dialect: str
) -> tuple[_Frame, Columns]:
    tree, columns = cube(definitions, _of_a_shape(by, narrowed), is_bound=False)
    return _Frame(render(tree, dialect), _cut_offs(definitions), dialect), columns


def places_text(
    days: Sequence[date], by: tuple[tuple[str, ...], ...], scope: Key | None, dialect: str = "duckdb"
) -> str:
    """This function will print the list of places behind the figures of a question, as `cube_text` prints the cube."""
    return _places_frame(by, _narrowed(scope), dialect).fill(days, scope)


@lru_cache(maxsize=128)
def _places_frame(by: By, narrowed: tuple[str, ...] | None, dialect: str) -> _Frame:
    return _Frame(render(place_days(_of_a_shape(by, narrowed)), dialect), (), dialect)


def shares_text(one: Definition, days: Sequence[date], scope: Key | None, dialect: str = "duckdb") -> str:
    """This function will print the shares of places in a metric, as `cube_text` prints the cube."""
    return _shares_frame(one, _narrowed(scope), dialect).fill(days, scope)


@lru_cache(maxsize=128)
def _shares_frame(one: Definition, narrowed: tuple[str, ...] | None, dialect: str) -> _Frame:
    tree = parts_by_place(one, _of_a_shape((), narrowed))
    return _Frame(render(tree, dialect), _cut_offs((one,)), dialect)


@lru_cache(maxsize=256)
def checks_text(names: tuple[str, ...], days: tuple[date, ...], dialect: str = "duckdb") -> str:
    """This function will print some of the checks in sql/ as one query, with the instant as the parameter as_known.

    Shape:  one row for each check that found something: check, entity_id, on_day
    """
    return render(checks(names, Question(days, AT_ANY_INSTANT, (), None), is_bound=False), dialect)


def cube(
    definitions: Sequence[Definition], question: Question, *, is_bound: bool = True
) -> tuple[exp.Select, Columns]:
    """This function will build the aggregate over all groupings of a question.

    Two steps: counts and sums per day and cell, then those summed up per grouping. All parts are sums, so this is the
    same and reads the reports once, however many groupings there are. The first step is itself taken apart: all place
    days as if nobody had reported, and for those with a report, what it adds to that. So no report is joined to a
    place day that only waits for it, and places that are alike without their reports are counted, not listed.
    """
    tree = _base(question, is_bound)
    cut_offs = _cut_offs(definitions)
    measures = Measures()
    entities = measures.name("count(*)")
    reports = measures.name("count(*) FILTER (WHERE reported)")
    parts = {one.code: measures.parts(one) for one in definitions}
    base = _take(tree, "base")
    sources = {"waited": measures.waited(), "told": measures.told()}
    measured = [
        _measured(base, source, found, measures.trees, with_days=bool(cut_offs))
        for source, found in sources.items()
    ]
    _put_ctes(
        tree,
        days=given_days(question.days, cut_offs) if is_bound else _here(_DAYS_HERE),
        **{f"base_{source}": each for source, (each, _) in zip(sources, measured, strict=True)},
        measured=exp.union(*(each for _, each in measured), distinct=False),
    )
    _drop_unread(tree)
    if not _looks_at_places(measures.waited()):
        _blank(_cte_of(tree, "alike").args["from_"].this.this, {"entity_id"}, exp.Literal.number(0))

    dimensions = tuple(dict.fromkeys(dimension for group in question.by for dimension in group))
    names = [exp.column(name, table="cells") for name in dimensions]
    sums = measures.summed()
    final = (
        exp.select(exp.column("on_day", table="measured"), *names, *sums)
        .from_("measured")
        .join("cells", on="cells.cell = measured.cell")
    )
    final.set("with_", tree.args["with_"])
    final.set("group", _grouping(question.by))
    return final, Columns(dimensions=dimensions, entities=entities, reports=reports, parts=parts)


def place_days(question: Question) -> exp.Select:
    """This function will build the list of places behind the figures of a question, its days and scope as marks.

    Shape:  one row per day and expected place in scope
    """
    tree = _base(question, is_bound=False)
    _put_ctes(tree, days=_here(_DAYS_HERE))
    dimensions = [exp.column(name, table="cells") for name in question.dimensions]
    facts = [
        exp.column(name, table="base")
        for name in ("reported", "state", "received_at", "staff_due", "staff_at_post", "output_fen",
                     "output_normal_fen", "abnormal_temperature", "mask_days", "energy_wh", "energy_dec_2019_wh",
                     "energy_same_period_wh")
    ]  # fmt: skip
    final = (
        exp.select("base.on_day", "base.entity_id", *dimensions, *facts)
        .from_("base")
        .join("cells", on="cells.cell = base.cell")
        .order_by("base.on_day", "base.entity_id")
    )
    final.set("with_", tree.args["with_"])
    return final


def parts_by_place(one: Definition, question: Question) -> exp.Select:
    """This function will build the share of each place in the numerator and the denominator of a metric, with marks.

    Shape:  one row per expected place in scope: entity_id, numerator, denominator
    """
    tree = _base(question, is_bound=False)
    _leave_out(_cte_of(tree, "base"), _used([one]))
    cut_offs = _cut_offs([one])
    sums = [
        exp.alias_(qualified(text, one.cut_off, one.threshold)[0], name)
        for name, text in (("numerator", one.numerator), ("denominator", one.denominator))
    ]
    final = exp.select("base.entity_id", *sums).from_("base")
    if cut_offs:
        final = final.join("days", on="days.on_day = base.on_day")
    _put_ctes(tree, days=_here(_DAYS_HERE))
    final = final.group_by("base.entity_id")
    final.set("with_", tree.args["with_"])
    return final


def checks(names: Sequence[str], question: Question, *, is_bound: bool = True) -> exp.Query:
    """This function will build one query of the checks in sql/ that look for a place that would be counted twice."""
    parts = [
        exp.select(exp.alias_(exp.Literal.string(name), "check_name"), "entity_id", "on_day").from_(
            _text(name, question.as_known, is_bound).subquery(name)
        )
        for name in names
    ]
    tree = parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)
    tree.set("with_", exp.With(expressions=[_cte("days", numbered_days(question.days))]))
    return tree


def _measured(
    base: exp.CTE,
    source: str,
    found: Mapping[str, exp.Expr],
    all_of: Mapping[str, exp.Expr],
    *,
    with_days: bool,
) -> tuple[exp.Expr, exp.Select]:
    """The base over one source with only what is looked at, and the sums over it per day and cell."""
    rows = base.this.copy()
    rows.set("from_", exp.From(this=exp.to_table(source).as_("r")))
    if source == "waited":
        rows.select(exp.column("places", table="r"), copy=False)
    _leave_out(
        rows, frozenset(column.name for tree in found.values() for column in tree.find_all(exp.Column))
    )
    columns = [
        exp.alias_(_of(found[name], f"base_{source}") if name in found else _nothing(tree), name)
        for name, tree in all_of.items()
    ]
    on_day, cell = exp.column("on_day", table=f"base_{source}"), exp.column("cell", table=f"base_{source}")
    sums = exp.select(on_day, cell, *columns).from_(f"base_{source}")
    if with_days:
        sums = sums.join("days", on=exp.EQ(this=exp.column("on_day", table="days"), expression=on_day.copy()))
    return rows, sums.group_by(on_day.copy(), cell.copy())


def _nothing(tree: exp.Expr) -> exp.Expr:
    return (
        exp.cast(exp.Literal.number(0), "bigint") if tree.find(exp.Count) else exp.cast(exp.null(), "hugeint")
    )


def _of(tree: exp.Expr, table: str) -> exp.Expr:
    def rename(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and node.table == "base":
            return exp.column(node.name, table=table)
        return node

    return tree.transform(rename)


def _take(tree: exp.Select, name: str) -> exp.CTE:
    found = next(cte for cte in tree.ctes if cte.alias == name)
    found.pop()
    return found


def _cte_of(tree: exp.Select, name: str) -> exp.Select:
    found = next(cte for cte in tree.ctes if cte.alias == name).this
    assert isinstance(found, exp.Select)  # noqa: S101 – the files in sql/ are ours
    return found


def _drop_unread(tree: exp.Select) -> None:
    """Take out the tables that nothing reads: an engine would plan them all the same."""
    read = {"measured", "cells"}
    for cte in reversed(tree.ctes):
        if cte.alias in read:
            read.update(table.name for table in cte.this.find_all(exp.Table))
        else:
            cte.pop()


def _here(mark: str) -> exp.Select:
    return exp.select(exp.column(mark))


def _cut_offs(definitions: Iterable[Definition]) -> tuple[time, ...]:
    return tuple(sorted({one.cut_off for one in definitions if one.cut_off is not None}))


@lru_cache(maxsize=16)
def _read(name: str) -> exp.Expr:
    text = (resources.files("dongche.analytics") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    return sqlglot.parse_one(text, dialect="duckdb")


def _text(name: str, as_known: datetime, is_bound: bool = True) -> exp.Select:
    tree = _read(name).copy()
    for node in list(tree.find_all(exp.Placeholder)):
        node.replace(instant_of(as_known) if is_bound else exp.cast(node.copy(), "timestamptz"))
    assert isinstance(tree, exp.Select)  # noqa: S101 – the files in sql/ are ours
    return tree


def tables_read(definitions: Iterable[Definition]) -> frozenset[str]:
    """This function will say which of the tables beyond places and reports some definitions look at.

    Shape: of "electricity" and "baselines"
    """
    used = _used(definitions)
    return frozenset(_READ_FOR[table] for table, columns in _JOINED.items() if used.intersection(columns))


def _used(definitions: Iterable[Definition]) -> frozenset[str]:
    """The columns of the base that definitions look at."""
    trees = (expressions.parse(text) for one in definitions for text in expressions_of(one))
    return frozenset(column.name for tree in trees for column in tree.find_all(exp.Column))


def _base(question: Question, is_bound: bool = True) -> exp.Select:
    tree = _text("place_days", question.as_known, is_bound)
    kept = set(question.dimensions)
    if "line" in kept:
        kept.update(_RULED_BY)
    ctes = {cte.alias: cte.this for cte in tree.ctes}
    _blank(ctes["versions"], {*_CODES, *_RULED_BY} - kept, exp.Literal.string(""))
    if question.scope is not None:
        within = _scope(question.scope) if is_bound else exp.paren(exp.column(_SCOPE_HERE))
        ctes["cells"].where(within, copy=False)
    return tree


def _blank(query: exp.Select, names: AbstractSet[str], value: exp.Expr) -> None:
    """Give columns one value: what they told apart is then one."""
    for column in query.expressions:
        if column.alias_or_name in names:
            column.replace(exp.alias_(value.copy(), column.alias_or_name))


def _looks_at_places(found: Mapping[str, exp.Expr]) -> bool:
    """Whether measures look at what each place has of its own, which costs a join."""
    joined = {column for columns in _JOINED.values() for column in columns}
    return any(column.name in joined for tree in found.values() for column in tree.find_all(exp.Column))


def _leave_out(base: exp.Select, used: frozenset[str]) -> None:
    """Take the joins and computed columns out of the base that nothing looks at."""
    unread = {table for table, columns in _JOINED.items() if not used.intersection(columns)}
    computed = {"output_ppm", "energy_ppm", "whole_ppm"} - used
    base.set("joins", [join for join in base.args["joins"] if join.this.alias_or_name not in unread])
    kept = [
        column
        for column in base.expressions
        if column.alias_or_name not in computed
        and not any(part.table in unread for part in column.find_all(exp.Column))
    ]
    base.set("expressions", kept)


def _scope(filters: Sequence[Mapping[str, Sequence[str]]]) -> exp.Expr:
    """Any of the filters; of each filter, all dimensions. No filter lets nothing through."""
    anything: list[exp.Expr] = []
    for each in filters:
        everything = [_among(dimension, codes) for dimension, codes in each.items()]
        anything.append(exp.and_(*everything) if everything else exp.true())
    return exp.or_(*anything) if anything else exp.false()


def _among(dimension: str, codes: Sequence[str]) -> exp.Expr:
    column = exp.column(dimension, table="l" if dimension == "line" else "k")
    return column.isin(*(exp.Literal.string(code) for code in codes)) if codes else exp.false()


def _grouping(by: Sequence[tuple[str, ...]]) -> exp.Group:
    day = exp.column("on_day", table="measured")
    sets = [
        exp.Tuple(expressions=[day.copy(), *(exp.column(name, table="cells") for name in group)])
        for group in by
    ]
    return exp.Group(grouping_sets=[exp.GroupingSets(expressions=sets)])


def _put_ctes(tree: exp.Select, days: exp.Expr, **behind: exp.Expr) -> None:
    """Put `days` before the tables that read it, and the others behind those they read."""
    others = [_cte(name, query) for name, query in behind.items()]
    tree.set("with_", exp.With(expressions=[_cte("days", days), *tree.ctes, *others]))


def _cte(name: str, query: exp.Expr) -> exp.CTE:
    return exp.CTE(this=query, alias=exp.TableAlias(this=exp.to_identifier(name)))
