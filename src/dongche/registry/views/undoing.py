"""The page on which a whole import is taken back: what would go first, then the reason."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from dongche.kit import clock
from dongche.org.request import OfficerRequest
from dongche.registry import actions, preview, tasks
from dongche.registry.forms import UndoForm
from dongche.registry.imports.kinds import kind_of
from dongche.registry.models import ImportBatch
from dongche.registry.queries import Imports
from dongche.web.access import duty
from dongche.web.background import enqueue


@duty("registry.import")
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: OfficerRequest, code: str) -> HttpResponse:
    """Show what undoing an import would take back and what it would leave; then do it, for a reason."""
    batch = Imports.visible_to(request.user).select_related("subdistrict").filter(code=code).first()
    if batch is None:
        raise Http404
    if batch.state not in (ImportBatch.State.APPLIED, ImportBatch.State.UNDOING):
        return redirect("registry:import-batch", batch.code)
    form = UndoForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        batch = actions.begin_undo(batch=batch, reason=reason, by=request.user, at=clock.now())
        enqueue(tasks.undo_import, batch.pk, request.user.pk)
        return redirect("registry:import-batch", batch.code)
    undoing = kind_of(batch, clock.today()).undoing()
    if undoing is None:
        raise actions.NotUndone(kind=batch.get_kind_display())
    context = {"batch": batch, "form": form, **preview.before_undo(undoing.survey())}
    return render(request, "registry/undo.html", context, status=422 if form.errors else 200)
