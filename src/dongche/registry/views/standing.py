"""Whether a place works, as an officer saw or heard it: put down, taken back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org.request import OfficerRequest
from dongche.registry import actions
from dongche.registry.forms import StandingEndForm, StandingForm
from dongche.registry.queries import Standings
from dongche.registry.views.reached import place_at_hand
from dongche.web.access import duty
from dongche.web.problems import sentence


@duty("registry.standing")
@require_http_methods(["GET", "HEAD", "POST"])
def put_down(request: OfficerRequest, number: str) -> HttpResponse:
    """Put down on which step of the ladder a place was seen."""
    place = place_at_hand(request, number)
    form = StandingForm(
        request.POST if request.method == "POST" else None, initial={"on": clock.today(), "source": "visited"}
    )
    if form.is_valid():
        try:
            actions.record_standing(entity=place, **form.cleaned_data, by=request.user, at=clock.now())
        except Problem as problem:
            form.add_error(None, sentence(problem))
        else:
            messages.success(request, _("Put down. Take it back on the page of the place if it was wrong."))
            return redirect("desk:place", place.number)
    context = {"form": form, "place": place, "standing": None}
    return render(request, "registry/standing.html", context, status=422 if form.errors else 200)


@duty("registry.standing")
@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: OfficerRequest, number: str, pk: int) -> HttpResponse:
    """Take back what was put down: what the place told decides again."""
    place = place_at_hand(request, number)
    standing = Standings.visible_to(request.user).select_related("by").filter(entity=place, pk=pk).first()
    if standing is None:
        raise Http404
    form = StandingEndForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.withdraw_standing(standing=standing, **form.cleaned_data, by=request.user, at=clock.now())
        except Problem as problem:
            form.add_error(None, sentence(problem))
        else:
            messages.success(request, _("Taken back. What the place told decides again."))
            return redirect("desk:place", place.number)
    context = {"form": form, "place": place, "standing": standing}
    return render(request, "registry/standing.html", context, status=422 if form.errors else 200)
