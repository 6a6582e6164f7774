"""Rows are reached through visible_to(actor), or through unscoped(reason=…), and in no third way."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterable

from django.db.models import QuerySet

from dongche.web.scoping import ScopedQuerySet
from tests.house.source import Module, called, literal, made_up, modules

MANAGERS = {"objects", "_default_manager", "_base_manager"}
OUTER_ROOMS, OUTER_PARTS = {"desk", "cli"}, {"views", "forms", "api", "brief", "figures"}


def is_outer(module: Module) -> bool:
    return module.room in OUTER_ROOMS or module.part in OUTER_PARTS


def side_doors(house: Iterable[Module]) -> list[str]:
    """Managers and shortcuts that would bring rows past the scope."""
    said = []
    for module in filter(is_outer, house):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and node.attr in MANAGERS:
                said.append(f"{module.place}:{node.lineno} uses .{node.attr}")
            elif isinstance(node, ast.Call) and called(node) in ("get_object_or_404", "get_list_or_404"):
                inner = {called(call) for call in ast.walk(node) if isinstance(call, ast.Call)}
                if not inner & {"visible_to", "unscoped"}:
                    said.append(f"{module.place}:{node.lineno} {called(node)} without a scope")
    return said


def empty_reasons(house: Iterable[Module]) -> list[str]:
    """unscoped() without a reason that a reader can judge."""
    said = []
    for module in house:
        for call in module.calls("unscoped"):
            reason = next((word.value for word in call.keywords if word.arg == "reason"), None)
            if reason is None or (
                isinstance(reason, ast.Constant) and len((literal(reason) or "").split()) < 2
            ):
                said.append(f"{module.place}:{call.lineno} unscoped() says no reason")
    return said


def open_querysets(classes: Iterable[type]) -> list[str]:
    """Queryset classes of ours that do not say who may see their rows. What others are made of has no rows itself."""
    said = []
    for found in classes:
        name = f"{found.__module__}.{found.__qualname__}"
        if not issubclass(found, ScopedQuerySet):
            said.append(f"{name} is not a ScopedQuerySet")
        elif found.scoped_to is ScopedQuerySet.scoped_to:
            said.append(f"{name} lacks scoped_to")
        elif "entry" not in vars(found) and not found.__subclasses__():
            said.append(f"{name} lacks entry")
    return said


def descendants(parent: type) -> set[type]:
    children = set(parent.__subclasses__())
    return children.union(*(descendants(child) for child in children)) if children else children


def test_rows_have_no_side_door():
    broken = [
        made_up("registry/views.py", "Entity.objects.all()\nget_object_or_404(Entity, pk=1)"),
        made_up("desk/tiles.py", "def f():\n    return Unit._default_manager"),
        made_up("registry/views.py", "get_object_or_404(Places.visible_to(request.user), pk=1)"),
        made_up("registry/actions.py", "Entity.objects.create()"),
    ]
    assert set(side_doors(broken)) == {
        "registry/views.py:1 uses .objects",
        "registry/views.py:2 get_object_or_404 without a scope",
        "desk/tiles.py:2 uses ._default_manager",
    }
    assert side_doors(modules()) == []


def test_a_read_of_everything_says_why():
    broken = [
        made_up(
            "cli/main.py", "Places.unscoped(reason='all')\nPlaces.unscoped(reason='the brief counts all')"
        )
    ]
    assert empty_reasons(broken) == ["cli/main.py:1 unscoped() says no reason"]
    assert empty_reasons(modules()) == []


def test_every_queryset_class_knows_who_may_see_its_rows():
    class Loose(QuerySet):
        pass

    class Silent(ScopedQuerySet):
        pass

    class Empty(ScopedQuerySet):
        def scoped_to(self, actor):
            return self

    prefix = f"{__name__}.test_every_queryset_class_knows_who_may_see_its_rows.<locals>"
    assert open_querysets([Loose, Silent, Empty]) == [
        f"{prefix}.Loose is not a ScopedQuerySet",
        f"{prefix}.Silent lacks scoped_to",
        f"{prefix}.Empty lacks entry",
    ]
    for module in modules():
        if module.part == "queries":
            name = module.place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            importlib.import_module(f"dongche.{name}")
    ours = {found for found in descendants(QuerySet) if found.__module__.startswith("dongche.")} - {
        ScopedQuerySet
    }
    assert len(ours) >= 4
    assert open_querysets(ours) == []
