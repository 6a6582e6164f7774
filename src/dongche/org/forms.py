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


def _on() -> forms.DateField:
    return _day(
        _("Holds from"),
        required=False,
        help_text=_(
            "Today, or a day to come: then it is planned and takes effect by itself. A day that has passed needs a "
            "reason."
        ),
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
    on = _on()
    reason = _reason()


class MoveForm(forms.Form):
    """Where to: by its code, for a tree may have more units than a list can show."""

    parent = forms.CharField(
        label=_("Code of the unit above"), max_length=20, help_text=_("Search the tree for it.")
    )
    on = _on()
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
    """`with_places` is asked where places would go elsewhere."""

    until_on = _day(_("First day without it"))
    with_places = forms.BooleanField(
        label=_("Its places go to the grids around them on that day"), required=False
    )
    reason = _reason()


class PolygonForm(forms.Form):
    """The corners as they are drawn or written, or GeoJSON, pasted or as a file: it comes before the corners."""

    points = forms.CharField(
        label=_("Corners of the outline"),
        required=False,
        max_length=polygons.MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 7, "spellcheck": "false", "data-points": ""}),
        help_text=_(
            "One corner in each line, longitude first: 120.37512, 36.08230. The map writes them here, and shows what "
            "is written."
        ),
    )
    text = forms.CharField(
        label=_("GeoJSON"),
        required=False,
        strip=True,
        max_length=polygons.MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=_("One Polygon or MultiPolygon in WGS-84 degrees, longitude first."),
    )
    file = forms.FileField(
        label=_("Or a GeoJSON file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".json,.geojson,application/geo+json"}),
    )
    on = _on()
    with_places = forms.BooleanField(label=_("These places change their grid on that day"), required=False)
    reason = _reason()
    polygon: dict[str, Any]
    fault: Problem | None = None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        text = given.get("text") or ""
        file = given.get("file")
        if file is not None and file.size > polygons.MAX_TEXT:
            self.refuse(polygons.PolygonTooLarge(limit=polygons.MAX_TEXT // 1_000_000))
            return given
        if file is not None:
            text = file.read().decode("utf-8-sig", errors="replace")
        corners = given.get("points") or ""
        if not text and not corners:
            raise ValidationError(_("Draw the outline, write its corners, or choose a file."))
        try:
            self.polygon = polygons.read(text) if text else polygons.from_points(corners)
        except Problem as problem:
            self.refuse(problem)
        return given

    def refuse(self, problem: Problem) -> None:
        """Say what is wrong, and keep it for the map."""
        self.fault = problem
        self.add_error(None, sentence(problem))


class AsOfForm(forms.Form):
    """The day, and the moment of what was known, for which the page of a unit is asked."""

    on = _day(_("Day"), required=False)
    as_known = forms.DateTimeField(
        label=_("As known at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
