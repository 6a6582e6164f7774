"""Actions, and the record of what they did.

Entries are gathered while an action works and written at its very end, when everything else is done: the lock of the
chain is the last one taken and is held for a few statements, so nobody who holds it waits for anybody. A nested action
hands its entries to the one around it; one that fails takes its entries with its savepoint.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ParamSpec, Protocol, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from dongche.kit import clock, origin
from dongche.org import models
from dongche.org.audit import chain

P = ParamSpec("P")
R = TypeVar("R")
Mark = Callable[[], None]
REASON_LENGTH = 400
# What is recorded in place of a value that must not stand in the log.
HIDDEN, CHANGED = "hidden", "changed"


class Actor(Protocol):
    """Whoever acts: an officer, a place behind its QR code, or the system itself."""

    @property
    def label(self) -> str: ...
    @property
    def officer_id(self) -> int | None: ...


@dataclass(frozen=True)
class System:
    """The software acting on its own: a scheduled task or a command on the server."""

    label: str = "system"
    officer_id: int | None = None


@dataclass
class _Running:
    """An action at work, on one connection: a thread that inherited the context has its own transaction."""

    name: str
    connection: Any
    recorded: list[tuple[chain.Deed, Mark]] = field(default_factory=list)


_running: ContextVar[_Running | None] = ContextVar("running", default=None)


def action(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a keyword-only function with `by` and `at` an action called `room.verb`.

    It runs in one transaction and must call `record` at least once before it returns; otherwise the transaction is
    rolled back, because a write that leaves no trace must not exist.
    """

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        parameters = inspect.signature(function).parameters
        if (
            any(p.kind is not p.KEYWORD_ONLY for p in parameters.values())
            or not {"by", "at"} <= parameters.keys()
        ):
            raise TypeError(f"{function.__qualname__}: an action takes keywords only, by and at among them")

        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            with _at_work(name) as work:
                result = function(*args, **kwargs)
                if not _surviving(work):
                    raise RuntimeError(f"{name} wrote no audit row")
            return result

        run.action = name  # type: ignore[attr-defined]
        return run

    return wrap


@contextmanager
def together() -> Iterator[None]:
    """Several actions in one transaction, whose entries are written at its end.

    Use this and not `transaction.atomic` around actions: there, the first action would take the lock of the chain and
    hold it until the last is done.
    """
    with _at_work(""):
        yield


@contextmanager
def _at_work(name: str) -> Iterator[_Running]:
    around = _running.get()
    if around is not None and around.connection is not _connection():
        around = None
    work = _Running(name, _connection())
    with transaction.atomic():
        token = _running.set(work)
        try:
            yield work
        finally:
            _running.reset(token)
        recorded = _surviving(work)
        if around is not None:
            around.recorded += recorded
        elif recorded:
            chain.append([deed for deed, _mark in recorded])


def record(
    subject: str,
    subject_id: int | None,
    *,
    by: Actor,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    within: models.Unit | models.Officer | int | None = None,
) -> None:
    """Note what the running action does to one row, to be written at its end.

    Shape:  `before` and `after` hold what changes: ids, codes, days, counts. Never personal values; of a Sensitive
            field say only that it changed (HIDDEN, CHANGED). `within` is the sub-district whose headquarters may read
            this: its id, any unit in it, or an officer who holds a post in it
    Empty:  without `within`, it is the sub-district in which `by` holds a post; of the system itself, or of somebody
            with posts in none or in several, the entry can be read by super-users only
    """
    work = _running.get()
    if work is None or work.connection is not _connection() or not work.name:
        raise RuntimeError("record() was called outside of any action")
    came = origin.current()
    deed = chain.Deed(
        at=at,
        by_id=by.officer_id,
        by_label=by.label,
        action=work.name,
        subject=subject,
        subject_id=subject_id,
        before=before,
        after=after,
        reason=reason if len(reason) <= REASON_LENGTH else reason[: REASON_LENGTH - 1] + "…",
        origin=str(came),
        request_id=came.request_id,
        subdistrict_id=_subdistrict(by if within is None else within, at),
    )
    mark = functools.partial(_do_nothing)  # an object of its own, to be found again
    transaction.on_commit(mark)
    work.recorded.append((deed, mark))


def _do_nothing() -> None:
    pass


def _subdistrict(within: object, at: datetime) -> int | None:
    if isinstance(within, int):
        return within
    if isinstance(within, models.Unit):
        return within.pk if within.kind == models.UnitKind.SUBDISTRICT else within.subdistrict_id
    if not isinstance(within, models.Officer):
        return None
    found = {_subdistrict(post.unit, at) for post in within.posts_on(clock.day_of(at))}
    return found.pop() if len(found) == 1 else None


def _connection() -> Any:
    """The connection of this thread; `django.db.connection` is the same proxy in all of them."""
    return connections[DEFAULT_DB_ALIAS]


def _surviving(work: _Running) -> list[tuple[chain.Deed, Mark]]:
    """Entries but those of a savepoint that was rolled back: Django has dropped what was to follow on its commit."""
    marks = {id(mark) for _savepoints, mark, _robust in work.connection.run_on_commit}
    return [(deed, mark) for deed, mark in work.recorded if id(mark) in marks]
