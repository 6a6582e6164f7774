"""A decision about the list of backbone firms as a form, and a whole list as a file."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from dongche.org.models import Officer, Unit
from dongche.org.queries import Units, scope_of
from dongche.registry.models import Entity
from dongche.registry.queries import Places

_WORDS = re.compile(r"[^0-9A-Za-z-]+")
_MOST = 5000
LINES = {"rows": 5, "autocomplete": "off"}
HELP = _("Numbers or credit codes of places, one a line; a pasted column of a spreadsheet will do.")


def own_subdistricts(officer: Officer) -> dict[str, Unit]:
    """The sub-districts in service whose headquarters the officer serves in, by code."""
    scope = scope_of(officer)
    units = Units.visible_to(officer).in_service().order_by("code")
    return {unit.code: unit for unit in units if scope.everything or unit.pk in scope.subdistricts}


def named_in(texts: list[str], officer: Officer, subdistrict: Unit) -> dict[str, Entity]:
    """The places of a sub-district by what they are named with, a number or a credit code: one query."""
    known = Places.visible_to(officer).filter(subdistrict=subdistrict)
    found: dict[str, Entity] = {}
    for place in [*known.filter(credit_code__in=texts), *known.filter(number__in=texts)]:
        found |= {one: place for one in (place.number, place.credit_code) if one in texts}
    return found


class DecisionForm(forms.Form):
    """The document, the reason, the day, and which firms come in and go out."""

    document = forms.CharField(
        label=_("Reference of the document"),
        max_length=80,
        help_text=_("As it stands in the head of the document."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=400)
    from_on = forms.DateField(
        label=_("Holds from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    entering = forms.CharField(
        label=_("Firms that come in"), required=False, widget=forms.Textarea(attrs=LINES), help_text=HELP
    )
    leaving = forms.CharField(
        label=_("Firms that go out"), required=False, widget=forms.Textarea(attrs=LINES), help_text=HELP
    )

    def __init__(
        self, data: QueryDict | None, *, officer: Officer, subdistrict: Unit, initial: dict[str, Any]
    ) -> None:
        super().__init__(data, initial=initial)
        self.officer, self.subdistrict = officer, subdistrict

    def _firms(self, name: str) -> list[Entity]:
        words = [word.upper() for word in _WORDS.split(self.cleaned_data[name]) if word][:_MOST]
        found = named_in(words, self.officer, self.subdistrict)
        missing = [word for word in words if word not in found]
        if missing:
            shown = pgettext("list", ", ").join(missing[:5])
            raise forms.ValidationError(
                gettext("No place of %(subdistrict)s has one of these numbers or credit codes: %(given)s.")
                % {"subdistrict": self.subdistrict.name, "given": shown}
            )
        return list({place.pk: place for place in found.values()}.values())

    def clean_entering(self) -> list[Entity]:
        return self._firms("entering")

    def clean_leaving(self) -> list[Entity]:
        return self._firms("leaving")


class ListForm(forms.Form):
    """The whole list that is to hold from a day on, as a spreadsheet."""

    file = forms.FileField(
        label=_("The whole new list"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls"}),
        error_messages={"required": _("Choose a file first.")},
    )
    on = forms.DateField(
        label=_("Holds from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    @property
    def day(self) -> date:
        return cast(date, self.cleaned_data["on"])
