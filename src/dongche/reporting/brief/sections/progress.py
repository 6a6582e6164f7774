"""二 今日新增与累计: who resumed today, who fell back, how many ever resumed."""

from __future__ import annotations

from django.utils.translation import gettext

from dongche.reporting.brief.context import Context
from dongche.reporting.brief.model import Section
from dongche.reporting.brief.sentences import joined, sentence
from dongche.web import campaign
from dongche.web.templatetags import web


def section(context: Context) -> Section:
    """This function will say what is new today and what has come together so far."""
    day = context.day
    since = web.day(campaign.current().campaign.from_on)
    title = gettext("New today and cumulative")
    ever = sentence(
        gettext("Since %(since)s, places that resumed on at least one day: %(ever)s."),
        since=since,
        ever=context.count("ever_resumed", day.ever_resumed, day.expected),
    )
    if not day.cells:
        none = sentence(gettext("No report has come in for the day, so nothing new can be counted."))
        return Section(title, (joined([none, ever]),))
    newly = sentence(
        gettext("Newly resumed today (and not yesterday): %(newly)s."),
        newly=context.count("newly_resumed", day.total("newly_resumed"), day.expected),
    )
    back = sentence(
        gettext(
            "Of those resumed yesterday, %(stopped)s report today that they are not open, %(silent)s have not reported."
        ),
        stopped=context.count("stopped", day.stopped, day.expected),
        silent=context.count("silent", day.silent, day.expected),
    )
    return Section(title, (joined([newly, ever, back]),))
