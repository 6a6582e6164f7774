"""The page on which a whole import is taken back: what would go first, then the reason."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from dongche.kit import clock
from dongche.org.request import OfficerRequest
from dongche.registry import actions, tasks, undo_preview
from dongche.registry.forms import UndoForm
from dongche.registry.imports import surveying
from dongche.registry.models import ImportBatch
from dongche.registry.queries import Imports
from dongche.web.access import duty
from dongche.web.background import enqueue

State = ImportBatch.State


def _batch(request: OfficerRequest, code: str) -> ImportBatch:
    batch = Imports.visible_to(request.user).select_related("subdistrict").filter(code=code).first()
    if batch is None:
        raise Http404
    return batch


@duty("registry.import")
@require_POST
def look(request: OfficerRequest, code: str) -> HttpResponse:
    """Have it worked out in the background what undoing an import would take back."""
    batch = _batch(request, code)
    if batch.state != State.APPLIED:
        return redirect("registry:import-batch", batch.code)
    surveying.begin(batch)
    enqueue(tasks.survey_import, batch.pk)
    return redirect("registry:import-undo", batch.code)


@duty("registry.import")
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: OfficerRequest, code: str) -> HttpResponse:
    """Show what undoing an import would take back and what it would leave; then do it, for a reason."""
    batch = _batch(request, code)
    is_posted = request.method == "POST"
    if batch.state != State.APPLIED and not (is_posted and batch.state == State.UNDOING):
        return redirect("registry:import-batch", batch.code)
    form = UndoForm(request.POST if is_posted else None)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        batch = actions.begin_undo(batch=batch, reason=reason, by=request.user, at=clock.now())
        enqueue(tasks.undo_import, batch.pk, request.user.pk)
        return redirect("registry:import-batch", batch.code)
    context = {"batch": batch, "form": form, **undo_preview.before_undo(batch)}
    template = "registry/undo.html#undo" if getattr(request, "htmx", False) else "registry/undo.html"
    return render(request, template, context, status=422 if form.errors else 200)
