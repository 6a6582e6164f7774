"""Looks ahead at what taking an import back would do, for its page: in the background, for of 100,000 rows it takes a
while. What was seen is kept beside the plan; the undo itself looks again, under the lock."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from dongche.kit import clock
from dongche.registry.imports.kinds import kind_of
from dongche.registry.imports.store import Folder, left_entry
from dongche.registry.imports.verdicts import Verdict, totals
from dongche.registry.models import ImportBatch

LEFT_SHOWN: Final = 200
REPORT_EVERY: Final = 1000


def begin(batch: ImportBatch) -> None:
    """Say that somebody is about to look: the page shows how far it is from now on."""
    Folder.of(batch.file_path).keep_survey(_begun(batch, 0))


def run(batch: ImportBatch, *, at: datetime) -> dict[str, int]:
    """This function will keep the counts of what would go, come back and stay, and the first reasons why.

    Shape: the counts
    """
    folder = Folder.of(batch.file_path)
    left: list[Verdict] = []
    counts = dict.fromkeys(totals(()), 0)
    done = 0
    for verdict in kind_of(batch, clock.day_of(at)).undoing().survey():
        for name, count in totals((verdict,)).items():
            counts[name] += count
        if verdict.left and len(left) < LEFT_SHOWN:
            left.append(verdict)
        done += 1
        if done % REPORT_EVERY == 0:
            folder.keep_survey(_begun(batch, done))
    seen = {"at": at.isoformat(), "counts": counts, "left": [left_entry(one) for one in left]}
    folder.keep_survey(_begun(batch, done) | seen)
    return counts


def fail(batch: ImportBatch, problem: dict[str, Any]) -> None:
    """Say that looking ahead broke off, and why."""
    Folder.of(batch.file_path).keep_survey(_begun(batch, 0) | {"problem": problem})


def _begun(batch: ImportBatch, done: int) -> dict[str, Any]:
    total = batch.counts.get("new", 0) + batch.counts.get("changed", 0)
    return {"done": done, "total": total}
