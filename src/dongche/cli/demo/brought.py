"""Files that were brought in besides the register: the firms of an office building, six weeks of electricity, and a
wrong file that was undone.

Of the winter before there are readings too, so that the usual day of each firm is known. The readings follow what the
firms reported, but for two: one says that it is open and uses no more than before, one that
it is not and works.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import numpy as np
import xlsxwriter
from django.conf import settings
from django.db.models import Min

from dongche.cli.demo.scene import FIRST, LAST
from dongche.cli.reading import REASON
from dongche.kit.clock import BEIJING
from dongche.org.audit import Actor
from dongche.org.models import Unit
from dongche.org.queries import Officers
from dongche.registry import actions
from dongche.registry.importing import import_file, undo
from dongche.registry.models import Category, Entity, Focus, ImportBatch
from dongche.registry.queries import Places
from dongche.reporting.models import State
from dongche.reporting.queries import Reports

FIRMS: Final = 36
DAYS: Final = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days)]  # the last day is read tomorrow
TENANTS_AT = datetime.combine(date(2020, 3, 5), time(11), BEIJING)
# December 2019, and every third day of February and March 2019: the months that the power company compares with.
WINTER: Final = [date(2019, 12, 1) + timedelta(days=n) for n in range(31)]
YEAR_BEFORE: Final = [date(2019, 2, 1) + timedelta(days=n) for n in range(0, 59, 3)]
READ_AT = datetime.combine(LAST, time(9), BEIJING)
USUAL_AT = READ_AT - timedelta(hours=1)
WRONG_AT = datetime.combine(LAST, time(14), BEIJING)
IDLE, HABIT, PER_HEAD = (
    0.13,
    9.0,
    3.2,
)  # share of the usual that nobody at work uses; kWh a day, and for each worker


def load(subdistrict: Unit, seed: int) -> None:
    """Bring in the firms of one building, the readings, and a file of readings that is taken back."""
    by = Officers.unscoped(reason=REASON).get(username="duty")
    _tenants(subdistrict, by)
    before = list(_usual(np.random.default_rng([seed, 10])))
    bring("用电量2019基期.xlsx", before, ImportBatch.Kind.ELECTRICITY, subdistrict, by, USUAL_AT)
    rows = list(_readings(np.random.default_rng([seed, 9])))
    bring("用电量202002-202003.xlsx", rows, ImportBatch.Kind.ELECTRICITY, subdistrict, by, READ_AT)
    late = [
        row | {"日用电量（千瓦时）": row["日用电量（千瓦时）"] * 10}
        for row in rows
        if row["用电日期"] >= DAYS[-2]
    ]
    batch = bring("用电量补报0318-0319.xlsx", late, ImportBatch.Kind.ELECTRICITY, subdistrict, by, WRONG_AT)
    at = WRONG_AT + timedelta(minutes=20)
    reason = "倍率算错，全部读数放大了十倍，作废重报（示范数据）"
    undo(actions.begin_undo(batch=batch, reason=reason, by=by, at=at), by=by, at=at)


def bring(
    name: str, rows: Sequence[dict[str, Any]], kind: str, subdistrict: Unit, by: Actor, at: datetime
) -> ImportBatch:
    """Write the rows as a spreadsheet and bring it in by the ordinary import."""
    file = settings.DATA / "demo" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("示范数据")
        sheet.write_row(0, 0, list(rows[0]))
        for number, row in enumerate(rows, 1):
            sheet.write_row(number, 0, row.values())
    return import_file(file, subdistrict=subdistrict, kind=kind, by=by, at=at).batch


def _tenants(subdistrict: Unit, by: Actor) -> None:
    """The small firms in the grid of an office building have their rooms in it."""
    known = Places.unscoped(reason=REASON).filter(until_on__isnull=True).order_by("number")
    firms = known.filter(category=Category.ENTERPRISE, focus="")
    by_grid = Counter(firms.values_list("grid", flat=True))
    towers = known.filter(category=Category.OFFICE_BUILDING).select_related("community", "grid")
    tower = max(towers, key=lambda one: (by_grid[one.grid_id or 0], one.number))
    rows = [
        {
            "所在楼宇": tower.name,
            "房号": f"{3 + n}0{1 + n % 4}室",
            "入驻企业": firm.name,
            "统一社会信用代码": firm.credit_code,
        }
        for n, firm in enumerate(firms.filter(grid=tower.grid_id)[:12])
    ]
    if rows:
        bring("楼宇入驻企业.xlsx", rows, ImportBatch.Kind.TENANTS, subdistrict, by, TENANTS_AT)


def _metered() -> list[Entity]:
    """Key enterprises, and the places of the grid of which there are rosters too."""
    known = Places.unscoped(reason=REASON).filter(until_on__isnull=True).order_by("number")
    return list(known.filter(focus=Focus.KEY_ENTERPRISE)[:FIRMS])


def _readings(random: np.random.Generator) -> Iterable[dict[str, Any]]:
    firms = _metered()
    reports = Reports.unscoped(reason=REASON).filter(
        entity__in=firms, superseded_at__isnull=True, state__in=(State.OPEN, State.PART)
    )
    opened = dict(reports.values_list("entity").annotate(first=Min("on")))
    # Of those that say on the last day read that they are open, one is not; of those that say they are not, one is.
    last = dict(
        Reports.unscoped(reason=REASON)
        .filter(entity__in=firms, superseded_at__isnull=True, on=DAYS[-1])
        .values_list("entity", "state")
    )
    idle = next((firm.pk for firm in firms[4:] if last.get(firm.pk) == State.OPEN), None)
    busy = next((firm.pk for firm in firms if last.get(firm.pk) == State.CLOSED), None)
    for n, firm in enumerate(firms):
        usual = HABIT + PER_HEAD * (firm.staff_count or 5)
        first = {idle: None, busy: FIRST}.get(firm.pk, opened.get(firm.pk))
        for on, noise in zip(DAYS, random.normal(1, 0.06, len(DAYS)), strict=True):
            share = IDLE if first is None or on < first else min(1.0, 0.55 + 0.05 * (on - first).days)
            if share > IDLE and on.weekday() == 6:
                share *= 0.6
            yield _row(n, firm, on, usual * share * max(noise, 0.7))


def _usual(random: np.random.Generator) -> Iterable[dict[str, Any]]:
    """What the same firms used when nothing was the matter."""
    days = [*YEAR_BEFORE, *WINTER]
    for n, firm in enumerate(_metered()):
        usual = HABIT + PER_HEAD * (firm.staff_count or 5)
        for on, noise in zip(days, random.normal(1, 0.06, len(days)), strict=True):
            share = 0.6 if on.weekday() == 6 else 1.0
            yield _row(n, firm, on, usual * share * max(noise, 0.7) * (1.0 if on in WINTER else 0.9))


def _row(n: int, firm: Entity, on: date, kwh: float) -> dict[str, Any]:
    return {
        "用电户号": f"3702{900_001 + n:06d}",
        "户名": firm.name,
        "统一社会信用代码": firm.credit_code,
        "用电日期": on,
        "日用电量（千瓦时）": round(float(kwh), 1),
    }
