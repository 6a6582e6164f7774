"""An organisation from a file: complete, repeatable, and mistakes told by their path."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.utils import translation

from dongche.org import structure
from dongche.org.models import AuditEntry, LineRule, Officer, Post, Sponsorship, Unit
from dongche.org.queries import Officers, Posts, Sponsorships
from dongche.registry.models import Category
from tests.town import BY, DAY, SETUP_AT, Town


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


SAMPLE = Path(__file__).parents[2] / "packs" / "epidemic-2020" / "structure.sample.yaml"
CONTENT = yaml.safe_load(SAMPLE.read_text(encoding="utf-8"))


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Unit, Officer, Post, Sponsorship, LineRule))


def test_the_sample_is_loaded_whole_and_only_once(db: None) -> None:
    read = structure.read(SAMPLE, categories=Category.values)
    unit = structure.load(read, by=BY, at=SETUP_AT, passwords={"zhiban": "a-long-password-2020"})
    assert (unit.code, unit.name, read.from_on) == ("370203900000", "示例街道", date(2020, 2, 3))
    assert counts() == (12, 14, 14, 2, 6)
    assert AuditEntry.objects.count() >= sum(counts())
    assert Officer.objects.get(username="zhiban").check_password("a-long-password-2020")
    assert not Officer.objects.get(username="wangge1").has_usable_password()
    grid = Unit.objects.get(code="370203900001002")
    assert (grid.kind, grid.community.code, grid.subdistrict) == ("grid", "370203900001", unit)
    structure.load(read, by=BY, at=SETUP_AT)
    assert counts() == (12, 14, 14, 2, 6)


def test_what_was_added_to_the_file_is_added_and_the_rest_stays(db: None) -> None:
    structure.load(structure.parse(CONTENT), by=BY, at=SETUP_AT)
    more = copy.deepcopy(CONTENT)
    more["officers"]["wangge9"] = {"name": "示例·网格员九"}
    more["communities"][1]["grids"].append({"code": "370203900002002", "name": "新网格", "worker": "wangge9"})
    more["subdistrict"]["name"] = "改名街道"
    structure.load(structure.parse(more), by=BY, at=SETUP_AT)
    assert counts() == (13, 15, 15, 2, 6)
    assert Unit.objects.get(code="370203900000").name == "示例街道"


SQUARE = [[120.0, 36.0], [120.1, 36.0], [120.1, 36.1], [120.0, 36.0]]


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("from_on",), "soon", "from_on"),
        (("subdistrict", "code"), None, "subdistrict.code"),
        (("subdistrict", "colour"), "red", "subdistrict.colour"),
        (("departments", 1, "lines", 0, "category"), "spaceport", "departments[1].lines[0].category"),
        (("departments", 1, "lines", 0, "priority"), 0, "departments[1].lines[0].priority"),
        (("departments", 0, "lines", 0, "focus"), "everything", "departments[0].lines[0].focus"),
        (("communities", 0, "sponsor"), "nobody", "communities[0].sponsor"),
        (("communities", 0, "grids", 1, "worker"), ["wangge2", "nobody"], "communities[0].grids[1].worker"),
        (("communities", 0, "grids"), "many", "communities[0].grids"),
        (("communities", 0, "secretary"), 7, "communities[0].secretary"),
        (("communities", 1, "polygon"), {"type": "Point", "coordinates": [1, 2]}, "communities[1].polygon"),
        (("communities", 1, "polygon"), {"type": "Polygon", "coordinates": "x"}, "communities[1].polygon"),
        (("communities", 1, "polygon"), {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}, "communities[1].polygon"),
        (("communities", 1, "polygon"), {"type": "Polygon", "coordinates": [[[x * 9, y] for x, y in SQUARE]]}, "communities[1].polygon"),
        (("officers", "zhiban"), "示例", "officers.zhiban"),
        (("officers",), [], "officers"),
        (("headquarters",), None, "headquarters"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_by_its_path(path: tuple[Any, ...], value: Any, told: str) -> None:
    content = copy.deepcopy(CONTENT)
    inner = content
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(structure.StructureInvalid) as refused:
        structure.parse(content, categories=Category.values)
    assert refused.value.details["path"] == told


@pytest.mark.parametrize("content", [None, [], "text", 7])
def test_a_file_that_is_no_mapping_is_refused(content: Any) -> None:
    with pytest.raises(structure.StructureInvalid, match="first line"):
        structure.parse(content)


def test_codes_and_priorities_are_given_once() -> None:
    twice = copy.deepcopy(CONTENT)
    twice["communities"][1]["grids"][0]["code"] = "370203900001001"
    with pytest.raises(structure.StructureInvalid, match="370203900001001"):
        structure.parse(twice)
    twice = copy.deepcopy(CONTENT)
    twice["departments"][1]["lines"][0]["priority"] = 10
    with pytest.raises(structure.StructureInvalid, match="priority that no other line has"):
        structure.parse(twice)


def test_a_code_of_another_kind_of_unit_is_refused_and_nothing_is_kept(town: Town) -> None:
    before = counts()
    content = copy.deepcopy(CONTENT)
    content["communities"][0]["code"] = town.grid_n1.code
    content["communities"][0]["grids"] = []
    with pytest.raises(structure.StructureInvalid, match="community"):
        structure.load(structure.parse(content), by=BY, at=SETUP_AT)
    assert counts() == before


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"a: [1", b"- : :\n\t- x"])
def test_a_file_that_is_no_yaml_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "structure.yaml"
    file.write_bytes(content)
    with pytest.raises(structure.StructureUnreadable, match=r"structure\.yaml"):
        structure.read(file)


def test_who_sees_officers_posts_and_sponsorships(town: Town) -> None:
    assert Officers.visible_to(town.duty).count() == Officer.objects.count()
    assert [officer.username for officer in Officers.visible_to(town.n1)] == ["n1"]
    assert Posts.visible_to(town.n1).in_force(DAY).count() == Post.objects.count()
    assert Sponsorships.visible_to(town.n1).in_force(DAY).count() == 2
    for queryset in (Officers, Posts, Sponsorships):
        assert not queryset.visible_to(None).exists()
