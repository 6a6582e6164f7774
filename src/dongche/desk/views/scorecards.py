from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dongche.desk import contribution, scorecards
from dongche.desk.views import drilled
from dongche.org.request import OfficerRequest
from dongche.web.access import duty


@duty("desk.overview")
@require_safe
def both(request: OfficerRequest) -> HttpResponse:
    """Show epidemic control and the economy beside each other."""
    context = drilled.asked(request, "desk:scorecards")
    context["page"] = scorecards.build(request.user, context["on"], context["areas"], context["known_at"])
    context["shares"] = contribution.build(request.user, context["on"], context["areas"], context["known_at"])
    context["can_enter"] = request.user.has_duty("reporting.superior")
    return render(request, "desk/scorecards.html", context)
