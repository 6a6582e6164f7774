"""From where something is being done: a page, program, command or task; with one request id for all that follows.

Set once at each entrance of the house and read by whoever keeps a trace: the audit log, the lines of the log. It is
kept per thread and task of the event loop, so two requests never mix.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Literal

Way = Literal["web", "api", "cli", "task", ""]
_WELL_FORMED: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")


@dataclass(frozen=True)
class Origin:
    """`detail`: the client's address, the system user, or the name of the task."""

    way: Way = ""
    detail: str = ""
    request_id: str = ""

    def __str__(self) -> str:
        return f"{self.way} {self.detail}".strip()


_current: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 – it cannot be changed


def current() -> Origin:
    """Where the running code came in; empty outside of every entrance, as in a test or a shell."""
    return _current.get()


@contextmanager
def coming_from(origin: Origin) -> Iterator[Origin]:
    """Everything inside the block is done from `origin`."""
    token = _current.set(origin)
    try:
        yield origin
    finally:
        _current.reset(token)


def new_request_id() -> str:
    """128 random bits in hexadecimal, as trace ids are written elsewhere."""
    return secrets.token_hex(16)


def is_request_id(text: str) -> bool:
    """Whether a text may be taken over as a request id: 8 to 64 letters, digits, and . _ -

    >>> is_request_id("4bf92f3577b34da6a3ce929d0e0e4736"), is_request_id("a b"), is_request_id("x" * 65)
    (True, False, False)
    """
    return _WELL_FORMED.fullmatch(text) is not None
