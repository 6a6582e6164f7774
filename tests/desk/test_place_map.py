"""The map of places: what the list leaves, moved to fit the tiles, and nothing of another's."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dongche.kit.coordinates import to_gcj
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.town import Town

SPOTS = {"甲号商行": (120.0012, 36.0012), "乙号商行": (120.0153, 36.0047)}


@pytest.fixture
def shops(town: Town) -> dict[str, Any]:
    grids = (town.grid_n1, town.grid_n2)
    found = {
        name: place(grid, name=name, lon=spot[0], lat=spot[1])
        for grid, (name, spot) in zip(grids, SPOTS.items(), strict=True)
    }
    found["丙号商行"] = place(town.grid_s1, name="丙号商行")
    report(found["乙号商行"], "part", staff_due=4, staff_at_post=3)
    return found


def spots(found: dict[str, Any]) -> dict[str, tuple[float, float, int]]:
    """The points again, by number."""
    x = y = 0
    read = {}
    for at, rest in enumerate(found["numbers"]):
        x, y = x + found["steps"][2 * at], y + found["steps"][2 * at + 1]
        read[found["prefix"] + rest] = (round(x / 1e5, 5), round(y / 1e5, 5), found["states"][at])
    return read


def test_points_are_those_of_the_list_with_their_state(at_desk: Client, shops: dict[str, Any]) -> None:
    found = at_desk.get(reverse("desk:places-points")).json()
    assert spots(found) == {
        shops["甲号商行"].number: (120.0012, 36.0012, 0),
        shops["乙号商行"].number: (120.0153, 36.0047, 2),
    }
    filtered = at_desk.get(reverse("desk:places-points"), {"state": "part", "box": "120,36,121,37"}).json()
    assert list(spots(filtered)) == [shops["乙号商行"].number]
    assert at_desk.get(reverse("desk:places-points"), {"box": "121,36,122,37"}).json()["numbers"] == []


def test_more_than_one_answer_holds_says_so(at_desk: Client, shops: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("dongche.desk.place_map.MOST", 1)
    found = at_desk.get(reverse("desk:places-points")).json()
    assert (len(found["numbers"]), found["more"]) == (1, True)


def test_on_tiles_of_gcj_points_and_outlines_are_moved(at_desk: Client, shops: Any, settings: Any) -> None:
    plain = at_desk.get(reverse("desk:places-map")).context["data"]["borders"]["features"][0]
    settings.MAP_TILE_URL, settings.MAP_TILE_DATUM = "https://t.example/{z}/{x}/{y}.png", "gcj02"
    there = {tuple(round(value, 5) for value in to_gcj(*spot)) for spot in SPOTS.values()}
    found = at_desk.get(reverse("desk:places-points"), {"box": "120,36,121,37"}).json()
    assert {spot[:2] for spot in spots(found).values()} == there
    page = at_desk.get(reverse("desk:places-map"))
    moved = page.context["data"]["borders"]["features"][0]
    assert moved["properties"]["x"] == to_gcj(plain["properties"]["x"], plain["properties"]["y"])[0]
    assert "img-src 'self' data: blob: https://t.example;" in page["Content-Security-Policy"]


def test_the_map_keeps_the_filters_and_counts_what_it_cannot_show(at_desk: Client, shops: Any) -> None:
    page = at_desk.get(reverse("desk:places-map"), {"category": "street_shop"})
    assert (page.context["total"], page.context["unlocated"]) == (3, 1)
    assert f"{reverse('desk:places')}?category=street_shop" in page.content.decode()
    assert (
        f"{reverse('desk:places-map')}?q=x"
        in at_desk.get(reverse("desk:places"), {"q": "x"}).content.decode()
    )


def test_a_card_names_the_people_and_is_not_given_to_others(client: Client, town: Town, shops: Any) -> None:
    url = reverse("desk:place-card", args=[shops["甲号商行"].number])
    client.force_login(town.n1)
    assert "Officer n1" in client.get(url).content.decode()
    client.force_login(town.s1)
    assert client.get(url).status_code == 404
    assert client.get(reverse("desk:places-points")).json()["numbers"] == []
