"""The filters of a page of figures: in its address, under the same names as in the list of places.

The choices and the rows are those of the list, so a number and the list behind it are narrowed alike; the figures are
narrowed by the analytics engine (`where`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, cast
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.desk.areas import Areas, asked_areas
from dongche.desk.filters import NONE, UNKNOWN, PlaceFilter, word_of
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.models import Officer, UnitKind
from dongche.org.queries import Units
from dongche.org.request import OfficerRequest
from dongche.registry.models import Focus
from dongche.registry.queries import Places
from dongche.web.components import Chip

# The name in the address → the dimension of figures.
DIMENSIONS: Final[Mapping[str, str]] = {
    "focus": "focus",
    "line": "line",
    "community": "community",
    "grid": "grid",
    "category": "category",
    "section": "industry",
    "size": "size",
    "above_scale": "above_scale",
}
_YES_NO: Final = {"1": "yes", "0": "no"}
# What the address of a page says besides: the form carries it on.
_CARRIED: Final = ("subdistrict", "on", "known_at", "by", "metric")


class UnknownFilter(Problem):
    code = "desk.unknown_filter"
    status = 400
    message = N_(
        "“%(given)s” is not a choice of the filter “%(filter)s” that you can see. Take the filter out of the address "
        "or choose one of its list."
    )


class NarrowingForm(PlaceFilter):
    """The filters of a page of figures: those of the list of places by which figures can be narrowed."""

    grid = forms.ChoiceField(label=_("Grid"), required=False)  # type: ignore[assignment]  # known choices only

    def __init__(self, data: QueryDict, *, officer: Officer, on: date) -> None:
        # An empty value is no filter, and everything else of the address is none either.
        given = QueryDict(mutable=True)
        for name in DIMENSIONS:
            if data.get(name):
                given[name] = str(data[name])
        super().__init__(given, officer=officer, today=on)
        self.fields = {name: self.fields[name] for name in DIMENSIONS}
        # Figures know single ones.
        self._choose("focus", ("", _("All")), *Focus.choices, (NONE, _("No focus")))
        # Grids are many: they are offered within a community that is chosen.
        community = given.get("community", "")
        if community or given.get("grid"):
            grids = Units.visible_to(officer).of_service().filter(kind=UnitKind.GRID)
            grids = grids.filter(community__code=community) if community not in ("", UNKNOWN) else grids
            named = grids.order_by("code").values_list("code", "name")
            self._choose("grid", ("", _("All")), *named)
        else:
            self.fields["grid"].widget = forms.HiddenInput()

    @property
    def chosen_day(self) -> date:
        return self.today

    def _of_whom(self, wanted: dict[str, Any], on: date) -> Places:
        """Figures count the places of one's units on their day."""
        return Places.counted_for(self.officer, on)

    def narrowed(self) -> Places:
        """The places that the filters leave, of those that figures count for the officer."""
        return self._narrowed()

    def word(self, name: str) -> str:
        """The choice of a filter in words."""
        return word_of(cast(forms.ChoiceField, self.fields[name]), self.cleaned_data[name])


@dataclass(frozen=True)
class Narrowed(Areas):
    """The sub-districts a page speaks of, and which of their places.

    Shape: `asked` by the names of the address, without what is empty. Without filters it is what `Areas` is
    """

    form: NarrowingForm | None = None
    asked: Mapping[str, str] | None = None
    carried: Mapping[str, str] | None = None

    @property
    def is_narrowed(self) -> bool:
        return bool(self.asked)

    @property
    def kept(self) -> dict[str, str]:
        return super().kept | dict(self.asked or {})

    @property
    def where(self) -> Mapping[str, tuple[str, ...]] | None:
        narrowed = {
            DIMENSIONS[name]: (_YES_NO.get(value, value) if name == "above_scale" else value,)
            for name, value in (self.asked or {}).items()
        }
        return {**(super().where or {}), **narrowed} or None

    def within(self, places: Places) -> Places:
        places = super().within(places)
        if self.form is None or not self.asked:
            return places
        return places.filter(pk__in=self.form.narrowed().order_by().values("pk"))

    @property
    def chips(self) -> list[Chip]:
        """The filters in force in words, each with the address of the page without it."""
        return [
            Chip(str(self.form.fields[name].label), self.form.word(name), self._without(name))
            for name in self.asked or {}
            if self.form is not None
        ]

    @property
    def in_words(self) -> str:
        """The filters as one text, for files and paper: "All places" without any."""
        said = [f"{chip.label}: {chip.value}" for chip in self.chips]
        return " · ".join(said) or gettext("All places")

    def behind(self, on: date) -> dict[str, str]:
        """What the lists behind the numbers of a page of this day say."""
        return {**self.kept, "on": on.isoformat()}

    @property
    def clear_url(self) -> str:
        return "?" + urlencode(self.carried or {})

    def _without(self, name: str) -> str:
        gone = {name, "grid"} if name == "community" else {name}
        left = {key: value for key, value in (self.asked or {}).items() if key not in gone}
        return "?" + urlencode({**(self.carried or {}), **left})


def asked_places(request: OfficerRequest, on: date, *, carried: Sequence[str] = _CARRIED) -> Narrowed:
    """The sub-districts and filters in the address.

    Raises: Http404 – a sub-district that the officer does not see; UnknownFilter
    """
    areas = asked_areas(request, on)
    form = NarrowingForm(request.GET, officer=request.user, on=on)
    if not form.is_valid():
        wrong = next(iter(form.errors))
        raise UnknownFilter(given=request.GET.get(wrong, "")[:60], filter=str(form.fields[wrong].label))
    return Narrowed(
        areas.served,
        areas.chosen,
        form=form,
        asked={name: str(form.cleaned_data[name]) for name in DIMENSIONS if form.cleaned_data[name]},
        carried={name: request.GET[name] for name in carried if request.GET.get(name)},
    )
