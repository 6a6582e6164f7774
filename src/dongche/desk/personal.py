"""Names and phones of people: masked, unless it is the officer's very duty to call them or they said why they need it.

What was asked for stays open for a few minutes in the session it was asked in; the session knows which value of which
row, never the value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.contrib.sessions.backends.base import SessionBase
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dongche.org.models import Officer
from dongche.registry.imports import values
from dongche.registry.models import Entity, Person, Revision
from dongche.registry.roster.labels import PERSON_FIELDS
from dongche.registry.roster.labels import masked as masked_of_person
from dongche.web.components import Masked
from dongche.web.fields import masked_name, masked_phone

OPEN_FOR = timedelta(minutes=5)
SESSION_KEY = "revealed"
OTHER = "other"
REASONS = (
    ("report", _("Ask for a missing report")),
    ("visit", _("Arrange a visit or a recheck")),
    ("help", _("Answer a request for help")),
    ("urgent", _("Urgent prevention work")),
    (OTHER, _("Another reason, written below")),
)


class RevealForm(forms.Form):
    """Why somebody needs a personal value: one of the usual reasons, or their own words."""

    field = forms.CharField(max_length=40, widget=forms.HiddenInput)
    at = forms.SlugField(max_length=40, widget=forms.HiddenInput)  # the id of the value in the page
    why = forms.ChoiceField(label=_("Reason"), choices=REASONS)
    words = forms.CharField(label=_("In your own words"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("why") == OTHER and not (given.get("words") or "").strip():
            self.add_error("words", _("Write why you need it; it is kept in the audit log."))
        return given

    @property
    def reason(self) -> str:
        """The reason as it is logged."""
        words = self.cleaned_data["words"].strip()
        if self.cleaned_data["why"] == OTHER:
            return str(words)
        usual = str(dict(REASONS)[self.cleaned_data["why"]])
        return f"{usual}: {words}" if words else usual


class Revealed:
    """What is open in a session at an instant of the real clock."""

    def __init__(self, session: SessionBase | None, now: datetime) -> None:
        self.session, self.now = session, now
        kept: Mapping[str, float] = {} if session is None else session.get(SESSION_KEY, {})
        self.open = {key: until for key, until in kept.items() if until > now.timestamp()}

    def add(self, key: str) -> None:
        self.open[key] = (self.now + OPEN_FOR).timestamp()
        if self.session is not None:
            self.session[SESSION_KEY] = self.open

    def until(self, key: str) -> datetime | None:
        return datetime.fromtimestamp(self.open[key], UTC) if key in self.open else None


CLOSED = Revealed(None, datetime(1970, 1, 1, tzinfo=UTC))


def of_place(
    place: Entity,
    field: str,
    revealed: Revealed,
    *,
    in_full: bool,
    may_ask: bool,
    data: QueryDict | None = None,
) -> Masked:
    """The name or phone of the contact of a place."""
    given, is_phone = getattr(place, field), field == "contact_phone"
    value = Masked(
        id=f"reveal-{field}".replace("_", "-"),
        label=_("Phone") if is_phone else _("Contact"),
        shown=masked_phone(given) if is_phone else masked_name(given),
        is_phone=is_phone and bool(given),
        url=reverse("desk:place-reveal", args=[place.number]) if may_ask else "",
    )
    return _opened(
        value, given, field, None if in_full else revealed.until(key_of(place, field)), in_full, data
    )


def of_version(
    place: Entity,
    field: str,
    version: Revision,
    revealed: Revealed,
    *,
    may_ask: bool,
    data: QueryDict | None = None,
) -> Masked:
    """The name or phone that the contact of a place had before this version."""
    given, is_phone = values.replaced(version.former).get(field, ""), field == "contact_phone"
    value = Masked(
        id=f"reveal-{field}-{version.pk}".replace("_", "-"),
        label=_("Phone") if is_phone else _("Contact"),
        shown=masked_phone(given) if is_phone else masked_name(given),
        is_phone=is_phone and bool(given),
        url=reverse("desk:place-reveal", args=[place.number]) if may_ask else "",
    )
    until = revealed.until(key_of(version, field))
    return _opened(value, given, f"{field}@{version.pk}", until, False, data)


def of_officer(
    officer: Officer, revealed: Revealed, *, url: str, actor: Any, at: str, data: QueryDict | None = None
) -> Masked:
    """The phone of an officer; one's own in full. `at` is the id of the value in the page."""
    value = Masked(
        id=at, label=_("Phone"), shown=masked_phone(officer.phone), is_phone=bool(officer.phone), url=url
    )
    own = officer == actor
    until = None if own else revealed.until(key_of(officer, "phone"))
    return _opened(value, officer.phone, f"officer-{officer.pk}", until, own, data)


def of_person(
    person: Person, field: str, revealed: Revealed, *, may_ask: bool, data: QueryDict | None = None
) -> Masked:
    """A personal value of somebody on a roster."""
    given = getattr(person, field)
    value = Masked(
        id=f"reveal-{field}".replace("_", "-"),
        label=PERSON_FIELDS[field],
        shown=masked_of_person(field, given) if given else "",
        is_phone=field == "phone" and bool(given),
        url=reverse("desk:person-reveal", args=[person.code]) if may_ask else "",
    )
    return _opened(value, given, field, revealed.until(key_of(person, field)), False, data)


def key_of(row: Entity | Officer | Person | Revision, field: str) -> str:
    """Under which a session remembers what it was shown."""
    return f"{row._meta.model_name}:{row.pk}:{field}"


def _opened(
    value: Masked, given: str, field: str, until: datetime | None, in_full: bool, data: QueryDict | None
) -> Masked:
    if in_full or (until and value.url):
        return replace(value, shown=given, is_masked=False, until=until)
    if not value.url:
        return value
    form = RevealForm(data, initial={"field": field, "at": value.id}, auto_id=f"{value.id}-%s")
    return replace(value, form=form)
