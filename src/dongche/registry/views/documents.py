"""Documents of a place: brought, fetched, withdrawn."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org.request import OfficerRequest
from dongche.registry import actions
from dongche.registry.forms import DocumentForm, DocumentWithdrawalForm
from dongche.registry.models import Document, Entity
from dongche.registry.papers import refuse_large
from dongche.registry.queries import Documents
from dongche.registry.views.reached import place_at_hand
from dongche.web import vault
from dongche.web.access import duty
from dongche.web.problems import sentence


def _document(request: OfficerRequest, place: Entity, code: str) -> Document:
    document = Documents.visible_to(request.user).of(place).filter(code=code).first()
    if document is None:
        raise Http404
    return document


@duty("registry.standing")
@require_http_methods(["GET", "HEAD", "POST"])
def attach(request: OfficerRequest, number: str) -> HttpResponse:
    """Take a document of a place."""
    place = place_at_hand(request, number)
    form = DocumentForm(*(request.POST, request.FILES) if request.method == "POST" else ())
    if form.is_valid():
        file = form.cleaned_data.pop("file")
        try:
            refuse_large(file.name, file.size)  # before it is read into memory
            actions.attach_document(
                entity=place,
                file_name=file.name,
                content=file.read(),
                **form.cleaned_data,
                by=request.user,
                at=clock.now(),
            )
        except Problem as problem:
            form.add_error("file", sentence(problem))
        else:
            messages.success(request, _("The document is kept with the place, encrypted."))
            return redirect("desk:place", place.number)
    context = {"form": form, "place": place, "document": None}
    return render(request, "registry/document.html", context, status=422 if form.errors else 200)


@duty("registry.documents")
@require_safe
def fetch(request: OfficerRequest, number: str, code: str) -> HttpResponse:
    """Give a document as a file; it is never shown inside our own pages."""
    document = _document(request, place_at_hand(request, number), code)
    return HttpResponse(
        vault.read(document.path),
        content_type=document.media_type,
        headers={
            "Content-Disposition": content_disposition_header(True, document.file_name) or "attachment",
            "Cache-Control": "private, no-store",
        },
    )


@duty("registry.standing")
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: OfficerRequest, number: str, code: str) -> HttpResponse:
    """Delete the content of a document, for a reason."""
    place = place_at_hand(request, number)
    document = _document(request, place, code)
    form = DocumentWithdrawalForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.withdraw_document(document=document, **form.cleaned_data, by=request.user, at=clock.now())
        except Problem as problem:
            form.add_error(None, sentence(problem))
        else:
            messages.success(request, _("Withdrawn; its content is deleted."))
            return redirect("desk:place", place.number)
    context = {"form": form, "place": place, "document": document}
    return render(request, "registry/document.html", context, status=422 if form.errors else 200)
