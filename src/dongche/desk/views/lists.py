from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dongche.desk import columns, saved
from dongche.desk.filters import PlaceFilter
from dongche.desk.views import forms as pages
from dongche.kit import clock
from dongche.org.models import Unit
from dongche.org.queries import Units, scope_of
from dongche.org.request import OfficerRequest
from dongche.registry import actions
from dongche.registry.models import SavedView
from dongche.registry.queries import SavedViews
from dongche.web.access import duty


@duty("registry.read")
@require_POST
def choose(request: OfficerRequest) -> HttpResponse:
    """Remember which columns the officer wants to see, and show the list with them."""
    form = PlaceFilter(request.GET, officer=request.user, today=clock.today())
    shown = [column.name for column in columns.chosen(request.POST.getlist("column"))]
    actions.choose_columns(columns=shown, by=request.user, at=clock.now())
    return redirect(f"{reverse('desk:places')}?{form.query(columns=','.join(shown))}")


@duty("registry.read")
@require_safe
def listed(request: OfficerRequest) -> HttpResponse:
    """Show the saved lists, to be renamed, shared or deleted."""
    views = SavedViews.visible_to(request.user).select_related("officer").order_by("pk")
    rows = [(view, saved.address(view), view.officer_id == request.user.pk) for view in views]
    return render(request, "desk/views.html", {"rows": rows})


@duty("registry.read")
@require_http_methods(["GET", "HEAD", "POST"])
def save(request: OfficerRequest) -> HttpResponse:
    """Keep the list in the address under a name."""
    form = PlaceFilter(request.GET, officer=request.user, today=clock.today())
    shown = saved.showing(form, request.user)
    own = shown.view if shown.view and shown.view.officer_id == request.user.pk else None
    asked = saved.ViewForm(pages.posted(request), view=own, area=_shares_in(request))
    kept: list[SavedView] = []

    def deed() -> None:
        what: dict[str, Any] = {
            "filters": saved.filters_of(form),
            "columns": [one.name for one in shown.columns],
        }
        view = actions.save_view(**asked.given(), **what, sort=shown.sort, by=request.user, at=clock.now())
        kept.append(view)

    if pages.done(request, asked, deed):
        return pages.on(request, saved.address(kept[0]), _("The list is saved."))
    words = {"title": _("Save this list"), "note": saved.in_words(form, shown), "button": _("Save")}
    return pages.page(request, asked, {**words, "back": f"{reverse('desk:places')}?{form.query()}"})


@duty("registry.read")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: OfficerRequest, number: int) -> HttpResponse:
    """Rename a saved list, share it, or let it open first."""
    view = _own(request, number)
    form = saved.ViewForm(pages.posted(request), view=view, area=_shares_in(request))

    def deed() -> None:
        what: dict[str, Any] = {"filters": view.filters, "columns": view.columns, "sort": view.sort}
        actions.save_view(**form.given(), **what, view=view, by=request.user, at=clock.now())

    words = {"title": view.name, "note": "", "button": _("Save"), "back": reverse("desk:views")}
    return pages.step(request, form, deed, words=words, told=_("The list is saved."))


@duty("registry.read")
@require_POST
def delete(request: OfficerRequest, number: int) -> HttpResponse:
    """Give up a saved list; the places in it stay as they are."""
    view = _own(request, number)
    actions.delete_view(view=view, by=request.user, at=clock.now())
    return pages.on(request, reverse("desk:views"), _("The list is deleted; its places are as they were."))


def _own(request: OfficerRequest, number: int) -> SavedView:
    found = SavedViews.visible_to(request.user).filter(pk=number, officer=request.user).first()
    if found is None:
        raise Http404
    return found


def _shares_in(request: OfficerRequest) -> Unit | None:
    """The sub-district that an officer may share a list in: the one whose headquarters they are of."""
    if not request.user.has_duty("registry.write"):
        return None
    own = scope_of(request.user).subdistricts
    return Units.visible_to(request.user).in_service().filter(pk__in=own).order_by("pk").first()
