"""The filters of the audit log: a GET form, so that what somebody found has an address."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dongche.kit import clock
from dongche.org import telling
from dongche.org.models import AuditEntry, Officer
from dongche.org.queries import AuditEntries, Officers
from dongche.web.components import Chip
from dongche.web.templatetags.web import day


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class LogFilter(forms.Form):
    """Which entries to show. Names of the parameters are short words, because people read and send the address."""

    q = forms.CharField(
        label=_("Who"),
        required=False,
        max_length=80,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": _("Name or user name"), "autocomplete": "off"}
        ),
    )
    deed = forms.ChoiceField(label=_("Deed"), required=False)
    subject = forms.ChoiceField(label=_("To what"), required=False)
    begin = _day(_("First day"))
    end = _day(_("Last day"))
    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    request = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, *, officer: Officer, own: bool = False) -> None:
        super().__init__(data)
        self.officer, self.own = officer, own
        words = telling.words()
        self._choose("deed", ((name, str(label)) for name, label in words.deeds.items()))
        self._choose("subject", ((name, str(subject.label)) for name, subject in words.subjects.items()))
        if own:
            del self.fields["q"]

    def _choose(self, name: str, choices: Any) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = [("", _("All")), *choices]

    def entries(self) -> AuditEntries:
        """What the officer may see and the filters leave; of filters that are not valid, nothing."""
        entries = AuditEntries.visible_to(self.officer)
        if self.own:
            entries = entries.filter(by=self.officer)
        if not self.is_valid():
            return entries.none()
        wanted = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        if "q" in wanted:
            who = wanted["q"].strip()
            # Names are few and read as they stand; the log itself is searched by id.
            named = Officers.visible_to(self.officer).filter(Q(name__contains=who) | Q(username=who))
            entries = entries.filter(Q(by__in=named.values("pk")) | Q(by_label=who))
        for name, column in (
            ("deed", "action"),
            ("subject", "subject"),
            ("id", "subject_id"),
            ("request", "request_id"),
        ):
            if name in wanted:
                entries = entries.filter(**{column: wanted[name]})
        if "begin" in wanted:
            entries = entries.filter(at__gte=datetime.combine(wanted["begin"], time(), clock.BEIJING))
        if "end" in wanted:
            after = wanted["end"] + timedelta(days=1)
            entries = entries.filter(at__lt=datetime.combine(after, time(), clock.BEIJING))
        return entries

    def chips(self) -> list[Chip]:
        """The filters in force in words, each with the address of the list without it."""
        if not self.is_valid():
            return []
        chips = []
        for name, field in self.fields.items():
            value = self.cleaned_data.get(name)
            if value in (None, "") or name in ("q", "id"):
                continue
            if isinstance(field, forms.ChoiceField):
                shown = str(dict(field.choices)[value])  # type: ignore[arg-type]  # pairs, never a callable
            else:
                shown = day(value, "year") if isinstance(field, forms.DateField) else str(value)
            label = str(field.label or _("Request"))
            if name == "subject" and self.cleaned_data.get("id") is not None:
                shown = f"{shown} {self._name_of(value, self.cleaned_data['id'])}"
            chips.append(Chip(label, shown, "?" + self.query(without=name)))
        return chips

    def _name_of(self, subject: str, number: int) -> str:
        names = telling.words().subjects[subject].names
        found = names([number], self.officer).get(number) if names else None
        return found.name if found else f"#{number}"

    def query(self, without: str = "") -> str:
        """The filters as a query string; a row is named by its kind and its number together."""
        left_out = {without, "id"} if without == "subject" else {without}
        kept = {
            name: value
            for name, value in self.data.items()
            if value and name in self.fields and name not in left_out
        }
        return urlencode(kept)


def export_rows(entries: AuditEntries, officer: Officer, chunk: int = 500) -> Any:
    """The rows of an Excel list, newest first, in chunks: memory stays flat."""
    last: int | None = None
    while True:
        left = entries if last is None else entries.filter(pk__lt=last)
        found: list[AuditEntry] = list(left.order_by("-pk")[:chunk])
        for told in telling.tell(found, officer):
            entry = told.entry
            yield [
                entry.pk,
                entry.at,
                told.by,
                entry.by_label,
                told.deed,
                told.kind,
                told.subject.name,
                "\n".join(f"{change.label}: {change.before}" for change in told.changes if told.has_before),
                "\n".join(f"{change.label}: {change.after}" for change in told.changes),
                entry.reason,
                told.origin,
                entry.request_id,
                entry.hash,
            ]
        if len(found) < chunk:
            return
        last = found[-1].pk
