"""Forms of duplicates: which pairs to list, two places to compare, what remains of the two, a decision, an undoing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.org.models import Officer, UnitKind
from dongche.org.queries import Units, scope_of
from dongche.registry.duplicates.comparing import Row
from dongche.registry.models import DuplicatePair, Entity
from dongche.registry.queries import DuplicatePairs, Places
from dongche.web.components import Chip, Tab

State = DuplicatePair.State
SCORES = (("900", _("90 % and more")), ("700", _("70 % and more")))
ALL = [("", _("All"))]


class PairFilter(forms.Form):
    """Which pairs to list: by state, community and least score."""

    state = forms.ChoiceField(choices=State.choices, required=False, widget=forms.HiddenInput)
    subdistrict = forms.ChoiceField(label=_("Sub-district"), required=False)
    community = forms.ChoiceField(label=_("Community"), required=False)
    score = forms.ChoiceField(label=_("Likelihood"), required=False, choices=[*ALL, *SCORES])

    def __init__(self, data: QueryDict, *, officer: Officer) -> None:
        super().__init__(data)
        self.officer = officer
        units = Units.visible_to(officer).order_by("code")
        scope = scope_of(officer)
        own = [one for one in units.in_service() if scope.everything or one.pk in scope.subdistricts]
        self.own = {one.code: one for one in own}
        communities = units.filter(kind=UnitKind.COMMUNITY, subdistrict__in=own).values_list("code", "name")
        self._choices("subdistrict", [(one.code, one.name) for one in own])
        self._choices("community", communities)
        if len(own) < 2:
            del self.fields["subdistrict"]

    def _choices(self, name: str, given: Any) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = [*ALL, *given]

    @cached_property
    def state_chosen(self) -> str:
        return (self.cleaned_data.get("state") if self.is_valid() else "") or State.OPEN

    @cached_property
    def everywhere(self) -> DuplicatePairs:
        """The pairs that the filters leave, in whatever state."""
        pairs = DuplicatePairs.visible_to(self.officer).standing()
        if not self.is_valid():
            return pairs.none()
        given = self.cleaned_data
        if given.get("subdistrict"):
            pairs = pairs.filter(subdistrict__code=given["subdistrict"])
        if given["community"]:
            code = given["community"]
            pairs = pairs.filter(Q(first__community__code=code) | Q(second__community__code=code))
        if given["score"]:
            pairs = pairs.filter(score__gte=int(given["score"]))
        return pairs

    def pairs(self) -> DuplicatePairs:
        return self.everywhere.filter(state=self.state_chosen)

    def tabs(self, counts: dict[str, int]) -> list[Tab]:
        return [
            Tab(str(label), "?" + self.query(state=state), state == self.state_chosen, counts.get(state, 0))
            for state, label in State.choices
        ]

    def chips(self) -> list[Chip]:
        """The filters in force, each with the address of the list without it."""
        given = self.cleaned_data if self.is_valid() else {}
        found = []
        for name in ("subdistrict", "community", "score"):
            if given.get(name):
                field = cast(forms.ChoiceField, self.fields[name])
                shown = dict(cast(Any, field.choices))[given[name]]
                found.append(Chip(str(field.label), str(shown), "?" + self.query(**{name: ""})))
        return found

    def query(self, **other: str) -> str:
        given = dict(self.cleaned_data) if self.is_valid() else {}
        return urlencode({name: value for name, value in (given | other).items() if value})


class CompareForm(forms.Form):
    """Two numbers of places, to be put side by side."""

    first = forms.CharField(label=_("Number of one place"), max_length=16)
    second = forms.CharField(label=_("Number of the other place"), max_length=16)

    def __init__(self, data: QueryDict | None, *, officer: Officer) -> None:
        super().__init__(data)
        self.officer = officer

    def _place(self, name: str) -> str:
        number = self.cleaned_data[name].strip().upper()
        if not Places.visible_to(self.officer).filter(number=number).exists():
            raise forms.ValidationError(
                gettext(
                    "There is no place with the number %(number)s that you see. Look it up in the list of places."
                )
                % {"number": number}
            )
        return str(number)

    def clean_first(self) -> str:
        return self._place("first")

    def clean_second(self) -> str:
        return self._place("second")


class MergeForm(forms.Form):
    """Which of two places remains, and for each field in which they differ, whose value."""

    remains = forms.ChoiceField(label=_("Which of the two remains"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("How do you know?"),
        max_length=200,
        required=False,
        help_text=_("For example: seen on the spot, the same licence."),
    )

    def __init__(
        self,
        data: QueryDict | None,
        *,
        places: Sequence[Entity],
        rows: Sequence[Row],
        versions: Sequence[int],
        survivor: Entity,
    ) -> None:
        sides = {place.pk: side for side, place in enumerate(places)}
        super().__init__(data, initial={"remains": survivor.number})
        self.places = places
        self.rows = [row for row in rows if row.differs]
        numbers = [(place.number, f"{place.number} · {place.name}") for place in places]
        cast(forms.ChoiceField, self.fields["remains"]).choices = numbers
        for place, version in zip(places, versions, strict=True):
            self.fields[f"version_{place.pk}"] = forms.IntegerField(widget=forms.HiddenInput, initial=version)
        for row in self.rows:
            side = sides[survivor.pk]
            preferred = 1 - side if row.sides[side].is_empty else side
            self.fields[f"take_{row.name}"] = forms.ChoiceField(
                label=row.label,
                choices=[(place.number, place.number) for place in places],
                initial=places[preferred].number,
            )

    def chosen(self, name: str) -> str:
        """The number of the place whose value of a field is chosen."""
        return str(self[f"take_{name}"].value())

    @property
    def survivor(self) -> Entity:
        return next(place for place in self.places if place.number == self.cleaned_data["remains"])

    @property
    def merged(self) -> Entity:
        return next(place for place in self.places if place != self.survivor)

    @property
    def versions(self) -> dict[int, int]:
        return {place.pk: self.cleaned_data[f"version_{place.pk}"] for place in self.places}

    @property
    def taken(self) -> list[str]:
        kept = self.survivor.number
        return [row.name for row in self.rows if self.cleaned_data[f"take_{row.name}"] != kept]


class DecisionForm(forms.Form):
    """What a pair is, short of one place: two, or to be looked at later; or open again."""

    state = forms.ChoiceField(
        choices=[(state, state) for state in (State.APART, State.POSTPONED, State.OPEN)],
        widget=forms.HiddenInput,
    )
    reason = forms.CharField(
        label=_("How do you know that these are two?"),
        max_length=200,
        required=False,
        help_text=_(
            "For example: two licences, seen on the spot. Not shown again until one of the two changes."
        ),
    )


class PartForm(forms.Form):
    """Why a merge is undone."""

    reason = forms.CharField(label=_("Why is it undone?"), max_length=200, required=False)
