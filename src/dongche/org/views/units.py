"""The tree of units, the page of one, and the forms that change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org import actions, unit_pages
from dongche.org.forms import EndForm, MoveForm, NewUnitForm, PolygonForm, RenameForm, UnitSearch
from dongche.org.models import Unit
from dongche.org.polygons import refuse_misplaced
from dongche.org.queries import Units
from dongche.org.request import OfficerRequest
from dongche.web import paging
from dongche.web.access import duty
from dongche.web.problems import sentence

TITLES: Mapping[str, str] = {
    "rename": N_("Rename"),
    "move": N_("Move"),
    "end": N_("End the unit"),
    "draw": N_("Draw the ground"),
}


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
    """Show a unit: what is below it, who holds its posts, its ground, and what it was before."""
    found = _unit(request, code)
    below = Units.visible_to(request.user).filter(parent=found)
    sheet = unit_pages.sheet(found, request.user, clock.today())
    return _listed(request, "org/unit.html", below, {"sheet": sheet, "unit": found})


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
    """Rename, move, end or draw a unit; a polygon is shown on the map before it is kept."""
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
            form.add_error(None, sentence(problem))
        else:
            if preview is None:
                messages.success(request, _("%(unit)s was changed.") % {"unit": found.name})
                return redirect("org:unit", found.code)
    context = {"form": form, "unit": found, "title": _(TITLES[verb]), "verb": verb, "preview": preview}
    return render(request, "org/unit_form.html", context, status=422 if form.errors else 200)


def _form(request: OfficerRequest, verb: str, unit: Unit) -> Form:
    data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    if verb == "move":
        return MoveForm(
            data, files, officer=request.user, initial={"parent": unit.parent.code if unit.parent else ""}
        )
    initial = {"name": unit.name, "party_organisation": unit.party_organisation, "until_on": clock.today()}
    forms: Mapping[str, type[Form]] = {"rename": RenameForm, "end": EndForm, "draw": PolygonForm}
    return forms[verb](data, files, initial=initial)


def _preview(request: OfficerRequest, form: Form, unit: Unit) -> dict[str, Any]:
    """Raises: what `refuse_misplaced` refuses"""
    polygon = form.polygon  # type: ignore[attr-defined]
    refuse_misplaced(unit, polygon, parent=unit.parent, on=clock.today())
    return {"map": unit_pages.map_of(unit, polygon, request.user), "text": unit_pages.as_text(polygon)}


def _do(request: OfficerRequest, verb: str, form: Form, unit: Unit) -> None:
    given = form.cleaned_data
    common = {"unit": unit, "by": request.user, "at": clock.now(), "reason": given["reason"]}
    doing: Mapping[str, Callable[[], Unit]] = {
        "rename": lambda: actions.rename_unit(
            name=given["name"], party_organisation=given["party_organisation"], **common
        ),
        "move": lambda: actions.move_unit(parent=given["parent"], **common),
        "end": lambda: actions.end_unit(until_on=given["until_on"], **common),
        "draw": lambda: actions.set_polygon(polygon=form.polygon, **common),  # type: ignore[attr-defined]
    }
    doing[verb]()
