"""Checks of doubtful reports: the list of what is to be asked, and one check with reasons and what was found out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import IO, Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.desk import dossier, personal
from dongche.org.models import Officer
from dongche.registry.models import Observation
from dongche.registry.queries import Observations, Places
from dongche.reporting import checking, keeping, outcome_sheets, rulebook
from dongche.reporting.evidence import MOODS, Weighed
from dongche.reporting.models import Check, Report
from dongche.reporting.queries import Checks, Reports
from dongche.web import paging
from dongche.web.components import Masked, Pager, Tab

SHOWN: Final = (
    ("open", _("To be checked")),
    ("mine", _("Taken by me")),
    ("answered", _("Answered")),
    ("dismissed", _("Dismissed")),
    ("settled", _("No longer doubtful")),
)
MOST_IN_SHEET: Final = 5000
FINDING_MOODS: Final = {
    "operating": "good",
    "not_operating": "warn",
    "not_reached": "soon",
    "wrong_number": "soon",
    "unclear": "soon",
    "": "none",
}


class OutcomeForm(forms.Form):
    """What was found out; its buttons are the findings."""

    finding = forms.ChoiceField(choices=Observation.Finding.choices)
    way = forms.ChoiceField(
        label=_("How"),
        choices=outcome_sheets.WAYS,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )


class TakeForm(forms.Form):
    """Until when a check is done."""

    due_on = forms.DateField(
        label=_("Due"),
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
    )

    def __init__(self, data: Any, *, today: date) -> None:
        super().__init__(data, initial={"due_on": today + timedelta(days=checking.DUE_DAYS)})


class DismissForm(forms.Form):
    """Why a report need not be checked."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, widget=forms.TextInput(attrs={"class": "form-control"})
    )


@dataclass(frozen=True)
class Row:
    check: Check
    reasons: Sequence[str]

    @property
    def mood(self) -> str:
        return FINDING_MOODS[self.check.finding]

    @property
    def strength_mood(self) -> str:
        return MOODS.get(self.check.strength, "none")


@dataclass(frozen=True)
class Page:
    show: str
    tabs: Sequence[Tab]
    rows: Sequence[Row]
    pager: Pager


def _shown(actor: Officer, show: str) -> Checks:
    found = Checks.visible_to(actor).of_doubts()
    if show == "open":
        return found.filter(closed_at__isnull=True)
    if show == "mine":
        return found.filter(closed_at__isnull=True, taken_by=actor)
    return found.filter(closed=show)


def listed(actor: Officer, given: Mapping[str, Any]) -> Page:
    """This function will list the checks of the places that an officer may see, the latest first.

    Shape: a page at a time; a count for each sort of them
    """
    show = given.get("show") or "open"
    show = show if show in dict(SHOWN) else "open"
    wanted = _shown(actor, show).select_related("entity__community", "taken_by")
    page = paging.page(wanted, "-id", after=str(given.get("after", "")), before=str(given.get("before", "")))
    return Page(
        show,
        [
            Tab(str(word), f"?show={name}", current=name == show, count=_shown(actor, name).count())
            for name, word in SHOWN
        ],
        [Row(check, names_of(check)) for check in page.rows],
        page.pager,
    )


def names_of(check: Check) -> list[str]:
    """What the rules are called for which a check was proposed."""
    rules = rulebook.on(check.on)
    return [rules[code].name for code in check.codes if code in rules]


def write_sheet(file: IO[bytes], actor: Officer, show: str) -> None:
    """This function will write the checks of a tab, at most MOST_IN_SHEET, as a sheet to be filled in and sent back."""
    wanted = _shown(actor, show if show in dict(SHOWN) else "open")
    found = list(wanted.select_related("entity__community", "taken_by").order_by("-id")[:MOST_IN_SHEET])
    held = outcome_sheets.held(found, actor)
    extra = [gettext("Day"), gettext("Community"), gettext("Why"), gettext("Taken by")]
    lines = [
        outcome_sheets.Line(
            check,
            held.get(str(check.pk)),
            [
                check.on,
                check.entity.community.name if check.entity.community else "",
                "；".join(names_of(check)),
                check.taken_by.name if check.taken_by else "",
            ],
        )
        for check in found
    ]
    outcome_sheets.write(file, gettext("Checks"), extra, lines)


@dataclass(frozen=True)
class Whole:
    """One check with everything that whoever asks needs."""

    row: Row
    report: Report | None
    weighed: Weighed | None
    contact: Sequence[Masked]
    story: Sequence[Observation]
    may_undo: bool

    @property
    def weighed_mood(self) -> str:
        return MOODS[self.weighed.strength] if self.weighed else ""


def whole(check: Check, actor: Officer, now: datetime, revealed: personal.Revealed) -> Whole:
    """This function will gather what was reported, why it is doubtful, whom to ask, and what was found out."""
    place = check.entity
    may_ask = dossier.may_reveal(place, actor)
    story = list(
        Observations.visible_to(actor).of_source(Check.SOURCE, str(check.pk)).select_related("asked_by")[:20]
    )
    keeping.bring(Places.visible_to(actor).filter(pk=place.pk), check.on, now)
    last = next((one for one in story if one.superseded_at is None), None)
    return Whole(
        Row(check, names_of(check)),
        Reports.visible_to(actor).current(check.on).filter(entity=place).first(),
        keeping.of([place.pk], check.on).get(place.pk),
        [
            personal.of_place(place, field, revealed, in_full=False, may_ask=may_ask)
            for field in ("contact_name", "contact_phone")
        ],
        story,
        last is not None and last.by_id == actor.pk and now - last.known_at <= checking.FRESH,
    )
