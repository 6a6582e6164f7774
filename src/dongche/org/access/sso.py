"""Signing in by another system: which are offered, and what an identity proved there leads to.

An identity opens a session only for the officer it is linked to, by that officer while signed in or by headquarters.
Nobody becomes an officer by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.access import actions, flow
from dongche.web import problems

OIDC, DINGTALK, FEISHU, WECOM = "oidc", "dingtalk", "feishu", "wecom"
NAMES = {DINGTALK: N_("DingTalk"), FEISHU: N_("Feishu"), WECOM: N_("WeCom")}


class SingleSignOnCancelled(Problem):
    code = "org.sso_cancelled"
    status = 403
    message = N_(
        "%(provider)s was left without consent. Sign in there again, or with your user name and password."
    )


class SingleSignOnFailed(Problem):
    code = "org.sso_failed"
    status = 502
    message = N_(
        "%(provider)s did not confirm who you are: it refused, did not answer, or took more than ten minutes. Begin "
        "again from the sign-in page. If this stays so, ask whoever runs this server."
    )


class IdentityNotLinked(Problem):
    code = "org.identity_not_linked"
    status = 403
    message = N_(
        "Your %(provider)s identity is not linked to an officer here. Sign in with your user name and password and "
        "link it under “My account”, or ask headquarters to link it."
    )


class LinkInterrupted(Problem):
    code = "org.link_interrupted"
    status = 409
    message = N_("You signed out, or as somebody else, while linking. Nothing was linked; begin again.")


@dataclass(frozen=True)
class System:
    """Another system with which this installation lets officers sign in."""

    key: str
    name: str


def systems() -> tuple[System, ...]:
    """The systems that the settings describe, in the order of the settings; empty without any."""
    return tuple(System(key, name_of(key)) for key in settings.SINGLE_SIGN_ON)


def name_of(key: str) -> str:
    """What a system is called on buttons and in sentences."""
    given = settings.SINGLE_SIGN_ON.get(key, {}).get("name")
    return str(given) if given else gettext(NAMES.get(key, key))


def refusal(key: str, error: Any, exception: Exception | None) -> Problem:
    """The sentence for somebody whom the other system did not confirm."""
    if error == AuthError.CANCELLED:
        return SingleSignOnCancelled(provider=name_of(key))
    return SingleSignOnFailed(provider=name_of(key))


def proved(request: HttpRequest, login: Any) -> HttpResponse:
    """An identity is proved: link it, or let its officer in."""
    identity: SocialAccount = login.account
    state = login.state
    name = name_of(identity.provider)
    nonce = state.get("nonce")
    if nonce is not None and not constant_time_compare(nonce, getattr(login, "nonce", None) or ""):
        return problems.respond(request, SingleSignOnFailed(provider=name))
    if state.get("process") == AuthProcess.CONNECT:
        return _link(request, identity, state, name)
    officer = login.user if login.is_existing else None
    if officer is None or not officer.is_active:
        return problems.respond(request, IdentityNotLinked(provider=name))
    return flow.proved(request, officer, identity.provider, state.get("next") or "")


def _link(request: HttpRequest, identity: SocialAccount, state: Any, name: str) -> HttpResponse:
    officer: Any = request.user
    if not officer.is_authenticated or officer.pk != (state.get("data") or {}).get("officer"):
        return problems.respond(request, LinkInterrupted())
    actions.link_identity(
        officer=officer, provider=identity.provider, uid=identity.uid, name=name, by=officer, at=clock.now()
    )
    messages.success(request, gettext("%(provider)s can now sign you in.") % {"provider": name})
    return redirect("access:account")
