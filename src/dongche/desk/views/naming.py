from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dongche.desk import batches, duties, naming
from dongche.desk.filters import PlaceFilter
from dongche.desk.rules import ReasonForm
from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org.dated import refuse_past
from dongche.org.request import OfficerRequest
from dongche.registry import actions
from dongche.registry.models import PlaceBatch, PlaceDuty
from dongche.registry.queries import PlaceDuties, Places
from dongche.web.access import duty
from dongche.web.problems import sentence


@duty("registry.write")
@require_http_methods(["GET", "HEAD", "POST"])
def name(request: OfficerRequest, role: str) -> HttpResponse:
    """Name an officer for one place, or for all of a filtered list, after showing what that changes."""
    area, today = duties.subdistrict(request), clock.today()
    if role not in PlaceDuty.Role.values or not duties.governs(request.user, area):
        raise Http404
    number = request.GET.get("place", "")
    chosen = PlaceFilter(request.GET, officer=request.user, today=today)
    places = Places.visible_to(request.user).filter(number=number) if number else chosen.places()
    places = places.filter(subdistrict=area)
    asked = request.GET if "officer" in request.GET else None
    form = naming.NameForm(asked, actor=request.user, area=area, role=role, today=today)
    context: dict[str, Any] = {
        "form": form,
        "role": role,
        "tabs": naming.tabs(request.GET, role),
        "place": places.first() if number else None,
        "chips": [] if number else chosen.chips(),
        "kept": [(key, value) for key, value in request.GET.items() if key not in form.fields],
        "naming": naming.preview(places, request.user, role, today),
    }
    if number and context["place"] is None:
        raise Http404
    if form.is_valid():
        return _confirm(request, form, places, context)
    return render(request, "desk/name.html", context, status=422 if form.errors else 200)


def _confirm(
    request: OfficerRequest, form: naming.NameForm, places: Places, context: dict[str, Any]
) -> HttpResponse:
    officer, given = form.officer_chosen(), form.cleaned_data
    if context["place"] is None:
        return _confirm_list(request, form, places, context)
    reason = ReasonForm(request.POST if request.method == "POST" else None)
    if reason.is_valid():
        try:
            named = actions.assign_places(
                entities=places.defer("contact_name", "contact_phone").select_related("subdistrict"),
                officer=officer,
                role=context["role"],
                from_on=given["from_on"],
                source=given["source"],
                reason=reason.cleaned_data["reason"],
                by=request.user,
                at=clock.now(),
            )
        except Problem as problem:
            reason.add_error(None, sentence(problem))
        else:
            text = _("%(officer)s is named for %(count)s places.")
            messages.success(request, text % {"officer": officer, "count": len(named)})
            return redirect(_place_url(context["place"].number))
    return _preview(request, form, places, context | {"reason": reason})


def _preview(
    request: OfficerRequest, form: naming.NameForm, places: Places, context: dict[str, Any]
) -> HttpResponse:
    first = form.cleaned_data["from_on"]
    context |= {"officer": form.officer_chosen(), "from_on": first, "is_past": first < clock.today()}
    context["naming"] = naming.preview(places, request.user, context["role"], first)
    return render(request, "desk/name_preview.html", context, status=422 if context["reason"].errors else 200)


def _confirm_list(
    request: OfficerRequest, form: naming.NameForm, places: Places, context: dict[str, Any]
) -> HttpResponse:
    """For a list it is a batch: worked off in parts, refused with reasons, taken back."""
    chosen = PlaceFilter(request.GET, officer=request.user, today=clock.today())
    given = form.given(context["role"])
    seen = batches.outlook(PlaceBatch.Kind.NAME, chosen, given, request.user, places)
    reason = ReasonForm(request.POST if request.method == "POST" else None)
    is_as_seen = request.POST.get("seen") == seen.seen
    if reason.is_valid() and is_as_seen and seen.changed:
        why = reason.cleaned_data["reason"]
        try:
            refuse_past(form.cleaned_data["from_on"], clock.now(), why)
        except Problem as problem:
            reason.add_error(None, sentence(problem))
        else:
            batch = batches.begin(
                PlaceBatch.Kind.NAME, seen, chosen, given, why, by=request.user, at=clock.now()
            )
            return redirect("desk:batch", batch.code)
    context |= {"outlook": seen, "reason": reason, "is_other": request.method == "POST" and not is_as_seen}
    return _preview(request, form, places, context)


@duty("registry.write")
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: OfficerRequest, pk: int) -> HttpResponse:
    """End the duty of an officer for one place: what its grid and community give holds again."""
    found = PlaceDuties.visible_to(request.user).filter(pk=pk, superseded_at=None)
    held = found.select_related("entity", "officer").first()
    if held is None:
        raise Http404
    form = naming.EndForm(
        request.POST if request.method == "POST" else None, initial={"until_on": clock.today()}
    )
    if form.is_valid():
        try:
            actions.end_place_duty(duty=held, **form.cleaned_data, by=request.user, at=clock.now())
        except Problem as problem:
            form.add_error(None, sentence(problem))
        else:
            messages.success(request, _("Ended."))
            return redirect(_place_url(held.entity.number))
    return render(
        request, "desk/name_end.html", {"form": form, "held": held}, status=422 if form.errors else 200
    )


def _place_url(number: str) -> str:
    return reverse("desk:place", args=[number])
