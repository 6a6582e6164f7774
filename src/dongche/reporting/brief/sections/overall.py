"""一 总体情况: the rates with their parts, against yesterday; who has reported, and in time."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext

from dongche.analytics.figures import Figure
from dongche.reporting import figures
from dongche.reporting.brief import counts, wording
from dongche.reporting.brief.context import ALL, METRICS, Context, Scope
from dongche.reporting.brief.model import Beside, Name, Part, Piece, Section, Sentence, Table
from dongche.reporting.brief.sentences import joined, sentence
from dongche.web.templatetags import web


def section(context: Context) -> Section:
    """This function will say where the day stands."""
    paragraphs = [joined([_resumption(context), *_week(context, "resumption_rate"), *_reporting(context)])]
    baseline = context.figure("capacity_recovery_rate")
    if baseline.value is not None:
        paragraphs.append(_capacity(context))
    return Section(gettext("Overall situation"), tuple(paragraphs), (_table(context),))


def change(context: Context, metric: str, beside: Beside = Beside.COMMA, scope: Scope = ALL) -> Sentence:
    """How a metric stands against the day before, in words: risen, fallen, unchanged or not comparable."""
    now = context.figure(metric, scope=scope)
    before = context.figure(metric, context.before, scope=scope)
    ref = context.ref(metric, Part.VALUE, beside, on=context.before, scope=scope)
    if before.value is None:
        reason = wording.reason(before)
        return sentence(gettext("no figure for yesterday to compare with: %(reason)s"), reason=reason)
    if now.definition != before.definition:
        return sentence(gettext("not comparable with yesterday, as the definition has changed"))
    moved = wording.difference(now, before)
    if not moved:
        return sentence(gettext("unchanged from yesterday (%(before)s)"), before=ref)
    if abs(moved) < context.rules.level_below:
        points = context.change(metric, Part.CHANGE, scope=scope)
        return sentence(
            gettext("basically level with yesterday (%(before)s; %(points)s points)"),
            points=points,
            before=ref,
        )
    points = context.change(metric, Part.POINTS, scope=scope)
    return sentence(_moved(context, moved), points=points, before=ref)


def _moved(context: Context, moved: Decimal) -> str:
    """The pattern for a change that is worth a word, by the rules of wording of the day."""
    if abs(moved) >= context.rules.marked_from:
        if moved > 0:
            return gettext("markedly up on yesterday (%(before)s), by %(points)s percentage points")
        return gettext("markedly down on yesterday (%(before)s), by %(points)s percentage points")
    if moved > 0:
        return gettext("%(points)s percentage points up on yesterday (%(before)s)")
    return gettext("%(points)s percentage points down on yesterday (%(before)s)")


def _week(context: Context, metric: str) -> list[Sentence]:
    """How a metric stands against the same day of the week before; nothing where that day has no figure to compare."""
    before = context.figure(metric, context.week_before)
    moved = wording.difference(context.figure(metric), before)
    if moved is None:
        return []
    if abs(moved) < context.rules.level_below or not moved:
        pattern = gettext("Against %(day)s, a week ago (%(before)s), it is basically level.")
    elif moved > 0:
        pattern = gettext(
            "Against %(day)s, a week ago (%(before)s), it is %(points)s percentage points higher."
        )
    else:
        pattern = gettext(
            "Against %(day)s, a week ago (%(before)s), it is %(points)s percentage points lower."
        )
    return [
        sentence(
            pattern,
            day=web.day(context.week_before),
            before=context.ref(metric, Part.VALUE, on=context.week_before),
            points=context.change(metric, Part.POINTS, since=context.week_before),
        )
    ]


def _resumption(context: Context) -> Sentence:
    moment = web.moment(context.as_known, "long")
    rate = context.ref("resumption_rate", beside=Beside.BRACKETS)
    if context.total.value is None:
        return sentence(
            gettext("As of %(moment)s, the resumption rate of %(scope)s is %(rate)s."),
            moment=moment,
            scope=context.scope,
            rate=rate,
        )
    return sentence(
        gettext(
            "As of %(moment)s, %(expected)s places should resume in %(scope)s and %(resumed)s have: "
            "a resumption rate of %(rate)s, %(change)s."
        ),
        moment=moment,
        scope=context.scope,
        expected=context.ref("resumption_rate", Part.DENOMINATOR),
        resumed=context.ref("resumption_rate", Part.NUMERATOR),
        rate=rate,
        change=change(context, "resumption_rate"),
    )


def _reporting(context: Context) -> list[Sentence]:
    rate = context.figure("reporting_rate")
    if rate.value is None:
        return []
    said = [
        sentence(
            gettext(
                "Places due to report: %(expected)s; reported: %(reported)s, a rate of %(rate)s; missing: %(rest)s."
            ),
            expected=context.ref("reporting_rate", Part.DENOMINATOR),
            reported=context.ref("reporting_rate", Part.NUMERATOR),
            rate=context.ref("reporting_rate", beside=Beside.BRACKETS),
            rest=context.ref("reporting_rate", Part.REST),
        )
    ]
    cut_off = figures.cut_off(context.on)
    if cut_off is not None:
        said.append(
            sentence(
                gettext("Reported by %(cut_off)s: %(on_time)s."),
                cut_off=web.clock(cut_off),
                on_time=context.ref("reporting_rate_on_time", beside=Beside.BRACKETS),
            )
        )
    if rate.numerator != rate.denominator:
        said.append(sentence(gettext("A place that has not reported is not counted as resumed.")))
    return said


def _capacity(context: Context) -> Sentence:
    metric = "capacity_recovery_rate"
    said = [
        sentence(
            gettext(
                "The capacity recovery rate is %(rate)s, %(change)s; it rests on %(coverage)s of the resumed places."
            ),
            rate=context.ref(metric, beside=Beside.BRACKETS),
            change=change(context, metric, Beside.NOTHING),
            coverage=context.ref(metric, Part.COVERAGE),
        ),
        *_week(context, metric),
    ]
    if context.figure(metric).excluded:
        said.append(
            sentence(
                gettext("Left out, as they give no normal output: %(excluded)s."),
                excluded=context.ref(metric, Part.EXCLUDED),
            )
        )
    return joined(said)


def _table(context: Context) -> Table:
    columns = (
        gettext("Figure"),
        gettext("Today"),
        gettext("Numerator/denominator"),
        gettext("Yesterday"),
        gettext("Since yesterday (points)"),
        gettext("Since last week (points)"),
        gettext("Share with data"),
    )
    return Table(columns, tuple(_row(context, metric) for metric in METRICS))


def _row(context: Context, metric: str) -> tuple[Piece, ...]:
    return (
        Name(name_of(context.figure(metric))),
        context.ref(metric, Part.SHORT),
        context.ref(metric, Part.PARTS),
        context.ref(metric, Part.SHORT, on=context.before),
        context.change(metric),
        context.change(metric, since=context.week_before),
        context.ref(metric, Part.COVERAGE),
    )


def name_of(figure: Figure) -> str:
    found = counts.meaning(figure.definition)
    return found.name if found else figure.metric
