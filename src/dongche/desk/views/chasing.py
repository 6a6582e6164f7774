from __future__ import annotations

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dongche.desk import chasing, personal
from dongche.desk.areas import asked_areas
from dongche.desk.views.days import asked_day, of_the_day
from dongche.kit import clock
from dongche.org.request import OfficerRequest
from dongche.web import downloads, spreadsheets
from dongche.web.access import duty


@duty("desk.overview")
@require_safe
def chase(request: OfficerRequest) -> HttpResponse:
    """Show whose reports of the day are missing, and who asks for them."""
    context = of_the_day(request)
    revealed = personal.Revealed(request.session, clock.real())
    context["chasing"] = chasing.build(request.user, context["on"], clock.now(), context["areas"], revealed)
    return render(request, "desk/chasing.html", context)


@duty("desk.overview")
@require_safe
def export(request: OfficerRequest) -> FileResponse:
    """Give the places whose reports are missing as an Excel file."""
    on = asked_day(request)
    return downloads.sent(
        f"not-reported-{on:%Y%m%d}.xlsx",
        lambda file: spreadsheets.write_tables(
            file, [chasing.table(request.user, on, asked_areas(request, on))]
        ),
    )
