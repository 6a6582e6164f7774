"""The wall: figures on a screen for everybody to see. Officers who open screens can look at it too."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import quote_etag
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from dongche.desk import wall as walls
from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org.access import actions, lockout, screens
from dongche.org.access.forms import PairForm
from dongche.org.access.queries import units_with_screens
from dongche.org.access.views.sign_in import refused
from dongche.org.models import Officer, Unit
from dongche.web.access import public
from dongche.web.origin import client_address


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def wall(request: HttpRequest) -> HttpResponse:
    """Show the wall; ask a screen that is none yet for its code."""
    if request.method == "POST":
        return _paired(request)
    unit = _unit(request)
    if unit is None:
        return render(request, "desk/wall_code.html", {"form": PairForm()})
    shown, panels, tag, now = _drawn(request, unit)
    return render(request, "desk/wall.html", {"wall": shown, "panels": panels, "tag": tag, "now": now})


@public
@require_safe
def panels(request: HttpRequest) -> HttpResponse:
    """The panels alone, or 304 when nothing in them has changed; the header says as of when either is true."""
    unit = _unit(request)
    if unit is None:
        return HttpResponse(status=410)
    _shown, page, tag, now = _drawn(request, unit)
    is_same = request.headers.get("If-None-Match") == tag
    response = HttpResponse(status=304) if is_same else HttpResponse(page)
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    response["Dongche-Now"] = now.isoformat()
    return response


def _drawn(request: HttpRequest, unit: Unit) -> tuple[walls.Wall, SafeString, str, datetime]:
    """What is shown, its panels as a page has them, a tag that changes when they do, and as of when they are true."""
    now = clock.now()
    shown = walls.build(unit, clock.today())
    page = render_to_string("desk/wall_panels.html", {"wall": shown}, request)
    return shown, page, quote_etag(blake2b(page.encode(), digest_size=12).hexdigest()), now


def _unit(request: HttpRequest) -> Unit | None:
    """Whose figures are shown: of the screen that holds the cookie, else of the officer who may open screens."""
    screen = screens.screen_with(request.COOKIES.get(screens.COOKIE, ""), clock.real())
    if screen is not None:
        return screen.unit
    officer = request.user
    if not isinstance(officer, Officer) or not officer.has_duty("org.screens"):
        return None
    return next(iter(units_with_screens(officer)), None)


def _paired(request: HttpRequest) -> HttpResponse:
    """Judge the typed code; whoever tries many is refused."""
    form = PairForm(request.POST)
    if not form.is_valid():
        return render(request, "desk/wall_code.html", {"form": form}, status=422)
    given, now = form.cleaned_data["code"], clock.real()
    try:
        screen = screens.waiting_for(given, now)
        if screen is None:
            lockout.count_guess(client_address(request) or "", now)
            raise actions.ScreenCodeOver(given=given)
        secret = actions.pair_screen(screen=screen, paired_at=now, by=walls.ACTOR, at=clock.now())
    except Problem as problem:
        return refused(request, "desk/wall_code.html", {"form": form}, problem)
    response = redirect("wall")
    response.set_cookie(
        screens.COOKIE,
        secret,
        max_age=screens.KEPT,
        path=reverse("wall"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response
