"""Programs see nothing outside their officer's scope: every operation of the API, asked with tokens of nine officers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.urls import get_resolver

from dongche.kit.identifiers import new_code
from dongche.org.models import AuditEntry, Officer
from dongche.registry.models import ImportBatch
from tests.house.test_crawl import CRAWLERS, arguments, on_the_day, words, world
from tests.house.test_permissions import addresses
from tests.house.world import World, may_see
from tests.tokens import program
from tests.town import DAY, NOW

__all__ = ["on_the_day", "world"]
QUERIES = ("", "?on=2020-03-19", "?limit=3", "?by=community&metric=reporting_rate")


def operations(method: str) -> Iterator[str]:
    """The addresses of the API that answer to a method."""
    for pattern, view in addresses(get_resolver().url_patterns):
        if method in getattr(view, "permissions", {}):
            yield "/" + pattern


def filled(address: str, world: World, codes: list[str]) -> Iterator[str]:
    """An address with every place of the whole world, or with each of these codes."""
    address = re.sub(r"<int:\w+>", "1", address)
    if "<number>" in address:
        yield from (address.replace("<number>", shop.number) for shop in world.places.values())
    elif "<code>" in address:
        yield from (address.replace("<code>", code) for code in codes)
    else:
        yield address


@pytest.fixture
def batches(world: World) -> dict[str, ImportBatch]:
    """An import of each sub-district, whose file has a name that could leak."""
    return {
        unit.code: ImportBatch.objects.create(
            code=new_code(), subdistrict=unit, file_name=f"secret-{unit.code}.xlsx", file_path="none",
            file_sha256="0" * 64, state="ready", counts={"new": 1}, created_at=NOW,
        )
        for unit in (world.town.subdistrict, world.hill)
    }  # fmt: skip


@pytest.mark.parametrize("username", CRAWLERS)
def test_no_operation_shows_anything_outside_the_scope(
    world: World, batches: dict[str, ImportBatch], username: str
) -> None:
    officer = Officer.objects.get(username=username)
    client = program(officer)
    seen = {mark for mark, shop in world.places.items() if may_see(officer, shop, DAY)}
    hidden = {secret for mark in world.places if mark not in seen for secret in world.secrets(mark)}
    home = {"duty": world.town.subdistrict.code, "hill": world.hill.code}.get(username)
    hidden |= {batch.file_name for code, batch in batches.items() if code != home}
    codes = [*(batch.code for batch in batches.values()), *arguments(world, seen)["code"]]
    shown: set[str] = set()
    asked = 0
    for operation in set(operations("GET")):
        for address in filled(operation, world, codes):
            for query in QUERIES if address == operation else QUERIES[:1]:
                answer = client.get(address + query)
                asked += 1
                assert answer.status_code < 500, address
                assert username != "idle" or answer.status_code == 401
                text = words(answer).replace(address, "")
                leaks = {secret for secret in hidden if secret in text}
                assert leaks == set(), f"{username} reads {leaks} at {address}{query}"
                if answer.status_code == 200:
                    shown |= {mark for mark in seen if world.places[mark].name in text}
    assert asked > 75
    assert shown == seen


@pytest.mark.parametrize("username", ["n1", "stand_in", "hill", "above", "economy"])
def test_nothing_outside_the_scope_can_be_written_to(
    world: World, batches: dict[str, ImportBatch], username: str
) -> None:
    officer = Officer.objects.get(username=username)
    client = program(officer)
    theirs = batches[world.town.subdistrict.code]
    hidden = [shop.number for shop in world.places.values() if not may_see(officer, shop, DAY)]
    before = AuditEntry.objects.count()
    for method in ("POST", "PATCH"):
        for operation in set(operations(method)):
            address = re.sub(r"<int:\w+>", "1", operation)
            address = address.replace("<number>", hidden[0]).replace("<code>", theirs.code)
            answer = client.generic(method, address, b"{}", "application/json", headers={"If-Match": '"1"'})
            refused = (403, 404, 422) if "<" not in operation or "exclusions" in operation else (403, 404)
            assert answer.status_code in refused, f"{username} may {method} {address}"
    assert AuditEntry.objects.count() == before
