"""The forms of a hand-over: who hands over, what, to whom and from when on."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.org.handing import Handing, posts_of
from dongche.org.models import Officer, Unit
from dongche.org.queries import Officers, Posts, unattached

NOBODY = "-"


def officers_of(actor: Any, area: Unit, on: date) -> list[Officer]:
    """The active officers with a post of the day in a sub-district, as far as the actor sees them, by name."""
    posts = Posts.visible_to(actor).in_force(on).filter(unit__subdistrict=area)
    found = Officers.visible_to(actor).filter(is_active=True, pk__in=posts.values("officer"))
    return sorted(found, key=lambda officer: officer.name)


def label(officer: Officer) -> str:
    return f"{officer.name} · {officer.username}"


class WhoForm(forms.Form):
    """Whose posts are handed over."""

    officer = forms.ChoiceField(label=_("Who hands over"))

    def __init__(self, data: Any, *, officers: list[Officer]) -> None:
        super().__init__(data)
        self.officers = {officer.username: officer for officer in officers}
        field = cast(forms.ChoiceField, self.fields["officer"])
        field.choices = [(name, label(officer)) for name, officer in self.officers.items()]

    def officer_chosen(self) -> Officer:
        return self.officers[self.cleaned_data["officer"]]


class HandOverForm(forms.Form):
    """What goes to whom, and from which day on."""

    officer = forms.CharField(widget=forms.HiddenInput)
    successor = forms.ChoiceField(label=_("Successor"), required=False)
    newcomer = forms.CharField(
        label=_("Or a newcomer"),
        required=False,
        max_length=40,
        help_text=_("The whole user name of an officer who never held a post."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    posts = forms.MultipleChoiceField(label=_("Posts"), widget=forms.CheckboxSelectMultiple)
    from_on = forms.DateField(
        label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    places = forms.BooleanField(label=_("Places held by name go along"), required=False)
    work = forms.BooleanField(label=_("Open things to do go along"), required=False)

    def __init__(self, data: Any, *, officer: Officer, successors: list[Officer], today: date) -> None:
        self.giver = officer
        self.held = {str(post.pk): post for post in posts_of(officer, today)}
        initial = {
            "officer": officer.username,
            "posts": list(self.held),
            "from_on": today,
            "places": True,
            "work": True,
        }
        super().__init__(data, initial=initial)
        self.successors = {one.username: one for one in successors if one != officer}
        field = cast(forms.ChoiceField, self.fields["successor"])
        field.choices = [
            ("", "—"),
            *((name, label(one)) for name, one in self.successors.items()),
            (NOBODY, gettext("Nobody: the posts fall vacant")),
        ]
        posts = cast(forms.MultipleChoiceField, self.fields["posts"])
        posts.choices = [
            (pk, f"{post.get_role_display()} · {post.unit.name}") for pk, post in self.held.items()
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        name = given.get("newcomer", "").strip()
        self.new = unattached().filter(username=name).first() if name else None
        if name and self.new is None:
            self.add_error("newcomer", gettext("No officer without a post has this user name."))
        elif not name and not given.get("successor"):
            self.add_error("successor", gettext("Choose a successor, or nobody."))
        return given

    def handing(self) -> Handing:
        given = self.cleaned_data
        return Handing(
            self.giver,
            self.new or self.successors.get(given["successor"]),
            tuple(self.held[pk] for pk in given["posts"]),
            given["from_on"],
            given["places"],
            given["work"],
        )
