"""What all operations share: who may ask, how refusals look, how it is described; figures and coverage."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dongche.kit import clock
from dongche.kit.identifiers import make_resident_id
from dongche.org.access import lockout
from dongche.org.queries import Units
from dongche.registry import actions, outward
from dongche.registry.models import Entity
from dongche.registry.queries import Places, person_version
from dongche.registry.roster.rows import read_person
from dongche.reporting import figures, publishing
from scripts import problems
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.tokens import issue
from tests.town import DAY, NOW, PASSWORD, Town

Ask = Callable[..., Client]
ROOT = Path(__file__).parents[2]
EVERYWHERE = {"401", "403", "422", "429"}


def described() -> dict[str, Any]:
    return Client().get("/api/v1/openapi.json").json()


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, about)
        for path, methods in described()["paths"].items()
        for method, about in methods.items()
    ]


def test_nobody_gets_in_without_a_token(shop: Entity, town: Town) -> None:
    client = Client()
    client.login(username="duty", password=PASSWORD)
    for headers in ({}, {"Authorization": "Basic ZHV0eTp4"}, {"Authorization": "Bearer dongche_wrong"}):
        answer = client.get("/api/v1/places", headers=headers)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="dongche"')
        assert set(answer.json()) == {"code", "message", "details"}
        assert "Set-Cookie" not in answer.headers


def test_a_session_is_not_looked_at_so_no_other_site_acts(shop: Entity, town: Town, ask: Ask) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(town.duty)
    assert client.post("/api/v1/places", {}, content_type="application/json").status_code == 401
    _token, secret = issue(town.duty)
    answer = client.post(
        "/api/v1/places", {}, content_type="application/json", headers={"Authorization": f"Bearer {secret}"}
    )
    assert answer.status_code == 422


def test_wrong_tokens_are_soon_refused_with_the_time_to_wait(town: Town) -> None:
    client = Client(headers={"Authorization": "Bearer dongche_guess"})
    answers = [client.get("/api/v1/places").status_code for _ in range(lockout.GUESSES + 1)]
    assert answers == [401] * lockout.GUESSES + [429]
    assert int(client.get("/api/v1/places")["Retry-After"]) > 0


def test_what_is_not_there_or_not_accepted_answers_in_json(town: Town, ask: Ask) -> None:
    client = ask("duty")
    gone, wrong = client.get("/api/v1/nothing"), client.delete("/api/v1/places")
    assert (gone.status_code, gone.json()["code"]) == (404, "web.not_found")
    assert (wrong.status_code, wrong.json()["code"], wrong["Allow"]) == (405, "web.wrong_method", "GET, POST")
    broken = client.post("/api/v1/places", "{", content_type="application/json")
    assert (broken.status_code, broken.json()["code"]) == (422, "web.bad_value")
    large = client.post("/api/v1/places", '"' + "x" * 3_000_000 + '"', content_type="application/json")
    assert (large.status_code, large.json()["code"]) == (413, "web.too_large")


def test_answers_are_kept_nowhere(shop: Entity, ask: Ask) -> None:
    client = ask("duty")
    for address in ("/api/v1/places", "/api/v1/coverage", "/api/v1/places?limit=0", "/api/v1/nothing"):
        assert client.get(address)["Cache-Control"] == "private, no-store"


def test_each_operation_is_described_with_its_problems() -> None:
    known = {entry.code for entry in problems.entries()}
    found = operations()
    assert len(found) > 12
    for path, method, about in found:
        here = f"{method} {path}"
        assert about["summary"], here
        assert "Duty: `" in about["description"], here
        assert about["security"] == [{"token": []}], here
        refusals = {status: one for status, one in about["responses"].items() if status >= "400"}
        assert set(refusals) >= EVERYWHERE, here
        if "{" in path:
            assert "404" in refusals, here
        for one in refusals.values():
            assert one["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Problem"}, (
                here
            )
            assert set(one["description"].split(", ")) <= known, here


def test_the_description_holds_together() -> None:
    """Every reference leads somewhere, every name of an operation is its own, every parameter of a path is described."""
    document = described()
    assert document["openapi"].startswith("3.")
    text = json.dumps(document)
    for name in set(re.findall(r'"#/components/schemas/(\w+)"', text)):
        assert name in document["components"]["schemas"]
    assert document["components"]["securitySchemes"] == {"token": {"type": "http", "scheme": "bearer"}}
    names = [about["operationId"] for _path, _method, about in operations()]
    assert len(names) == len(set(names))
    for path, _method, about in operations():
        inside = {one["name"] for one in about["parameters"] if one["in"] == "path"}
        assert inside == set(re.findall(r"{(\w+)}", path))


def test_coverage_is_what_the_command_prints(shop: Entity, town: Town, ask: Ask) -> None:
    found = ask("duty").get("/api/v1/coverage").json()
    every = Places.unscoped(reason="the command counts every place")
    here = Units.unscoped(reason="the command knows every unit").in_service()
    assert found == outward.coverage_as_json(every, DAY, here)
    assert (found["places"], found["percent"]) == (1, "100.00")
    assert ask("n1").get("/api/v1/coverage").status_code == 403
    assert ask("south").get("/api/v1/coverage").json()["places"] == 0


def test_figures_are_what_the_command_prints(town: Town, ask: Ask) -> None:
    for grid in (town.grid_n1, town.grid_s1):
        report(place(grid), staff_due=4, staff_at_post=2)
    answer = ask("duty").get("/api/v1/metrics?by=community&metric=resumption_rate").json()
    rows = figures.measure(town.duty, days=[DAY], by=[(), ("community",)], metrics=["resumption_rate"])
    assert [row | {"as_known": ""} for row in answer] == [row.as_json() | {"as_known": ""} for row in rows]
    mine = ask("north").get("/api/v1/metrics?metric=resumption_rate").json()
    assert (mine[0]["denominator"], mine[0]["value"]) == (1, "100.00")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("on=2020-03-21", "reporting.day_to_come"),
        ("on=yesterday", "web.bad_value"),
        ("by=colour", "analytics.unknown_dimension"),
        ("metric=luck", "analytics.unknown_metric"),
        ("as_known=2020-03-01", "web.bad_value"),
        ("dimension=line", "web.bad_value"),
    ],
)
def test_figures_that_cannot_be_asked_for_are_refused(town: Town, ask: Ask, query: str, code: str) -> None:
    answer = ask("duty").get(f"/api/v1/metrics?{query}")
    status = 404 if code == "analytics.unknown_metric" else 422
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_examples_of_the_document_work(shop: Entity, town: Town) -> None:
    """Each `curl` of docs/api.md is read and asked of this very house."""
    _token, secret = issue(town.duty)
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    number = shop.number
    version = (
        Client(headers={"Authorization": f"Bearer {secret}"})
        .get(f"/api/v1/places/{number}")
        .json()["version"]
    )
    told = read_person({"name": "示例", "document_number": make_resident_id("37029919900101001"),
                        "phone": "13800138000"}, on=DAY)  # fmt: skip
    assert isinstance(told, dict)
    frozen = publishing.publish(unit=town.subdistrict, on=DAY, speaker="王某", by=town.duty, at=NOW)
    somebody = actions.enter_person(place=shop, given=told, by=town.duty, at=NOW)
    person = str(person_version(somebody))
    asked = 0
    for block in re.findall(r"```sh\n(.*?)```", text, re.S):
        for line in re.sub(r"\\\n\s*", " ", block).splitlines():
            if not line.startswith("curl"):
                continue
            line = line.replace("VERSION", person if "/people/" in line else str(version))
            line = line.replace("$TOKEN", secret).replace("LS-00001", number)
            line = line.replace("people/CODE", f"people/{somebody.code}")
            line = line.replace("HASH", frozen.digest)
            method, address, headers, body = _read(shlex.split(line))
            answer = Client().generic(method, address, body, headers.pop("Content-Type", ""), headers=headers)
            assert answer.status_code in (200, 201, 202), (line, answer.content.decode())
            asked += 1
    assert asked >= 6


def _read(words: list[str]) -> tuple[str, str, dict[str, str], bytes]:
    method, address, headers, body = "GET", "", {}, b""
    words = words[1:]
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-H":
            name, _colon, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = words.pop(0).encode()
        elif word.startswith("http"):
            address = "/" + word.split("/", 3)[3]
    return method, address, headers, body


def test_a_token_that_has_just_expired_says_when(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    _token, secret = issue(town.n1)
    real = clock.real
    monkeypatch.setattr(clock, "real", lambda: real() + timedelta(days=31))
    answer = Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/places")
    assert (answer.status_code, answer.json()["code"]) == (401, "org.token_over")
    assert reverse("api:registry_places") == "/api/v1/places"
