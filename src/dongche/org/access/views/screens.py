"""Screens on walls: which there are, opened with a code that is shown once, closed."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org.access import actions
from dongche.org.access.forms import ScreenForm
from dongche.org.access.queries import Screens, units_with_screens
from dongche.org.access.views.sign_in import refused
from dongche.org.request import OfficerRequest
from dongche.web.access import duty


@duty("org.screens")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def screens(request: OfficerRequest) -> HttpResponse:
    """List the screens, and open another: its code is shown now and never again."""
    units = {unit.pk: unit for unit in units_with_screens(request.user)}
    form = ScreenForm(request.POST if request.method == "POST" else None, units=list(units.values()))
    open_ones = Screens.visible_to(request.user).open().select_related("unit", "opened_by").order_by("-pk")
    context = {"form": form, "screens": open_ones, "now": clock.real()}
    if request.method == "POST" and form.is_valid():
        try:
            screen, code = actions.open_screen(
                unit=units[form.cleaned_data["unit"]],
                name=form.cleaned_data["name"],
                opened_at=clock.real(),
                by=request.user,
                at=clock.now(),
            )
        except Problem as problem:
            return refused(request, "org/access/screens.html", context, problem)
        context |= {
            "opened": screen,
            "code": f"{code[:4]}-{code[4:]}",
            "address": request.build_absolute_uri("/wall/"),
        }
    return render(request, "org/access/screens.html", context, status=422 if form.errors else 200)


@duty("org.screens")
@require_POST
def close(request: OfficerRequest, number: int) -> HttpResponse:
    """Let a screen show nothing any more."""
    screen = Screens.visible_to(request.user).filter(pk=number).select_related("unit").first()
    if screen is None:
        raise Http404
    actions.close_screen(screen=screen, closed_at=clock.real(), by=request.user, at=clock.now())
    messages.success(request, _("The screen “%(name)s” is closed.") % {"name": screen.name})
    return redirect("access:screens")
