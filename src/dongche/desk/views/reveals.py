"""A personal value in full, for whoever says why they need it: logged, and masked again after a few minutes."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from dongche.desk import dossier, personal
from dongche.kit import clock
from dongche.org import actions as org
from dongche.org.models import Officer
from dongche.org.queries import Officers
from dongche.org.request import OfficerRequest
from dongche.registry import actions as registry
from dongche.registry.imports.values import replaced
from dongche.registry.models import Entity
from dongche.registry.queries import Places, responsible_for
from dongche.web.access import duty
from dongche.web.components import Masked


@duty("registry.reveal")
@never_cache
@require_POST
def of_place(request: OfficerRequest, number: str) -> HttpResponse:
    """Show the contact of a place, or the phone of somebody who answers for it."""
    place = Places.visible_to(request.user).filter(number=number).first()
    if place is None or not dossier.may_reveal(place, request.user):
        raise Http404
    back = redirect("desk:place", place.number)
    form, field = personal.RevealForm(request.POST), request.POST.get("field", "")
    if field.startswith("officer-"):
        found = [one.officer for one in responsible_for(place, clock.today()) if one.officer]
        asked = next((officer for officer in found if field == f"officer-{officer.pk}"), None)
        if asked is None:
            raise Http404
        return _officer(request, asked, form, back)
    if "@" in field:
        return _former(request, place, field, form)
    return _contact(request, place, field, form, back)


@duty("org.people")
@never_cache
@require_POST
def of_officer(request: OfficerRequest, username: str) -> HttpResponse:
    """Show the phone of an officer of one's sub-district."""
    asked = Officers.visible_to(request.user).administered(request.user).filter(username=username).first()
    if asked is None:
        raise Http404
    back = redirect("desk:officer", asked.username)
    return _officer(request, asked, personal.RevealForm(request.POST), back)


def _contact(
    request: OfficerRequest, place: Entity, field: str, form: personal.RevealForm, back: HttpResponse
) -> HttpResponse:
    revealed = personal.Revealed(request.session, clock.real())
    if form.is_valid():
        registry.reveal(entity=place, field=field, reason=form.reason, by=request.user, at=clock.now())
        revealed.add(personal.key_of(place, field))
    elif field not in registry.REVEALED:
        raise Http404
    data = None if form.is_valid() else request.POST
    value = personal.of_place(place, field, revealed, in_full=False, may_ask=True, data=data)
    return _answer(request, value, back)


def _former(request: OfficerRequest, place: Entity, asked: str, form: personal.RevealForm) -> HttpResponse:
    """Show a value that a version of the place replaced: `asked` is field@version."""
    field, _, number = asked.partition("@")
    version = place.revisions.filter(pk=number).first() if number.isdecimal() and number.isascii() else None
    if version is None or field not in replaced(version.former):
        raise Http404
    revealed = personal.Revealed(request.session, clock.real())
    if form.is_valid():
        registry.reveal(
            entity=place,
            field=field,
            replaced_by=version,
            reason=form.reason,
            by=request.user,
            at=clock.now(),
        )
        revealed.add(personal.key_of(version, field))
    data = None if form.is_valid() else request.POST
    value = personal.of_version(place, field, version, revealed, may_ask=True, data=data)
    last_day = clock.day_of(version.known_at) - timedelta(days=1)
    back = redirect(f"{reverse('desk:place-values', args=[place.number])}?on={last_day.isoformat()}")
    return _answer(request, value, back)


def _officer(
    request: OfficerRequest, asked: Officer, form: personal.RevealForm, back: HttpResponse
) -> HttpResponse:
    revealed = personal.Revealed(request.session, clock.real())
    if form.is_valid():
        org.reveal_phone(officer=asked, reason=form.reason, by=request.user, at=clock.now())
        revealed.add(personal.key_of(asked, "phone"))
    data = None if form.is_valid() else request.POST
    at = form["at"].value() if "at" not in form.errors else "reveal-officer"
    value = personal.of_officer(asked, revealed, url=request.path, actor=request.user, at=at, data=data)
    return _answer(request, value, back)


def _answer(request: OfficerRequest, value: Masked, back: HttpResponse) -> HttpResponse:
    """The value alone for a page that swaps it in, else the page it stands in."""
    if request.htmx:
        return render(request, "web/masked.html", {"value": value}, status=422 if value.is_masked else 200)
    if value.is_masked:
        messages.warning(request, _("Say why you need it: choose a reason or write one. Nothing was shown."))
    return back
