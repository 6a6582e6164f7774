"""A roster as people make it: found by its header, kept row by row, handed back with reasons, nothing twice."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils import translation

from dongche.kit import clock
from dongche.kit.identifiers import make_resident_id
from dongche.registry import importing
from dongche.registry.imports.store import Folder
from dongche.registry.models import Entity, HealthNote, ImportBatch, Person, PersonRevision
from dongche.registry.roster import template, words
from dongche.registry.roster.labels import CHOICES
from dongche.registry.sheets.columns import MissingColumn
from tests.cli.conftest import dongche  # noqa: F401
from tests.factories.registry import place
from tests.registry.books import book
from tests.town import NOW, Town

LATER = NOW + timedelta(hours=1)
HEADER = [
    "序号",
    "姓名",
    "身份证号码",
    "手机号",
    "岗位",
    "出发地",
    "返青日期",
    "健康码",
    "体温",
    "有无接触史",
]


def number(n: int) -> str:
    return make_resident_id(f"370299199001{n % 28 + 1:02d}{n:03d}")


def line(n: int, **given: Any) -> list[Any]:
    values = {"id": number(n), "phone": f"1380000{n:04d}", "job": "收银", "from": "浙江杭州", "on": "2020-03-15",
              "code": "绿码", "temperature": 36.5, "contact": "无"} | given  # fmt: skip
    return [n, f"示例{n}", *values.values()]


@pytest.fixture(autouse=True)
def quiet(tmp_path: Path, settings: Any):
    settings.MEDIA_ROOT = tmp_path / "media"
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


def bring(
    town: Town,
    shop: Entity,
    *lines: list[Any],
    at: datetime = NOW,
    errors: Path | None = None,
    name: str = "a.xlsx",
    tmp: Path,
) -> importing.Outcome:
    file = tmp / name
    if (
        lines
    ):  # without: the file of before once more, byte for byte (a workbook keeps the second it was written)
        title = [["员工花名册"], [f"单位名称：{shop.name}"]]
        file.write_bytes(book([*title, HEADER, *lines, ["填表人：", "", "", "日期："]]))
    return importing.import_file(
        file, subdistrict=town.subdistrict, kind="roster", entity=shop, by=town.duty, at=at, errors=errors
    )


def test_good_rows_are_kept_and_refused_ones_handed_back(
    town: Town, tmp_path: Path, django_capture_on_commit_callbacks: Any
):
    shop = place(town.grid_n1)
    refused = tmp_path / "refused.xlsx"
    wrong = number(3)[:-1] + ("0" if number(3)[-1] != "0" else "1")
    lines = [line(1), line(2, temperature=37.9), line(3, id=wrong), line(1), line(4, phone="12")]
    with django_capture_on_commit_callbacks(execute=True):
        outcome = bring(town, shop, *lines, errors=refused, tmp=tmp_path)
    assert outcome.counts == {"new": 2, "changed": 0, "unchanged": 0, "duplicate": 1, "refused": 2}
    assert {(one.name, one.origin, one.health_code, one.had_contact) for one in Person.objects.all()} == {
        ("示例1", "other_province", "green", False),
        ("示例2", "other_province", "green", False),
    }
    assert sorted(note.temperature for note in HealthNote.objects.all()) == ["36.5", "37.9"]
    sheet = openpyxl.load_workbook(refused).active
    assert [str(row[2]) for row in sheet.iter_rows(min_row=2, values_only=True)] == ["3", "4"]
    kept = Folder.of(outcome.batch.file_path).path
    assert not (kept / "source").exists()
    for file in kept.iterdir():
        assert "示例1" not in file.read_text()
        assert number(1) not in file.read_text()


def test_the_same_again_is_nothing_new_and_a_change_is_a_version(town: Town, tmp_path: Path):
    shop = place(town.grid_n1)
    bring(town, shop, line(1), line(2), tmp=tmp_path)
    assert bring(town, shop, tmp=tmp_path).already
    other = bring(
        town, shop, line(1), line(2, job="店长", code="黄码"), line(3), at=LATER, name="b.xlsx", tmp=tmp_path
    )
    assert other.counts == {"new": 1, "changed": 1, "unchanged": 1, "duplicate": 0, "refused": 0}
    changed = Person.objects.get(job="店长")
    versions = PersonRevision.objects.filter(person=changed).order_by("pk")
    assert [(one.health_code, sorted(one.changes), one.superseded_at is None) for one in versions] == [
        ("green", [], False),
        ("yellow", ["health_code", "job"], True),
    ]
    assert ImportBatch.objects.filter(entity=shop, kind="roster").count() == 2
    elsewhere = place(town.grid_n2)
    assert (
        bring(town, elsewhere, line(1), tmp=tmp_path).counts["new"] == 1
    )  # the roster of another place is another


def test_the_template_is_read_with_the_words_that_it_offers(town: Town, tmp_path: Path):
    shop = place(town.grid_n1)
    for language, names in (("zh-hans", ("证件号码", "姓名")), ("en", ("Number of the document", "Name"))):
        file = io.BytesIO()
        with translation.override(language):
            template.write(file, shop.name)
        filled = openpyxl.load_workbook(file)
        sheet = filled.active
        header = [cell.value for cell in sheet[3]]
        sheet.cell(4, header.index(names[0]) + 1, number(5))
        sheet.cell(4, header.index(names[1]) + 1, f"示例{language}")
        filled.save(tmp_path / f"{language}.xlsx")
        outcome = importing.import_file(
            tmp_path / f"{language}.xlsx",
            subdistrict=town.subdistrict,
            kind="roster",
            entity=shop,
            by=town.duty,
            at=NOW,
        )
        assert sum(outcome.counts.values()) == 1, outcome.counts
        assert outcome.batch.mapping["unused"] == []
        assert len(outcome.batch.mapping["columns"]) == len(header)


def test_every_word_that_is_offered_is_understood():
    tables = {"sex": words.SEXES, "document_type": words.DOCUMENTS, "origin": words.ORIGINS, "risk": words.RISKS,
              "transport": words.TRANSPORTS, "observed_at": words.PLACES, "health_code": words.CODES}  # fmt: skip
    for language in ("zh-hans", "en"):
        with translation.override(language):
            for name, choices in CHOICES.items():
                assert {words.read(str(label), tables[name]) for label in choices.values()} == set(
                    map(str, choices)
                )


def test_a_file_without_numbers_says_what_is_missing(town: Town, tmp_path: Path):
    (tmp_path / "c.xlsx").write_bytes(book([["姓名", "岗位"], ["示例1", "收银"]]))
    with pytest.raises(MissingColumn, match="证件号码"):
        importing.import_file(
            tmp_path / "c.xlsx",
            subdistrict=town.subdistrict,
            kind="roster",
            entity=place(town.grid_n1),
            by=town.duty,
            at=NOW,
        )


def test_the_command_brings_a_roster_to_a_place_by_name(town: Town, dongche: Any, tmp_path: Path):  # noqa: F811
    shop = place(town.grid_n1, name="示例面馆")
    (tmp_path / "d.xlsx").write_bytes(book([HEADER, line(1), line(2, id="1")]))
    answer = dongche("import", "roster", str(tmp_path / "d.xlsx"), "--place", "示例面馆", "--json")
    assert answer.json == {
        "new": 1,
        "changed": 0,
        "unchanged": 0,
        "duplicate": 0,
        "refused": 1,
        "errors": None,
    }
    assert Person.objects.get().entity == shop
    assert dongche("import", "roster", str(tmp_path / "d.xlsx"), "--place", "没有这家").code == 1
