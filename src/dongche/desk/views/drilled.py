"""The pages behind the overview: which there are, and what their addresses have in common."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext

from dongche.desk.instants import asked_instant
from dongche.desk.narrowing import Narrowed, asked_places
from dongche.desk.views.days import asked_day
from dongche.kit import clock
from dongche.kit.messages import N_
from dongche.org.request import OfficerRequest
from dongche.web import campaign
from dongche.web.components import Tab

PAGES: Final = (
    ("desk:overview", N_("Overview")),
    ("desk:league", N_("Fair comparison")),
    ("desk:scorecards", N_("Two scorecards")),
    ("desk:velocity", N_("Speed of resumption")),
)


def tabs(areas: Narrowed, current: str) -> list[Tab]:
    """The overview and the pages behind it, each under the same filters, day and instant."""
    said = {name: value for name, value in (areas.carried or {}).items() if name not in ("by", "metric")}
    query = urlencode({**said, **(areas.asked or {})})
    return [
        Tab(gettext(label), reverse(name) + (f"?{query}" if query else ""), name == current)
        for name, label in PAGES
    ]


def asked(request: OfficerRequest, current: str) -> dict[str, Any]:
    """What each of the pages needs: day, instant, places, the days there are, and the way to the others."""
    on = asked_day(request)
    areas = asked_places(request, on)
    return {
        "on": on,
        "areas": areas,
        "known_at": asked_instant(request),
        "first": campaign.current().campaign.from_on,
        "today": clock.today(),
        "tabs": tabs(areas, current),
    }
