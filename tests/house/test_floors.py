"""Imports go down only, also where import-linter is blind: names in strings and templates."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from tests.house.source import Module, Template, called, floors, literal, made_up, modules, templates

RELATIONS = ("ForeignKey", "OneToOneField", "ManyToManyField")
TEMPLATE_NAME = re.compile(r"^[a-z_]+/[\w/-]+\.(html|txt|md)(#[\w-]+)?$")
REFERENCE = re.compile(r"""\{%\s*(?:extends|include)\s+["']([^"']+)["']""")


def may_use(user: str, used: str) -> bool:
    known = floors()
    return user == used or used not in known or known[used] < known[user]


def upward_models(house: Iterable[Module]) -> list[str]:
    """Models of a neighbour or an upper floor named in strings."""
    said = []
    for module in house:
        for call in module.calls(*RELATIONS, "get_model"):
            places = [*call.args[:1], *(word.value for word in call.keywords if word.arg == "to")]
            for text in filter(None, map(literal, places)):
                room = text.split(".")[0].lower()
                names_a_room = "." in text or called(call) == "get_model"
                if names_a_room and not may_use(module.room, room):
                    said.append(f"{module.place}:{call.lineno} names {text}")
    return said


def upward_templates(house: Iterable[Module], pages: Iterable[Template]) -> list[str]:
    """Templates of a neighbour or an upper floor that are included, extended or rendered."""
    said = [
        f"{page.name} uses {name}"
        for page in pages
        for name in REFERENCE.findall(page.text)
        if not may_use(page.room, name.split("/")[0])
    ]
    for module in house:
        for node in ast.walk(module.tree):
            text = literal(node)
            if text and TEMPLATE_NAME.match(text) and not may_use(module.room, text.split("/")[0]):
                said.append(f"{module.place}:{node.lineno} renders {text}")
    return said


def borrowed_views(house: Iterable[Module]) -> list[str]:
    """Views or addresses of another room, imported by anybody but the roof."""
    said = []
    for module in house:
        for name, line in module.imports:
            package, _, rest = name.partition(".")
            room, _, part = rest.partition(".")
            if (
                package == "dongche"
                and module.room not in (room, "config")
                and part.split(".")[0] in ("views", "urls")
            ):
                said.append(f"{module.place}:{line} imports {name}")
    return said


def test_models_named_in_strings_are_on_lower_floors():
    broken = [
        made_up("registry/models.py", "x = models.ForeignKey('reporting.Report', models.CASCADE)"),
        made_up("org/queries.py", "apps.get_model('registry', 'Entity')"),
        made_up("reporting/models.py", "x = models.ForeignKey('registry.Entity', models.CASCADE)"),
        made_up("org/models.py", "x = models.ForeignKey('self', models.CASCADE)"),
    ]
    assert upward_models(broken) == [
        "registry/models.py:1 names reporting.Report",
        "org/queries.py:1 names registry",
    ]
    assert upward_models(modules()) == []


def test_templates_come_from_lower_floors():
    pages = [Template("registry/a.html", '{% extends "web/base.html" %}{% include "desk/tile.html" %}')]
    code = [made_up("org/views.py", "render(request, 'registry/list.html')")]
    assert upward_templates(code, pages) == [
        "registry/a.html uses desk/tile.html",
        "org/views.py:1 renders registry/list.html",
    ]
    assert upward_templates(modules(), templates()) == []


def test_views_are_only_used_by_their_own_room():
    broken = [
        made_up("desk/views.py", "def f():\n    from dongche.registry.views import table"),
        made_up("config/urls.py", "from dongche.registry import views"),
        made_up("registry/urls.py", "from dongche.registry import views"),
    ]
    assert borrowed_views(broken) == ["desk/views.py:2 imports dongche.registry.views.table"]
    assert borrowed_views(modules()) == []


def test_every_room_has_a_floor():
    assert {module.room for module in modules()} - {"__init__"} == set(floors())
