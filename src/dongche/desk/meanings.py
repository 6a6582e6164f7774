"""What each figure means: its definition, its value among different places, and a trial of another definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.analytics import definitions as dated
from dongche.analytics.definitions import Definition
from dongche.analytics.figures import Figure
from dongche.desk.areas import Areas
from dongche.desk.links import list_url
from dongche.desk.measured import in_people_unit
from dongche.kit.errors import Problem
from dongche.org.models import Officer
from dongche.reporting import figures
from dongche.reporting.brief.context import LISTS
from dongche.reporting.brief.model import Part
from dongche.web import campaign
from dongche.web.components import Chart, Series
from dongche.web.languages import in_language
from dongche.web.problems import sentence
from dongche.web.spreadsheets import Table
from dongche.web.templatetags.web import day as day_in_words

TRIED_DAYS: Final = 14
CONFIDENCE: Final = {"high": _("Documented"), "medium": _("Documented in part"), "low": _("An assumption")}
COUNTED_IN: Final = {
    "places": _("places"),
    "people": _("people"),
    "fen": _("yuan"),
    "watt_hours": _("kWh"),
    "millionths": _("places, each by its ratio"),
}
# Among whom a figure is shown beside the whole: the dimension, its heading, the filter of the list, and what the filter
# calls a value by another name.
AMONG: Final[tuple[tuple[str, Any, str, Mapping[str, str]], ...]] = (
    ("above_scale", _("Four-above"), "above_scale", {"yes": "1", "no": "0"}),
    ("category", _("Category"), "category", {}),
    ("size", _("Size"), "size", {}),
    ("focus", _("Three focuses"), "focus", {}),
    ("industry", _("Industry"), "section", {}),
)


@dataclass(frozen=True)
class Meaning:
    """A definition in the words of the page, with the figure of the day.

    Empty:  figure is None on a day on which the definition is not in force
    """

    definition: Definition
    figure: Figure | None
    rows: str

    @property
    def name(self) -> str:
        return in_language(self.definition.names)

    @property
    def formula(self) -> str:
        return in_language(self.definition.formulas)

    @property
    def note(self) -> str:
        return in_language(self.definition.notes) if self.definition.notes else ""

    @property
    def confidence(self) -> str:
        return str(CONFIDENCE[self.definition.confidence])

    @property
    def counted_in(self) -> str:
        return str(COUNTED_IN[self.definition.counted_in])

    @property
    def numerator(self) -> Decimal | int | None:
        return in_people_unit(self.figure, self.figure.numerator) if self.figure else None

    @property
    def denominator(self) -> Decimal | int | None:
        return in_people_unit(self.figure, self.figure.denominator) if self.figure else None


@dataclass(frozen=True)
class Beside:
    """One value among others of the same metric: of whom, and the list behind it."""

    name: str
    figure: Figure
    url: str

    @property
    def numerator(self) -> Decimal | int | None:
        return in_people_unit(self.figure, self.figure.numerator)

    @property
    def denominator(self) -> Decimal | int | None:
        return in_people_unit(self.figure, self.figure.denominator)


def listed(actor: Officer, on: date, areas: Areas, known_at: datetime | None = None) -> list[Meaning]:
    """This function will give every metric of the campaign with its newest definition up to a day."""
    measured = figures.measure(actor, days=(on,), as_known=known_at, where=areas.where)
    found = {one.metric: one for one in measured}
    known = figures.definitions()
    return [
        Meaning(_latest(known.versions(metric), on), found.get(metric), rows_of(metric, on, areas))
        for metric in known.metrics
    ]


def _latest(versions: Sequence[Definition], on: date) -> Definition:
    """The one in force; else the last that was, or the first that will be."""
    begun = [one for one in versions if one.from_on <= on]
    return begun[-1] if begun else versions[0]


def rows_of(metric: str, on: date, areas: Areas, **narrowed: str) -> str:
    """The address of the list behind a figure."""
    state, said = LISTS.get((metric, Part.VALUE), ("expected", ""))
    return list_url(state=state, said=said, on=on.isoformat(), **areas.kept, **narrowed)


@dataclass(frozen=True)
class Page:
    """One metric: what it means, its earlier and later versions, and the same figure among different places."""

    meaning: Meaning
    versions: Sequence[Meaning]
    among: Sequence[tuple[str, Sequence[Beside]]]

    @property
    def columns(self) -> Sequence[Sequence[tuple[str, Sequence[Beside]]]]:
        """The tables in two columns of about the same height."""
        columns: tuple[list[tuple[str, Sequence[Beside]]], ...] = ([], [])
        for one in self.among:
            min(columns, key=lambda column: sum(len(parts) + 2 for _heading, parts in column)).append(one)
        return columns


def page(actor: Officer, metric: str, on: date, areas: Areas, known_at: datetime | None = None) -> Page:
    """This function will explain a metric on a day, with its figures as known now or at an instant.

    Raises: analytics.definitions.UnknownMetric
    """
    versions = figures.definitions().versions(metric)
    defined = any(one.covers(on) for one in versions)
    by = ((), *((dimension,) for dimension, *_rest in AMONG))
    asked: dict[str, Any] = {"as_known": known_at, "by": by, "metrics": (metric,), "where": areas.where}
    found = figures.measure(actor, days=(on,), **asked) if defined else []
    whole = next((one for one in found if not one.scope), None)
    among = []
    for dimension, heading, field, filtered in AMONG:
        words = figures.labels(dimension)
        parts = [
            Beside(
                words.get(key, key),
                one,
                rows_of(metric, on, areas, **{field: filtered.get(key, key)}),
            )
            for one in found
            for key in [one.scope.get(dimension)]
            if key is not None
        ]
        if len(parts) > 1:
            among.append((str(heading), sorted(parts, key=lambda part: -(part.figure.denominator or 0))))
    rows = rows_of(metric, on, areas)
    return Page(
        Meaning(_latest(versions, on), whole, rows),
        [Meaning(one, None, rows) for one in reversed(versions)],
        among,
    )


def table(meanings: Sequence[Meaning]) -> Table:
    """The page of all definitions as a sheet of a workbook."""
    headers = [
        gettext("Figure"), gettext("Definition"), gettext("Formula"), gettext("Value (%)"), gettext("Numerator"),
        gettext("Denominator"), gettext("Data coverage"), gettext("Valid from"), gettext("Confidence"),
        gettext("Source"),
    ]  # fmt: skip
    return Table(
        gettext("Definitions"),
        headers,
        [
            [
                one.name, one.definition.code, one.formula, one.figure.value if one.figure else None, one.numerator,
                one.denominator, one.figure.coverage if one.figure else None, one.definition.from_on, one.confidence,
                one.definition.source,
            ]
            for one in meanings
        ],
    )  # fmt: skip


def text_of(metric: str) -> str:
    """This function will give the file of a metric as it lies in the pack."""
    return (campaign.current().metrics / f"{metric}.yaml").read_text(encoding="utf-8")


class TrialForm(forms.Form):
    """Another text for the file of a metric: its newest version is tried."""

    content = forms.CharField(
        label=_("Definition file"),
        max_length=20_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "class": "dc-source", "spellcheck": "false"}),
        help_text=_(
            "What may be counted: count(*), count(column) and sum(column) with FILTER (WHERE …). Anything else is "
            "refused with the reason."
        ),
    )

    def __init__(self, *given: Any, metric: str, **more: Any) -> None:
        super().__init__(*given, **more)
        self.metric = metric

    def clean_content(self) -> Definition:
        # Browsers send line ends as CR LF.
        content = self.cleaned_data["content"].replace("\r\n", "\n")
        try:
            return dated.read(self.metric, content).versions(self.metric)[-1]
        except Problem as problem:
            raise forms.ValidationError(sentence(problem)) from problem


@dataclass(frozen=True)
class Pair:
    """A figure by the definition in use and by the one that is tried."""

    name: str
    used: Figure | None
    tried: Figure | None

    @property
    def change(self) -> Decimal | None:
        """The difference in percentage points; None where one of the two has no value."""
        if self.used is None or self.tried is None or self.used.value is None or self.tried.value is None:
            return None
        return self.tried.value - self.used.value

    @property
    def numerator(self) -> Decimal | int | None:
        return in_people_unit(self.tried, self.tried.numerator) if self.tried else None

    @property
    def denominator(self) -> Decimal | int | None:
        return in_people_unit(self.tried, self.tried.denominator) if self.tried else None


@dataclass(frozen=True)
class Trial:
    """Two definitions side by side: day by day up to the day, and by category on it."""

    tried: Meaning
    days: Sequence[Pair]
    parts: Sequence[Pair]
    curve: Chart

    @property
    def differs(self) -> bool:
        return any(_parts(one.used) != _parts(one.tried) for one in self.days)


def _parts(figure: Figure | None) -> tuple[Any, ...]:
    return (figure.numerator, figure.denominator, figure.coverage) if figure else ()


def attempt(actor: Officer, candidate: Definition, on: date, areas: Areas) -> Trial:
    """This function will compute a definition beside the one in use; nothing is kept and nothing changes.

    Shape:  the last days up to `on`, as known now; whatever period the candidate names, it is tried on all of them
    """
    first = campaign.current().campaign.from_on
    days = [on - timedelta(days=n) for n in range(TRIED_DAYS) if on - timedelta(days=n) >= first][::-1]
    by = ((), ("category",))
    metric = candidate.metric
    defined = [day for day in days if any(one.covers(day) for one in figures.definitions().versions(metric))]
    used = (
        figures.measure(actor, days=defined, by=by, metrics=(metric,), where=areas.where) if defined else []
    )
    tried = figures.trial(actor, candidate, days=days, by=by, where=areas.where)
    by_used, by_tried = _keyed(used), _keyed(tried)
    pairs = [
        Pair(day_in_words(day, "short"), by_used.get((day, None)), by_tried.get((day, None))) for day in days
    ]
    words = figures.labels("category")
    keys = [key for day, key in by_tried if day == on and key is not None]
    parts = [Pair(words.get(key, key), by_used.get((on, key)), by_tried[on, key]) for key in keys]
    curve = Chart(
        id="trial",
        label=gettext("The two definitions by day"),
        kind="line",
        labels=[pair.name for pair in pairs],
        series=[
            Series(gettext("In use"), [pair.used.value if pair.used else None for pair in pairs]),
            Series(gettext("Tried"), [pair.tried.value if pair.tried else None for pair in pairs], "plan"),
        ],
    )
    whole = by_tried.get((on, None))
    return Trial(Meaning(candidate, whole, rows_of(metric, on, areas)), pairs, parts, curve)


def _keyed(found: Sequence[Figure]) -> dict[tuple[date, str | None], Figure]:
    return {(one.on, one.scope.get("category")): one for one in found}
