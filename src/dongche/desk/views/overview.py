from __future__ import annotations

from datetime import timedelta

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dongche.desk import comparison, workbook
from dongche.desk import overview as overviews
from dongche.desk.instants import asked_instant
from dongche.desk.narrowing import asked_places
from dongche.desk.views import drilled
from dongche.desk.views.days import asked_day
from dongche.kit import clock
from dongche.org.request import OfficerRequest
from dongche.web import campaign, downloads, spreadsheets
from dongche.web.access import duty


@duty("desk.overview")
@require_safe
def overview(request: OfficerRequest) -> HttpResponse:
    """Show where we stand: figures, matrix, curve, map, and who has not reported."""
    on, today, known_at = asked_day(request), clock.today(), asked_instant(request)
    areas = asked_places(request, on)
    context = {
        "overview": overviews.build(request.user, on, today, areas, known_at),
        "areas": areas,
        "tabs": drilled.tabs(areas, "desk:overview"),
        "known_at": known_at,
        "now": known_at or clock.now(),
        "first": campaign.current().campaign.from_on,
        "previous": on - timedelta(days=1),
        "next": on + timedelta(days=1) if on < today else None,
        "today": today,
    }
    return render(request, "desk/overview.html", context)


@duty("desk.overview")
@require_safe
def compared(request: OfficerRequest) -> FileResponse:
    """Give the figures of each sub-district with their parts as an Excel file, for the level above (S111)."""
    on = asked_day(request)
    table = comparison.table(request.user, on, asked_places(request, on), asked_instant(request))
    return downloads.sent(
        f"sub-districts-{on:%Y%m%d}.xlsx", lambda file: spreadsheets.write_tables(file, [table])
    )


@duty("desk.overview")
@require_safe
def export(request: OfficerRequest) -> FileResponse:
    """Give the whole overview under its filters as one workbook."""
    on = asked_day(request)
    areas = asked_places(request, on)
    return downloads.sent(
        f"overview-{on:%Y%m%d}.xlsx",
        lambda file: spreadsheets.write_tables(
            file, workbook.tables(request.user, on, areas, request.GET, asked_instant(request))
        ),
    )
