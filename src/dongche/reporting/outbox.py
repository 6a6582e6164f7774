"""The server's side of the outbox: reports that waited on a phone without a network, the page that phone keeps, and
the service worker that opens it.

Nothing here asks for a session or a token against forged forms, which may have run out while a report waited: the code
in the address is the credential, as it is of the page itself, and no cookie is looked at.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Final

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.registry.models import Entity
from dongche.reporting import actions, views
from dongche.reporting import values as rules
from dongche.reporting.forms import KEY, ReportForm, Start, rows
from dongche.reporting.models import Channel, Report
from dongche.reporting.queries import Reports
from dongche.reporting.values import ReportValues
from dongche.web.access import public
from dongche.web.problems import BadRequest
from dongche.web.templatetags.web import day as day_in_words

# A phone's clock may be this far off before the day it gives is doubted.
CLOCK_TOLERANCE: Final = timedelta(minutes=10)
# What the kept page is made of. A change of any of them is a new release of the worker.
FILES: Final = (
    "web/wheel.svg",
    "web/tokens.css",
    "web/public.css",
    "web/print.css",
    "web/public.js",
    "web/dates.js",
    "web/stepper.js",
    "reporting/report.css",
    "reporting/outbox/page.js",
    "reporting/outbox/list.js",
    "reporting/outbox/form.js",
    "reporting/outbox/sending.js",
    "reporting/outbox/store.js",
    "reporting/outbox/times.js",
)


class NotAccepted(Problem):
    """The answers, or the day, of a report from a phone are refused, each with its sentence."""

    code = "reporting.not_accepted"
    message = N_("The report was not stored. %(first)s Correct it and send it again.")

    def __init__(self, errors: list[dict[str, str]]) -> None:
        self.errors = errors
        super().__init__(first=errors[0]["told"])

    def as_json(self) -> dict[str, Any]:
        return super().as_json() | {"errors": self.errors}


class DayInDoubt(Problem):
    """The clock of the phone does not agree with ours about the day."""

    code = "reporting.day_in_doubt"
    message = N_(
        "The clock of the phone seems to be wrong: by it the report is for %(given)s, by the server's clock it was "
        "filled in on %(meant)s. Say for which day it is."
    )

    def __init__(self, given: date, meant: date, first: date, today: date) -> None:
        count = (today - first).days + 1
        self.days = [today - timedelta(days=n) for n in range(count)]
        self.meant = meant
        super().__init__(given=day_in_words(given, "year"), meant=day_in_words(meant))

    def as_json(self) -> dict[str, Any]:
        days = [{"on": on.isoformat(), "label": day_in_words(on)} for on in self.days]
        return super().as_json() | {"days": days, "meant": self.meant.isoformat()}


class Waited(forms.Form):
    """What a phone says of a report beside its answers."""

    key = forms.RegexField(KEY)
    filled_at = forms.DateTimeField()
    sent_at = forms.DateTimeField()
    day_from = forms.ChoiceField(choices=[(name, name) for name in ("server", "phone", "person")])
    knew = forms.IntegerField(min_value=0, max_value=2**63 - 1)
    holds = forms.ChoiceField(choices=[(name, name) for name in ("mine", "theirs")], required=False)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        for name in ("filled_at", "sent_at"):
            if name in found and found[name].year not in range(1970, 2200):  # an empty battery sets 1970
                self.add_error(name, "year")
        return found


@public
@csrf_exempt
@views.no_store
@require_http_methods(["POST"])
def take(request: HttpRequest, code: str) -> HttpResponse:
    """Take one report that was filled in on a phone, by the same form and rules as the page.

    Raises: BadRequest, NotAccepted, DayInDoubt, actions.ReportedMeanwhile, views.TooManyReports, queries.place_behind's
    """
    place = views.place_of(request, code)
    stored = views.sent_before(place, request.POST.get("key", ""))
    if stored is None:
        views.slow_down(place)
        waited = Waited(request.POST)
        if not waited.is_valid():
            raise BadRequest
        stored = _store(views.form_of(request, place, Channel.QR), waited.cleaned_data)
    return JsonResponse(_receipt(place, stored), json_dumps_params={"ensure_ascii": False})


@public
@views.no_store
@require_safe
def copy(request: HttpRequest, code: str) -> HttpResponse:
    """The page of a place as its phone keeps it: the questions, and nobody's answers to them."""
    place = views.place_of(request, code)
    today = clock.today()
    start = Start(on=today, today=today, current=None, before=None)
    form = ReportForm(None, place=place, start=start, channel=Channel.QR)
    context = {"form": form, "place": place, "start": start, "now": clock.now(), "is_copy": True}
    return render(request, "reporting/report.html", context)


@public
@cache_control(no_cache=True)
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker of the report pages, whose bytes change whenever a file that it keeps does."""
    files = [static(name) for name in FILES]
    # While somebody works on the files they keep their names.
    now = clock.real().isoformat() if settings.DEBUG else ""
    release = hashlib.sha256(" ".join([*files, now]).encode()).hexdigest()[:12]
    module = json.dumps(static("reporting/outbox/worker.js"))
    kept = json.dumps({"release": release, "files": files})
    text = f"import {{ start }} from {module};\nstart({kept});\n"
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")


def compared(mine: ReportValues, theirs: Report) -> list[dict[str, Any]]:
    """This function will lay two reports side by side, question by question, in the order of the form.

    Empty: "" where one of them does not answer a question; a question that neither answers is left out
    """
    told = asdict(mine) | {"difficulties": list(mine.difficulties)}
    ours = {row.label: row.value for row in rows(Report(**told))}
    others = {row.label: row.value for row in rows(theirs)}
    order = [str(field.label) for field in ReportForm.base_fields.values()]
    return [
        {"label": label, "mine": ours.get(label, ""), "theirs": others.get(label, "")}
        for label in order
        if label in ours or label in others
    ]


def _store(form: ReportForm, waited: dict[str, Any]) -> Report:
    now = clock.now()
    filled_at = min(waited["filled_at"] + (now - waited["sent_at"]), now)
    _ask_about_day(form, waited, filled_at, now)
    if not form.is_valid():
        raise NotAccepted(_errors(form))
    mine = form.values()
    try:
        return actions.record_report(
            entity=form.place,
            on=form.cleaned_data["on"],
            values=_held(form, waited) or mine,
            key=form.cleaned_data["key"],
            channel=form.channel,
            by=actions.PlaceActor(form.place.number),
            at=now,
            same_as_yesterday=form.cleaned_data["same"],
            knew=waited["knew"],
            filled_at=filled_at,
        )
    except actions.ReportedMeanwhile as found:
        found.rows = compared(mine, found.report)
        raise


def _ask_about_day(form: ReportForm, waited: dict[str, Any], filled_at: datetime, now: datetime) -> None:
    try:
        on = date.fromisoformat(str(form.data.get("on", "")))
    except ValueError:
        return  # the form refuses it
    doubt_day(
        on,
        form.place,
        form.channel,
        is_of_phone=waited["day_from"] == "phone",
        said_at=waited["filled_at"],
        sent_at=waited["sent_at"],
        filled_at=filled_at,
        now=now,
    )


def doubt_day(
    on: date,
    place: rules.Place,
    channel: str,
    *,
    is_of_phone: bool,
    said_at: datetime,
    sent_at: datetime,
    filled_at: datetime,
    now: datetime,
) -> None:
    """Ask for which day a report is when the phone's clock does not agree with ours about it: it was filled in at
    `said_at` by that clock, and at `filled_at` by ours.

    Raises: DayInDoubt
    """
    today, meant = clock.day_of(now), clock.day_of(filled_at)
    is_wrong = abs(now - sent_at) > CLOCK_TOLERANCE
    taken_for_today = is_of_phone and on == clock.day_of(said_at)
    if on > today or (taken_for_today and is_wrong and meant != on):
        first = max(rules.first_day(channel, today), place.from_on)
        raise DayInDoubt(given=on, meant=meant, first=first, today=today)


def _held(form: ReportForm, waited: dict[str, Any]) -> ReportValues | None:
    """What is stored already, when whoever compared the two said that it holds: it is confirmed then."""
    if waited["holds"] != "theirs":
        return None
    reports = Reports.unscoped(reason="a place reads its own reports")
    found = reports.filter(entity=form.place, pk=waited["knew"], on=form.cleaned_data["on"]).first()
    return None if found is None else rules.of_report(found)


def _errors(form: ReportForm) -> list[dict[str, str]]:
    """What is refused, by question; `told` is the sentence where it stands alone."""
    found = []
    for name, errors in form.errors.as_data().items():
        label = form.fields[name].label
        for error in errors:
            message = " ".join(map(str, error.messages))
            told = gettext("%(question)s: %(refusal)s") % {"question": label, "refusal": message}
            found.append({"field": name, "code": str(error.code), "message": message, "told": told})
    return found


def _receipt(place: Entity, stored: Report) -> dict[str, Any]:
    return {
        "receipt": stored.receipt,
        "number": stored.pk,
        "address": reverse("reporting:receipt", args=[place.code, stored.pk]),
        "late": views.is_late(stored),
    }
