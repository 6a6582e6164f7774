"""Every write is an action with `by` and `at`, and nothing else writes."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable

from tests.house.source import Module, called, literal, made_up, modules

READERS = {"views", "forms", "api", "queries", "facts", "figures", "brief", "urls", "admin"}
MAKERS = {"create", "create_user"}
WRITES = {"save", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}


def public_functions(module: Module) -> list[ast.FunctionDef]:
    return [
        node
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]


def action_name(function: ast.FunctionDef) -> str | None:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and called(decorator) == "action" and decorator.args:
            return literal(decorator.args[0])
    return None


def loose_actions(house: Iterable[Module]) -> list[str]:
    """Public functions in actions.py that are not actions in name, shape or decoration."""
    said = []
    names: Counter[str] = Counter()
    for module in house:
        if module.part != "actions":
            continue
        for function in public_functions(module):
            here = f"{module.place}:{function.lineno} {function.name}"
            name, shape = action_name(function), function.args
            keywords = {argument.arg for argument in shape.kwonlyargs}
            if name is None:
                said.append(f"{here} is not decorated with @action")
                continue
            names[name] += 1
            if not name.startswith(f"{module.room}.") or names[name] > 1:
                said.append(f"{here} has the action name {name}")
            if shape.args or shape.posonlyargs or shape.vararg or not {"by", "at"} <= keywords:
                said.append(f"{here} is not keyword-only with by and at")
    return said


def stray_writes(house: Iterable[Module]) -> list[str]:
    """Writes in files that only read or show."""
    said = []
    for module in house:
        if module.part not in READERS:
            continue
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            through_manager = isinstance(node.func.value, ast.Attribute) and node.func.value.attr == "objects"
            if node.func.attr in WRITES or (through_manager and node.func.attr == "create"):
                said.append(f"{module.place}:{node.lineno} writes with .{node.func.attr}()")
    return said


CHANGES = {"update", "delete", "set_password", "bulk_update"}


def changes_rows(function: ast.FunctionDef) -> bool:
    """Whether a function changes or removes rows that were there: .update() and .delete() of a queryset, .save() of an
    object."""
    made_here = {
        target.id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and called(node.value) in MAKERS
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(function):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        of_queryset = isinstance(node.func.value, ast.Call | ast.Attribute) or node.func.attr != "update"
        name = getattr(node.func.value, "id", "")
        if (node.func.attr in CHANGES and of_queryset) or (
            node.func.attr == "save" and name not in made_here
        ):
            return True
    return False


def without_before(house: Iterable[Module]) -> list[str]:
    """Actions that change rows but nowhere record what these were before; helpers of the same file are read along."""
    said = []
    for module in house:
        helpers = {node.name: node for node in module.tree.body if isinstance(node, ast.FunctionDef)}
        for function in helpers.values():
            if action_name(function) is None:
                continue
            reached, left = {function.name}, [function]
            while left:
                names = {called(node) for node in ast.walk(left.pop()) if isinstance(node, ast.Call)}
                new = {
                    name for name in names - reached if name in helpers and action_name(helpers[name]) is None
                }
                reached |= new
                left += [helpers[name] for name in new]
            parts = [helpers[name] for name in reached]
            records_before = any(
                isinstance(node, ast.Call)
                and called(node) == "record"
                and any(word.arg == "before" for word in node.keywords)
                for part in parts
                for node in ast.walk(part)
            )
            if any(map(changes_rows, parts)) and not records_before:
                said.append(f"{module.place}:{function.lineno} {function.name} records no before")
    return said


def test_public_functions_in_actions_are_actions():
    good = "@action('org.appoint')\ndef appoint(*, officer, by, at): ...\n"
    broken = [
        made_up("org/actions.py", good + "def helper(x): ...\ndef _private(x): ...\n"),
        made_up("registry/actions/places.py", "@action('org.move')\ndef move(place, *, by): ...\n"),
    ]
    assert loose_actions(broken) == [
        "org/actions.py:3 helper is not decorated with @action",
        "registry/actions/places.py:2 move has the action name org.move",
        "registry/actions/places.py:2 move is not keyword-only with by and at",
    ]
    assert loose_actions(modules()) == []
    assert sum(len(public_functions(module)) for module in modules() if module.part == "actions") >= 8


def test_only_actions_write():
    broken = [
        made_up("registry/views.py", "form.save()\nEntity.objects.create(name='x')\nnumbers.update(a=1)")
    ]
    assert stray_writes(broken) == [
        "registry/views.py:1 writes with .save()",
        "registry/views.py:2 writes with .create()",
    ]
    assert stray_writes(modules()) == []


def test_actions_that_change_rows_record_what_they_were_before():
    head = "@action('org.x')\ndef end(*, post, by, at):\n    "
    broken = [
        made_up("org/actions.py", head + "post.save()\n    record('post', 1, by=by, at=at, after={})"),
        made_up(
            "org/actions.py", head + "_end(post)\n    record('post', 1, by=by, at=at)\ndef _end(x): x.save()"
        ),
        made_up(
            "org/actions.py", head + "Post.objects.filter(pk=1).delete()\n    record('post', 1, by=by, at=at)"
        ),
    ]
    assert without_before(broken) == ["org/actions.py:2 end records no before"] * 3
    fine = [
        made_up(
            "org/actions.py", head + "post.save()\n    record('post', 1, by=by, at=at, before={}, after={})"
        ),
        made_up(
            "org/actions.py", head + "x = Post.objects.create()\n    told.update(a=1)\n    record('post', 1)"
        ),
    ]
    assert without_before(fine) == []
    assert without_before(modules()) == []
