"""My account: the password, the second factors, the sessions, the linked identities of the officer who is signed in."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import auth, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org.access import actions, factors, flow, overview, sessions, sso
from dongche.org.access.forms import ChangePasswordForm, CodeForm, ConfirmPasswordForm
from dongche.org.access.middleware import FACTOR, PASSWORD, open_without
from dongche.org.access.queries import Identities, Sessions
from dongche.org.access.views.sign_in import refused
from dongche.org.models import Officer
from dongche.web.access import SIGNED_IN, duty


def officer_of(request: HttpRequest) -> Officer:
    return cast(Officer, request.user)


def to_confirm(request: HttpRequest) -> HttpResponse | None:
    """The page that asks who it is again, when that was proved too long ago for a deed of weight."""
    if sessions.is_recent(request):
        return None
    back = request.path if request.method in ("GET", "HEAD") else ""
    return redirect(f"{reverse('access:confirm')}?next={back or reverse('access:account')}")


@duty(SIGNED_IN)
@open_without(FACTOR)
@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Everything about how this officer signs in."""
    found = overview.of(officer_of(request), str(request.session.session_key), clock.real())
    return render(request, "org/access/account.html", {"account": found})


@duty(SIGNED_IN)
@open_without(PASSWORD, FACTOR)
@never_cache
@sensitive_post_parameters("present", "new", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; the other sessions end."""
    officer = officer_of(request)
    form = ChangePasswordForm(request.POST if request.method == "POST" else None, officer=officer)
    context = {"form": form, "must_change": request.session.get(sessions.MUST_CHANGE, False)}
    if request.method == "POST" and form.is_valid():
        try:
            attempt = flow.Judged(request, officer.username)
            try:
                actions.change_password(
                    officer=officer,
                    present=form.cleaned_data["present"],
                    new=form.cleaned_data["new"],
                    set_at=clock.real(),
                    by=officer,
                    at=clock.now(),
                )
            except actions.WrongPassword:
                attempt.wrong()
                raise
            except Problem:
                attempt.right()
                raise
        except Problem as problem:
            return refused(request, "org/access/password.html", context, problem)
        attempt.right()
        sessions.keep_only(request, officer)
        messages.success(request, _("Your password is changed. You are signed out everywhere else."))
        return redirect("access:account")
    return render(request, "org/access/password.html", context, status=422 if form.errors else 200)


@duty(SIGNED_IN)
@open_without(FACTOR)
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask who it is again, before a deed that could lock somebody out."""
    officer = officer_of(request)
    by_password = officer.has_usable_password()
    form_class = ConfirmPasswordForm if by_password else CodeForm
    form = form_class(request.POST if request.method == "POST" else None)
    next_url = flow.safe_next(request)
    can_prove = by_password or factors.has_second_factor(officer)
    context = {"form": form, "next": next_url, "can_prove": can_prove}
    if request.method == "POST" and can_prove and form.is_valid():
        try:
            attempt = flow.Judged(request, officer.username)
            given = form.cleaned_data
            if (
                officer.check_password(given["password"])
                if by_password
                else factors.use_code(officer, given["code"])
            ):
                attempt.right()
                request.session[sessions.PROVED_AT] = clock.real().timestamp()
                return redirect(next_url or "access:account")
            attempt.wrong()
        except Problem as problem:
            return refused(request, "org/access/confirm.html", context, problem)
        form.add_error(None, _("That is not right. Try again."))
    return render(request, "org/access/confirm.html", context, status=422 if form.errors else 200)


@duty(SIGNED_IN)
@never_cache
@require_POST
def end_session(request: HttpRequest, number: int) -> HttpResponse:
    """End one of one's own sessions."""
    officer = officer_of(request)
    session = Sessions.visible_to(officer).filter(pk=number).first()
    if session is None:
        raise Http404
    is_this = session.session_key == request.session.session_key
    actions.end_session(session=session, by=officer, at=clock.now())
    if is_this:
        auth.logout(request)
        return redirect(settings.LOGOUT_REDIRECT_URL)
    messages.success(request, _("That session is ended."))
    return redirect("access:account")


@duty(SIGNED_IN)
@never_cache
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End all of one's own sessions but this one."""
    officer = officer_of(request)
    actions.end_other_sessions(
        officer=officer, keep=str(request.session.session_key), by=officer, at=clock.now()
    )
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("access:account")


@duty(SIGNED_IN)
@never_cache
@require_POST
def unlink(request: HttpRequest, number: int) -> HttpResponse:
    """Let an identity of another system sign one in no more."""
    officer = officer_of(request)
    identity = Identities.visible_to(officer).filter(pk=number, user=officer).first()
    if identity is None:
        raise Http404
    if (answer := to_confirm(request)) is not None:
        return answer
    name = sso.name_of(identity.provider)
    actions.unlink_identity(identity=identity, by=officer, at=clock.now())
    messages.success(request, _("%(provider)s signs you in no more.") % {"provider": name})
    return redirect("access:account")
