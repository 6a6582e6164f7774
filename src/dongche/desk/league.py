"""Units beside each other by what they achieve with the same mix of places (S110), as the page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.analytics import league
from dongche.analytics.figures import Figure
from dongche.analytics.league import OTHER_KINDS, Cells, Place, Rule
from dongche.desk.links import list_url
from dongche.desk.measured import definition_of
from dongche.desk.narrowing import Narrowed, UnknownFilter
from dongche.org.models import Officer
from dongche.reporting import figures
from dongche.reporting.brief.wording import is_chinese
from dongche.web import campaign
from dongche.web.components import Chart, Series
from dongche.web.languages import in_language
from dongche.web.spreadsheets import Table
from dongche.web.templatetags.web import number

UNITS: Final[Mapping[str, str | Promise]] = {
    "subdistrict": _("Sub-districts"),
    "community": _("Communities"),
    "line": _("Departments"),
}
# The list behind a rate: all that count, and those that count as done.
STATES: Final = {"resumption_rate": "resumed", "reporting_rate": "reported"}
# From how many points on the mix is worth a sentence.
WORTH_SAYING = Decimal("0.5")
_WIDTH = 200


@dataclass(frozen=True)
class Row:
    """A unit of the page. Units: `x…` are steps from left to right on a line of 200"""

    place: Place
    name: str
    said: str
    url: str
    done_url: str
    x_raw: int | None = None
    x: int | None = None
    x_low: int | None = None
    x_high: int | None = None

    @property
    def rank(self) -> str:
        """The rank, or the ranks that chance leaves open."""
        first, last = self.place.first, self.place.last
        if first is None or last is None:
            return "—"
        return str(first) if first == last else f"{first}–{last}"


@dataclass(frozen=True)
class Page:
    """Shape: `rows` compared first. Empty: `rule` is None on a day without one; no rows without places"""

    on: date
    rule: Rule | None
    by: str
    metric: str
    metrics: Sequence[tuple[str, str]]
    units: Sequence[tuple[str, str]]
    rows: Sequence[Row]
    whole: Figure | None
    whole_url: str
    evened: str
    chart: Chart | None
    scale: tuple[int, int] = (0, 100)

    @property
    def metric_name(self) -> str:
        return in_language(figures.definitions().versions(self.metric)[-1].names)

    @property
    def unit_name(self) -> str:
        return str(UNITS[self.by])

    @property
    def method(self) -> str:
        return in_language(self.rule.methods) if self.rule else ""

    @property
    def source(self) -> str:
        return in_language(self.rule.sources) if self.rule else ""

    @property
    def compared(self) -> Sequence[Row]:
        return [row for row in self.rows if row.place.value is not None]

    @property
    def is_all_one_tie(self) -> bool:
        """Whether chance alone explains every difference."""
        return len(self.compared) > 1 and all(
            row.place.last == len(self.compared) and row.place.first == 1 for row in self.compared
        )


@lru_cache(maxsize=4)
def _rules(file: Path) -> tuple[Rule, ...]:
    return league.load(file)


def rule_on(on: date) -> Rule | None:
    """This function will give how units are compared on a day, by the pack; None on a day without a rule."""
    file = campaign.current().metrics.parent / "league.yaml"
    return next((one for one in _rules(file) if one.covers(on)), None)


def described(on: date) -> tuple[Rule | None, str]:
    """This function will give the rule of a day and its method in the language of the page."""
    rule = rule_on(on)
    return rule, in_language(rule.methods) if rule else ""


def build(
    officer: Officer, on: date, areas: Narrowed, asked: QueryDict, known_at: datetime | None = None
) -> Page:
    """This function will compare the units of a day, under the filters of the page.

    Raises: UnknownFilter – `by` or `metric` is no choice
    """
    rule = rule_on(on)
    units = ["subdistrict", "community"] if areas.are_compared else ["community", "line"]
    metrics = rule.metrics if rule else ("resumption_rate",)
    by = _chosen(asked, "by", units, gettext("Compared by"))
    metric = _chosen(asked, "metric", metrics, gettext("Figure"))
    pairs = [(name, in_language(figures.definitions().versions(name)[-1].names)) for name in metrics]
    shown = [(name, str(UNITS[name])) for name in units]
    rows: list[Row] = []
    whole, scale, evened = None, (0, 100), ""
    if rule is not None:
        group = (by, *rule.evened[by])
        found = figures.measure(
            officer, days=(on,), as_known=known_at, by=((), group), metrics=(metric,), where=areas.where
        )
        whole = next((one for one in found if not one.scope), None)
        places = league.compare(_cells(found, group), _ranked_units(found, by), rule)
        names = figures.labels(by, with_area=areas.are_compared and by != "subdistrict")
        kinds = figures.labels(rule.evened[by][0])
        scale = _scale(places)
        behind = areas.behind(on)
        rows = [_row(one, by, names, kinds, rule, scale, behind, metric) for one in places]
        kind, finer = (str(_DIMENSIONS[name]) for name in rule.evened[by])
        evened = gettext("%(kind)s and %(finer)s") % {"kind": kind, "finer": finer}
    return Page(
        on, rule, by, metric, pairs, shown, rows, whole, list_url(**{"state": "expected", **areas.behind(on)}),
        evened, _chart(rows, metric), scale,
    )  # fmt: skip


_DIMENSIONS: Final[Mapping[str, Any]] = {
    "category": _("category"),
    "size": _("size"),
    "community": _("community"),
    "industry": _("industry"),
}


def _chosen(asked: QueryDict, name: str, choices: Sequence[str], label: str) -> str:
    given = asked.get(name, "")
    if given and given not in choices:
        raise UnknownFilter(given=given[:60], filter=label)
    return str(given or choices[0])


def _cells(found: Sequence[Figure], group: tuple[str, str, str]) -> Cells:
    unit, kind, finer = group
    cells: dict[str, dict[league.Stratum, league.Parts]] = {}
    for one in found:
        if one.scope:
            stratum = (one.scope[kind], one.scope[finer])
            cells.setdefault(one.scope[unit], {})[stratum] = (one.numerator or 0, one.denominator or 0)
    return cells


def _ranked_units(found: Sequence[Figure], by: str) -> list[str]:
    """Places in no unit count in the mix, but nobody is ranked with them."""
    return sorted({one.scope[by] for one in found if one.scope} - {"unknown"})


def _scale(places: Sequence[Place]) -> tuple[int, int]:
    """From which tens to which the line is drawn: of the rates and bounds shown."""
    values = [
        value for one in places for value in (one.raw, one.value, one.low, one.high) if value is not None
    ]
    if not values:
        return 0, 100
    low, high = int(min(values)) // 10 * 10, -(-int(max(values) + Decimal("0.99")) // 10) * 10
    return low, max(high, low + 10)


def _row(
    place: Place,
    by: str,
    names: Mapping[str, str],
    kinds: Mapping[str, str],
    rule: Rule,
    scale: tuple[int, int],
    behind: Mapping[str, str],
    metric: str,
) -> Row:
    name = names.get(place.unit, place.unit)
    here = {**behind, by: place.unit}

    def at(value: Decimal | None) -> int | None:
        return None if value is None else round(_WIDTH * (float(value) - scale[0]) / (scale[1] - scale[0]))

    return Row(
        place,
        name,
        _explained(place, kinds, rule),
        list_url(**{"state": "expected", **here}),
        list_url(**{"state": STATES.get(metric, "expected"), **here}),
        *map(at, (place.raw, place.value, place.low, place.high)),
    )


def _explained(place: Place, kinds: Mapping[str, str], rule: Rule) -> str:
    """The sentence beside a unit: why its evened rate is another, or why it is not compared."""
    if place.reason == OTHER_KINDS:
        return gettext(
            "Not comparable: its own places stand for %(own)s%% of the mix only. "
            "Fewer than %(least)s places of: %(kinds)s."
        ) % {
            "own": number(place.own, 1),
            "least": rule.least_places,
            "kinds": ("、" if is_chinese() else ", ").join(kinds.get(kind, kind) for kind in place.missing),
        }
    if place.reason:
        return gettext("Not comparable: fewer than %(least)s places.") % {"least": rule.least_places}
    if place.mix is None or place.raw is None or place.value is None:
        return gettext("Its mix is much like that of all places.")
    if abs(place.raw - place.value) < WORTH_SAYING:
        return gettext("Its mix is much like that of all places.")
    words = {
        "kind": kinds.get(place.mix.kind, place.mix.kind),
        "own": number(place.mix.own, 1),
        "all": number(place.mix.all, 1),
        "rate": number(place.mix.rate, 1),
        "whole": number(place.mix.whole, 1),
        "value": number(place.value, 2),
        "raw": number(place.raw, 2),
    }
    if place.mix.own > place.mix.all:
        return (
            gettext(
                "Has more places of “%(kind)s” (%(own)s%% of its own, %(all)s%% of all), which stand at %(rate)s%% "
                "against %(whole)s%% of all places; with the same mix it would be at %(value)s%% instead of %(raw)s%%."
            )
            % words
        )
    return (
        gettext(
            "Has fewer places of “%(kind)s” (%(own)s%% of its own, %(all)s%% of all), which stand at %(rate)s%% "
            "against %(whole)s%% of all places; with the same mix it would be at %(value)s%% instead of %(raw)s%%."
        )
        % words
    )


def _chart(rows: Sequence[Row], metric: str) -> Chart | None:
    compared = [row for row in rows if row.place.value is not None]
    if not compared:
        return None
    return Chart(
        id="league",
        label=gettext("Rates with the same mix and as counted"),
        kind="bars",
        labels=[row.name for row in compared],
        series=[
            Series(gettext("With the same mix"), [row.place.value for row in compared]),
            Series(gettext("As counted"), [row.place.raw for row in compared]),
        ],
        minimum=0,
        maximum=100,
    )


def table(page: Page) -> Table:
    """This function will give the comparison as rows of a spreadsheet, with the parts of each rate."""
    headers = [
        gettext("Rank from"), gettext("Rank to"), page.unit_name, gettext("Code"), gettext("With the same mix (%)"),
        gettext("From (%)"), gettext("To (%)"), gettext("As counted (%)"), gettext("Numerator"), gettext("Denominator"),
        gettext("Own places stand for (%)"), gettext("Definition"), gettext("Explanation"),
    ]  # fmt: skip
    code = definition_of(page.whole).code if page.whole else ""
    rows = [
        [
            one.place.first, one.place.last, one.name, one.place.unit, one.place.value, one.place.low, one.place.high,
            one.place.raw, *one.place.parts, one.place.own, code, one.said,
        ]
        for one in page.rows
    ]  # fmt: skip
    return Table(gettext("Fair comparison"), headers, rows)
