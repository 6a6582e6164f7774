"""Forms of the registry: the file of an import, which column holds what, why a code is withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dongche.org.models import Officer, Unit, UnitKind
from dongche.org.queries import Units, scope_of
from dongche.registry.actions.imports import EXTENSIONS
from dongche.registry.labels import COLUMNS

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
        units = Units.visible_to(officer).filter(kind=UnitKind.SUBDISTRICT).order_by("code")
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
