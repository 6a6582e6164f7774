"""Which places stand in the grid of reports: a GET form, so that every grid has an address."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Any, Final, cast
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dongche.org.models import Officer, UnitKind
from dongche.org.queries import Units
from dongche.registry.models import Category
from dongche.registry.queries import Places
from dongche.reporting import queries as reporting

MOST_CHOICES: Final = 200


class GridFilter(forms.Form):
    """The places that are expected to report on a day, narrowed."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=60,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": _("Name, initials, number"), "autocomplete": "off"}
        ),
    )
    on = forms.DateField(
        label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    show = forms.ChoiceField(
        label=_("Report of the day"),
        required=False,
        choices=[("", _("All that are expected")), ("missing", _("Not reported"))],
    )
    building = forms.ChoiceField(label=_("Building or market"), required=False)
    community = forms.ChoiceField(label=_("Community"), required=False)
    grid = forms.ChoiceField(label=_("Grid"), required=False)
    category = forms.ChoiceField(
        label=_("Category"), required=False, choices=[("", _("All")), *Category.choices]
    )

    def __init__(self, data: QueryDict, *, officer: Officer, on: date) -> None:
        given = data.copy()
        given["on"] = on.isoformat()
        super().__init__(given)
        self.officer, self.day = officer, on
        units = (
            Units.visible_to(officer)
            .of_service()
            .filter(kind__in=(UnitKind.COMMUNITY, UnitKind.GRID))
            .order_by("code")
            .values_list("kind", "code", "name")
        )
        named: dict[str, list[tuple[str, str]]] = {UnitKind.COMMUNITY: [], UnitKind.GRID: []}
        for kind, code, name in units:
            named[kind].append((code, name))
        self._choose("community", named[UnitKind.COMMUNITY])
        self._choose("grid", named[UnitKind.GRID])
        holding = Places.visible_to(officer).active(on).filter(building__isnull=False).values("building")
        buildings = Places.visible_to(officer).filter(pk__in=holding).order_by("name")
        self._choose("building", list(buildings.values_list("number", "name")[:MOST_CHOICES]))

    def _choose(self, name: str, found: list[tuple[str, str]]) -> None:
        field = cast(forms.ChoiceField, self.fields[name])
        field.choices = [("", _("All")), *found]
        if not found:  # nothing to choose from
            field.widget = forms.HiddenInput()

    @cached_property
    def expected(self) -> Places:
        """The places that the officer may see, expected on the day, that the filters leave; whatever they reported."""
        places = Places.visible_to(self.officer).active(self.day)
        if not self.is_valid():
            return places.none()
        given = self.cleaned_data
        if given["q"]:
            places = places.named_like(given["q"])
        exact = {
            "building__number": given["building"],
            "community__code": given["community"],
            "grid__code": given["grid"],
            "category": given["category"],
        }
        return places.filter(**{name: value for name, value in exact.items() if value})

    @property
    def places(self) -> Places:
        missing = self.is_valid() and self.cleaned_data["show"] == "missing"
        return reporting.not_reported(self.expected, self.day) if missing else self.expected

    def kept(self, **more: Any) -> str:
        """The filters as a query string."""
        kept = {name: value for name, value in self.data.items() if value and name in self.fields}
        return urlencode(kept | more)
