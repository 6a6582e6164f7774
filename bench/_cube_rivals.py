"""What the metric cube is compared with beside pandas: polars, PostgreSQL, and reading the bytes it needs."""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import duckdb
import numpy as np
import polars as pl
import psutil
import psycopg
import pyarrow as pa
import pyarrow.csv as csv

# What the questions look at; everything else of a report stays where it is.
OF_ONE = {
    "reports": ("entity_id", "on", "known_at", "superseded_at", "state"),
    "entities": (
        "entity_id", "known_at", "superseded_at", "from_on", "until_on", "subdistrict", "category", "industry", "size",
        "focus",
    ),
}  # fmt: skip
OF_SIX = {
    "reports": (
        "entity_id", "on", "known_at", "superseded_at", "received_at", "state", "staff_due", "staff_at_post",
        "output_fen", "output_normal_fen",
    ),
    "entities": (
        "entity_id", "known_at", "superseded_at", "from_on", "until_on", "subdistrict", "community", "category",
        "industry", "size", "focus",
    ),
}  # fmt: skip
SUMS = ("expected", "reported", "resumed", "producing", "on_time", "output", "normal", "at_post", "due")


def memory_limit(tables: dict[str, pa.Table], columns_of: dict[str, tuple[str, ...]]) -> tuple[int, float]:
    """This function will give the bytes a question needs and the seconds one core takes to read as many.

    Random bytes: pages of zeros are one page, which is read from the cache.
    """
    needed = sum(tables[name][column].nbytes for name, columns in columns_of.items() for column in columns)
    numbers = np.random.default_rng(1).integers(0, 1 << 62, needed // 8)
    best = float("inf")
    for _ in range(7):
        begun = time.process_time()
        numbers.sum()
        best = min(best, time.process_time() - begun)
    return needed, best


class Bare:
    """DuckDB with the sub-district and the line of each place given: the least the question costs it."""

    def __init__(self, tables: dict[str, pa.Table], memory: str) -> None:
        self._connection = duckdb.connect(":memory:", config={"memory_limit": memory})
        for name, table in tables.items():
            self._connection.register(name, table)
        self._connection.execute("""
            CREATE TABLE places AS SELECT entity_id, min(subdistrict) AS subdistrict, min(category) AS line
            FROM entities GROUP BY entity_id
        """)

    def ask(self, as_known: datetime) -> pa.Table:
        return self._connection.sql(
            """
            SELECT r."on", subdistrict, line, count(*), count(*) FILTER (r.state IN ('open', 'part'))
            FROM reports AS r JOIN places USING (entity_id)
            WHERE known_at <= $as_known AND (superseded_at IS NULL OR superseded_at > $as_known)
            GROUP BY ALL
            """,
            params={"as_known": as_known},
        ).to_arrow_table()


def with_polars(
    tables: dict[str, pl.DataFrame], days: list[date], as_known: datetime, by: tuple[tuple[str, ...], ...]
) -> dict[tuple[str, ...], Any]:
    """This function will compute every part of the cube lazily, so that all groupings share what comes before them."""

    def believed(name: str) -> pl.LazyFrame:
        superseded = pl.col("superseded_at")
        frame = tables[name].lazy()
        return frame.filter(pl.col("known_at") <= as_known, superseded.is_null() | (superseded > as_known))

    dims = ["category", "focus", "industry", "size"]
    versions = believed("entities")
    combinations = versions.select("subdistrict", *dims).unique()
    rules = believed("line_rules").select(
        "subdistrict", "line", "priority", *(pl.col(dim).alias(f"r_{dim}") for dim in dims)
    )
    matching = [pl.col(f"r_{dim}").is_null() | (pl.col(f"r_{dim}") == pl.col(dim)) for dim in dims]
    lines = (
        combinations.join(rules, on="subdistrict")
        .filter(*[each.fill_null(False) for each in matching])
        .sort("priority")
        .group_by("subdistrict", *dims, maintain_order=True)
        .agg(pl.col("line").first())
    )
    versions = (
        versions.join(lines, on=["subdistrict", *dims], how="left", nulls_equal=True)
        .join(believed("exclusions").select("entity_id"), on="entity_id", how="anti")
        .with_columns(pl.col("community", "category", "line").fill_null("unknown").cast(pl.Categorical))
        .select("entity_id", "from_on", "until_on", "community", "category", "line")
    )
    calendar = pl.LazyFrame({"on": days})
    base = versions.join(calendar, how="cross").filter(
        pl.col("from_on") <= pl.col("on"), pl.col("until_on").is_null() | (pl.col("on") < pl.col("until_on"))
    )
    reports = believed("reports").drop("known_at", "superseded_at")
    base = base.join(reports, on=["entity_id", "on"], how="left")
    resumed = pl.col("state").is_in(["open", "part"]).fill_null(False)
    both = pl.col("output_fen").is_not_null() & (pl.col("output_normal_fen") > 0)
    staff = pl.col("staff_due").is_not_null() & pl.col("staff_at_post").is_not_null()
    cut_off = pl.col("on").cast(pl.Datetime("us", "UTC")) + pl.duration(hours=9)
    sums = [
        pl.len().alias("expected"),
        pl.col("state").is_not_null().sum().alias("reported"),
        resumed.sum().alias("resumed"),
        (resumed & (pl.col("output_fen") > 0)).sum().alias("producing"),
        (pl.col("received_at") <= cut_off).sum().alias("on_time"),
        pl.col("output_fen").filter(both).sum().alias("output"),
        pl.col("output_normal_fen").filter(both).sum().alias("normal"),
        pl.col("staff_at_post").cast(pl.Int64).filter(staff).sum().alias("at_post"),
        pl.col("staff_due").cast(pl.Int64).filter(staff).sum().alias("due"),
    ]
    found = pl.collect_all([base.group_by("on", *group).agg(sums) for group in by])
    return dict(zip(by, found, strict=True))


POSTGRES = """
WITH believed AS MATERIALIZED (
    SELECT v.entity_id, v.from_on, v.until_on, coalesce(v.community, 'unknown') AS community, v.category,
        coalesce(l.line, 'unknown') AS line
    FROM entities v
    LEFT JOIN LATERAL (
        SELECT r.line FROM line_rules r
        WHERE r.subdistrict = v.subdistrict AND (r.category IS NULL OR r.category = v.category)
            AND (r.focus IS NULL OR r.focus = v.focus) AND (r.industry IS NULL OR r.industry = v.industry)
            AND (r.size IS NULL OR r.size = v.size)
            AND r.known_at <= %(as_known)s AND (r.superseded_at IS NULL OR r.superseded_at > %(as_known)s)
        ORDER BY r.priority LIMIT 1
    ) l ON TRUE
    WHERE v.known_at <= %(as_known)s AND (v.superseded_at IS NULL OR v.superseded_at > %(as_known)s)
        AND NOT EXISTS (SELECT 1 FROM exclusions x WHERE x.entity_id = v.entity_id)
)
SELECT d."on", line, community, category, grouping(line, community, category) AS missing,
    count(*) AS expected, count(r.entity_id) AS reported,
    count(*) FILTER (WHERE r.state IN ('open', 'part')) AS resumed,
    count(*) FILTER (WHERE r.state IN ('open', 'part') AND r.output_fen > 0) AS producing,
    count(*) FILTER (WHERE r.received_at <= d."on"::timestamp AT TIME ZONE 'UTC' + interval '9 hours') AS on_time,
    sum(r.output_fen) FILTER (WHERE r.output_normal_fen > 0) AS output,
    sum(r.output_normal_fen) FILTER (WHERE r.output_normal_fen > 0 AND r.output_fen IS NOT NULL) AS normal,
    sum(r.staff_at_post) FILTER (WHERE r.staff_due IS NOT NULL) AS at_post,
    sum(r.staff_due) FILTER (WHERE r.staff_at_post IS NOT NULL) AS due
FROM unnest(%(days)s::date[]) AS d("on")
JOIN believed v ON v.from_on <= d."on" AND (v.until_on IS NULL OR d."on" < v.until_on)
LEFT JOIN reports r ON r.entity_id = v.entity_id AND r."on" = d."on"
    AND r.known_at <= %(as_known)s AND (r.superseded_at IS NULL OR r.superseded_at > %(as_known)s)
GROUP BY GROUPING SETS ({sets})
"""


class Postgres:
    """The server that DATABASE_URL names, with the facts in plain tables: one process a question, memory to sort in."""

    def __init__(self, url: str, tables: dict[str, pa.Table]) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute(
            "SET work_mem = '1GB'; SET max_parallel_workers_per_gather = 0; SET jit = off"
        )
        for name in ("entities", "exclusions", "line_rules", "reports"):
            self._load(name, tables[name])
        self._connection.execute(
            'CREATE UNIQUE INDEX ON reports (entity_id, "on") WHERE superseded_at IS NULL'
        )
        self._connection.execute("VACUUM ANALYZE")
        found = self._connection.execute("SELECT pg_backend_pid()").fetchone()
        self.process = psutil.Process(found[0] if found else 0)

    def _load(self, name: str, table: pa.Table) -> None:
        kinds = {
            "int64": "bigint",
            "int32": "integer",
            "string": "text",
            "bool": "boolean",
            "date32[day]": "date",
        }
        columns = ", ".join(
            f'"{field.name}" {kinds.get(str(field.type), "timestamptz")}' for field in table.schema
        )
        self._connection.execute(f"CREATE TEMP TABLE {name} ({columns})")
        with self._connection.cursor().copy(f"COPY {name} FROM STDIN WITH (FORMAT csv)") as copy:
            for batch in table.to_batches(max_chunksize=200_000):
                text = io.BytesIO()
                csv.write_csv(pa.Table.from_batches([batch]), text, csv.WriteOptions(include_header=False))
                copy.write(text.getvalue())

    def cube(self, days: list[date], as_known: datetime, by: tuple[tuple[str, ...], ...]) -> list[Any]:
        sets = ", ".join("(" + ", ".join(('d."on"', *group)) + ")" for group in by)
        return self._connection.execute(
            POSTGRES.replace("{sets}", sets), {"as_known": as_known, "days": days}
        ).fetchall()


def measured(work: Callable[[], Any], process: psutil.Process | None = None) -> tuple[Any, float, float, int]:
    """This function will do some work; gives its result, wall and CPU seconds, and how much memory it took at most."""
    watched = [psutil.Process(os.getpid()), *([process] if process else [])]

    def cpu() -> float:
        return sum(sum(one.cpu_times()[:2]) for one in watched)

    def resident() -> int:
        return sum(one.memory_info().rss for one in watched)

    is_done, before = threading.Event(), resident()
    peak = before

    def watch() -> None:
        nonlocal peak
        while not is_done.wait(0.01):
            peak = max(peak, resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    wall, used = time.perf_counter(), cpu()
    try:
        result = work()
    finally:
        wall, used = time.perf_counter() - wall, cpu() - used
        is_done.set()
        watcher.join()
    return result, wall, used, peak - before
