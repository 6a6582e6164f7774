"""Outlines that somebody sends: too large, of another town, or no outline at all; each refused or questioned."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from dongche.org.models import Unit
from tests.factories.registry import place
from tests.org.test_units import box
from tests.town import Town, square

CHENGDU = box(104.0, 30.6, 104.01, 30.61)
NEXT_TOWN = box(120.3, 36.3, 120.31, 36.31)  # some 40 km away
PAD = b" " * 2_100_000


def ring(points: int) -> dict[str, Any]:
    """A strip with very many corners along its lower side."""
    along = [[120.0 + 0.01 * n / points, 36.0] for n in range(points)]
    return {"type": "Polygon", "coordinates": [[*along, [120.01, 36.01], [120.0, 36.01], [120.0, 36.0]]]}


@pytest.fixture
def draw(client: Client, town: Town):
    client.force_login(town.duty)

    def draw(content: bytes, unit: Unit = town.grid_n1) -> HttpResponse:
        file = SimpleUploadedFile("outline.geojson", content)
        address = reverse("org:unit-change", args=[unit.code, "draw"])
        return client.post(address, {"file": file}, headers={"accept-language": "en"})

    return draw


def code(answer: HttpResponse) -> str | None:
    return answer.context["form"].fault and answer.context["form"].fault.code


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(json.dumps(square(120.0)).encode() + PAD, "org.polygon_too_large", id="large"),
        # Three bytes each: it would be short enough as text.
        pytest.param("青".encode() * 700_000, "org.polygon_too_large", id="large in bytes"),
        pytest.param(json.dumps(ring(20_001)).encode(), "org.too_many_points", id="points"),
        pytest.param(b"PK\x03\x04\x00\x00\xff", "org.polygon_unreadable", id="a zip file"),
        pytest.param(b"<kml/>", "org.polygon_unreadable", id="kml"),
        pytest.param(json.dumps(square(120.0)).encode("utf-16"), "org.polygon_unreadable", id="utf-16"),
        pytest.param(json.dumps(box(40_520_000, 3_985_000, 40_521_000, 3_986_000)).encode(),
                     "org.polygon_unreadable", id="metres"),
        pytest.param(json.dumps(CHENGDU).encode(), "org.polygon_far", id="another city"),
        pytest.param(b'{"type": "Polygon", "coordinates": [[[1e999, 36], [120, 36], [120, 37], [1e999, 36]]]}',
                     "org.polygon_unreadable", id="infinite"),
    ],
)  # fmt: skip
def test_what_is_no_outline_of_this_unit_is_refused(draw, town: Town, content: bytes, expected: str) -> None:
    answer = draw(content)
    assert (answer.status_code, code(answer)) == (422, expected)
    assert "\x00" not in answer.content.decode()
    assert Unit.objects.get(pk=town.grid_n1.pk).polygon == square(120.0)


def test_properties_in_another_encoding_do_no_harm(draw) -> None:
    feature = {"type": "Feature", "properties": {"name": "南山"}, "geometry": square(120.0)}
    assert draw(json.dumps(feature, ensure_ascii=False).encode("gb18030")).context["preview"]


def test_the_first_outline_of_a_kind_is_held_against_all_of_the_sub_district(draw, town: Town) -> None:
    """No community has an outline yet, but grids beside it have."""
    Unit.objects.filter(parent=town.south_community).update(polygon=None)
    town.south_community.children.get(code=town.grid_s1.code).revisions.update(polygon=None)
    town.grid_s2.revisions.update(polygon=None)
    assert code(draw(json.dumps(CHENGDU).encode(), town.south_community)) == "org.polygon_far"


def test_an_outline_without_the_places_of_its_unit_is_questioned(draw, town: Town) -> None:
    for unit in (town.grid_n1, town.grid_n2, town.grid_s1, town.grid_s2):
        unit.revisions.update(polygon=None)
    for lon in (120.003, 120.004):
        place(town.grid_n1, lon=lon, lat=36.005)
    place(town.grid_n1)
    other = draw(json.dumps(NEXT_TOWN).encode())
    assert other.context["preview"]["doubt"].startswith("2 of the 2 places of North grid 1")
    assert "Is this the right outline?" in other.content.decode()
    assert draw(json.dumps(square(120.0)).encode()).context["preview"]["doubt"] == ""
