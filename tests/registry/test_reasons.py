"""Why the facts that follow from others are as they are."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import translation

from dongche.registry.models import Entity
from dongche.registry.reasons import reasons
from tests.town import DAY


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def shop(**values: object) -> Entity:
    return Entity(category="enterprise", **values)


@pytest.mark.parametrize(
    ("values", "name", "said"),
    [
        ({}, "size", "The size class is unknown: the industry is missing."),
        ({"industry": "C3412", "staff_count": 300}, "size", "needs the yearly revenue"),
        (
            {"industry": "C3412", "staff_count": 300, "revenue_fen": 1999_000000},
            "size",
            "lowest of its indicators",
        ),
        ({"industry": "G54", "revenue_fen": 1500_000000}, "above_scale", "Above scale"),
        ({"industry": "G54"}, "above_scale", "Not known whether above scale"),
    ],
)
def test_each_fact_says_why(values: dict[str, object], name: str, said: str):
    assert said in reasons(shop(**values), DAY)[name]


def test_the_standard_of_the_day_decides():
    place = shop(industry="G54", revenue_fen=1500_000000)
    assert reasons(place, date(2020, 3, 20))["above_scale"].startswith("Above scale")
    assert reasons(place, date(2021, 3, 20))["above_scale"].startswith("Below scale")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"nine_small_class": "shopping", "area_m2": 300}, "Within the limits"),
        ({"nine_small_class": "shopping", "area_m2": 301}, "301 m², at most 300 m²"),
        ({"nine_small_class": "shopping"}, "missing"),
        ({"nine_small_class": ""}, "missing"),
    ],
)
def test_a_venue_says_whether_it_is_small_enough(values: dict[str, object], said: str):
    assert said in reasons(Entity(category="nine_small_venue", **values), DAY)["nine_small_class"]
    assert "nine_small_class" not in reasons(shop(), DAY)
