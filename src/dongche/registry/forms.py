"""Forms of the registry: imports and their columns, withdrawn codes, proposals of who serves which place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dongche.kit import clock
from dongche.org.models import Officer, Unit, UnitKind
from dongche.org.queries import Officers, Units, scope_of
from dongche.registry.actions.imports import EXTENSIONS
from dongche.registry.labels import COLUMNS
from dongche.registry.staffing.case import Rates, on_leave, rates_on, workers_of

NO_COLUMN = ""


class UploadForm(forms.Form):
    """A file, and the sub-district it is for when the officer serves in several."""

    file = forms.FileField(
        label=_("Spreadsheet of places"),
        allow_empty_file=True,  # the reader says in words what is wrong with an empty one
        widget=forms.FileInput(attrs={"accept": ",".join(EXTENSIONS)}),
        error_messages={"required": _("Choose a file first.")},
    )
    subdistrict = forms.ChoiceField(label=_("Sub-district"))

    def __init__(self, *args: Any, officer: Officer) -> None:
        super().__init__(*args)
        scope = scope_of(officer)
        units = Units.visible_to(officer).in_service().order_by("code")
        self.units = {unit.code: unit for unit in units if scope.everything or unit.pk in scope.subdistricts}
        field = cast(forms.ChoiceField, self.fields["subdistrict"])
        field.choices = [(code, unit.name) for code, unit in self.units.items()]
        if len(self.units) == 1:
            field.widget = forms.HiddenInput()
            field.required = False

    def clean_subdistrict(self) -> Unit | None:
        code = self.cleaned_data.get("subdistrict") or next(iter(self.units), "")
        return self.units.get(code)

    @property
    def asks_subdistrict(self) -> bool:
        return len(self.units) > 1


class ColumnsForm(forms.Form):
    """One select box per field: the header of the column that holds it."""

    def __init__(self, data: QueryDict | None, *, headers: list[str], chosen: Mapping[str, str]) -> None:
        super().__init__(data, initial=dict(chosen))
        choices = [(NO_COLUMN, _("— no column —")), *((header, header) for header in headers if header)]
        for name, label in COLUMNS.items():
            constant = chosen.get(name, "")
            own = [(constant, constant)] if constant.startswith("=") else []
            self.fields[name] = forms.ChoiceField(label=label, choices=[*choices, *own], required=False)

    @property
    def mapping(self) -> dict[str, str | None]:
        return {name: value or None for name, value in self.cleaned_data.items()}


class WithdrawalForm(forms.Form):
    """Why the code of a QR card is taken out of use."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("For example: card lost, photographed by strangers, place under new management."),
    )


class ProposalForm(forms.Form):
    """For which area and day, who is absent, and the rates; those on leave that day are marked already."""

    units = forms.ModelMultipleChoiceField(
        Units.unscoped(reason="chosen when the form knows its officer").none(),
        label=_("Communities"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    absent = forms.ModelMultipleChoiceField(
        Officers.unscoped(reason="chosen when the form knows its officer").none(),
        label=_("Absent"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    places_per_worker = forms.IntegerField(
        label=_("Places per worker, limit"), min_value=1, max_value=100_000
    )
    stay_metres = forms.IntegerField(
        label=_("A change of face counts as (m)"), min_value=0, max_value=1_000_000
    )

    def __init__(self, data: QueryDict | None, *, officer: Officer, query: QueryDict) -> None:
        on = self._day(data or query)
        self.given = rates_on(on)
        super().__init__(
            data,
            initial={
                "on": on,
                "places_per_worker": self.given.places_per_worker,
                "stay_metres": self.given.stay_metres,
            },
        )
        scope = scope_of(officer)
        units = Units.visible_to(officer).in_force(on).order_by("code")
        own = [one for one in units.in_service() if scope.everything or one.pk in scope.subdistricts]
        if not own:
            raise PermissionDenied
        self.subdistrict = own[0]
        communities = units.filter(kind=UnitKind.COMMUNITY, subdistrict=self.subdistrict)
        workers = workers_of(self.subdistrict, (), on)
        self._choose("units", communities)
        self._choose(
            "absent",
            Officers.unscoped(reason="the workers of the sub-district whose headquarters asks")
            .filter(pk__in=[one.pk for one in workers])
            .order_by("name", "pk"),
        )
        self.initial["absent"] = [one.pk for one in on_leave(self.subdistrict, (), on)]

    def _choose(self, name: str, rows: Any) -> None:
        cast(forms.ModelMultipleChoiceField[Any], self.fields[name]).queryset = rows

    @staticmethod
    def _day(data: QueryDict) -> date:
        try:
            return date.fromisoformat(data.get("on") or "")
        except ValueError:
            return clock.today()

    @property
    def rates(self) -> Rates:
        chosen = {name: self.cleaned_data[name] for name in ("places_per_worker", "stay_metres")}
        return rates_on(self.cleaned_data["on"], **chosen)


class LineForm(forms.Form):
    """Who gets one place of a proposal."""

    worker_id = forms.ChoiceField(
        label=_("To be served by"), error_messages={"required": _("Choose somebody.")}
    )

    def __init__(self, data: QueryDict | None, *, choices: Sequence[Officer]) -> None:
        super().__init__(data)
        self.officers = {str(one.pk): one for one in choices}
        field = cast(forms.ChoiceField, self.fields["worker_id"])
        field.choices = [(pk, one.name) for pk, one in self.officers.items()]

    @property
    def worker(self) -> Officer:
        return self.officers[self.cleaned_data["worker_id"]]


class AdoptForm(forms.Form):
    from_on = forms.DateField(
        label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(label=_("Reason, for a past day"), max_length=200, required=False)


class TakeBackForm(forms.Form):
    until_on = forms.DateField(
        label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(label=_("Reason, for a past day"), max_length=200, required=False)
