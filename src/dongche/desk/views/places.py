from __future__ import annotations

from datetime import datetime, time, timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from dongche.desk import (
    batches,
    carding,
    columns,
    dossier,
    dossier_sheet,
    evidence,
    exporting,
    inside,
    listing,
    personal,
    roster,
    saved,
)
from dongche.desk.filters import PlaceFilter
from dongche.desk.views.days import asked_day
from dongche.kit import clock
from dongche.org.queries import Units
from dongche.org.request import OfficerRequest
from dongche.registry import cards as qr
from dongche.registry import labels, past, provenance, timeline
from dongche.registry.imports.values import PERSONAL
from dongche.registry.models import PlaceBatch
from dongche.registry.queries import BackboneFirms, DuplicatePairs, Places, SavedViews, survivor_of
from dongche.web import downloads, paging
from dongche.web.access import duty


@duty("registry.read")
@require_safe
def places(request: OfficerRequest) -> HttpResponse:
    """List the places that the officer may see and the filters leave, a page at a time."""
    if (
        not request.GET
        and not request.htmx
        and (first := SavedViews.visible_to(request.user).first_to_open())
    ):
        return redirect(saved.address(first))
    form = PlaceFilter(request.GET, officer=request.user, today=clock.today())
    shown = saved.showing(form, request.user)
    ordered, key = columns.sorted_by(form.places(), shown.sort, form.chosen_day)
    page = paging.page(ordered, key, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    pager = form.counted(page.pager, whole="counted" in request.GET)
    context = {
        "form": form,
        "chips": form.chips(),
        "on": form.chosen_day,
        "is_past": past.is_past(form.chosen_day),
        "rows": listing.rows(
            page.rows, form.chosen_day, request.user, names=form.subdistricts, shown=shown.columns
        ),
        "pager": pager,
        "showing": shown,
        "columns": shown.columns,
        "sort": shown.sort,
        "query": form.query(),
        "wanted": form.data.get("q", ""),
        "can_write": request.user.has_duty("registry.write"),
        "kept": form.kept(),
        "deeds": batches.offered(),
    }
    return render(request, "desk/places.html#list" if request.htmx else "desk/places.html", context)


@duty("registry.read")
@require_safe
def export(request: OfficerRequest) -> HttpResponseBase:
    """Give the filtered list as an Excel file: its columns in its order, all pages of it.

    A long list is written in the background, once the officer asks for it.
    """
    form = PlaceFilter(request.GET, officer=request.user, today=clock.today())
    shown = saved.showing(form, request.user)
    total = form.total()
    if total > exporting.AT_ONCE:
        context = {
            "total": total,
            "columns": shown.columns,
            "query": form.query(),
        }
        return render(request, "desk/export.html", context)
    return downloads.sent(
        f"places-{form.chosen_day:%Y%m%d}.xlsx", lambda file: exporting.write(file, form, shown, request.user)
    )


@duty("registry.read")
@require_POST
def write(request: OfficerRequest) -> HttpResponse:
    """Have the Excel file of a long list written in the background, or its QR cards."""
    form = PlaceFilter(request.GET, officer=request.user, today=clock.today())
    if request.POST.get("what") == PlaceBatch.Kind.CARDS:
        return redirect("desk:batch", carding.begin(form, by=request.user, at=clock.now()).code)
    shown = saved.showing(form, request.user)
    batch = exporting.begin(form, shown, form.total(), by=request.user, at=clock.now())
    return redirect("desk:batch", batch.code)


@duty("registry.read")
@require_safe
def cards(request: OfficerRequest) -> HttpResponse:
    """Lay out the QR cards of the filtered list for the printer."""
    form = PlaceFilter(request.GET, officer=request.user, today=clock.today())
    shown, is_cut = qr.sheet(form.places())
    return render(
        request, "desk/cards.html", {"cards": shown, "is_cut": is_cut, "most": qr.MOST, "query": form.query()}
    )


@duty("registry.read")
@require_safe
def place(request: OfficerRequest, number: str) -> HttpResponse:
    """Show one place: who answers for it and why, what it reported, where each value came from."""
    found = Places.visible_to(request.user).filter(number=number).first()
    if found is None:
        return _survivor(request, number)
    on, kind = asked_day(request), request.GET.get("kind", "")
    story = timeline.page(found, request.user, kind=kind, before=_instant(request.GET.get("before", "")))
    revealed = personal.Revealed(request.session, clock.real())
    context = {
        "dossier": dossier.build(found, on, request.user, story, revealed),
        "people": roster.card(found, on, request.user),
        "inside": inside.of(found, on, request.user),
        **evidence.of_place(found, on, request.user),
        "kind": kind,
        "tellers": timeline.tellers().values(),
        "is_first": "before" not in request.GET,
        "on": on,
        "can_read_papers": request.user.has_duty("registry.documents"),
        "can_stand": request.user.has_duty("registry.standing"),
        "can_record": request.user.has_duty("reporting.record"),
        "can_audit": request.user.has_duty("org.audit"),
        "can_write": request.user.has_duty("registry.write"),
        "backbone": BackboneFirms.visible_to(request.user)
        .on(on)
        .filter(entity=found)
        .select_related("entered_by")
        .first(),
        "twins": DuplicatePairs.visible_to(request.user).open_of(found),
    }
    return render(request, "desk/place.html", context)


@duty("registry.read")
@require_safe
def sheet(request: OfficerRequest, number: str) -> HttpResponse:
    """Give the dossier of a place as a PDF, with personal values masked."""
    found = Places.visible_to(request.user).select_related("subdistrict").filter(number=number).first()
    if found is None:
        raise Http404
    on = asked_day(request)
    return HttpResponse(
        dossier_sheet.to_pdf(found, on, request.user, clock.now()),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{found.number}-{on:%Y%m%d}.pdf"'},
    )


def _survivor(request: OfficerRequest, number: str) -> HttpResponse:
    """Lead on from the number of a place that was merged into another one. Raises: Http404 – there is none"""
    merged = Places.merged_away(number)
    found = survivor_of(merged) if merged else None
    if merged is None or found is None or not Places.visible_to(request.user).filter(pk=found.pk).exists():
        raise Http404
    told = gettext("%(merged)s was merged into this place.")
    messages.info(request, told % {"merged": f"{merged.name}（{merged.number}）"})
    return redirect("desk:place", found.number)


def _instant(given: str) -> datetime | None:
    """The instant a page of the timeline begins before; None without one. Raises: BrokenCursor"""
    if not given:
        return None
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        raise paging.BrokenCursor from None
    if found.tzinfo is None:
        raise paging.BrokenCursor
    return found


@duty("registry.read")
@require_safe
def values(request: OfficerRequest, number: str) -> HttpResponse:
    """Show each value of a place as it was known at the end of a day: since when, from where, by whom."""
    found = Places.visible_to(request.user).filter(number=number).first()
    if found is None:
        raise Http404
    on = asked_day(request)
    end = datetime.combine(on + timedelta(days=1), time(), clock.BEIJING)
    units = dict(
        Units.unscoped(reason="names of units a visible place stood in")
        .filter(subdistrict=found.subdistrict_id)
        .values_list("pk", "name")
    )
    may_ask = dossier.may_reveal(found, request.user)
    revealed = personal.Revealed(request.session, clock.real())
    rows = [
        {
            "label": labels.label(one.name),
            "value": "" if one.name in PERSONAL else labels.value(one.name, one.value, units),
            "is_personal": one.name in PERSONAL,
            "is_lost": one.is_lost,
            "former": personal.of_version(found, one.name, one.replaced_by, revealed, may_ask=may_ask)
            if one.name in PERSONAL and one.replaced_by and not one.is_lost
            else None,
            "version": one.version,
        }
        for one in provenance.known_at(found, end)
    ]
    return render(request, "desk/place_values.html", {"place": found, "on": on, "rows": rows})
