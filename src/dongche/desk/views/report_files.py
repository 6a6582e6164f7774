"""Reports of many places, and outcomes of calls, as a file: what a file would bring, and its way in and back."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dongche.desk.areas import areas_of
from dongche.desk.grid_filter import GridFilter
from dongche.desk.views.days import asked_day
from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org.models import Officer
from dongche.org.request import OfficerRequest
from dongche.registry import actions, importing, preview, tasks
from dongche.registry.actions.imports import EXTENSIONS
from dongche.registry.forms import UndoForm
from dongche.registry.imports import refused as refused_rows
from dongche.registry.models import ImportBatch
from dongche.registry.sheets.container import MIB
from dongche.reporting import sheets
from dongche.reporting.queries import Uploads
from dongche.web import downloads, paging
from dongche.web.access import duty
from dongche.web.background import enqueue
from dongche.web.problems import sentence

# Where the files of a kind are sent and listed.
LISTS: Mapping[str, str] = {
    ImportBatch.Kind.REPORTS: "desk:report-files",
    ImportBatch.Kind.OUTCOMES: "desk:outcome-files",
}


class FileForm(forms.Form):
    """A file, and the sub-district it is for where the officer sees several."""

    file = forms.FileField(
        label=_("Spreadsheet"),
        allow_empty_file=True,  # the reader says in words what is wrong with an empty one
        widget=forms.FileInput(attrs={"accept": ",".join(EXTENSIONS)}),
        error_messages={"required": _("Choose a file first.")},
    )
    subdistrict = forms.ChoiceField(label=_("Sub-district"))

    def __init__(self, *args: object, officer: Officer) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        areas = areas_of(officer, clock.today())
        self.units = {unit.code: unit for unit in areas.served} if areas else {}
        field = self.fields["subdistrict"]
        field.choices = [(code, unit.name) for code, unit in self.units.items()]  # type: ignore[attr-defined]
        if len(self.units) == 1:
            field.widget, field.required = forms.HiddenInput(), False


@duty("reporting.record")
@require_http_methods(["GET", "HEAD", "POST"])
def files(request: OfficerRequest) -> HttpResponse:
    """Take a file of reports, and list those that were sent."""
    return _files(request, ImportBatch.Kind.REPORTS)


@duty("reporting.record")
@require_http_methods(["GET", "HEAD", "POST"])
def outcomes(request: OfficerRequest) -> HttpResponse:
    """Take a file of outcomes of calls and checks, and list those that were sent."""
    return _files(request, ImportBatch.Kind.OUTCOMES)


def _files(request: OfficerRequest, kind: ImportBatch.Kind) -> HttpResponse:
    is_posted = request.method == "POST"
    form = FileForm(*(request.POST, request.FILES) if is_posted else (), officer=request.user)
    status = 422 if is_posted else 200
    try:
        if form.is_valid():
            return _stage(request, form, kind)
    except Problem as problem:
        form.add_error("file", f"{sentence(problem)} ({problem.code})")
        status = problem.status
    rows = Uploads.visible_to(request.user).filter(kind=kind).select_related("by")
    page = paging.page(
        rows, "-pk", after=request.GET.get("after", ""), before=request.GET.get("before", ""), size=20
    )
    context = {
        "form": form,
        "kind": kind,
        "lines": [preview.line(batch) for batch in page.rows],
        "pager": page.pager,
        "limit": f"{settings.IMPORT_MAX_BYTES // MIB} MB",
    }
    return render(request, "desk/report_files.html", context, status=status)


def _stage(request: OfficerRequest, form: FileForm, kind: ImportBatch.Kind) -> HttpResponse:
    file = form.cleaned_data["file"]
    importing.check_size(file.name, file.size)
    code = form.cleaned_data["subdistrict"] or next(iter(form.units), "")
    if code not in form.units:
        raise Http404
    try:
        batch = actions.stage_import(
            file=file.chunks(),
            name=file.name,
            subdistrict=form.units[code],
            kind=kind,
            by=request.user,
            at=clock.now(),
        )
    except actions.AlreadyImported as problem:
        messages.info(request, sentence(problem))
        batch = problem.batch
    if not Uploads.visible_to(request.user).filter(pk=batch.pk).exists():
        messages.info(
            request, gettext("A colleague has sent this very file already; there is nothing to do.")
        )
        return redirect(LISTS[kind])
    if batch.state == ImportBatch.State.UPLOADED:
        enqueue(tasks.read_import, batch.pk, request.user.pk)
    return redirect("desk:report-file", batch.code)


def _batch(request: OfficerRequest, code: str) -> ImportBatch:
    found = Uploads.visible_to(request.user).select_related("subdistrict", "by").filter(code=code).first()
    if found is None:
        raise Http404
    return found


@duty("reporting.record")
@require_safe
def file(request: OfficerRequest, code: str) -> HttpResponse:
    """Show what a file would bring, how far it is, or what it brought."""
    context = preview.page(
        _batch(request, code), request.GET.get("kind", ""), request.GET.get("after", ""), {}
    )
    context["undo_form"] = UndoForm() if context["can_undo"] else None
    htmx = getattr(request, "htmx", False)
    return render(request, "desk/report_file.html#batch" if htmx else "desk/report_file.html", context)


@duty("reporting.record")
@require_POST
def apply(request: OfficerRequest, code: str) -> HttpResponse:
    """Store the reports of a file."""
    batch = actions.begin_applying(batch=_batch(request, code), by=request.user, at=clock.now())
    enqueue(tasks.apply_import, batch.pk, request.user.pk)
    return redirect("desk:report-file", batch.code)


@duty("reporting.record")
@require_POST
def drop(request: OfficerRequest, code: str) -> HttpResponse:
    """Give a file up: nothing of it is stored."""
    batch = actions.drop_import(batch=_batch(request, code), by=request.user, at=clock.now())
    said = gettext("“%(file)s” was dropped; nothing of it was written.")
    messages.success(request, said % {"file": batch.file_name})
    return redirect(LISTS[batch.kind])


@duty("reporting.record")
@require_POST
def undo(request: OfficerRequest, code: str) -> HttpResponse:
    """Take the reports of a file back, for a reason; what was corrected since stays."""
    form = UndoForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    batch = actions.begin_undo(batch=_batch(request, code), reason=reason, by=request.user, at=clock.now())
    enqueue(tasks.undo_import, batch.pk, request.user.pk)
    return redirect("desk:report-file", batch.code)


@duty("reporting.record")
@require_safe
def refused(request: OfficerRequest, code: str) -> FileResponse:
    """Give the refused rows as an Excel file with the reasons in front, to be corrected and sent again."""
    batch = _batch(request, code)
    if not batch.counts.get("refused"):
        raise Http404
    return downloads.sent(refused_rows.file_name(batch), lambda file: refused_rows.write(batch, file))


@duty("reporting.record")
@require_safe
def template(request: OfficerRequest) -> FileResponse:
    """Give the sheet to be filled in: the expected places with what they said yesterday, today's answers empty."""
    on = asked_day(request)
    return downloads.sent(
        f"reports-{on:%Y%m%d}.xlsx",
        lambda file: sheets.write_template(
            file, GridFilter(request.GET, officer=request.user, on=on).places, on
        ),
    )
