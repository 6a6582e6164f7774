"""What the chain of the audit log costs those who write, and how fast it is checked.

    python bench/audit.py [--actions 2000] [--entries 200000]                     on SQLite
    python scripts/postgres.py run python bench/audit.py                          on PostgreSQL, with 8 writers too

An action here creates one row and records it. "Without" writes the same entry unsealed and takes no lock, as it was
before there was a chain; both take turns in one run, because the machine is never twice the same. PostgreSQL is told to
be as durable as in production (the test server is not by itself).
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from itertools import count
from typing import Any
from unittest.mock import patch

ROUNDS = 5
WRITERS = 8


def start() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "dongche.config.settings"
    os.environ.setdefault("DONGCHE_DATA", tempfile.mkdtemp(prefix="dongche-bench-"))
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, interactive=False)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                cursor.execute(f"ALTER SYSTEM SET {setting} = on")
            cursor.execute("SELECT pg_reload_conf()")
        time.sleep(1)
        connection.close()


def write(actions: int) -> None:
    from django.db import connection, connections

    from dongche.kit import clock
    from dongche.org.actions import open_work
    from dongche.org.audit import System, chain
    from dongche.org.models import AuditEntry, Unit, WorkItem

    by, at = System("bench"), clock.now()
    subdistrict = Unit.objects.create(
        kind="subdistrict", code="370203900000", name="Lakeside", from_on=clock.today()
    )
    keys, numbers = count(), count(10**12)

    def loose(deeds: Sequence[chain.Deed]) -> None:
        AuditEntry.objects.bulk_create(
            [AuditEntry(id=next(numbers), previous="", hash="", **chain._stored(deed)) for deed in deeds]
        )

    def work(times: int) -> None:
        for _ in range(times):
            open_work(subdistrict=subdistrict, kind="bench", key=str(next(keys)), by=by, at=at)
        if threading.current_thread() is not threading.main_thread():
            connections.close_all()

    def rate(writers: int) -> float:
        began = time.perf_counter()
        if writers == 1:
            work(actions)
        else:
            threads = [threading.Thread(target=work, args=(actions // writers,)) for _ in range(writers)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return actions / (time.perf_counter() - began)

    for writers in (1, WRITERS) if connection.vendor == "postgresql" else (1,):
        work(50)
        found: dict[str, list[float]] = {"with": [], "without": []}
        for _ in range(ROUNDS):
            found["with"].append(rate(writers))
            with patch.object(chain, "append", loose):
                found["without"].append(rate(writers))
        with_chain, without = (statistics.median(found[name]) for name in ("with", "without"))
        print(
            f"{connection.vendor}, {writers} writer(s): {with_chain:,.0f} actions/s with the chain, "
            f"{without:,.0f} without; ratio {with_chain / without:.2f} "
            f"(of {ROUNDS} rounds: {min(found['with']):,.0f}–{max(found['with']):,.0f})"
        )
    AuditEntry.objects.filter(pk__gte=10**12).delete()
    WorkItem.objects.all().delete()


def check(entries: int) -> None:
    from django.db import connection, transaction

    from dongche.kit import clock
    from dongche.org.audit import chain, checking

    deed = chain.Deed(
        at=clock.now(), by_id=None, by_label="place:FX-01234", action="reporting.record", subject="entity",
        subject_id=1234, before={"report": 1, "state": "open", "staff_due": 10, "staff_at_post": 8},
        after={"report": 2, "state": "part", "staff_due": 10, "staff_at_post": 6, "outcome": "corrected"},
        reason="", origin="web 192.0.2.7", request_id="a" * 32, subdistrict_id=1,
    )  # fmt: skip
    began = time.perf_counter()
    for _ in range(entries // 1000):
        with transaction.atomic():
            chain.append([deed] * 1000)
    print(
        f"{connection.vendor}: {entries / (time.perf_counter() - began):,.0f} entries/s appended a thousand at once"
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, spent = time.perf_counter(), time.process_time()
    verdict: Any = checking.check()
    wall, cpu = time.perf_counter() - began, time.process_time() - spent
    assert verdict.broken is None, verdict
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(
        f"{connection.vendor}: {verdict.count:,} entries checked in {wall:.1f} s ({cpu:.1f} s CPU): "
        f"{verdict.count / wall * 60:,.0f} a minute, {verdict.count / cpu * 60:,.0f} a minute of CPU; "
        f"memory grew by {grown:.1f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--actions", type=int, default=2000)
    parser.add_argument("--entries", type=int, default=200_000)
    given = parser.parse_args()
    start()
    write(given.actions)
    check(given.entries)


if __name__ == "__main__":
    main()
