"""Passkeys of one's own: add, name."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from dongche.kit import clock
from dongche.org.access import actions, factors, sessions
from dongche.org.access.forms import PasskeyForm, RenameForm
from dongche.org.access.middleware import FACTOR, open_without
from dongche.org.access.queries import Factors
from dongche.org.access.views.account import officer_of, to_confirm
from dongche.org.access.views.codes import show_codes
from dongche.org.access.views.sign_in import refused
from dongche.web.access import SIGNED_IN, duty


@duty(SIGNED_IN)
@open_without(FACTOR)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Add a passkey that the browser makes."""
    officer = officer_of(request)
    if (answer := to_confirm(request)) is not None:
        return answer
    form = PasskeyForm(request.POST if request.method == "POST" else None)
    context = {"form": form}
    if request.method == "POST" and form.is_valid():
        is_first = not factors.has_second_factor(officer)
        try:
            credential = factors.read_new_passkey(form.cleaned_data["credential"])
        except factors.PasskeyRefused as problem:
            return refused(request, "org/access/passkey.html", context, problem)
        name = form.cleaned_data["name"]
        actions.add_passkey(officer=officer, name=name, credential=credential, by=officer, at=clock.now())
        sessions.strengthened(request, officer)
        messages.success(request, _("The passkey is added."))
        return show_codes(request) if is_first else redirect("access:account")
    return render(request, "org/access/passkey.html", context, status=422 if form.errors else 200)


@duty(SIGNED_IN)
@open_without(FACTOR)
@never_cache
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """What the browser needs to make a passkey."""
    if (answer := to_confirm(request)) is not None:
        return answer
    return JsonResponse(factors.begin_passkey(officer_of(request)))


@duty(SIGNED_IN)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: HttpRequest, number: int) -> HttpResponse:
    """Give a passkey another name."""
    officer = officer_of(request)
    factor = Factors.visible_to(officer).filter(pk=number, user=officer, type=factors.PASSKEY).first()
    if factor is None:
        raise Http404
    initial = {"name": factor.wrap().name}
    form = RenameForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.rename_passkey(factor=factor, name=form.cleaned_data["name"], by=officer, at=clock.now())
        return redirect("access:account")
    return render(request, "org/access/rename.html", {"form": form}, status=422 if form.errors else 200)
