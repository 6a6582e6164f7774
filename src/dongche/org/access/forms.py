"""The forms at the door and of one's own account. All work without JavaScript."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dongche.org.models import Officer, Unit


def _password(label: Any, autocomplete: str, **more: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, max_length=256, widget=widget, **more)


class SignInForm(forms.Form):
    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = _password(_("Password"), "current-password")


class CodeForm(forms.Form):
    """A one-time code of six digits or a recovery code of eight, however it is spaced."""

    code = forms.CharField(
        label=_("One-time code"),
        max_length=20,
        help_text=_("Six digits from your authenticator app, or one of your recovery codes."),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )


class ConfirmPasswordForm(forms.Form):
    password = _password(_("Password"), "current-password")


class NewPasswordForm(forms.Form):
    """A first password, chosen by whoever holds an invitation."""

    new = _password(
        _("New password"),
        "new-password",
        help_text=_(
            "At least ten characters, not only digits, no word that everybody uses. Several words are easy to keep."
        ),
    )
    again = _password(_("New password again"), "new-password")

    def __init__(self, *given: Any, officer: Officer, **more: Any) -> None:
        super().__init__(*given, **more)
        self.officer = officer

    def clean_new(self) -> str:
        new: str = self.cleaned_data["new"]
        password_validation.validate_password(new, self.officer)
        return new

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if "new" in given and "again" in given and given["new"] != given["again"]:
            raise ValidationError({"again": _("The two passwords differ. Type the new one twice.")})
        return given


class ChangePasswordForm(NewPasswordForm):
    present = _password(_("Present password"), "current-password")
    field_order = ("present", "new", "again")


class EnrolTotpForm(forms.Form):
    code = forms.CharField(
        label=_("Code shown by the app"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class PasskeyForm(forms.Form):
    """`credential` is what the browser made; a script fills it in."""

    name = forms.CharField(
        label=_("Name of the passkey"),
        max_length=40,
        help_text=_("So that you know it again: “office computer”, “my phone”."),
    )
    credential = forms.CharField(widget=forms.HiddenInput, max_length=20_000)


class RenameForm(forms.Form):
    name = forms.CharField(label=_("Name of the passkey"), max_length=40)


class ScreenForm(forms.Form):
    """Which unit a new screen shows, and where it hangs."""

    name = forms.CharField(
        label=_("Name of the screen"),
        max_length=60,
        help_text=_("Where it hangs, so that you know it later: “hall, first floor”."),
    )
    unit = forms.TypedChoiceField(label=_("Shows the figures of"), coerce=int)

    def __init__(self, *args: Any, units: Sequence[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ChoiceField", self.fields["unit"])
        field.choices = [(unit.pk, unit.name) for unit in units]


class PairForm(forms.Form):
    """The code that is typed into a screen."""

    code = forms.CharField(label=_("Code of the screen"), max_length=20)


class TokenForm(forms.Form):
    """What a token is for, and for how long."""

    name = forms.CharField(
        label=_("Name of the token"),
        max_length=60,
        help_text=_("So that you know later which program has it: “nightly sync of the big-data bureau”."),
    )
    days = forms.IntegerField(
        label=_("Days until it expires"),
        min_value=1,
        max_value=365,
        initial=90,
        help_text=_("At most a year."),
    )
