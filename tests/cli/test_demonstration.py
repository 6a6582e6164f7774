"""A small demonstration, loaded once by the command itself, and what a person would check on it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Answer, environment_for, in_folder

DAY = "2020-03-20"
SIZE = ("--entities", "300", "--seed", "5")


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answer]:
    home = tmp_path_factory.mktemp("demonstration") / "data"
    return home, in_folder(home, "demo", "--no-serve", *SIZE)


@pytest.fixture(scope="session")
def home(loaded: tuple[Path, Answer]) -> Path:
    return loaded[0]


def figures(home: Path, *more: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = in_folder(home, "metrics", "--on", DAY, "--json", *more).json
    return rows


def query(home: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Ask the database itself, past all of our code."""
    with sqlite3.connect(f"file:{home / 'dongche.sqlite3'}?mode=ro", uri=True) as database:
        return database.execute(sql, values).fetchall()


def test_it_prints_the_brief_and_the_way_in(loaded: tuple[Path, Answer]) -> None:
    home, answer = loaded
    assert (answer.code, "Traceback" in answer.err) == (0, False), answer.err
    assert "78.19" in answer.out
    assert "130.96" in answer.out
    assert "fuxin-lu-2020" in answer.out
    assert "http://127.0.0.1:8000/r/" in answer.out
    assert (home / "demo" / "registry.xlsx").stat().st_size > 10_000
    assert json.loads((home / "instance.json").read_text())["state"] == "ready"


def test_the_figures_come_out_of_the_rows(home: Path) -> None:
    rows = {row["metric"]: row for row in figures(home)}
    assert (rows["resumption_rate"]["value"], rows["capacity_recovery_rate"]["value"]) == ("78.19", "130.96")
    resumed, reported = query(
        home,
        """SELECT sum(state IN ('open', 'part')), count(*) FROM reporting_report
           WHERE "on" = ? AND superseded_at IS NULL""",
        DAY,
    )[0]
    excluded = query(
        home,
        "SELECT count(*) FROM registry_exclusion WHERE superseded_at IS NULL AND from_on <= ?"
        " AND (until_on IS NULL OR until_on > ?)",
        DAY,
        DAY,
    )[0][0]
    assert rows["resumption_rate"]["numerator"] == resumed == 233
    assert rows["resumption_rate"]["denominator"] == 300 - excluded == 298
    assert rows["reporting_rate"]["numerator"] == reported == 277
    sums = query(
        home,
        """SELECT sum(output_fen), sum(output_normal_fen) FROM reporting_report
           WHERE "on" = ? AND superseded_at IS NULL AND output_fen IS NOT NULL AND output_normal_fen > 0""",
        DAY,
    )[0]
    assert (
        rows["capacity_recovery_rate"]["numerator"],
        rows["capacity_recovery_rate"]["denominator"],
    ) == sums
    assert float(rows["production_rate"]["value"]) < 100
    assert rows["reporting_rate_on_time"]["numerator"] < reported


def test_as_known_at_six_is_the_same_and_earlier_is_less(home: Path) -> None:
    known = figures(home, "--as-known", f"{DAY}T18:00", "--metric", "resumption_rate")
    early = figures(home, "--as-known", f"{DAY}T10:00", "--metric", "resumption_rate")
    assert known[0]["value"] == "78.19"
    assert float(early[0]["value"]) < 60


def test_parts_add_up_and_differ(home: Path) -> None:
    rows = [row for row in figures(home, "--by", "community,line") if row["metric"] == "resumption_rate"]
    for dimension in ("community", "line"):
        parts = [row for row in rows if set(row["scope"]) == {dimension}]
        assert sum(row["denominator"] for row in parts) == 298
        assert sum(row["numerator"] for row in parts) == 233
    values = [float(row["value"]) for row in rows if set(row["scope"]) == {"community"}]
    assert len(values) == 9
    assert min(values) < 65 < 85 < max(values)


def test_corrections_and_late_reports_are_kept(home: Path) -> None:
    superseded, late = query(
        home,
        """SELECT count(superseded_at), sum(received_at >= datetime("on", '+1 day', '-8 hours'))
           FROM reporting_report""",
    )[0]
    assert superseded > 50
    assert late > 50
    assert query(home, "SELECT count(DISTINCT \"on\"), min(\"on\"), max(\"on\") FROM reporting_report") == [
        (42, "2020-02-08", DAY)
    ]  # fmt: skip


def test_everything_is_in_its_place(home: Path) -> None:
    kinds = dict(query(home, "SELECT kind, count(*) FROM org_unit GROUP BY kind"))
    assert kinds == {
        "province": 1,
        "city": 1,
        "district": 1,
        "subdistrict": 1,
        "headquarters": 1,
        "department": 5,
        "community": 9,
        "grid": 71,
    }
    assert query(home, "SELECT count(*) FROM registry_entity WHERE focus = 'key_enterprise'") == [(100,)]
    assert query(home, "SELECT count(*) FROM registry_entity WHERE grid_id IS NULL OR lon IS NULL") == [(0,)]
    assert len(query(home, "SELECT DISTINCT category FROM registry_entity")) == 8
    assert query(home, "SELECT counts FROM registry_importbatch WHERE kind = 'places'") == [
        (json.dumps({"new": 300, "changed": 0, "unchanged": 0, "duplicate": 0, "refused": 0}),)
    ]


def test_there_is_something_of_every_kind_to_look_at(home: Path) -> None:
    brought = dict(query(home, "SELECT kind || ' ' || state, count(*) FROM registry_importbatch GROUP BY 1"))
    assert brought == {
        "places applied": 1,
        "reports applied": 1,
        "roster applied": 6,
        "tenants applied": 1,
        "electricity applied": 2,
        "electricity undone": 1,
    }
    readings = (
        'SELECT count(*), count(DISTINCT entity_id), count(DISTINCT "on") FROM registry_electricityreading'
    )
    assert query(home, f"{readings} WHERE superseded_at IS NULL") == [(36 * (41 + 31 + 20), 36, 41 + 31 + 20)]
    assert query(home, "SELECT count(*) > 0 FROM registry_entity WHERE building_id IS NOT NULL") == [(1,)]
    assert query(home, "SELECT kind, state FROM registry_placebatch") == [("focus", "done")]
    assert query(home, "SELECT count(*), count(DISTINCT sha256) FROM registry_document") == [(2, 2)]
    assert query(home, "SELECT subdistrict_id IS NOT NULL, is_default FROM registry_savedview") == [(1, 0)]
    assert query(home, "SELECT count(*) FROM registry_duplicatepair WHERE state = 'apart'") == [(1,)]


def test_the_register_imported_again_changes_nothing(home: Path) -> None:
    answer = in_folder(home, "import", "registry", str(home / "demo" / "registry.xlsx"), "--json")
    assert (answer.code, answer.json["new"], answer.json["unchanged"]) == (0, 0, 300)


def test_a_second_start_loads_and_changes_nothing(home: Path) -> None:
    def state() -> list[tuple[Any, ...]]:
        return query(
            home,
            "SELECT count(*), max(id) FROM reporting_report UNION ALL SELECT count(*), 0 FROM org_auditentry",
        )

    before = state()
    answer = in_folder(home, "demo", "--no-serve")
    assert (answer.code, state()) == (0, before)
    assert "✓" not in answer.err  # none of the steps that load it
    other = in_folder(home, "demo", "--no-serve", "--entities", "400")
    assert other.code == 1
    assert "cli.other_demonstration" in other.err


def test_half_a_demonstration_is_begun_again_and_the_same_seed_gives_the_same_figures(
    home: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    again.mkdir()
    (again / "instance.json").write_text(json.dumps({"demonstration": True, "state": "loading"}))
    (again / "dongche.sqlite3").write_bytes(b"half")
    refused = in_folder(again, "coverage")
    assert (refused.code, "cli.half_loaded" in refused.err) == (1, True)
    begun = in_folder(again, "demo", "--no-serve", *SIZE)
    assert (begun.code, "✓" in begun.err) == (0, True)
    by = ("--by", "grid,category,industry,size,focus", "--as-known", f"{DAY}T18:00")
    assert figures(home, *by) == figures(again, *by)
    columns = 'e.name, r."on", r.known_at, r.state, r.staff_at_post, r.output_fen'
    rows = (
        f"SELECT {columns} FROM reporting_report r JOIN registry_entity e ON e.id = r.entity_id ORDER BY r.id"
    )
    assert query(home, rows) == query(again, rows)


def test_coverage_is_complete_until_people_leave(home: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    whole = in_folder(copy, "coverage", "--json")
    proof = {"on": DAY, "places": 298, "covered": 298, "percent": "100.00", "gaps": []}
    assert (whole.code, {name: whole.json[name] for name in proof}) == (0, proof)
    assert in_folder(copy, "sponsor", "end", "370203026021", "--until", DAY).code == 0
    assert in_folder(copy, "post", "end", "grid017003", "370203026017003", "--until", DAY).code == 0
    answer = in_folder(copy, "coverage", "--json")
    assert answer.code == 1
    named = {gap["role"]: [place["number"] for place in gap["places"]] for gap in answer.json["gaps"]}
    active = """SELECT e.number FROM registry_entity e JOIN org_unit u ON u.id = e.%s_id WHERE u.code = ?
        AND NOT EXISTS (SELECT 1 FROM registry_exclusion x WHERE x.entity_id = e.id AND x.superseded_at IS NULL
                        AND x.from_on <= ? AND (x.until_on IS NULL OR x.until_on > ?)) ORDER BY e.number"""
    lost = {
        "sponsor": [row[0] for row in query(copy, active % "community", "370203026021", DAY, DAY)],
        "served_by": [row[0] for row in query(copy, active % "grid", "370203026017003", DAY, DAY)],
    }
    assert named == lost
    assert answer.json["covered"] == 298 - len(set(lost["sponsor"]) | set(lost["served_by"]))
    assert all(lost.values())


def test_the_demonstration_is_not_served_to_others(home: Path) -> None:
    answer = in_folder(home, "serve", "--host", "0.0.0.0")
    assert (answer.code, "cli.only_this_machine" in answer.err) == (1, True)


def test_facts_are_exported_with_their_contract(home: Path, tmp_path: Path) -> None:
    from dongche.analytics import facts

    answer = in_folder(home, "facts", "export", str(tmp_path / "out"))
    assert answer.code == 0
    world = facts.read(tmp_path / "out")
    assert world.entities.num_rows == query(home, "SELECT count(*) FROM registry_revision")[0][0]
    assert world.reports.num_rows == query(home, "SELECT count(*) FROM reporting_report")[0][0]


def test_it_is_served_with_its_worker_and_ends_cleanly(home: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    served = subprocess.Popen(
        [sys.executable, "-m", "dongche.cli.main", "demo", "--port", str(port)],
        env=environment_for(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline, text = time.monotonic() + 60, ""
        while time.monotonic() < deadline and not text:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=5) as page:
                    text = page.read().decode()
            except OSError:
                time.sleep(0.3)
        assert 'name="username"' in text
        workers = subprocess.run(
            ["pgrep", "-P", str(served.pid)], capture_output=True, text=True, check=False
        ).stdout
        assert len(workers.split()) >= 2
    finally:
        served.send_signal(signal.SIGTERM)
        said = served.communicate(timeout=30)
    assert "Traceback" not in said[1]
    for process in workers.split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(process), 0)
