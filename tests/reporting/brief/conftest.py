"""A day in the town with something for every section of the brief.

North: twelve shops (affairs) and two key enterprises (economy) with output; South: six shops. One shop is excluded.
Yesterday eight shops and one enterprise were open.
Today all that reported: North shops 1–8 open, 9 closed, 10–12 silent; both enterprises open; South 1–3 open, 4 closed
(it was open yesterday), 5 silent (it was open yesterday), 6 never reports.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from dongche.kit import clock
from dongche.reporting import figures
from tests.factories.registry import exclude, place
from tests.factories.reporting import report
from tests.town import DAY, Town

YESTERDAY = DAY - timedelta(days=1)
SHOWN = datetime(2020, 3, 20, 10, 30, tzinfo=UTC)


def at(day: date, hour: int) -> datetime:
    """An instant by its Beijing hour."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=clock.BEIJING).astimezone(UTC)


@pytest.fixture(autouse=True)
def evening() -> Iterator[None]:
    """It is 18:30 on the day, and nothing was computed before."""
    started = datetime.now(UTC)
    clock.use(clock.SlowClock(shown=SHOWN, started=started))
    figures.forget()
    yield
    clock.use(None)
    figures.forget()


@pytest.fixture
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def day(town: Town) -> Town:
    """The town with the reports of two days."""
    north = [place(town.grid_n1, name=f"北区示例店{n:02d}") for n in range(1, 13)]
    firms = [place(town.grid_n2, "enterprise", name=f"喆堃燊科技{n}", focus="key_enterprise") for n in (1, 2)]
    south = [place(town.grid_s1, name=f"南区示例店{n:02d}") for n in range(1, 7)]
    exclude(place(town.grid_s2, name="歇业示例店"))
    for shop in [*north[:6], south[3], south[4]]:
        report(shop, on=YESTERDAY, known_at=at(YESTERDAY, 16))
    report(
        firms[0], on=YESTERDAY, known_at=at(YESTERDAY, 16), output_fen=80_000_00, output_normal_fen=100_000_00
    )

    for n, shop in enumerate(north[:8], 1):
        report(
            shop,
            "open" if n % 2 else "part",
            known_at=at(DAY, 9 + n),  # the eighth comes at 17:00, in time
            staff_due=10,
            staff_at_post=8,
            abnormal_temperature=0,
            mask_days=n,
            difficulties=["supplies", "staff"] if n < 4 else [],
        )
    report(north[8], "closed", known_at=at(DAY, 18), difficulties=["funds"])
    report(firms[0], output_fen=2_345_678_99, output_normal_fen=1_500_000_00, known_at=at(DAY, 10))
    report(firms[1], output_fen=10_000_00, known_at=at(DAY, 10))
    for shop in south[:3]:
        report(shop, known_at=at(DAY, 11), abnormal_temperature=2, staff_at_post=5, difficulties=["staff"])
    report(south[3], "closed", known_at=at(DAY, 12), difficulties=["staff"])
    return town
