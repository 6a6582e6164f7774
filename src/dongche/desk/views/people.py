"""The organisation as it is drawn, and the day of each of its people."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dongche.desk import my_day, organisation
from dongche.desk.views.days import asked_day
from dongche.kit import clock
from dongche.org.request import OfficerRequest
from dongche.web import campaign
from dongche.web.access import duty
from dongche.web.components import Tab


@duty("org.read")
@require_safe
def structure(request: OfficerRequest) -> HttpResponse:
    """Draw the command structure: as a chart, as lines × blocks, on the map."""
    on = asked_day(request)
    view = request.GET.get("view", "")
    view = view if view in organisation.VIEWS else organisation.VIEWS[0]
    labels = {"chart": _("Chart"), "matrix": _("Lines × blocks"), "map": _("Map")}
    kept = {name: value for name in ("on", "unit") if (value := request.GET.get(name, ""))}
    tabs = [
        Tab(labels[name], "?" + urlencode({**kept, "view": name}), name == view)
        for name in organisation.VIEWS
    ]
    context = {
        "drawn": organisation.build(request.user, on, request.GET.get("unit", "")),
        "view": view,
        "tabs": tabs,
        "on": on,
        "first": campaign.current().campaign.from_on,
        "today": clock.today(),
    }
    return render(request, "desk/organisation.html", context)


@duty("desk.overview")
@require_safe
def day(request: OfficerRequest) -> HttpResponse:
    """Show what the officer has to do today, by the posts they hold or act in."""
    on = clock.today()
    return render(request, "desk/my_day.html", {"day": my_day.build(request.user, on), "on": on})
