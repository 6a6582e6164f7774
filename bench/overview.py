"""How long the overview and the refresh of the wall take to answer, at several sizes of the sub-district.

    python bench/overview.py [--entities 2400 100000] [--requests 60]

The pages are asked for through Django's test client, all middleware included, the network not. Three cases, in turns:
nothing has changed since the last request (the wall is told so with 304); a place has reported in between, so that the
figures of the day are made anew; and what both are compared with, a page that keeps no figures and computes all days.
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

QUIET, BUSY, BARE = "nothing new", "after a new report", "keeping nothing"


def measure(entities: int, requests: int) -> None:
    """Runs in a process whose data folder holds a demonstration."""
    from dongche.cli import instance

    instance.open_instance()
    from django.conf import settings
    from django.test import Client
    from django.urls import reverse

    from dongche.kit import clock
    from dongche.org.audit import System
    from dongche.org.models import Officer
    from dongche.registry.queries import Places
    from dongche.reporting import actions, figures, queries
    from dongche.reporting.values import ReportValues

    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    client = Client()
    client.force_login(Officer.objects.get(username="duty"))
    missing = queries.not_reported(Places.unscoped(reason="the benchmark reports for them"), clock.today())
    silent = iter(list(missing.order_by("pk")[: 2 * requests]))

    def report() -> None:
        place = next(silent)
        actions.record_report(
            entity=place, on=clock.today(), values=ReportValues("open", staff_due=3, staff_at_post=2),
            key=f"bench-{place.pk}", channel="qr", by=System("bench"), at=clock.now(),
        )  # fmt: skip

    for page, url in (("overview", reverse("desk:overview")), ("wall", reverse("wall-panels"))):
        tag = {"value": ""}

        def ask(url: str = url, tag: dict[str, str] = tag) -> None:
            answer = client.get(url, headers={"If-None-Match": tag["value"]} if tag["value"] else {})
            assert answer.status_code in (200, 304), answer.status_code
            tag["value"] = answer.headers.get("ETag", "")

        ask()
        times: dict[str, list[float]] = {QUIET: [], BUSY: [], BARE: []}
        for _ in range(requests):
            times[BUSY].append(_one(ask, report))
            times[QUIET].append(_one(ask, None))
            times[BARE].append(_one(ask, figures.forget))
        bare = statistics.median(times[BARE])
        for name, found in times.items():
            p50, p95 = statistics.median(found), statistics.quantiles(found, n=20)[-1]
            print(
                f"{entities:>7} places  {page:<9}{name:<20} p50 {p50 * 1000:5.0f} ms   p95 {p95 * 1000:5.0f} ms"
                f"   ×{bare / p50:.1f} of keeping nothing"
            )


def _one(ask: Callable[[], object], before: Callable[[], None] | None) -> float:
    if before is not None:
        before()
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, nargs="+", default=[2400, 100_000])
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.entities[0], arguments.requests)
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
            subprocess.run(
                load, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            again = [sys.executable, __file__, "--measure", "--entities", str(entities)]
            subprocess.run([*again, "--requests", str(arguments.requests)], env=environment, check=True)


if __name__ == "__main__":
    main()
