"""Screens on walls: paired by a code, fresh, and nothing on them that points at a place or a person."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dongche.analytics.figures import Figure
from dongche.desk import wall as walls
from dongche.desk.measured import keyed
from dongche.kit import clock
from dongche.org.access.models import Screen
from dongche.org.models import AuditEntry, Officer
from dongche.reporting import figures
from tests import district as founding
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.town import DAY, NOW, Town

ENGLISH = {"accept-language": "en"}


def figure(numerator: int, denominator: int) -> Figure:
    definition = next(d for d in figures.definitions().on(DAY) if d.metric == "resumption_rate")
    return Figure(
        "resumption_rate", definition.code, {"line": "a", "community": "b"},
        round(Decimal(100 * numerator) / denominator, 2), numerator, denominator, Decimal(1), DAY, NOW,
        contributors=denominator,
    )  # fmt: skip


def opened(client: Client, officer: Officer, **more: str) -> str:
    """Open a screen as an officer, and read its code off the page."""
    client.force_login(officer)
    page = client.post(reverse("access:screens"), {"name": "大厅", **more}).content.decode()
    found = re.search(r'id="code">([0-9A-Z]{4}-[0-9A-Z]{4})<', page)
    assert found, page
    return found[1]


def paired(code: str) -> tuple[Client, Any]:
    """A television that nobody is signed in on, after the code was typed."""
    television = Client(headers=ENGLISH)
    return television, television.post("/wall/", {"code": code})


@pytest.fixture
def street(town: Town) -> list[Any]:
    """Thirty shops in one grid, of which 24 are open and two have not reported; four markets, three of them open."""
    shops = [place(town.grid_n1, name=f"示例商铺{n:02d}号", contact_phone="13800001234") for n in range(30)]
    for n, shop in enumerate(shops[:28]):
        report(shop, "open" if n < 24 else "closed", received_at=NOW - timedelta(hours=n % 4))
    for n in range(4):
        report(
            place(town.grid_s1, "farm_produce_market", name=f"示例市场{n}"), "closed" if n == 3 else "open"
        )
    return shops


def test_a_screen_is_paired_once_and_shows_its_figures_to_nobody_in_particular(
    town: Town, client: Client, street: list[Any]
) -> None:
    code = opened(client, town.duty, unit=str(town.headquarters.pk))
    television, answer = paired(code.lower().replace("-", " "))
    assert (answer.status_code, answer["Location"]) == (302, "/wall/")
    cookie = answer.cookies["dongche_screen"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/wall/", True, "Strict")
    page = television.get("/wall/").content.decode()
    assert "27 of 34 places" in page
    assert "4 more to reach 90%" in page
    assert [paired(code)[1].status_code, paired("XXXX-XXXX")[1].status_code] == [404, 404]
    screen = Screen.objects.get()
    assert cookie.value not in (screen.secret_hash, screen.pairing_hash)
    deeds = set(AuditEntry.objects.filter(subject="screen").values_list("action", flat=True))
    assert deeds == {"org.open_screen", "org.pair_screen"}


def test_no_name_no_phone_and_no_count_under_five_is_sent(
    town: Town, client: Client, street: list[Any]
) -> None:
    television, _answer = paired(opened(client, town.duty, unit=str(town.headquarters.pk)))
    page = television.get("/wall/").content.decode()
    for secret in ("示例", "13800001234", "Officer", *(shop.number for shop in street), street[0].code):
        assert secret not in page
    wall = walls.build(town.headquarters, DAY)
    # Two are missing and the four markets would be told by their three: both are hidden, and so is the reporting rate.
    assert wall.others[1].value is None
    assert {name: count for name, count, _mood in wall.counts}["Missing"] is None
    assert "under 5" in page
    rows = {name: (cells, total) for name, cells, total in wall.grid.rows}
    assert {cell.text for cell in rows["Market"][0]} <= {"", "·"}


def test_an_expired_code_a_closed_screen_and_a_guesser_are_refused(
    town: Town, client: Client, street: list[Any]
) -> None:
    code = opened(client, town.duty, unit=str(town.headquarters.pk))
    Screen.objects.update(pairing_until=clock.real() - timedelta(seconds=1))
    assert "org.screen_code_over" in paired(code)[1].content.decode()
    television, _answer = paired(opened(client, town.duty, unit=str(town.headquarters.pk)))
    assert television.get("/wall/panels/").status_code == 200
    screen = Screen.objects.latest("pk")
    assert client.post(reverse("access:screen-close", args=[screen.pk])).status_code == 302
    assert television.get("/wall/panels/").status_code == 410
    assert "Code of the screen" in television.get("/wall/").content.decode()
    again = client.post(reverse("access:screen-close", args=[screen.pk]))
    assert (again.status_code, "org.screen_closed" in again.content.decode()) == (409, True)
    tried = [paired(f"YYYY-YY{n:02d}")[1].status_code for n in range(31)]
    assert (tried[0], tried[-1]) == (404, 429)


def test_who_may_open_and_close_screens(town: Town, client: Client, street: list[Any]) -> None:
    opened(client, town.duty, unit=str(town.headquarters.pk))
    client.force_login(town.n1)
    assert client.get(reverse("access:screens")).status_code == 403
    assert client.post(reverse("access:screen-close", args=[Screen.objects.get().pk])).status_code == 403
    assert "wall_code" in client.get("/wall/").templates[0].name
    client.force_login(town.duty)
    assert "27 of 34 places" in client.get("/wall/", headers=ENGLISH).content.decode()
    made = founding.build(town)
    client.force_login(made.hill)
    assert client.post(reverse("access:screen-close", args=[Screen.objects.get().pk])).status_code == 404
    wrong = client.post(reverse("access:screens"), {"name": "x", "unit": town.headquarters.pk})
    assert (wrong.status_code, Screen.objects.count()) == (422, 1)


def test_a_district_screen_sets_its_sub_districts_beside_each_other(town: Town, client: Client) -> None:
    made = founding.build(town)
    founding.fill(made)
    television, _answer = paired(opened(client, made.above, unit=str(made.district.pk)))
    page = television.get("/wall/").content.decode()
    assert "Resumption rate by sub-district" in page
    assert walls.build(made.district, DAY).is_district
    areas = walls.areas_of(made.district, DAY)
    assert {unit.name for unit in areas.served} == {"Lakeside", "Hillside"}
    own = walls.areas_of(town.headquarters, DAY)
    assert [unit.name for unit in own.served] == ["Lakeside"]


def test_nothing_is_sent_again_until_something_changed(town: Town, client: Client, street: list[Any]) -> None:
    television, _answer = paired(opened(client, town.duty, unit=str(town.headquarters.pk)))
    first = television.get("/wall/panels/")
    same = television.get("/wall/panels/", headers={"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert same["Dongche-Now"] > first["Dongche-Now"]
    report(street[29])
    changed = television.get("/wall/panels/", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert "28 of 34 places" in changed.content.decode()


def test_a_wall_takes_the_same_queries_for_any_number_of_places(
    town: Town, client: Client, street: list[Any]
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as made:
            walls.build(town.headquarters, DAY)
        return len(made)

    queries()
    few = queries()
    for _n in range(20):
        report(place(town.grid_n2))
    queries()
    assert queries() == few


@pytest.mark.parametrize(
    ("numerator", "denominator", "text", "heat"),
    [
        pytest.param(24, 30, "80", Decimal(80), id="published"),
        pytest.param(28, 30, "≥92", Decimal("93.33"), id="top-step"),
        pytest.param(4, 40, "<55", Decimal(10), id="lowest-step"),
        pytest.param(12, 16, "75–85", Decimal(75), id="between"),
        pytest.param(3, 9, "·", None, id="too-few-for-a-step"),
        pytest.param(30, 30, "100", Decimal(100), id="all"),
        pytest.param(None, None, "", None, id="nothing-there"),
    ],
)
def test_a_cell_is_a_rate_or_a_step_or_hidden(
    numerator: int | None, denominator: int | None, text: str, heat: Decimal | None
) -> None:
    found = [] if numerator is None or denominator is None else [figure(numerator, denominator)]
    exact, rough = walls.as_shown(found)
    cell = walls.cell_of(keyed(exact), keyed(rough), line="a", community="b")
    assert (cell.text, cell.heat) == (text, heat)
