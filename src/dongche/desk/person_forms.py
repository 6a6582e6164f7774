"""Forms about people: a person taken in or changed, a temperature, a search, a roster asked for in full."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.kit import clock
from dongche.registry.models import HealthNote, Person, Source
from dongche.registry.queries import person_version
from dongche.registry.readers import Faults
from dongche.registry.roster import values
from dongche.registry.roster.labels import CHOICES, PERSON_FIELDS, masked
from dongche.registry.roster.rows import LONGEST, read_person, read_symptoms, read_temperature

GROUPS = {
    _("Who it is"): ("name", "sex", "document_type", "document_number", "phone", "job", "address", "household"),
    _("The way here"): ("origin_place", "origin", "risk", "arrived_on", "transport", "vehicle", "stays", "had_contact"),
    _("Health and observation"): (
        "health_code", "observed_at", "observed_from", "observed_until", "temperature", "symptoms",
    ),
    _("At the place"): ("at_post_on", "until_on"),
}  # fmt: skip
DAY = {"type": "date"}
YES_NO = (("", "—"), ("是", _("Yes")), ("否", _("No")))
HELPED = {
    "origin": _("Found from the place departed from when left empty."),
    "symptoms": _("“none” if there are none."),
    "until_on": _("The first day away for good; empty for whoever is there."),
}


class PersonForm(forms.Form):
    """Somebody new on a roster, or what is known of somebody, read by the rules of a row of a spreadsheet.

    Personal values of somebody known are not shown: what is left empty there stays.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    source = forms.ChoiceField(
        label=_("How it is known"),
        choices=[(Source.ENTERED, _("From papers or by hearsay")), (Source.VISITED, _("Seen on the spot")),
                 (Source.SELF_REPORTED, _("Told by the place"))],
    )  # fmt: skip

    def __init__(self, data: QueryDict | None, *, person: Person | None = None) -> None:
        self.person, self.given = person, dict[str, Any]()
        known = {} if person is None else values.of(person)
        initial: dict[str, Any] = {n: v for n, v in known.items() if n not in values.PERSONAL}
        if initial.get("had_contact") is not None:
            initial["had_contact"] = "是" if initial["had_contact"] else "否"
        if person is not None:
            initial["version"] = person_version(person)
        super().__init__(data, initial=initial)
        for name in PERSON_FIELDS:
            self.fields[name] = self._field(name)
            if person is not None and name in values.PERSONAL:
                kept = _("Kept: %(value)s. Left empty, it stays.")
                self.fields[name].help_text = kept % {"value": masked(name, known[name])}

    def _field(self, name: str) -> forms.Field:
        label, help_text = PERSON_FIELDS[name], HELPED.get(name, "")
        if name in CHOICES:
            choices = [("", "—"), *CHOICES[name].items()]
            return forms.ChoiceField(label=label, choices=choices, required=False, help_text=help_text)
        if name == "had_contact":
            return forms.ChoiceField(label=label, choices=YES_NO, required=False)
        if name in values.DAYS:
            widget = forms.DateInput(attrs=DAY, format="%Y-%m-%d")
            return forms.DateField(label=label, widget=widget, required=False, help_text=help_text)
        required = self.person is None and name in ("name", "document_number")
        text = forms.CharField(
            label=label, required=required, max_length=LONGEST.get(name, 60), help_text=help_text
        )
        text.widget.attrs["autocomplete"] = "off"
        if name == "temperature":
            text.widget.attrs["inputmode"] = "decimal"
        return text

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under the headings they are asked for."""
        return [(str(heading), [self[name] for name in names]) for heading, names in GROUPS.items()]

    def clean(self) -> dict[str, Any]:
        cells = super().clean() or {}
        if self.errors:
            return cells
        if self.person is not None:
            cells |= {name: cells[name] or getattr(self.person, name) for name in values.PERSONAL}
        given = read_person(cells, on=clock.today())
        if isinstance(given, list):
            for fault in given:
                self.add_error(fault.field if fault.field in self.fields else None, fault.sentence(gettext))
            return cells
        # Unlike in a file, a field that is left empty is emptied.
        health = {name: given[name] for name in values.HEALTH if name in given}
        self.given = values.complete(given) | health
        return cells


class HealthForm(forms.Form):
    """A temperature or symptoms of half a day."""

    on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    half = forms.ChoiceField(label=_("Half of the day"), choices=HealthNote.Half.choices)
    temperature = forms.CharField(
        label=_("Temperature (°C)"),
        max_length=10,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    symptoms = forms.CharField(
        label=_("Symptoms"), max_length=200, required=False, help_text=_("“none” if there are none.")
    )

    def clean(self) -> dict[str, Any]:
        cells = super().clean() or {}
        faults = Faults()
        cells["temperature"] = read_temperature(cells.get("temperature"), faults)
        cells["symptoms"] = read_symptoms(cells.get("symptoms"), faults)
        for fault in faults:
            self.add_error(fault.field, fault.sentence(gettext))
        return cells


class PersonSearch(forms.Form):
    """What somebody bears. Sent by POST: an address with a name or number in it would stand in logs and histories."""

    wanted = forms.CharField(
        label=_("Name, number or phone"),
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "type": "search",
                "placeholder": _("Name, number or phone in full, or the last four characters"),
            }
        ),
    )

    @property
    def text(self) -> str:
        return str(self.cleaned_data["wanted"])
