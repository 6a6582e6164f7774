"""Forms of units: a search, a new one, and what may be done to one that is there."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dongche.kit.errors import Problem
from dongche.org import polygons
from dongche.org.models import Dedication, Officer, Unit, UnitKind
from dongche.org.queries import Units
from dongche.org.tree import PARENTS
from dongche.web.problems import sentence


class UnitSearch(forms.Form):
    """A part of the name, or the beginning of the code."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=40,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": _("Two characters of the name, or the code")}
        ),
    )


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more
    )


def _reason() -> forms.CharField:
    return forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=400,
        help_text=_("Needed when the day has passed; kept in the audit log."),
    )


class NewUnitForm(forms.Form):
    """A unit under the one whose page this was opened from."""

    kind = forms.ChoiceField(label=_("Kind"))
    code = forms.RegexField(
        r"^[0-9A-Za-z-]{2,20}$",
        label=_("Code"),
        max_length=20,
        help_text=_(
            "That of the statistical list; for a grid the 12 digits of its community and three more."
        ),
    )
    name = forms.CharField(label=_("Name of the unit"), max_length=80)
    party_organisation = forms.CharField(label=_("Party organisation"), max_length=80, required=False)
    dedicated_to = forms.ChoiceField(
        label=_("Dedicated to"),
        required=False,
        choices=[("", _("Nothing: an ordinary grid")), *Dedication.choices],
        help_text=_("For grids only."),
    )
    from_on = _day(_("From"))
    reason = _reason()

    def __init__(self, data: Any = None, *, parent: Unit, today: date) -> None:
        super().__init__(data, initial={"from_on": today})
        kinds = [(kind, UnitKind(kind).label) for kind, above in PARENTS.items() if parent.kind in above]
        cast(forms.ChoiceField, self.fields["kind"]).choices = kinds
        if UnitKind.GRID not in dict(kinds):
            del self.fields["dedicated_to"]


class RenameForm(forms.Form):
    name = forms.CharField(label=_("Name of the unit"), max_length=80)
    party_organisation = forms.CharField(label=_("Party organisation"), max_length=80, required=False)
    reason = _reason()


class MoveForm(forms.Form):
    """Where to: by its code, for a tree may have more units than a list can show."""

    parent = forms.CharField(
        label=_("Code of the unit above"), max_length=20, help_text=_("Search the tree for it.")
    )
    reason = _reason()

    def __init__(self, *args: Any, officer: Officer, **more: Any) -> None:
        super().__init__(*args, **more)
        self.officer = officer

    def clean_parent(self) -> Unit:
        found = Units.visible_to(self.officer).kept_by(self.officer).filter(code=self.cleaned_data["parent"])
        unit = found.first()
        if unit is None:
            raise ValidationError(_("There is no unit with this code among those you keep."))
        return unit


class EndForm(forms.Form):
    until_on = _day(_("First day without it"))
    reason = _reason()


class PolygonForm(forms.Form):
    """GeoJSON, pasted or as a file."""

    text = forms.CharField(
        label=_("GeoJSON"),
        required=False,
        strip=True,
        max_length=polygons.MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=_("One Polygon or MultiPolygon in WGS-84 degrees, longitude first."),
    )
    file = forms.FileField(
        label=_("Or a GeoJSON file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".json,.geojson,application/geo+json"}),
    )
    reason = _reason()
    polygon: dict[str, Any]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        text = given.get("text") or ""
        file = given.get("file")
        if file is not None:
            content = file.read(polygons.MAX_TEXT + 1)
            text = content.decode("utf-8-sig", errors="replace")
        if not text:
            raise ValidationError(_("Paste a polygon or choose a file."))
        try:
            self.polygon = polygons.read(text)
        except Problem as problem:
            raise ValidationError(sentence(problem)) from None
        return given
