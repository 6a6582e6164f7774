"""Write docs/problems.md: every refusal a person or a program may meet, with its stable code.

python scripts/problems.py            write the page
python scripts/problems.py --check    fail when the page is not current
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "dongche"
PAGE = ROOT / "docs" / "problems.md"

INTRODUCTION = """# Problems

What Dongche refuses, it refuses with a code that never changes, an HTTP status and a sentence. Pages show the sentence
in the reader's language with the code beneath it; `/api/` and `--json` answer with all three; the command line prints
the sentence to stderr and exits with 1. Names in %(…)s are filled in.

This page is made by `make fix` from the source.
"""


class Entry(NamedTuple):
    code: str
    status: int
    message: str
    place: str


def entries_in(source: str, place: str) -> list[Entry]:
    """The problems defined in one file: classes with a literal `code` and `message`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ClassDef):
            continue
        values = {}
        for line in node.body:
            targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
            value = getattr(line, "value", None)
            if isinstance(value, ast.Call) and value.args:  # N_("…")
                value = value.args[0]
            for target in targets:
                if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
                    values[target.id] = value.value
        if "code" in values and "message" in values:
            found.append(Entry(values["code"], values.get("status", 422), values["message"], place))
    return found


def entries() -> list[Entry]:
    """Every problem of the package except the base class, by code."""
    found = [
        entry
        for path in sorted(PACKAGE.rglob("*.py"))
        for entry in entries_in(path.read_text(encoding="utf-8"), path.relative_to(PACKAGE).as_posix())
    ]
    return sorted(entry for entry in found if entry.place != "kit/errors.py")


def page() -> str:
    parts = [INTRODUCTION]
    room = ""
    for entry in entries():
        if entry.code.split(".")[0] != room:
            room = entry.code.split(".")[0]
            parts.append(f"\n## {room}\n\n| code | status | sentence |\n| --- | --- | --- |\n")
        sentence = entry.message.replace("|", "\\|").replace("\n", " ")
        parts.append(f"| `{entry.code}` | {entry.status} | {sentence} |\n")
    return "".join(parts)


def main(arguments: list[str]) -> int:
    if "--check" in arguments:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page():
            return 0
        print("docs/problems.md is not current; run `make fix`.", file=sys.stderr)
        return 1
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
