"""Signing in and out: user name and password, then a second factor where there is one; or a passkey alone."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org.access import actions, factors, flow, lockout, sso
from dongche.org.access.forms import CodeForm, SignInForm
from dongche.org.access.middleware import FACTOR, PASSWORD, open_without
from dongche.org.models import Officer
from dongche.web import problems
from dongche.web.access import SIGNED_IN, NotYourDuty, duty, public


def refused(request: HttpRequest, template: str, context: dict[str, Any], problem: Problem) -> HttpResponse:
    """The same page again, with the sentence of the refusal above the form."""
    if problems.wants_json(request):
        return problems.respond(request, problem)
    context |= {"refusal": problems.sentence(problem), "refusal_code": problem.code}
    response = render(request, template, context, status=problem.status)
    if isinstance(problem, lockout.SignInLocked):
        response["Retry-After"] = str(problem.seconds)
    return response


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for user name and password. What is answered never says whether the name exists."""
    next_url = flow.safe_next(request)
    if request.user.is_authenticated and request.method != "POST":
        return redirect(next_url or resolve_url(settings.LOGIN_REDIRECT_URL))
    form = SignInForm(request.POST if request.method == "POST" else None)
    context = {"form": form, "next": next_url, "systems": sso.systems()}
    if request.method != "POST" or not form.is_valid():
        return render(request, "org/access/sign_in.html", context, status=422 if form.errors else 200)
    username = form.cleaned_data["username"]
    try:
        attempt = flow.Judged(request, username)
        officer = auth.authenticate(request, username=username, password=form.cleaned_data["password"])
        if officer is None:
            attempt.wrong()
    except lockout.SignInLocked as problem:
        return refused(request, "org/access/sign_in.html", context, problem)
    if officer is None:
        form.add_error(None, _("User name or password is not right. Mind capital letters in the password."))
        return render(request, "org/access/sign_in.html", context, status=422)
    attempt.right()
    return flow.proved(request, officer, "password", next_url)


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor of somebody who has just proved the first."""
    waiting = flow.pending(request)
    if waiting is None:
        messages.warning(request, _("That took too long. Sign in again."))
        return redirect("sign-in")
    kinds = {row.type for row in factors.of(waiting.officer)}
    form = CodeForm(request.POST if request.method == "POST" else None)
    context = {"form": form, "has_passkey": factors.PASSKEY in kinds, "has_totp": factors.TOTP in kinds}
    if request.method == "POST" and form.is_valid():
        try:
            attempt = flow.Judged(request, waiting.officer.username)
            kind = factors.use_code(waiting.officer, form.cleaned_data["code"])
            if kind:
                attempt.right()
                method = f"{waiting.method}+{kind}"
                return flow.enter(request, waiting.officer, method, waiting.next_url, strong=True)
            attempt.wrong()
        except lockout.SignInLocked as problem:
            return refused(request, "org/access/code.html", context, problem)
        form.add_error("code", _("This code is not right, or was used before. Take the one shown now."))
    return render(request, "org/access/code.html", context, status=422 if form.errors else 200)


@public
@never_cache
@require_POST
def begin_passkey(request: HttpRequest) -> JsonResponse:
    """What the browser needs to prove a passkey."""
    waiting = flow.pending(request)
    return JsonResponse(factors.begin_passkey_sign_in(waiting.officer if waiting else None))


@public
@never_cache
@require_POST
def passkey(request: HttpRequest) -> HttpResponse:
    """Sign in by a passkey: alone, or as the second factor of whoever has just given a password."""
    waiting = flow.pending(request)
    next_url = waiting.next_url if waiting else flow.safe_next(request)
    template = "org/access/code.html" if waiting else "org/access/sign_in.html"
    try:
        officer = factors.use_passkey(
            request.POST.get("credential", ""), waiting.officer if waiting else None
        )
    except factors.PasskeyRefused as problem:
        form = CodeForm() if waiting else SignInForm()
        context = {"form": form, "next": next_url, "systems": sso.systems(), "has_passkey": True}
        return refused(request, template, context, problem)
    method = f"{waiting.method}+webauthn" if waiting else "passkey"
    return flow.enter(request, officer, method, next_url, strong=True)


@duty(SIGNED_IN)
@open_without(PASSWORD, FACTOR)
@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    officer = cast(Officer, request.user)
    key = request.session.session_key or ""
    actions.sign_out(officer=officer, session_key=key, by=officer, at=clock.now())
    auth.logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """The maintenance site has no door of its own."""
    if request.user.is_authenticated and not request.user.is_staff:
        return problems.respond(request, NotYourDuty(permission="admin"))
    target = resolve_url("sign-in")
    next_url = flow.safe_next(request) or resolve_url("admin:index")
    return redirect(f"{target}?next={next_url}")
