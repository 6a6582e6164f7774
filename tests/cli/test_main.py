"""The frame around the commands: help, languages, exit codes, refusals without a traceback."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import click
import pytest
from django.contrib.staticfiles.finders import get_finder

from dongche.cli import instance, language, main, serving, showing
from tests.cli.conftest import in_folder


def test_help_names_every_command_and_touches_nothing(tmp_path: Path) -> None:
    home = tmp_path / "data"
    answer = in_folder(home, "--help")
    assert answer.code == 0
    assert not home.exists()
    assert [name for name in main.COMMANDS if f"  {name} " not in answer.out] == []


@pytest.mark.parametrize("command", sorted(main.COMMANDS))
def test_each_command_explains_itself(command: str, dongche) -> None:
    answer = dongche(command, "--help")
    assert answer.code == 0
    assert "--lang" in answer.out
    assert answer.err == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("fly",),
        ("metrics", "--on", "someday"),
        ("metrics", "--json", "--csv"),
        ("who",),
        ("init",),
        ("--verbose",),
    ],
)
def test_wrong_usage_is_told_with_code_2(arguments: tuple[str, ...], dongche) -> None:
    answer = dongche(*arguments)
    assert answer.code == 2
    assert "Error:" in answer.err


@pytest.mark.parametrize(
    "command", [("coverage",), ("metrics",), ("serve",), ("worker",), ("brief",), ("migrate",)]
)
def test_without_an_instance_nothing_is_made(command: tuple[str, ...], tmp_path: Path) -> None:
    home = tmp_path / "data"
    answer = in_folder(home, *command)
    assert answer.code == 1
    assert "cli.no_instance" in answer.err
    assert "Traceback" not in answer.err
    assert not home.exists()


def test_an_instance_is_begun_once_and_then_left_alone(tmp_path: Path) -> None:
    home = tmp_path / "data"
    begun = in_folder(home, "init", "--subdistrict", "370203026")
    assert begun.code == 0
    assert "阜新路街道 (370203026000)" in begun.out
    assert "password" in begun.out
    assert in_folder(home, "coverage", "--json").code == 0
    before = {path.name: path.read_bytes() for path in home.iterdir()}
    for again in (("init", "--subdistrict", "370203026", "--name", "X"), ("demo", "--no-serve")):
        answer = in_folder(home, *again)
        assert answer.code == 1
        assert answer.out == ""
    assert {path.name: path.read_bytes() for path in home.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--subdistrict", "3702", "--name", "X"), "cli.not_a_subdistrict"),
        (("--subdistrict", "370203026", "--name", "X", "--pack", "flood-1998"), "cli.no_such_pack"),
    ],
)
def test_a_wrong_beginning_is_refused_before_anything_is_made(
    tmp_path: Path, arguments: tuple[str, ...], code: str
) -> None:
    answer = in_folder(tmp_path / "data", "init", *arguments)
    assert answer.code == 1
    assert code in answer.err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("code", "folder", "expected"),
    [("370203999", "", "org.no_such_division"), ("370203026", "nowhere", "org.divisions_missing")],
)
def test_a_subdistrict_that_the_list_does_not_give_leaves_no_database(
    tmp_path: Path, code: str, folder: str, expected: str
) -> None:
    more = {"DONGCHE_DIVISIONS": str(tmp_path / folder)} if folder else {}
    answer = in_folder(tmp_path / "data", "init", "--subdistrict", code, **more)
    assert answer.code == 1
    assert expected in answer.err
    assert not (tmp_path / "data" / "dongche.sqlite3").exists()


def test_a_mistake_in_the_structure_leaves_no_database(tmp_path: Path) -> None:
    file = tmp_path / "structure.yaml"
    file.write_text(
        'from_on: 2020-02-03\nsubdistrict: {code: "370203900", name: 示例}\nheadquarters: {name: 1, boss: x}\n'
    )
    answer = in_folder(tmp_path / "data", "init", "--structure", str(file))
    assert answer.code == 1
    assert "headquarters.boss" in answer.err
    assert not (tmp_path / "data" / "dongche.sqlite3").exists()


def test_a_setting_that_makes_no_sense_is_a_sentence(tmp_path: Path) -> None:
    answer = in_folder(
        tmp_path, "init", "--subdistrict", "370203026", "--name", "X", DONGCHE_IMPORT_MAX_MB="many"
    )
    assert answer.code == 1
    assert "DONGCHE_IMPORT_MAX_MB" in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    "given",
    [
        "{",
        "[]",
        '["ab"]',
        '{"clock_shown": "noon", "clock_started": "noon"}',
        '{"clock_shown": "2020-03-20"}',
    ],
)
def test_a_damaged_note_is_a_sentence(tmp_path: Path, given: str) -> None:
    (tmp_path / "instance.json").write_text(given, encoding="utf-8")
    (tmp_path / "dongche.sqlite3").touch()
    answer = in_folder(tmp_path, "coverage")
    assert (answer.code, answer.out) == (1, "")
    assert "cli.note_unreadable" in answer.err


@pytest.mark.parametrize("command", [("migrate",), ("coverage",), ("worker",)])
def test_a_database_of_something_else_is_left_alone(tmp_path: Path, command: tuple[str, ...]) -> None:
    file = tmp_path / "dongche.sqlite3"
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE precious (a)")
    answer = in_folder(tmp_path, *command)
    assert answer.code == 1
    assert "cli.not_ours" in answer.err
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("precious",)]


def test_a_database_address_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    answer = in_folder(tmp_path, "coverage", DATABASE_URL="postgresql://a:b@host:port/name")
    assert answer.code == 1
    assert "cli.misconfigured" in answer.err


def test_the_data_folder_is_nobody_elses(tmp_path: Path) -> None:
    assert in_folder(tmp_path / "data", "init", "--subdistrict", "370203026", "--name", "X").code == 0
    assert oct((tmp_path / "data").stat().st_mode & 0o777) == "0o700"


def test_wrong_usage_is_told_in_one_language(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main.main(["who", "--lang", "zh-hans"])
    assert capsys.readouterr().err.splitlines() == [
        "用法： dongche who [OPTIONS] CODE_OR_NAME",
        "如需帮助，请运行“dongche who --help”。",
        "",
        "错误：缺少参数 'CODE_OR_NAME'.",
    ]
    language.activate("en")


def test_what_nobody_expected_is_still_a_sentence(dongche, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(instance, "open_instance", broken)
    answer = dongche("coverage")
    assert answer.code == 1
    assert "ZeroDivisionError" in answer.err
    assert "cli.unexpected" in answer.err
    monkeypatch.setenv("DONGCHE_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main.main(["coverage"])


def test_messages_follow_the_language(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = {}
    for code in language.FOLDERS:
        with pytest.raises(SystemExit):
            main.main(["coverage", "--help", "--lang", code])
        shown[code] = capsys.readouterr().out
    assert "Prove that" in shown["en"]
    assert len(set(shown.values())) == 3
    language.activate("en")


@pytest.mark.parametrize(("host", "expected"), [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("example.org", False)])  # fmt: skip
def test_the_demonstration_is_for_this_machine(host: str, expected: bool) -> None:
    assert serving._is_loopback(host) is expected


def test_a_taken_port_is_told() -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(serving.AddressTaken):
            serving._refuse_taken("127.0.0.1", other.getsockname()[1])


def test_days_are_read_as_people_write_them() -> None:
    assert str(showing.DAY.convert("2020年3月20日", None, None)) == "2020-03-20"
    assert showing.INSTANT.convert("2020-03-20T18:00", None, None).isoformat() == "2020-03-20T18:00:00+08:00"
    for kind, text in ((showing.DAY, "31.2."), (showing.INSTANT, "noon")):
        with pytest.raises(click.BadParameter, match=text):
            kind.convert(text, None, None)


def test_tables_line_up_with_chinese_in_them(capsys: pytest.CaptureFixture[str]) -> None:
    showing.table(["a", "n"], [("动车", "7"), ("x", "12")], numbers=(1,))
    assert capsys.readouterr().out == "a      n\n────  ──\n动车   7\nx     12\n"


def test_missing_libraries_are_told_before_anything_is_served(tmp_path: Path, settings) -> None:
    settings.NODE_MODULES = tmp_path / "absent"
    get_finder.cache_clear()  # a test before this one may have made a finder of the folder that is there
    try:
        with pytest.raises(serving.LibrariesMissing):
            serving.collect_static()
    finally:
        get_finder.cache_clear()


def test_static_files_that_cannot_be_built_are_told(tmp_path: Path, settings) -> None:
    settings.STATIC_ROOT = tmp_path / "file" / "static"
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(serving.StaticUnbuilt) as told:
        serving.collect_static()
    assert "%(" not in str(told.value)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONGCHE_DATA", str(tmp_path))
    serving._refuse_unwritable()
    monkeypatch.setattr(serving.os, "access", lambda path, mode: False)
    with pytest.raises(serving.FolderUnwritable):
        serving._refuse_unwritable()
