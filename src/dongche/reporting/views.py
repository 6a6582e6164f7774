"""The page behind a place's QR code, its receipt, and the same form for officers who report on a place's behalf."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.access import lockout
from dongche.org.audit import Actor
from dongche.registry.models import Entity
from dongche.registry.queries import Places, responsible_for
from dongche.reporting import actions, forms, queries
from dongche.reporting import values as rules
from dongche.reporting.forms import KEY, ReportForm, Start
from dongche.reporting.models import Channel, Report
from dongche.reporting.queries import Reports
from dongche.web.access import duty, public
from dongche.web.origin import client_address
from dongche.web.problems import keeps_answers
from dongche.web.templatetags.web import day as day_in_words

MOST_POSTS, WINDOW_MINUTES = 30, 10
HISTORY = 7
# The address holds the place's secret. It must not stay in caches; and it is sent to no other site as a referrer
# (Referrer-Policy: same-origin, on every page), while our own check against forged forms still gets what it needs.
no_store = cache_control(no_store=True, private=True)


class TooManyReports(Problem):
    code = "reporting.too_many_reports"
    status = 429
    message = N_(
        "%(place)s has sent more than %(most)s reports within %(minutes)s minutes. What was stored stays stored; "
        "wait a few minutes and send the latest state once."
    )
    seconds = WINDOW_MINUTES * 60


@public
@no_store
@require_http_methods(["GET", "HEAD", "POST"])
@keeps_answers
def report(request: HttpRequest, code: str) -> HttpResponse:
    """Show and take the daily report of the place behind a code. No account, no JavaScript needed."""
    place = place_of(request, code)
    actor = actions.PlaceActor(place.number)
    if request.method == "POST":
        again = sent_before(place, request.POST.get("key", ""))
        if again is not None:
            return redirect("reporting:receipt", place.code, again.pk)
        slow_down(place)
    form = form_of(request, place, Channel.QR)
    if request.method == "POST" and form.is_valid():
        stored = _record(form, place, actor)
        return redirect("reporting:receipt", place.code, stored.pk)
    return page(request, "reporting/report.html", form, place)


@public
@no_store
@require_safe
def receipt(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Show what was stored for one report, whom to ask, and the last days."""
    today = clock.today()
    place = place_of(request, code)
    reports = Reports.unscoped(reason="a place reads its own reports")
    found = reports.filter(entity=place, pk=number).first()
    if found is None:
        raise Http404
    week = queries.week(place, today, HISTORY)
    context = {
        "place": place,
        "report": found,
        "rows": forms.rows(found),
        "served_by": responsible_for(place, today)[0],
        "week": week,
        "is_late": is_late(found),
        "may_correct": found.on >= rules.first_day(Channel.QR, today),
        "receipt": {"today": today},
    }
    return render(request, "reporting/receipt.html", context)


@duty("reporting.record")
@no_store
@require_http_methods(["GET", "HEAD", "POST"])
@keeps_answers
def on_behalf(request: HttpRequest, number: str) -> HttpResponse:
    """Take a report that an officer enters for a place, on any day of the campaign."""
    place = Places.visible_to(request.user).filter(number=number).select_related("community", "grid").first()
    if place is None:
        raise Http404
    form = form_of(request, place, Channel.OFFICER)
    if request.method == "POST" and form.is_valid():
        stored = _record(form, place, request.user)  # type: ignore[arg-type]
        said = gettext("Stored for %(place)s, %(day)s: receipt %(receipt)s.")
        messages.success(
            request, said % {"place": place.name, "day": day_in_words(stored.on), "receipt": stored.receipt}
        )
        return redirect("desk:place", place.number)
    return page(request, "reporting/on_behalf.html", form, place)


def place_of(request: HttpRequest, code: str) -> Entity:
    """The place behind a code; who tries many that are none is refused (counted in the database, for all processes).

    Raises: what `queries.place_behind` refuses, org.access.lockout.TooManyGuesses
    """
    try:
        return queries.place_behind(code, clock.today())
    except queries.UnknownCode:
        lockout.count_guess(client_address(request) or "", clock.real())
        raise


def form_of(request: HttpRequest, place: Entity, channel: str) -> ReportForm:
    today = clock.today()
    first = max(rules.first_day(channel, today), place.from_on)
    posted = request.POST if request.method == "POST" else None
    wanted = _day((posted or request.GET).get("on", ""), default=today)
    on = min(max(wanted, first), today)
    current, before = queries.around(place, on)
    missing = queries.missing_days(place, first, today) if channel == Channel.QR else ()
    wants_same = request.GET.get("same") == "1"
    start = Start(on, today, current, before, missing, wants_same)
    return ReportForm(posted, place=place, start=start, channel=channel)


def _day(text: str, *, default: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return default


def _record(form: ReportForm, place: Entity, by: Actor) -> Report:
    return actions.record_report(
        entity=place,
        on=form.cleaned_data["on"],
        values=form.values(),
        key=form.cleaned_data["key"],
        channel=form.channel,
        by=by,
        at=clock.now(),
        same_as_yesterday=form.cleaned_data["same"],
    )


def page(request: HttpRequest, template: str, form: ReportForm, place: Entity) -> HttpResponse:
    """The form as a page; with the outbox of this phone beside it where a place itself reports."""
    context: dict[str, Any] = {"form": form, "place": place, "start": form.start, "now": clock.now()}
    return render(request, template, context, status=422 if form.is_bound else 200)


def is_late(report: Report) -> bool:
    """Whether the first report for its day came in after that day."""
    return clock.day_of(report.received_at) > report.on


def sent_before(place: Entity, key: str) -> Report | None:
    """The report this very page has stored already: a double tap, or a retry after a lost answer."""
    if not KEY.fullmatch(key):
        return None
    return Reports.unscoped(reason="a place reads its own reports").filter(entity=place, key=key).first()


def slow_down(place: Entity) -> None:
    """Brake a phone that sends without end, or a person who plays with a photographed code.

    Counted in this process by the real clock: a brake, not a lock. Raises: TooManyReports
    """
    name = f"reporting.posts.{place.pk}"
    cache.add(name, 0, WINDOW_MINUTES * 60)
    try:
        count = cache.incr(name)
    except ValueError:  # it ran out between the two lines
        count = 1
    if count > MOST_POSTS:
        raise TooManyReports(place=place.name, most=MOST_POSTS, minutes=WINDOW_MINUTES)
