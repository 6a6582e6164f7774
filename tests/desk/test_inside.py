"""What is inside a place is on its page: firms of a building, the building of a firm, electricity; each as far as seen."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dongche.desk import inside
from dongche.registry.models import ElectricityReading, Entity
from tests.factories.registry import place
from tests.town import DAY, SETUP_AT, Town


@pytest.fixture
def tower(town: Town) -> Entity:
    return place(town.grid_n1, "office_building", name="示例大厦")


def reading(entity: Entity, days_ago: int, kwh: str, meter: str = "") -> None:
    ElectricityReading.objects.create(
        entity=entity, meter=meter, on=DAY - timedelta(days=days_ago), kwh=Decimal(kwh), known_at=SETUP_AT
    )


def test_firms_and_their_building_lead_to_each_other_as_far_as_one_sees(town: Town, tower: Entity) -> None:
    near, far = place(town.grid_n1, building=tower), place(town.grid_n2, building=tower)
    place(town.grid_n1, building=tower, merged_into=near, merged_at=SETUP_AT)

    found = inside.of(tower, DAY, town.duty)
    assert (list(found.firms), found.count, found.building, found.electricity) == ([near, far], 2, None, None)
    assert list(inside.of(tower, DAY, town.n1).firms) == [near]
    assert inside.of(near, DAY, town.n1).building == tower
    assert inside.of(far, DAY, town.n2).building is None


def test_readings_of_all_meters_are_added_and_gaps_stay_gaps(town: Town, tower: Entity) -> None:
    for days_ago, kwh, meter in ((0, "3", ""), (2, "1.5", "1"), (2, "2", "2"), (60, "9", "1")):
        reading(tower, days_ago, kwh, meter)
    ElectricityReading.objects.filter(on=DAY).update(superseded_at=SETUP_AT)
    reading(tower, 0, "4")
    chart = inside.of(tower, DAY, town.duty).electricity

    assert chart is not None
    assert chart.series[0].values[-3:] == [Decimal("3.50"), None, Decimal("4.00")]
    assert len(chart.labels) == inside.DAYS


def test_the_page_shows_both_and_asks_as_often_for_many_firms(
    client: Client, town: Town, tower: Entity
) -> None:
    client.force_login(town.duty)
    address = reverse("desk:place", args=[tower.number])
    reading(tower, 1, "5")
    place(town.grid_n1, building=tower)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for _ in range(inside.SHOWN + 5):
        place(town.grid_n1, building=tower)
    with CaptureQueriesContext(connection) as many:
        page = client.get(address, headers={"accept-language": "en"}).content.decode()
    assert len(many) == len(few) + 1  # the count, once not all are named
    assert f"{inside.SHOWN + 6} firms" in page
    assert 'id="electricity-data"' in page
