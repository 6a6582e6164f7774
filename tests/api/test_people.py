"""People over the API: masked, by the duty of the officer, changed by two at once, shown in full for a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dongche.kit.identifiers import make_resident_id
from dongche.org.models import AuditEntry
from dongche.registry.models import Entity, HealthNote, Person
from tests.town import Town

Ask = Callable[..., Client]
NEW = {
    "name": "示例甲",
    "document_number": make_resident_id("37029919900101001"),
    "phone": "13800138000",
    "origin_place": "浙江杭州",
    "arrived_on": "2020-03-15",
}


def send(client: Client, method: str, address: str, values: dict[str, Any], **headers: str) -> Any:
    return getattr(client, method)(
        f"/api/v1/{address}", values, content_type="application/json", headers=headers
    )


@pytest.fixture
def person(town: Town, shop: Entity, ask: Ask) -> Person:
    answer = send(ask("n1"), "post", f"places/{shop.number}/people", NEW)
    assert answer.status_code == 201, answer.content
    found = Person.objects.get()
    assert answer["Location"] == f"/api/v1/people/{found.code}"
    return found


def test_people_are_masked_and_health_is_for_whose_duty_it_is(person: Person, ask: Ask, town: Town):
    address = f"/api/v1/people/{person.code}"
    mine, line = ask("n1").get(address).json(), ask("affairs").get(address).json()
    assert (mine["name"], mine["document_number"], mine["phone"]) == (
        "示**",
        "370299********" + person.document_number[-4:],
        "138******00",
    )
    assert (mine["observation"], line["observation"], line["why"], line["health_code"]) == (
        "unknown",
        None,
        None,
        None,
    )
    assert line["name"] == "示**"
    for stranger, status in (("s1", 404), ("market", 404), ("leader1", 403)):
        assert ask(stranger).get(address).status_code == status
        assert ask(stranger).get(f"/api/v1/places/{person.entity.number}/people").status_code == status
    listed = ask("n1").get(f"/api/v1/places/{person.entity.number}/people?observation=unknown").json()
    assert [one["code"] for one in listed["items"]] == [person.code]
    assert (
        ask("n1").get(f"/api/v1/places/{person.entity.number}/people?observation=over").json()["items"] == []
    )
    counts = ask("n1").get(f"/api/v1/places/{person.entity.number}/health").json()
    assert (counts["people"], counts["observation"]) == (1, {"unknown": 1})
    assert ask("affairs").get(f"/api/v1/places/{person.entity.number}/health").status_code == 403


def test_nobodys_change_is_lost(person: Person, ask: Ask):
    client, address = ask("n1"), f"people/{person.code}"
    etag = client.get(f"/api/v1/{address}")["ETag"]
    assert client.get(f"/api/v1/{address}", headers={"If-None-Match": etag}).status_code == 304
    assert send(client, "patch", address, {"job": "收银"}).status_code == 428
    changed = send(client, "patch", address, {"health_code": "绿码", "job": "收银"}, **{"If-Match": etag})
    assert changed.json()["observation"] == "exempt"
    assert (
        "14 March"
        in send(
            client,
            "patch",
            address,
            {"job": "店长"},
            **{"If-Match": changed["ETag"], "accept-language": "en"},
        ).json()["why"]
    )
    assert send(client, "patch", address, {"job": "后厨"}, **{"If-Match": etag}).status_code == 412
    latest = client.get(f"/api/v1/{address}")["ETag"]
    emptied = send(client, "patch", address, {"job": None}, **{"If-Match": latest}).json()
    assert (emptied["job"], emptied["name"], emptied["arrived_on"]) == ("", "示**", "2020-03-15")
    wrong = send(
        client,
        "patch",
        address,
        {"document_number": "1"},
        **{"If-Match": client.get(f"/api/v1/{address}")["ETag"]},
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "document_number")
    assert send(client, "post", f"places/{person.entity.number}/people", NEW).status_code == 409


def test_temperatures_are_noted_and_values_shown_for_a_reason(person: Person, ask: Ask):
    client = ask("n1")
    noted = send(
        client,
        "post",
        f"people/{person.code}/health",
        {"on": "2020-03-20", "half": "am", "temperature": 37.5},
    )
    assert noted.status_code == 201
    assert "37.5" not in noted.content.decode()
    assert HealthNote.objects.get().temperature == "37.5"
    assert (
        send(
            client,
            "post",
            f"people/{person.code}/health",
            {"on": "2020-03-20", "half": "am", "temperature": 99},
        ).status_code
        == 422
    )
    shown = send(client, "post", f"people/{person.code}/reveal", {"field": "phone", "reason": "体温异常"})
    assert shown.json()["value"] == "13800138000"
    told = AuditEntry.objects.get(action="registry.reveal_person")
    assert (told.reason, told.after) == ("体温异常", {"field": "phone"})
    assert (
        send(
            client, "post", f"people/{person.code}/reveal", {"field": "health_code", "reason": "x"}
        ).status_code
        == 404
    )
    assert (
        send(ask("s1"), "post", f"people/{person.code}/reveal", {"field": "phone", "reason": "x"}).status_code
        == 404
    )
