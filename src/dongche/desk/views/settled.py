from __future__ import annotations

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dongche.desk import settled
from dongche.desk.instants import asked_instant
from dongche.desk.narrowing import asked_places
from dongche.desk.views.days import asked_day, of_the_day
from dongche.org.request import OfficerRequest
from dongche.web import downloads, spreadsheets
from dongche.web.access import duty


@duty("desk.overview")
@require_safe
def course(request: OfficerRequest, metric: str) -> HttpResponse:
    """Show how a figure of a day settled: as first published, now, and the places that made the difference."""
    context = of_the_day(request)
    context["areas"] = asked_places(request, context["on"])
    context["page"] = settled.page(request.user, metric, context["on"], context["areas"], context["known_at"])
    return render(request, "desk/settled.html", context)


@duty("desk.overview")
@require_safe
def export(request: OfficerRequest, metric: str) -> FileResponse:
    """Give the places that made the difference as an Excel file."""
    on = asked_day(request)
    found = settled.page(
        request.user, metric, on, asked_places(request, on), asked_instant(request), most=settled.MOST_WRITTEN
    )
    return downloads.sent(
        f"{metric}-{on:%Y%m%d}-settled.xlsx",
        lambda file: spreadsheets.write_tables(file, [settled.table(found)]),
    )
