"""八 存在问题: what stands in the way, by kind, and where the rate is lowest."""

from __future__ import annotations

from django.utils.translation import gettext

from dongche.reporting.brief.context import ALL, Context, Scope
from dongche.reporting.brief.model import Beside, Part, Section, Sentence
from dongche.reporting.brief.sections.units import is_comparable, measured
from dongche.reporting.brief.sentences import joined, listed, sentence


def section(context: Context) -> Section:
    """This function will name the difficulties and the places they weigh on most."""
    title = gettext("Problems")
    day = context.day
    if not day.cells:
        return Section(
            title, (sentence(gettext("No report has come in for the day, so no difficulty is known.")),)
        )
    found = day.difficulties(ALL)
    if not found:
        said = sentence(gettext("No place that reported named a difficulty."))
    else:
        said = sentence(
            gettext(
                "Places that named a difficulty: %(any)s of %(reported)s that reported. By kind: %(kinds)s."
            ),
            any=context.count("difficulty_any", day.total("difficulty_any"), day.total("reported")),
            reported=context.ref("reporting_rate", Part.NUMERATOR),
            kinds=listed([_kind(context, kind, count, day.total("reported")) for kind, count in found]),
        )
    lowest = [text for text in (_lowest(context, "community"), _lowest(context, "line")) if text]
    return Section(title, (said, *((joined(lowest),) if lowest else ())))


def _kind(context: Context, kind: str, count: int, reported: int, scope: Scope = ALL) -> Sentence:
    ref = context.count("difficulty", count, reported, scope={**scope, "difficulty": kind})
    return sentence(gettext("%(kind)s %(count)s"), kind=context.label("difficulty", kind), count=ref)


def _lowest(context: Context, dimension: str) -> Sentence | None:
    """The unit with the lowest rate, with what is named most often there; nothing when all are alike."""
    ranked = [
        (value, key)
        for value, key in measured(context, dimension, context.keys(dimension))
        if is_comparable(
            context.figure("resumption_rate", scope={dimension: key}), context.rules.comparable_from
        )
    ]
    if len(ranked) < 2 or ranked[0][0] == ranked[-1][0]:
        return None
    key = ranked[0][1]
    rate = context.ref("resumption_rate", beside=Beside.BRACKETS, scope={dimension: key})
    unit = context.label(dimension, key)
    units = gettext("communities") if dimension == "community" else gettext("lines")
    found = context.day.difficulties({dimension: key})
    if not found:
        return sentence(
            gettext(
                "Of the %(units)s, %(unit)s has the lowest rate, %(rate)s; no difficulty was named there."
            ),
            units=units,
            unit=unit,
            rate=rate,
        )
    kind, count = found[0]
    reported = context.day.total("reported", {dimension: key})
    return sentence(
        gettext(
            "Of the %(units)s, %(unit)s has the lowest rate, %(rate)s; named most often there: %(kind)s."
        ),
        units=units,
        unit=unit,
        rate=rate,
        kind=_kind(context, kind, count, reported, {dimension: key}),
    )
