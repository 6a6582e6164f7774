"""The metric cube: the engine, pandas, polars and PostgreSQL compute the same figures from the same facts, in one run.

    python bench/metric_cube.py [--entities 100000] [--days 30] [--memory 4GB] [--without pandas ...]
    python scripts/postgres.py run python bench/metric_cube.py        PostgreSQL too

All begin with their tables in memory (PostgreSQL: loaded, indexed, analysed); conversion and loading are not counted.
The others do what a practised analyst would write: categorical columns, joins on integers, one pass over what all
groupings share, no row loops. The limits below are the time in which one core reads the bytes that are needed. Memory
is what was taken on top of the tables. Every numerator and denominator is compared. Before the cube stands its simplest
question, and what of it DuckDB needs when the line of each place is given: as known, joined, counted.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import _cube_rivals as rivals
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from dongche.analytics import definitions, engine, facts

METRICS = Path(__file__).parent.parent / "packs" / "epidemic-2020" / "metrics"
FIRST = date(2020, 2, 20)
BY: tuple[tuple[str, ...], ...] = (
    (), ("line",), ("community",), ("category",), ("line", "community"), ("line", "community", "category"),
)  # fmt: skip
CATEGORIES = (
    "enterprise", "construction_site", "farm_produce_market", "supermarket", "electromechanical_market",
    "office_building", "nine_small_venue", "street_shop",
)  # fmt: skip
RULES = (
    ("economy", 10, "enterprise", None), ("urban", 20, "construction_site", None), ("law", 30, "street_shop", None),
    ("market", 40, "farm_produce_market", None), ("market", 41, "supermarket", None),
    ("market", 42, "electromechanical_market", None), ("building", 50, "office_building", None),
    ("leaders", 5, None, "key_enterprise"), ("safety", 90, None, None),
)  # fmt: skip


def make_facts(entities: int, days: int, seed: int = 20200320) -> facts.Facts:
    """This function will make facts of a whole district: 3 % of the reports corrected, 5 % of the places moved."""
    chance = np.random.default_rng(seed)
    start = np.datetime64("2020-02-01T00:00:00", "us")
    never = np.datetime64("NaT", "us")
    midnight = np.datetime64(FIRST, "us") - np.timedelta64(8, "h")

    grid = chance.integers(0, max(1, entities // 35), entities)
    moved = chance.random(entities) < 0.05
    versions = np.concatenate([np.arange(entities), np.flatnonzero(moved)])
    is_new = np.arange(len(versions)) >= entities
    move_on = np.datetime64(FIRST, "D") + days // 2
    until = np.where(moved[versions] & ~is_new, move_on, np.datetime64("NaT", "D"))
    grids = np.where(is_new, grid[versions] // 2, grid[versions])
    category = chance.choice(len(CATEGORIES), entities, p=[0.3, 0.02, 0.02, 0.03, 0.03, 0.05, 0.25, 0.3])[
        versions
    ]
    entity_table = {
        "entity_id": pa.array(versions, pa.int64()),
        "known_at": pa.array(np.full(len(versions), start), facts.INSTANT),
        "superseded_at": pa.array(np.full(len(versions), never), facts.INSTANT, from_pandas=True),
        "from_on": pa.array(np.where(is_new, move_on, np.datetime64("2020-01-01", "D")), pa.date32()),
        "until_on": pa.array(until, pa.date32(), from_pandas=True),
        "subdistrict": _texts(grids // 72, "{:03d}"),
        "community": _texts(grids // 8, "c{:04d}"),
        "grid": _texts(grids, "g{:06d}"),
        "category": _picked(category, CATEGORIES),
        "industry": _picked(chance.integers(-1, 20, entities)[versions], facts.SECTIONS),
        "size": _picked(chance.integers(-1, 4, entities)[versions], facts.SIZES),
        "above_scale": pa.array(chance.random(entities)[versions] < 0.05),
        "focus": _picked(np.where(chance.random(entities) < 0.01, 0, -1)[versions], facts.FOCUSES),
    }

    place, day = np.divmod(np.arange(entities * days), days)
    kept = chance.random(len(place)) < 0.97
    place, day = place[kept], day[kept]
    received = midnight + (day * 1440 + chance.integers(420, 1200, len(place))) * np.timedelta64(1, "m")
    corrected = chance.random(len(place)) < 0.03
    corrected_at = received + chance.integers(5, 2880, len(place)) * np.timedelta64(1, "m")
    old, new = np.arange(len(place)), np.flatnonzero(corrected)
    rows = np.concatenate([old, new])
    known = np.concatenate([received, corrected_at[new]])
    superseded = np.concatenate([np.where(corrected, corrected_at, never), np.full(len(new), never)])
    state = chance.choice(3, len(rows), p=[0.7, 0.1, 0.2])
    due = chance.integers(1, 300, entities)[place[rows]]
    normal = chance.integers(0, 5_000_000, entities)[place[rows]]
    blank = chance.random(len(rows)) < 0.1
    report_table = {
        "entity_id": pa.array(place[rows], pa.int64()),
        "on": pa.array(np.datetime64(FIRST, "D") + day[rows], pa.date32()),
        "known_at": pa.array(known, facts.INSTANT),
        "superseded_at": pa.array(superseded, facts.INSTANT, from_pandas=True),
        "received_at": pa.array(received[rows], facts.INSTANT),
        "state": _picked(state, facts.STATES),
        "staff_due": pa.array(due, pa.int32(), mask=blank),
        "staff_at_post": pa.array((due * chance.random(len(rows))).astype(int), pa.int32()),
        "output_fen": pa.array((normal * chance.random(len(rows)) * 2).astype(int), pa.int64(), mask=blank),
        "output_normal_fen": pa.array(normal, pa.int64()),
        "abnormal_temperature": pa.array(np.zeros(len(rows)), pa.int32()),
        "mask_days": pa.array(chance.integers(0, 30, len(rows)), pa.int32()),
        "same_as_yesterday": pa.array(chance.random(len(rows)) < 0.2),
    }
    since = {"from_on": date(2020, 1, 1), "known_at": datetime(2020, 1, 1, tzinfo=UTC)}
    rest = facts.from_rows(
        line_rules=[
            {
                "subdistrict": subdistrict,
                "line": line,
                "priority": priority,
                "category": category,
                "focus": focus,
                **since,
            }
            for subdistrict in pc.unique(entity_table["subdistrict"]).to_pylist()
            for line, priority, category, focus in RULES
        ],
        exclusions=[
            {"entity_id": int(entity), "kind": "closed_by_order", **since}
            for entity in chance.choice(entities, entities // 100, replace=False)
        ],
    )
    return facts.Facts(
        entities=pa.table(entity_table).select(facts.SCHEMAS["entities"].names),
        exclusions=rest.exclusions,
        line_rules=rest.line_rules,
        reports=pa.table(report_table).select(facts.SCHEMAS["reports"].names),
    )


def _texts(numbers: np.ndarray, pattern: str) -> pa.Array:
    names = pa.array([pattern.format(number) for number in range(int(numbers.max()) + 1)])
    return names.take(pa.array(numbers))


def _picked(numbers: np.ndarray, names: tuple[str, ...]) -> pa.Array:
    return pa.array(names).take(pa.array(numbers, mask=numbers < 0))


PAIRS = {
    "resumption_rate": ("resumed", "expected"),
    "production_rate": ("producing", "resumed"),
    "capacity_recovery_rate": ("output", "normal"),
    "return_to_post_rate": ("at_post", "due"),
    "reporting_rate": ("reported", "expected"),
    "reporting_rate_on_time": ("on_time", "expected"),
}
KEYS = ("line", "community", "category")
Sums = dict[tuple[str, ...], pa.Table]


def with_pandas(frames: dict[str, pd.DataFrame], days: list[date], as_known: pd.Timestamp) -> Any:
    """This function will compute every numerator and denominator of the cube with pandas: one table per grouping."""

    def believed(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[
            (frame.known_at <= as_known) & (frame.superseded_at.isna() | (frame.superseded_at > as_known))
        ]

    versions = believed(frames["entities"]).copy()
    versions["line"] = _lines(versions, believed(frames["line_rules"]))
    for name in ("community", "category", "line"):
        versions[name] = versions[name].fillna("unknown").astype("category")
    versions = versions[["entity_id", "from_on", "until_on", "community", "category", "line"]]
    excluded = set(believed(frames["exclusions"]).entity_id)
    versions = versions[~versions.entity_id.isin(excluded)]

    calendar = pd.DataFrame({"on": pd.to_datetime(days)})
    base = versions.merge(calendar, how="cross")
    base = base[(base.from_on <= base.on) & (base.until_on.isna() | (base.on < base.until_on))]
    reports = believed(frames["reports"]).drop(columns=["known_at", "superseded_at"])
    base = base.merge(reports, how="left", on=["entity_id", "on"])

    cut_off = base.on.dt.tz_localize("UTC") + pd.Timedelta(hours=9)
    reported, resumed = base.state.notna(), base.state.isin(["open", "part"])
    both = base.output_fen.notna() & (base.output_normal_fen > 0)
    staff = base.staff_due.notna() & base.staff_at_post.notna()
    base["expected"] = 1
    base["reported"] = reported
    base["resumed"] = resumed
    base["producing"] = resumed & (base.output_fen > 0).fillna(False)
    base["on_time"] = base.received_at <= cut_off
    base["output"] = base.output_fen.where(both, 0)
    base["normal"] = base.output_normal_fen.where(both, 0)
    base["at_post"] = base.staff_at_post.where(staff, 0)
    base["due"] = base.staff_due.where(staff, 0)
    names = ["expected", "reported", "resumed", "producing", "on_time", "output", "normal", "at_post", "due"]
    return {group: base.groupby(["on", *group], observed=True, as_index=False)[names].sum() for group in BY}


def comparable(tables: Sums) -> pa.Table:
    """This function will bring results into one shape, to compare them; not timed.

    Shape:  → a row for each day and group, sorted: on, the keys (null: not part of that grouping), the sums
    """
    parts = []
    for group, table in tables.items():
        columns = {"on": table["on"].cast(pa.date32())}
        for name in KEYS:
            columns[name] = (
                table[name].cast(pa.string()) if name in group else pa.nulls(len(table), pa.string())
            )
        for name in rivals.SUMS:
            columns[name] = pc.fill_null(table[name].cast(pa.int64()), 0)
        parts.append(pa.table(columns))
    return pa.concat_tables(parts).sort_by([(name, "ascending") for name in ("on", *KEYS)])


def sums_of_engine(table: pa.Table) -> Sums:
    of = {
        name: table[f"{metric}@1.{part}"]
        for metric, names in PAIRS.items()
        for part, name in zip(("numerator", "denominator"), names, strict=True)
    }
    return _apart(pa.table({"on": table["on_day"], **{name: table[name] for name in KEYS}, **of}))


def sums_of_postgres(rows: list[Any]) -> Sums:
    days, line, community, category, _, *sums = zip(*rows, strict=True)
    of = {
        name: pa.array([int(one or 0) for one in column], pa.int64())
        for name, column in zip(rivals.SUMS, sums, strict=True)
    }
    return _apart(pa.table({"on": days, "line": line, "community": community, "category": category, **of}))


def _apart(table: pa.Table) -> Sums:
    """The groupings of one table, of which a null says that a key is not part of it."""
    found = {}
    for group in BY:
        is_of = pa.array(np.ones(len(table), bool))
        for name in KEYS:
            has = pc.is_valid(table[name])
            is_of = pc.and_(is_of, has if name in group else pc.invert(has))
        found[group] = table.filter(is_of)
    return found


def _lines(versions: pd.DataFrame, rules: pd.DataFrame) -> pd.Series:
    """The line of each place, by the combinations that occur: nobody would match rules place by place."""
    dims = ["category", "focus", "industry", "size"]
    combinations = versions[dims].drop_duplicates().reset_index(drop=True)
    line = pd.Series([None] * len(combinations), dtype=object)
    for rule in rules.sort_values("priority", ascending=False).itertuples():
        matches = pd.Series(True, index=combinations.index)
        for dim in dims:
            if not pd.isna(getattr(rule, dim)):
                matches &= combinations[dim] == getattr(rule, dim)
        line[matches] = rule.line
    combinations["line"] = line
    return versions[dims].merge(combinations, how="left", on=dims)["line"].to_numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entities", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--memory", default="4GB")
    parser.add_argument("--without", action="append", default=[], choices=["pandas", "polars", "postgres"])
    options = parser.parse_args()

    known = make_facts(options.entities, options.days)
    tables = {name: getattr(known, name) for name in facts.TABLES}
    days = [FIRST + timedelta(days=number) for number in range(options.days)]
    as_known = datetime(2020, 6, 1, tzinfo=UTC)
    print(
        f"{options.entities:,} places × {options.days} days, {known.reports.num_rows:,} reports, {len(BY)} groupings"
    )
    every = definitions.load(METRICS)
    question: dict[str, Any] = {
        "days": days,
        "as_known": as_known,
        "limits": engine.Limits(memory=options.memory),
    }

    limit = 0.0

    def reads(columns_of: dict[str, tuple[str, ...]], title: str) -> None:
        nonlocal limit
        needed, limit = rivals.memory_limit(tables, columns_of)
        print(
            f"{title}\n    limit: {needed / 1e6:,.0f} MB that are needed, read by one core in {limit:.4f} s"
        )

    def show(name: str, work: Callable[[], Any], process: Any = None, times: int = 1) -> tuple[Any, float]:
        runs = [rivals.measured(work, process) for _ in range(times)]
        result, wall, cpu, memory = min(runs, key=lambda run: run[2])
        print(
            f"{name:<26} {wall:8.2f} s wall {cpu:8.2f} s CPU {memory / 1e6:8,.0f} MB {cpu / limit:8.0f} × the limit",
            flush=True,
        )
        return result, cpu

    reads(rivals.OF_ONE, "one metric by day, sub-district and line, the best of three")
    one: dict[str, Any] = {"by": (("subdistrict", "line"),), "metrics": ["resumption_rate"]}
    show("engine", lambda: engine.cube(known, every, **one, **question), times=3)
    bare = rivals.Bare(tables, options.memory)
    show("DuckDB, lines given", lambda: bare.ask(as_known), times=3)

    reads(rivals.OF_SIX, f"six metrics, {len(BY)} groupings")
    table, ours = show(
        "engine, six metrics", lambda: engine.cube(known, every, by=BY, metrics=list(PAIRS), **question)
    )
    figures = len(table) * len(PAIRS)
    print(f"    {figures:,} figures in {table.nbytes / 1e6:,.0f} MB")
    expected = comparable(sums_of_engine(table))
    del table

    def pandas() -> tuple[Sums, float]:
        frames = {name: table.to_pandas(date_as_object=False) for name, table in tables.items()}
        sums, cpu = show("pandas, six metrics", lambda: with_pandas(frames, days, pd.Timestamp(as_known)))
        return {group: pa.Table.from_pandas(frame) for group, frame in sums.items()}, cpu

    def polars() -> tuple[Sums, float]:
        frames = {name: pl.DataFrame(pl.from_arrow(table)) for name, table in tables.items()}
        sums, cpu = show("polars, six metrics", lambda: rivals.with_polars(frames, days, as_known, BY))
        return {group: frame.to_arrow() for group, frame in sums.items()}, cpu

    def postgres() -> tuple[Sums, float]:
        server = rivals.Postgres(os.environ["DATABASE_URL"], tables)
        rows, cpu = show("PostgreSQL, six metrics", lambda: server.cube(days, as_known, BY), server.process)
        return sums_of_postgres(rows), cpu

    others: dict[str, Callable[[], tuple[Sums, float]]] = {"pandas": pandas, "polars": polars}
    if os.environ.get("DATABASE_URL"):
        others["postgres"] = postgres
    for name, compute in others.items():
        if name in options.without:
            continue
        sums, cpu = compute()
        found = comparable(sums)
        if not found.equals(expected):
            for name_of, column in zip(expected.column_names, expected.columns, strict=True):
                print(f"    {name_of}: {'equal' if column.equals(found[name_of]) else 'different'}")
            raise SystemExit(f"{name} disagrees: {len(found):,} rows, expected are {len(expected):,}.")
        print(
            f"    {figures:,} figures, numerators and denominators equal; {cpu / ours:.1f} × the engine's CPU"
        )
        del sums, found

    show("engine, all metrics", lambda: engine.cube(known, every, by=BY, **question))
    page = ((), ("line",), ("community",))
    show("engine, a page", lambda: engine.measure(known, every, by=page, **question | {"days": days[-1:]}))
    show("engine, a curve", lambda: engine.measure(known, every, **question))


if __name__ == "__main__":
    main()
