"""The places behind a count of the brief: what a click on the figure lists, and a filter of its own in the list."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.registry.queries import Places
from dongche.reporting.brief.data import RESUMED
from dongche.reporting.figures import cut_off
from dongche.reporting.models import Difficulty, State
from dongche.reporting.queries import Reports
from dongche.web import campaign

SAID: tuple[tuple[str, str | Promise], ...] = (
    ("newly_resumed", _("Newly resumed")),
    ("stopped", _("No longer open")),
    ("silent", _("Silent after resuming")),
    ("ever_resumed", _("Ever resumed")),
    ("masks_told", _("Mask stock reported")),
    ("masks_short", _("Short of masks")),
    ("temperature_told", _("Temperatures reported")),
    ("staff_told", _("Staff due and at post reported")),
    ("output_told", _("Output reported")),
    ("output_compared", _("Output and normal output reported")),
    ("normal_untold", _("Normal output missing")),
    ("producing", _("Output above zero")),
    ("on_time", _("Reported in time")),
    ("late", _("Reported late")),
    ("same_as_yesterday", _("Same as yesterday")),
    ("difficulty_any", _("Any difficulty")),
    *Difficulty.choices,
)


# What a report must say for its place to be in the list.
TOLD = {
    "temperature_told": Q(abnormal_temperature__isnull=False),
    "staff_told": Q(staff_due__isnull=False, staff_at_post__isnull=False),
    "output_told": Q(output_fen__isnull=False),
    "output_compared": Q(output_fen__isnull=False, output_normal_fen__gt=0),
    "normal_untold": Q(output_normal_fen__isnull=True) | Q(output_normal_fen=0),
    "producing": Q(output_fen__gt=0),
    "same_as_yesterday": Q(same_as_yesterday=True),
}


class NothingSaid(Problem):
    code = "reporting.nothing_said"
    status = 404
    message = N_("Places cannot be listed by what they reported as “%(given)s”. Possible are: %(expected)s.")


def said(places: Places, on: date, what: str) -> Places:
    """This function will narrow places to those that a count of the brief of a day counts, as known now.

    Raises: NothingSaid – there is no such count
    """
    if what not in dict(SAID):
        raise NothingSaid(given=what, expected=", ".join(dict(SAID)))
    return places.active(on).filter(*_conditions(on, what))


def _conditions(on: date, what: str) -> list[Any]:
    today = _reports().current(on)
    match what:
        case "newly_resumed":
            return [Exists(today.filter(state__in=RESUMED)), ~_resumed_before(on)]
        case "stopped":
            return [Exists(today.filter(state=State.CLOSED)), _resumed_before(on)]
        case "silent":
            return [~Exists(today), _resumed_before(on)]
        case "ever_resumed":
            since = campaign.current().campaign.from_on
            found = _reports().filter(
                on__gte=since, on__lte=on, superseded_at__isnull=True, state__in=RESUMED
            )
            # Most places are open today, and one look then answers for all days.
            return [Q(Exists(today.filter(state__in=RESUMED))) | Q(Exists(found))]
        case "on_time":
            until = cut_off(on)
            return [Exists(today.filter(received_at__lte=until) if until else today.none())]
        case "late":
            until = cut_off(on)
            return [Exists(today.filter(received_at__gt=until) if until else today.none())]
        case told if told in TOLD:
            return [Exists(today.filter(TOLD[told]))]
        case "masks_told":
            return [Exists(today.filter(mask_days__isnull=False))]
        case "masks_short":
            return [Exists(today.filter(mask_days__lt=campaign.current().masks_low_below))]
    named = '"' if what == "difficulty_any" else f'"{what}"'
    return [Exists(today.alias(named=Cast("difficulties", TextField())).filter(named__contains=named))]


def _reports() -> Reports:
    return Reports.unscoped(reason="joined to places that are already scoped").filter(entity=OuterRef("pk"))


def _resumed_before(on: date) -> Exists:
    """Whether the place was resumed the day before, and counted then."""
    before = on - timedelta(days=1)
    expected = Places.unscoped(reason="joined to places that are already scoped").active(before)
    reports = Reports.unscoped(reason="joined to places that are already scoped").current(before)
    return Exists(
        expected.filter(pk=OuterRef("pk")).filter(
            Exists(reports.filter(entity=OuterRef("pk"), state__in=RESUMED))
        )
    )
