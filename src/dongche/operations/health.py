"""Is it alive, and is it fit to be sent people?"""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from dongche.operations import presence

LEAST_FREE = 200 * 1024 * 1024


@dataclass(frozen=True)
class Readiness:
    """Shape: each answer True when all is well"""

    database: bool
    migrated: bool
    worker: bool
    disk: bool

    @property
    def ready(self) -> bool:
        return all(vars(self).values())


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def missing_migrations() -> list[str]:
    """What `dongche migrate` would do, step by step."""
    executor = MigrationExecutor(connection)
    return [str(step) for step, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def has_room() -> bool:
    return shutil.disk_usage(settings.DATA).free > LEAST_FREE


def readiness() -> Readiness:
    answers = database_answers()
    return Readiness(
        database=answers,
        migrated=answers and not missing_migrations(),
        worker=settings.TASKS_IMMEDIATE or bool(presence.living()),
        disk=has_room(),
    )
