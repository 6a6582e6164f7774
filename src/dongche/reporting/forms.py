"""The daily report as a form: twenty seconds on a phone, with or without JavaScript."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import reduce
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.kit.chinese import Unreadable
from dongche.registry.models import Entity
from dongche.reporting import judging
from dongche.reporting import values as rules
from dongche.reporting.models import Channel, Difficulty, Report, State
from dongche.reporting.values import ReportValues
from dongche.web.problems import sentence
from dongche.web.templatetags.web import day, number, yuan

KEY = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
MONEY = frozenset({"output_fen", "output_normal_fen"})


class CountField(forms.Field):
    """A whole number as people type it: full-width digits, thousands with commas, with or without its unit."""

    default_error_messages = {"invalid": _("Write a whole number, such as 12.")}

    def to_python(self, value: Any) -> int | None:
        try:
            return judging.count_of(str(value or ""))
        except Unreadable:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class YuanField(forms.Field):
    """An amount in yuan, "12000", "12,000.50" or "1.2万"; its value is in fen."""

    default_error_messages = {"invalid": _("Write an amount in yuan, such as 12000.")}

    def to_python(self, value: Any) -> int | None:
        try:
            return judging.fen_of(str(value or ""))
        except Unreadable:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None

    def prepare_value(self, value: Any) -> Any:
        return rules.yuan(value) if isinstance(value, int) else value


def _count(most: int) -> forms.NumberInput:
    return forms.NumberInput(
        {"min": 0, "max": most, "step": 1, "inputmode": "numeric", "autocomplete": "off"}
    )


@dataclass(frozen=True)
class Start:
    """What the form is filled with before anybody types: the day's report if there is one, else the last one before."""

    on: date
    today: date
    current: Report | None
    before: Report | None
    missing: tuple[date, ...] = ()
    wants_same: bool = False

    @property
    def yesterday(self) -> Report | None:
        """The report of the day before, if there is one."""
        before = self.before
        return before if before is not None and before.on == self.on - timedelta(days=1) else None

    @property
    def is_same(self) -> bool:
        """Whether the form is filled with the answers of the day before, because somebody asked for them."""
        return self.wants_same and self.yesterday is not None


class ReportForm(forms.Form):
    """The questions of the day. `values()` gives the answers once the form is valid."""

    key = forms.CharField(widget=forms.HiddenInput, required=False)
    # Set by the one tap that fills in yesterday's answers; it holds only if they are sent as they were.
    same = forms.BooleanField(widget=forms.HiddenInput, required=False)
    # What was asked about once is right.
    sure = forms.BooleanField(widget=forms.HiddenInput, required=False)
    on = forms.DateField(label=_("Day"), input_formats=["%Y-%m-%d"], widget=forms.HiddenInput)
    state = forms.ChoiceField(
        label=_("Are you open?"),
        choices=State.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose whether the place is open."),
            "invalid_choice": _("Choose one of the three."),
        },
    )
    staff_at_post = CountField(label=_("People at post"), required=False, widget=_count(rules.MOST_STAFF))
    output_fen = YuanField(
        label=_("Output of the day"),
        required=False,
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
    )
    abnormal_temperature = CountField(
        label=_("People at 37.3 °C or above"), required=False, widget=_count(rules.MOST_STAFF)
    )
    mask_days = CountField(label=_("Masks last for"), required=False, widget=_count(rules.MOST_MASK_DAYS))
    difficulties = forms.MultipleChoiceField(
        label=_("Present difficulties"),
        choices=Difficulty.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        widget=forms.Textarea({"rows": 2, "maxlength": rules.NOTE_LENGTH, "autocomplete": "off"}),
    )
    staff_due = CountField(label=_("People who are due"), required=False, widget=_count(rules.MOST_STAFF))
    output_normal_fen = YuanField(
        label=_("Output of a normal day"),
        required=False,
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        place: Entity,
        start: Start,
        channel: str,
        prefix: str | None = None,
    ) -> None:
        super().__init__(data, initial=_initial(place, start), prefix=prefix)
        self.place, self.start, self.channel = place, start, channel
        self.is_asked = False
        self.fields["output_fen"].help_text = self.output_hint
        if channel == Channel.OFFICER and "on" in self.fields:
            first = rules.first_day(channel, start.today)
            bounds = {"type": "date", "min": first.isoformat(), "max": start.today.isoformat()}
            self.fields["on"].widget = forms.DateInput(bounds, format="%Y-%m-%d")

    @property
    def is_for_today(self) -> bool:
        return self.start.on == self.start.today

    @property
    def days_back(self) -> int:
        """How many days before today can still be reported."""
        return (self.start.today - rules.first_day(self.channel, self.start.today)).days

    @property
    def rarely_changed(self) -> list[str]:
        return ["staff_due", "output_normal_fen"]

    @property
    def usual_is_open(self) -> bool:
        """Whether the values that seldom change need a look: one is missing, or was refused."""
        return any(not self[name].value() or self[name].errors for name in self.rarely_changed)

    @property
    def staff_hint(self) -> str:
        lines = []
        if due := self.initial.get("staff_due"):
            lines.append(gettext("Due: %(count)s") % {"count": number(due)})
        before = self.start.before
        if before is not None and before.staff_at_post is not None:
            lines.append(self._before_in_words(number(before.staff_at_post)))
        return "\n".join(lines)

    @property
    def output_hint(self) -> str:
        lines = []
        if normal := self.initial.get("output_normal_fen"):
            lines.append(gettext("A normal day: %(amount)s yuan") % {"amount": yuan(normal)})
        before = self.start.before
        if before is not None and before.output_fen is not None:
            lines.append(self._before_in_words(yuan(before.output_fen)))
        return " · ".join(lines)

    def _before_in_words(self, value: str) -> str:
        before = self.start.before
        assert before is not None  # noqa: S101 – asked by the callers
        if before.on == self.start.today - timedelta(days=1):
            return gettext("Yesterday: %(value)s") % {"value": value}
        return gettext("%(day)s: %(value)s") % {"day": day(before.on), "value": value}

    def clean_key(self) -> str:
        """The key the page was drawn with. Without a sound one the report counts as new."""
        given = str(self.cleaned_data.get("key") or "")
        return given if KEY.fullmatch(given) else new_key()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        before = self.start.before
        judged = judging.judge(
            self.values() if cleaned.get("state") else None,
            place=self.place,
            on=cleaned.get("on"),
            channel=self.channel,
            today=self.start.today,
            before=None if before is None else rules.of_report(before),
            unread=self.errors,
            # A report that waited on a phone has nobody in front of it any more: it is taken as it is.
            is_sure=bool(cleaned.get("sure") or self.data.get("waited")),
        )
        self._refuse(judged.faults)
        self.is_asked = judged.is_asked
        return cleaned

    def _refuse(self, faults: Iterable[rules.ValueRefused]) -> None:
        for fault in faults:
            if fault.field in self.errors:
                continue
            if "what" in fault.details:
                fault.details["what"] = self.fields[fault.field].label
            self.add_error(fault.field, forms.ValidationError(sentence(fault), code=fault.code))

    def values(self) -> ReportValues:
        given = {field.name: self.cleaned_data.get(field.name) for field in fields(ReportValues)}
        return ReportValues(
            **given
            | {
                "difficulties": tuple(given["difficulties"] or ()),
                "note": judging.note_of(given["note"] or ""),
            }
        )


def new_key() -> str:
    """This function will give a key for one drawing of the form, under which its report is stored once."""
    return secrets.token_urlsafe(24)


def _initial(place: Entity, start: Start) -> dict[str, Any]:
    """The day's own values when it is a correction; else the last ones, except for what is asked anew each day."""
    found: dict[str, Any] = {
        "key": new_key(),
        "on": start.on,
        "abnormal_temperature": 0,
        "staff_due": place.staff_count,
        "output_normal_fen": place.output_normal_fen,
    }
    last = start.yesterday if start.is_same else start.current or start.before
    if last is None:
        return found
    told = {field.name: getattr(rules.of_report(last), field.name) for field in fields(ReportValues)}
    if start.is_same:
        told.pop("note")
        told["same"] = True
    elif start.current is None:
        for name in ("output_fen", "abnormal_temperature", "note"):
            told.pop(name)
    return found | {name: value for name, value in told.items() if value is not None or name not in found}


@dataclass(frozen=True)
class Answer:
    """One line of a receipt."""

    label: str
    value: str


def rows(report: Report) -> tuple[Answer, ...]:
    """This function will write what a report says, question by question; what was not said is left out."""
    asked = ReportForm.base_fields
    found = [Answer(str(asked["state"].label), report.get_state_display())]
    for name in (
        "staff_at_post",
        "staff_due",
        "output_fen",
        "output_normal_fen",
        "abnormal_temperature",
        "mask_days",
    ):
        value = getattr(report, name)
        if value is not None:
            shown = gettext("%(amount)s yuan") % {"amount": yuan(value)} if name in MONEY else number(value)
            found.append(Answer(str(asked[name].label), shown))
    if report.difficulties:
        words = dict(Difficulty.choices)
        told = reduce(_listed, (str(words.get(key, key)) for key in report.difficulties))
        found.append(Answer(str(asked["difficulties"].label), told))
    if report.same_as_yesterday:
        found.append(Answer(gettext("Same as yesterday"), gettext("chosen")))
    if report.note:
        found.append(Answer(str(asked["note"].label), report.note))
    return tuple(found)


def _listed(items: str, item: str) -> str:
    return gettext("%(items)s, %(item)s") % {"items": items, "item": item}
