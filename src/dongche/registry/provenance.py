"""Each value of a place as it was known at an instant: what it was, since when, from where, by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from dongche.registry.imports import values
from dongche.registry.models import Entity, Revision

DAYS: Final = frozenset({"opened_on", "from_on"})
# In the order in which they are shown; the hash of a phone is nothing to read.
SHOWN: Final = tuple(name for name in values.ALL if name != "contact_phone_hash")


@dataclass(frozen=True)
class Known:
    """One value. `version` is the one that brought it; `replaced_by` the one that keeps it, if it was changed since.

    A personal value that was erased from there is lost: only that it was another is known.
    """

    name: str
    value: Any
    version: Revision
    replaced_by: Revision | None = None
    is_lost: bool = False


def known_at(place: Entity, at: datetime) -> Sequence[Known]:
    """This function will give the values of a place as they were believed at an instant.

    Shape: one for each of `SHOWN`; the present values taken back version by version, one query
    Empty: nothing when the place was not known yet
    """
    versions = list(Revision.objects.filter(entity=place).select_related("by", "batch").order_by("-pk"))
    held = [version for version in versions if version.known_at <= at]
    if not held:
        return ()
    found: dict[str, Any] = {name: getattr(place, name) for name in SHOWN}
    replaced: dict[str, Revision] = {}
    lost = set()
    for version in versions[: len(versions) - len(held)]:
        former = values.replaced(version.former)
        for name, (before, _) in version.changes.items():
            replaced[name] = version
            if name not in values.PERSONAL:
                found[name] = _read(name, before)
            elif name in former:
                found[name] = former[name]
                lost.discard(name)
            else:
                found[name] = None
                lost.add(name)
    origins = dict.fromkeys(SHOWN, held[-1])
    for version in reversed(held):
        origins |= {name: version for name in version.changes if name in origins}
    return [Known(name, found[name], origins[name], replaced.get(name), name in lost) for name in SHOWN]


def _read(name: str, kept: Any) -> Any:
    """A value as it stands in the changes of a version, as it was."""
    return date.fromisoformat(kept) if name in DAYS and isinstance(kept, str) else kept
