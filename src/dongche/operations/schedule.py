"""Daily work: at a time of the Beijing day a task is put into the queue, once, however many workers look.

The row of the queue has an identifier made of the name and the day, so it is the primary key of the database that
keeps the second one out. A worker that starts late still does today's work; days that nobody worked are not made up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID, uuid5

from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult, get_date_max

from dongche.kit import clock

log = logging.getLogger(__name__)
NAMES = UUID("9a1f3c6e-6f0e-5d53-9d1e-3f3c6a1b7c20")


@dataclass(frozen=True)
class Daily:
    """One line of the table: from `at` (Beijing time, "HH:MM") on, run the task `path` for that day.

    The task is given the day as text ("2020-03-20"). It must bear being run again for the same day, because a worker
    may be killed in the middle of it. `only_if` is asked each time, for work that has to be configured first.
    """

    at: str
    path: str
    about: str
    only_if: Callable[[], bool] = lambda: True

    @property
    def time(self) -> time:
        return time.fromisoformat(self.at)


def task_id(line: Daily, day: str) -> UUID:
    return uuid5(NAMES, f"{line.path} {day}")


def due(table: Iterable[Daily], now: datetime) -> list[Daily]:
    """The lines whose time of day has come, the earliest first."""
    here = now.astimezone(clock.BEIJING)
    return sorted((line for line in table if line.time <= here.time() and line.only_if()), key=lambda x: x.at)


def enqueue_due(table: Iterable[Daily], now: datetime) -> list[str]:
    """Put into the queue what is due today and is not there yet; gives the paths of what was put there."""
    day = clock.day_of(now).isoformat()
    wanted = {task_id(line, day): line for line in due(table, now)}
    known = set(DBTaskResult.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    begun = []
    for pk, line in wanted.items():
        if pk in known:
            continue
        task = import_string(line.path)
        _, is_new = DBTaskResult.objects.get_or_create(
            pk=pk,
            defaults={
                "args_kwargs": {"args": [day], "kwargs": {}},
                "priority": task.priority,
                "task_path": line.path,
                "queue_name": task.queue_name,
                "backend_name": task.backend,
                "run_after": get_date_max(),
            },
        )
        if is_new:
            log.info("operations.schedule.enqueued task=%s on=%s", line.path, day)
            begun.append(line.path)
    return begun
