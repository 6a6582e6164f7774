"""What the figures of the overview cost: in a process that has just started, when nothing is new, after one new report.

    python bench/overview_figures.py [--entities 2400 100000] [--rounds 10]

The question is the overview's: headline metrics of every day so far, and one day by line, community, both and grid.
Beside it stands what it would cost without keeping anything (all days read and computed for each request), and what a
pandas script needs that reads the current reports of all days and divides. Same rows, same figures, one run.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

BY = ((), ("line",), ("community",), ("line", "community"), ("grid",))
HEADLINES = ("resumption_rate", "capacity_recovery_rate", "reporting_rate", "return_to_post_rate")


def measure(rounds: int) -> None:
    """Runs in a process whose data folder holds a demonstration."""
    from dongche.cli import instance

    instance.open_instance()
    from django.db import connection

    from dongche.analytics import engine
    from dongche.analytics.facts import Facts
    from dongche.kit import clock
    from dongche.org import facts as org_facts
    from dongche.org.audit import System
    from dongche.org.models import Officer
    from dongche.registry import facts as registry_facts
    from dongche.registry.queries import Places
    from dongche.reporting import actions, facts, figures, queries
    from dongche.reporting.values import ReportValues
    from dongche.web import campaign

    today, first = clock.today(), campaign.current().campaign.from_on
    days = [first + timedelta(days=n) for n in range((today - first).days + 1)]
    officer = Officer.objects.get(username="duty")
    places = Places.unscoped(reason="the benchmark counts them")

    def overview() -> list[Any]:
        one = figures.measure(officer, days=(today,), by=BY, metrics=HEADLINES)
        return one + figures.measure(officer, days=days, metrics=HEADLINES)

    def anew() -> list[Any]:
        tables = (registry_facts.entities(), registry_facts.exclusions(), org_facts.line_rules())
        world = Facts(*tables, facts.reports(days, only_current=True))
        asked: dict[str, Any] = {"as_known": clock.now(), "metrics": HEADLINES}
        one = engine.measure(world, figures.definitions(), days=(today,), by=BY, **asked)
        return one + engine.measure(world, figures.definitions(), days=days, **asked)

    silent = iter(list(queries.not_reported(places, today).order_by("pk")[: rounds + 1]))

    def report() -> None:
        place = next(silent)
        actions.record_report(
            entity=place, on=today, values=ReportValues("open", staff_due=3, staff_at_post=2),
            key=f"bench-figures-{place.pk}", channel="qr", by=System("bench"), at=clock.now(),
        )  # fmt: skip

    rows = _count(connection)
    print(f"{places.count():>7} places, {len(days)} days, {rows:,} rows of reports")
    _say("cold, no files yet", [_timed(overview)])
    figures.forget()
    _say("cold, past days from files", [_timed(overview)])
    warm = [_timed(overview) for _ in range(rounds)]
    _say("nothing new", warm)
    busy = [_timed(overview, report) for _ in range(rounds)]
    _say("after one new report", busy)
    plain = [_timed(anew)]
    _say("without keeping anything", plain)
    pandas = [_timed(lambda: _by_pandas(connection))]
    _say("pandas, four totals a day", pandas)
    base = statistics.median(busy)
    print(
        f"        after one new report: {plain[0] / base:.0f}x less than anew, {pandas[0] / base:.0f}x less than pandas"
    )
    same = {(f.on, f.metric, *f.scope.items()): f.value for f in overview()}
    assert same == {(f.on, f.metric, *f.scope.items()): f.value for f in anew()}


def _by_pandas(connection: Any) -> Any:
    """The headline totals of every day the way a script on the side would compute them."""
    import pandas as pd

    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT entity_id, "on", state, staff_due, staff_at_post, output_fen, output_normal_fen'
            " FROM reporting_report WHERE superseded_at IS NULL"
        )
        names = [column[0] for column in cursor.description]
        reports = pd.DataFrame(cursor.fetchall(), columns=names)
        cursor.execute("SELECT id, from_on, until_on FROM registry_entity")
        entities = pd.DataFrame(cursor.fetchall(), columns=["entity_id", "from_on", "until_on"])
    reports = reports.merge(entities, on="entity_id")
    reports["resumed"] = reports["state"].isin(["open", "part"])
    both = reports.dropna(subset=["output_fen", "output_normal_fen"])
    staff = reports.dropna(subset=["staff_due", "staff_at_post"])
    return (
        reports.groupby("on")["resumed"].sum() / len(entities),
        both.groupby("on")["output_fen"].sum() / both.groupby("on")["output_normal_fen"].sum(),
        reports.groupby("on")["entity_id"].count() / len(entities),
        staff.groupby("on")["staff_at_post"].sum() / staff.groupby("on")["staff_due"].sum(),
    )


def _count(connection: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM reporting_report")
        return int(cursor.fetchone()[0])


def _timed(ask: Callable[[], object], before: Callable[[], None] | None = None) -> float:
    if before is not None:
        before()
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began


def _say(name: str, times: list[float]) -> None:
    print(f"        {name:<28} {statistics.median(times) * 1000:8.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entities", type=int, nargs="+", default=[2400, 100_000])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.rounds)
        return
    for entities in arguments.entities:
        with tempfile.TemporaryDirectory() as folder:
            environment = os.environ | {"DONGCHE_DATA": f"{folder}/data"}
            load = [
                sys.executable,
                "-m",
                "dongche.cli.main",
                "demo",
                "--no-serve",
                "--entities",
                str(entities),
            ]
            subprocess.run(load, env=environment, check=True, capture_output=True)
            # Loading ends with a brief, which leaves files behind: begin without them.
            for file in _files(f"{folder}/data"):
                os.unlink(file)
            again = [sys.executable, __file__, "--measure", "--rounds", str(arguments.rounds)]
            subprocess.run(again, env=environment, check=True)


def _files(folder: str) -> list[str]:
    reports = os.path.join(folder, "facts", "reports")
    return [os.path.join(reports, name) for name in os.listdir(reports)] if os.path.isdir(reports) else []


if __name__ == "__main__":
    main()
