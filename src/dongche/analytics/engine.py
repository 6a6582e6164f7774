"""The questions figures are made of, put to the engine that was chosen: DuckDB in this process, or a Spark cluster.

DuckDB reads the Arrow tables as they are. Everything after the sums is done here, so that no engine divides or rounds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from dongche.analytics import figures, query, questions, target
from dongche.analytics.definitions import Definition, Definitions, UnknownMetric
from dongche.analytics.facts import TABLES, Facts
from dongche.analytics.figures import Figure
from dongche.analytics.query import sql_for as sql_for
from dongche.analytics.questions import By, Question, Scope
from dongche.kit.decimals import percent, ratio
from dongche.kit.errors import Problem
from dongche.kit.messages import N_


class PlaceCountedTwice(Problem):
    code = "analytics.place_counted_twice"
    message = N_(
        "The place %(entity_id)s has two %(what)s that are both valid for %(on)s as known at %(as_known)s, so it would "
        "be counted twice. Give the older row a superseded_at, or end it on the day the newer one begins."
    )


class NotDefined(Problem):
    code = "analytics.not_defined"
    message = N_(
        "No definition of %(metrics)s is in force on %(first)s to %(last)s. The definitions cover %(expected)s."
    )


@dataclass(frozen=True)
class Limits:
    """What a computation may use of this machine. Past `memory` it spills into `spill_to`. A cluster has its own."""

    memory: str = field(default_factory=lambda: target.chosen().memory)
    threads: int | None = None
    spill_to: Path = field(default_factory=lambda: Path(tempfile.gettempdir()))


def measure(
    facts: Facts,
    definitions: Definitions,
    *,
    days: Sequence[date],
    as_known: datetime,
    by: By = ((),),
    scope: Scope | None = None,
    metrics: Collection[str] | None = None,
    limits: Limits | None = None,
) -> list[Figure]:
    """This function will compute figures for days as they were known at an instant.

    Shape:  ordered by day, grouping, group, metric (in the order of the definitions)
    Empty:  a group without expected places is absent; the total () is always there, with a reason when it has no value.
            A metric not defined on a day is absent on that day
    Raises: UnknownMetric, NotDefined, PlaceCountedTwice, or what `questions.check` refuses
    """
    question = questions.check(days, as_known, by, scope)
    asked = _in_force(definitions, question.days, metrics)
    found: list[Figure] = []
    with _opened(facts, limits) as machine:
        _check_single(machine, question)
        for chosen, on_days in asked.items():
            part = Question(on_days, question.as_known, question.by, question.scope)
            found.extend(_run(machine, chosen, part))
    position = {day: at for at, day in enumerate(question.days)}
    return sorted(found, key=lambda figure: position[figure.on])


def places(
    facts: Facts,
    *,
    days: Sequence[date],
    as_known: datetime,
    by: Sequence[str] = (),
    scope: Scope | None = None,
    limits: Limits | None = None,
) -> pa.Table:
    """This function will list the places behind a figure: those expected, with the report counted for each.

    Shape:  one row per day and place: on_day, entity_id, the dimensions of `by` and `scope`, reported, state,
            received_at, staff_due, staff_at_post, output_fen, output_normal_fen, abnormal_temperature, mask_days,
            energy_wh, energy_dec_2019_wh, energy_same_period_wh
    Raises: PlaceCountedTwice, or what `questions.check` refuses
    """
    question = questions.check(days, as_known, (tuple(by),), scope)
    with _opened(facts, limits) as machine:
        _check_single(machine, question)
        text = query.places_text(question.days, question.by, question.scope_key, machine.dialect)
        return machine.ask(text, question.as_known)


def cube(
    facts: Facts,
    definitions: Definitions,
    *,
    days: Sequence[date],
    as_known: datetime,
    by: By = ((),),
    scope: Scope | None = None,
    metrics: Collection[str] | None = None,
    limits: Limits | None = None,
) -> pa.Table:
    """This function will give the parts of many figures as one Arrow table, for exports too large for `measure`.

    Shape:  one row per day and group: on_day, the dimensions (null: not part of that grouping), then a column
            `<definition>.<part>` for numerator, denominator, coverage_numerator, coverage_denominator, contributors
            and excluded; null where a definition is not in force or a sum has nothing to add
    Raises: as `measure`
    """
    question = questions.check(days, as_known, by, scope)
    tables = []
    with _opened(facts, limits) as machine:
        _check_single(machine, question)
        for chosen, on_days in _in_force(definitions, question.days, metrics).items():
            text, columns = query.cube_text(chosen, on_days, question.by, question.scope_key, machine.dialect)
            table = machine.ask(text, question.as_known)
            named = {name: table[name] for name in ("on_day", *columns.dimensions)}
            for code, parts in columns.parts.items():
                named.update({f"{code}.{part}": table[name] for part, name in parts.items()})
            tables.append(pa.table(named))
    return pa.concat_tables(tables, promote_options="default")


def course(
    facts: Facts,
    definitions: Definitions,
    *,
    on: date,
    instants: Sequence[datetime],
    metrics: Collection[str] | None = None,
    scope: Scope | None = None,
    limits: Limits | None = None,
) -> list[Figure]:
    """This function will compute the figures of one day as they were known at one instant after another.

    Shape:  of the whole scope; in the order of `instants`, at each one figure a metric
    Raises: as `measure`
    """
    found: list[Figure] = []
    with _opened(facts, limits) as machine:
        for instant in instants:
            question = questions.check((on,), instant, ((),), scope)
            _check_single(machine, question)
            for chosen in _in_force(definitions, question.days, metrics):
                found.extend(_run(machine, chosen, question))
    return found


def shares(
    facts: Facts,
    definition: Definition,
    *,
    on: date,
    instants: Sequence[datetime],
    scope: Scope | None = None,
    limits: Limits | None = None,
) -> list[dict[int, tuple[int, int]]]:
    """This function will say what each place adds to numerator and denominator of a figure, at several instants.

    Shape:  for each instant, by id of the place; added up they are the parts of the figure
    Empty:  a place that was not expected then is absent
    """
    found = []
    with _opened(facts, limits) as machine:
        for instant in instants:
            question = questions.check((on,), instant, (), scope)
            text = query.shares_text(definition, question.days, question.scope_key, machine.dialect)
            rows = machine.ask(text, question.as_known)
            found.append(
                {
                    int(pk): (int(numerator or 0), int(parts or 0))
                    for pk, numerator, parts in zip(*(column.to_pylist() for column in rows), strict=True)
                }
            )
    return found


def _in_force(
    definitions: Definitions, days: Sequence[date], metrics: Collection[str] | None
) -> dict[tuple[Definition, ...], tuple[date, ...]]:
    """The days that share their definitions, for each such set of definitions."""
    for metric in metrics or ():
        if metric not in definitions.metrics:
            raise UnknownMetric(given=metric, expected=", ".join(definitions.metrics))
    groups: dict[tuple[Definition, ...], list[date]] = {}
    for day in days:
        chosen = tuple(one for one in definitions.on(day) if metrics is None or one.metric in metrics)
        if chosen:
            groups.setdefault(chosen, []).append(day)
    if not groups:
        raise NotDefined(
            metrics=", ".join(metrics if metrics is not None else definitions.metrics) or "–",
            first=min(days),
            last=max(days),
            expected="; ".join(f"{one.code}: {one.from_on} – {one.until_on or '…'}" for one in definitions),
        )
    return {chosen: tuple(on_days) for chosen, on_days in groups.items()}


class Machine(Protocol):
    """Facts opened in an engine, to be asked in its dialect; `as_known` where the text has that parameter."""

    @property
    def dialect(self) -> str: ...

    def ask(self, text: str, as_known: datetime | None = None) -> pa.Table: ...


@contextmanager
def _opened(facts: Facts, limits: Limits | None) -> Iterator[Machine]:
    chosen = target.chosen()
    if chosen.is_spark:
        from dongche.analytics import spark

        with spark.opened(facts, chosen) as cluster:
            yield cluster
    else:
        with _connection(facts, limits or Limits()) as connection:
            yield _DuckDB(connection)


@dataclass(frozen=True)
class _DuckDB:
    connection: duckdb.DuckDBPyConnection
    dialect: str = "duckdb"

    def ask(self, text: str, as_known: datetime | None = None) -> pa.Table:
        given = None if as_known is None else {"as_known": as_known.isoformat()}
        return self.connection.sql(text, params=given).to_arrow_table()


@contextmanager
def _connection(facts: Facts, limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database of its own, in memory, that reads the tables of the contract and nothing else: no file, no network."""
    with tempfile.TemporaryDirectory(prefix="dongche-", dir=limits.spill_to) as spill:
        config: dict[str, Any] = {
            "memory_limit": limits.memory,
            "temp_directory": spill,
            "extension_directory": spill,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",
        }
        if limits.threads is not None:
            config["threads"] = str(limits.threads)
        connection = duckdb.connect(":memory:", config=config)
        try:
            for name in TABLES:
                connection.register(name, getattr(facts, name))
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            yield connection
        finally:
            connection.close()


# What may be there once only, by the text in sql/ that looks for it twice.
_CHECKS = {
    "double_versions": "versions",
    "double_reports": "reports",
    "double_readings": "readings of a meter",
    "double_baselines": "baselines",
}


def _check_single(machine: Machine, question: Question) -> None:
    text = query.checks_text(tuple(_CHECKS), question.days, machine.dialect)
    rows = {row["check_name"]: row for row in machine.ask(text, question.as_known).to_pylist()}
    for name, what in _CHECKS.items():
        if name in rows:
            raise PlaceCountedTwice(
                entity_id=rows[name]["entity_id"],
                what=what,
                on=rows[name]["on_day"],
                as_known=question.as_known.isoformat(),
            )


def _run(machine: Machine, definitions: tuple[Definition, ...], question: Question) -> list[Figure]:
    if not question.by:
        return []
    text, columns = query.cube_text(
        definitions, question.days, question.by, question.scope_key, machine.dialect
    )
    table = machine.ask(text, question.as_known)
    numbers = {name: _integers(table[name]) for name in table.column_names if name.startswith("m")}
    groups = {frozenset(group): group for group in question.by}
    places: dict[tuple[date, frozenset[str]], dict[tuple[str, ...], int]] = {}
    keys = [table[name].to_pylist() for name in columns.dimensions]
    for row, (day, *found_keys) in enumerate(zip(table["on_day"].to_pylist(), *keys, strict=True)):
        # No dimension is ever null in the base, so null says: not part of this grouping.
        key_of = {
            name: key for name, key in zip(columns.dimensions, found_keys, strict=True) if key is not None
        }
        grouping = frozenset(key_of)
        key = tuple(key_of[name] for name in groups[grouping])
        places.setdefault((day, grouping), {})[key] = row
    parts = {
        one.code: {part: numbers[name] for part, name in columns.parts[one.code].items()}
        for one in definitions
    }
    entities, reports = numbers[columns.entities], numbers[columns.reports]
    found: list[Figure] = []
    for day in question.days:
        for grouping, group in groups.items():
            rows: Mapping[tuple[str, ...], int | None] = places.get((day, grouping), {})
            for key, at in sorted(rows.items()) or ([((), None)] if not group else []):
                scope = dict(zip(group, key, strict=True))
                counts = (0, 0) if at is None else (entities[at], reports[at])
                for one in definitions:
                    given = (
                        {} if at is None else {part: column[at] for part, column in parts[one.code].items()}
                    )
                    found.append(_figure(one, question.as_known, day, scope, counts, given))
    return found


def _integers(column: pa.ChunkedArray) -> list[int]:
    """Exact whole numbers of any size; a sum over no value is 0."""
    if pa.types.is_integer(column.type):
        values: list[int] = column.to_numpy().tolist()
        return values
    return [0 if value is None else int(value) for value in column.to_pylist()]


def _figure(
    one: Definition,
    as_known: datetime,
    day: date,
    scope: dict[str, str],
    counts: tuple[int, int],
    given: Mapping[str, int],
) -> Figure:
    entities, reports = counts
    numerator, denominator = given.get("numerator", 0), given.get("denominator", 0)
    reason = None
    if not entities:
        reason = figures.NO_ENTITIES
    elif one.needs_reports and not reports:
        reason = figures.NO_REPORTS
    elif denominator == 0:
        reason = figures.ZERO_DENOMINATOR
    covered = given.get("coverage_denominator", 0)
    return Figure(
        metric=one.metric,
        definition=one.code,
        scope=scope,
        value=percent(numerator, denominator) if reason is None else None,
        numerator=numerator,
        denominator=denominator,
        coverage=ratio(given["coverage_numerator"], covered) if covered else None,
        on=day,
        as_known=as_known,
        reason=reason,
        excluded=given.get("excluded", 0),
        contributors=given.get("contributors", 0),
    )
