from __future__ import annotations

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dongche.desk import league
from dongche.desk.views import drilled
from dongche.org.request import OfficerRequest
from dongche.web import downloads, spreadsheets
from dongche.web.access import duty


@duty("desk.overview")
@require_safe
def compared(request: OfficerRequest) -> HttpResponse:
    """Show units by what they achieve with the same mix of places, beside their rates as counted."""
    context = drilled.asked(request, "desk:league")
    context["page"] = league.build(
        request.user, context["on"], context["areas"], request.GET, context["known_at"]
    )
    return render(request, "desk/league.html", context)


@duty("desk.overview")
@require_safe
def export(request: OfficerRequest) -> FileResponse:
    """Give the comparison as an Excel file."""
    asked = drilled.asked(request, "desk:league")
    page = league.build(request.user, asked["on"], asked["areas"], request.GET, asked["known_at"])
    return downloads.sent(
        f"comparison-{asked['on']:%Y%m%d}.xlsx",
        lambda file: spreadsheets.write_tables(file, [league.table(page)]),
    )
