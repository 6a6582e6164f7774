"""三 条 and 四 块: the same figures by the departments that manage and by the communities that answer.

A district compares its sub-districts instead: each has departments of its own, and its communities are too many for a
table.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext

from dongche.analytics.figures import Figure
from dongche.reporting.brief.context import Context
from dongche.reporting.brief.model import Beside, Name, Part, Piece, Section, Sentence, Table
from dongche.reporting.brief.sentences import joined, listed, sentence


def lines(context: Context) -> Section | None:
    """This function will set out the lines: who manages which places, and how far they are; or the sub-districts."""
    if context.are_several:
        return _section(context, "subdistrict", gettext("By sub-district"), gettext("Sub-district"))
    return _section(context, "line", gettext("By line"), gettext("Line"))


def communities(context: Context) -> Section | None:
    """This function will set out the blocks: each community with its places."""
    return _section(context, "community", gettext("By community"), gettext("Community"))


def _section(context: Context, dimension: str, title: str, heading: str) -> Section | None:
    keys = context.keys(dimension)
    if not keys:
        return None
    columns = (
        heading,
        gettext("Should resume"),
        gettext("Resumed"),
        gettext("Resumption rate"),
        gettext("Since yesterday (points)"),
        gettext("Reported"),
        gettext("Not reported"),
    )
    said = _said(context, dimension, keys)
    if context.are_several and dimension == "community":
        return Section(title, (said,)) if said else None
    table = Table(columns, tuple(row(context, dimension, key) for key in keys))
    return Section(title, (said,) if said else (), (table,))


def row(context: Context, dimension: str, key: str) -> tuple[Piece, ...]:
    """The name of a line, community or focus with its places, resumed ones, rate, change and reports."""
    scope = {dimension: key}
    return (
        Name(context.label(dimension, key)),
        context.ref("resumption_rate", Part.DENOMINATOR, scope=scope),
        context.ref("resumption_rate", Part.NUMERATOR, scope=scope),
        context.ref("resumption_rate", Part.SHORT, scope=scope),
        context.change("resumption_rate", scope=scope),
        context.ref("reporting_rate", Part.NUMERATOR, scope=scope),
        context.ref("reporting_rate", Part.REST, scope=scope),
    )


def measured(context: Context, dimension: str, keys: Sequence[str]) -> list[tuple[Decimal, str]]:
    """The units that have a rate, the lowest first; a unit that is not known is no unit to compare."""
    found = (
        (context.figure("resumption_rate", scope={dimension: key}), key) for key in keys if key != "unknown"
    )
    return sorted((figure.value, key) for figure, key in found if figure.value is not None)


def _said(context: Context, dimension: str, keys: Sequence[str]) -> Sentence | None:
    """Who leads and who is last, when there is something to compare."""
    ranked = measured(context, dimension, keys)
    if len(ranked) < 2 or ranked[0][0] == ranked[-1][0]:
        return None

    def named(key: str) -> Sentence:
        rate = context.ref("resumption_rate", beside=Beside.BRACKETS, scope={dimension: key})
        return sentence(gettext("%(unit)s %(rate)s"), unit=context.label(dimension, key), rate=rate)

    highest = [key for value, key in ranked if value == ranked[-1][0]][: context.rules.named_most]
    lowest = [key for value, key in ranked if value == ranked[0][0]][: context.rules.named_most]
    return joined(
        [
            sentence(gettext("Highest: %(units)s."), units=listed([named(key) for key in highest])),
            sentence(gettext("Lowest: %(units)s."), units=listed([named(key) for key in lowest])),
        ]
    )


def is_comparable(figure: Figure, least: int) -> bool:
    """Whether a figure rests on enough places to be named as low or high."""
    return figure.value is not None and (figure.denominator or 0) >= least
