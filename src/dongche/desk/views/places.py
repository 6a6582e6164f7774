from __future__ import annotations

from tempfile import TemporaryFile

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from dongche.desk import dossier, listing, personal
from dongche.desk.filters import PlaceFilter
from dongche.desk.views.days import asked_day
from dongche.kit import clock
from dongche.org.request import OfficerRequest
from dongche.registry import cards as qr
from dongche.registry.queries import Places
from dongche.web import paging, spreadsheets
from dongche.web.access import duty


@duty("registry.read")
@require_safe
def places(request: OfficerRequest) -> HttpResponse:
    """List the places that the officer may see and the filters leave, a page at a time."""
    form = PlaceFilter(request.GET, officer=request.user, today=clock.today())
    sort = request.GET.get("sort", "number")
    column = listing.SORT_COLUMNS.get(sort.lstrip("-"), "number")
    page = paging.page(
        listing.sortable(form.places()),
        f"-{column}" if sort.startswith("-") else column,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        total=form.total(),
    )
    context = {
        "form": form,
        "chips": form.chips(),
        "on": form.chosen_day,
        "rows": listing.rows(page.rows, form.chosen_day, request.user),
        "pager": page.pager,
        "columns": listing.COLUMNS,
        "sort": sort,
        "query": form.query(),
        "can_write": request.user.has_duty("registry.write"),
    }
    return render(request, "desk/places.html#list" if request.htmx else "desk/places.html", context)


@duty("registry.read")
@require_safe
def export(request: OfficerRequest) -> FileResponse:
    """Give the filtered list as an Excel file: exactly what the list shows, all pages of it."""
    form = PlaceFilter(request.GET, officer=request.user, today=clock.today())
    file = TemporaryFile()  # noqa: SIM115  FileResponse closes it
    spreadsheets.write_rows(
        file,
        listing.export_headers(),
        listing.export_rows(form.places(), form.chosen_day, request.user),
        title=gettext("Places"),
    )
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"places-{form.chosen_day:%Y%m%d}.xlsx")


@duty("registry.read")
@require_safe
def cards(request: OfficerRequest) -> HttpResponse:
    """Lay out the QR cards of the filtered list for the printer."""
    form = PlaceFilter(request.GET, officer=request.user, today=clock.today())
    shown, is_cut = qr.sheet(form.places())
    return render(request, "desk/cards.html", {"cards": shown, "is_cut": is_cut, "most": qr.MOST})


@duty("registry.read")
@require_safe
def place(request: OfficerRequest, number: str) -> HttpResponse:
    """Show one place: who answers for it and why, what it reported, where each value came from."""
    found = Places.visible_to(request.user).filter(number=number).first()
    if found is None:
        raise Http404
    on = asked_day(request)
    context = {
        "dossier": dossier.build(found, on, request.user, personal.Revealed(request.session, clock.real())),
        "on": on,
        "can_record": request.user.has_duty("reporting.record"),
        "can_audit": request.user.has_duty("org.audit"),
        "can_write": request.user.has_duty("registry.write"),
    }
    return render(request, "desk/place.html", context)
