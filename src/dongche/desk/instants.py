"""The time as of which a page speaks, from its address: any figure of a day as it was known then."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.web import campaign


class NotAnInstant(Problem):
    code = "desk.not_an_instant"
    status = 400
    message = N_(
        "“%(given)s” is not a time between %(first)s and now, %(now)s. Give day and time of Beijing, "
        "as in 2020-03-20T17:00."
    )


def asked_instant(request: HttpRequest) -> datetime | None:
    """The time in ?known_at=, of Beijing unless it names a zone; None is now. Nothing is known of the future."""
    given = request.GET.get("known_at", "")
    if not given:
        return None
    now, first = clock.now(), clock.beginning_of(campaign.current().campaign.from_on)
    try:
        instant = datetime.fromisoformat(given)
        instant = instant if instant.tzinfo else instant.replace(tzinfo=clock.BEIJING)
        is_known = first <= instant <= now
    except (ValueError, OverflowError):
        is_known = False
    if not is_known:
        raise NotAnInstant(given=given[:40], first=first.date(), now=in_address(now))
    return instant


def in_address(instant: datetime) -> str:
    """An instant as an address and a form field name it: Beijing time, to the second where it has any."""
    there = clock.beijing(instant).replace(tzinfo=None)
    return there.isoformat(
        timespec="microseconds" if there.microsecond else "seconds" if there.second else "minutes"
    )
