"""Bring the tables up to this version while people work: one at a time, and never in the way for long.

A change of a table waits for whoever reads it, and everybody else waits behind the change. So on PostgreSQL it gives up
after seconds, lets them through, and tries again. What it had begun is rolled back by then: each migration is one
transaction, or says itself that it may be run again.
"""

from __future__ import annotations

import fcntl
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection

from dongche.kit.errors import Problem
from dongche.kit.messages import N_

log = logging.getLogger(__name__)
LOCK: Final = 0x646F6E67636865  # "dongche"
LOCK_TIMEOUT, STATEMENT_TIMEOUT = "4s", "30min"
MOST_TRIES: Final = 10
WAIT, PAUSE = 600.0, 3.0


class MigrationRunning(Problem):
    code = "operations.migration_running"
    status = 409
    message = N_(
        "Another “dongche migrate” has been at work for more than %(minutes)s minutes; nothing was done here. See what "
        "it is doing, and run this again when it has ended."
    )


class TablesBusy(Problem):
    code = "operations.tables_busy"
    status = 503
    message = N_(
        "A table was in use all the time, so the change was given up after %(tries)s tries; what was not finished has "
        "been taken back. Run “dongche migrate” again when less is going on, or end the long query that holds it."
    )


def migrate(say: Callable[[str], None] = lambda text: None) -> None:
    """This function will make the missing changes to the tables, alone and without keeping others waiting for long.

    Raises: MigrationRunning, TablesBusy
    """
    with alone(), timeouts():
        patiently(lambda: call_command("migrate", verbosity=0, interactive=False), say)


def patiently(change: Callable[[], object], say: Callable[[str], None] = lambda text: None) -> None:
    """Run a change again while it only fails because somebody else holds a table. Raises: TablesBusy"""
    for number in range(1, MOST_TRIES + 1):
        try:
            change()
        except OperationalError as error:
            if not _is_lock_timeout(error):
                raise
            log.warning("operations.upgrade.waited try=%s", number)
            say(str(number))
            time.sleep(PAUSE)
        else:
            return
    raise TablesBusy(tries=MOST_TRIES)


@contextmanager
def alone() -> Iterator[None]:
    """Hold the right to change the tables. Raises: MigrationRunning – somebody else keeps it"""
    until = time.monotonic() + WAIT
    with _taker() as take:
        while not take():
            if time.monotonic() >= until:
                raise MigrationRunning(minutes=round(WAIT / 60))
            time.sleep(min(1.0, PAUSE))
        yield


@contextmanager
def _taker() -> Iterator[Callable[[], bool]]:
    """A function that tries to take the lock; it is given back at the end, or when the process ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:

            def ask() -> bool:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
                return bool(cursor.fetchone()[0])

            try:
                yield ask
            finally:
                if connection.is_usable():
                    cursor.execute("SELECT pg_advisory_unlock_all()")
        return
    with (Path(settings.DATA) / "migrate.lock").open("w") as file:

        def lock() -> bool:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        yield lock


@contextmanager
def timeouts() -> Iterator[None]:
    """Within this block nothing waits long for a table. SQLite has one writer and its own time limit."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [LOCK_TIMEOUT])
        cursor.execute("SELECT set_config('statement_timeout', %s, false)", [STATEMENT_TIMEOUT])
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")
                cursor.execute("RESET statement_timeout")


def _is_lock_timeout(error: OperationalError) -> bool:
    cause = error.__cause__
    return getattr(cause, "sqlstate", None) == "55P03"
