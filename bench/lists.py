"""The list of places: what a page, a search, the count and the Excel file cost, and the points of the map.

    python bench/lists.py [--places 100000] [--rounds 20] [--without-openpyxl]
    python scripts/postgres.py run python bench/lists.py

Builds its places by bulk writes in an instance of its own. Times are CPU seconds of this process, and on PostgreSQL
wall seconds, because the work is done by another process there. Deep pages are compared with OFFSET at the same depth,
the file with openpyxl writing the same rows, write-only.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from statistics import quantiles
from typing import Any

WORDS = "海达天顺隆昌鑫源华泰恒信永兴德利嘉和宏远瑞丰东方长城金星蓝天康平"
TRADES = ("机械", "餐饮", "商贸", "建材", "服装", "电子", "物流", "五金", "食品", "超市")
KINDS = ("enterprise", "street_shop", "nine_small_venue", "supermarket")


def p95(works: Iterable[Callable[[], Any]], now: Callable[[], float]) -> float:
    """The 95th percentile of the milliseconds of some works, each done once."""
    spent = []
    for work in works:
        start = now()
        work()
        spent.append((now() - start) * 1000)
    return quantiles(spent, n=20)[-1]


def build(count: int) -> Any:
    """Found a sub-district with `count` places and their reports' absence; gives its duty officer."""
    from django.db import transaction

    from dongche.kit import chinese, clock
    from dongche.kit.identifiers import new_code
    from dongche.registry.imports import bulk, names, values
    from dongche.registry.models import Entity, Revision
    from dongche.registry.versions import DIMENSIONS
    from tests import town as founding

    with transaction.atomic():
        town = founding.build()
    grids = list(town.grids.values())
    chance = random.Random(7)
    at = clock.now()
    columns = (
        "id",
        "code",
        "number",
        "subdistrict_id",
        *values.ALL,
        "until_on",
        "fingerprint",
        "created_at",
        "updated_at",
    )
    revised = ("entity_id", "known_at", "superseded_at", "source", "by_id", "changes", "former", *DIMENSIONS)
    for first in range(0, count, 10_000):
        with transaction.atomic():
            bulk.lock()
            Entity.objects.filter(pk=0).update(number="")  # a write, so that ids may be taken
            rows = []
            for n, pk in enumerate(bulk.next_ids(Entity, min(10_000, count - first)), first):
                grid = grids[n % len(grids)]
                name = f"青岛{''.join(chance.choices(WORDS, k=2))}{chance.choice(TRADES)}有限公司"
                row = values.complete(
                    {
                        "name": name, "category": KINDS[n % 4], "community_id": grid.parent_id, "grid_id": grid.pk,
                        "lon": 120.3 + chance.random() / 10, "lat": 36.0 + chance.random() / 10,
                        "credit_code": f"91370203{n:010d}", "staff_count": n % 400, "address": f"阜新路{n % 900}号",
                        "industry": "C3412", "revenue_fen": n * 1000, "contact_phone": f"138{n:08d}",
                    }
                )  # fmt: skip
                row |= values.derived(row, on=founding.DAY, first_day=founding.START)
                row |= {
                    "id": pk, "code": new_code(), "number": f"LS-{n:07d}", "subdistrict_id": town.subdistrict.pk,
                    "until_on": None, "fingerprint": "", "created_at": at, "updated_at": at, "entity_id": pk,
                    "known_at": at, "superseded_at": None, "source": "imported", "by_id": None, "changes": {},
                    "former": "",
                }  # fmt: skip
                rows.append(row)
            bulk.insert(Entity, columns, ([row[name] for name in columns] for row in rows))
            bulk.insert(Revision, revised, ([row[name] for name in revised] for row in rows))
            names.index([(row["id"], chinese.normalise(row["name"])) for row in rows])
    return town.duty


def measured(given: argparse.Namespace) -> None:
    from django.db import connection
    from django.http import QueryDict

    from dongche.desk import columns, listing, place_map, saved
    from dongche.desk.filters import PlaceFilter
    from dongche.kit import clock
    from dongche.registry.queries import Places
    from dongche.web import paging
    from tests.town import DAY

    now = time.process_time if connection.vendor == "sqlite" else time.perf_counter
    start = time.perf_counter()
    officer = build(given.places)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    print(f"{connection.vendor}: {given.places} places built in {time.perf_counter() - start:.0f} s")

    def page(query: str, after: str = "") -> Any:
        form = PlaceFilter(QueryDict(query), officer=officer, today=clock.today())
        shown = saved.showing(form, officer)
        ordered, key = columns.sorted_by(form.places(), shown.sort, DAY)
        found = paging.page(ordered, key, after=after, total=form.total())
        listing.rows(found.rows, DAY, officer, shown=shown.columns)
        return found

    page("")  # imports and caches
    rounds = range(given.rounds)
    chance = random.Random(5)
    print(
        f"first page p95 {p95((lambda: page('') for _ in rounds), now):8.1f} ms (rows, people, reports, count)"
    )
    for sort in ("name", "-staff", "community"):
        print(f"  by {sort:10} p95 {p95((lambda s=sort: page(f'sort={s}') for _ in rounds), now):8.1f} ms")
    searches = {
        "two characters": lambda: f"q={''.join(chance.sample(WORDS, 2))}",
        "common characters": lambda: "q=有限公司",
        "initials": lambda: "q=" + "".join(chance.choices("hdtsclxyj", k=3)),
        "initials, whole": lambda: "q=qd" + "".join(chance.choices("hdtsclxyj", k=2)),
        "credit code": lambda: f"q=91370203{chance.randrange(given.places):010d}",
        "phone": lambda: f"q=138{chance.randrange(given.places):08d}",
        "number": lambda: f"q=LS-{chance.randrange(given.places):07d}",
    }
    for words, make in searches.items():
        spent = p95((lambda m=make: page(m()) for _ in rounds), now)
        print(f"search by {words:18} p95 {spent:8.1f} ms")
    visible, depth = (
        Places.visible_to(officer).defer("contact_name", "contact_phone"),
        int(given.places * 0.9),
    )
    for column in ("number", "name"):
        edge = visible.order_by(column, "pk")[depth]
        after = paging._encode(edge, column)
        keyset = p95((lambda a=after, c=column: paging.page(visible, c, after=a) for _ in rounds), now)
        offset = p95(
            (lambda c=column: list(visible.order_by(c, "pk")[depth : depth + 51]) for _ in rounds), now
        )
        print(
            f"page at 90 % by {column}: keyset p95 {keyset:.1f} ms, OFFSET {offset:.1f} ms, ratio {offset / keyset:.0f}"
        )
    start = now()
    points = place_map.points(Places.visible_to(officer), DAY)
    print(f"map: {len(points['numbers'])} points in {(now() - start) * 1000:.0f} ms, more: {points['more']}")


EXPORT = """
import sys, time, tempfile
from bench.lists import begin
begin()
from django.http import QueryDict
from dongche.desk import columns, listing, saved
from dongche.desk.filters import PlaceFilter
from dongche.kit import clock
from dongche.org.models import Officer
from dongche.web import spreadsheets
officer = Officer.objects.get(username="duty")
names = [name for name in columns.ALL if name not in ("size_why", "above_why")]
form = PlaceFilter(QueryDict("columns=" + ",".join(names)), officer=officer, today=clock.today())
shown = saved.showing(form, officer)
shown.columns[:] = shown.columns[:27]
headers = columns.headers(shown.columns)[:30]
rows = (row[:30] for row in listing.export_rows(form.places(), "number", form.chosen_day, officer, shown.columns))
def peak():
    # of this program; what getrusage says goes back to the one that started it
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) / 1024
before = peak()
start = time.process_time()
with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
    if sys.argv[1] == "ours":
        count = spreadsheets.write_rows(file, headers, rows)
    elif sys.argv[1] == "rows":
        count = sum(1 for _ in rows)
    else:
        import openpyxl
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        sheet.append(headers)
        count = 0
        for row in rows:
            sheet.append([value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value for value in row])
            count += 1
        book.save(file)
spent = time.process_time() - start
print(f"{sys.argv[1]:9} {count} x {len(headers)}: {spent:.1f} CPU s, peak {peak():.0f} MB ({before:.0f} before)")
"""


def begin() -> None:
    """Make the house ready: settings and the clock of the town."""
    from datetime import UTC, datetime

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dongche.config.settings")
    import django

    django.setup()
    from dongche.kit import clock
    from tests.town import NOW

    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--without-export", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DONGCHE_DATA"] = folder
        begin()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        measured(given)
        for way in () if given.without_export else ("rows", "ours", "openpyxl"):
            subprocess.run([sys.executable, "-c", EXPORT, way], check=True)


if __name__ == "__main__":
    main()
