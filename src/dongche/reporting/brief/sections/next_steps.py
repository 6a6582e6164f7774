"""九 下一步: what the data ask for, by rule; nothing here is a promise that somebody made."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext

from dongche.registry.queries import ANY_GAP, Coverage, Gap
from dongche.reporting.brief.context import Context
from dongche.reporting.brief.model import Beside, FigureRef, Part, Section, Sentence
from dongche.reporting.brief.sections.guarantees import threshold
from dongche.reporting.brief.sections.units import is_comparable
from dongche.reporting.brief.sentences import joined, listed, sentence


def section(context: Context) -> Section:
    """This function will list the next steps that follow from the figures."""
    steps = (_chase(context), _lowest_cells(context), _duties(context), _masks(context))
    return Section(gettext("Next steps"), tuple(step for step in steps if step))


def _chase(context: Context) -> Sentence | None:
    """Who still has to be asked, and where most of them are."""
    figure = context.figure("reporting_rate")
    if not figure.denominator:
        return None
    if figure.numerator == figure.denominator:
        return sentence(gettext("Reports: every place that should report has done so."))
    waiting: list[tuple[int, str]] = []
    for key in context.keys("community"):
        one = context.figure("reporting_rate", scope={"community": key})
        missing = (one.denominator or 0) - (one.numerator or 0)
        if missing:
            waiting.append((missing, key))
    waiting.sort(key=lambda item: (-item[0], item[1]))
    return sentence(
        gettext("Reports: ask today for the %(missing)s that are missing, first in %(communities)s."),
        missing=context.ref("reporting_rate", Part.REST),
        communities=listed(
            [
                sentence(
                    gettext("%(unit)s (%(count)s)"),
                    unit=context.label("community", key),
                    count=context.ref("reporting_rate", Part.REST, scope={"community": key}),
                )
                for _, key in waiting[: context.rules.named_most]
            ]
        ),
    )


def _lowest_cells(context: Context) -> Sentence | None:
    """The lines in communities that hold the rate down: below the whole, and large enough to say so."""
    whole = context.total.value
    cells = [
        one
        for (metric, on, scope), one in context.measured.items()
        if metric == "resumption_rate"
        and on == context.on
        and [name for name, _ in scope] == ["community", "line"]
        and "unknown" not in one.scope.values()
        and is_comparable(one, context.rules.comparable_from)
        and whole is not None
        and one.value is not None
        and one.value < whole
    ]
    if not cells:
        return None
    cells.sort(key=lambda one: (one.value, -(one.denominator or 0), sorted(one.scope.items())))
    return sentence(
        gettext("Lowest rates: help place by place, line and community together, at %(cells)s."),
        cells=listed(
            [
                sentence(
                    gettext("%(line)s in %(community)s %(rate)s"),
                    line=context.label("line", one.scope["line"]),
                    community=context.label("community", one.scope["community"]),
                    rate=context.ref("resumption_rate", beside=Beside.BRACKETS, scope=one.scope),
                )
                for one in cells[: context.rules.named_most]
            ]
        ),
    )


def _duties(context: Context) -> Sentence | None:
    """Whether every place has its four responsible people (S30), or where the gaps are."""
    found = context.coverage
    if found is None or not found.places:
        return None
    if found.is_complete:
        return sentence(
            gettext("Responsibility: all %(places)s places have their four responsible people; keep it so."),
            places=context.ref("resumption_rate", Part.DENOMINATOR),
        )
    without = _in_gap(
        context, context.count("without_duty", found.places - found.covered, found.places), ANY_GAP
    )
    return joined(
        [
            sentence(gettext("Responsibility: fill the gaps of %(without)s places."), without=without),
            sentence(
                gettext("Largest gaps: %(gaps)s."),
                gaps=listed([_gap(context, found, gap) for gap in found.gaps[: context.rules.named_most]]),
            ),
        ]
    )


def _in_gap(context: Context, ref: FigureRef, gap: str) -> FigureRef:
    return replace(ref, rows={"gap": gap, **context.rows(context.on, "")})


def _gap(context: Context, coverage: Coverage, gap: Gap) -> Sentence:
    scope = {"role": gap.role, "cause": gap.cause}
    ref = context.count("gap", gap.count, coverage.places, scope)
    code = gap.unit.code if gap.unit else ""
    ref = _in_gap(context, ref, f"{gap.role}:{gap.cause}:{code}")
    role, cause = context.label("role", gap.role), context.label("cause", gap.cause)
    if gap.unit is None:
        return sentence(gettext("%(role)s, %(cause)s: %(count)s"), role=role, cause=cause, count=ref)
    return sentence(
        gettext("%(role)s of %(unit)s, %(cause)s: %(count)s"),
        role=role,
        unit=context.place_of(gap.unit),
        cause=cause,
        count=ref,
    )


def _masks(context: Context) -> Sentence | None:
    told, short = context.day.total("masks_told"), context.day.total("masks_short")
    if not short:
        return None
    least = threshold()
    return sentence(
        gettext("Supplies: find masks first for the %(short)s places with fewer than %(days)s days."),
        short=context.count("masks_short", short, told),
        days=least,
    )
