from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dongche.desk import proof
from dongche.desk.areas import asked_areas
from dongche.desk.views.days import asked_day
from dongche.kit import clock
from dongche.org.queries import Units
from dongche.org.request import OfficerRequest
from dongche.registry import actions
from dongche.web import campaign, downloads, spreadsheets
from dongche.web.access import duty


@duty("org.coverage")
@require_safe
def coverage(request: OfficerRequest) -> HttpResponse:
    """Show the proof that nobody is missed, or each gap with its cause."""
    on = asked_day(request)
    context = {
        "proof": proof.build(request.user, on, asked_areas(request, on)),
        "on": on,
        "first": campaign.current().campaign.from_on,
        "today": clock.today(),
        "may_check": request.user.has_duty("org.write"),
    }
    return render(request, "desk/coverage.html", context)


@duty("org.write")
@require_POST
def check(request: OfficerRequest) -> HttpResponse:
    """Look for the gaps of today now, and open or close the work for them."""
    for subdistrict in Units.visible_to(request.user).in_service():
        actions.prove_coverage(subdistrict=subdistrict, on=clock.today(), by=request.user, at=clock.now())
    messages.success(
        request, _("The gaps of today have been looked for; work was opened and closed accordingly.")
    )
    return redirect("desk:coverage")


@duty("org.coverage")
@require_safe
def export(request: OfficerRequest) -> FileResponse:
    """Give every place of every gap, every load and everybody without any as an Excel file."""
    on = asked_day(request)
    areas = asked_areas(request, on)
    return downloads.sent(
        f"coverage-{on:%Y%m%d}.xlsx",
        lambda file: spreadsheets.write_tables(file, proof.tables(request.user, on, areas)),
    )
