from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dongche.desk import duties, leaves
from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org import actions
from dongche.org.queries import Leaves, led_officers
from dongche.org.request import OfficerRequest
from dongche.web.access import duty
from dongche.web.problems import sentence


@duty("org.read")
@require_safe
def listed(request: OfficerRequest) -> HttpResponse:
    """Show who is away today, what they answer for and who acts for them."""
    now, to_come = leaves.away(request.user, clock.today())
    context = {"tabs": duties.tabs(request), "now": now, "to_come": to_come, "today": clock.today()}
    return render(request, "desk/leaves.html", context)


@duty("org.read")
@require_http_methods(["GET", "HEAD", "POST"])
def take(request: OfficerRequest) -> HttpResponse:
    """Note an absence: one's own, or that of an officer of a unit one leads."""
    form = leaves.LeaveForm(
        request.POST if request.method == "POST" else None, actor=request.user, today=clock.today()
    )
    if form.is_valid():
        given = form.cleaned_data
        try:
            leave = actions.take_leave(
                officer=form.led[given["officer"]],
                substitute=form.others.get(given["substitute"]),
                from_on=given["from_on"],
                until_on=given["until_on"],
                kind=given["kind"],
                reason=given["reason"],
                by=request.user,
                at=clock.now(),
            )
        except Problem as problem:
            form.add_error(None, sentence(problem))
        else:
            messages.success(request, _("Noted: %(officer)s is away.") % {"officer": leave.officer})
            return redirect("desk:leaves")
    context = {"tabs": duties.tabs(request), "form": form}
    return render(request, "desk/leave.html", context, status=422 if form.errors else 200)


@duty("org.read")
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: OfficerRequest, number: int) -> HttpResponse:
    """Note that an officer is back earlier, or was not away at all."""
    found = Leaves.visible_to(request.user).believed().select_related("officer").filter(pk=number)
    leave = found.filter(officer__in=led_officers(request.user, clock.today())).first()
    if leave is None:
        raise Http404
    form = leaves.BackForm(
        request.POST if request.method == "POST" else None, initial={"until_on": clock.today()}
    )
    if form.is_valid():
        back, reason = form.cleaned_data["until_on"], form.cleaned_data["reason"]
        try:
            if back <= leave.from_on:
                actions.cancel_leave(leave=leave, reason=reason, by=request.user, at=clock.now())
            else:
                actions.end_leave(leave=leave, until_on=back, reason=reason, by=request.user, at=clock.now())
        except Problem as problem:
            form.add_error(None, sentence(problem))
        else:
            messages.success(request, _("Noted: %(officer)s is back.") % {"officer": leave.officer})
            return redirect("desk:leaves")
    context = {"tabs": duties.tabs(request), "form": form, "leave": leave}
    return render(request, "desk/leave.html", context, status=422 if form.errors else 200)
