"""What is in the repository: ours, small, finished, and the same on every machine."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from tests.house.source import ROOT, tracked

LONGEST, LARGEST = 450, 800_000  # the catalogue of Chinese messages is the largest, and grows with the pages
FOREIGN = re.compile(
    r"(^|/)(node_modules|vendor|\.venv|var)/|\.(sqlite3|pyc|mo|min\.js|min\.css|woff2?|ttf|otf|zip)$"
)
# Written in pieces, so that this file does not hold what it looks for.
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX|NotImple" + r"mentedError)\b")
SILENCED = re.compile(r"pytest\.mark\.(sk" + r"ip|xf" + r"ail)\b")
MACHINE = re.compile(r"(^|[^\w.<{$-])/(ho" + r"me|Us" + r"ers|ro" + r"ot)/[\w.-]+")
LOCKED = re.compile(r'"resol' + r'ved"|--(extra-)?index-' + r"url|--find-" + r"links")
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


def foreign_files(names: Iterable[str]) -> list[str]:
    return [f"{name} is installed or built, not ours" for name in names if FOREIGN.search(name)]


def unfit_text(name: str, text: str) -> list[str]:
    """What is wrong with one text file, one sentence each."""
    said = []
    lines = text.splitlines()
    is_ours = name.startswith("src/") and "/migrations/" not in name  # migrations are written by Django
    if is_ours and name.endswith((".py", ".js", ".css", ".html")) and len(lines) > LONGEST:
        said.append(f"{name} has {len(lines)} lines: make it a package")
    code = name.startswith(("src/", "tests/", "bench/", "scripts/"))
    for number, line in enumerate(lines, 1):
        if MACHINE.search(line):
            said.append(f"{name}:{number} names a path of one machine")
        if code and (UNFINISHED.search(line) or SILENCED.search(line)):
            said.append(f"{name}:{number} is unfinished or silenced")
        if (
            "requirements" in name or "lock" in name or name in (".npmrc", "pyproject.toml")
        ) and LOCKED.search(line):
            said.append(f"{name}:{number} names where a package is downloaded from")
    return said


def dead_links(page: Path, text: str) -> list[str]:
    return [
        f"{page.name} links to {target}, which is not there"
        for target in LINK.findall(text)
        if not (page.parent / target).exists()
    ]


def read(name: str) -> str:
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_nothing_foreign_is_kept():
    assert foreign_files(["src/a.py", "src/x/static/x.min.js", "var/dongche.sqlite3"]) == [
        "src/x/static/x.min.js is installed or built, not ours",
        "var/dongche.sqlite3 is installed or built, not ours",
    ]
    assert foreign_files(tracked()) == []


def test_no_file_is_too_large():
    assert {name: size for name in tracked() if (size := (ROOT / name).stat().st_size) > LARGEST} == {}


def test_texts_are_finished_and_fit_every_machine():
    assert unfit_text("src/dongche/a.py", "x = 1\n" * 451) == [
        "src/dongche/a.py has 451 lines: make it a package"
    ]
    bad = "# TO" + "DO later\npath = '/ho" + "me/somebody/x'\n"
    assert unfit_text("src/dongche/a.py", bad) == [
        "src/dongche/a.py:1 is unfinished or silenced",
        "src/dongche/a.py:2 names a path of one machine",
    ]
    assert unfit_text("package-lock.json", '"resol' + 'ved": "x"') == [
        "package-lock.json:1 names where a package is downloaded from"
    ]
    assert [fault for name in tracked() for fault in unfit_text(name, read(name))] == []


def test_documents_do_not_point_into_the_void():
    page = ROOT / "docs" / "made-up.md"
    text = "[a](../Makefile) [b](nowhere.md#x) [c](https://example.org)"
    assert dead_links(page, text) == ["made-up.md links to nowhere.md, which is not there"]
    assert [
        fault for name in tracked() if name.endswith(".md") for fault in dead_links(ROOT / name, read(name))
    ] == []


def test_the_front_page_names_the_two_commands():
    for name in ("README.md", "README.zh-CN.md"):
        assert [command for command in ("make demo", "make test") if command not in read(name)] == []


def test_every_make_target_is_explained():
    text = read("Makefile")
    targets = set(re.findall(r"^\.PHONY: (.+)$", text, flags=re.M)[0].split())
    assert targets == set(re.findall(r"^([a-z]+):.*## \S", text, flags=re.M))
    assert {"help", "demo", "test", "check", "fix", "bench", "lock", "clean"} <= targets


def test_decisions_have_all_their_parts():
    pages = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    numbers = [int(page.name[:4]) for page in pages]
    assert numbers == list(range(1, len(pages) + 1))
    for page in pages:
        parts = re.findall(
            r"^(?:## )?(Status(?=:)|Context|Decision|Consequences)\b", page.read_text(encoding="utf-8"), re.M
        )
        assert (page.name, parts[:4]) == (page.name, ["Status", "Context", "Decision", "Consequences"])
