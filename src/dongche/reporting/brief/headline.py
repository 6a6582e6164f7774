"""The headline of a brief, by rule from the resumption rate and the day before."""

from __future__ import annotations

from django.utils.translation import gettext

from dongche.reporting.brief import wording
from dongche.reporting.brief.context import Context
from dongche.reporting.brief.model import Sentence
from dongche.reporting.brief.sentences import sentence


def headline(context: Context) -> Sentence:
    """This function will say in one line where the rate went: up, down, held, first known, or not known."""
    now, before = context.total, context.figure("resumption_rate", context.before)
    if now.value is None:
        return sentence(
            gettext("No resumption rate for %(scope)s: %(reason)s"),
            scope=context.scope,
            reason=wording.reason(now),
        )
    moved = wording.difference(now, before)
    if moved is None:
        pattern = gettext("Resumption rate of %(scope)s is %(rate)s")
    elif abs(moved) < context.rules.level_below or not moved:
        pattern = gettext("Resumption rate of %(scope)s holds at %(rate)s")
    elif moved > 0:
        pattern = gettext("Resumption rate of %(scope)s rises to %(rate)s")
    else:
        pattern = gettext("Resumption rate of %(scope)s falls to %(rate)s")
    return sentence(pattern, scope=context.scope, rate=context.ref("resumption_rate"))
