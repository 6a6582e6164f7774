"""Which places may be one: what is found, what only looks alike, and that the same rows give the same pairs."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dongche.solvers.duplicates import names
from dongche.solvers.duplicates.linking import PAIRS, SCHEMA, find

NEAR = ("青岛市", "市北区")
HAIZHICHEN = {
    "place": 1,
    "name": "青岛海之晨餐饮有限公司",
    "credit_code": "91370203MA3N12345X",
    "address": "阜新路8号",
    "phone": "a",
    "lon": 120.37,
    "lat": 36.09,
    "grid": 1,
}


def pairs(*rows: dict[str, object], least: float = 0.5) -> list[dict[str, object]]:
    """What is found among places that are told by how they differ from the first one."""
    filled = [HAIZHICHEN, *(HAIZHICHEN | {"place": place} | row for place, row in enumerate(rows, 2))]
    return find(pa.Table.from_pylist(filled, schema=SCHEMA), near=NEAR, least=least).to_pylist()


@pytest.mark.parametrize(
    ("again", "at"),
    [
        (
            {"name": "海之辰餐饮", "credit_code": None},
            {"name": "sounds_alike", "code": None, "address": "same"},
        ),
        ({"name": "海之晨", "credit_code": None, "address": None}, {"phone": "same", "address": None}),
        ({"address": "南山路1号", "lon": 120.5, "phone": "b"}, {"code": "same", "address": "other"}),
        ({"credit_code": "91370203MA3N12346X"}, {"code": "one_off", "name": "same"}),
        (
            {"name": "青岛海晨之餐饮公司", "credit_code": None, "phone": None},
            {"name": "one_off", "phone": None},
        ),
        ({"address": "青岛市市北区阜新路8号", "credit_code": None, "lat": None}, {"address": "same"}),
    ],
)
def test_what_was_entered_twice_is_found_with_its_evidence(again, at):
    (pair,) = pairs(again)

    assert (pair["left"], pair["right"]) == (1, 2)
    assert {name: pair[name] for name in at} == at


BRANCH = {"credit_code": None, "address": "南山路1号", "lon": 120.5}


@pytest.mark.parametrize(
    "other",
    [
        BRANCH | {"name": "海之晨餐饮（台东店）"},
        BRANCH | {"name": "海之晨餐饮第二分店"},
        {"name": "青岛众诚机电设备有限公司", "credit_code": None, "phone": None},
        {"name": "青岛众诚机电设备有限公司", "credit_code": None, "address": "南山路1号", "lon": 120.5},
        {"name": "青岛海之晨商贸有限公司", "credit_code": "91370203MA3N99999Q"},
    ],
    ids=["branch", "numbered branch", "same building", "same phone", "sister"],
)
def test_what_only_looks_alike_is_not_found(other):
    assert pairs(other) == []


def test_two_branches_of_a_chain_are_two():
    first = BRANCH | {"name": "海之晨餐饮一分店", "phone": "c"}
    second = BRANCH | {"name": "海之晨餐饮二分店", "phone": "c", "address": "南山路9号"}

    assert pairs(first, second) == []


def test_no_places_and_one_place_give_no_pairs():
    assert find(SCHEMA.empty_table()) == PAIRS.empty_table()
    assert pairs() == []


def test_the_order_of_the_rows_changes_nothing():
    rows = [
        {"name": name, "phone": str(number % 7), "credit_code": None, "address": f"阜新路{number % 5}号"}
        for number, name in enumerate(["海之晨餐饮", "海之辰餐饮", "众诚机电", "众城机电", "福瑞祥面馆"] * 6)
    ]
    filled = [HAIZHICHEN | {"place": place} | row for place, row in enumerate(rows)]
    shuffled = random.Random(1).sample(filled, len(filled))
    found = [find(pa.Table.from_pylist(one, schema=SCHEMA), least=0.1) for one in (filled, shuffled)]

    assert len(found[0]) > 20
    assert found[0] == found[1]


@given(st.text(max_size=20))
def test_any_name_can_be_taken_apart(name):
    parts = names.parts(name, names.localities(NEAR))

    assert len(parts.shape) == len(parts.core) == len(parts.sound)
    assert parts.shape.isascii()
    assert parts.sound.isascii()


@pytest.mark.parametrize(
    ("name", "core", "branch"),
    [
        ("海之晨餐饮（台东店）", "海之晨餐饮", "台东"),
        ("海之晨餐饮二分店", "海之晨餐饮", "2"),
        ("海之晨餐饮(第2分店)", "海之晨餐饮", "2"),
        ("海之晨餐饮台东路分店", "海之晨餐饮", "台东路"),
        ("青岛海之晨餐饮有限公司市北分公司", "海之晨餐饮", "市北"),
        ("海之晨（青岛）餐饮有限公司", "海之晨餐饮", ""),
        ("中国青岛海之晨集团股份有限公司", "海之晨集团", ""),
        ("青岛市", "青岛市", ""),
        ("便利店", "便利店", ""),
        ("分店", "分店", ""),
    ],
)
def test_a_name_is_taken_apart(name, core, branch):
    parts = names.parts(name, names.localities(NEAR))

    assert (parts.core, parts.branch) == (core, branch)
