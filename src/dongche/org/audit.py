"""Every write is an action: it has `by` and `at`, one transaction, and at least one audit row inside it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ParamSpec, Protocol, TypeVar

from django.db import transaction

from dongche.org import models

P = ParamSpec("P")
R = TypeVar("R")
_recorded: ContextVar[int] = ContextVar("recorded", default=0)
_action: ContextVar[str] = ContextVar("action", default="")


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
            with transaction.atomic():
                count, outer = _recorded.get(), _action.set(name)
                try:
                    result = function(*args, **kwargs)
                finally:
                    _action.reset(outer)
                if _recorded.get() == count:
                    raise RuntimeError(f"{name} wrote no audit row")
                return result

        run.action = name  # type: ignore[attr-defined]
        return run

    return wrap


def record(
    subject: str,
    subject_id: int | None,
    *,
    by: Actor,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> models.AuditEntry:
    """Write one audit row for the action that is running. Never pass personal values, only ids, codes and counts."""
    _recorded.set(_recorded.get() + 1)
    return models.AuditEntry.objects.create(
        at=at,
        by_id=by.officer_id,
        by_label=by.label,
        action=_action.get(),
        subject=subject,
        subject_id=subject_id,
        before=None if before is None else dict(before),
        after=None if after is None else dict(after),
        reason=reason,
    )
