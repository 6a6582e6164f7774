"""The tree of units, the page of one, and the forms that change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org import actions, unit_pages
from dongche.org.forms import AsOfForm, EndForm, MoveForm, NewUnitForm, PolygonForm, RenameForm, UnitSearch
from dongche.org.models import Unit, UnitKind
from dongche.org.polygons import refuse_misplaced, where
from dongche.org.queries import PlannedChanges, Units
from dongche.org.request import OfficerRequest
from dongche.web import paging
from dongche.web.access import duty
from dongche.web.problems import sentence
from dongche.web.templatetags import web

TITLES: Mapping[str, str] = {
    "rename": N_("Rename"),
    "move": N_("Move"),
    "end": N_("End the unit"),
    "draw": N_("Draw the ground"),
}
TEMPLATES: Mapping[str, str] = {"draw": "org/unit_draw.html"}


def _unit(request: OfficerRequest, code: str, *, to_change: bool = False) -> Unit:
    units = Units.visible_to(request.user)
    unit = (units.kept_by(request.user) if to_change else units).filter(code=code).first()
    if unit is None:
        raise Http404
    return unit


@duty("org.read")
@require_safe
def units(request: OfficerRequest) -> HttpResponse:
    """Show the tree from the top, or what a search finds in it, a page at a time."""
    form = UnitSearch(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    seen = Units.visible_to(request.user).in_force(clock.today())
    found = seen.named_like(text) if text else seen.filter(parent__isnull=True)
    return _listed(request, "org/units.html", found, {"form": form, "searched": bool(text)})


@duty("org.read")
@require_safe
def unit(request: OfficerRequest, code: str) -> HttpResponse:
    """Show a unit as of a day: what is below it, who holds its posts, its ground, what it was and what is planned."""
    found, today = _unit(request, code), clock.today()
    form = AsOfForm(request.GET or None)
    given = form.cleaned_data if form.is_valid() else {}
    on, as_known = given.get("on") or today, given.get("as_known")
    below = Units.visible_to(request.user).filter(parent=found)
    sheet = unit_pages.sheet(found, request.user, on, today, as_known)
    more = {"sheet": sheet, "unit": found, "form": form, "is_then": on != today or as_known is not None}
    return _listed(request, "org/unit.html", below, more)


def _listed(request: OfficerRequest, template: str, found: Units, more: dict[str, Any]) -> HttpResponse:
    rows = found.select_related("parent").defer("polygon", "parent__polygon")
    page = paging.page(rows, "code", after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    return render(request, template, more | {"rows": page.rows, "pager": page.pager, "today": clock.today()})


@duty("org.write")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OfficerRequest, code: str) -> HttpResponse:
    """Make a unit under another one."""
    parent = _unit(request, code, to_change=True)
    form = NewUnitForm(request.POST if request.method == "POST" else None, parent=parent, today=clock.today())
    if form.is_valid():
        try:
            made = actions.create_unit(parent=parent, by=request.user, at=clock.now(), **form.cleaned_data)
        except Problem as problem:
            form.add_error(None, sentence(problem))
        else:
            messages.success(request, _("%(unit)s is there now.") % {"unit": made.name})
            return redirect("org:unit", made.code)
    context = {"form": form, "unit": parent, "title": _("New unit"), "verb": "new"}
    return render(request, "org/unit_form.html", context, status=422 if form.errors else 200)


@duty("org.write")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: OfficerRequest, code: str, verb: str) -> HttpResponse:
    """Rename, move, end or draw a unit; an outline is shown on the map before it is kept."""
    if verb not in TITLES:
        raise Http404
    found = _unit(request, code, to_change=True)
    form = _form(request, verb, found)
    preview = None
    if form.is_valid():
        try:
            if verb == "draw" and "keep" not in request.POST:
                preview = _preview(request, form, found)
            else:
                _do(request, verb, form, found)
        except Problem as problem:
            _refuse(form, problem)
        else:
            if preview is None:
                messages.success(request, _kept(form, found))
                return redirect("org:unit", found.code)
    context = {"form": form, "unit": found, "title": _(TITLES[verb]), "verb": verb, "preview": preview}
    context |= _beside(request, verb, form, found)
    return render(
        request, TEMPLATES.get(verb, "org/unit_form.html"), context, status=422 if form.errors else 200
    )


@duty("org.write")
@require_POST
def withdraw(request: OfficerRequest, code: str, pk: int) -> HttpResponse:
    """Take back a change that is planned for a day to come."""
    found = _unit(request, code, to_change=True)
    planned = PlannedChanges.visible_to(request.user).filter(unit=found, pk=pk).select_related("unit").first()
    if planned is None:
        raise Http404
    try:
        actions.withdraw_change(change=planned, by=request.user, at=clock.now())
    except Problem as problem:
        messages.error(request, sentence(problem))
    else:
        messages.success(request, _("The planned change was taken back."))
    return redirect("org:unit", found.code)


def _refuse(form: Form, problem: Problem) -> None:
    if isinstance(form, PolygonForm):
        form.refuse(problem)
    else:
        form.add_error(None, sentence(problem))


def _kept(form: Form, unit: Unit) -> str:
    day = form.cleaned_data.get("on") or form.cleaned_data.get("until_on")
    if day is not None and day > clock.today():
        return _("It is planned for %(day)s and takes effect by itself.") % {"day": web.day(day)}
    return _("%(unit)s was changed.") % {"unit": unit.name}


def _form(request: OfficerRequest, verb: str, unit: Unit) -> Form:
    data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    today = clock.today()
    if verb == "move":
        initial = {"parent": unit.parent.code if unit.parent else "", "on": today}
        return MoveForm(data, files, officer=request.user, initial=initial)
    initial = {
        "name": unit.name,
        "party_organisation": unit.party_organisation,
        "until_on": today,
        "on": today,
        "with_places": True,
        "points": unit_pages.corners(unit) if verb == "draw" else "",
    }
    forms: Mapping[str, type[Form]] = {"rename": RenameForm, "end": EndForm, "draw": PolygonForm}
    form = forms[verb](data, files, initial=initial)
    if verb == "end" and unit.kind != UnitKind.GRID:
        del form.fields["with_places"]
    return form


def _beside(request: OfficerRequest, verb: str, form: Form, unit: Unit) -> dict[str, Any]:
    """What is shown beside the form: the drawing board, or where the places of a grid would go."""
    if verb == "end":
        return {"shifts": unit_pages.would_return(unit, clock.today())}
    if not isinstance(form, PolygonForm):
        return {}
    outline = getattr(form, "polygon", None) or unit.polygon
    fault = None if form.fault is None else where(form.fault)
    on = (form.cleaned_data.get("on") if form.is_bound else None) or clock.today()
    return {"board": unit_pages.board(unit, request.user, on, outline, fault)}


def _preview(request: OfficerRequest, form: Form, unit: Unit) -> dict[str, Any]:
    """Raises: what `refuse_misplaced` refuses"""
    polygon = form.polygon  # type: ignore[attr-defined]
    on = form.cleaned_data["on"] or clock.today()
    refuse_misplaced(unit, polygon, parent=unit.parent, on=on)
    return {
        "map": unit_pages.map_of(unit, polygon, request.user, on),
        "text": unit_pages.as_text(polygon),
        "shifts": unit_pages.would_move(unit, polygon, on),
        "doubt": unit_pages.doubt(unit, polygon),
        "on": on,
    }


def _do(request: OfficerRequest, verb: str, form: Form, unit: Unit) -> None:
    given = form.cleaned_data
    common = {"unit": unit, "by": request.user, "at": clock.now(), "reason": given["reason"]}
    if "on" in given:
        common["on"] = given["on"]
    if given.get("with_places"):
        common["with_places"] = True
    doing: Mapping[str, Callable[[], Unit]] = {
        "rename": lambda: actions.rename_unit(
            name=given["name"], party_organisation=given["party_organisation"], **common
        ),
        "move": lambda: actions.move_unit(parent=given["parent"], **common),
        "end": lambda: actions.end_unit(until_on=given["until_on"], **common),
        "draw": lambda: actions.set_polygon(polygon=form.polygon, **common),  # type: ignore[attr-defined]
    }
    doing[verb]()
