"""The roster of a place as a spreadsheet: brought in, and the form to fill in."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org.models import Officer
from dongche.registry import actions, importing, preview, tasks
from dongche.registry.forms import RosterForm
from dongche.registry.models import Entity, ImportBatch
from dongche.registry.queries import Imports, Places
from dongche.registry.roster import template
from dongche.registry.sheets.container import MIB
from dongche.web import downloads
from dongche.web.access import duty
from dongche.web.background import enqueue
from dongche.web.problems import sentence

SHOWN = 20


def _place(request: HttpRequest, number: str) -> Entity:
    """The place, if the posts that may import reach it."""
    places = Places.within_duty(request.user, "registry.import").select_related("subdistrict")
    place = places.filter(number=number).first()
    if place is None:
        raise Http404
    return place


@duty("registry.import")
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, number: str) -> HttpResponse:
    """Take the roster of a place, and list the rosters it gave before."""
    place = _place(request, number)
    form = RosterForm(*(request.POST, request.FILES) if request.method == "POST" else ())
    status = 200
    if request.method == "POST":
        try:
            if form.is_valid():
                return _stage(request, place, form)
            status = 422
        except Problem as problem:
            form.add_error("file", f"{sentence(problem)} ({problem.code})")
            status = problem.status
    batches = Imports.visible_to(request.user).filter(entity=place, kind=ImportBatch.Kind.ROSTER)
    context = {
        "form": form,
        "place": place,
        "batches": [preview.line(batch) for batch in batches.select_related("by").order_by("-pk")[:SHOWN]],
        "limit": f"{settings.IMPORT_MAX_BYTES // MIB} MB",
    }
    return render(request, "registry/roster_import.html", context, status=status)


def _stage(request: HttpRequest, place: Entity, form: RosterForm) -> HttpResponse:
    file, officer = form.cleaned_data["file"], cast(Officer, request.user)
    importing.check_size(file.name, file.size)
    try:
        batch = actions.stage_import(
            file=file.chunks(),
            name=file.name,
            subdistrict=place.subdistrict,
            kind=ImportBatch.Kind.ROSTER,
            entity=place,
            by=officer,
            at=clock.now(),
        )
    except actions.AlreadyImported as problem:
        messages.info(request, sentence(problem))
        return redirect("registry:import-batch", problem.batch.code)
    if batch.state == ImportBatch.State.UPLOADED:
        enqueue(tasks.read_import, batch.pk, officer.pk)
    return redirect("registry:import-batch", batch.code)


@duty("registry.people")
@require_safe
def empty(request: HttpRequest, number: str) -> FileResponse:
    """Give the roster that a place is to fill in, with its name on it."""
    place = Places.within_duty(request.user, "registry.people").filter(number=number).first()
    if place is None:
        raise Http404
    name = _("%(number)s – roster of employees.xlsx") % {"number": place.number}
    return downloads.sent(name, lambda file: template.write(file, place.name))
