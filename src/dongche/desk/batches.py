"""One deed on many places of a list: what is asked, what it would change and refuse, and where it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.desk.filters import PlaceFilter
from dongche.kit import clock
from dongche.org.models import Officer, UnitKind
from dongche.org.queries import Officers, Units, scope_of
from dongche.registry import actions, batching, labels
from dongche.registry.addressing import Streets
from dongche.registry.models import Category, Exclusion, Focus, PlaceBatch, PlaceBatchRow, PlaceDuty
from dongche.registry.queries import PlaceBatches, Places
from dongche.web.background import enqueue, task
from dongche.web.components import Tab
from dongche.web.templatetags.web import day

Kind = PlaceBatch.Kind
SHOWN = 20  # refused places named before anything is done
SHOWN_FOUND = 100  # proposals shown before they are taken


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more
    )


class DeedForm(forms.Form):
    """What is to be done. Its fields are prefixed: the address holds filters of the same names."""

    def __init__(self, data: Any, *, officer: Officer) -> None:
        super().__init__(data, prefix="to")

    def given(self) -> dict[str, Any]:
        """What the batch keeps: days as text."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in self.cleaned_data.items()
        }


class ExcludeForm(DeedForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=Exclusion.Kind.choices)
    from_on = _day(_("From"), initial=clock.today)
    until_on = _day(_("First day counted again"), required=False)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("until_on") and given.get("from_on") and given["until_on"] <= given["from_on"]:
            self.add_error("until_on", _("This day must be later than the first."))
        return given


class IncludeForm(DeedForm):
    until_on = _day(_("First day counted again"), initial=clock.today)


class FocusForm(DeedForm):
    focus = forms.ChoiceField(
        label=_("Three focuses"), required=False, choices=[("", _("No focus")), *Focus.choices]
    )


class CategoryForm(DeedForm):
    category = forms.ChoiceField(label=_("Category"), choices=Category.choices)


class GridForm(DeedForm):
    grid = forms.ChoiceField(label=_("Grid"))

    def __init__(self, data: Any, *, officer: Officer) -> None:
        super().__init__(data, officer=officer)
        scope = scope_of(officer)
        found = Units.visible_to(officer).of_service().filter(kind=UnitKind.GRID)
        if not scope.everything:
            found = found.filter(subdistrict__in=scope.subdistricts)
        self.units = {unit.code: unit for unit in found.select_related("parent").order_by("code")}
        groups: dict[str, list[tuple[str, str]]] = {}
        for code, unit in self.units.items():
            groups.setdefault(unit.parent.name if unit.parent else "", []).append((code, unit.name))
        cast(forms.ChoiceField, self.fields["grid"]).choices = list(groups.items())

    def given(self) -> dict[str, Any]:
        unit = self.units[self.cleaned_data["grid"]]
        area = {"community_id": unit.parent_id, "subdistrict_id": unit.subdistrict_id}
        return {"grid_id": unit.pk, **area}


class AddressForm(DeedForm):
    """Nothing is asked: what each address says is shown before anything is done."""


FORMS: Mapping[str, type[DeedForm]] = {
    Kind.EXCLUDE: ExcludeForm,
    Kind.INCLUDE: IncludeForm,
    Kind.FOCUS: FocusForm,
    Kind.CATEGORY: CategoryForm,
    Kind.GRID: GridForm,
    Kind.ADDRESS: AddressForm,
}


def offered() -> list[tuple[str, Any]]:
    """The deeds that a list offers, with their words."""
    return [(kind.value, kind.label) for kind in Kind if kind in FORMS]


@dataclass(frozen=True)
class Outlook:
    """What a deed would do to a list: the ids asked for, those refused with the codes of their reasons."""

    ids: Sequence[int]
    refused: Mapping[int, str]
    reasons: Sequence[tuple[str, int]]
    named: Sequence[tuple[str, str, str]]
    given: Mapping[str, Any]
    proposed: Sequence[tuple[str, str, str, str]] = ()

    @property
    def changed(self) -> int:
        return len(self.ids) - len(self.refused)

    @property
    def seen(self) -> str:
        """What the officer saw before deciding; another outlook by then is shown anew."""
        return f"{self.changed}-{len(self.refused)}"


def outlook(
    kind: str, form: PlaceFilter, given: Mapping[str, Any], officer: Officer, places: Places | None = None
) -> Outlook:
    """Look at all places of a list, or at those of it that are given: a few queries for each thousand."""
    places = form.places() if places is None else places
    scope = scope_of(officer)
    own: list[int] = []
    foreign: list[int] = []
    for pk, area in places.order_by("pk").values_list("pk", "subdistrict"):
        (own if scope.everything or area in scope.subdistricts else foreign).append(pk)
    proposed: list[tuple[str, str, str, str]] = []
    if kind == Kind.ADDRESS:
        given, proposed = _found(places, own)
    refused = dict.fromkeys(foreign, "not_yours") | batching.refusals(kind, own, given)
    few = sorted(refused)[:SHOWN]
    names = Places.visible_to(officer).filter(pk__in=few).order_by("pk").values_list("pk", "number", "name")
    return Outlook(
        sorted([*own, *foreign]),
        refused,
        [(reason(code), count) for code, count in Counter(refused.values()).most_common()],
        [(number, name, reason(refused[pk])) for pk, number, name in names],
        given,
        proposed,
    )


def _found(places: Places, ids: Sequence[int]) -> tuple[dict[str, Any], list[tuple[str, str, str, str]]]:
    """The communities that the addresses of places without one speak for: all as targets, the first ones in words."""
    lost = places.filter(community__isnull=True).order_by("pk")
    rows: list[Any] = list(lost.values_list("pk", "subdistrict", "number", "name", "address"))
    streets = Streets.of({row[1] for row in rows})
    own = set(ids)
    found = [(row, streets.suggest(row[4])) for row in rows if row[0] in own]
    targets = {str(row[0]): hint.community for row, hint in found if hint}
    units = Units.unscoped(reason="communities of places one sees").filter(pk__in=set(targets.values()))
    names = dict(units.values_list("pk", "name"))
    told = [(row[2], row[3], names[hint.community], hint.reason) for row, hint in found if hint]
    return {"targets": targets}, told[:SHOWN_FOUND]


def reason(code: str) -> str:
    return gettext(batching.REASONS[code])


def begin(
    kind: str,
    seen: Outlook,
    form: PlaceFilter,
    given: Mapping[str, Any],
    why: str,
    *,
    by: Officer,
    at: datetime,
) -> PlaceBatch:
    """Begin a batch; a short one is done when this returns, a long one is worked off in the background."""
    batch = actions.begin_batch(
        kind=kind,
        places=seen.ids,
        refused=seen.refused,
        given=given,
        filters=form.query(),
        reason=why,
        by=by,
        at=at,
    )
    carry_on(batch)
    return batch


def carry_on(batch: PlaceBatch) -> None:
    if batch.progress_total - batch.progress_done <= batching.AT_ONCE:
        work_off(batch.pk)
    else:
        enqueue(work_off_later, batch.pk)


def work_off(batch_id: int) -> None:
    """Do part after part of a batch, or take part after part back, until nothing of it is left."""
    batch = PlaceBatches.unscoped(reason="the batch is given").select_related("officer").get(pk=batch_id)
    busy = {PlaceBatch.State.RUNNING: actions.carry_out_batch, PlaceBatch.State.UNDOING: actions.undo_batch}
    while (step := busy.get(PlaceBatch.State(batch.state))) is not None:
        try:
            batch = step(batch=batch, by=batch.officer, at=clock.now())
        except Exception as fault:
            actions.fail_batch(batch=batch, problem=type(fault).__name__, by=batch.officer, at=clock.now())
            raise


@task
def work_off_later(batch_id: int) -> None:
    """Work off a long batch."""
    work_off(batch_id)


def told(batch: PlaceBatch) -> list[tuple[str, str]]:
    """What was decided, in words."""
    given = dict(batch.given)
    given.pop("subdistrict_id", None)
    given.pop("language", None)
    given.pop("targets", None)
    if batch.kind == Kind.NAME:
        officer = Officers.unscoped(reason="named in a batch of one's own").get(pk=given["officer_id"])
        role = dict(PlaceDuty.Role.choices)[given["role"]]
        said = {
            _("Duty"): role,
            _("Officer"): officer.name,
            _("From"): day(date.fromisoformat(given["from_on"]), "year"),
            _("Source"): given["source"],
        }
        return [(str(label), str(value)) for label, value in said.items() if value]
    units = dict(
        Units.unscoped(reason="units named in a batch of one's own")
        .filter(pk__in=[given.get("grid_id"), given.get("community_id")])
        .values_list("pk", "name")
    )
    words = {"kind": _("Kind"), "from_on": _("From"), "until_on": _("First day counted again")}
    kinds = dict(Exclusion.Kind.choices)
    found = []
    for name, value in given.items():
        shown = kinds.get(value, value) if name == "kind" else labels.value(name, value, units)
        label = words.get(name) if name in ("kind", "from_on", "until_on") else labels.label(name)
        found.append((str(label), str(shown)))
    return found


def tabs(batch: PlaceBatch, asked: str, url: str) -> tuple[str, list[Tab]]:
    """The rows of a batch by what became of them, and which of them are asked for."""
    counts = Counter(batch.rows.values_list("state", flat=True))
    state = asked if asked in counts else next(iter(counts), "")
    found = [
        Tab(str(one.label), f"{url}?show={one.value}", one.value == state, counts[one.value])
        for one in PlaceBatchRow.State
        if one.value in counts
    ]
    return state, found
