"""Forms of divisions into grids: what is asked for, names of new grids, where a place or a post goes, the first day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dongche.org.models import Officer, UnitKind
from dongche.org.queries import Units, scope_of
from dongche.registry.forms import ProposalForm
from dongche.registry.gridding.showing import Ending
from dongche.registry.models import ProposedGrid
from dongche.registry.staffing.case import rates_on

ENDS = "ends"


class GridsForm(forms.Form):
    """Which communities are divided, for which day, into how many grids or by how many places each may have."""

    units = forms.ModelMultipleChoiceField(
        Units.unscoped(reason="chosen when the form knows its officer").none(),
        label=_("Communities"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    places_per_grid = forms.IntegerField(label=_("Places per grid, limit"), min_value=1, max_value=100_000)
    grids = forms.IntegerField(
        label=_("Number of grids"),
        min_value=1,
        max_value=500,
        required=False,
        help_text=_("For one community; empty: as many as the limit asks for."),
    )

    def __init__(self, data: QueryDict | None, *, officer: Officer, query: QueryDict) -> None:
        on = ProposalForm._day(data or query)
        self.given = rates_on(on)
        chosen = [int(pk) for pk in query.getlist("unit") if pk.isdecimal()]
        super().__init__(
            data, initial={"on": on, "places_per_grid": self.given.places_per_worker, "units": chosen}
        )
        scope = scope_of(officer)
        units = Units.visible_to(officer).in_force(on).order_by("code")
        own = [one for one in units.in_service() if scope.everything or one.pk in scope.subdistricts]
        if not own:
            raise PermissionDenied
        self.subdistrict = own[0]
        field = cast(forms.ModelMultipleChoiceField[Any], self.fields["units"])
        field.queryset = units.filter(kind=UnitKind.COMMUNITY, subdistrict=self.subdistrict)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("grids") and len(cleaned.get("units", ())) != 1:
            self.add_error(
                "grids", _("A number of grids is for one community: choose one, or leave this empty.")
            )
        return cleaned


class AdoptGridsForm(forms.Form):
    """The first day, and for each grid that ends where the posts held there go."""

    from_on = forms.DateField(
        label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(
        self,
        data: QueryDict | None,
        *,
        endings: Sequence[Ending],
        grids: Sequence[ProposedGrid],
        suggested: Mapping[int, int],
        first: date,
    ) -> None:
        super().__init__(data, initial={"from_on": first})
        self.endings = [ending for ending in endings if ending.posts]
        choices = [(str(grid.number), grid.name) for grid in grids]
        for ending in self.endings:
            label = _("%(officers)s, so far %(grid)s") % {"officers": ending.officers, "grid": ending.name}
            self.fields[f"posts_{ending.unit}"] = forms.ChoiceField(
                label=label,
                choices=[*choices, (ENDS, _("the post ends"))],
                initial=str(suggested[ending.unit]),
            )

    @property
    def posts(self) -> dict[int, int | None]:
        chosen = {ending.unit: self.cleaned_data[f"posts_{ending.unit}"] for ending in self.endings}
        return {unit: None if number == ENDS else int(number) for unit, number in chosen.items()}


class GridNameForm(forms.Form):
    name = forms.CharField(label=_("Name of the new grid"), max_length=80)


class PlaceGridForm(forms.Form):
    """To which grid a place goes."""

    grid = forms.ChoiceField(label=_("Grid"), error_messages={"required": _("Choose a grid.")})

    def __init__(self, data: QueryDict | None, *, grids: Sequence[ProposedGrid]) -> None:
        super().__init__(data)
        self.grids = {str(one.number): one for one in grids}
        field = cast(forms.ChoiceField, self.fields["grid"])
        field.choices = [(number, one.name) for number, one in self.grids.items()]

    @property
    def chosen(self) -> ProposedGrid:
        return self.grids[self.cleaned_data["grid"]]
