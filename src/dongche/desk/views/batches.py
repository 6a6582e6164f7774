from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dongche.desk import batches, exporting
from dongche.desk.filters import PlaceFilter
from dongche.desk.rules import ReasonForm
from dongche.kit import clock
from dongche.org.request import OfficerRequest
from dongche.registry import actions
from dongche.registry.models import PlaceBatch, PlaceBatchRow
from dongche.registry.queries import PlaceBatches
from dongche.web import downloads, paging, spreadsheets
from dongche.web.access import duty

State = PlaceBatch.State
FILES = (PlaceBatch.Kind.EXPORT, PlaceBatch.Kind.CARDS)


@duty("registry.write")
@require_http_methods(["GET", "HEAD", "POST"])
def prepare(request: OfficerRequest, kind: str) -> HttpResponse:
    """Do one thing to all places of a list: what, then what it would change, then the reason and the deed."""
    if kind not in batches.FORMS:
        raise Http404
    chosen = PlaceFilter(request.GET, officer=request.user, today=clock.today())
    form = batches.FORMS[kind](request.GET if "go" in request.GET else None, officer=request.user)
    context: dict[str, Any] = {
        "form": form,
        "title": PlaceBatch.Kind(kind).label,
        "chips": chosen.chips(),
        "kept": chosen.kept(),
        "total": chosen.total(),
        "back": f"{reverse('desk:places')}?{chosen.query(without={'pick'})}",
    }
    if not form.is_valid():
        return render(request, "desk/batch_form.html", context, status=422 if form.errors else 200)
    seen = batches.outlook(kind, chosen, form.given(), request.user)
    reason = ReasonForm(request.POST if request.method == "POST" else None)
    reason.fields["reason"].required = kind == PlaceBatch.Kind.EXCLUDE  # the figures leave these places out
    is_as_seen = request.POST.get("seen") == seen.seen
    if reason.is_valid() and is_as_seen and seen.changed:
        why = reason.cleaned_data["reason"]
        batch = batches.begin(kind, seen, chosen, seen.given, why, by=request.user, at=clock.now())
        return redirect("desk:batch", batch.code)
    context |= {"outlook": seen, "reason": reason, "is_other": request.method == "POST" and not is_as_seen}
    return render(request, "desk/batch_form.html", context, status=422 if reason.errors else 200)


@duty("registry.read")
@require_safe
def listed(request: OfficerRequest) -> HttpResponse:
    """Show the batches one began, the latest first."""
    given = request.GET
    page = paging.page(
        PlaceBatches.visible_to(request.user),
        "-pk",
        after=given.get("after", ""),
        before=given.get("before", ""),
        size=20,
    )
    return render(request, "desk/batches.html", {"rows": page.rows, "pager": page.pager})


@duty("registry.read")
@require_safe
def batch(request: OfficerRequest, code: str) -> HttpResponse:
    """Show where a batch stands, what became of each place, and what can be done about it."""
    found = _own(request, code)
    show, tabs = batches.tabs(found, request.GET.get("show", ""), request.path)
    page = paging.page(
        found.rows.filter(state=show).select_related("entity"),
        "pk",
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    is_busy = found.state in (State.RUNNING, State.UNDOING)
    context = {
        "batch": found,
        "told": batches.told(found),
        "tabs": tabs,
        "rows": [(row, batches.reason(row.why) if row.why else "") for row in page.rows],
        "pager": page.pager,
        "busy": is_busy,
        "is_export": found.kind in FILES,
        "has_file": exporting.file_of(found) is not None,
        "has_refused": any(tab.url.endswith("refused") for tab in tabs),
        "can_undo": found.state in (State.DONE, State.FAILED) and found.kind not in FILES,
        "reason": ReasonForm(),
    }
    return render(request, "desk/batch.html#batch" if request.htmx else "desk/batch.html", context)


@duty("registry.write")
@require_POST
def go_on(request: OfficerRequest, code: str) -> HttpResponse:
    """Go on with a batch that stopped."""
    found = _own(request, code)
    if found.kind in FILES or found.state != State.FAILED:
        raise Http404
    batches.carry_on(actions.carry_out_batch(batch=found, by=request.user, at=clock.now()))
    return redirect("desk:batch", code)


@duty("registry.write")
@require_POST
def undo(request: OfficerRequest, code: str) -> HttpResponse:
    """Take a batch back, but for places that were changed since."""
    found = _own(request, code)
    if found.kind in FILES:
        raise Http404
    reason = request.POST.get("reason", "")
    batches.carry_on(actions.begin_undoing_batch(batch=found, reason=reason, by=request.user, at=clock.now()))
    return redirect("desk:batch", code)


@duty("registry.read")
@require_safe
def file(request: OfficerRequest, code: str) -> FileResponse:
    """Give the file of a long list, while it is kept."""
    found = _own(request, code)
    path = exporting.file_of(found)
    if path is None:
        raise Http404
    what = "cards" if found.kind == PlaceBatch.Kind.CARDS else "places"
    name = f"{what}-{clock.day_of(found.created_at):%Y%m%d}{path.suffix}"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)


@duty("registry.read")
@require_safe
def refused(request: OfficerRequest, code: str) -> FileResponse:
    """Give the places that a batch refused, each with its reason, as an Excel file."""
    rows = (
        _own(request, code)
        .rows.filter(state=PlaceBatchRow.State.REFUSED)
        .select_related("entity")
        .order_by("pk")
    )
    return downloads.sent(
        "refused.xlsx",
        lambda file: spreadsheets.write_rows(
            file,
            [_("Reason"), _("Number"), _("Place name")],
            (
                [batches.reason(row.why), row.entity.number, row.entity.name]
                for row in rows.iterator(chunk_size=2000)
            ),
            title=_("Refused"),
            reasons=True,
        ),
    )


def _own(request: OfficerRequest, code: str) -> PlaceBatch:
    found = PlaceBatches.visible_to(request.user).filter(code=code).first()
    if found is None:
        raise Http404
    return found
