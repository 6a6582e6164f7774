"""The list of places: what a page, a search, the count and the Excel file cost, and the points of the map.

    python bench/lists.py [--places 1000000] [--rounds 20] [--without-export] [--folder DIR]
    python scripts/postgres.py run python bench/lists.py

Lays its places by the bulk writes of an import in an instance of its own; `--folder` keeps it between runs (SQLite).
Times are the 50th and 95th percentile of CPU milliseconds of this process, and on PostgreSQL of wall milliseconds,
because the work is done by another process there. Deep pages are compared with OFFSET at the same depth; a search for
characters that nearly all names share with the plain way, which collects the ids of all it finds; the count with
counting to the end; the file with openpyxl writing the same rows, write-only.
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
from pathlib import Path
from statistics import median, quantiles
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

WORDS = "海达天顺隆昌鑫源华泰恒信永兴德利嘉和宏远瑞丰东方长城金星蓝天康平"
TRADES = ("机械", "餐饮", "商贸", "建材", "服装", "电子", "物流", "五金", "食品", "超市")
KINDS = ("enterprise", "street_shop", "nine_small_venue", "supermarket")


def spent(works: Iterable[Callable[[], Any]], now: Callable[[], float]) -> tuple[float, float]:
    """The 50th and the 95th percentile of the milliseconds of some works, each done once."""
    times = []
    for work in works:
        start = now()
        work()
        times.append((now() - start) * 1000)
    return median(times), quantiles(times, n=20, method="inclusive")[-1]


def say(what: str, times: tuple[float, float], rest: str = "") -> None:
    print(f"{what:38} p50 {times[0]:8.1f} ms   p95 {times[1]:8.1f} ms   {rest}", flush=True)


def build(count: int) -> Any:
    """Found a sub-district with `count` places that have not reported; gives its duty officer."""
    from django.db import connection, transaction

    from dongche.kit import clock
    from dongche.kit.identifiers import new_code
    from dongche.registry.imports import bulk, values
    from dongche.registry.models import Entity, Revision
    from dongche.registry.versions import DIMENSIONS
    from dongche.web.fields import search_hash
    from tests import town as founding

    with transaction.atomic():
        town = founding.build()
    grids = list(town.grids.values())
    chance = random.Random(7)
    follows: dict[int, dict[str, Any]] = {}
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
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size = -300000")
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
                        "industry": "C3412", "revenue_fen": n % 1200 * 10_000_000, "contact_phone": f"138{n:08d}",
                    }
                )  # fmt: skip
                # What follows from industry, staff and revenue comes again every 1200 places.
                if n % 1200 not in follows:
                    follows[n % 1200] = values.derived(row, on=founding.DAY, first_day=founding.START)
                row |= follows[n % 1200] | {"contact_phone_hash": search_hash(row["contact_phone"])}
                row |= {
                    "id": pk, "code": new_code(), "number": f"LS-{n:07d}", "subdistrict_id": town.subdistrict.pk,
                    "until_on": None, "fingerprint": "", "created_at": at, "updated_at": at, "entity_id": pk,
                    "known_at": at, "superseded_at": None, "source": "imported", "by_id": None, "changes": {},
                    "former": "",
                }  # fmt: skip
                rows.append(row)
            bulk.insert(Entity, columns, ([row[name] for name in columns] for row in rows))
            bulk.insert(Revision, revised, ([row[name] for name in revised] for row in rows))
    index_names()
    return town.duty


def index_names() -> None:
    """What `imports.names.index` writes, by the database: the parts of each name once, then joined to its places."""
    from django.db import connection, transaction

    from dongche.kit import chinese, pinyin
    from dongche.registry.models import Entity, NameGram, NameKey

    distinct = list(Entity.objects.order_by().values_list("name", flat=True).distinct())
    for model, column, parts in ((NameGram, "gram", chinese.grams), (NameKey, "key", pinyin.keys)):
        rows = [(name, part) for name in distinct for part in parts(chinese.normalise(name))]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE parts (name varchar(120), part varchar(12))")
            cursor.executemany("INSERT INTO parts VALUES (%s, %s)", rows)
            cursor.execute(
                f"INSERT INTO {model._meta.db_table} ({column}, entity_id) SELECT part, id"
                " FROM registry_entity JOIN parts USING (name) ORDER BY part, id"
            )
            cursor.execute("DROP TABLE parts")


def measured(given: argparse.Namespace) -> None:
    from django.db import connection
    from django.http import QueryDict

    from dongche.desk import columns, listing, place_map, saved
    from dongche.desk.filters import PlaceFilter
    from dongche.kit import clock
    from dongche.org.models import Officer
    from dongche.registry.models import Entity
    from dongche.registry.queries import Places
    from dongche.web import paging
    from tests.town import DAY

    now = time.process_time if connection.vendor == "sqlite" else time.perf_counter
    start = time.perf_counter()
    officer = Officer.objects.filter(username="duty").first() or build(given.places)
    if connection.vendor == "postgresql":
        connection.cursor().execute("VACUUM ANALYZE")
    print(
        f"{connection.vendor}: {Entity.objects.count()} places, {time.perf_counter() - start:.0f} s",
        flush=True,
    )

    def page(query: str, after: str = "") -> Any:
        form = PlaceFilter(QueryDict(query), officer=officer, today=clock.today())
        shown = saved.showing(form, officer)
        ordered, key = columns.sorted_by(form.places(), shown.sort, DAY)
        found = paging.page(ordered, key, after=after)
        form.counted(found.pager)
        listing.rows(found.rows, DAY, officer, shown=shown.columns)
        return found

    def counted(query: str) -> tuple[Any, Any]:
        form = PlaceFilter(QueryDict(query), officer=officer, today=clock.today())
        return form.total_shown, form.total

    page("")  # imports and caches
    rounds = range(given.rounds)
    chance = random.Random(5)
    say("first page (rows, people, reports, count)", spent((lambda: page("") for _ in rounds), now))
    for sort in ("name", "-staff", "community"):
        say(f"  by {sort}", spent((lambda s=sort: page(f"sort={s}") for _ in rounds), now))
    filters = (
        "category=street_shop",
        "size=micro&above_scale=0",
        "state=not_reported",
        "standing=unknown",
        "line=370203900000L01",
    )
    for query in filters:
        capped, whole = counted(query)
        count = spent((capped for _ in rounds), now)[0]
        ratio = spent((whole for _ in range(3)), now)[0] / count
        say(
            f"page of {query}",
            spent((lambda q=query: page(q) for _ in rounds), now),
            f"count {count:.1f} ms; to the end ×{ratio:.1f}",
        )
    searches = {
        "two characters": lambda: f"q={''.join(chance.sample(WORDS, 2))}",
        "two of all": lambda: "q=青岛",
        "two of many": lambda: f"q={chance.choice(TRADES)}",
        "common characters": lambda: "q=有限公司",
        "three": lambda: f"q={chance.choice(WORDS)}{chance.choice(TRADES)}",
        "initials": lambda: "q=" + "".join(chance.choices("hdtsclxyj", k=3)),
        "initials of all": lambda: "q=qd",
        "initials, whole": lambda: "q=qd" + "".join(chance.choices("hdtsclxyj", k=2)),
        "credit code": lambda: f"q=91370203{chance.randrange(given.places):010d}",
        "phone": lambda: f"q=138{chance.randrange(given.places):08d}",
        "number": lambda: f"q=LS-{chance.randrange(given.places):07d}",
    }
    for words, make in searches.items():
        say(f"search by {words}", spent((lambda m=make: page(m()) for _ in rounds), now))
    visible = Places.visible_to(officer).defer("contact_name", "contact_phone")

    def plainly() -> None:
        found = visible
        for pair in ("公司", "有限", "限公"):
            found = found.filter(pk__in=Entity.objects.filter(grams__gram=pair).values("pk"))
        found = found.filter(name__icontains="有限公司")
        paging.page(found, "number", total=found.count())

    ours = spent((lambda: page("q=有限公司") for _ in range(3)), now)[0]
    ratio = spent((plainly for _ in range(3)), now)[0] / ours
    print(f"search by common characters, plainly: ×{ratio:.0f}", flush=True)
    depth = int(given.places * 0.9)
    for column in ("number", "name"):
        after = paging._encode(visible.order_by(column, "pk")[depth], column)
        keyset = spent((lambda a=after, c=column: paging.page(visible, c, after=a) for _ in rounds), now)
        works = (lambda c=column: list(visible.order_by(c, "pk")[depth : depth + 51]) for _ in range(5))
        offset = spent(works, now)[0]
        say(f"page at 90 % by {column}", keyset, f"OFFSET {offset:.1f} ms, ×{offset / keyset[0]:.0f}")
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
# At most the first 100,000 places, by their numbers, whatever else is there.
form = PlaceFilter(QueryDict("columns=" + ",".join(names)), officer=officer, today=clock.today())
shown = saved.showing(form, officer)
shown.columns[:] = shown.columns[:27]
headers = columns.headers(shown.columns)[:30]
places = form.places().filter(number__lt="LS-0100000")
rows = (row[:30] for row in listing.export_rows(places, "number", form.chosen_day, officer, shown.columns))
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
    parser.add_argument("--folder", type=Path, help="where the instance is kept for the next run")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DONGCHE_DATA"] = str(given.folder or folder)
        begin()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        measured(given)
        for way in () if given.without_export else ("rows", "ours", "openpyxl"):
            subprocess.run([sys.executable, "-c", EXPORT, way], check=True)


if __name__ == "__main__":
    main()
