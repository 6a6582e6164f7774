"""The pages of people: masked, by whose duty it is, found without an address that tells, shown for a reason."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dongche.kit import clock
from dongche.kit.identifiers import make_resident_id
from dongche.org.models import AuditEntry
from dongche.registry import actions
from dongche.registry.models import HealthNote, Person
from dongche.registry.roster.rows import read_person
from tests.factories.registry import place
from tests.town import DAY, NOW, Town

ENGLISH = {"accept-language": "en"}
SECRETS = ("示例甲", "37029919900101", "13800138000", "示例路9号", "G1234")


@pytest.fixture(autouse=True)
def on_the_day():
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


def somebody(town: Town, n: int = 1, at: Any = None, **given: Any) -> Person:
    cells = {
        "name": "示例甲",
        "document_number": make_resident_id(f"37029919900101{n:03d}"),
        "phone": "13800138000",
        "address": "示例路9号",
        "vehicle": "G1234",
        "origin_place": "浙江杭州",
        "arrived_on": "2020-03-15",
        "health_code": "黄",
        "temperature": "37.8",
    } | given
    row = read_person(cells, on=DAY)
    assert isinstance(row, dict)
    return actions.enter_person(place=at or place(town.grid_n1), given=row, by=town.duty, at=NOW)


def signed_in(client: Client, officer: Any) -> Client:
    client.force_login(officer)
    return client


def shown(client: Client, name: str, *args: Any, **more: Any) -> str:
    return client.get(reverse(name, args=args), headers=ENGLISH, **more).content.decode()


def test_the_list_masks_and_the_file_too(client: Client, town: Town):
    person = somebody(town)
    signed_in(client, town.n1)
    for text in (
        shown(client, "desk:people", person.entity.number),
        shown(client, "desk:person", person.code),
    ):
        assert not any(secret in text for secret in SECRETS)
        assert "示**" in text or "370299********" in text
    answer = client.get(reverse("desk:people-export", args=[person.entity.number]), headers=ENGLISH)
    cells = [
        str(c.value) for row in openpyxl.load_workbook(io.BytesIO(answer.getvalue())).active for c in row
    ]
    assert not any(secret in cell for secret in SECRETS for cell in cells)
    assert "Under observation" in cells


def test_health_is_told_to_whose_duty_it_is_alone(client: Client, town: Town):
    person = somebody(town)
    signed_in(client, town.n1)
    number = person.entity.number
    assert "37.8" in shown(client, "desk:person", person.code)
    assert "Day 6 of 14" in shown(client, "desk:person", person.code)
    signed_in(client, town.affairs)  # the line: sees who there is, masked, and not how they are
    for text in (shown(client, "desk:person", person.code), shown(client, "desk:people", number)):
        assert "示**" in text
        assert not any(word in text for word in ("37.8", "Yellow", "Under observation", "observation_title"))
    assert client.get(reverse("desk:people-health", args=[number])).status_code == 403
    assert client.get(reverse("desk:people", args=[number]) + "?state=required").status_code == 200
    for stranger in (town.s1, town.market):
        signed_in(client, stranger)
        assert client.get(reverse("desk:people", args=[number])).status_code == 404
        assert client.get(reverse("desk:person", args=[person.code])).status_code == 404
    signed_in(client, town.leader1)  # sponsors the community: figures, no people
    assert client.get(reverse("desk:people", args=[number])).status_code == 403
    dossier = shown(client, "desk:place", number)
    assert "fewer than 5" in dossier
    assert "Under observation" not in dossier


def test_somebody_is_found_by_post_and_not_by_an_address(client: Client, town: Town):
    shop = place(town.grid_n1)
    person = somebody(town, 1, shop)
    somebody(town, 2, shop, name="示例乙", phone="13900139000")
    signed_in(client, town.n1)
    address = reverse("desk:people", args=[shop.number])
    for wanted in ("示例甲", "13800138000", "8000", person.document_number):
        text = client.post(address, {"wanted": wanted}, headers=ENGLISH).content.decode()
        assert reverse("desk:person", args=[person.code]) in text
        assert text.count("示**") == 1
    assert "Nobody on this roster" in client.post(address, {"wanted": "李"}, headers=ENGLISH).content.decode()
    assert client.post(address, {"wanted": ""}).status_code == 422


def test_a_value_is_shown_for_a_reason_and_stands_in_the_history(client: Client, town: Town):
    person = somebody(town)
    signed_in(client, town.n1)
    address = reverse("desk:person-reveal", args=[person.code])
    client.post(address, {"field": "phone", "at": "reveal-phone", "why": "other", "words": ""})
    assert "13800138000" not in shown(client, "desk:person", person.code)
    client.post(address, {"field": "phone", "at": "reveal-phone", "why": "urgent", "words": "体温异常"})
    text = shown(client, "desk:person", person.code)
    assert "13800138000" in text
    assert "Shown in full: Phone" in text
    assert "体温异常" in text
    assert client.post(address, {"field": "health_code", "why": "urgent"}).status_code == 404
    signed_in(client, town.s1)
    assert client.post(address, {"field": "phone", "at": "x", "why": "urgent"}).status_code == 404


def test_the_whole_roster_leaves_for_a_reason_that_is_logged(client: Client, town: Town):
    person = somebody(town)
    signed_in(client, town.n1)
    address = reverse("desk:people-export", args=[person.entity.number])
    assert client.post(address, {"field": "roster", "at": "roster", "why": "other"}).status_code == 302
    answer = client.post(address, {"field": "roster", "at": "roster", "why": "urgent"}, headers=ENGLISH)
    cells = [
        str(c.value) for row in openpyxl.load_workbook(io.BytesIO(answer.getvalue())).active for c in row
    ]
    assert {"示例甲", person.document_number, "13800138000"} <= set(cells)
    told = AuditEntry.objects.get(action="registry.reveal_roster")
    assert (told.by, told.after) == (town.n1, {"people": 1})


def test_people_are_entered_changed_and_measured_by_hand(client: Client, town: Town):
    shop = place(town.grid_n1)
    signed_in(client, town.n1)
    new = {"name": "示例丙", "document_number": make_resident_id("37029919920202002"), "source": "visited"}
    wrong = client.post(
        reverse("desk:person-new", args=[shop.number]), new | {"document_number": "1"}, headers=ENGLISH
    )
    assert wrong.status_code == 422
    assert client.post(reverse("desk:person-new", args=[shop.number]), new).status_code == 302
    person = Person.objects.get()
    again = client.post(reverse("desk:person-new", args=[shop.number]), new, headers=ENGLISH)
    assert "registry.person_known" in again.content.decode()
    edit = reverse("desk:person-edit", args=[person.code])
    page = client.get(edit, headers=ENGLISH)
    assert "示例丙" not in page.content.decode()
    version = page.context["form"]["version"].value()
    sent = {
        "version": version,
        "source": "entered",
        "document_type": "resident_id",
        "job": "收银",
        "origin": "local",
    }
    assert client.post(edit, sent).status_code == 302
    person.refresh_from_db()
    assert (person.name, person.job, person.origin) == ("示例丙", "收银", "local")
    late = client.post(edit, sent | {"job": "店长"}, headers=ENGLISH)
    assert "registry.person_changed_meanwhile" in late.content.decode()
    note = reverse("desk:person-health", args=[person.code])
    assert client.post(note, {"on": "2020-03-20", "half": "am", "temperature": "100"}).status_code == 422
    assert (
        client.post(
            note, {"on": "2020-03-20", "half": "am", "temperature": "36.9", "symptoms": "无"}
        ).status_code
        == 302
    )
    assert [(one.temperature, one.symptoms) for one in HealthNote.objects.all()] == [("36.9", "none")]


def test_the_list_asks_as_much_for_many_as_for_few(client: Client, town: Town):
    few, many = place(town.grid_n1), place(town.grid_n1)
    somebody(town, 1, few)
    for n in range(12):
        somebody(town, n, many)
    signed_in(client, town.n1)
    counts = []
    for shop in (few, few, many):
        with CaptureQueriesContext(connection) as queries:
            shown(client, "desk:people", shop.number)
        counts.append(len(queries))
    assert counts[1] == counts[2]


def test_the_dossier_tells_of_the_roster(client: Client, town: Town):
    person = somebody(town)
    signed_in(client, town.n1)
    text = shown(client, "desk:place", person.entity.number)
    assert "A person put on the roster" in text
    assert "示例甲" not in text
    health = shown(client, "desk:people-health", person.entity.number)
    assert "Nobody reported today" in health or "look after" in health
    assert health.count("示**") >= 1
