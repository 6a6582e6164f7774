"""The roster of one place: brought in from a spreadsheet and counted by state of observation.

    python bench/roster.py [--people 20000] [--by-hand 500]

CPU time of the process on a throw-away SQLite folder, in one run:

- a roster read, planned and written by the import, against the same rows put on the roster one by one by the action
  that the page calls, with its transaction and its audit entry;
- the people of the place counted by state of observation in SQL, against the plain rule for each of them in Python;
- one page of fifty filtered by state, at the beginning and deep in the list;
- somebody found among them by the last four characters of the number.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

FOLDER = Path(tempfile.mkdtemp(prefix="dongche-bench-"))
os.environ |= {"DONGCHE_DATA": str(FOLDER), "DJANGO_SETTINGS_MODULE": "dongche.config.settings"}
os.environ.pop("DATABASE_URL", None)

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.utils import translation  # noqa: E402

from dongche.kit.clock import now  # noqa: E402
from dongche.kit.identifiers import make_resident_id  # noqa: E402
from dongche.org import actions as org  # noqa: E402
from dongche.org.audit import System  # noqa: E402
from dongche.registry import actions, importing  # noqa: E402
from dongche.registry.models import Entity  # noqa: E402
from dongche.registry.queries import People, counted, observation_of  # noqa: E402
from dongche.registry.roster import template  # noqa: E402
from dongche.registry.roster.rows import read_person  # noqa: E402
from dongche.web import paging  # noqa: E402

BY = System("bench")
ON = date(2020, 3, 20)
WAYS = (("", "本市"), ("山东潍坊", "省内"), ("河南商丘", "省外"), ("湖北黄冈", "湖北"), ("韩国", "境外"))


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    began = cpu()
    found = run()
    return cpu() - began, found


def somebody(n: int, chance: random.Random) -> dict[str, Any]:
    born = date(1965, 1, 1) + timedelta(days=chance.randrange(12000))
    place, origin = chance.choice(WAYS)
    return {
        "name": f"样例{n}",
        "document_number": make_resident_id(f"37{n // 1000 % 10000:04d}{born:%Y%m%d}{n % 1000:03d}"),
        "phone": f"199{n:08d}",
        "job": "操作工",
        "origin_place": place,
        "origin": origin,
        "arrived_on": date(2020, 3, 1) + timedelta(days=chance.randrange(20)) if place else None,
        "health_code": chance.choice(("绿码", "黄码", "")),
        "temperature": 36.5,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--by-hand", type=int, default=500)
    asked = parser.parse_args()
    call_command("migrate", verbosity=0)
    town = org.create_unit(
        kind="subdistrict",
        code="370203900000",
        name="湖滨街道",
        parent=None,
        from_on=ON,
        reason="bench",
        by=BY,
        at=now(),
    )
    shops = [
        Entity.objects.create(
            number=f"FX-{n}", subdistrict=town, name=f"示范{n}号", category="enterprise", from_on=ON, fingerprint="",
            created_at=now(), updated_at=now(),
        )
        for n in (1, 2)
    ]  # fmt: skip
    chance = random.Random(7)
    people = [somebody(n, chance) for n in range(asked.people)]
    file = FOLDER / "roster.xlsx"
    with file.open("wb") as book, translation.override("zh-hans"):
        template.write(book, shops[0].name, people)

    spent, outcome = timed(
        lambda: importing.import_file(file, subdistrict=town, kind="roster", entity=shops[0], by=BY, at=now())
    )
    assert outcome.counts["new"] == asked.people, outcome.counts
    each = spent / asked.people

    def by_hand() -> None:
        for cells in people[: asked.by_hand]:
            row = read_person(cells, on=ON)
            assert isinstance(row, dict)
            actions.enter_person(place=shops[1], given=row, by=BY, at=now())

    slow = timed(by_hand)[0] / asked.by_hand
    print(f"import   {spent:7.2f} s for {asked.people} people, {each * 1e6:6.0f} µs each")
    print(f"by hand  {slow * 1e6:6.0f} µs each: the import is {slow / each:.1f} times as quick")

    listed = People.unscoped(reason="bench of every row").filter(entity=shops[0])
    quick, found = timed(lambda: counted(shops[0], ON).states)
    plain, reference = timed(
        lambda: Counter(observation_of(person, ON).state for person in listed.on_roster(ON))
    )
    assert dict(found) == dict(reference), (found, reference)
    print(
        f"count    {quick * 1e3:7.1f} ms in SQL and notes, {plain * 1e3:7.1f} ms by the plain rule: {plain / quick:.1f}"
    )

    mine = listed
    first, page = timed(lambda: paging.page(mine.in_state("required", ON), "pk"))
    cursor = page.pager.next
    for _ in range(20):
        if cursor is None:
            break
        deep, page = timed(lambda after=cursor: paging.page(mine.in_state("required", ON), "pk", after=after))
        cursor = page.pager.next
    print(f"page     {first * 1e3:6.1f} ms the first fifty, {deep * 1e3:6.1f} ms the twenty-first")
    ending = people[asked.people // 2]["document_number"][-4:]
    spent, hits = timed(lambda: list(mine.matching(ending)))
    print(f"search   {spent * 1e3:6.1f} ms for the last four characters, {len(hits)} found")


if __name__ == "__main__":
    try:
        main()
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
