"""Every field of every model is declared personal (Sensitive) or not (Plain); dumps, logs and exports read that."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from django.apps import apps


def unclassified(models: Iterable[Any]) -> list[str]:
    said = []
    for model in models:
        fields = {
            field.name
            for field in model._meta.get_fields()
            if getattr(field, "concrete", False) or (field.many_to_many and not field.auto_created)
        }
        sensitive, plain = getattr(model, "Sensitive", set()), getattr(model, "Plain", set())
        said += [
            f"{model.__name__}.{name} is neither Sensitive nor Plain"
            for name in sorted(fields - sensitive - plain)
        ]
        said += [f"{model.__name__}.{name} is both Sensitive and Plain" for name in sorted(sensitive & plain)]
        said += [
            f"{model.__name__} classifies {name}, which it lacks"
            for name in sorted((sensitive | plain) - fields)
        ]
    return said


def test_every_field_is_classified():
    def field(name: str) -> Any:
        return SimpleNamespace(name=name, concrete=True, many_to_many=False, auto_created=False)

    made_up = SimpleNamespace(
        __name__="Person",
        _meta=SimpleNamespace(get_fields=lambda: [field("id"), field("phone"), field("name")]),
        Sensitive=frozenset({"phone", "name"}),
        Plain=frozenset({"name", "age"}),
    )
    assert unclassified([made_up]) == [
        "Person.id is neither Sensitive nor Plain",
        "Person.name is both Sensitive and Plain",
        "Person classifies age, which it lacks",
    ]
    ours = [model for model in apps.get_models() if model.__module__.startswith("dongche.")]
    assert len(ours) >= 10
    assert unclassified(ours) == []
