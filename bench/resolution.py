"""Who answers for what: a whole list at once against one place after the other, and the proof of coverage.

    python bench/resolution.py [--places 100000] [--many 1000000] [--singly 300]
    python scripts/postgres.py run python bench/resolution.py --on-postgres

Places are drawn straight into the tables of a throw-away database, SQLite unless told otherwise: 9 communities of 80
grids each, five line rules, a sponsor for all but one community, a worker for nine grids in ten, one worker in ten on
leave. CPU time of the process, which includes the database only with SQLite, and the time that passed. Named
alternative: asking for each place by itself, as a page that resolves in a loop would (`responsible_for`).
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="dongche-bench-"))
os.environ |= {"DONGCHE_DATA": str(FOLDER), "DJANGO_SETTINGS_MODULE": "dongche.config.settings"}
if "--on-postgres" not in sys.argv:
    os.environ.pop("DATABASE_URL", None)

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402

from dongche.org import actions  # noqa: E402
from dongche.org.audit import System  # noqa: E402
from dongche.org.models import Officer, Unit  # noqa: E402
from dongche.registry import queries  # noqa: E402
from dongche.registry.imports import bulk  # noqa: E402
from dongche.registry.models import Category, Entity  # noqa: E402
from dongche.registry.queries import Places, gaps  # noqa: E402

BY, ON = System("bench"), date(2020, 3, 20)
START, AT = date(2020, 2, 3), datetime(2020, 2, 3, tzinfo=UTC)
COMMUNITIES, GRIDS = 9, 80
NAMES = [field.name for field in Entity._meta.concrete_fields]


def organise() -> tuple[Unit, list[Unit]]:
    def unit(kind: str, code: str, parent: Unit | None) -> Unit:
        return actions.create_unit(
            kind=kind, code=code, name=code, parent=parent, from_on=START, by=BY, at=AT
        )

    def officer(username: str, unit: Unit, role: str) -> Officer:
        one = actions.create_officer(username=username, name=username, by=BY, at=AT)
        actions.appoint(officer=one, unit=unit, role=role, from_on=START, by=BY, at=AT)
        if role == "grid_worker" and one.pk % 10 == 0:
            actions.take_leave(officer=one, from_on=ON, by=BY, at=AT)
        return one

    street = unit("subdistrict", "370203900000", None)
    headquarters = unit("headquarters", "370203900000H", street)
    for number, category in enumerate((*list(Category)[1:5], ""), 1):
        department = unit("department", f"370203900000L{number}", headquarters)
        officer(f"line{number}", department, "department_officer")
        actions.set_line_rule(
            department=department, priority=number, category=category, from_on=START, by=BY, at=AT
        )
    grids = []
    for c in range(COMMUNITIES):
        community = unit("community", f"370203900{c + 1:03d}", street)
        officer(f"community{c}", community, "community_secretary")
        if c:
            leader = officer(f"leader{c}", headquarters, "division_leader")
            actions.sponsor_community(leader=leader, community=community, from_on=START, by=BY, at=AT)
        for g in range(GRIDS):
            grid = unit("grid", f"{community.code}{g + 1:03d}", community)
            grids.append(grid)
            if g % 10:
                officer(f"grid{c}.{g}", grid, "grid_worker")
    return street, grids


def fill(street: Unit, grids: list[Unit], first: int, last: int) -> None:
    blank = {
        field.name: "" if field.default == "" else field.get_default()
        for field in Entity._meta.concrete_fields
    }
    blank |= {
        "subdistrict": street.pk,
        "from_on": START,
        "fingerprint": "",
        "created_at": AT,
        "updated_at": AT,
    }

    def rows() -> Iterator[list[object]]:
        for n in range(first, last):
            grid = grids[n * 7919 % len(grids)]
            row = blank | {
                "id": n,
                "code": f"BENCH{n:09d}",
                "number": f"B-{n:08d}",
                "name": f"示例{n}",
                "community": grid.community_id,
                "grid": grid.pk,
                "category": Category.values[n % 8],
                "focus": "key_enterprise" if n % 50 == 0 else "",
                "section": "CFGHO"[n % 5],
            }
            yield [row[name] for name in NAMES]

    bulk.insert(Entity, NAMES, rows())


def now() -> tuple[float, float]:
    return time.process_time(), time.perf_counter()


def timed(label: str, count: int, began: tuple[float, float]) -> float:
    """Print what was used since then, and give the places for each second that passed."""
    used, passed = (after - before for after, before in zip(now(), began, strict=True))
    print(f"  {label:52} {used:8.2f} s of CPU {passed:8.2f} s in all   {count / passed:12,.0f} places/s")
    return count / passed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--places", type=int, default=100_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--singly", type=int, default=300)
    parser.add_argument("--on-postgres", action="store_true", help="use DATABASE_URL, an empty database")
    asked = parser.parse_args()
    try:
        call_command("migrate", verbosity=0)
        street, grids = organise()
        fill(street, grids, 1, asked.places + 1)
        everything = Places.unscoped(reason="benchmark")
        print(f"{asked.places:,} places, {len(grids)} grids")

        began = now()
        resolved = dict(everything.resolved(ON))
        together = timed("resolved as a list (6 queries)", len(resolved), began)

        began = now()
        for place in everything.order_by("pk")[: asked.singly]:
            assert [a.officer for a in queries.responsible_for(place, ON)] == [
                a.officer for a in resolved[place.pk]
            ]
        singly = timed(f"one after the other ({asked.singly} of them)", asked.singly, began)
        print(f"  ratio {together / singly:,.0f}")

        began = now()
        proof = gaps.coverage(everything, ON)
        timed(f"coverage: {proof.covered:,} covered, {len(proof.gaps)} gaps", proof.places, began)

        fill(street, grids, asked.places + 1, asked.many + 1)
        began = now()
        proof = gaps.coverage(everything, ON)
        timed(f"coverage: {proof.covered:,} covered, {len(proof.gaps)} gaps", proof.places, began)
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main()
