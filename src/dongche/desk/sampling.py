"""A random call-back sample: which places to ring up, drawn so that it can be drawn again.

The day, the size, the seed and the strata stand in the address, and draw the same places again as long as the reports
of that day are the same. Once it is kept (reporting.checking), its calls are a work list (`calls`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.analytics import sampling
from dongche.desk.areas import Areas
from dongche.desk.calls import LABELS
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.models import Officer, Unit
from dongche.org.queries import Units
from dongche.registry.models import Entity
from dongche.registry.queries import Places
from dongche.reporting import checking, figures
from dongche.reporting import queries as reporting
from dongche.reporting.models import Sample
from dongche.reporting.queries import Samples
from dongche.web.spreadsheets import Table

MOST: Final = 200
STRATA: Final = (
    ("", _("All alike")),
    ("community", _("Each community")),
    ("line", _("Each line")),
    ("category", _("Each category")),
    ("section", _("Each industry")),
)
COLUMNS: Final = {"community": "community__code", "line": "line_id"}
_NUMBER: Final = forms.NumberInput(attrs={"class": "form-control num"})


class OneSubdistrict(Problem):
    code = "desk.one_subdistrict"
    message = N_(
        "A sample is kept for one sub-district. Choose it above, draw again, and keep the sample then."
    )


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
    """A stratum: its name, how many places report to be open, and those drawn."""

    key: str
    name: str
    population: int
    places: Sequence[tuple[Entity, bool]]


@dataclass(frozen=True)
class Page:
    form: Asked
    parts: Sequence[Part]
    population: int
    kept: Sequence[Sample] = ()

    @property
    def drawn(self) -> int:
        return sum(len(part.places) for part in self.parts)


def build(actor: Officer, on: date, areas: Areas, given: Mapping[str, Any]) -> Page:
    """This function will draw the sample.

    Shape: four queries beside those of names; at most MOST places
    """
    form = Asked(given, on=on)
    if not form.is_valid():
        return Page(form, [], 0)
    by = form.cleaned_data["strata"]
    places = areas.within(Places.counted_for(actor, on))
    if by == "line":
        places = places.with_line(on)
    places = reporting.in_state(places, on, "resumed")
    strata = _strata(places, by)
    drawn = sampling.draw(strata, form.cleaned_data["size"], form.cleaned_data["seed"])
    chosen = [pk for ids in drawn.values() for pk in ids]
    named = places.filter(pk__in=chosen).select_related("community").in_bulk()
    opens = set(Places.visible_to(actor).filter(pk__in=chosen).values_list("pk", flat=True))
    words = figures.labels(LABELS.get(by, by)) if by else {}
    parts = [
        Part(
            key,
            gettext("All") if key == "all" else words.get(key, key),
            len(strata[key]),
            [(named[pk], pk in opens) for pk in drawn[key]],
        )
        for key in sorted(strata)
    ]
    kept = areas_of_samples(actor, on, areas)
    return Page(form, parts, sum(map(len, strata.values())), kept)


def areas_of_samples(actor: Officer, on: date, areas: Areas) -> Sequence[Sample]:
    found = Samples.visible_to(actor).filter(on=on).select_related("by", "subdistrict").order_by("-pk")
    return list(found.filter(subdistrict=areas.chosen)[:10] if areas.chosen else found[:10])


def _strata(places: Places, by: str) -> dict[str, list[int]]:
    strata: defaultdict[str, list[int]] = defaultdict(list)
    if not by:
        ids = list(places.values_list("pk", flat=True))
        return {"all": ids} if ids else {}
    for pk, key in places.values_list("pk", COLUMNS.get(by, by)):
        strata[str(key or "unknown")].append(pk)
    if by != "line":
        return dict(strata)
    codes = dict(Units.unscoped(reason="codes of departments are no secret").values_list("pk", "code"))
    return {codes.get(int(key), key) if key != "unknown" else key: ids for key, ids in strata.items()}


def keep(actor: Officer, on: date, areas: Areas, given: Mapping[str, Any], at: datetime) -> Sample:
    """This function will keep what `build` draws, so that the calls can be made.

    Raises: OneSubdistrict, NothingToDraw
    """
    page = build(actor, on, areas, given)
    if areas.are_compared or not areas.served or not page.form.is_valid():
        raise OneSubdistrict
    subdistrict: Unit = areas.chosen or areas.served[0]
    asked = page.form.cleaned_data
    expected = areas.within(Places.counted_for(actor, on)).active(on).count()
    return checking.draw_sample(
        subdistrict=subdistrict,
        on=on,
        size=asked["size"],
        seed=asked["seed"],
        strata=asked["strata"],
        drawn={part.key: [place.pk for place, _opens in part.places] for part in page.parts},
        sizes={part.key: part.population for part in page.parts},
        expected=expected,
        by=actor,
        at=at,
    )


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
