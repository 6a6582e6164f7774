"""What taking back an import comes to, place by place; whatever kind of import it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from dongche.org.audit import Actor


@dataclass(frozen=True)
class Left:
    """What is left as it is, and why: a value, or the whole place when `name` is empty."""

    name: str
    message: str
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What becomes of one place: it goes, or values go back (`changes`: field → [now, before]); what is left."""

    pk: int
    number: str
    name: str
    goes: bool = False
    changes: Mapping[str, list[Any]] = field(default_factory=dict)
    left: Sequence[Left] = ()
    known: Mapping[str, Any] = field(default_factory=dict)


def totals(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """How many places go, how many get values back, and in how many something is left as it is."""
    found = {"gone": 0, "restored": 0, "left": 0}
    for verdict in verdicts:
        found["gone"] += verdict.goes
        found["restored"] += bool(verdict.changes)
        found["left"] += bool(verdict.left)
    return found


class Undoer(Protocol):
    """Writes verdicts; used under the lock of the registry."""

    def write(self, verdict: Verdict) -> None: ...

    def finish(self) -> None: ...


class Undoing(Protocol):
    """How one kind of import is taken back: what would become of each place, and the writing of it."""

    def survey(self) -> Iterator[Verdict]: ...

    def undoer(self, *, by: Actor, at: datetime) -> Undoer: ...
