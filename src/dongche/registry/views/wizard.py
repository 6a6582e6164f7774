"""What an officer says about a file on the page of its import, and the columns that are remembered."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org.request import OfficerRequest
from dongche.registry import actions, preview, tasks
from dongche.registry.models import ColumnMap, ImportBatch
from dongche.registry.queries import ColumnMaps, Imports
from dongche.registry.wizard import ColumnsForm, MapNameForm, QuestionsForm
from dongche.web import paging
from dongche.web.access import duty
from dongche.web.background import enqueue
from dongche.web.problems import sentence


def _batch(request: OfficerRequest, code: str) -> ImportBatch:
    batch = Imports.visible_to(request.user).select_related("subdistrict", "by").filter(code=code).first()
    if batch is None:
        raise Http404
    return batch


@duty("registry.import")
@require_POST
def columns(request: OfficerRequest, code: str) -> HttpResponse:
    """Read the file again with the columns as the officer says, and remember them if asked to."""
    batch = _batch(request, code)
    form = ColumnsForm(batch, request.POST)
    try:
        if form.is_valid():
            _save(request, batch, form)
            actions.map_import(batch=batch, mapping=form.mapping, by=request.user, at=clock.now())
            enqueue(tasks.read_import, batch.pk, request.user.pk)
            return redirect("registry:import-batch", batch.code)
    except (actions.MapNameTaken, actions.MapNameMissing) as problem:
        form.add_error("save_as", sentence(problem))
    context = preview.page(batch, "", "", {}) | {"columns_form": form}
    return render(request, "registry/import.html", context, status=422)


def _save(request: OfficerRequest, batch: ImportBatch, form: ColumnsForm) -> None:
    name = form.cleaned_data["save_as"]
    if name:
        actions.save_columns(
            subdistrict=batch.subdistrict,
            kind=batch.kind,
            name=name,
            headers=batch.mapping["headers"],
            mapping=form.mapping,
            by=request.user,
            at=clock.now(),
        )
        messages.success(request, _("“%(name)s” is used for every file with this header.") % {"name": name})


@duty("registry.import")
@require_POST
def answers(request: OfficerRequest, code: str) -> HttpResponse:
    """Read the file again with what the officer says is meant."""
    batch = _batch(request, code)
    form = QuestionsForm(batch, request.POST)
    if form.is_valid() and form.answers:
        actions.answer_import(batch=batch, answers=form.answers, by=request.user, at=clock.now())
        enqueue(tasks.read_import, batch.pk, request.user.pk)
    else:
        messages.warning(request, _("Choose an answer for at least one of the questions."))
    return redirect("registry:import-batch", batch.code)


@duty("registry.import")
@require_safe
def saved(request: OfficerRequest) -> HttpResponse:
    """List the columns that are remembered."""
    rows = ColumnMaps.visible_to(request.user).select_related("by", "subdistrict")
    page = paging.page(rows, "-pk", after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    context = {"rows": [preview.remembered(row) for row in page.rows], "pager": page.pager}
    return render(request, "registry/columns.html", context)


def _map(request: OfficerRequest, pk: int) -> ColumnMap:
    found = ColumnMaps.visible_to(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@duty("registry.import")
@require_POST
def rename(request: OfficerRequest, pk: int) -> HttpResponse:
    """Give remembered columns another name."""
    found, form = _map(request, pk), MapNameForm(request.POST)
    try:
        name = form.cleaned_data["name"] if form.is_valid() else ""
        actions.rename_columns(saved=found, name=name, by=request.user, at=clock.now())
    except Problem as problem:
        messages.warning(request, sentence(problem))
    return redirect("registry:import-maps")


@duty("registry.import")
@require_POST
def forget(request: OfficerRequest, pk: int) -> HttpResponse:
    """Forget remembered columns."""
    actions.forget_columns(saved=_map(request, pk), by=request.user, at=clock.now())
    messages.success(request, _("Forgotten; the next file with this header is guessed at again."))
    return redirect("registry:import-maps")
