"""The house as text: its modules and templates, parsed once, and small ones made up for the tests of the tests.

A habit is a function from modules (or templates) to a list of sentences, one per offence. Every habit is tested twice:
on made-up text that breaks it, so that we know it can fail, and on the house, where the list must be empty.
"""

from __future__ import annotations

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "src" / "dongche"
# Rooms within a room: they have the files of a room, one folder deeper.
INNER_ROOMS = ("org/access/",)


@dataclass(frozen=True)
class Module:
    """One Python file of the package; `place` is its path below dongche/, for example registry/views.py."""

    place: str
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.place.split("/")[0].removesuffix(".py")

    @property
    def part(self) -> str:
        """The file's role in its room: views, actions, models …; also for a package of that name."""
        pieces = self.place.split("/")
        if self.place.startswith(INNER_ROOMS):
            pieces = pieces[1:]
        return pieces[1].removesuffix(".py") if len(pieces) > 1 else ""

    @property
    def imports(self) -> Iterator[tuple[str, int]]:
        """Dotted names that are imported anywhere in the file, hidden in functions too, with the line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield alias.name, node.lineno
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                for alias in node.names:
                    yield f"{node.module}.{alias.name}", node.lineno

    def calls(self, *names: str) -> Iterator[ast.Call]:
        """Calls of functions or methods with one of these names."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and called(node) in names:
                yield node


@dataclass(frozen=True)
class Template:
    """One template; `name` is what it is loaded by, for example registry/place.html."""

    name: str
    text: str

    @property
    def room(self) -> str:
        return self.name.split("/")[0]


def called(node: ast.Call) -> str:
    """The last name of what is called: `a.b.c()` → c."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def literal(node: ast.AST | None) -> str | None:
    """The text of a string literal, None for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def made_up(place: str, text: str) -> Module:
    return Module(place, ast.parse(text))


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the package except migrations, which are a record of the past."""
    return tuple(
        Module(path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(PACKAGE.rglob("*.py"))
        if "migrations" not in path.parts
    )


@cache
def templates() -> tuple[Template, ...]:
    return tuple(
        Template(path.as_posix().split("/templates/", 1)[1], path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.glob("*/templates/**/*.html"))
    )


@cache
def settings_of_tools() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@cache
def floors() -> dict[str, int]:
    """Room → floor, the cellar lowest; read from the contract that import-linter holds."""
    contracts = settings_of_tools()["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "floors")
    return {
        room.strip(" ()"): floor for floor, rooms in enumerate(reversed(layers)) for room in rooms.split("|")
    }


@cache
def tracked() -> tuple[str, ...]:
    """The files that are in git or about to be, as paths below the root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return tuple(sorted(name for name in set(listed.splitlines()) if (ROOT / name).is_file()))
