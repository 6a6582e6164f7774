"""One place by hand: entered, changed, left out of those that should resume."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org.models import Officer, Unit
from dongche.org.queries import Units, scope_of
from dongche.registry import actions, labels
from dongche.registry.alike import alike
from dongche.registry.forms import ExclusionEndForm, ExclusionForm, PlaceForm
from dongche.registry.models import Entity, Revision
from dongche.registry.queries import Exclusions, Places, Revisions, version_of
from dongche.web.access import duty
from dongche.web.problems import sentence


def _officer(request: HttpRequest) -> Officer:
    return cast(Officer, request.user)


def _place(request: HttpRequest, number: str) -> Entity:
    place = Places.visible_to(request.user).select_related("subdistrict").filter(number=number).first()
    if place is None:
        raise Http404
    return place


def _own_subdistricts(request: HttpRequest) -> list[Unit]:
    """The sub-districts in service whose headquarters the officer serves in."""
    scope = scope_of(request.user)
    units = Units.visible_to(request.user).in_service().order_by("code")
    return [unit for unit in units if scope.everything or unit.pk in scope.subdistricts]


@duty("registry.write")
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Ask for a new place; show known ones that may be the same before it is taken in."""
    own = {unit.code: unit for unit in _own_subdistricts(request)}
    if not own:
        raise PermissionDenied
    subdistrict = own.get(request.GET.get("subdistrict", "")) or next(iter(own.values()))
    form = PlaceForm(request.POST if request.method == "POST" else None, subdistrict=subdistrict)
    similar = []
    if form.is_valid():
        similar = alike(form.given, subdistrict_id=subdistrict.pk, actor=request.user)
        if not similar or form.cleaned_data["is_another"]:
            try:
                place = actions.enter_place(
                    subdistrict=subdistrict,
                    given=form.given,
                    source=form.cleaned_data["source"],
                    by=_officer(request),
                    at=clock.now(),
                )
            except Problem as problem:
                form.add_error(None, sentence(problem))
            else:
                messages.success(
                    request, _("%(number)s is in the registry. Print its QR card.") % {"number": place.number}
                )
                return redirect("desk:place", place.number)
    context = {"form": form, "similar": similar, "subdistrict": subdistrict, "others": own.values()}
    return render(request, "registry/place_form.html", context, status=422 if form.errors or similar else 200)


@duty("registry.write")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for other values of a place; whoever was overtaken sees what was changed meanwhile."""
    place = _place(request, number)
    form = PlaceForm(
        request.POST if request.method == "POST" else None, subdistrict=place.subdistrict, place=place
    )
    meanwhile: list[dict[str, Any]] = []
    status = 200
    if form.is_valid():
        try:
            actions.change_place(
                place=place,
                given=form.given,
                version=form.cleaned_data["version"],
                source=form.cleaned_data["source"],
                by=_officer(request),
                at=clock.now(),
            )
        except actions.ChangedMeanwhile as problem:
            meanwhile = _since(request, place, form.cleaned_data["version"])
            form.data = request.POST.copy()
            form.data["version"] = str(version_of(place))
            form.add_error(None, sentence(problem))
            status = problem.status
        except Problem as problem:
            form.add_error(None, sentence(problem))
        else:
            messages.success(request, _("Saved. What it was before stays on the page of the place."))
            return redirect("desk:place", place.number)
    context = {"form": form, "place": place, "meanwhile": meanwhile}
    return render(
        request, "registry/place_form.html", context, status=422 if form.errors and status == 200 else status
    )


def _since(request: HttpRequest, place: Entity, version: int) -> list[dict[str, Any]]:
    """What was changed after a version: when, by whom, and each field before and after in words."""
    units = dict(
        Units.visible_to(request.user).filter(subdistrict=place.subdistrict_id).values_list("pk", "name")
    )
    later = (
        Revisions.visible_to(request.user)
        .filter(entity=place, pk__gt=version)
        .select_related("by")
        .order_by("pk")
    )
    return [
        {
            "label": labels.label(name),
            "before": labels.value(name, before, units),
            "after": labels.value(name, after, units),
            "by": _by(revision),
            "at": revision.known_at,
        }
        for revision in later
        for name, (before, after) in revision.changes.items()
    ]


def _by(revision: Revision) -> str:
    return revision.by.name if revision.by else str(revision.get_source_display())


@duty("registry.write")
@require_http_methods(["GET", "HEAD", "POST"])
def exclude(request: HttpRequest, number: str) -> HttpResponse:
    """Leave a place out of those that should resume, for a reason."""
    place = _place(request, number)
    form = ExclusionForm(
        request.POST if request.method == "POST" else None, initial={"from_on": clock.today()}
    )
    if form.is_valid():
        try:
            actions.exclude_place(entity=place, **form.cleaned_data, by=_officer(request), at=clock.now())
        except Problem as problem:
            form.add_error(None, sentence(problem))
        else:
            messages.success(request, _("%(number)s is left out of the figures.") % {"number": place.number})
            return redirect("desk:place", place.number)
    context = {"form": form, "place": place, "exclusion": None}
    return render(request, "registry/exclusion.html", context, status=422 if form.errors else 200)


@duty("registry.write")
@require_http_methods(["GET", "HEAD", "POST"])
def end_exclusion(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Count a place again from a day on."""
    place = _place(request, number)
    exclusion = Exclusions.visible_to(request.user).filter(entity=place, pk=pk).first()
    if exclusion is None:
        raise Http404
    form = ExclusionEndForm(
        request.POST if request.method == "POST" else None, initial={"until_on": clock.today()}
    )
    if form.is_valid():
        try:
            actions.end_exclusion(
                exclusion=exclusion, **form.cleaned_data, by=_officer(request), at=clock.now()
            )
        except Problem as problem:
            form.add_error(None, sentence(problem))
        else:
            messages.success(request, _("%(number)s counts again.") % {"number": place.number})
            return redirect("desk:place", place.number)
    context = {"form": form, "place": place, "exclusion": exclusion}
    return render(request, "registry/exclusion.html", context, status=422 if form.errors else 200)
