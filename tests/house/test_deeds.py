"""Every action is called something in the audit log, and the maintenance site changes nothing past the actions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.test import RequestFactory

from dongche.org import telling
from tests.house.source import Module, made_up, modules
from tests.house.test_actions import action_name, public_functions


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


def test_the_maintenance_site_only_shows():
    class Open(admin.ModelAdmin):
        pass

    officer = apps.get_model("org", "Officer")
    assert writable({officer: Open(officer, admin.site)}) == ["org.Officer"]
    assert writable(admin.site._registry) == []
