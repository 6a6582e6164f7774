from __future__ import annotations

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dongche.desk import velocity
from dongche.desk.views import drilled
from dongche.org.request import OfficerRequest
from dongche.web import downloads, spreadsheets
from dongche.web.access import duty

WHOLE = 1000


@duty("desk.overview")
@require_safe
def by_day(request: OfficerRequest) -> HttpResponse:
    """Show how many places resumed, stopped and fell silent day by day, and lead to them."""
    context = drilled.asked(request, "desk:velocity")
    context["page"] = velocity.build(request.user, context["on"], context["areas"], context["known_at"])
    return render(request, "desk/velocity.html", context)


@duty("desk.overview")
@require_safe
def export(request: OfficerRequest) -> FileResponse:
    """Give every day since the campaign began as an Excel file."""
    asked = drilled.asked(request, "desk:velocity")
    page = velocity.build(request.user, asked["on"], asked["areas"], asked["known_at"], most=WHOLE)
    return downloads.sent(
        f"velocity-{asked['on']:%Y%m%d}.xlsx",
        lambda file: spreadsheets.write_tables(file, [velocity.table(page)]),
    )
