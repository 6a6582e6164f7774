"""The forms with which officers are brought in, moved and let go."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any, cast

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.desk.people import units_of
from dongche.kit import chinese
from dongche.org.models import Officer, Post, Unit, UnitKind
from dongche.org.roles import ROLES, PostRole

PHONE = RegexValidator(
    r"\A\+?[0-9][0-9 -]{5,18}[0-9]\Z", _("Write the number in digits, as in 13800001234 or 0532-85010001.")
)
USERNAME = RegexValidator(
    r"\A[a-z0-9][a-z0-9._-]{1,39}\Z",
    _("Use two to forty small letters, digits, dots and hyphens, beginning with a letter or digit."),
)
_DAY = {"type": "date"}


class ReasonForm(forms.Form):
    """Why something is done: kept in the audit log."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class EndForm(forms.Form):
    """From which day on a post is held no longer."""

    until_on = forms.DateField(
        label=_("No longer held from"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d")
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        required=False,
        help_text=_("Needed when the day has passed: figures and answers of those days change with it."),
    )


class PostForm(forms.Form):
    """A post: what somebody is, in which unit, from which day on."""

    role = forms.ChoiceField(label=_("Post"))
    unit = forms.ChoiceField(label=_("Unit"))
    from_on = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    reason = forms.CharField(
        label=_("Reason"), max_length=200, required=False, help_text=EndForm.base_fields["reason"].help_text
    )

    def __init__(self, data: Any, *, actor: Officer, today: date, post: Post | None = None) -> None:
        initial: dict[str, Any] = {"from_on": today}
        if post is not None:
            initial |= {"role": post.role, "unit": post.unit.code}
        super().__init__(data, initial=initial)
        self.units = {unit.code: unit for unit in units_of(actor, today)}
        kinds: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for code, unit in self.units.items():
            kinds[str(UnitKind(unit.kind).label)].append((code, unit.name))
        held = {unit.kind for unit in self.units.values()}
        roles = [
            (role, PostRole(role).label) for role, about in ROLES.items() if held & set(about.unit_kinds)
        ]
        cast(forms.ChoiceField, self.fields["unit"]).choices = [("", "—"), *kinds.items()]
        cast(forms.ChoiceField, self.fields["role"]).choices = [("", "—"), *roles]

    def clean_unit(self) -> Unit:
        return self.units[self.cleaned_data["unit"]]

    @property
    def post(self) -> dict[str, Any]:
        """What the actions are told."""
        return {name: self.cleaned_data[name] for name in ("unit", "role", "from_on", "reason")}


class ContactForm(forms.Form):
    """How an officer is called and reached."""

    name = forms.CharField(label=_("Name"), max_length=40)
    phone = forms.CharField(
        label=_("Phone"),
        max_length=20,
        required=False,
        validators=[PHONE],
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    def __init__(self, data: Any, *, officer: Officer | None = None) -> None:
        super().__init__(data, initial={"name": officer.name} if officer else {})
        if officer is not None and officer.phone:
            self.fields["phone"].help_text = gettext("Left empty, the number stays as it is.")

    def clean_name(self) -> str:
        return chinese.normalise(self.cleaned_data["name"])

    def clean_phone(self) -> str:
        return "".join(self.cleaned_data["phone"].split())


class InviteForm(PostForm):
    """A new officer with a first post."""

    name = forms.CharField(label=_("Name"), max_length=40)
    username = forms.CharField(
        label=_("User name"),
        max_length=40,
        validators=[USERNAME],
        help_text=_("With it they sign in; it stays when name or post change."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    phone = forms.CharField(
        label=_("Phone"),
        max_length=20,
        required=False,
        validators=[PHONE],
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    field_order = ("name", "username", "phone", "role", "unit", "from_on", "reason")

    clean_name = ContactForm.clean_name
    clean_phone = ContactForm.clean_phone
