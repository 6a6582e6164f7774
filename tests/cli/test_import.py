"""dongche import registry: what it prints for people and programs, and how it refuses."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dongche.registry.models import Entity, ImportBatch
from dongche.reporting.models import Report
from tests.cli.conftest import Answer
from tests.factories.registry import place
from tests.registry.books import book as plain_book
from tests.registry.files import cells, row, save
from tests.registry.hostile import REFUSED
from tests.town import Town

pytestmark = pytest.mark.django_db
Command = Callable[..., Answer]
COUNTS = {"new": 0, "changed": 0, "unchanged": 0, "duplicate": 0, "refused": 0}


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any, town: Town) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def bring(dongche: Command, django_capture_on_commit_callbacks: Any) -> Command:
    def run(*arguments: object) -> Answer:
        with django_capture_on_commit_callbacks(execute=True):
            return dongche("import", "registry", *map(str, arguments))

    return run


def kept(media: Path) -> list[Path]:
    return list((media / "imports").glob("*")) if media.exists() else []


def test_json_is_the_five_counts_and_the_file_of_refused_rows(bring: Command, tmp_path: Path) -> None:
    file = save(tmp_path / "a.xlsx", row("甲店"), row("甲店"), row("乙店", phone="12"))
    errors = tmp_path / "refused.xlsx"
    answer = bring(file, "--json", "--errors", errors)
    assert (answer.code, answer.err) == (0, "")
    assert answer.json == COUNTS | {"new": 1, "duplicate": 1, "refused": 1, "errors": str(errors)}
    reason, number, name, *_ = cells(errors.read_bytes())[1]
    assert (number, name) == (4, "乙店")
    assert "12" in reason
    again = bring(file, "--json")
    assert again.json == COUNTS | {"unchanged": 1, "duplicate": 1, "refused": 1, "errors": None}
    assert Entity.objects.count() == 1


def test_a_dry_run_writes_nothing_but_the_errors(bring: Command, tmp_path: Path, media: Path) -> None:
    file = save(tmp_path / "a.xlsx", row("甲店"), row("乙店", phone="12"))
    errors = tmp_path / "refused.xlsx"
    answer = bring(file, "--dry-run", "--json", "--errors", errors)
    assert answer.json == COUNTS | {"new": 1, "refused": 1, "errors": str(errors)}
    assert (Entity.objects.count(), kept(media), len(cells(errors.read_bytes()))) == (0, [], 2)
    assert bring(file, "--json").json == COUNTS | {"new": 1, "refused": 1, "errors": None}


def test_people_are_told_what_became_of_the_file(bring: Command, tmp_path: Path) -> None:
    file = save(tmp_path / "a.xlsx", row("甲店"), row("乙店", phone="12"))
    assert "Nothing was written" in bring(file, "--dry-run").out
    assert "add --errors" in bring(file).out
    assert "This very file was imported before; nothing was changed." in bring(file).out


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_columns_that_are_not_read_are_named(
    bring: Command, tmp_path: Path, options: tuple[str, ...]
) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(plain_book([["企业名称", "类别", "备注", "幸运数字"], ["甲店", "门店", "x", 7]]))
    assert "Columns that mean nothing here: 备注、幸运数字" in bring(file, *options).out


def test_a_map_says_what_the_headings_mean(bring: Command, tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(plain_book([["门头", "片区"], ["甲店", "North"]]))
    assert "registry.no_name_column" in bring(file).err
    mapping = tmp_path / "map.yaml"
    mapping.write_text("name: 门头\ncommunity: 片区\ncategory: =street_shop\n", encoding="utf-8")
    assert bring(file, "--map", mapping, "--json").json == COUNTS | {"new": 1, "errors": None}
    assert Entity.objects.get().category == "street_shop"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("name: [", "registry.map_unreadable"),
        ("naam: 门头", "registry.map_unknown_field"),
        ("name: 没有", "registry.map_unknown_header"),
        ("名" * 10, "registry.map_unreadable"),
    ],
)
def test_a_map_that_cannot_be_used_is_refused(bring: Command, tmp_path: Path, text: str, code: str) -> None:
    mapping = tmp_path / "map.yaml"
    mapping.write_text(text, encoding="utf-8")
    answer = bring(save(tmp_path / "a.xlsx", row("甲店")), "--map", mapping)
    assert (answer.code, answer.out) == (1, "")
    assert code in answer.err


def test_help_explains_map_errors_and_dry_run(dongche: Command) -> None:
    said = " ".join(dongche("import", "registry", "--help").out.split())
    for word in ("MAP.yaml", "OUT.xlsx", "--dry-run", "--sheet", "category: =street_shop", "null"):
        assert word in said


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_file_that_is_no_register_is_refused_in_a_sentence(
    bring: Command, tmp_path: Path, media: Path, name: str
) -> None:
    file_name, content, code = REFUSED[name]
    file = tmp_path / file_name
    file.write_bytes(content())
    answer = bring(file, "--json")
    assert (answer.code, answer.out) == (1, "")
    assert f"[{code}]" in answer.err
    assert file_name in answer.err or code.endswith(("_column", "_columns"))
    assert "Traceback" not in answer.err
    assert Entity.objects.count() == 0
    assert set(ImportBatch.objects.values_list("state", flat=True)) <= {"failed"}


def test_a_file_that_is_not_there_or_no_file_is_told(bring: Command, tmp_path: Path, media: Path) -> None:
    (tmp_path / "folder.xlsx").mkdir()
    (tmp_path / "memory.xlsx").symlink_to("/proc/self/mem")  # can be opened and not be read, even by root
    os.mkfifo(tmp_path / "pipe.xlsx")
    for name, code in {
        "missing.xlsx": "cli.no_such_file",
        "folder.xlsx": "cli.file_unreadable",
        "memory.xlsx": "cli.file_unreadable",
        "pipe.xlsx": "cli.file_unreadable",
        "x" * 300 + ".xlsx": "cli.file_unreadable",
    }.items():
        answer = bring(tmp_path / name)
        assert (answer.code, answer.out) == (1, "")
        assert name in answer.err
        assert f"[{code}]" in answer.err
    answer = bring(save(tmp_path / "a.xlsx", row("甲店")), "--map", tmp_path / "missing.yaml")
    assert "[cli.no_such_file]" in answer.err
    assert kept(media) == []


def test_a_file_without_permission_is_told(bring: Command, tmp_path: Path, monkeypatch: Any) -> None:
    file = save(tmp_path / "a.xlsx", row("甲店"))
    file.chmod(0)
    if os.geteuid() == 0:  # whom nothing is forbidden
        monkeypatch.setattr(
            Path, "open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied"))
        )
    assert "Permission denied. Give a spreadsheet" in bring(file).err


def test_a_file_larger_than_accepted_is_not_even_copied(
    bring: Command, tmp_path: Path, media: Path, settings: Any
) -> None:
    settings.IMPORT_MAX_BYTES = 1000
    assert "[registry.file_too_large]" in bring(save(tmp_path / "a.xlsx", row("甲店"))).err
    assert kept(media) == []


def test_errors_that_cannot_be_written_are_told_before_anything_is_imported(
    bring: Command, tmp_path: Path
) -> None:
    file = save(tmp_path / "a.xlsx", row("甲店"), row("乙店", phone="12"))
    before = file.read_bytes()
    for errors in (tmp_path, tmp_path / "no" / "out.xlsx", file, Path("/proc/out.xlsx")):
        answer = bring(file, "--errors", errors)
        assert (answer.code, answer.out) == (1, "")
        assert "[cli.errors_unwritable]" in answer.err
    assert (Entity.objects.count(), file.read_bytes()) == (0, before)


def test_a_name_that_is_no_text_is_imported_all_the_same(bring: Command, tmp_path: Path) -> None:
    file = save(tmp_path / "a.xlsx", row("甲店"))
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xb5\xb5\xb5\xb5.xlsx"))  # no UTF-8
    file.rename(odd)
    assert bring(odd, "--json").json["new"] == 1
    assert ImportBatch.objects.get().file_name == "????.xlsx"


def test_an_old_workbook_is_read(bring: Command, tmp_path: Path) -> None:
    file = Path(__file__).parents[1] / "registry" / "kept" / "old.xls"
    assert bring(file, "--json").json == COUNTS | {"new": 2, "errors": None}
    assert sorted(Entity.objects.values_list("name", "contact_phone", "community__name")) == [
        ("示例书店", "13800001235", "South"),
        ("示例面馆", "13800001234", "North"),
    ]


def test_an_import_is_undone_for_a_reason(dongche: Command, bring: Command, tmp_path: Path) -> None:
    bring(save(tmp_path / "a.xlsx", row("甲店"), row("乙店")), "--json")
    number = ImportBatch.objects.get().pk
    before = dongche("import", "undo", str(number), "--json")
    assert before.json == {"gone": 2, "restored": 0, "left": 0, "state": "applied", "why_left": []}
    assert Entity.objects.filter(taken_back_at__isnull=True).count() == 2
    done = dongche("import", "undo", str(number), "--reason", "wrong file", "--json")
    assert (done.code, done.json["gone"], done.json["state"]) == (0, 2, "undone")
    assert not Entity.objects.filter(taken_back_at__isnull=True).exists()
    again = dongche("import", "undo", str(number), "--reason", "wrong file")
    assert (again.code, dongche("import", "undo", "999").code) == (1, 1)


def test_the_other_kinds_of_files_have_commands(dongche: Command, tmp_path: Path, town: Town) -> None:
    place(town.grid_n1, "office_building", name="示例大厦")
    file = tmp_path / "a.xlsx"
    file.write_bytes(plain_book([["所在楼宇", "入驻企业"], ["示例大厦", "甲公司"]]))
    assert dongche("import", "tenants", str(file), "--json").json["new"] == 1
    file.write_bytes(plain_book([["户名", "日期", "用电量"], ["甲公司", "2020-03-01", 5]]))
    assert dongche("import", "electricity", str(file), "--json").json["new"] == 1


def test_reports_come_in_for_an_officer_and_a_day(
    dongche: Command, town: Town, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    mine, theirs = place(town.grid_n1), place(town.grid_s1)
    file = tmp_path / "r.xlsx"
    rows = [["场所编号", "营业状态", "到岗人数"], [mine.number, "营业", 3], [theirs.number, "停业", ""]]
    file.write_bytes(plain_book(rows))

    def bring(*arguments: str) -> Answer:
        with django_capture_on_commit_callbacks(execute=True):
            return dongche("import", "reports", str(file), "--json", *arguments)

    assert bring("--by", "leader1").code == 1
    assert bring("--by", "n1", "--dry-run").json == COUNTS | {"new": 1, "refused": 1, "errors": None}
    assert not Report.objects.exists()
    assert bring("--by", "n1", "--on", "2020-03-19").json == COUNTS | {"new": 1, "refused": 1, "errors": None}
    report = Report.objects.get()
    assert (report.entity, report.by, report.on, report.channel) == (
        mine,
        town.n1,
        date(2020, 3, 19),
        "import",
    )
    assert bring("--by", "n1", "--on", "2020-03-19").json["unchanged"] == 1
