"""The life of an import: stage the file, read it, apply what was read, or drop it.

Reading takes a while and writes nothing but the plan, so it runs outside any transaction (`registry.importing`); the
actions here are the steps between the states.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django.db import transaction

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.org.models import Unit
from dongche.registry.imports import bulk, reading, store
from dongche.registry.imports.kinds import Kind, kind_of
from dongche.registry.imports.matching import Decision, Row
from dongche.registry.imports.store import Folder
from dongche.registry.imports.verdicts import Verdict, totals
from dongche.registry.models import Entity, ImportBatch
from dongche.registry.sheets.columns import HeaderProblem

State = ImportBatch.State
EXTENSIONS = (".xlsx", ".xlsm", ".xls", ".csv")


class WrongExtension(Problem):
    code = "registry.wrong_extension"
    message = N_(
        "“%(file)s” is not a spreadsheet by its name. Accepted are %(expected)s; open it in Excel or WPS and save it "
        "as “Excel workbook (.xlsx)”."
    )


class AlreadyImported(Problem):
    code = "registry.already_imported"
    status = 409
    message = N_("This very file was imported on %(on)s already: there is nothing to do.")

    def __init__(self, *, batch: ImportBatch) -> None:
        self.batch = batch
        applied_at = batch.applied_at or batch.created_at
        super().__init__(on=clock.day_of(applied_at).isoformat(), batch=batch.code)


class WrongState(Problem):
    code = "registry.import_state"
    status = 409
    message = N_(
        "“%(file)s” is in the state “%(state)s”, in which this cannot be done. Open the import again to see where it "
        "stands."
    )


class UndoReasonMissing(Problem):
    code = "registry.undo_reason_missing"
    message = N_(
        "Say why this import is undone: it stands in the audit log and with the places. Write a few words, such as "
        "“wrong file”."
    )


class NothingToUndo(Problem):
    code = "registry.nothing_to_undo"
    status = 409
    message = N_(
        "Nothing of “%(file)s” can be taken back: it changed nothing, or everything was changed since. Nothing was "
        "done."
    )


class FileGone(Problem):
    code = "registry.import_file_gone"
    status = 410
    message = N_("The file “%(file)s” is no longer kept here. Send it again.")


@action("registry.stage_import")
def stage_import(
    *,
    file: Iterable[bytes],
    name: str,
    subdistrict: Unit,
    by: Actor,
    at: datetime,
    mapping: Mapping[str, str | None] | None = None,
    sheet: str = "",
    kind: str = ImportBatch.Kind.PLACES,
    entity: Entity | None = None,
) -> ImportBatch:
    """Keep an uploaded file, to be read next. A file of which an import is still open continues that import.

    Shape:  `entity` is the place whose roster it is, for that kind
    Raises: WrongExtension; AlreadyImported – this very file was applied with the same columns before
    """
    name = PurePath(name.replace("\\", "/")).name[-200:] or "file"
    name = name.encode(errors="replace").decode()  # bytes of a name that are no UTF-8 could not be stored
    if not name.lower().endswith(EXTENSIONS):
        raise WrongExtension(file=name, expected=", ".join(EXTENSIONS))
    place, digest = store.keep(file)
    folder = Folder.of(place)
    try:
        wanted = {"map": dict(mapping or {}), "sheet": sheet}
        earlier = _same_file(subdistrict, kind, entity, digest, wanted)
        if earlier is not None and earlier.state == State.APPLIED:
            raise AlreadyImported(batch=earlier)
        if earlier is not None:
            folder.remove()
            record("import", earlier.pk, by=by, at=at, after={"again": True}, within=subdistrict)
            return earlier
        batch = ImportBatch.objects.create(
            subdistrict=subdistrict,
            kind=kind,
            entity=entity,
            file_name=name,
            file_path=place,
            file_sha256=digest,
            mapping=wanted,
            by_id=by.officer_id,
            created_at=at,
        )
        after = {"sha256": digest, "state": batch.state, "import_kind": batch.kind}
        record("import", batch.pk, by=by, at=at, after=after, within=subdistrict)
    except BaseException:
        folder.remove()
        raise
    return batch


def _same_file(
    subdistrict: Unit, kind: str, entity: Entity | None, digest: str, wanted: dict[str, Any]
) -> ImportBatch | None:
    open_states = (State.APPLIED, State.UPLOADED, State.READING, State.READY, State.APPLYING)
    same = ImportBatch.objects.filter(
        subdistrict=subdistrict, kind=kind, entity=entity, file_sha256=digest, state__in=open_states
    )
    asked = (wanted["map"], wanted["sheet"])
    for batch in same.order_by("-pk"):
        # Nothing said about the columns means: as last time.
        if asked == ({}, "") or asked == (batch.mapping.get("map"), batch.mapping.get("sheet")):
            return batch
    return None


@action("registry.map_import")
def map_import(
    *, batch: ImportBatch, mapping: Mapping[str, str | None], by: Actor, at: datetime, sheet: str = ""
) -> ImportBatch:
    """Say which column holds what; the file is to be read again."""
    batch, was = _step(batch, State.UPLOADED, State.UPLOADED, State.READY, State.FAILED)
    before = was | {"columns": _columns(batch.mapping)}
    batch.mapping = {"map": dict(mapping), "sheet": sheet, "answers": batch.mapping.get("answers", {})}
    batch.counts, batch.problem, batch.progress_done = {}, None, 0
    batch.save()
    after = {"columns": _columns(batch.mapping)}
    _record(batch, before, after, by=by, at=at)
    return batch


@action("registry.answer_import")
def answer_import(
    *, batch: ImportBatch, answers: Mapping[str, Mapping[str, str]], by: Actor, at: datetime
) -> ImportBatch:
    """Say which of several is meant by words of a file; it is to be read again.

    Shape: field → what the question is about → the answer; what was answered before holds on
    """
    batch, before = _step(batch, State.UPLOADED, State.READY)
    known: dict[str, dict[str, str]] = batch.mapping.get("answers", {})
    merged = {name: {**known.get(name, {}), **answers.get(name, {})} for name in {*known, *answers}}
    batch.mapping = {**batch.mapping, "answers": merged}
    batch.counts, batch.problem, batch.progress_done = {}, None, 0
    batch.save()
    after = {"answers": {name: len(given) for name, given in sorted(merged.items())}}
    _record(batch, before, after, by=by, at=at)
    return batch


@action("registry.begin_reading")
def begin_reading(*, batch: ImportBatch, by: Actor, at: datetime) -> ImportBatch:
    """Take a staged import up for reading."""
    batch, before = _step(batch, State.READING, State.UPLOADED, State.READY, State.FAILED)
    if not Folder.of(batch.file_path).source.exists():
        raise FileGone(file=batch.file_name)
    batch.counts, batch.problem, batch.progress_done, batch.progress_total = {}, None, 0, 0
    batch.save()
    _record(batch, before, {}, by=by, at=at)
    return batch


@action("registry.plan_import")
def plan_import(
    *, batch: ImportBatch, counts: Mapping[str, int], seen: Mapping[str, Any], by: Actor, at: datetime
) -> ImportBatch:
    """Lay the plan that reading made before the officer; `seen` is what was recognised in the sheet."""
    batch, before = _step(batch, State.READY, State.READING)
    batch.counts, batch.mapping = dict(counts), {**batch.mapping, **seen}
    batch.progress_done = batch.progress_total
    batch.save()
    _record(batch, before, {"counts": batch.counts}, by=by, at=at)
    return batch


@action("registry.fail_import")
def fail_import(*, batch: ImportBatch, problem: Problem, by: Actor, at: datetime) -> ImportBatch:
    """Note why a file could not be read, or why the plan could not be applied (then it may be tried again)."""
    back: dict[str, str] = {State.APPLYING: State.READY, State.UNDOING: State.APPLIED}
    after = back.get(batch.state, State.FAILED)
    batch, before = _step(batch, after, State.READING, State.APPLYING, State.UNDOING)
    seen = problem.seen if isinstance(problem, HeaderProblem) else None
    if seen is not None:  # what was found is shown, so that a person can say what it is
        found = {"sheet_name": seen.sheet, "header_row": seen.row, "headers": list(seen.headers)}
        batch.mapping = {**batch.mapping, **found}
    batch.problem = {
        "code": problem.code,
        "message": problem.message,
        "details": {name: str(value) for name, value in problem.details.items()},
    }
    batch.save()
    _record(batch, before, {"problem": problem.code}, by=by, at=at)
    return batch


@action("registry.begin_applying")
def begin_applying(*, batch: ImportBatch, by: Actor, at: datetime) -> ImportBatch:
    """Take a plan up for applying; one that was interrupted may be taken up again."""
    batch, before = _step(batch, State.APPLYING, State.READY, State.APPLYING)
    batch.problem, batch.progress_done = None, 0
    batch.progress_total = batch.counts.get("new", 0) + batch.counts.get("changed", 0)
    batch.save()
    Folder.of(batch.file_path).show_progress(0)
    _record(batch, before, {}, by=by, at=at)
    return batch


@action("registry.apply_import")
def apply_import(*, batch: ImportBatch, by: Actor, at: datetime) -> ImportBatch:
    """Write what the plan says, all or nothing.

    Every row is compared again with the registry as it is now: what another import brought in meanwhile is unchanged,
    changed or refused, never doubled.
    """
    bulk.lock()
    batch, before = _step(batch, State.APPLIED, State.READY, State.APPLYING)
    folder = Folder.of(batch.file_path)
    kind = kind_of(batch, clock.day_of(at))
    writer = kind.writer(folder, by=by, at=at)
    turned: dict[int, Decision] = {}
    counts = dict(batch.counts)
    for decision, planned in _decided_again(kind, folder):
        if decision.kind != planned:
            counts[planned] -= 1
            counts[decision.kind] += 1
            if decision.kind == "refused":
                turned[decision.row.row] = decision
        writer.write(decision)
    writer.finish()
    batch.counts, batch.applied_at = counts, at
    batch.progress_done = batch.progress_total
    batch.save()
    reading.refuse_later(batch, folder, turned)
    transaction.on_commit(folder.forget_upload)
    _record(batch, before, {"counts": counts}, by=by, at=at)
    return batch


def _decided_again(kind: Kind, folder: Folder) -> Iterator[tuple[Decision, str]]:
    planned: dict[int, str] = {}

    def rows() -> Iterator[Row]:
        entries = heapq.merge(
            *(_numbered(folder, name) for name in ("new", "changed")), key=lambda pair: pair[1]["row"]
        )
        for name, entry in entries:
            planned[entry["row"]] = name
            yield Row(entry["row"], entry["values"], entry["fingerprint"])

    for decision in kind.decide(rows()):
        yield decision, planned.pop(decision.row.row)


def _numbered(folder: Folder, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for entry in folder.entries(kind):
        yield kind, entry


@action("registry.begin_undo")
def begin_undo(*, batch: ImportBatch, reason: str, by: Actor, at: datetime) -> ImportBatch:
    """Take an applied import up for taking back; one that was interrupted may be taken up again.

    Raises: UndoReasonMissing, WrongState
    """
    reason = reason.strip()
    if not reason:
        raise UndoReasonMissing
    batch, before = _step(batch, State.UNDOING, State.APPLIED, State.UNDOING)
    batch.problem, batch.undo, batch.progress_done = None, {"reason": reason}, 0
    batch.progress_total = batch.counts.get("new", 0) + batch.counts.get("changed", 0)
    batch.save()
    Folder.of(batch.file_path).show_progress(0)
    _record(batch, before, {}, by=by, at=at, reason=reason)
    return batch


@action("registry.undo_import")
def undo_import(*, batch: ImportBatch, by: Actor, at: datetime) -> ImportBatch:
    """Take back what an import wrote, all or nothing; what was changed since is left as it is and kept as a list.

    Raises: NothingToUndo, WrongState
    """
    bulk.lock()
    batch, before = _step(batch, State.UNDONE, State.UNDOING)
    undoing = kind_of(batch, clock.day_of(at)).undoing()
    folder = Folder.of(batch.file_path)
    undoer = undoing.undoer(by=by, at=at)
    left = []

    def written() -> Iterator[Verdict]:
        for verdict in undoing.survey():
            undoer.write(verdict)
            if verdict.left:
                left.append(verdict)
            yield verdict

    counts = totals(written())
    undoer.finish()
    if not counts["gone"] and not counts["restored"]:
        raise NothingToUndo(file=batch.file_name)
    batch.undo, batch.undone_at = batch.undo | counts, at
    batch.progress_done = batch.progress_total
    batch.save()
    transaction.on_commit(lambda: folder.keep_left(left))
    _record(batch, before, {"undo": counts}, by=by, at=at, reason=batch.undo["reason"])
    return batch


@action("registry.drop_import")
def drop_import(*, batch: ImportBatch, by: Actor, at: datetime) -> ImportBatch:
    """Give an import up: nothing of it is written, its file and plan are deleted."""
    batch, before = _step(batch, State.DROPPED, State.UPLOADED, State.READING, State.READY, State.FAILED)
    batch.save()
    transaction.on_commit(Folder.of(batch.file_path).remove)
    _record(batch, before, {}, by=by, at=at)
    return batch


def _step(batch: ImportBatch, after: str, *before: str) -> tuple[ImportBatch, dict[str, Any]]:
    """The batch as it is now, locked, and moved on from one of the states `before`; and what it was."""
    fresh = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if fresh.state not in before:
        raise WrongState(file=fresh.file_name, state=fresh.get_state_display())
    was = {"state": fresh.state}
    fresh.state = after
    return fresh, was


def _record(
    batch: ImportBatch,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
) -> None:
    after, within = {"state": batch.state, **after}, batch.subdistrict_id
    record("import", batch.pk, by=by, at=at, before=before, after=after, reason=reason, within=within)


def _columns(mapping: Mapping[str, Any]) -> list[str]:
    """The fields for which a column was found or chosen; not its heading, which may be anything in a careless file."""
    found = {**mapping.get("columns", {}), **mapping.get("constants", {})} or mapping.get("map", {})
    return sorted(name for name, heading in found.items() if heading)
