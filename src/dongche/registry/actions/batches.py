"""Deeds on many places: begun with the places they are about, carried out in parts, taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.org.models import Officer
from dongche.registry import batching
from dongche.registry.imports import bulk
from dongche.registry.models import PlaceBatch, PlaceBatchRow

_ROW = ("batch_id", "entity_id", "state", "why", "kept")


class BatchClosed(Problem):
    code = "registry.batch_closed"
    status = 409
    message = N_(
        "This batch is “%(state)s” and can be neither carried out nor taken back now. Open it again to see where it "
        "stands."
    )


@action("registry.begin_batch")
def begin_batch(
    *,
    kind: str,
    places: Sequence[int],
    refused: Mapping[int, str],
    given: Mapping[str, Any],
    filters: str,
    reason: str,
    by: Officer,
    at: datetime,
) -> PlaceBatch:
    """Write down a deed on many places before the first of them is touched.

    Shape: `places` are all ids it was asked for, `refused` those of them that cannot be, with the codes of the reasons
    """
    batch = PlaceBatch.objects.create(
        kind=kind, officer=by, filters=filters[:1000], given=dict(given), reason=reason[:400],
        progress_total=len(places), progress_done=len(refused), created_at=at,
    )  # fmt: skip
    waiting, turned = PlaceBatchRow.State.WAITING.value, PlaceBatchRow.State.REFUSED.value
    rows = ([batch.pk, pk, turned if pk in refused else waiting, refused.get(pk, ""), {}] for pk in places)
    bulk.insert(PlaceBatchRow, _ROW, rows)
    told = {name: value for name, value in given.items() if name != "targets"}  # those stand in the rows
    after = {"batch": kind, "place_count": len(places), "refused": len(refused), **told}
    record("batch", batch.pk, by=by, at=at, after=after, reason=reason, within=by)
    return batch


@action("registry.carry_out_batch")
def carry_out_batch(*, batch: PlaceBatch, by: Actor, at: datetime) -> PlaceBatch:
    """Do the next part of a batch; what can no longer be done is refused with its reason. Raises: BatchClosed"""
    bulk.lock()
    batch = PlaceBatch.objects.get(pk=batch.pk)
    if batch.state not in (PlaceBatch.State.RUNNING, PlaceBatch.State.FAILED):
        raise BatchClosed(state=batch.get_state_display())
    before = {"batch_state": batch.state}
    rows = list(batch.rows.filter(state=PlaceBatchRow.State.WAITING).order_by("pk")[: batching.PART])
    deed, ids = batching.DEEDS[batch.kind], [row.entity_id for row in rows]
    refused = deed.refuse(ids, batch.given)
    kept = deed.do([pk for pk in ids if pk not in refused], batch.given, batch.reason, by, at)
    for row in rows:
        row.why = refused.get(row.entity_id, "")
        row.state = PlaceBatchRow.State.REFUSED if row.why else PlaceBatchRow.State.CHANGED
        row.kept = kept.get(row.entity_id, {})
    PlaceBatchRow.objects.bulk_update(rows, ["why", "state", "kept"], batch_size=500)
    batch.progress_done += len(rows)
    is_done = not batch.rows.filter(state=PlaceBatchRow.State.WAITING).exists()
    batch.state = PlaceBatch.State.DONE if is_done else PlaceBatch.State.RUNNING
    batch.finished_at = at if is_done else None
    batch.save(update_fields=["state", "progress_done", "finished_at"])
    after = {"batch_state": batch.state, "changed": len(kept), "refused": len(refused)}
    record(
        "batch", batch.pk, by=by, at=at, before=before, after=after, reason=batch.reason, within=batch.officer
    )
    return batch


@action("registry.begin_undoing_batch")
def begin_undoing_batch(*, batch: PlaceBatch, reason: str, by: Actor, at: datetime) -> PlaceBatch:
    """Begin to take a batch back. Raises: BatchClosed"""
    bulk.lock()
    batch = PlaceBatch.objects.get(pk=batch.pk)
    if batch.state not in (PlaceBatch.State.DONE, PlaceBatch.State.FAILED):
        raise BatchClosed(state=batch.get_state_display())
    before = {"batch_state": batch.state}
    changed = batch.rows.filter(state=PlaceBatchRow.State.CHANGED).count()
    batch.state, batch.progress_done, batch.progress_total = PlaceBatch.State.UNDOING, 0, changed
    batch.save(update_fields=["state", "progress_done", "progress_total"])
    after = {"batch_state": batch.state, "place_count": changed}
    record("batch", batch.pk, by=by, at=at, before=before, after=after, reason=reason, within=batch.officer)
    return batch


@action("registry.undo_batch")
def undo_batch(*, batch: PlaceBatch, by: Actor, at: datetime) -> PlaceBatch:
    """Take the next part of a batch back; a place that was changed since stays as it is. Raises: BatchClosed"""
    bulk.lock()
    batch = PlaceBatch.objects.get(pk=batch.pk)
    if batch.state != PlaceBatch.State.UNDOING:
        raise BatchClosed(state=batch.get_state_display())
    before = {"batch_state": batch.state}
    changed = batch.rows.filter(state=PlaceBatchRow.State.CHANGED, why="")
    rows = list(changed.order_by("pk")[: batching.PART])
    stays = batching.DEEDS[batch.kind].undo(rows, by, at)
    for row in rows:
        row.why = stays.get(row.entity_id, "")
        row.state = PlaceBatchRow.State.CHANGED if row.why else PlaceBatchRow.State.UNDONE
    PlaceBatchRow.objects.bulk_update(rows, ["why", "state"], batch_size=500)
    batch.progress_done += len(rows)
    if not changed.exists():
        batch.state, batch.finished_at = PlaceBatch.State.UNDONE, at
    batch.save(update_fields=["state", "progress_done", "finished_at"])
    after = {"batch_state": batch.state, "undone": len(rows) - len(stays), "refused": len(stays)}
    record("batch", batch.pk, by=by, at=at, before=before, after=after, within=batch.officer)
    return batch


@action("registry.begin_export")
def begin_export(
    *, kind: str, given: Mapping[str, Any], filters: str, total: int, by: Officer, at: datetime
) -> PlaceBatch:
    """Ask for a long list as a file, Excel or QR cards, to be written in the background."""
    batch = PlaceBatch.objects.create(
        kind=kind, officer=by, filters=filters[:1000], given=dict(given),
        progress_total=total, created_at=at,
    )  # fmt: skip
    after = {"batch": batch.kind, "place_count": total}
    record("batch", batch.pk, by=by, at=at, after=after, within=by)
    return batch


@action("registry.finish_export")
def finish_export(*, batch: PlaceBatch, file_path: str, by: Actor, at: datetime) -> PlaceBatch:
    """The file is written."""
    before = {"batch_state": batch.state}
    batch.state, batch.file_path, batch.finished_at = PlaceBatch.State.DONE, file_path, at
    batch.progress_done = batch.progress_total
    batch.save(update_fields=["state", "file_path", "finished_at", "progress_done"])
    after = {"batch_state": batch.state}
    record("batch", batch.pk, by=by, at=at, before=before, after=after, within=batch.officer)
    return batch


@action("registry.fail_batch")
def fail_batch(*, batch: PlaceBatch, problem: str, by: Actor, at: datetime) -> PlaceBatch:
    """A batch could not go on: what was done stays done, and it can be carried on or taken back."""
    before = {"batch_state": batch.state}
    batch.state, batch.finished_at = PlaceBatch.State.FAILED, at
    batch.save(update_fields=["state", "finished_at"])
    after = {"batch_state": batch.state, "problem": problem}
    record("batch", batch.pk, by=by, at=at, before=before, after=after, within=batch.officer)
    return batch
