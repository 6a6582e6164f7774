"""The list of divisions is read as it is published, and loaded again without touching what is in service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dongche.org import actions, divisions, founding, structure
from dongche.org.models import Unit, UnitGram, UnitRevision
from tests.town import BY, DAY, NOW

LIST = {
    "provinces": ["code,name", '37,"山东省"', '44,"广东省"'],
    "cities": ["code,name,provinceCode", '3702,"青岛市",37', '4419,"东莞市",44'],
    "areas": ["code,name,cityCode,provinceCode", '370203,"市北区",3702,37', '441900,"东莞市",4419,44'],
    "streets": [
        "code,name,areaCode,provinceCode,cityCode",
        '370203026,"阜新路街道",370203,37,3702',
        '370203027,"另一街道",370203,37,3702',
        '441900003,"东城街道",441900,44,4419',
    ],
    "villages": [
        "code,name,streetCode,provinceCode,cityCode,areaCode",
        '370203026002,"南山社区居委会",370203026,37,3702,370203',
        '370203027001,"前进村委会",370203027,37,3702,370203',
        '441900003001,"岗贝社区居委会",441900003,44,4419,441900',
    ],
}


def write_list(folder: Path, changes: dict[str, str] | None = None) -> None:
    for name, rows in LIST.items():
        text = "\n".join(rows) + "\n"
        for before, after in (changes or {}).items():
            text = text.replace(before, after)
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")


@pytest.fixture
def small(tmp_path: Path, settings: Any, db: None) -> Path:
    write_list(tmp_path)
    settings.DIVISIONS = tmp_path
    return tmp_path


def load(code: str) -> actions.Loaded:
    (province,) = divisions.provinces([code])
    return actions.load_divisions(province=province, from_on=DAY, by=BY, at=NOW)


def line(code: str) -> list[str]:
    """The codes from a unit up to its province, by its parents."""
    unit, found = Unit.objects.get(code=code), []
    while unit is not None:
        found.append(unit.code)
        unit = unit.parent
    return found


def test_a_province_is_loaded_once_with_versions_and_pairs(small: Path) -> None:
    assert load("37") == (7, 0, 0)
    assert load("37") == (0, 0, 7)
    assert line("370203026002") == [
        "370203026002",
        "370203026000",
        "370203000000",
        "370200000000",
        "370000000000",
    ]
    community = Unit.objects.get(code="370203026002")
    assert (community.name, community.subdistrict.code, community.province.code) == (
        "南山社区", "370203026000", "370000000000",
    )  # fmt: skip
    assert UnitRevision.objects.filter(superseded_at__isnull=True).count() == 7
    assert set(UnitGram.objects.filter(unit=community).values_list("gram", flat=True)) == {"南山", "山社"}


def test_the_streets_of_a_city_without_districts_stand_under_the_city(small: Path) -> None:
    load("44")
    assert line("441900003001") == ["441900003001", "441900003000", "441900000000", "440000000000"]


def test_a_new_edition_renames_but_leaves_alone_what_is_in_service(small: Path) -> None:
    structure.load(founding.structure_of("370203026", DAY), by=BY, at=NOW)
    assert load("37") == (2, 0, 5)
    write_list(
        small,
        {"南山社区居委会": "北山社区居委会", "前进村委会": "后退村委会", "370203026002,": "370203026002,"},
    )
    with (small / "villages.csv").open("a", encoding="utf-8") as file:
        file.write('370203026099,"新社区居委会",370203026,37,3702,370203\n')
    assert load("37") == (0, 1, 7)
    assert Unit.objects.get(code="370203026002").name == "南山社区"
    assert not Unit.objects.filter(code="370203026099").exists()
    moved = Unit.objects.get(code="370203027001")
    assert moved.name == "后退村委会"
    assert list(moved.revisions.order_by("id").values_list("name", "superseded_at")) == [
        ("前进村委会", NOW), ("后退村委会", None),
    ]  # fmt: skip
    assert set(moved.grams.values_list("gram", flat=True)) == {"后退", "退村"}


def test_an_instance_begins_with_all_that_the_list_knows(small: Path) -> None:
    top = structure.load(founding.structure_of("370203026000", DAY), by=BY, at=NOW)
    assert line(top.code) == ["370203026000", "370203000000", "370200000000", "370000000000"]
    kinds = Unit.objects.filter(subdistrict=top).order_by("code").values_list("kind", "name")
    assert list(kinds) == [("headquarters", "阜新路街道"), ("community", "南山社区")]


def test_an_unknown_code_is_answered_with_those_near_it(small: Path) -> None:
    with pytest.raises(divisions.NoSuchDivision) as refused:
        founding.structure_of("370203099", DAY)
    assert refused.value.details["nearest"] == "370203027 另一街道、370203026 阜新路街道"
    with pytest.raises(divisions.NoSuchDivision) as refused:
        founding.structure_of("110101001", DAY)
    assert refused.value.details["nearest"].startswith("370203026")
    with pytest.raises(divisions.NoSuchDivision):
        divisions.provinces(["99"])


def test_a_list_that_is_missing_or_damaged_is_a_sentence(small: Path) -> None:
    (small / "villages.csv").write_text("code,name\n,\n", encoding="utf-8")
    with pytest.raises(divisions.ListDamaged):
        list(divisions.read("community"))
    (small / "villages.csv").unlink()
    with pytest.raises(divisions.ListMissing, match="DONGCHE_DIVISIONS"):
        list(divisions.read("community"))
