"""Turns decided rows into places, versions, and the two-character index of names, thousands at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.db.models.functions import Length

from dongche.kit import clock
from dongche.kit.identifiers import new_code
from dongche.org.audit import Actor
from dongche.registry.imports import bulk, names, values
from dongche.registry.imports.matching import Decision
from dongche.registry.imports.store import Folder
from dongche.registry.models import Dimensions, Entity, ImportBatch, Revision, Source
from dongche.web.campaign import current

BATCH: Final = 5000
_DIMENSIONS: Final = tuple(field.attname for field in Dimensions._meta.fields)
_CHANGED: Final = values.ALL
_NEW: Final = (
    "id", "code", "number", "subdistrict_id", *_CHANGED, "until_on", "fingerprint", "created_at", "updated_at",
)  # fmt: skip
_REVISION: Final = (
    "entity_id",
    "known_at",
    "superseded_at",
    "source",
    "batch_id",
    "by_id",
    "changes",
    "former",
    *_DIMENSIONS,
)


class Writer:
    """Collects decisions of one import and writes them in batches; to be used under the lock of the registry."""

    def __init__(self, batch: ImportBatch, *, by: Actor, at: datetime) -> None:
        self.batch, self.by, self.at = batch, by, at
        self.on = clock.day_of(at)
        self.first_day = current().campaign.from_on
        self.folder = Folder.of(batch.file_path)
        self.prefix, self.last_number = last_number()
        self.new: list[Decision] = []
        self.changed: list[Decision] = []
        self.same: list[tuple[str, int]] = []
        self.written = 0

    def write(self, decision: Decision) -> None:
        if decision.kind == "new":
            self.new.append(decision)
        elif decision.kind == "changed":
            self.changed.append(decision)
        elif decision.kind == "unchanged" and decision.place is not None:
            self.same.append((decision.row.fingerprint, decision.place))
        if len(self.new) >= BATCH or len(self.changed) >= BATCH:
            self._flush()

    def finish(self) -> None:
        self._flush()
        bulk.update(Entity, ("fingerprint",), self.same)

    def _flush(self) -> None:
        if self.new:
            self._create(self.new)
        if self.changed:
            self._change(self.changed)
        self.written += len(self.new) + len(self.changed)
        self.folder.show_progress(self.written)
        self.new, self.changed = [], []

    def _create(self, decisions: Sequence[Decision]) -> None:
        ids = bulk.next_ids(Entity, len(decisions))
        rows = [self._place(pk, decision) for pk, decision in zip(ids, decisions, strict=True)]
        bulk.insert(Entity, _NEW, (_in_order(row, _NEW) for row in rows))
        bulk.insert(Revision, _REVISION, (_in_order(self._version(row, {}), _REVISION) for row in rows))
        names.index([(row["id"], row["name"]) for row in rows])

    def _place(self, pk: int, decision: Decision) -> dict[str, Any]:
        row = values.complete(decision.row.values)
        row.update(values.derived(row, on=self.on, first_day=self.first_day))
        self.last_number += 1
        row.update(
            id=pk,
            code=new_code(),
            number=f"{self.prefix}{self.last_number:05d}",
            subdistrict_id=self.batch.subdistrict_id,
            until_on=None,
            fingerprint=decision.row.fingerprint,
            created_at=self.at,
            updated_at=self.at,
        )
        return row

    def _version(self, row: Mapping[str, Any], changes: Mapping[str, list[Any]]) -> dict[str, Any]:
        return {
            **{name: row[name] for name in _DIMENSIONS},
            "entity_id": row["id"],
            "known_at": self.at,
            "superseded_at": None,
            "source": Source.IMPORTED.value,
            "batch_id": self.batch.pk,
            "by_id": self.by.officer_id,
            "changes": values.shown(changes),
            "former": values.former(changes),
        }

    def _change(self, decisions: Sequence[Decision]) -> None:
        rows, versions, renamed = [], [], []
        for decision in decisions:
            known = decision.known or {}
            row = values.after(known, decision.changes or {}, on=self.on, first_day=self.first_day)
            row.update(id=known["pk"], fingerprint=decision.row.fingerprint, updated_at=self.at)
            rows.append(row)
            changes = values.all_changes(known, row) | {
                name: pair for name, pair in (decision.changes or {}).items() if name == "building"
            }
            versions.append(self._version(row, changes))
            if "name" in changes:
                renamed.append((row["id"], known["name"], row["name"]))
        columns = (*_CHANGED, "fingerprint", "updated_at", "id")
        bulk.update(Entity, columns[:-1], ([row[name] for name in columns] for row in rows))
        ids = [row["id"] for row in rows]
        for part in _parts(ids):
            Revision.objects.filter(entity__in=part, superseded_at__isnull=True).update(superseded_at=self.at)
        bulk.insert(Revision, _REVISION, (_in_order(version, _REVISION) for version in versions))
        names.forget([(pk, before) for pk, before, _ in renamed])
        names.index([(pk, after) for pk, _, after in renamed])


def _in_order(row: Mapping[str, Any], names: Sequence[str]) -> list[Any]:
    return [row[name] for name in names]


def _parts(ids: Iterable[int]) -> Iterable[list[int]]:
    remaining = iter(ids)
    while part := list(islice(remaining, 500)):
        yield part


def last_number() -> tuple[str, int]:
    """What the numbers of places begin with, and the last one given out."""
    prefix = f"{current().number_prefix}-"
    last = (
        Entity.objects.filter(number__startswith=prefix)
        .annotate(digits=Length("number"))
        .order_by("-digits", "-number")
        .values_list("number", flat=True)
        .first()
    )
    return prefix, int(last.removeprefix(prefix)) if last else 0
