"""Every variable that the house reads from its environment is explained, and nothing else is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from tests.house.source import ROOT, Module, called, literal, made_up, modules

READERS = {"env_text", "env_bool", "env_int", "env_choice", "env_secret", "proxies", "_kept_secret", "getenv"}
OURS = re.compile(r"^(DONGCHE_[A-Z_]+|DATABASE_URL)$")


def variables(house: Iterable[Module]) -> set[str]:
    """The names of the variables that are read."""
    found: set[str | None] = set()
    for module in house:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call):
                of_environ = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value).endswith(
                    "environ"
                )
                if called(node) in READERS or of_environ:
                    found.add(literal(node.args[0]) if node.args else None)
                found |= {literal(word.value) for word in node.keywords if word.arg == "envvar"}
            elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ"):
                found.add(literal(node.slice))
    return {name for name in found if name and OURS.match(name)}


def test_variables_are_found_however_they_are_read():
    text = (
        "env_secret('DATABASE_URL'); os.environ.get('DONGCHE_A'); os.environ['DONGCHE_B'];"
        "click.option('--x', envvar='DONGCHE_C'); os.getenv('HOME')"
    )
    assert variables([made_up("config/settings.py", text)]) == {
        "DATABASE_URL", "DONGCHE_A", "DONGCHE_B", "DONGCHE_C",
    }  # fmt: skip


def test_settings_are_documented():
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)`", page, flags=re.M)) == variables(modules())


def test_the_sample_environment_names_every_setting():
    sample = (ROOT / ".env.sample").read_text(encoding="utf-8")
    assert set(re.findall(r"^#? ?(\w+)=", sample, flags=re.M)) == variables(modules())
