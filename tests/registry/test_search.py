"""Places are found by what people type: characters, initials, codes, phones, numbers."""

from __future__ import annotations

import re

import pytest
from django.db import connection

from dongche.registry import actions
from dongche.registry.queries import Places, version_of
from dongche.web.fields import search_hash
from tests.factories.registry import place
from tests.town import NOW, Town

CODE = "91370203MA3CAAA01X"


@pytest.fixture
def shop(town: Town):
    place(town.grid_n2, name="青岛正阳机械有限公司", credit_code="91370203MA3CBBB02X")
    return place(
        town.grid_n1, name="青岛海达机械有限公司", credit_code=CODE, contact_phone="13800001234",
        contact_phone_hash=search_hash("13800001234"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "text", ["海达", "qdhd", "QDHD", "hdjx", "hd", CODE, "91370203ma3caa", CODE[:12], "13800001234"]
)
def test_a_place_is_found(shop, town: Town, text: str):
    found = Places.visible_to(town.duty).named_like(text).order_by("pk")
    expected = ["青岛海达机械有限公司"]
    if text == CODE[:12]:
        expected = ["青岛正阳机械有限公司", *expected]
    assert [one.name for one in found] == expected


def test_a_place_is_found_by_its_number(shop, town: Town):
    assert list(Places.visible_to(town.duty).named_like(shop.number.lower())) == [shop]


@pytest.mark.parametrize("text", ["zz", "qdhdz", "hdz", "9137020399"])
def test_what_nothing_begins_with_finds_nothing(shop, town: Town, text: str):
    assert list(Places.visible_to(town.duty).named_like(text)) == []


def test_a_renamed_place_is_found_by_its_new_initials_alone(shop, town: Town):
    given = {"name": "青岛新星机械有限公司"}
    actions.change_place(place=shop, given=given, version=version_of(shop), by=town.duty, at=NOW)
    everything = Places.visible_to(town.duty)
    assert (list(everything.named_like("qdxx")), list(everything.named_like("qdhdjx"))) == ([shop], [])


def test_a_search_reads_indexes(shop, town: Town):
    """No table is read from end to end, however few rows there are."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL reads a small table as a whole")
    plan = Places.visible_to(town.duty).named_like("qdhd").order_by("number").explain()
    assert re.findall(r"SCAN (?!SUBQUERY)\w+", plan) == []


@pytest.mark.parametrize("is_counted", [False, True])
@pytest.mark.parametrize("text", ["青岛", "机械", "有限公司", "岛海达", "qd", "jx", "qdhd", "海达", "司有限"])
def test_what_many_share_is_found_in_another_way_and_the_same(
    shop, town: Town, text: str, is_counted: bool, monkeypatch
):
    everything = Places.visible_to(town.duty)
    few = set(everything.named_like(text, is_counted=is_counted))
    monkeypatch.setattr("dongche.registry.queries.searching.MANY", 1)
    assert set(everything.named_like(text, is_counted=is_counted)) == few
    assert shop in few or text == "司有限"
    assert everything.named_like(text, is_counted=True).count() == len(few)


def test_a_form_without_a_community_says_what_the_address_speaks_for(town: Town, client):
    for number in (2, 6):
        place(town.grid_s1, name=f"示例{number}", address=f"阜新路{number}号")
    client.force_login(town.duty)
    given = {"name": "新店", "category": "street_shop", "address": "青岛市阜新路4号", "source": "entered"}
    page = client.post("/registry/places/new/", given, headers={"accept-language": "en"})
    assert "By its address it is in South" in page.content.decode()
