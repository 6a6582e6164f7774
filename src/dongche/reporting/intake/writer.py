"""The one thread that stores, and the bounded queue before it.

No timer: what queued while the last batch was committed is the next one, so a single report is stored at once and a
flood shares its commits. A sender hears of a report only after the commit that holds it. When the database is away,
whatever waits is refused, and so is what comes, until it answers again; nothing has to be restarted.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic, perf_counter
from typing import Any, Final

from django.db import DatabaseError, connection
from django.db.utils import InterfaceError, OperationalError

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.reporting.appending import CHUNK
from dongche.reporting.intake.storing import store, warm
from dongche.reporting.intake.whose import Answer, Arrived
from dongche.web.problems import DatabaseAway, DiskFull, Unexpected, is_disk_full

log = logging.getLogger(__name__)
AWAY: Final = (OperationalError, InterfaceError)
BACK_OFF: Final = (0.2, 0.5, 1.0, 2.0)
# A connection that was not used for so long is asked whether it still stands, before a report relies on it.
IDLE_SECONDS: Final = 1.0


class IntakeFull(Problem):
    code = "reporting.intake_full"
    status = 503
    message = N_(
        "More reports are coming in than can be stored just now: %(waiting)s are waiting. This one was not stored. "
        "Send it again in %(seconds)s seconds with the same key."
    )


class IntakeStopping(Problem):
    code = "reporting.intake_stopping"
    status = 503
    message = N_(
        "The intake is being restarted; this report was not stored. Send it again in %(seconds)s seconds with the "
        "same key."
    )


Done = Callable[[list[Answer]], None]


class Writer(threading.Thread):
    """Stores what is offered, in batches; `deliver` is called with the answers of each, in this thread."""

    def __init__(self, most: int, deliver: Callable[[list[tuple[Any, Answer]]], None]) -> None:
        super().__init__(name="intake-writer", daemon=True)
        self.most, self.deliver = most, deliver
        self.is_away = self.is_stopping = False
        self.taken = self.stored = self.batches = 0
        self._waiting: deque[tuple[Any, Arrived]] = deque()
        self._probes: list[Callable[[bool], None]] = []
        self._ready = threading.Condition()
        self.is_warm = threading.Event()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def offer(self, reports: Sequence[tuple[Any, Arrived]]) -> None:
        """Take all of these into the queue, or none.

        Raises: DatabaseAway, IntakeFull, IntakeStopping
        """
        with self._ready:
            if self.is_stopping:
                raise IntakeStopping(seconds=5)
            if self.is_away:
                raise DatabaseAway
            if len(self._waiting) + len(reports) > self.most:
                raise IntakeFull(waiting=len(self._waiting), seconds=5)
            self._waiting.extend(reports)
            self._ready.notify()

    def probe(self, tell: Callable[[bool], None]) -> None:
        """Have `tell` called, in this thread, with whether the database answers."""
        with self._ready:
            self._probes.append(tell)
            self._ready.notify()

    def stop(self) -> None:
        """Take nothing more, store what waits, and end."""
        with self._ready:
            self.is_stopping = True
            self._ready.notify()

    def run(self) -> None:
        warm()
        self.is_warm.set()
        used = monotonic()
        while True:
            with self._ready:
                while not (self._waiting or self._probes or self.is_stopping):
                    self._ready.wait()
                batch = [self._waiting.popleft() for _ in range(min(CHUNK, len(self._waiting)))]
                probes, self._probes = self._probes, []
                if not batch and not probes:
                    break
            if probes or monotonic() - used > IDLE_SECONDS:
                stands = _answers() or _answers()  # the second one on a new connection
                for tell in probes:
                    tell(stands)
            if batch:
                self._store(batch)
            used = monotonic()
        connection.close()

    def _store(self, batch: Sequence[tuple[Any, Arrived]]) -> None:
        begun = perf_counter()
        try:
            answers = store([arrived for _, arrived in batch], clock.now())
        except AWAY as error:
            self._refuse(batch, error)
            return
        except Exception:
            log.exception("reporting.intake.failed reports=%s", len(batch))
            connection.close()
            answers = [Answer.of(Unexpected(), arrived.language) for _, arrived in batch]
        self.deliver([(ticket, answer) for (ticket, _), answer in zip(batch, answers, strict=True)])
        stored = sum(answer.status == 201 for answer in answers)
        self.taken, self.stored, self.batches = (
            self.taken + len(batch), self.stored + stored, self.batches + 1,
        )  # fmt: skip
        log.info(
            "reporting.intake.flushed reports=%s stored=%s repeated=%s refused=%s milliseconds=%s waiting=%s",
            len(batch),
            stored,
            sum(answer.status == 200 for answer in answers),
            sum(answer.status >= 400 for answer in answers),
            round((perf_counter() - begun) * 1000),
            len(self._waiting),
        )

    def _refuse(self, batch: Sequence[tuple[Any, Arrived]], error: Exception) -> None:
        """Nothing of a batch is acknowledged. Was the database away, then neither is what waits."""
        connection.close()
        if is_disk_full(error):
            log.warning("reporting.intake.disk_full reports=%s", len(batch))
            self._tell(batch, DiskFull())
            return
        if _answers():  # a lock that was held too long: the next batch may do better
            log.warning("reporting.intake.locked reports=%s", len(batch))
            self._tell(batch, DatabaseAway())
            return
        with self._ready:
            self.is_away = True
            rest = list(self._waiting)
            self._waiting.clear()
        log.warning("reporting.intake.database_away reports=%s", len(batch) + len(rest))
        self._tell([*batch, *rest], DatabaseAway())
        self._wait_for_database()

    def _tell(self, batch: Sequence[tuple[Any, Arrived]], problem: Problem) -> None:
        told = {language: Answer.of(problem, language) for language in {one.language for _, one in batch}}
        self.deliver([(ticket, told[arrived.language]) for ticket, arrived in batch])

    def _wait_for_database(self) -> None:
        for turn in range(1_000_000_000):
            with self._ready:
                self._ready.wait(BACK_OFF[min(turn, len(BACK_OFF) - 1)])
                probes, self._probes = self._probes, []
            stands = _answers()
            for tell in probes:
                tell(stands)
            if stands or self.is_stopping:
                break
        self.is_away = False
        log.warning("reporting.intake.database_back")


def _answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        connection.close()
        return False
    return True
