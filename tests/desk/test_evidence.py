"""The page of evidence: electricity beside reports, doubts with reasons, and nothing of others."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from dongche.desk import my_day
from dongche.kit import clock
from dongche.org.models import WorkItem
from dongche.registry.models import ElectricityReading, Entity
from dongche.registry.queries import Places
from dongche.reporting import actions, evidence, figures
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.town import BY, DAY, NOW, Town

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_the_day() -> Any:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


def read(shop: Entity, on: date, kwh: str) -> None:
    ElectricityReading.objects.create(entity=shop, on=on, kwh=Decimal(kwh), known_at=NOW)


@pytest.fixture
def street(town: Town) -> dict[str, Entity]:
    """One that uses power as it says, one that does not, one without a meter, one that said nothing."""
    shops = {
        name: place(town.grid_n1, name=f"佐证{name}店") for name in ("honest", "idle", "unmetered", "silent")
    }
    shops["elsewhere"] = place(town.grid_s1, name="佐证别处店")
    for name in ("honest", "idle", "elsewhere"):
        for n in range(31):
            read(shops[name], date(2019, 12, 1) + timedelta(days=n), "100")
        read(shops[name], DAY, "95" if name == "honest" else "10")
    for name in ("honest", "idle", "unmetered", "elsewhere"):
        report(shops[name], on=DAY, state="open", staff_due=9, staff_at_post=8)
    return shops


def desk(client: Client, officer: Any) -> Client:
    client.force_login(officer)
    return client


def test_each_place_has_its_strength(street: dict[str, Entity], town: Town) -> None:
    weighed = evidence.weigh(Places.visible_to(town.north), DAY)
    assert {
        name: weighed[street[name].pk].strength for name in ("honest", "idle", "unmetered", "silent")
    } == {
        "honest": "supported",
        "idle": "contradicted",
        "unmetered": "alone",
        "silent": "silent",
    }
    assert street["elsewhere"].pk not in weighed
    alone = evidence.weigh(Places.visible_to(town.duty).filter(pk=street["idle"].pk), DAY)
    assert alone[street["idle"].pk] == weighed[street["idle"].pk]


def test_rates_by_electricity_stand_beside_the_reported(street: dict[str, Entity], town: Town) -> None:
    found = figures.measure(
        town.north, days=(DAY,), metrics=("resumption_rate", "electricity_resumption_rate")
    )
    assert {one.metric: (one.numerator, one.denominator) for one in found} == {
        "resumption_rate": (3, 4),
        "electricity_resumption_rate": (1, 2),
    }


def test_the_page_names_whom_to_ask_and_why(client: Client, street: dict[str, Entity], town: Town) -> None:
    page = desk(client, town.north).get(reverse("desk:evidence"), {"by": "category"}).content.decode()
    assert "佐证idle店" in page
    assert "10.0" in page
    assert "佐证别处店" not in page
    assert reverse("desk:places") + "?on=2020-03-20&amp;evidence=contradicted" in page
    for what, named in (("contradicted", True), ("copied", False), ("no such", True)):
        page = client.get(reverse("desk:evidence"), {"what": what}).content.decode()
        assert ("佐证idle店" in page) is named


def test_the_list_is_narrowed_by_evidence(client: Client, street: dict[str, Entity], town: Town) -> None:
    for strength, name in (("supported", "honest"), ("open_without_power", "idle"), ("silent", "silent")):
        page = desk(client, town.north).get(reverse("desk:places"), {"evidence": strength}).content.decode()
        assert [one for one in street if f"佐证{one}店" in page] == [name]


def test_the_dossier_says_what_speaks_for_it(client: Client, street: dict[str, Entity], town: Town) -> None:
    page = desk(client, town.north).get(reverse("desk:place", args=[street["idle"].number])).content.decode()
    assert "仅为2019年12月日均" in page


def test_the_workbook_has_a_line_for_each_reason(
    client: Client, street: dict[str, Entity], town: Town
) -> None:
    answer = desk(client, town.duty).get(reverse("desk:evidence-export"))
    rows = CalamineWorkbook.from_filelike(BytesIO(b"".join(answer.streaming_content))).get_sheet_by_index(0)
    named = [row[1] for row in rows.to_python()[1:]]
    assert sorted(named) == ["佐证idle店", "佐证别处店"]


def test_queries_do_not_grow_with_places(
    client: Client, street: dict[str, Entity], town: Town, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    desk(client, town.duty).get(reverse("desk:evidence"))
    figures.forget()
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("desk:evidence"))
    count = len(few)
    for n in range(6):
        shop = place(town.grid_n1, name=f"佐证{n}号")
        report(shop, on=DAY, state="open", staff_due=1, staff_at_post=2)
    client.get(reverse("desk:evidence"))
    figures.forget()
    with django_assert_max_num_queries(count):
        client.get(reverse("desk:evidence"))


def test_a_check_is_proposed_once_and_settled_when_nothing_is_left(
    street: dict[str, Entity], town: Town
) -> None:
    given: dict[str, Any] = {"subdistrict": town.subdistrict, "on": DAY, "by": BY, "at": NOW}
    assert actions.propose_checks(**given) == 2
    assert actions.propose_checks(**given) == 2
    mine = WorkItem.objects.get(kind=actions.DOUBTED, officer=town.n1)
    assert (mine.data, mine.closed_at) == ({"count": 1, "on": "2020-03-20"}, None)
    todo = next(one for one in my_day.build(town.n1, DAY).work if one.item == mine)
    assert todo.url == reverse("desk:checks")
    ElectricityReading.objects.filter(on=DAY).delete()
    assert actions.propose_checks(**given) == 0
    mine.refresh_from_db()
    assert mine.outcome == "settled"


def test_a_sample_is_drawn_again_by_its_address(
    client: Client, street: dict[str, Entity], town: Town
) -> None:
    for strata, count in (("community", 2), ("line", 1), ("category", 1), ("", 1)):
        asked = {"size": "2", "seed": "7", "strata": strata}
        first, again = (desk(client, town.duty).get(reverse("desk:evidence-sample"), asked) for _ in range(2))
        drawn = [[place.pk for place, _opens in part.places] for part in first.context["page"].parts]
        assert drawn == [[place.pk for place, _opens in part.places] for part in again.context["page"].parts]
        assert (len(drawn), sum(map(len, drawn))) == (count, 2)
    assert client.get(reverse("desk:evidence-sample"), {"size": "0"}).context["page"].parts == []
    answer = client.get(reverse("desk:evidence-sample-export"), asked)
    rows = CalamineWorkbook.from_filelike(BytesIO(b"".join(answer.streaming_content))).get_sheet_by_index(0)
    assert len(rows.to_python()) == 3


def test_the_overview_says_how_much_is_corroborated_and_leads_to_those_rows(
    client: Client, street: dict[str, Entity], town: Town
) -> None:
    said = desk(client, town.duty).get(reverse("desk:overview")).context["overview"].corroborated
    assert (said.at_work, said.supported, said.doubted) == (4, 1, 2)
    for name, count in (("at_work", 4), ("supported", 1), ("doubted", 2)):
        assert client.get(said.urls[name]).context["pager"].total == count
    (resumed,) = figures.measure(town.duty, days=(DAY,), metrics=("resumption_rate",))
    assert resumed.numerator == said.at_work
    assert (
        desk(client, town.north).get(reverse("desk:overview")).context["overview"].corroborated.doubted == 1
    )


def test_the_list_has_a_column_of_evidence_and_is_sorted_by_it(
    client: Client, street: dict[str, Entity], town: Town
) -> None:
    asked = {"columns": "name,evidence", "sort": "-evidence"}
    rows = desk(client, town.north).get(reverse("desk:places"), asked).context["rows"]
    assert [(row.place.pk, row.evidence.strength) for row in rows if row.place.name.startswith("佐证")] == [
        (street[name].pk, strength)
        for name, strength in (
            ("honest", "supported"), ("unmetered", "alone"), ("idle", "contradicted"), ("silent", "silent"),
        )
    ]  # fmt: skip
    answer = client.get(reverse("desk:places-export"), asked | {"evidence": "contradicted"})
    sheet = CalamineWorkbook.from_filelike(BytesIO(b"".join(answer.streaming_content))).get_sheet_by_index(0)
    assert "仅为2019年12月日均" in sheet.to_python()[1][-1]
