"""What a demonstration may touch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dongche.cli.demo import folder
from tests.cli.conftest import in_folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DONGCHE_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path / "data"


def note(home: Path, **content: object) -> None:
    home.mkdir(exist_ok=True)
    (home / "instance.json").write_text(json.dumps(content), encoding="utf-8")


def test_a_missing_or_harmless_folder_is_free(home: Path) -> None:
    assert folder.state(None, None) == folder.NOTHING
    assert not home.exists()
    (home / "static").mkdir(parents=True)
    (home / "secret.key").write_text("x")
    (home / "coverage.1").write_text("x")
    assert folder.state(2400, 1) == folder.NOTHING


def test_a_ready_demonstration_is_used_unless_another_is_asked_for(home: Path) -> None:
    note(home, demonstration=True, state="ready", entities=300, seed=7)
    (home / "dongche.sqlite3").touch()
    assert folder.state(None, None) == folder.state(300, 7) == folder.READY
    with pytest.raises(folder.OtherDemonstration, match="300, not 400"):
        folder.state(400, None)


@pytest.mark.parametrize("state", ["loading", "ready"])
def test_half_a_demonstration_is_begun_again(home: Path, state: str) -> None:
    note(home, demonstration=True, state=state)  # "ready" without its database is no more than half either
    assert folder.state(None, None) == folder.LOADING


@pytest.mark.parametrize("name", ["dongche.sqlite3", "files", "letters.docx"])
def test_anything_else_is_refused(home: Path, name: str) -> None:
    home.mkdir()
    (home / name).touch()
    with pytest.raises(folder.OtherData, match=name):
        folder.state(None, None)


def test_an_instance_of_ones_own_is_refused_and_left_as_it_is(home: Path) -> None:
    note(home, demonstration=False, subdistrict="370203900000")
    (home / "dongche.sqlite3").write_bytes(b"precious")
    before = {path.name: path.read_bytes() for path in home.iterdir()}
    answer = in_folder(home, "demo", "--no-serve")
    assert (answer.code, answer.out) == (1, "")
    assert "370203900000" in answer.err
    assert "cli.other_data" in answer.err
    assert {path.name: path.read_bytes() for path in home.iterdir()} == before


def test_a_damaged_note_is_told(home: Path) -> None:
    home.mkdir()
    (home / "instance.json").write_text("{")
    answer = in_folder(home, "demo", "--no-serve")
    assert answer.code == 1
    assert "cli.note_unreadable" in answer.err


@pytest.mark.parametrize("count", ["0", "199", "1000001"])
def test_an_impossible_number_of_places_is_refused_before_anything_is_made(home: Path, count: str) -> None:
    answer = in_folder(home, "demo", "--no-serve", "--entities", count)
    assert answer.code == 1
    assert "cli.demo_entities" in answer.err
    assert not home.exists()
