"""Every action is called something in the audit log, and the maintenance site changes nothing past the actions."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.test import RequestFactory

from dongche.org import telling
from tests.house.source import Module, called, literal, made_up, modules
from tests.house.test_actions import action_name, public_functions

TOLD = {"before", "after"}


def nameless(house: Iterable[Module], known: Iterable[str]) -> list[str]:
    """Actions without words, and words for actions that are not there any more."""
    actions = {
        name
        for module in house
        for function in public_functions(module)
        if (name := action_name(function)) is not None
    }
    told = set(known)
    return [f"{name} has no words in its room's deeds.py" for name in sorted(actions - told)] + [
        f"{name} has words but is no action" for name in sorted(told - actions)
    ]


def untold(house: Iterable[Module], words: telling.Words) -> list[str]:
    """Subjects and fields that an action records and nobody has words for, as far as they stand in the source."""
    said = set()
    for module in house:
        if not any(module.calls("record")):
            continue
        for node in ast.walk(module.tree):
            told: list[ast.AST] = []
            if isinstance(node, ast.Call) and called(node) == "record" and node.args:
                subject = literal(node.args[0])
                if subject is not None and subject not in words.subjects:
                    said.add(f"{module.place} records {subject}, which has no words")
                told = [word.value for word in node.keywords if word.arg in TOLD]
            elif isinstance(node, ast.Assign):
                names = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
                told = [node.value] if names & TOLD else []
            elif isinstance(node, ast.FunctionDef) and node.name == "_told":
                told = [node]
            for key in (
                literal(key)
                for part in told
                for inner in ast.walk(part)
                if isinstance(inner, ast.Dict)
                for key in inner.keys
            ):
                if key is not None and key not in words.fields:
                    said.add(f"{module.place} records the field {key}, which has no words")
    return sorted(said)


def writable(registry: dict[Any, Any]) -> list[str]:
    """Models that a super-user could change on the maintenance site, past the actions and their trace."""
    request = RequestFactory().get("/admin/")
    request.user = apps.get_model("org", "Officer")(is_superuser=True, is_active=True, is_staff=True)
    return [
        model._meta.label
        for model, site in registry.items()
        if site.has_add_permission(request)
        or site.has_change_permission(request)
        or site.has_delete_permission(request)
    ]


def test_every_action_has_words():
    broken = [made_up("org/actions.py", "@action('org.appoint')\ndef appoint(*, by, at): ...")]
    assert nameless(broken, ["org.dance"]) == [
        "org.appoint has no words in its room's deeds.py",
        "org.dance has words but is no action",
    ]
    assert nameless(modules(), telling.words().deeds) == []


def test_every_subject_and_field_has_words():
    text = (
        "record('ghost', 1, after={'shape': 1})\n"
        "before = {'colour': 1}\n"
        "def _told(x): return {'unit': 1, 'weight': 2}\n"
        "other = {'nothing': 1}"
    )
    assert untold([made_up("org/actions.py", text)], telling.words()) == [
        "org/actions.py records ghost, which has no words",
        "org/actions.py records the field colour, which has no words",
        "org/actions.py records the field shape, which has no words",
        "org/actions.py records the field weight, which has no words",
    ]
    assert untold(modules(), telling.words()) == []


def test_the_maintenance_site_only_shows():
    class Open(admin.ModelAdmin):
        pass

    officer = apps.get_model("org", "Officer")
    assert writable({officer: Open(officer, admin.site)}) == ["org.Officer"]
    assert writable(admin.site._registry) == []
