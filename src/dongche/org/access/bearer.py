"""Programs at the door: a token in the header `Authorization: Bearer …` says for which officer they speak.

Under /api/ nothing else does: the cookie of a session is not looked at there, so no other site can make a browser act.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse

from dongche.kit import clock, origin
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.access import factors, lockout
from dongche.org.access.models import ApiToken
from dongche.org.access.queries import ApiTokens
from dongche.org.access.sessions import impatient
from dongche.org.models import Officer
from dongche.web import problems
from dongche.web.access import CHALLENGE
from dongche.web.origin import client_address

PATH: Final = "/api/"
USED_EVERY: Final = timedelta(minutes=1)


class TokenUnknown(Problem):
    code = "org.token_unknown"
    status = 401
    message = N_(
        "Nobody has this token. Send “Authorization: Bearer …” with one that an officer issued under “My account”."
    )


class TokenOver(Problem):
    code = "org.token_over"
    status = 401
    message = N_(
        "The token “%(name)s” is worth nothing any more: it was revoked, expired on %(expires)s, or its officer holds "
        "no post or has no open account. Issue a new one under “My account”."
    )


class TokenWeak(Problem):
    code = "org.token_weak"
    status = 403
    message = N_(
        "The duties of this officer need a second factor, and the token “%(name)s” was issued without one. Add a "
        "second factor under “My account”, sign in with it and issue a new token."
    )


REFUSED: Final = (TokenUnknown, TokenOver, TokenWeak, lockout.TooManyWrongTokens)


class BearerMiddleware:
    """Under /api/ the request is that of the officer whose token it carries, or of nobody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PATH):
            return self.get_response(request)
        request.user = AnonymousUser()
        try:
            given = request.headers.get("Authorization", "")
            if given:
                request.user = officer_with(given, client_address(request), clock.real())
        except Problem as problem:
            response = problems.respond(request, problem)
            if problem.status == 401:
                response["WWW-Authenticate"] = CHALLENGE
            elif isinstance(problem, lockout.TooManyWrongTokens):
                response["Retry-After"] = str(problem.seconds)
        else:
            with origin.coming_from(replace(origin.current(), way="api")):
                response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def officer_with(header: str, address: str, now: datetime) -> Officer:
    """The officer for whom the token in a header speaks; it is noted that it was used, once a minute.

    Raises: TokenUnknown, TooManyWrongTokens, TokenOver, TokenWeak
    """
    kind, _space, secret = header.partition(" ")
    found = ApiTokens.unscoped(reason="nobody is known yet; the token says who asks").select_related(
        "officer"
    )
    token = found.that_is(secret.strip()).first() if kind.lower() == "bearer" else None
    if token is None:
        lockout.count_wrong_token(address, now)
        raise TokenUnknown
    officer = token.officer
    is_open = token.revoked_at is None and now < token.expires_at and officer.is_active
    if not is_open or not (officer.is_superuser or officer.acting_posts_on(clock.today())):
        raise TokenOver(name=token.name, expires=f"{token.expires_at.astimezone(clock.BEIJING):%Y-%m-%d}")
    if settings.MFA_POLICY != "optional" and not token.is_strong and factors.is_required(officer):
        raise TokenWeak(name=token.name)
    _notice(token, now)
    return officer


def _notice(token: ApiToken, now: datetime) -> None:
    """One small write a minute, and none that would wait for somebody who writes for long."""
    if token.last_used_at is not None and now - token.last_used_at < USED_EVERY:
        return
    with suppress(OperationalError), impatient():
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
