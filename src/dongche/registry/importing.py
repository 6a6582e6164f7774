"""An import the whole way: staged, read, applied. Pages run the steps in the background, commands in one go."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor
from dongche.org.models import Unit
from dongche.registry import actions
from dongche.registry.imports import reading, refused, surveying
from dongche.registry.models import Entity, ImportBatch
from dongche.registry.sheets.container import MIB, FileTooLarge

log = logging.getLogger(__name__)


class ImportBroke(Problem):
    code = "registry.import_broke"
    status = 500
    message = N_(
        "Something went wrong on our side while this file was being worked on; nothing of it was written. The fault "
        "has been noted. Try again; if it happens again, send us the number of this import: %(batch)s."
    )


@dataclass(frozen=True)
class Outcome:
    """What became of a file. `already`: this very file was applied before, so nothing was done now."""

    batch: ImportBatch
    counts: dict[str, int]
    errors: Path | None
    already: bool = False


def import_file(
    path: Path | str,
    *,
    subdistrict: Unit,
    by: Actor,
    at: datetime,
    mapping: Mapping[str, str | None] | None = None,
    sheet: str = "",
    kind: str = ImportBatch.Kind.PLACES,
    entity: Entity | None = None,
    dry_run: bool = False,
    errors: Path | None = None,
) -> Outcome:
    """This function will import a file of one kind: the good rows are kept, the refused ones written to `errors`.

    Shape: with `dry_run` nothing of the registry is written and the counts say what would be
    Raises: every Problem about the file or its header
    """
    path = Path(path)
    check_size(path.name, path.stat().st_size)
    try:
        batch = actions.stage_import(
            file=_pieces(path),
            name=path.name,
            subdistrict=subdistrict,
            mapping=mapping,
            sheet=sheet,
            kind=kind,
            entity=entity,
            by=by,
            at=at,
        )
    except actions.AlreadyImported as problem:
        return _done_before(problem.batch, errors)
    if batch.state == ImportBatch.State.APPLYING:
        raise actions.WrongState(file=batch.file_name, state=batch.get_state_display())
    is_mine = batch.state == ImportBatch.State.UPLOADED
    if not is_mine:
        batch = actions.map_import(batch=batch, mapping=mapping or {}, sheet=sheet, by=by, at=at)
    batch = _read(batch, by=by, at=at)
    if not dry_run:
        batch = actions.apply_import(batch=batch, by=by, at=at)
    outcome = Outcome(batch, dict(batch.counts), _write_errors(batch, errors))
    if dry_run and is_mine:
        actions.drop_import(batch=batch, by=by, at=at)
    return outcome


def check_size(name: str, size: int) -> None:
    """This function will refuse a file before it is copied here. Raises: FileTooLarge"""
    if size > settings.IMPORT_MAX_BYTES:
        raise FileTooLarge(
            file=name, given=f"{size / MIB:,.1f} MiB", limit=f"{settings.IMPORT_MAX_BYTES / MIB:,.1f} MiB"
        )


def read(batch: ImportBatch, *, by: Actor, at: datetime) -> ImportBatch:
    """This function will read a staged import and leave it ready, or failed with the problem noted."""
    try:
        return _read(batch, by=by, at=at)
    except Problem:  # noted on the batch; or somebody dropped it meanwhile
        return _fresh(batch)


def apply(batch: ImportBatch, *, by: Actor, at: datetime) -> ImportBatch:
    """This function will apply a plan and leave it applied, or ready again with the problem noted."""
    try:
        return actions.apply_import(batch=batch, by=by, at=at)
    except actions.WrongState:
        return _fresh(batch)  # another worker was quicker
    except Problem as problem:
        return actions.fail_import(batch=_fresh(batch), problem=problem, by=by, at=at)
    except Exception:
        log.exception("registry.import.broke batch=%s", batch.pk)
        return actions.fail_import(batch=_fresh(batch), problem=ImportBroke(batch=batch.pk), by=by, at=at)


def survey(batch: ImportBatch, *, at: datetime) -> None:
    """This function will look ahead at what taking an import back would do; nothing of the registry is written."""
    if batch.state != ImportBatch.State.APPLIED:
        return  # somebody was quicker with the undo itself
    try:
        surveying.run(batch, at=at)
    except Exception:
        log.exception("registry.import.survey_broke batch=%s", batch.pk)
        surveying.fail(batch, _noted(ImportBroke(batch=batch.pk)))


def _noted(problem: Problem) -> dict[str, object]:
    details = {name: str(value) for name, value in problem.details.items()}
    return {"code": problem.code, "message": problem.message, "details": details}


def undo(batch: ImportBatch, *, by: Actor, at: datetime) -> ImportBatch:
    """This function will take an import back that was begun to be undone; or leave it applied, the problem noted."""
    try:
        return take_back(batch, by=by, at=at)
    except Problem:  # noted on the batch; or another worker was quicker
        return _fresh(batch)


def take_back(batch: ImportBatch, *, by: Actor, at: datetime) -> ImportBatch:
    """This function will do the same, and raise every Problem of it."""
    try:
        return actions.undo_import(batch=batch, by=by, at=at)
    except actions.WrongState:
        raise
    except Problem as problem:
        actions.fail_import(batch=_fresh(batch), problem=problem, by=by, at=at)
        raise
    except Exception as error:
        log.exception("registry.import.broke batch=%s", batch.pk)
        broken = ImportBroke(batch=batch.pk)
        actions.fail_import(batch=_fresh(batch), problem=broken, by=by, at=at)
        raise broken from error


def _read(batch: ImportBatch, *, by: Actor, at: datetime) -> ImportBatch:
    batch = actions.begin_reading(batch=batch, by=by, at=at)
    try:
        counts, seen = reading.read(batch, on=clock.day_of(at))
    except reading.Stopped:
        raise actions.WrongState(file=batch.file_name, state=_fresh(batch).get_state_display()) from None
    except Problem as problem:
        _fail(batch, problem, by=by, at=at)
        raise
    except Exception as error:
        log.exception("registry.import.broke batch=%s", batch.pk)
        broken = ImportBroke(batch=batch.pk)
        _fail(batch, broken, by=by, at=at)
        raise broken from error
    return actions.plan_import(batch=batch, counts=counts, seen=seen, by=by, at=at)


def _fail(batch: ImportBatch, problem: Problem, *, by: Actor, at: datetime) -> None:
    if _fresh(batch).state == ImportBatch.State.READING:
        actions.fail_import(batch=batch, problem=problem, by=by, at=at)


def _fresh(batch: ImportBatch) -> ImportBatch:
    return ImportBatch.objects.get(pk=batch.pk)


def _done_before(batch: ImportBatch, errors: Path | None) -> Outcome:
    counts = dict(batch.counts)
    counts["unchanged"] += counts["new"] + counts["changed"]
    counts["new"] = counts["changed"] = 0
    return Outcome(batch, counts, _write_errors(batch, errors), already=True)


def _write_errors(batch: ImportBatch, errors: Path | None) -> Path | None:
    if errors is None or not batch.counts.get("refused"):
        return None
    with errors.open("wb") as file:
        refused.write(batch, file)
    return errors


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            yield piece
