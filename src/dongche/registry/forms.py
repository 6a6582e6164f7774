"""Forms of the registry: imports and their columns, withdrawn codes, proposals of who serves which place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.kit import clock
from dongche.kit.coordinates import GCJ02
from dongche.org.models import Officer, Unit, UnitKind
from dongche.org.queries import Officers, Units, scope_of
from dongche.registry import entering
from dongche.registry.actions.imports import EXTENSIONS
from dongche.registry.addressing import Streets
from dongche.registry.imports.places import Ground
from dongche.registry.imports.values import PERSONAL
from dongche.registry.labels import COLUMNS, explanation
from dongche.registry.models import Category, Document, Entity, Exclusion, Focus, ImportBatch, Source, Step
from dongche.registry.papers import ENDINGS
from dongche.registry.queries import version_of
from dongche.registry.staffing.case import Rates, on_leave, rates_on, workers_of
from dongche.registry.standards.nine_small import venues
from dongche.web.fields import masked_name, masked_phone
from dongche.web.languages import in_language

NO_COLUMN = ""
NUMBERS = frozenset({"lon", "lat", "area_m2", "staff_count", "revenue", "assets", "output_normal"})
HELPED = frozenset({"credit_code", "industry", "output_normal"})


# Rosters are sent from the page of their place, reports and outcomes from the pages on which they are entered.
ELSEWHERE = (ImportBatch.Kind.ROSTER, ImportBatch.Kind.REPORTS, ImportBatch.Kind.OUTCOMES)
SENT = tuple(kind for kind in ImportBatch.Kind if kind not in ELSEWHERE)


class UploadForm(forms.Form):
    """A file, and the sub-district it is for when the officer serves in several."""

    file = forms.FileField(
        label=_("Spreadsheet"),
        allow_empty_file=True,  # the reader says in words what is wrong with an empty one
        widget=forms.FileInput(attrs={"accept": ",".join(EXTENSIONS)}),
        error_messages={"required": _("Choose a file first.")},
    )
    kind = forms.ChoiceField(
        label=_("Kind of import"),
        choices=[(kind.value, kind.label) for kind in SENT],
        initial=ImportBatch.Kind.PLACES,
        required=False,
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


class RosterForm(forms.Form):
    """The roster of a place as a file."""

    file = forms.FileField(
        label=_("Roster of the place"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ",".join(EXTENSIONS)}),
        error_messages={"required": _("Choose a file first.")},
    )


class ErasureForm(forms.Form):
    """That data are to be deleted for good."""

    subdistrict = forms.CharField(max_length=12, required=False, widget=forms.HiddenInput)
    reason = forms.CharField(max_length=200, required=False)
    sure = forms.BooleanField()


class UndoForm(forms.Form):
    """Why a whole import is taken back."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("For example: wrong file, the columns were exchanged, sent by mistake."),
    )


class WithdrawalForm(forms.Form):
    """Why the code of a QR card is taken out of use."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("For example: card lost, photographed by strangers, place under new management."),
    )


DAY = {"type": "date"}
YES_NO = (("", "—"), ("是", _("Yes")), ("否", _("No")))
# The fields of a place in the groups in which they are asked for.
ASKED = {
    _("What it is"): ("name", "category", "nine_small_class", "industry", "credit_code", "focus", "opened_on"),
    _("Where it lies"): ("address", "community", "grid", "lon", "lat", "datum", "area_m2"),
    _("Who is called"): ("contact_name", "contact_phone"),
    _("For the figures"): (
        "staff_count", "revenue", "assets", "output_normal", "construction_qualified",
    ),
}  # fmt: skip


class PlaceForm(forms.Form):
    """A new place, or the values of one that is known, read by the rules of an import.

    Personal values of a known place are not shown: what is left empty there stays, unless it is to be removed.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    source = forms.ChoiceField(
        label=_("How it is known"),
        choices=[(Source.ENTERED, _("From papers or by hearsay")), (Source.VISITED, _("Seen on the spot")),
                 (Source.SELF_REPORTED, _("Told by the place"))],
    )  # fmt: skip
    is_another = forms.BooleanField(label=_("None of these: it is another place"), required=False)

    def __init__(self, data: QueryDict | None, *, subdistrict: Unit, place: Entity | None = None) -> None:
        self.place, self.subdistrict, self.on = place, subdistrict, clock.today()
        self.ground = Ground.of(subdistrict, self.on)
        self.given: dict[str, Any] = {}
        codes = {pk: code for code, pk in self.ground.ids.items()}
        initial = {} if place is None else entering.cells_of(place, codes) | {"version": version_of(place)}
        if initial.get("construction_qualified") is not None:
            initial["construction_qualified"] = "是" if initial["construction_qualified"] else "否"
        super().__init__(data, initial=initial)
        for name in entering.ASKED:
            self.fields[name] = self._field(name)
        if place is not None:
            for name in sorted(PERSONAL):
                kept = (
                    masked_phone(place.contact_phone)
                    if name == "contact_phone"
                    else masked_name(place.contact_name)
                )
                self.fields[name].help_text = _("Kept: %(value)s. Left empty, it stays.") % {
                    "value": kept or "—"
                }
            self.fields["forget"] = forms.BooleanField(label=_("Remove name and phone"), required=False)

    def _field(self, name: str) -> forms.Field:
        label, choices = COLUMNS[name], self._choices(name)
        if choices is not None:
            return forms.ChoiceField(label=label, choices=choices, required=name == "category")
        if name == "opened_on":
            widget = forms.DateInput(attrs=DAY, format="%Y-%m-%d")
            return forms.DateField(label=label, widget=widget, required=False)
        text = forms.CharField(
            label=label,
            required=name == "name",
            max_length=300,
            help_text=explanation(name) if name in HELPED else "",
        )
        if name in NUMBERS:
            text.widget.attrs["inputmode"] = "decimal"
        return text

    def _choices(self, name: str) -> Sequence[Any] | None:
        none = [("", "—")]
        if name == "category":
            return [*none, *Category.choices]
        if name == "focus":
            return [*none, *Focus.choices]
        if name == "construction_qualified":
            return YES_NO
        if name == "datum":
            return [("", "WGS-84"), (GCJ02, _("GCJ-02 (AMap, Tencent)"))]
        if name == "nine_small_class":
            return [
                *none,
                *((code, in_language({"en": one.en, "zh-Hans": one.zh})) for code, one in venues().items()),
            ]
        if name == "community":
            return [*none, *((one.code, one.name) for one in self.ground.lookups.communities())]
        if name == "grid":
            grids: dict[str, list[tuple[str, str]]] = {}
            for grid in self.ground.lookups.grids():
                grids.setdefault(grid.community, []).append((grid.code, grid.name))
            return [
                *none,
                *((one.name, grids.get(one.code, [])) for one in self.ground.lookups.communities()),
            ]
        return None

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under the headings they are asked for."""
        return [(str(heading), [self[name] for name in names]) for heading, names in ASKED.items()]

    def clean(self) -> dict[str, Any]:
        cells = super().clean() or {}
        if self.errors:
            return cells
        given = entering.read(cells, ground=self.ground, on=self.on)
        if isinstance(given, list):
            for fault in given:
                self.add_error(fault.field if fault.field in self.fields else None, fault.sentence(gettext))
            return cells
        if self.place is not None and not cells["forget"]:
            for name in PERSONAL:
                given[name] = given[name] or getattr(self.place, name)
        if "community_id" not in given or given["community_id"] is None:
            self.add_error("community", self._no_community(cells["address"]))
        self.given = given
        return cells

    def _no_community(self, address: str) -> str:
        """That the community is missing, with what the address speaks for."""
        text = str(_("Choose the community, or give longitude and latitude inside a grid."))
        hint = Streets.of([self.subdistrict.pk]).suggest(address or "")
        if hint is None:
            return text
        by_address = _("By its address it is in %(community)s: %(reason)s.")
        name = self.ground.communities.get(hint.community, "")
        return f"{text} {by_address % {'community': name, 'reason': hint.reason}}"

    def clean_version(self) -> int | None:
        version = self.cleaned_data["version"]
        if self.place is not None and version is None:
            raise forms.ValidationError(
                _("Open the page again; it does not say which version it was made from.")
            )
        return cast(int | None, version)


class ExclusionForm(forms.Form):
    """Why and when a place is not among those that should resume."""

    kind = forms.ChoiceField(label=_("Why it is left out"), choices=Exclusion.Kind.choices)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("For example the number of the order, or who saw it closed."),
    )
    from_on = forms.DateField(label=_("From"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    until_on = forms.DateField(
        label=_("Counts again from"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"), required=False
    )


class ExclusionEndForm(forms.Form):
    until_on = forms.DateField(
        label=_("Counts again from"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d")
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class StandingForm(forms.Form):
    """On which step of the ladder a place was seen, when, and how one knows."""

    step = forms.ChoiceField(label=_("Standing"), choices=Step.choices)
    on = forms.DateField(label=_("Seen on"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    source = forms.ChoiceField(
        label=_("How it is known"),
        choices=[
            (Source.VISITED.value, _("Seen on the spot")),
            (Source.ENTERED.value, _("From papers or by telephone")),
        ],
    )
    reason = forms.CharField(
        label=_("What was seen or said"),
        max_length=200,
        help_text=_("For example: gate locked, nobody there; or: two of four lines running."),
    )


class DocumentForm(forms.Form):
    """A paper or photo of a place."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,  # the action says in words what is wrong with an empty one
        widget=forms.FileInput(attrs={"accept": ",".join(ENDINGS)}),
        error_messages={"required": _("Choose a file first.")},
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Document.Kind.choices)
    title = forms.CharField(
        label=_("Title"), max_length=120, required=False, help_text=_("Left empty, the name of the file.")
    )
    on = forms.DateField(
        label=_("Day on the paper"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"), required=False
    )


class DocumentWithdrawalForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class StandingEndForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


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
