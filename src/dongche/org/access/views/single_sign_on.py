"""The way to another system and back."""

from __future__ import annotations

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from requests import RequestException

from dongche.org.access import flow, sso
from dongche.org.access.views.account import officer_of, to_confirm
from dongche.web import problems
from dongche.web.access import SIGNED_IN, duty, public

# What a damaged answer of another system runs into while it is read.
DAMAGED = (KeyError, TypeError, ValueError, AttributeError, OAuth2Error, RequestException)


def _leave(request: HttpRequest, key: str, process: str, next_url: str, data: object = None) -> HttpResponse:
    """A page that leads away by itself.

    A redirect would not do: the policy of our pages lets forms be sent to ourselves only, and browsers hold the
    redirects after a form to that too.
    """
    if key not in settings.SINGLE_SIGN_ON:
        raise Http404
    try:
        provider = get_adapter(request).get_provider(request, provider=key)
        away = provider.redirect(request, process, next_url=next_url or None, data=data)
    except ImmediateHttpResponse as answered:
        return answered.response
    except DAMAGED as error:
        return problems.respond(request, sso.refusal(key, None, error))
    if "Location" not in away.headers:
        return away
    target = away.headers["Location"]
    response = render(request, "org/access/leaving.html", {"target": target, "name": sso.name_of(key)})
    response["Refresh"] = f"0;url={target}"
    response["Referrer-Policy"] = "no-referrer"
    return response


@public
@never_cache
@require_POST
def begin(request: HttpRequest, key: str) -> HttpResponse:
    """Go to another system to prove who one is."""
    return _leave(request, key, AuthProcess.LOGIN, flow.safe_next(request))


@duty(SIGNED_IN)
@never_cache
@require_POST
def link(request: HttpRequest, key: str) -> HttpResponse:
    """Go to another system to let its identity sign one in from now on."""
    if (answer := to_confirm(request)) is not None:
        return answer
    return _leave(request, key, AuthProcess.CONNECT, "", {"officer": officer_of(request).pk})


@public
@never_cache
@require_safe
def back(request: HttpRequest, key: str) -> HttpResponse:
    """Come back with a code: allauth checks the state and asks the other system whose it is; `sso.proved` goes on."""
    if key not in settings.SINGLE_SIGN_ON:
        raise Http404
    if key == sso.DINGTALK and "authCode" in request.GET:
        # DingTalk's own name for what everybody else calls code.
        given = request.GET.copy()
        given["code"] = request.GET.get("authCode", "")
        request.GET = given  # type: ignore[assignment]
    adapter = get_adapter(request).get_provider(request, provider=key).get_oauth2_adapter(request)
    try:
        response: HttpResponse = OAuth2CallbackView.adapter_view(adapter)(request)
    except DAMAGED as error:
        return problems.respond(request, sso.refusal(key, None, error))
    return response
