from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dongche.desk import duties
from dongche.desk.handover import HandOverForm, WhoForm, officers_of
from dongche.desk.rules import ReasonForm
from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org import actions
from dongche.org.handing import Handing, plan
from dongche.org.queries import Officers
from dongche.org.request import OfficerRequest
from dongche.web.access import duty
from dongche.web.problems import sentence


@duty("org.people")
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: OfficerRequest) -> HttpResponse:
    """Ask who hands over what to whom, show what would move, and do it when it is confirmed."""
    area, today = duties.subdistrict(request), clock.today()
    if not duties.governs(request.user, area):
        raise Http404
    context: dict[str, Any] = {"tabs": duties.tabs(request), "area": area, "today": today}
    who = WhoForm(
        request.GET if "officer" in request.GET else None, officers=officers_of(request.user, area, today)
    )
    if not who.is_valid():
        context["form"] = who
        return render(request, "desk/hand_over.html", context, status=422 if who.errors else 200)
    officer = who.officer_chosen()
    successors = list(Officers.visible_to(request.user).filter(is_active=True).order_by("username"))
    form = HandOverForm(
        request.GET if "successor" in request.GET else None,
        officer=officer,
        successors=successors,
        today=today,
    )
    context |= {"form": form, "giver": officer}
    if not form.is_valid():
        return render(request, "desk/hand_over.html", context, status=422 if form.errors else 200)
    return _confirm(request, form.handing(), context)


def _confirm(request: OfficerRequest, handing: Handing, context: dict[str, Any]) -> HttpResponse:
    reason = ReasonForm(request.POST if request.method == "POST" else None)
    if reason.is_valid():
        try:
            actions.hand_over(
                officer=handing.officer,
                successor=handing.successor,
                posts=handing.posts,
                from_on=handing.from_on,
                places=handing.places,
                work=handing.work,
                reason=reason.cleaned_data["reason"],
                by=request.user,
                at=clock.now(),
            )
        except Problem as problem:
            reason.add_error(None, sentence(problem))
        else:
            return _done(request, handing)
    context |= {"plan": plan(handing), "reason": reason, "is_past": handing.from_on < clock.today()}
    return render(request, "desk/hand_over_preview.html", context, status=422 if reason.errors else 200)


def _done(request: OfficerRequest, handing: Handing) -> HttpResponse:
    if handing.successor is None:
        messages.success(
            request, _("%(officer)s has handed over; the posts are vacant.") % {"officer": handing.officer}
        )
        return redirect("desk:hand-over")
    names = {"officer": handing.officer, "successor": handing.successor}
    text = _("%(officer)s has handed over to %(successor)s. To take it back, hand over the other way round.")
    messages.success(request, text % names)
    query = urlencode({"officer": handing.successor.username})
    return redirect(f"{reverse('desk:hand-over')}?{query}")
