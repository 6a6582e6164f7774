"""A random call-back sample: which places to ring up, and what their answers say of all that report to be open.

Nothing is stored: the day, the size, the seed and the strata stand in the address, and draw the same places again as
long as the reports of that day are the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.analytics import sampling
from dongche.analytics.sampling import Estimate, Stratum
from dongche.desk.areas import Areas
from dongche.org.models import Officer
from dongche.registry.models import Entity
from dongche.registry.queries import Places
from dongche.reporting import figures
from dongche.reporting import queries as reporting
from dongche.web.spreadsheets import Table

MOST: Final = 200
STRATA: Final = (
    ("", _("All alike")),
    ("community", _("Each community")),
    ("category", _("Each category")),
    ("section", _("Each industry")),
)
OUTCOMES: Final = (
    ("confirmed", _("Confirmed")),
    ("contradicted", _("Contradicted")),
    ("not_reached", _("Not reached")),
)


_NUMBER: Final = forms.NumberInput(attrs={"class": "form-control num"})


class Asked(forms.Form):
    """How the sample is drawn: a GET form, so that its address is its record."""

    size = forms.IntegerField(
        label=_("Places to ring up"), min_value=1, max_value=MOST, initial=30, widget=_NUMBER
    )
    seed = forms.IntegerField(label=_("Seed"), min_value=0, max_value=2**31 - 1, initial=1, widget=_NUMBER)
    strata = forms.ChoiceField(
        label=_("Drawn"),
        required=False,
        choices=STRATA,
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def __init__(self, given: Mapping[str, Any], *, on: date) -> None:
        usual = {"size": "30", "seed": f"{on:%Y%m%d}", "strata": ""}
        super().__init__(usual | {name: given[name] for name in usual if given.get(name)})


@dataclass(frozen=True)
class Part:
    """A stratum: its name, how many places report to be open, those drawn, and the answers written down so far."""

    key: str
    name: str
    population: int
    places: Sequence[tuple[Entity, bool]]
    answers: Mapping[str, int]

    @property
    def fields(self) -> Sequence[tuple[str, str, int]]:
        return [(f"{name}-{self.key}", str(word), self.answers[name]) for name, word in OUTCOMES]

    @property
    def is_impossible(self) -> bool:
        return sum(self.answers.values()) > len(self.places)


@dataclass(frozen=True)
class Page:
    """Empty: no estimate until every stratum has an answer, or while more answers are given than places were drawn"""

    form: Asked
    parts: Sequence[Part]
    population: int
    estimate: Estimate | None

    @property
    def is_impossible(self) -> bool:
        return any(part.is_impossible for part in self.parts)

    @property
    def bounds(self) -> Sequence[tuple[str, sampling.Interval]]:
        if self.estimate is None:
            return []
        named = (
            (gettext("Of those reached"), self.estimate.answers),
            (gettext("If nobody else is open"), self.estimate.worst),
            (gettext("If all others are open"), self.estimate.best),
        )
        return [(name, one) for name, one in named if one is not None]

    @property
    def drawn(self) -> int:
        return sum(len(part.places) for part in self.parts)


def build(actor: Officer, on: date, areas: Areas, given: Mapping[str, Any]) -> Page:
    """This function will draw the sample and estimate the share of places that are truly open.

    Shape: three queries beside those of names; at most MOST places
    """
    form = Asked(given, on=on)
    if not form.is_valid():
        return Page(form, [], 0, None)
    places = reporting.in_state(areas.within(Places.counted_for(actor, on)), on, "resumed")
    column = {"community": "community__code"}.get(form.cleaned_data["strata"], form.cleaned_data["strata"])
    strata: defaultdict[str, list[int]] = defaultdict(list)
    if column:
        for pk, key in places.values_list("pk", column):
            strata[key or "unknown"].append(pk)
    elif ids := list(places.values_list("pk", flat=True)):
        strata["all"] = ids
    drawn = sampling.draw(strata, form.cleaned_data["size"], form.cleaned_data["seed"])
    chosen = [pk for ids in drawn.values() for pk in ids]
    named = places.filter(pk__in=chosen).select_related("community").in_bulk()
    opens = set(Places.visible_to(actor).filter(pk__in=chosen).values_list("pk", flat=True))
    words = figures.labels(
        {"section": "industry"}.get(form.cleaned_data["strata"], form.cleaned_data["strata"])
    )
    parts = [
        Part(
            key,
            gettext("All") if key == "all" else words.get(key, key),
            len(strata[key]),
            [(named[pk], pk in opens) for pk in drawn[key]],
            {name: _count(given.get(f"{name}-{key}")) for name, _word in OUTCOMES},
        )
        for key in sorted(strata)
    ]
    page = Page(form, parts, sum(map(len, strata.values())), None)
    if page.is_impossible:
        return page
    found = sampling.estimate([Stratum(part.population, **part.answers) for part in parts])
    return Page(form, parts, page.population, found if found.worst else None)


def _count(given: Any) -> int:
    return int(given) if str(given or "").isdecimal() and len(str(given)) < 5 else 0


def table(page: Page) -> Table:
    """The places to ring up as a sheet; no phone is in it."""
    headers = [
        gettext("Stratum"), gettext("Number"), gettext("Name"), gettext("Community"), gettext("Outcome"),
        gettext("Seed"),
    ]  # fmt: skip
    seed = page.form.cleaned_data.get("seed") if page.form.is_valid() else None
    return Table(
        gettext("Call-back sample"),
        headers,
        [
            [part.name, one.number, one.name, one.community.name if one.community else "", "", seed]
            for part in page.parts
            for one, _opens in part.places
        ],
    )
