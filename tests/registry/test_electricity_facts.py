"""Usual days of electricity: means of readings, each as it was believed at its time, the same on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from dongche.registry import facts
from dongche.registry.models import ElectricityReading
from tests.factories.registry import place as make_place
from tests.town import Town

pytestmark = pytest.mark.django_db
MARCH = date(2020, 3, 20)
FIRST, SECOND, THIRD = (datetime(2020, 3, day, 1, tzinfo=UTC) for day in (1, 5, 9))


def read(
    place: Any, on: date, kwh: str, known_at: datetime = FIRST, until: datetime | None = None, meter: str = ""
) -> None:
    ElectricityReading.objects.create(
        entity=place, meter=meter, on=on, kwh=Decimal(kwh), known_at=known_at, superseded_at=until
    )


def told(days: list[date]) -> list[tuple[Any, ...]]:
    rows = facts.baselines(days).to_pylist()
    names = ("basis", "from_on", "until_on", "known_at", "superseded_at", "amount", "days")
    return sorted((tuple(row[name] for name in names) for row in rows), key=str)


def test_means_are_of_the_days_read_and_keep_what_was_believed(town: Town) -> None:
    place = make_place(town.grid_n1)
    read(place, date(2019, 12, 1), "10.01")
    read(place, date(2019, 12, 2), "20.00", until=SECOND)
    read(place, date(2019, 12, 2), "5.00", SECOND)
    read(place, date(2019, 12, 2), "1.00", SECOND, THIRD, meter="b")
    read(place, date(2019, 3, 31), "7.5", until=THIRD)
    read(place, date(2019, 4, 1), "99")
    january, march, april = date(2020, 1, 1), date(2020, 3, 1), date(2020, 4, 1)
    assert told([MARCH]) == [
        ("dec_2019", january, None, FIRST, SECOND, 15005, 2),
        ("dec_2019", january, None, SECOND, THIRD, 8005, 2),
        ("dec_2019", january, None, THIRD, None, 7505, 2),
        ("same_period", march, april, FIRST, THIRD, 7500, 1),
    ]


def test_no_reading_is_no_baseline_and_no_day_no_row(town: Town) -> None:
    assert told([MARCH]) == []
    assert facts.baselines([]).num_rows == facts.electricity([]).num_rows == 0
    assert facts.electricity_version() == ""


def test_readings_of_a_day_are_watt_hours_by_meter(town: Town) -> None:
    place = make_place(town.grid_n1)
    read(place, MARCH, "0.29")
    read(place, MARCH, "3", until=SECOND, meter="b")
    rows = facts.electricity([MARCH]).to_pylist()
    assert sorted((row["meter"] or "", row["energy_wh"], row["superseded_at"]) for row in rows) == [
        ("", 290, None),
        ("b", 3000, SECOND),
    ]
    assert facts.electricity([MARCH], only_current=True).num_rows == 1
