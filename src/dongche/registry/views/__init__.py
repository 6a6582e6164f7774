"""The pages of an import, and the QR cards of places."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org.models import Officer
from dongche.org.queries import Units
from dongche.registry import actions, blanks, cards, importing, preview, tasks, template
from dongche.registry.forms import UploadForm, WithdrawalForm
from dongche.registry.imports import refused
from dongche.registry.models import ImportBatch
from dongche.registry.queries import Imports, Places
from dongche.registry.sheets.container import MIB
from dongche.registry.wizard import ColumnsForm, ImportFilter, QuestionsForm
from dongche.web import downloads, paging
from dongche.web.access import duty
from dongche.web.background import enqueue
from dongche.web.problems import sentence


def _officer(request: HttpRequest) -> Officer:
    return cast(Officer, request.user)


def _batch(request: HttpRequest, code: str) -> ImportBatch:
    batch = Imports.visible_to(request.user).select_related("subdistrict", "by").filter(code=code).first()
    if batch is None:
        raise Http404
    return batch


@duty("registry.import")
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """Take a file, and list the imports there were."""
    form = UploadForm(
        *(request.POST, request.FILES) if request.method == "POST" else (), officer=_officer(request)
    )
    status = 200
    if request.method == "POST":
        try:
            if form.is_valid():
                return _stage(request, form)
            status = 422
        except Problem as problem:
            form.add_error("file", f"{sentence(problem)} ({problem.code})")
            status = problem.status
    wanted = ImportFilter(request.GET)
    rows = wanted.narrow(Imports.visible_to(request.user)).select_related("subdistrict", "by")
    page = paging.page(
        rows, "-pk", after=request.GET.get("after", ""), before=request.GET.get("before", ""), size=20
    )
    context = {
        "form": form,
        "blanks": blanks.blanks(),
        "filter": wanted,
        "is_filtered": any(request.GET.get(name) for name in wanted.fields),
        "batches": [preview.line(batch) for batch in page.rows],
        "pager": page.pager,
        "limit": f"{settings.IMPORT_MAX_BYTES // MIB} MB",
    }
    return render(request, "registry/imports.html", context, status=status)


def _stage(request: HttpRequest, form: UploadForm) -> HttpResponse:
    file = form.cleaned_data["file"]
    importing.check_size(file.name, file.size)
    subdistrict = form.cleaned_data["subdistrict"]
    if subdistrict is None:
        raise Http404
    try:
        batch = actions.stage_import(
            file=file.chunks(),
            name=file.name,
            subdistrict=subdistrict,
            kind=form.cleaned_data["kind"] or ImportBatch.Kind.PLACES,
            by=_officer(request),
            at=clock.now(),
        )
    except actions.AlreadyImported as problem:
        messages.info(request, sentence(problem))
        return redirect("registry:import-batch", problem.batch.code)
    if batch.state == ImportBatch.State.UPLOADED:
        enqueue(tasks.read_import, batch.pk, _officer(request).pk)
    return redirect("registry:import-batch", batch.code)


@duty("registry.import")
@require_safe
def import_batch(request: HttpRequest, code: str) -> HttpResponse:
    """Show where an import stands: its progress, what it would do, or what it did."""
    batch = _batch(request, code)
    units = dict(
        Units.visible_to(request.user).filter(subdistrict=batch.subdistrict_id).values_list("pk", "name")
    )
    context = preview.page(batch, request.GET.get("kind", ""), request.GET.get("after", ""), units)
    context["columns_form"] = ColumnsForm(batch) if context["can_map"] else None
    context["questions"] = QuestionsForm(batch) if batch.state == ImportBatch.State.READY else None
    htmx = getattr(request, "htmx", False)
    return render(request, "registry/import.html#batch" if htmx else "registry/import.html", context)


@duty("registry.import")
@require_POST
def import_apply(request: HttpRequest, code: str) -> HttpResponse:
    """Write what the plan says."""
    batch = actions.begin_applying(batch=_batch(request, code), by=_officer(request), at=clock.now())
    enqueue(tasks.apply_import, batch.pk, _officer(request).pk)
    return redirect("registry:import-batch", batch.code)


@duty("registry.import")
@require_POST
def import_drop(request: HttpRequest, code: str) -> HttpResponse:
    """Give an import up."""
    batch = actions.drop_import(batch=_batch(request, code), by=_officer(request), at=clock.now())
    messages.success(
        request, _("“%(file)s” was dropped; nothing of it was written.") % {"file": batch.file_name}
    )
    return redirect("registry:import")


@duty("registry.import")
@require_safe
def import_refused(request: HttpRequest, code: str) -> FileResponse:
    """Give the refused rows as an Excel file with the reasons in front, to be corrected and sent again."""
    batch = _batch(request, code)
    if not batch.counts.get("refused"):
        raise Http404
    return downloads.sent(refused.file_name(batch), lambda file: refused.write(batch, file))


@duty("registry.import")
@require_safe
def import_blank(request: HttpRequest, kind: str) -> FileResponse:
    """Give one of the printed forms as an empty workbook."""
    blank = blanks.blanks().get(kind)
    if blank is None:
        raise Http404
    return downloads.sent(f"{blank.title}.xlsx", lambda file: blanks.write(file, blank))


@duty("registry.import")
@require_safe
def import_template(request: HttpRequest) -> FileResponse:
    """Give an empty registry file with a second sheet that explains its columns."""
    return downloads.sent(_("registry-template.xlsx"), lambda file: template.write(file))


@duty("registry.read")
@cache_control(private=True, no_cache=True)  # a kept picture may be of a code that was withdrawn since
@require_safe
def qr(request: HttpRequest, number: str) -> HttpResponse:
    """Draw the QR code of a place, which leads to its report page."""
    place = Places.visible_to(request.user).filter(number=number).first()
    if place is None:
        raise Http404
    return HttpResponse(cards.svg(place.code), content_type="image/svg+xml")


@duty("registry.write")
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_code(request: HttpRequest, number: str) -> HttpResponse:
    """Take the code of a lost or misused QR card out of use; the card with the new one is shown next."""
    place = Places.visible_to(request.user).filter(number=number).first()
    if place is None:
        raise Http404
    form = WithdrawalForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        actions.revoke_code(
            entity=place, reason=form.cleaned_data["reason"], by=_officer(request), at=clock.now()
        )
        messages.success(request, _("The old code is withdrawn. Print this card and hand it to the place."))
        return redirect(f"{reverse('desk:places-cards')}?{urlencode({'q': place.number})}")
    status = 422 if form.errors else 200
    return render(request, "registry/withdraw_code.html", {"form": form, "place": place}, status=status)
