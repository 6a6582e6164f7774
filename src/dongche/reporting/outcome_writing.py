"""Puts outcomes of a file down, each by the action that a button calls, and takes a whole file of them back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from dongche.org.audit import Actor
from dongche.org.models import Officer
from dongche.registry.imports.matching import Decision
from dongche.registry.imports.store import Folder
from dongche.registry.imports.undoers import PartsUndoer
from dongche.registry.imports.undoing import CHANGED_SINCE
from dongche.registry.imports.values import Values
from dongche.registry.imports.verdicts import Left, Verdict
from dongche.registry.models import ImportBatch, Observation
from dongche.reporting import checking
from dongche.reporting.models import Check
from dongche.reporting.queries import Checks

CHUNK: Final = 500
Lookup = Callable[[Iterable[int]], Mapping[int, Check]]


def held_of(calls: Iterable[int]) -> dict[int, Observation]:
    """What holds for some checks: one query."""
    found = Observation.objects.filter(
        source=Check.SOURCE, key__in={str(pk) for pk in calls}, superseded_at__isnull=True
    )
    return {int(one.key): one for one in found.select_related("by", "asked_by")}


class Writer:
    """Puts the outcomes of one import down, each by the action that a button calls."""

    def __init__(
        self, batch: ImportBatch, checks: Lookup, folder: Folder, *, by: Actor, at: datetime
    ) -> None:
        self.batch, self.checks, self.folder, self.by, self.at = batch, checks, folder, by, at
        self.rows: list[Values] = []
        self.written = 0

    def write(self, decision: Decision) -> None:
        if decision.kind in ("new", "changed"):
            self.rows.append(decision.row.values)
        if len(self.rows) >= CHUNK:
            self.finish()

    def finish(self) -> None:
        rows, self.rows = self.rows, []
        checks = self.checks(given["call"] for given in rows)
        askers = Officer.objects.in_bulk({given["asker"] for given in rows if "asker" in given})
        held = held_of([given["call"] for given in rows])
        for given in rows:
            current, at = held.get(given["call"]), given.get("asked_at")
            is_same = current is not None and current.finding == given["finding"]
            kept = current if is_same else None  # an empty cell says nothing about what is the same otherwise
            checking.record_outcome(
                check=checks[given["call"]],
                finding=given["finding"],
                way=given.get("way") or (kept.way if kept else Observation.Way.CALL),
                note=given.get("note") or (kept.note if kept else ""),
                asked_by=askers.get(given.get("asker", 0)) or (kept.asked_by if kept else None),
                asked_at=datetime.fromisoformat(at) if at else kept.asked_at if kept else None,
                batch=self.batch,
                by=self.by,
                at=self.at,
            )
        self.written += len(rows)
        self.folder.show_progress(self.written)


class OutcomesUndoing:
    """How a file of outcomes is taken back: each holds no more, and the one that it replaced holds again."""

    def __init__(self, batch: ImportBatch) -> None:
        self.batch = batch

    def survey(self) -> Iterator[Verdict]:
        mine = Observation.objects.filter(batch=self.batch).select_related("entity").order_by("pk")
        after = 0
        while part := list(mine.filter(pk__gt=after)[:CHUNK]):
            after = part[-1].pk
            replaced = Observation.objects.filter(
                source=Check.SOURCE, key__in=[one.key for one in part], superseded_at__isnull=False
            )
            before = {(one.key, one.superseded_at): one for one in replaced}
            for one in part:
                about: dict[str, Any] = {"pk": one.pk, "number": one.entity.number, "name": one.entity.name}
                was = before.get((one.key, one.known_at))
                if one.superseded_at is not None:
                    yield Verdict(**about, left=[Left("", CHANGED_SINCE)])
                elif was is None:
                    yield Verdict(**about, goes=True, known={"check": one.key})
                else:
                    changes = {"finding": [one.finding, was.finding]}
                    yield Verdict(**about, changes=changes, known={"check": one.key})

    def undoer(self, *, by: Actor, at: datetime) -> OutcomesUndoer:
        return OutcomesUndoer(self.batch, by=by, at=at)


class OutcomesUndoer(PartsUndoer):
    """Does what a survey of outcomes said."""

    def take_back(self, verdicts: Sequence[Verdict]) -> None:
        every = Checks.unscoped(reason="the file is taken back whole").filter(
            pk__in=[int(one.known["check"]) for one in verdicts]
        )
        checks = {str(one.pk): one for one in every.select_related("entity__subdistrict", "taken_by")}
        for verdict in verdicts:
            checking.take_back_outcome(check=checks[verdict.known["check"]], by=self.by, at=self.at)
