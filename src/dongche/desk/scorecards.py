"""Two scorecards beside each other: epidemic control in one hand, the economy in the other (S105, S110).

Neither hides the other: each says what was met and what was not, and a source that does not exist yet says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext

from dongche.analytics.figures import Figure
from dongche.desk.links import list_url
from dongche.desk.measured import definition_of, in_people_unit
from dongche.desk.narrowing import Narrowed
from dongche.kit import clock
from dongche.kit.decimals import percent
from dongche.org.models import Officer
from dongche.org.queries import duties_on
from dongche.registry.queries import ANY_GAP, Places, gaps
from dongche.reporting import evidence, figures, keeping, silence, velocity
from dongche.reporting import queries as reporting
from dongche.reporting.brief import rows as counted
from dongche.reporting.brief.context import LISTS
from dongche.reporting.brief.model import Part
from dongche.web import campaign
from dongche.web.languages import in_language
from dongche.web.spreadsheets import Table

ECONOMY: Final = (
    "resumption_rate", "production_rate", "capacity_recovery_rate", "return_to_post_rate",
    "electricity_resumption_rate", "electricity_production_rate",
)  # fmt: skip
CONTROL: Final = ("reporting_rate", "reporting_rate_on_time")


@dataclass(frozen=True)
class Line:
    """One line of a scorecard.

    Units: `value` in per cent, or `count` in places; `numerator` ÷ `denominator` are its parts
    Empty: neither value nor count and a `missing` that says why; never 0 for want of data
    """

    name: str
    code: str
    value: Decimal | None = None
    count: int | None = None
    numerator: Any = None
    denominator: Any = None
    url: str = ""
    target: Decimal | None = None
    definition: str = ""
    formula: str = ""
    missing: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None without one or without a value."""
        return None if self.target is None or self.value is None else self.value >= self.target


@dataclass(frozen=True)
class Card:
    name: str
    code: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Page:
    places: int
    cards: Sequence[Card]


def build(officer: Officer, on: date, areas: Narrowed, known_at: datetime | None = None) -> Page:
    """This function will fill both cards for a day, under the filters of the page.

    Shape: figures as known now or at the instant; what only today's rows can say is left out of an earlier instant
    """
    found = {
        one.metric: one
        for one in figures.measure(
            officer, days=(on,), as_known=known_at, metrics=(*ECONOMY, *CONTROL), where=areas.where
        )
    }
    places = areas.within(Places.counted_for(officer, on))
    economy = [_figure(found.get(metric), metric, areas, on) for metric in ECONOMY]
    control = [_figure(found.get(metric), metric, areas, on) for metric in CONTROL]
    economy += [
        _velocity(officer, on, areas, known_at),
        _not_yet("relief", gettext("Subsidies and relief claimed")),
    ]
    control += _now(places, on, areas) if known_at is None else [_only_now()]
    control += [
        _not_yet("patrol", gettext("Patrol checks and findings overdue")),
        _not_yet("undertakings", gettext("Undertakings signed")),
    ]
    expected = (found["reporting_rate"].denominator or 0) if "reporting_rate" in found else 0
    return Page(
        expected,
        [
            Card(gettext("Economy"), "economy", economy),
            Card(gettext("Epidemic control"), "control", control),
        ],
    )


def _not_yet(code: str, name: str) -> Line:
    return Line(name, code, missing=gettext("not yet recorded"))


def _only_now() -> Line:
    return Line(
        gettext("Responsibility, silence, evidence, supplies"),
        "only_now",
        missing=gettext("known as of now only, not as of then"),
    )


def _figure(figure: Figure | None, metric: str, areas: Narrowed, on: date) -> Line:
    names = figures.definitions().versions(metric)[-1].names
    if figure is None:
        return Line(in_language(names), metric, missing=gettext("not in force"))
    definition = definition_of(figure)
    if figure.value is None and metric.startswith("electricity"):
        return Line(
            in_language(names),
            metric,
            missing=gettext("no electricity read yet"),
            definition=figure.definition,
        )
    state, said = LISTS.get((metric, Part.VALUE), ("expected", ""))
    if metric == "reporting_rate":
        state, said = "reported", ""
    return Line(
        in_language(names),
        metric,
        value=figure.value,
        numerator=in_people_unit(figure, figure.numerator),
        denominator=in_people_unit(figure, figure.denominator),
        url=list_url(**{"state": state, "said": said, **areas.behind(on)}),
        target=campaign.current().targets.get(metric),
        definition=figure.definition,
        formula=in_language(definition.formulas),
        missing="" if figure.value is not None else gettext("no value"),
    )


def _velocity(officer: Officer, on: date, areas: Narrowed, known_at: datetime | None) -> Line:
    name, meaning = gettext("Newly resumed on the day"), velocity.meaning_on(on)
    if meaning is None or on <= campaign.current().campaign.from_on:
        return Line(name, "newly_resumed", missing=gettext("no day before"))
    (moves,) = velocity.moves(officer, [on], as_known=known_at, where=areas.where)
    return Line(
        name,
        "newly_resumed",
        count=moves.newly,
        url=list_url(**{"said": "newly_resumed", **areas.behind(on)}),
        formula=gettext("Open on the day and not the day before"),
    )


def _now(places: Places, on: date, areas: Narrowed) -> list[Line]:
    """What the rooms know now: who answers, who is silent, what speaks against reports, supplies and temperatures."""
    behind = areas.behind(on)

    def url(**what: str) -> str:
        return list_url(**{**behind, **what})

    duties = duties_on(on)
    covered = gaps.coverage(places, on, duties)
    days = campaign.current().reminders_on(on).responsible_days
    is_metered = evidence.newest_reading(on) == on
    keeping.bring(places, on, clock.now())
    strengths = keeping.summary(places, on).strengths
    contradicted = strengths["contradicted"]
    masks_told, masks_short = (
        counted.said(places, on, what).count() for what in ("masks_told", "masks_short")
    )
    focus = places.filter(focus__gt="")
    focus_places = reporting.count_in_state(focus, on, "expected")
    focus_reported = reporting.count_in_state(focus, on, "reported")
    return [
        Line(
            gettext("Places for which all roles are filled"),
            "covered",
            value=percent(covered.covered, covered.places) if covered.places else None,
            numerator=covered.covered,
            denominator=covered.places,
            url=url(gap=ANY_GAP),
            formula=gettext("Places with somebody in every role ÷ places that should resume; the link lists the rest"),
            missing="" if covered.places else gettext("no value"),
        ),
        Line(
            gettext("No report for %(days)s days running")
            % {"days": days},
            "silent",
            count=silence.silent(places, on, days).count(),
            url=url(silent=str(days), whose="units"),
        ),
        Line(
            gettext("Reports that another source contradicts"),
            "contradicted",
            # Without readings none found is no all-clear; what a visit or a call found is.
            count=contradicted if is_metered or contradicted else None,
            url=url(evidence="contradicted"),
            missing="" if is_metered or contradicted else gettext("no electricity read yet"),
        ),
        Line(
            gettext("Reports open to doubt"),
            "doubtful",
            count=strengths["doubtful"],
            url=url(evidence="doubtful"),
        ),
        Line(
            gettext("Focus places that reported"),
            "focus_reported",
            value=percent(focus_reported, focus_places) if focus_places else None,
            numerator=focus_reported,
            denominator=focus_places,
            url=url(focus=behind.get("focus", "any"), state="reported") if focus_places else "",
            missing="" if focus_places else gettext("no focus places here"),
        ),
        Line(
            gettext("Short of masks"),
            "masks_short",
            count=masks_short if masks_told else None,
            numerator=masks_short,
            denominator=masks_told,
            url=url(said="masks_short"),
            formula=gettext("Of the places that reported their mask stock"),
            missing="" if masks_told else gettext("not yet reported"),
        ),
    ]  # fmt: skip


def table(page: Page) -> Table:
    """This function will give both cards as rows of a spreadsheet."""
    headers = [
        gettext("Scorecard"), gettext("Line"), gettext("Value (%)"), gettext("Places"), gettext("Numerator"),
        gettext("Denominator"), gettext("Target (%)"), gettext("Definition"), gettext("Formula"), gettext("Remark"),
    ]  # fmt: skip
    rows = [
        [
            card.name, line.name, line.value, line.count, line.numerator, line.denominator, line.target,
            line.definition, line.formula, line.missing,
        ]
        for card in page.cards
        for line in card.lines
    ]  # fmt: skip
    return Table(gettext("Two scorecards"), headers, rows)
