"""The people of a place: listed, found, taken in, changed, looked after; values and files in full for a reason."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dongche.desk import personal, roster
from dongche.desk.person_forms import HealthForm, PersonForm, PersonSearch
from dongche.desk.views.forms import done, posted
from dongche.kit import clock
from dongche.org.request import OfficerRequest
from dongche.registry import actions
from dongche.registry.models import Entity, Person
from dongche.registry.queries import People, Places, counted
from dongche.registry.roster.labels import STATES
from dongche.web import downloads, paging, spreadsheets
from dongche.web.access import duty
from dongche.web.components import Tab

FOUND_MOST, OBSERVED_MOST = 50, 200


def _place(request: OfficerRequest, number: str, permission: str = "registry.people") -> Entity:
    places = Places.within_duty(request.user, permission).select_related("subdistrict")
    place = places.filter(number=number).first()
    if place is None:
        raise Http404
    return place


def _person(request: OfficerRequest, code: str, permission: str = "registry.people") -> Person:
    people = People.visible_to(request.user).reached_by(request.user, permission)
    person = people.select_related("entity").filter(code=code).first()
    if person is None:
        raise Http404
    return person


@duty("registry.people")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: OfficerRequest, number: str) -> HttpResponse:
    """List the people of a place, by their state of observation; or those who bear what was searched for."""
    place, on = _place(request, number), clock.today()
    access = roster.Access.to(place, request.user)
    search = PersonSearch(posted(request))
    mine = People.visible_to(request.user).filter(entity=place)
    state = request.GET.get("state", "") if access.care else ""
    found: Sequence[Person] = ()
    pager = None
    if search.is_valid():
        found = list(mine.matching(search.text).order_by("pk")[:FOUND_MOST])
    elif request.method != "POST":
        page = paging.page(
            mine.in_state(state, on) if state in STATES else mine,
            "pk",
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
        )
        found, pager = page.rows, page.pager
    counts = counted(place, on)
    context = {
        "place": place,
        "access": access,
        "on": on,
        "search": search,
        "searched": request.method == "POST",
        "rows": roster.rows(found, on, request.user, access),
        "pager": pager,
        "tiles": roster.tiles(counts) if access.care else [],
        "count": counts.people,
        "tabs": _tabs(state, counts) if access.care else [],
        "full_form": personal.RevealForm(initial={"field": "roster", "at": "roster"}, auto_id="full-%s"),
    }
    return render(request, "desk/people.html", context, status=422 if search.errors else 200)


def _tabs(state: str, counts: roster.Counted) -> list[Tab]:
    return [
        Tab(
            str(label),
            f"?state={name}" if name else "?",
            name == state,
            counts.states.get(name, 0) if name else None,
        )
        for name, label in roster.STATE_TABS
    ]


@duty("registry.people")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: OfficerRequest, number: str) -> HttpResponse | FileResponse:
    """Give the roster as an Excel file: masked; in full for a reason, which is logged."""
    place, on = _place(request, number), clock.today()
    access = roster.Access.to(place, request.user)
    rows = People.visible_to(request.user).filter(entity=place).on_roster(on).order_by("pk")
    in_full = request.method == "POST"
    if in_full:
        if not access.ask:
            raise Http404
        form = personal.RevealForm(request.POST)
        if not form.is_valid():
            messages.warning(
                request, _("Say why you need it: choose a reason or write one. Nothing was shown.")
            )
            return redirect("desk:people", place.number)
        actions.reveal_roster(
            place=place, people=rows.count(), reason=form.reason, by=request.user, at=clock.now()
        )
    table = roster.export_rows(rows.iterator(chunk_size=500), on, access, in_full=in_full)
    headers, name = roster.export_headers(access), _("%(number)s – roster of employees.xlsx")
    return downloads.sent(
        name % {"number": place.number},
        lambda file: spreadsheets.write_rows(file, headers, table, title=_("Roster")),
    )


@duty("registry.health")
@never_cache
@require_safe
def health(request: OfficerRequest, number: str) -> HttpResponse:
    """Show the health file of a place: two weeks of counts, who is observed, who is not well today."""
    place, on = _place(request, number, "registry.health"), clock.today()
    access = roster.Access.to(place, request.user)
    mine = People.visible_to(request.user).filter(entity=place)
    observed = mine.in_state("required", on).order_by("arrived_on", "pk")[:OBSERVED_MOST]
    unwell = mine.filter(pk__in=roster.unwell_on(place, on, request.user)).order_by("pk")
    context = {
        "place": place,
        "on": on,
        "days": roster.health_days(place, on),
        "observed": roster.rows(observed, on, request.user, access),
        "unwell": roster.rows(unwell, on, request.user, access),
        "access": access,
    }
    return render(request, "desk/health.html", context)


@duty("registry.people")
@never_cache
@require_safe
def person(request: OfficerRequest, code: str) -> HttpResponse:
    """Show one person: masked, whether they are observed and why, how they were, what happened to the entry."""
    return _page(request, _person(request, code), HealthForm(initial={"on": clock.today(), "half": _half()}))


def _half() -> str:
    return "am" if clock.beijing(clock.now()).hour < 12 else "pm"


def _page(request: OfficerRequest, found: Person, form: HealthForm, status: int = 200) -> HttpResponse:
    on = clock.today()
    access = roster.Access.to(found.entity, request.user)
    revealed = personal.Revealed(request.session, clock.real())
    context = {
        "whole": roster.whole(found, on, request.user, access, revealed),
        "access": access,
        "form": form,
        "on": on,
    }
    return render(request, "desk/person.html", context, status=status)


@duty("registry.roster")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: OfficerRequest, number: str) -> HttpResponse:
    """Put somebody on the roster of a place."""
    place = _place(request, number, "registry.roster")
    form = PersonForm(posted(request))

    def deed() -> None:
        actions.enter_person(
            place=place,
            given=form.given,
            source=form.cleaned_data["source"],
            by=request.user,
            at=clock.now(),
        )

    if done(request, form, deed):
        messages.success(request, _("Put on the roster."))
        return redirect("desk:people", place.number)
    context = {"form": form, "place": place, "person": None}
    return render(request, "desk/person_form.html", context, status=422 if form.errors else 200)


@duty("registry.roster")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: OfficerRequest, code: str) -> HttpResponse:
    """Ask for other values of somebody; nobody's change is lost."""
    found = _person(request, code, "registry.roster")
    form = PersonForm(posted(request), person=found)

    def deed() -> None:
        actions.change_person(
            person=found,
            given=form.given,
            version=form.cleaned_data["version"] or 0,
            source=form.cleaned_data["source"],
            by=request.user,
            at=clock.now(),
        )

    if done(request, form, deed):
        messages.success(request, _("Saved."))
        return redirect("desk:person", found.code)
    context = {"form": form, "place": found.entity, "person": found}
    return render(request, "desk/person_form.html", context, status=422 if form.errors else 200)


@duty("registry.roster")
@never_cache
@require_POST
def note(request: OfficerRequest, code: str) -> HttpResponse:
    """Note a temperature or symptoms."""
    found = _person(request, code, "registry.roster")
    form = HealthForm(request.POST)

    def deed() -> None:
        actions.note_health(person=found, **form.cleaned_data, by=request.user, at=clock.now())

    if done(request, form, deed):
        messages.success(request, _("Noted."))
        return redirect("desk:person", found.code)
    return _page(request, found, form, 422)


@duty("registry.reveal")
@never_cache
@require_POST
def reveal(request: OfficerRequest, code: str) -> HttpResponse:
    """Show a personal value of somebody in full."""
    found = _person(request, code, "registry.reveal")
    form, field = personal.RevealForm(request.POST), request.POST.get("field", "")
    if field not in actions.PERSON_REVEALED:
        raise Http404
    revealed = personal.Revealed(request.session, clock.real())
    if form.is_valid():
        actions.reveal_person(person=found, field=field, reason=form.reason, by=request.user, at=clock.now())
        revealed.add(personal.key_of(found, field))
    data = None if form.is_valid() else request.POST
    value = personal.of_person(found, field, revealed, may_ask=True, data=data)
    if request.htmx:
        return render(request, "web/masked.html", {"value": value}, status=422 if value.is_masked else 200)
    if value.is_masked:
        messages.warning(request, _("Say why you need it: choose a reason or write one. Nothing was shown."))
    return redirect("desk:person", found.code)
