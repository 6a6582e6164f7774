"""Who is away, what they answer for and who acts for them; and the forms by which an absence is noted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.desk.handover import label
from dongche.org.models import Leave, Officer, Post
from dongche.org.queries import Duties, Leaves, Posts, duties_on, led_officers, possible_substitutes
from dongche.org.words import ROLE_WORDS
from dongche.registry.queries import Places

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


@dataclass(frozen=True)
class Away:
    """An absence. `acting`: who does the work, None when nobody; `load`: role in words and number of places."""

    leave: Leave
    posts: Sequence[Post]
    load: Sequence[tuple[str, int]]
    acting: Officer | None
    can_change: bool


def away(actor: Any, on: date) -> tuple[list[Away], list[Away]]:
    """The absences of a day and those to come, as far as the actor sees them; a fixed number of queries."""
    seen = (
        Leaves.visible_to(actor).believed().select_related("officer", "substitute").order_by("from_on", "pk")
    )
    leaves = [leave for leave in seen if leave.until_on is None or leave.until_on > on]
    absent = {leave.officer_id for leave in leaves}
    duties = duties_on(on)
    loads = _loads(actor, on, duties, absent)
    posts: dict[int, list[Post]] = {pk: [] for pk in absent}
    for post in Posts.visible_to(actor).in_force(on).filter(officer__in=absent).select_related("unit"):
        posts[post.officer_id].append(post)
    keeps = {officer.pk for officer in led_officers(actor, on)}
    lines = [
        Away(
            leave,
            posts[leave.officer_id],
            [(str(ROLE_WORDS[role]), count) for role, count in loads[leave.officer_id].items()],
            duties.present(leave.officer)[0] if leave.from_on <= on else leave.substitute,
            leave.officer_id in keeps,
        )
        for leave in leaves
    ]
    now = [line for line in lines if line.leave.from_on <= on]
    return now, [line for line in lines if line.leave.from_on > on]


def _loads(actor: Any, on: date, duties: Duties, officers: set[int]) -> dict[int, Counter[str]]:
    """How many places each of the officers would answer for in each role, were they there."""
    there = replace(duties, leaves={}, _answers={})
    loads: dict[int, Counter[str]] = {pk: Counter() for pk in officers}
    if not officers:
        return loads
    for cell, count in Places.visible_to(actor).active(on).cells(on):
        for answer in there.resolve(cell):
            if answer.officer is not None and answer.officer.pk in officers:
                loads[answer.officer.pk][answer.role] += count
    return loads


class LeaveForm(forms.Form):
    """Who is away, from when until when, and who acts."""

    officer = forms.ChoiceField(label=_("Who is away"))
    from_on = forms.DateField(label=_("Away from"), widget=DAY)
    until_on = forms.DateField(
        label=_("Back on"),
        required=False,
        widget=DAY,
        help_text=_("The first day at work again; leave it empty while it is not known."),
    )
    substitute = forms.ChoiceField(
        label=_("Who acts meanwhile"),
        required=False,
        help_text=_("Acts in all posts of whoever is away, sees their places and gets their things to do."),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Leave.Kind.choices, initial=Leave.Kind.OTHER)
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed where days that have passed are concerned. No details of health."),
    )
    anyway = forms.BooleanField(label=_("Note it all the same"), required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, actor: Officer, today: date) -> None:
        super().__init__(data, initial={"officer": actor.username, "from_on": today})
        self.actor, self.today = actor, today
        self.led = {officer.username: officer for officer in led_officers(actor, today)}
        others = possible_substitutes(actor, today)
        self.others = {officer.username: officer for officer in (*others, actor)}
        self._choose("officer", [(name, label(officer)) for name, officer in self.led.items()])
        nobody = ("", gettext("Nobody"))
        self._choose("substitute", [nobody, *((name, label(one)) for name, one in self.others.items())])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        substitute = self.others.get(given.get("substitute", ""))
        if substitute is None or "from_on" not in given or given.get("anyway"):
            return given
        absent = Leaves.unscoped(reason="whoever is asked to act must be there").believed()
        for leave in absent.filter(officer=substitute):
            ends = given.get("until_on") or date.max
            if leave.from_on < ends and (leave.until_on is None or given["from_on"] < leave.until_on):
                text = gettext(
                    "%(officer)s is away from %(from_on)s on as well. Choose somebody else, or note it all the same."
                )
                self.add_error("substitute", text % {"officer": substitute.name, "from_on": leave.from_on})
                self.fields["anyway"].widget = forms.CheckboxInput()
                break
        return given


class BackForm(forms.Form):
    """From which day on an officer is back."""

    until_on = forms.DateField(
        label=_("Back on"),
        widget=DAY,
        help_text=_("The first day at work again. The first day of the absence, or before, cancels it."),
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=400)
