"""Places over the API: who sees what, masked how, changed by two at once, entered, left out."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, get_args

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dongche.org.models import AuditEntry
from dongche.registry import actions
from dongche.registry.api.shapes import StandingName
from dongche.registry.models import (
    BackboneDecision,
    BackboneFirm,
    Entity,
    Exclusion,
    Revision,
    Standing,
)
from dongche.registry.standing import STANDINGS
from tests.api.conftest import CONTACT, PHONE
from tests.factories.registry import exclude, place
from tests.tokens import program
from tests.town import BY, DAY, NOW, Town

Ask = Callable[..., Client]
LIST = "/api/v1/places"


def one(shop: Entity, rest: str = "") -> str:
    return f"{LIST}/{shop.number}{rest}"


def patch(client: Client, shop: Entity, values: dict[str, Any], **headers: str) -> Any:
    return client.patch(one(shop), values, content_type="application/json", headers=headers)


def post(client: Client, address: str, values: dict[str, Any]) -> Any:
    return client.post(address, values, content_type="application/json")


def numbers(client: Client, query: str = "") -> list[str]:
    """All pages of a list."""
    found, cursor = [], ""
    while True:
        answer = client.get(f"{LIST}?{query}&cursor={cursor}")
        assert answer.status_code == 200, answer.content
        page = answer.json()
        found += [row["number"] for row in page["items"]]
        if page["next"] is None:
            return found
        cursor = page["next"]


@pytest.mark.parametrize(
    ("username", "sees"),
    [("duty", True), ("n1", True), ("n2", False), ("north", True), ("south", False), ("affairs", True),
     ("economy", False), ("leader1", True), ("leader2", False)],
)  # fmt: skip
def test_an_officer_sees_over_the_api_what_their_posts_reach(
    shop: Entity, ask: Ask, username: str, sees: bool
) -> None:
    client = ask(username)
    assert numbers(client) == ([shop.number] if sees else [])
    for rest in ("", "/who", "/exclusions"):
        assert client.get(one(shop, rest)).status_code == (200 if sees else 404)


@pytest.mark.parametrize(
    ("username", "in_full"), [("n1", True), ("duty", False), ("north", False), ("affairs", False)]
)
def test_only_whoever_is_to_call_a_place_gets_its_contact_in_full(
    shop: Entity, ask: Ask, username: str, in_full: bool
) -> None:
    answer = ask(username).get(one(shop)).json()
    shown = (answer["contact_name"], answer["contact_phone"], answer["contact_masked"])
    assert shown == ((CONTACT, PHONE, False) if in_full else ("海**", "138******01", True))
    assert PHONE not in ask("n1").get(LIST).content.decode()


def test_it_says_who_answers_for_a_place_and_why(shop: Entity, ask: Ask) -> None:
    answers = ask("duty").get(one(shop)).json()["responsible"]
    assert [(answer["role"], answer["officer"], answer["rule"]) for answer in answers] == [
        ("served_by", "n1", "S20 grid: grid_worker"),
        ("managed_by", "affairs", "default #60: department_officer"),
        ("responsible", "north", "S28 community: community_secretary"),
        ("sponsor", "leader1", "S18 sponsorship"),
    ]
    told = ask("n1").get(one(shop, "/who")).json()["responsible"]
    phones = {answer["officer"]: answer["phone"] for answer in told}
    assert (phones["n1"].isdigit(), "*" in phones["north"]) == (True, True)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["LA", "LB", "LC"]),
        ("q=蓝帆", ["LA"]),
        ("q=，", []),
        ("category=supermarket", ["LB"]),
        ("focus=key_enterprise", ["LC"]),
        ("community=370203900001", ["LA", "LB"]),
        ("grid=370203900002001", ["LC"]),
        ("line=370203900000L03", ["LB"]),
        ("line=370203900000L01", ["LC"]),
        ("changed_since=2020-03-01T00:00:00%2B08:00", []),
        ("changed_since=2020-01-01T00:00:00Z&limit=1", ["LA", "LB", "LC"]),
    ],
)
def test_the_list_is_narrowed(town: Town, ask: Ask, query: str, found: list[str]) -> None:
    shops = {
        "LA": place(town.grid_n1, name="蓝帆示例商行"),
        "LB": place(town.grid_n2, "supermarket", name="海鸥示例超市"),
        "LC": place(town.grid_s1, "enterprise", name="晨光示例公司", focus="key_enterprise"),
    }
    assert numbers(ask("duty"), query) == [shops[key].number for key in found]


def test_a_place_tells_its_standing_and_whether_it_is_a_backbone_firm(town: Town, ask: Ask) -> None:
    firm, shut = place(town.grid_n1, "enterprise"), place(town.grid_n2)
    decision = BackboneDecision.objects.create(
        subdistrict=town.subdistrict, document="No. 3", reason="output", from_on=DAY, at=NOW
    )
    BackboneFirm.objects.create(entity=firm, entered_by=decision, from_on=DAY, known_at=NOW)
    Standing.objects.create(
        entity=firm, on=DAY, step="producing", source="visited", reason="seen", known_at=NOW
    )
    exclude(shut, kind="closed_by_order")
    told = {
        row["number"]: (row["standing"], row["backbone"]) for row in ask("duty").get(LIST).json()["items"]
    }
    assert told == {firm.number: ("producing", True), shut.number: ("closed", False)}
    single = ask("duty").get(one(firm))
    assert (single.json()["standing"], single.json()["backbone"]) == ("producing", True)
    assert numbers(ask("duty"), "standing=producing&backbone=true") == [firm.number]
    assert numbers(ask("duty"), "standing=closed&backbone=false") == [shut.number]
    assert get_args(StandingName) == tuple(STANDINGS)
    Standing.objects.update(step="suspended")
    headers = {"If-None-Match": single["ETag"]}
    assert ask("duty").get(one(firm), headers=headers).json()["standing"] == "suspended"


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("standing=open", "web.bad_value", "standing"),
        ("category=bakery", "web.bad_value", "category"),
        ("limit=0", "web.bad_value", "limit"),
        ("limit=501", "web.bad_value", "limit"),
        ("changed_since=2020-03-01T00:00:00", "web.bad_value", "changed_since"),
        ("changed_since=0001-01-01T00:00:00%2B08:00", "web.bad_value", "changed_since"),
        ("colour=blue", "web.bad_value", "colour"),
        ("q=%00", "web.bad_value", "q"),
        ("community=370203800001", "registry.unknown_unit", ""),
    ],
)
def test_a_query_that_cannot_be_meant_is_refused(
    town: Town, ask: Ask, query: str, code: str, field: str
) -> None:
    answer = ask("duty").get(f"{LIST}?{query}")
    said = answer.json()
    assert (answer.status_code, said["code"]) == (422, code)
    assert [error["field"] for error in said.get("errors", [])] == ([field] if field else [])


def test_refusals_come_in_the_language_asked_for(town: Town, ask: Ask) -> None:
    said = {
        language: ask("duty", **{"Accept-Language": language}).get(f"{LIST}?limit=0").json()["message"]
        for language in ("en", "zh-Hans", "zh-Hant")
    }
    assert said["en"].startswith("1 of the values")
    assert "无法使用" in said["zh-Hans"]
    assert "無法使用" in said["zh-Hant"]


def test_a_page_stays_where_it_is_when_places_are_entered_meanwhile(town: Town, ask: Ask) -> None:
    before = [place(town.grid_n1).number for _ in range(5)]
    client = ask("duty")
    first = client.get(f"{LIST}?limit=2").json()
    later = [place(town.grid_n1).number for _ in range(2)]
    second = client.get(f"{LIST}?limit=2&cursor={first['next']}").json()
    third = client.get(f"{LIST}?limit=9&cursor={second['next']}").json()
    rows = [row["number"] for page in (first, second, third) for row in page["items"]]
    assert (rows, third["next"]) == ([*before, *later], None)


def test_a_page_costs_the_same_whatever_its_size(town: Town, ask: Ask) -> None:
    client = ask("north")
    counts = []
    for more in (1, 12):
        for _ in range(more):
            place(town.grid_n1, contact_phone=PHONE)
        client.get(LIST)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_answer_that_is_known_is_not_sent_again(shop: Entity, ask: Ask, town: Town) -> None:
    client = ask("duty")
    first = client.get(one(shop))
    etag = first["ETag"]
    assert first["Cache-Control"] == "private, no-cache"
    again = client.get(one(shop), headers={"If-None-Match": f'"other", W/{etag}'})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    # Who answers for it is shown too, so a change of that is a change of the answer.
    actions.assign_places(entities=[shop], officer=town.n2, role="served_by", from_on=DAY, by=BY, at=NOW)
    changed = client.get(one(shop), headers={"If-None-Match": etag})
    assert (changed.status_code, changed["ETag"] == etag) == (200, False)


def test_of_two_who_change_a_place_the_second_is_told(shop: Entity, ask: Ask) -> None:
    one_of_two, other = ask("duty"), ask("duty")
    read = one_of_two.get(one(shop))["ETag"]
    also_read = other.get(one(shop))["ETag"]
    assert read == also_read
    first = patch(one_of_two, shop, {"staff_count": 7}, **{"If-Match": read})
    assert (first.status_code, first.json()["staff_count"]) == (200, 7)
    second = patch(other, shop, {"staff_count": 9}, **{"If-Match": also_read})
    assert (second.status_code, second.json()["code"], second["ETag"]) == (
        412,
        "web.overtaken",
        first["ETag"],
    )
    assert Entity.objects.get().staff_count == 7
    third = patch(other, shop, {"staff_count": 9, "reason": "counted again"}, **{"If-Match": second["ETag"]})
    assert (third.status_code, Entity.objects.get().staff_count) == (200, 9)
    assert AuditEntry.objects.order_by("pk").last().reason == "counted again"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 428),
        ({"If-Match": "*"}, 428),
        ({"If-Match": '"nonsense"'}, 412),
        ({"If-Match": '"999999999"'}, 412),
    ],
)
def test_a_change_says_which_version_it_was_made_from(
    shop: Entity, ask: Ask, headers: dict[str, str], status: int
) -> None:
    place_before = Revision.objects.count()
    answer = patch(ask("duty"), shop, {"staff_count": 7}, **headers)
    assert (answer.status_code, Revision.objects.count()) == (status, place_before)


def test_the_version_of_a_row_of_the_list_will_do(shop: Entity, ask: Ask) -> None:
    client = ask("duty")
    version = client.get(LIST).json()["items"][0]["version"]
    assert patch(client, shop, {"address": "示例路2号"}, **{"If-Match": f'"{version}"'}).status_code == 200


@pytest.mark.parametrize(
    ("sent", "after"),
    [
        ({"name": "新名示例商行"}, {"name": "新名示例商行", "contact_phone": PHONE, "address": "示例路1号"}),
        ({"address": None}, {"address": ""}),
        ({"contact_phone": None}, {"contact_phone": "", "contact_name": CONTACT}),
        ({"revenue": "1.2亿元"}, {"revenue_fen": 12_000_000_000}),
        ({"output_normal": 2.5}, {"output_normal_fen": 2_500_000}),
        ({"construction_qualified": True}, {"construction_qualified": True}),
        ({"category": "超市"}, {"category": "supermarket"}),
        ({"grid": "370203900002001"}, {"community": "370203900002", "grid": "370203900002001"}),
        ({"community": "370203900002"}, {"community": "370203900002", "grid": None}),
        ({"lon": 120.005, "lat": 36.005}, {"lon": 120.005, "lat": 36.005, "grid": "370203900001001"}),
        ({"opened_on": "2020-03-02"}, {"opened_on": DAY.replace(day=2)}),
    ],
)
def test_only_what_is_sent_changes(
    shop: Entity, ask: Ask, sent: dict[str, Any], after: dict[str, Any]
) -> None:
    client = ask("duty")
    answer = patch(client, shop, sent, **{"If-Match": client.get(one(shop))["ETag"]})
    assert answer.status_code == 200, answer.content.decode()
    found = Entity.objects.select_related("community", "grid").get()
    for name, value in after.items():
        kept = getattr(found, name)
        assert (kept.code if name in ("community", "grid") and kept else kept) == value
    assert found.staff_count == 4


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"name": None}, ["name"]),
        ({"staff_count": -1}, ["staff_count"]),
        ({"staff_count": 10**400, "lon": 10**400, "lat": 1}, ["lon", "staff_count"]),
        ({"revenue": "9" * 300}, ["revenue"]),
        ({"staff_count": "many"}, ["staff_count"]),
        ({"credit_code": "91370203"}, ["credit_code"]),
        ({"community": None}, ["community"]),
        ({"lon": 120.005}, ["lat"]),
        ({"grid": "nowhere"}, ["grid"]),
        ({"category": "bakery", "contact_phone": "12"}, ["category", "contact_phone"]),
        ({"opened_on": "tomorrow"}, ["opened_on"]),
        ({"opened_on": "2020-03-21"}, ["opened_on"]),
        ({"number": "X"}, ["number"]),
        ({"address": "\u0000"}, ["address"]),
    ],
)
def test_what_cannot_be_read_is_named_field_by_field(
    shop: Entity, ask: Ask, sent: dict[str, Any], fields: list[str]
) -> None:
    client = ask("duty")
    answer = patch(client, shop, sent, **{"If-Match": client.get(one(shop))["ETag"]})
    said = answer.json()
    assert (answer.status_code, said["code"]) == (422, "web.bad_value")
    assert [error["field"] for error in said["errors"]] == fields


def test_nothing_changed_is_said(shop: Entity, ask: Ask) -> None:
    client = ask("duty")
    etag = client.get(one(shop))["ETag"]
    for sent in ({}, {"staff_count": 4}, {"reason": "none"}):
        answer = patch(client, shop, sent, **{"If-Match": etag})
        assert (answer.status_code, answer.json()["code"]) == (409, "registry.nothing_changed")


def test_a_new_place_is_entered_unless_one_looks_alike(shop: Entity, ask: Ask) -> None:
    client = ask("duty")
    given = {
        "name": "蓝帆示例商行",
        "category": "street_shop",
        "grid": "370203900001001",
        "contact_phone": PHONE,
    }
    refused = post(client, LIST, given)
    assert (refused.status_code, refused.json()["code"]) == (409, "registry.looks_alike")
    assert refused.json()["candidates"] == [
        {"number": shop.number, "name": shop.name, "reasons": ["same phone", "same name"]}
    ]
    entered = post(client, f"{LIST}?despite=true", given)
    assert (entered.status_code, entered.json()["grid"]["code"]) == (201, "370203900001001")
    assert client.get(entered["Location"]).json()["number"] == entered.json()["number"]
    trace = AuditEntry.objects.order_by("pk").last()
    assert (trace.by.username, trace.origin.split()[0], PHONE in json.dumps(trace.after)) == (
        "duty",
        "api",
        False,
    )
    other = {"name": "完全不同", "category": "enterprise"}
    assert [error["field"] for error in post(client, LIST, other).json()["errors"]] == ["community"]


def test_exclusions_are_listed_begun_and_ended(shop: Entity, ask: Ask) -> None:
    client, address = ask("duty"), one(shop, "/exclusions")
    begun = post(client, address, {"kind": "seasonal", "reason": "winter", "from_on": "2020-03-20"})
    assert (begun.status_code, begun.json()["kind"]) == (201, "seasonal")
    again = post(client, address, {"kind": "seasonal", "reason": "winter", "from_on": "2020-03-20"})
    assert (again.status_code, again.json()["code"]) == (409, "registry.already_excluded")
    number = begun.json()["id"]
    ended = post(client, f"{address}/{number}/end", {"until_on": "2020-03-25", "reason": "spring"})
    assert (ended.status_code, ended.json()["until_on"]) == (200, "2020-03-25")
    assert [row["until_on"] for row in client.get(address).json()] == ["2020-03-25"]
    gone = post(client, f"{address}/{ended.json()['id']}/end", {"until_on": "2020-03-20"})
    assert (gone.json()["id"], client.get(address).json()) == (None, [])
    backwards = {"kind": "seasonal", "reason": "winter", "from_on": "2020-03-20", "until_on": "2020-03-20"}
    assert post(client, address, backwards).json()["code"] == "registry.exclusion_period"
    empty = post(client, address, {"kind": "seasonal", "reason": "  ", "from_on": "2020-03-20"})
    assert [error["field"] for error in empty.json()["errors"]] == ["reason"]
    bad = post(client, address, {"kind": "holiday", "reason": "", "from_on": "x"})
    assert {error["field"] for error in bad.json()["errors"]} == {"kind", "reason", "from_on"}


@pytest.mark.parametrize("username", ["n1", "affairs", "leader1"])
def test_only_headquarters_writes(shop: Entity, ask: Ask, username: str) -> None:
    client, number = ask(username), exclude(shop).pk
    before = AuditEntry.objects.count()
    for answer in (
        patch(client, shop, {"staff_count": 1}, **{"If-Match": '"1"'}),
        post(client, LIST, {"name": "a"}),
        post(client, one(shop, "/exclusions"), {}),
        post(client, one(shop, f"/exclusions/{number}/end"), {}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "web.not_your_duty")
    assert (AuditEntry.objects.count(), Exclusion.objects.count()) == (before, 1)


@pytest.fixture
def client(town: Town) -> Client:
    """A program of headquarters; what breaks in it breaks the test."""
    return program(town.duty)


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
JSON = PLAIN | st.lists(PLAIN, max_size=2) | st.dictionaries(st.text(max_size=4), PLAIN, max_size=2)
FIELDS = ("name", "category", "community", "grid", "lon", "lat", "staff_count", "revenue", "opened_on", "area_m2",
          "credit_code", "construction_qualified", "contact_phone", "source", "reason", "other")  # fmt: skip
PARAMETERS = (
    "q",
    "cursor",
    "limit",
    "community",
    "grid",
    "line",
    "category",
    "focus",
    "standing",
    "backbone",
    "changed_since",
    "other",
)


@given(query=st.dictionaries(st.sampled_from(PARAMETERS), st.text(max_size=20), max_size=3))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_no_query_breaks_the_list(shop: Entity, client: Client, query: dict[str, str]) -> None:
    query = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
    assert client.get(LIST, query).status_code in (200, 400, 422)


@given(
    value=st.integers() | st.floats() | st.text(max_size=9) | st.none(),
    pk=st.integers() | st.floats() | st.none(),
)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_no_cursor_breaks_the_list(shop: Entity, client: Client, value: Any, pk: Any) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps([value, pk]).encode()).decode().rstrip("=")
    assert client.get(LIST, {"cursor": cursor}).status_code in (200, 400, 422)


@given(sent=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_no_body_breaks_a_change(shop: Entity, client: Client, sent: dict[str, Any]) -> None:
    etag = client.get(one(shop))["ETag"]
    answer = patch(client, shop, json.dumps(sent), **{"If-Match": etag})
    assert answer.status_code in (200, 409, 422)
    assert client.get(one(shop)).status_code == 200
