"""How well the reports of a day are supported: reported rates beside those by electricity, and whom to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.analytics.figures import Figure
from dongche.desk.areas import Areas
from dongche.desk.links import list_url
from dongche.desk.meanings import AMONG
from dongche.kit import clock
from dongche.org.models import Officer
from dongche.registry.models import Entity
from dongche.registry.queries import Places
from dongche.reporting import evidence, figures, keeping, rulebook
from dongche.reporting.evidence import MOODS, Weighed
from dongche.reporting.rulebook import Rule
from dongche.web import paging
from dongche.web.components import Pager
from dongche.web.spreadsheets import Table

SIDES: Final = (
    ("resumption_rate", "electricity_resumption_rate"),
    ("capacity_recovery_rate", "electricity_production_rate"),
)
METRICS: Final = tuple(metric for side in SIDES for metric in side)
_FIELDS: Final[Mapping[str, tuple[Any, str, Mapping[str, str]]]] = {
    "community": (_("Community"), "community", {}),
    "line": (_("Line"), "line", {}),
    **{dimension: (heading, field, words) for dimension, heading, field, words in AMONG},
}


class Asked(forms.Form):
    """Which doubts are listed, and by what the rates are compared: a GET form, so that each answer has an address."""

    what = forms.ChoiceField(
        label=_("Evidence"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    by = forms.ChoiceField(
        label=_("Compared by"),
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
        choices=[(name, heading) for name, (heading, _field, _words) in _FIELDS.items()],
    )

    def __init__(self, given: Any, *, rules: Mapping[str, Rule]) -> None:
        super().__init__(given)
        listed = [(code, evidence.STRENGTHS[code]) for code in ("contradicted", "doubtful")]
        choices = [("", gettext("All doubts")), *listed, *((one.code, one.name) for one in rules.values())]
        self.fields["what"].choices = choices  # type: ignore[attr-defined]

    def chosen(self, name: str) -> str:
        return str(self.cleaned_data.get(name) or "") if self.is_valid() else ""


@dataclass(frozen=True)
class Counted:
    """A strength or a rule with how many places it has, and their list."""

    name: str
    count: int
    url: str
    mood: str = ""
    rule: Rule | None = None

    @property
    def numbers(self) -> str:
        return ", ".join(map(str, self.rule.numbers.values())) if self.rule else ""


@dataclass(frozen=True)
class Side:
    """One cell: what was reported, and what electricity says."""

    name: str
    url: str
    figures: Sequence[Figure | None]

    @property
    def gap(self) -> Any:
        """Percentage points by which the reported resumption is above that by electricity; None without both."""
        reported, metered = self.figures[:2]
        if reported is None or metered is None or reported.value is None or metered.value is None:
            return None
        return reported.value - metered.value


@dataclass(frozen=True)
class Doubtful:
    """A place to be asked, and why."""

    place: Entity
    weighed: Weighed
    opens: bool

    @property
    def word(self) -> str:
        return self.weighed.word

    @property
    def mood(self) -> str:
        return MOODS[self.weighed.strength]


@dataclass(frozen=True)
class Page:
    on: date
    form: Asked
    summary: evidence.Summary
    strengths: Sequence[Counted]
    rules: Sequence[Counted]
    heading: str
    cells: Sequence[Side]
    rows: Sequence[Doubtful]
    pager: Pager
    newest: date | None
    left: int


def build(actor: Officer, on: date, areas: Areas, given: Mapping[str, Any]) -> Page:
    """This function will weigh the reports of a day.

    Shape: a fixed number of queries; the doubts a page at a time, by number of the place
    """
    rules = rulebook.on(on)
    form = Asked(given, rules=rules)
    places = areas.within(Places.counted_for(actor, on))
    left = keeping.bring(places, on, clock.now())
    counted = keeping.summary(places, on)
    page = paging.page(
        _asked(places, on, form.chosen("what")),
        "number",
        after=str(given.get("after", "")),
        before=str(given.get("before", "")),
    )
    rows = list(page.rows)
    weighed = keeping.of([one.pk for one in rows], on)
    opens = set(Places.visible_to(actor).filter(pk__in=[one.pk for one in rows]).values_list("pk", flat=True))
    by = form.chosen("by") or "community"
    return Page(
        on,
        form,
        counted,
        [
            Counted(
                str(word),
                counted.strengths[code],
                _url(on, areas, evidence=code),
                MOODS[code],
            )
            for code, word in evidence.STRENGTHS.items()
        ],
        [
            Counted(rule.name, counted.rules.get(code, 0), _url(on, areas, evidence=code), rule=rule)
            for code, rule in rules.items()
        ],
        str(_FIELDS[by][0]),
        _cells(actor, on, areas, by),
        [Doubtful(one, weighed[one.pk], one.pk in opens) for one in rows],
        page.pager,
        evidence.newest_reading(on),
        left,
    )


def _url(on: date, areas: Areas, **more: str) -> str:
    return list_url(on=on.isoformat(), **areas.kept, **more)


def _asked(places: Places, on: date, what: str) -> Places:
    found = keeping.chosen(places, on, what or "doubted")
    return found.select_related("community", "grid").order_by("number")


def _cells(actor: Officer, on: date, areas: Areas, by: str) -> list[Side]:
    found: dict[str, dict[str, Figure]] = {}
    for one in figures.measure(actor, days=(on,), by=((), (by,)), metrics=METRICS, where=areas.where):
        found.setdefault(one.scope.get(by, ""), {})[one.metric] = one
    words = figures.labels(by, with_area=areas.are_compared)
    _heading, field, filtered = _FIELDS[by]
    sides = [
        Side(
            words.get(key, key) if key else gettext("All"),
            _url(on, areas, state="expected", **({field: filtered.get(key, key)} if key else {})),
            [each.get(metric) for metric in METRICS],
        )
        for key, each in found.items()
    ]
    # Widest apart first; the whole before all.
    return [*sides[:1], *sorted(sides[1:], key=lambda one: -abs(one.gap or 0))]


def table(actor: Officer, on: date, areas: Areas, given: Mapping[str, Any]) -> Table:
    """The places to be asked as a sheet, a line for each reason."""
    form = Asked(given, rules=rulebook.on(on))
    places = areas.within(Places.counted_for(actor, on))
    keeping.bring(places, on, clock.now(), most=None)
    asked = list(_asked(places, on, form.chosen("what")))
    weighed = keeping.of([one.pk for one in asked], on)
    headers = [
        gettext("Number"), gettext("Name"), gettext("Community"), gettext("Grid"), gettext("Evidence"), gettext("Rule"),
        gettext("Reason"),
    ]  # fmt: skip
    return Table(
        gettext("Evidence"),
        headers,
        [
            [
                one.number, one.name, one.community.name if one.community else "", one.grid.name if one.grid else "",
                weighed[one.pk].word, doubt.rule.name, doubt.reason,
            ]
            for one in asked
            for doubt in weighed[one.pk].doubts
        ],
    )  # fmt: skip


def of_place(place: Entity, on: date, actor: Any) -> dict[str, Any]:
    """What supports the report of one place, for its page; nothing when none is expected on that day."""
    found = evidence.weigh(Places.visible_to(actor).filter(pk=place.pk), on).get(place.pk)
    return {"weighed": found, "weighed_mood": MOODS[found.strength] if found else ""}
