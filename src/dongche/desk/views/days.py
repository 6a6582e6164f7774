"""The day a page speaks of, from its address."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest

from dongche.desk.areas import asked_areas
from dongche.desk.instants import asked_instant
from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.request import OfficerRequest
from dongche.web import campaign


class NotADay(Problem):
    code = "desk.not_a_day"
    status = 400
    message = N_("“%(given)s” is not a day between %(first)s and %(last)s. Choose one, as in 2020-03-20.")


def asked_day(request: HttpRequest) -> date:
    """The day in ?on=, today when there is none; never before the campaign, never in the future."""
    today, first = clock.today(), campaign.current().campaign.from_on
    given = request.GET.get("on", "")
    if not given:
        return today
    try:
        day = date.fromisoformat(given)
    except ValueError:
        day = None
    if day is None or not first <= day <= today:
        raise NotADay(given=given[:20], first=first, last=today)
    return day


def of_the_day(request: OfficerRequest) -> dict[str, Any]:
    """What every page of a day needs: the day, time and sub-districts that were asked for, and the days there are."""
    on = asked_day(request)
    first = campaign.current().campaign.from_on
    return {
        "on": on,
        "areas": asked_areas(request, on),
        "first": first,
        "today": clock.today(),
        "known_at": asked_instant(request),
    }
