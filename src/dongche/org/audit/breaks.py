"""Where the chain was broken and begun anew: what was found is kept as it is, and said for ever.

A break is written by `sealing.seal` alone, from the command line. It names the first link that did not hold, keeps the
digest of everything that stood from there on, and is sealed itself; the next entry is chained to that seal. So the part
before the break still proves itself, the broken part proves that nobody touched it since, and the log goes on.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, Final

from dongche.org.audit import chain
from dongche.org.models import AuditBreak

FIELDS: Final = ("id", "broken", "what", "first", "start", "before", "last", "found", "reason", "by_label")


def seal_of_break(row: AuditBreak) -> str:
    """The seal of a break, to which the entry after it is chained."""
    values = ["dongche.audit.break.1", *(getattr(row, name) for name in FIELDS), _told(row.at)]
    return chain.seal_of_text(json.dumps(values, separators=(",", ":")))


class Digest:
    """What entries look like, whether they hold or not."""

    def __init__(self) -> None:
        self.sum = hashlib.sha256()

    def add(self, values: tuple[Any, ...]) -> None:
        self.sum.update(json.dumps(values, sort_keys=True, separators=(",", ":"), default=_told).encode())

    def __str__(self) -> str:
        return self.sum.hexdigest()


def standing() -> list[AuditBreak]:
    """The breaks in the order of the log, without those that lie in the part that a later one seals off."""
    rows = list(AuditBreak.objects.order_by("pk"))
    return [
        row for row in rows if not any(other.pk > row.pk and other.broken <= row.broken for other in rows)
    ]


def _told(value: Any) -> str:
    return (
        value.astimezone(UTC).isoformat(timespec="microseconds")
        if isinstance(value, datetime)
        else str(value)
    )
