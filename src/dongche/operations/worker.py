"""The background worker: runs tasks one after the other, takes up what a killed one left, and keeps the daily table."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Iterable
from types import FrameType
from typing import Any

from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError, close_old_connections, connections
from django_tasks import TaskResultStatus
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult, get_date_max

from dongche.kit import clock
from dongche.operations import presence, schedule
from dongche.operations.schedule import Daily

log = logging.getLogger(__name__)
MOST_TRIES = 3
IDLE, LOOK_EVERY, LOST_FOR = 1.0, 5.0, 3.0


class WorkerKilled(Exception):
    """Noted on a task whose workers were killed again and again: it is not tried any more."""


def run(table: Iterable[Daily] = (), *, until_idle: bool = False) -> None:
    """Work until SIGTERM or SIGINT; the task in hand is finished first. A second signal does not wait for it."""
    with presence.present() as name:
        worker = _Worker(name, until_idle)
        worker.configure_signals()
        beside = threading.Thread(target=_look_after, args=(tuple(table),), daemon=True)
        look_after(table)
        beside.start()
        log.info("operations.worker.started worker=%s pid=%s", name, os.getpid())
        try:
            worker.run()
        finally:
            log.info("operations.worker.stopped worker=%s", name)


class _Worker(db_worker.Worker):
    """The worker of the library, which also outlives a database that is away for a while."""

    def __init__(self, name: str, until_idle: bool) -> None:
        super().__init__(
            queue_names=["*"],
            excluded_queue_names=[],
            interval=IDLE,
            batch=until_idle,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=name,
        )

    def run(self) -> None:
        while self.running:
            try:
                take_up(mine=self.worker_id)
                super().run()
            except (OperationalError, InterfaceError) as error:
                log.warning("operations.worker.database_lost kind=%s", type(error).__name__)
                connections.close_all()
                time.sleep(LOST_FOR)
            else:
                return

    def shutdown(self, signum: int, frame: FrameType | None) -> None:
        if not self.running:
            # As if killed: the task in hand is not noted as failed but taken up by the next worker.
            log.warning("operations.worker.broken_off signal=%s", signal.Signals(signum).name)
            os._exit(1)
        super().shutdown(signum, frame)


def take_up(mine: str = "") -> int:
    """Put back into the queue what dead workers have left in the middle; gives how many tasks.

    `mine` names the calling worker when it has no task in hand: what stands under its name was lost with the database.
    """
    count = 0
    running = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING)
    for pk, workers in running.values_list("pk", "worker_ids"):
        last = workers[-1] if workers else ""
        if last != mine and presence.is_alive(last):
            continue
        # Only as it was seen: another worker may have put it back, and begun it again, since.
        as_seen = running.filter(pk=pk, worker_ids=workers)
        if len(workers) < MOST_TRIES:
            done = as_seen.update(status=TaskResultStatus.READY, started_at=None, run_after=get_date_max())
            log.warning("operations.task.taken_up task=%s tries=%s", pk, len(workers))
        else:
            done = as_seen.update(status=TaskResultStatus.FAILED, finished_at=clock.real(), **_killed(pk))
            log.error("operations.task.given_up task=%s tries=%s", pk, len(workers))
        count += done
    return count


def _killed(pk: Any) -> dict[str, str]:
    return {
        "exception_class_path": f"{WorkerKilled.__module__}.{WorkerKilled.__qualname__}",
        "traceback": f"The process that ran task {pk} was killed {MOST_TRIES} times.",
    }


def look_after(table: Iterable[Daily]) -> None:
    """What every worker sees to every few seconds."""
    take_up()
    schedule.enqueue_due(table, clock.now())


def _look_after(table: tuple[Daily, ...]) -> None:
    while True:
        time.sleep(LOOK_EVERY)
        close_old_connections()
        try:
            look_after(table)
        except DatabaseError as error:  # away or locked: the next look is soon
            log.info("operations.worker.look_failed kind=%s", type(error).__name__)
            connections.close_all()
        except Exception:
            log.exception("operations.worker.look_broke")
