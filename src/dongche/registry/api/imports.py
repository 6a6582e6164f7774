"""Imports for programs: send a file, see what it would do, apply or drop it, fetch what was refused."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from ninja import File, Form
from ninja.files import UploadedFile

from dongche.kit import clock
from dongche.org.request import OfficerRequest
from dongche.registry import actions, importing, tasks
from dongche.registry.actions.imports import WrongExtension
from dongche.registry.api.reach import NoSubdistrict, UnknownUnit, WhichSubdistrict, own_subdistrict
from dongche.registry.api.shapes import ImportGiven, ImportOut, UndoGiven
from dongche.registry.imports import refused
from dongche.registry.imports.store import Folder
from dongche.registry.models import ImportBatch
from dongche.registry.queries import Imports
from dongche.registry.sheets.container import FileTooLarge
from dongche.web import downloads
from dongche.web.access import duty
from dongche.web.api import Router, refuses
from dongche.web.background import enqueue
from dongche.web.problems import NotFound

router = Router("imports")
State = ImportBatch.State


def _batch(request: OfficerRequest, code: str) -> ImportBatch:
    batch = Imports.visible_to(request.user).select_related("subdistrict").filter(code=code).first()
    if batch is None:
        raise NotFound
    return batch


def _shown(batch: ImportBatch) -> dict[str, Any]:
    is_writing = batch.state in (State.APPLYING, State.UNDOING)
    done = Folder.of(batch.file_path).progress() if is_writing else batch.progress_done
    problem = None
    if batch.problem:
        text, details = gettext(batch.problem["message"]), batch.problem["details"]
        problem = {"code": batch.problem["code"], "message": text % details if details else text}
    return {
        "code": batch.code,
        "kind": batch.kind,
        "state": batch.state,
        "file_name": batch.file_name,
        "subdistrict": batch.subdistrict.code,
        "progress": {"done": done, "total": max(batch.progress_total, done)},
        "counts": batch.counts,
        "problem": problem,
        "created_at": batch.created_at,
        "applied_at": batch.applied_at,
        "undone_at": batch.undone_at,
        "undone": {name: batch.undo[name] for name in ("gone", "restored", "left") if name in batch.undo},
    }


@router.post("", response={202: ImportOut})
@refuses(FileTooLarge, WrongExtension, actions.AlreadyImported, UnknownUnit, WhichSubdistrict, NoSubdistrict)
@duty("registry.import")
def send(
    request: OfficerRequest, response: HttpResponse, file: File[UploadedFile], about: Form[ImportGiven]
) -> dict[str, Any]:
    """Send a registry file; it is read in the background.

    The answer names where to ask how far it is. Nothing is written to the registry before you apply it.
    """
    name = file.name or "file"
    importing.check_size(name, file.size or 0)
    batch = actions.stage_import(
        file=file.chunks(),
        name=name,
        subdistrict=own_subdistrict(request.user, about.subdistrict),
        kind=about.kind,
        by=request.user,
        at=clock.now(),
    )
    if batch.state == State.UPLOADED:
        enqueue(tasks.read_import, batch.pk, request.user.pk)
    response["Location"] = reverse("api:registry_state", args=[batch.code])
    return _shown(batch)


@router.get("/{code}", response=ImportOut)
@refuses(NotFound)
@duty("registry.import")
def state(request: OfficerRequest, code: str) -> dict[str, Any]:
    """Say where an import stands: its progress, and what it would do or did."""
    return _shown(_batch(request, code))


@router.post("/{code}/apply", response={202: ImportOut})
@refuses(NotFound, actions.WrongState)
@duty("registry.import")
def apply(request: OfficerRequest, code: str) -> dict[str, Any]:
    """Write what the plan says, in the background, all or nothing."""
    batch = actions.begin_applying(batch=_batch(request, code), by=request.user, at=clock.now())
    enqueue(tasks.apply_import, batch.pk, request.user.pk)
    return _shown(_batch(request, code))


@router.post("/{code}/drop", response=ImportOut)
@refuses(NotFound, actions.WrongState)
@duty("registry.import")
def drop(request: OfficerRequest, code: str) -> dict[str, Any]:
    """Give an import up; nothing of it is written."""
    actions.drop_import(batch=_batch(request, code), by=request.user, at=clock.now())
    return _shown(_batch(request, code))


@router.post("/{code}/undo", response={202: ImportOut})
@refuses(NotFound, actions.WrongState, actions.UndoReasonMissing)
@duty("registry.import")
def undo(request: OfficerRequest, code: str, about: UndoGiven) -> dict[str, Any]:
    """Take an applied import back as a whole, in the background, all or nothing.

    What it brought goes unless something hangs on it, values that it changed are put back unless they were changed
    since; `undone` tells how many.
    """
    batch = actions.begin_undo(
        batch=_batch(request, code), reason=about.reason, by=request.user, at=clock.now()
    )
    enqueue(tasks.undo_import, batch.pk, request.user.pk)
    return _shown(_batch(request, code))


@router.get("/{code}/refused.xlsx")
@refuses(NotFound)
@duty("registry.import")
def refused_rows(request: OfficerRequest, code: str) -> FileResponse:
    """Give the refused rows as an Excel file with the reasons in front, to be corrected and sent again."""
    batch = _batch(request, code)
    if not batch.counts.get("refused"):
        raise NotFound
    return downloads.sent("refused-rows.xlsx", lambda file: refused.write(batch, file))
