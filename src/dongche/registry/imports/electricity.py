"""Writes electricity readings, a later one in the place of an earlier, and takes a whole import of them back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from dongche.org.audit import Actor
from dongche.registry.imports import bulk
from dongche.registry.imports.matching import Decision
from dongche.registry.imports.store import Folder
from dongche.registry.imports.undoers import PartsUndoer
from dongche.registry.imports.undoing import CHANGED_SINCE
from dongche.registry.imports.verdicts import Left, Verdict
from dongche.registry.models import ElectricityReading, ImportBatch, Meter

BATCH: Final = 5000
PART: Final = 200
_COLUMNS: Final = ("entity_id", "meter", "on", "kwh", "known_at", "batch_id", "by_id")


class Writer:
    """Collects the readings of one import and writes them; used under the lock of the registry."""

    def __init__(
        self, batch: ImportBatch, folder: Folder, *, known: set[str], by: Actor, at: datetime
    ) -> None:
        self.batch, self.folder, self.by, self.at = batch, folder, by, at
        self.meters = known
        self.decisions: list[Decision] = []
        self.written = 0

    def write(self, decision: Decision) -> None:
        if decision.kind in ("new", "changed"):
            self.decisions.append(decision)
        if len(self.decisions) >= BATCH:
            self.finish()

    def finish(self) -> None:
        decisions, self.decisions = self.decisions, []
        _supersede([one.row.values for one in decisions if one.kind == "changed"], self.at)
        bulk.insert(ElectricityReading, _COLUMNS, (self._reading(one.row.values) for one in decisions))
        self._note_meters([one.row.values for one in decisions])
        self.written += len(decisions)
        self.folder.show_progress(self.written)

    def _reading(self, given: Any) -> Sequence[Any]:
        said = (given["entity_id"], given["meter"], given["on"], given["kwh"])
        return (*said, self.at, self.batch.pk, self.by.officer_id)

    def _note_meters(self, rows: Sequence[Any]) -> None:
        """From a row that names both, the number is known to be that of the place."""
        new = {
            row["meter"]: row["entity_id"] for row in rows if row["meter"] and row["meter"] not in self.meters
        }
        self.meters |= new.keys()
        Meter.objects.bulk_create(
            Meter(
                subdistrict_id=self.batch.subdistrict_id,
                number=number,
                entity_id=entity,
                batch=self.batch,
                known_at=self.at,
            )
            for number, entity in new.items()
        )


def _supersede(rows: Sequence[Any], at: datetime) -> None:
    """Believe no more what was known of the days of some rows."""
    by_day = sorted(rows, key=lambda row: (row["on"], row["meter"]))
    for (on, meter), same in groupby(by_day, key=lambda row: (row["on"], row["meter"])):
        ids = [row["entity_id"] for row in same]
        for first in range(0, len(ids), PART):
            ElectricityReading.objects.filter(
                entity__in=ids[first : first + PART], meter=meter, on=on, superseded_at__isnull=True
            ).update(superseded_at=at)


class ElectricityUndoing:
    """How an import of readings is taken back: each goes, or what was known before is known again."""

    def __init__(self, batch: ImportBatch) -> None:
        self.batch = batch

    def survey(self) -> Iterator[Verdict]:
        mine = ElectricityReading.objects.filter(batch=self.batch).select_related("entity").order_by("pk")
        after = 0
        while part := list(mine.filter(pk__gt=after)[:BATCH]):
            after = part[-1].pk
            yield from self._look(part)

    def _look(self, part: Sequence[ElectricityReading]) -> Iterator[Verdict]:
        at = self.batch.applied_at
        replaced = ElectricityReading.objects.filter(
            superseded_at=at, entity__in={one.entity_id for one in part}
        )
        before = {(one.entity_id, one.meter, one.on): one for one in replaced.exclude(batch=self.batch)}
        for one in part:
            known = {"entity_id": one.entity_id, "meter": one.meter, "on": one.on}
            was = before.get((one.entity_id, one.meter, one.on))
            about: dict[str, Any] = {"pk": one.pk, "number": one.entity.number, "name": one.entity.name}
            if one.superseded_at is not None:
                yield Verdict(**about, left=[Left("kwh", CHANGED_SINCE)])
            elif was is None:
                yield Verdict(**about, goes=True, known=known)
            else:
                yield Verdict(**about, changes={"kwh": [one.kwh, was.kwh]}, known=known)

    def undoer(self, *, by: Actor, at: datetime) -> ElectricityUndoer:
        return ElectricityUndoer(self.batch, by=by, at=at)


class ElectricityUndoer(PartsUndoer):
    """Writes what a survey of readings said."""

    part = BATCH

    def take_back(self, verdicts: Sequence[Verdict]) -> None:
        ids = [verdict.pk for verdict in verdicts]
        for first in range(0, len(ids), PART):
            ElectricityReading.objects.filter(pk__in=ids[first : first + PART]).update(superseded_at=self.at)
        ElectricityReading.objects.bulk_create(
            ElectricityReading(
                **verdict.known, kwh=verdict.changes["kwh"][1], known_at=self.at, by_id=self.by.officer_id
            )
            for verdict in verdicts
            if verdict.changes
        )

    def finish(self) -> None:
        super().finish()
        # A number that only this import named is forgotten with it.
        named = (
            ElectricityReading.objects.filter(superseded_at__isnull=True).exclude(meter="").values("meter")
        )
        Meter.objects.filter(batch=self.batch).exclude(number__in=named).delete()
