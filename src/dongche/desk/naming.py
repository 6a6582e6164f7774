"""Naming an officer for places by hand: who serves them, or keeps contact with them, one place or a whole list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django import forms
from django.db.models import Count
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dongche.desk.handover import label
from dongche.org.models import Officer, Unit
from dongche.org.queries import Officers, Posts
from dongche.org.roles import PostRole
from dongche.registry.models import PlaceDuty
from dongche.registry.queries import PlaceDuties, Places
from dongche.web.components import Tab


class NameForm(forms.Form):
    """Who answers for the places, in which role and from which day on."""

    officer = forms.ChoiceField(label=_("Officer"))
    from_on = forms.DateField(
        label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    source = forms.CharField(
        label=_("Source"),
        required=False,
        max_length=80,
        help_text=_("The decision or document it comes from."),
    )

    def __init__(self, data: Any, *, actor: Any, area: Unit, role: str, today: date) -> None:
        super().__init__(data, initial={"from_on": today})
        posts = Posts.visible_to(actor).in_force(today).filter(unit__subdistrict=area)
        if role == PlaceDuty.Role.CONTACT:  # leaders keep contact with key enterprises (S48)
            posts = posts.filter(role=PostRole.DIVISION_LEADER)
        found = Officers.visible_to(actor).filter(is_active=True, pk__in=posts.values("officer"))
        self.people = {officer.username: officer for officer in sorted(found, key=lambda one: one.name)}
        field = cast(forms.ChoiceField, self.fields["officer"])
        field.choices = [(name, label(officer)) for name, officer in self.people.items()]

    def officer_chosen(self) -> Officer:
        return self.people[self.cleaned_data["officer"]]

    def given(self, role: str) -> dict[str, Any]:
        """What a batch keeps of it: days as text."""
        first, source = self.cleaned_data["from_on"].isoformat(), self.cleaned_data["source"]
        return {"officer_id": self.officer_chosen().pk, "role": role, "from_on": first, "source": source}


def tabs(given: QueryDict, role: str) -> list[Tab]:
    """The roles somebody can be named for, each for the same places."""
    kept = given.copy()
    for name in NameForm.base_fields:
        kept.pop(name, None)
    return [
        Tab(str(words), f"{reverse('desk:name', args=[value])}?{kept.urlencode()}", current=value == role)
        for value, words in PlaceDuty.Role.choices
    ]


@dataclass(frozen=True)
class Naming:
    """What naming an officer would change: places, and by whom they are held by name so far (None: by nobody)."""

    places: int
    held: Sequence[tuple[Officer | None, int]]


def preview(places: Places, actor: Any, role: str, on: date) -> Naming:
    """Two queries, however many places."""
    total = places.count()
    named = (
        PlaceDuties.visible_to(actor)
        .in_force(on)
        .filter(role=role, entity__in=places.order_by().values("pk"))
    )
    counts = list(named.order_by().values_list("officer").annotate(count=Count("pk")))
    people = Officers.unscoped(reason="whoever answers for a place one sees").in_bulk(
        [pk for pk, _count in counts]
    )
    held: list[tuple[Officer | None, int]] = [(people[pk], count) for pk, count in counts]
    rest = total - sum(count for _pk, count in counts)
    return Naming(total, [*held, (None, rest)] if rest else held)


class EndForm(forms.Form):
    """From which day on an officer answers for a place no more, and why."""

    until_on = forms.DateField(
        label=_("First day without it"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=400)
