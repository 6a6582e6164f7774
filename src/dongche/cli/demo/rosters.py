"""Rosters of some places of the demonstration, filled into the empty form as a place would, brought in by the import.

The people are made up and look it: 样例 and a pair of cyclical characters for a name, phones that begin with 19900, and
identity numbers whose first six digits, 370299, are no division of GB/T 2260: valid in form, issued to nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from django.conf import settings
from django.utils import translation

from dongche.cli.demo.scene import LAST, SUBDISTRICT
from dongche.cli.reading import REASON
from dongche.kit.clock import BEIJING
from dongche.kit.identifiers import make_resident_id
from dongche.org.audit import System, together
from dongche.org.models import Unit
from dongche.registry import actions
from dongche.registry.importing import import_file
from dongche.registry.models import Category, Entity, Focus, ImportBatch, Person
from dongche.registry.queries import People, Places
from dongche.registry.roster import template

BROUGHT_AT = datetime.combine(date(2020, 3, 16), time(10), BEIJING)
AREA = "370299"
STEMS, BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
JOBS = ("收银", "理货", "后厨", "保洁", "仓管", "操作工", "质检", "文员", "司机", "值班")
# Where from, by what, with which code, how often of 100.
WAYS = (
    ("", "", "", "绿码", 58),
    ("山东省潍坊市", "省内市外", "自驾", "绿码", 12),
    ("河南省商丘市", "外省", "火车", "绿码", 10),
    ("江苏省徐州市", "外省", "客车", "", 8),
    ("安徽省阜阳市", "外省", "火车", "黄码", 6),
    ("湖北省黄冈市", "湖北", "火车", "绿码", 2),
    ("韩国", "境外", "飞机", "", 4),
)
MEASURED = 2  # places whose people are measured on the last two days


def load(subdistrict: Unit, seed: int, by: System) -> int:
    """This function will bring in six rosters and temperatures of two of them, and give how many people there are."""
    random = np.random.default_rng([seed, 7])
    turn = 0
    chosen = _chosen()
    for place in chosen:
        count = int(min(max(place.staff_count or 8, 8), 30))
        file = settings.DATA / "demo" / f"roster-{place.number}.xlsx"
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as book, translation.override("zh-hans"):
            template.write(book, place.name, _people(count, turn, random))
        turn += count
        import_file(
            file, subdistrict=subdistrict, kind=ImportBatch.Kind.ROSTER, entity=place, by=by, at=BROUGHT_AT
        )
    _measure(chosen[:MEASURED], random, by)
    return turn


def _chosen() -> list[Entity]:
    """Two key enterprises, two places of the grid whose worker can sign in, a site and a market, each with staff."""
    places = Places.unscoped(reason=REASON).filter(until_on__isnull=True).order_by("number")
    grid = f"{SUBDISTRICT[:9]}002001"
    of = (
        (places.filter(focus=Focus.KEY_ENTERPRISE, community__code=f"{SUBDISTRICT[:9]}002"), 2),
        (places.filter(grid__code__startswith=grid), 2),
        (places.filter(category=Category.CONSTRUCTION_SITE), 1),
        (places.filter(category=Category.FARM_PRODUCE_MARKET), 1),
    )
    found: dict[int, Entity] = {}
    for rows, most in of:
        for place in [one for one in rows[: most + 2] if one.pk not in found][:most]:
            found[place.pk] = place
    return list(found.values())


def _people(count: int, first: int, random: np.random.Generator) -> Iterator[dict[str, Any]]:
    weights = np.array([way[-1] for way in WAYS]) / 100
    for n in range(first, first + count):
        origin_place, origin, transport, code, _share = WAYS[int(random.choice(len(WAYS), p=weights))]
        born = date(1965, 1, 1) + timedelta(days=int(random.integers(0, 365 * 35)))
        arrived = date(2020, 2, 24) + timedelta(days=int(random.integers(0, 22))) if origin else None
        yield {
            "name": f"样例{STEMS[n % 10]}{BRANCHES[n % 12]}",
            "sex": "男" if n % 2 else "女",
            "document_type": "居民身份证",
            "document_number": make_resident_id(f"{AREA}{born:%Y%m%d}{n % 1000:03d}"),
            "phone": f"19900{100000 + n:06d}",
            "job": JOBS[int(random.integers(len(JOBS)))],
            "origin_place": origin_place,
            "origin": origin or "未离青",
            "arrived_on": arrived,
            "transport": transport,
            "health_code": code,
            "temperature": round(float(random.normal(36.5, 0.2)), 1) if origin else None,
            "symptoms": "无" if origin else None,
            "had_contact": "否",
            "at_post_on": date(2020, 2, 20) if not origin else None,
        }


def _measure(places: Sequence[Entity], random: np.random.Generator, by: System) -> None:
    """Temperatures of the last two mornings; one person has a fever on the last."""
    people: list[Person] = list(
        People.unscoped(reason=REASON).filter(entity__in=places).select_related("entity").order_by("pk")
    )
    with together():
        for on in (LAST - timedelta(days=1), LAST):
            for n, person in enumerate(people):
                has_fever = on == LAST and n == len(people) // 2
                degrees = (
                    37.6 if has_fever else round(float(np.clip(random.normal(36.4, 0.2), 35.9, 37.0)), 1)
                )
                actions.note_health(
                    person=person,
                    on=on,
                    half="am",
                    temperature=str(degrees),
                    symptoms="none",
                    by=by,
                    at=datetime.combine(on, time(8, 30), BEIJING),
                )
