"""Tokens for programs: issued under “My account” and shown once, revoked."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org.access import actions, sessions
from dongche.org.access.forms import TokenForm
from dongche.org.access.queries import ApiTokens
from dongche.org.access.views.account import officer_of, to_confirm
from dongche.org.access.views.sign_in import refused
from dongche.web.access import SIGNED_IN, duty


@duty(SIGNED_IN)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def issue(request: HttpRequest) -> HttpResponse:
    """Ask what for and how long, then show the token: now and never again."""
    if (answer := to_confirm(request)) is not None:
        return answer
    officer, now = officer_of(request), clock.real()
    form = TokenForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            token, secret = actions.issue_token(
                officer=officer,
                name=form.cleaned_data["name"],
                issued_at=now,
                expires_at=now + timedelta(days=form.cleaned_data["days"]),
                is_strong=bool(request.session.get(sessions.STRONG)),
                by=officer,
                at=clock.now(),
            )
        except Problem as problem:
            return refused(request, "org/access/token.html", {"form": form}, problem)
        return render(request, "org/access/token.html", {"token": token, "secret": secret})
    return render(request, "org/access/token.html", {"form": form}, status=422 if form.errors else 200)


@duty(SIGNED_IN)
@never_cache
@require_POST
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    """Make a token of one's own worth nothing."""
    officer = officer_of(request)
    token = ApiTokens.visible_to(officer).filter(pk=number, officer=officer).select_related("officer").first()
    if token is None:
        raise Http404
    actions.revoke_token(token=token, revoked_at=clock.real(), by=officer, at=clock.now())
    messages.success(request, _("The token “%(name)s” is revoked.") % {"name": token.name})
    return redirect("access:account")
