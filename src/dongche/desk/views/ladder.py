from __future__ import annotations

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dongche.desk import ladder
from dongche.desk.areas import asked_areas
from dongche.desk.views.days import asked_day
from dongche.kit import clock
from dongche.org.request import OfficerRequest
from dongche.web import campaign, downloads, spreadsheets
from dongche.web.access import duty


def _built(request: OfficerRequest) -> ladder.Ladder:
    on = asked_day(request)
    return ladder.build(request.user, on, asked_areas(request, on), request.GET.get("by", ""))


@duty("desk.overview")
@require_safe
def standing(request: OfficerRequest) -> HttpResponse:
    """Show how many places stand on which step, and lead to them."""
    context = {
        "ladder": _built(request),
        "on": asked_day(request),
        "first": campaign.current().campaign.from_on,
        "today": clock.today(),
    }
    return render(request, "desk/standing.html", context)


@duty("desk.overview")
@require_safe
def export(request: OfficerRequest) -> FileResponse:
    """Give the page as an Excel file."""
    return downloads.sent(
        f"standing-{asked_day(request):%Y%m%d}.xlsx",
        lambda file: spreadsheets.write_tables(file, [ladder.table(_built(request))]),
    )
