from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dongche.desk import overview as overviews
from dongche.desk.views.days import asked_day
from dongche.kit import clock
from dongche.org.request import OfficerRequest
from dongche.web import campaign
from dongche.web.access import duty


@duty("desk.overview")
@require_safe
def overview(request: OfficerRequest) -> HttpResponse:
    """Show where we stand: figures, matrix, curve, map, and who has not reported."""
    on, today = asked_day(request), clock.today()
    context = {
        "overview": overviews.build(request.user, on, today),
        "now": clock.now(),
        "first": campaign.current().campaign.from_on,
        "previous": on - timedelta(days=1),
        "next": on + timedelta(days=1) if on < today else None,
        "today": today,
    }
    return render(request, "desk/overview.html", context)
