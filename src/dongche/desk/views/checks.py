"""Checks of doubtful reports and calls of a sample: listed, taken or dismissed, and what was found out put down."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dongche.desk import calls, checks, personal
from dongche.desk.views import forms as pages
from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org.request import OfficerRequest
from dongche.reporting import checking
from dongche.reporting.models import Check, Sample
from dongche.reporting.queries import Checks, Samples
from dongche.web import downloads
from dongche.web.access import duty
from dongche.web.problems import sentence


def _check(request: OfficerRequest, number: int) -> Check:
    seen = Checks.visible_to(request.user).select_related("entity__subdistrict", "taken_by", "sample")
    found = seen.filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _sample(request: OfficerRequest, number: int) -> Sample:
    found = Samples.visible_to(request.user).select_related("subdistrict", "by").filter(pk=number).first()
    if found is None:
        raise Http404
    return found


@duty("desk.overview")
@require_safe
def listed(request: OfficerRequest) -> HttpResponse:
    """List the checks that are proposed, taken and done."""
    context = {
        "page": checks.listed(request.user, request.GET),
        "can_record": request.user.has_duty("reporting.record"),
    }
    return render(request, "desk/checks.html", context)


@duty("desk.overview")
@require_safe
def checks_file(request: OfficerRequest) -> FileResponse:
    """Give the checks of a tab as a sheet to be filled in."""
    return downloads.sent(
        f"checks-{clock.today():%Y%m%d}.xlsx",
        lambda file: checks.write_sheet(file, request.user, request.GET.get("show", "open")),
    )


@duty("desk.overview")
@require_safe
def check(request: OfficerRequest, number: int) -> HttpResponse:
    """Show one check: why the report is doubtful, whom to ask, and what was found out."""
    found = _check(request, number)
    revealed = personal.Revealed(request.session, clock.real())
    context = {
        "whole": checks.whole(found, request.user, clock.now(), revealed),
        "check": found,
        "form": checks.OutcomeForm(None),
        "findings": calls.FINDINGS,
        "can_record": request.user.has_duty("reporting.record"),
        "can_audit": request.user.has_duty("org.audit"),
    }
    return render(request, "desk/check.html", context)


@duty("reporting.record")
@require_POST
def outcome(request: OfficerRequest, number: int) -> HttpResponse:
    """Put down what was found out, and go on: to the next call of a sample, or back to the check."""
    found = _check(request, number)
    form = checks.OutcomeForm(request.POST)
    if form.is_valid():
        try:
            checking.record_outcome(check=found, **form.cleaned_data, by=request.user, at=clock.now())
            messages.success(request, _("Put down: %(finding)s.") % {"finding": found.get_finding_display()})
        except Problem as problem:
            messages.error(request, sentence(problem))
    else:
        messages.error(request, _("Choose what was found out. Nothing was put down."))
    if found.sample_id and request.POST.get("from") == "sample":
        waiting = found.sample.calls.filter(finding="", turn__gt=found.turn).order_by("turn").first()  # type: ignore[union-attr]
        return redirect(f"{reverse('desk:sample', args=[found.sample_id])}#call-{(waiting or found).turn}")
    return redirect("desk:check", number)


@duty("reporting.record")
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: OfficerRequest, number: int, step: str) -> HttpResponse:
    """Take a check, dismiss it, or undo the outcome just put down."""
    found, data, today = _check(request, number), pages.posted(request), clock.today()
    words = {"back": reverse("desk:check", args=[number]), "lead": f"{found.entity.name} · {found.on}"}
    if step == "take":
        take = checks.TakeForm(data, today=today)
        words |= {
            "title": _("Take the check"),
            "note": _("It stands among your things to do until something was found out."),
            "button": _("Take the check"),
        }
        return pages.step(
            request,
            take,
            lambda: checking.take_check(
                check=found,
                officer=request.user,
                due_on=take.cleaned_data["due_on"],
                by=request.user,
                at=clock.now(),
            ),
            words=words,
            told=_("The check is yours."),
        )
    if step == "dismiss":
        dismiss = checks.DismissForm(data)
        words |= {
            "title": _("Dismiss the check"),
            "note": _("Nothing is asked then; the reason is kept."),
            "button": _("Dismiss the check"),
        }
        return pages.step(
            request,
            dismiss,
            lambda: checking.dismiss_check(
                check=found, reason=dismiss.cleaned_data["reason"], by=request.user, at=clock.now()
            ),
            words=words,
            told=_("The check is dismissed."),
        )
    raise Http404


@duty("reporting.record")
@require_POST
def undo(request: OfficerRequest, number: int) -> HttpResponse:
    """Take back the outcome just put down."""
    found = _check(request, number)
    try:
        checking.undo_outcome(check=found, by=request.user, at=clock.now())
        messages.success(request, _("Taken back."))
    except Problem as problem:
        messages.error(request, sentence(problem))
    return redirect("desk:check", number)


@duty("desk.overview")
@require_safe
def sample(request: OfficerRequest, number: int) -> HttpResponse:
    """Show the calls of a sample as a work list, with what their outcomes say so far."""
    found = _sample(request, number)
    context = {
        "sample": found,
        "calls": calls.listed(found, request.user),
        "said": calls.said(found),
        "findings": calls.FINDINGS,
        "can_record": request.user.has_duty("reporting.record"),
    }
    return render(request, "desk/calls.html", context)


@duty("desk.overview")
@require_safe
def sample_file(request: OfficerRequest, number: int) -> FileResponse:
    """Give the calls of a sample with their outcomes as a sheet to be filled in."""
    found = _sample(request, number)
    return downloads.sent(
        f"call-back-{found.on:%Y%m%d}-{found.pk}.xlsx",
        lambda file: calls.write_sheet(file, found, request.user),
    )
