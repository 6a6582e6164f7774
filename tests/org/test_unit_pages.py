"""Units are found, read and changed in pages; nobody changes what is not theirs to keep."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dongche.org import actions
from dongche.org.models import Officer, Unit, UnitKind
from dongche.org.queries import Units
from tests.town import BY, NOW, PASSWORD, START, Town, square

EMPTY = "370203900001009"


@pytest.fixture(autouse=True)
def above(town: Town) -> Unit:
    """The town stands in a district, with another sub-district beside it."""

    def unit(kind: str, code: str, name: str, parent: Unit | None) -> Unit:
        return actions.create_unit(
            kind=kind, code=code, name=name, parent=parent, from_on=START, by=BY, at=NOW, reason="list"
        )

    district = unit("district", "370203000000", "市北区", None)
    actions.move_unit(unit=town.subdistrict, parent=district, by=BY, at=NOW)
    other = unit("subdistrict", "370203027000", "另一街道", district)
    unit("community", "370203027001", "南山社区居委会", other)
    return district


def signed_in(client: Client, officer: Officer) -> Client:
    client.force_login(officer)
    return client


def listed(client: Client, **query: str) -> list[str]:
    return [row.code for row in client.get(reverse("org:units"), query).context["rows"]]


def test_a_search_finds_by_two_characters_or_the_code_and_only_what_one_sees(
    client: Client, town: Town
) -> None:
    root = Officer.objects.create_superuser("root", PASSWORD, name="root")
    signed_in(client, root)
    assert listed(client) == ["370203000000"]
    assert listed(client, q="南山") == listed(client, q="南山社区") == ["370203027001"]
    assert listed(client, q="居委") == ["370203027001"]
    assert listed(client, q="370203027") == ["370203027000", "370203027001"]
    assert listed(client, q="南") == []
    signed_in(client, town.duty)
    assert listed(client) == ["370203000000"]
    assert listed(client, q="南山") == []
    assert client.get(reverse("org:unit", args=["370203027000"])).status_code == 404


def test_headquarters_changes_its_own_units_and_no_other(client: Client, town: Town) -> None:
    signed_in(client, town.duty)
    assert client.get(reverse("org:unit-change", args=["370203000000", "rename"])).status_code == 404
    assert client.get(reverse("org:unit-change", args=[town.grid_n1.code, "burn"])).status_code == 404
    sent = {"name": "北一网格", "party_organisation": "", "reason": ""}
    answer = client.post(reverse("org:unit-change", args=[town.grid_n1.code, "rename"]), sent)
    assert answer.status_code == 302
    assert Unit.objects.get(pk=town.grid_n1.pk).name == "北一网格"
    signed_in(client, town.n1)
    assert client.get(reverse("org:unit-change", args=[town.grid_n1.code, "rename"])).status_code == 403
    assert client.get(reverse("org:unit", args=[town.grid_n1.code])).status_code == 200


def test_a_grid_is_made_drawn_and_ended(client: Client, town: Town) -> None:
    signed_in(client, town.duty)
    new = {"kind": "grid", "code": EMPTY, "name": "新网格", "from_on": "2099-01-01", "dedicated_to": ""}
    answer = client.post(reverse("org:unit-new", args=[town.north_community.code]), new)
    assert answer.url == reverse("org:unit", args=[EMPTY])
    draw = reverse("org:unit-change", args=[EMPTY, "draw"])
    over = client.post(draw, {"text": json.dumps(square(120.005))})
    assert over.status_code == 422
    assert "org" not in (Unit.objects.get(code=EMPTY).polygon or {})
    seen = client.post(draw, {"text": json.dumps(square(120.04))})
    assert seen.status_code == 200
    assert Unit.objects.get(code=EMPTY).polygon is None
    kept = client.post(draw, {"text": seen.context["preview"]["text"], "keep": "yes"})
    assert kept.status_code == 302
    assert Unit.objects.get(code=EMPTY).polygon == square(120.04)
    end = client.post(reverse("org:unit-change", args=[town.grid_n1.code, "end"]), {"until_on": "2099-01-01"})
    assert end.status_code == 422
    done = client.post(reverse("org:unit-change", args=[EMPTY, "end"]), {"until_on": "2099-02-01"})
    assert done.status_code == 302


def test_a_page_of_a_unit_asks_as_often_however_much_lies_below(client: Client, town: Town) -> None:
    signed_in(client, town.duty)
    client.get(reverse("org:unit", args=[town.north_community.code]))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("org:unit", args=[town.north_community.code]))
    for n in range(10, 40):
        actions.create_unit(
            kind="grid", code=f"370203900001{n:03d}", name=f"第{n}网格", parent=town.north_community,
            from_on=START, by=BY, at=NOW, reason="more",
        )  # fmt: skip
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("org:unit", args=[town.north_community.code]))
    assert len(few) == len(many)


def plan(units: Units) -> list[str]:
    sql, parameters = units.order_by("code", "pk")[:51].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
        return [row[3] for row in cursor.fetchall()]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's plans")
def test_no_page_reads_the_whole_tree(town: Town, above: Unit) -> None:
    officer = actions.create_officer(username="superior", name="x", password=PASSWORD, by=BY, at=NOW)
    actions.appoint(
        officer=officer, unit=above, role="superior_officer", from_on=START, by=BY, at=NOW, reason="x"
    )
    everything = Units.unscoped(reason="a super-user's list")
    seen = {
        "children": everything.filter(parent=above),
        "search": everything.named_like("南山"),
        "code": everything.named_like("3702"),
        "scope of a district": Units.visible_to(officer),
        "scope of headquarters": Units.visible_to(town.duty),
        "search in a district": Units.visible_to(officer).named_like("南山"),
        "in service": everything.of_service(),
        "kept": everything.kept_by(town.duty),
        "names of communities": everything.of_service().filter(kind=UnitKind.COMMUNITY),
    }
    scans = {
        name: [step for step in plan(units) if step.startswith("SCAN org_unit")]
        for name, units in seen.items()
    }
    assert {name: steps for name, steps in scans.items() if steps} == {}
