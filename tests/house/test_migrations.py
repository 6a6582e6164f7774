"""Migrations are one line per room, named for what they do, and say what the models say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

NAME = re.compile(r"^\d{4}_(?!auto)[a-z][a-z0-9_]+$")


def tangled(leaves: Iterable[tuple[str, str]], names: Iterable[tuple[str, str]]) -> list[str]:
    """Rooms with two heads, and migrations with a number or a name that says nothing."""
    heads: dict[str, list[str]] = {}
    for room, name in leaves:
        heads.setdefault(room, []).append(name)
    said = [
        f"{room} has the heads {', '.join(sorted(found))}" for room, found in heads.items() if len(found) > 1
    ]
    said += [f"{room}/{name} is not named NNNN_what_it_does" for room, name in names if not NAME.match(name)]
    return said


def test_each_room_has_one_line_of_migrations():
    leaves = [("org", "0002_a"), ("org", "0002_b")]
    names = [("org", "0003_auto_20200320_1200"), ("org", "0001_initial"), ("org", "fix")]
    assert tangled(leaves, names) == [
        "org has the heads 0002_a, 0002_b",
        "org/0003_auto_20200320_1200 is not named NNNN_what_it_does",
        "org/fix is not named NNNN_what_it_does",
    ]
    loader = MigrationLoader(None)
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("dongche.")}
    assert {"org", "registry", "reporting"} <= {room for room, _ in loader.disk_migrations}
    assert tangled(
        [leaf for leaf in loader.graph.leaf_nodes() if leaf[0] in ours],
        [key for key in loader.disk_migrations if key[0] in ours],
    ) == []  # fmt: skip


@pytest.mark.django_db
def test_the_migrations_say_what_the_models_say():
    said = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said)
    except SystemExit:
        pytest.fail(said.getvalue())


@pytest.mark.django_db
def test_every_index_and_constraint_of_a_model_is_in_the_database():
    """Whatever a migration dropped on the way: Django compares models with migrations, not with the database."""
    missing = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if not model.__module__.startswith("dongche."):
                continue
            there = connection.introspection.get_constraints(cursor, model._meta.db_table)
            named = [*model._meta.indexes, *model._meta.constraints]
            missing += [f"{model._meta.label}: {one.name}" for one in named if one.name not in there]
    assert missing == []
