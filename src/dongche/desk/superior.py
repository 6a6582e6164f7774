"""The figures that district and city give: the form in which headquarters enters them, and all that was entered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from dongche.org.models import Officer, Unit
from dongche.org.queries import Units, scope_of
from dongche.reporting.models import SuperiorFigure
from dongche.reporting.superior import MOST, Superiors

Level, Quantity = SuperiorFigure.Level, SuperiorFigure.Quantity
_SEEN: Final = "seen_"


def units_of(officer: Officer, on: date) -> list[Unit]:
    """The sub-districts whose headquarters the officer serves in: for which they enter figures."""
    scope = scope_of(officer)
    units = Units.visible_to(officer).in_service().in_force(on).defer("polygon").order_by("code")
    return [unit for unit in units if scope.everything or unit.pk in scope.subdistricts]


class SuperiorForm(forms.Form):
    """What one level gave for a day. An empty figure is left as it is; what was known is carried along."""

    source = forms.CharField(
        label=_("Source"),
        max_length=200,
        help_text=_("The paper, message or page that says so, with its date."),
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )

    def __init__(self, data: Any, *, level: str, held: Mapping[str, SuperiorFigure]) -> None:
        first = next(iter(held.values()), None)
        initial = {quantity: one.amount for quantity, one in held.items()}
        super().__init__(data, initial=initial | {"source": first.source if first else ""}, prefix=level)
        self.level, self.held = level, held
        amounts = {}
        for quantity in Quantity:
            amounts[quantity.value] = forms.IntegerField(
                label=quantity.label,
                required=False,
                min_value=1,
                max_value=MOST,
                widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric", "min": 1}),
            )
            self.fields[_SEEN + quantity.value] = forms.IntegerField(
                required=False,
                initial=held[quantity].pk if quantity in held else 0,
                widget=forms.HiddenInput(),
            )
        self.fields = {**amounts, **self.fields}

    @property
    def title(self) -> str:
        return str(Level(self.level).label)

    @property
    def amounts(self) -> dict[str, int]:
        """What was filled in."""
        found = {one.value: self.cleaned_data.get(one.value) for one in Quantity}
        return {quantity: amount for quantity, amount in found.items() if amount is not None}

    @property
    def seen(self) -> dict[str, int]:
        return {one.value: self.cleaned_data.get(_SEEN + one.value) or 0 for one in Quantity}


@dataclass(frozen=True)
class Page:
    on: date
    unit: Unit
    units: Sequence[Unit]
    forms: Sequence[SuperiorForm]


def build(officer: Officer, on: date, code: str, data: Any) -> Page | None:
    """This function will lay the forms of a day, one for each level; the sent one holds what was sent.

    Empty: None for a sub-district that is not the officer's
    """
    units = units_of(officer, on)
    unit = next((one for one in units if not code or one.code == code), None)
    if unit is None:
        return None
    held: dict[str, dict[str, SuperiorFigure]] = {level.value: {} for level in Level}
    for one in Superiors.visible_to(officer).current(unit, on).order_by("pk"):
        held[one.level][one.quantity] = one
    sent = data.get("level", "") if data is not None else ""
    laid = [
        SuperiorForm(data if sent == level.value else None, level=level.value, held=held[level.value])
        for level in Level
    ]
    return Page(on, unit, units, laid)
