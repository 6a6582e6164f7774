"""Tokens with which programs speak for an officer: issued, revoked."""

from __future__ import annotations

import secrets
from datetime import datetime

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.access.actions.sessions import _end_all_sessions
from dongche.org.access.models import ApiToken
from dongche.org.access.queries import token_hash
from dongche.org.audit import Actor, action, record
from dongche.org.models import Officer
from dongche.org.queries import refuse_foreign

# So that whoever finds one in a file or a log knows what it is; programs that look for secrets know it by this too.
PREFIX = "dongche_"
MOST = 20


class TooManyTokens(Problem):
    code = "org.too_many_tokens"
    status = 409
    message = N_(
        "You have %(count)s tokens in use, which is the most. Revoke one that no program needs any more first."
    )


class TokenRevoked(Problem):
    code = "org.token_revoked"
    status = 409
    message = N_("The token “%(name)s” is revoked already; nothing was changed.")


@action("org.issue_token")
def issue_token(
    *,
    officer: Officer,
    name: str,
    issued_at: datetime,
    expires_at: datetime,
    is_strong: bool,
    by: Actor,
    at: datetime,
) -> tuple[ApiToken, str]:
    """Make a token with which a program does what its officer may do; times are of the real clock.

    Shape:  its row, and the token itself, which is kept nowhere and can be shown this once; `is_strong`: it was
            issued where a second factor had been proved
    Raises: TooManyTokens
    """
    Officer.objects.select_for_update().get(pk=officer.pk)
    held = ApiToken.objects.filter(officer=officer, revoked_at__isnull=True, expires_at__gt=issued_at).count()
    if held >= MOST:
        raise TooManyTokens(count=held)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        officer=officer,
        name=name,
        token_hash=token_hash(secret),
        issued_at=issued_at,
        expires_at=expires_at,
        is_strong=is_strong,
    )
    after = {"officer": officer.pk, "expires_at": expires_at}
    record("api_token", token.pk, by=by, at=at, after=after, within=officer)
    return token, secret


@action("org.revoke_token")
def revoke_token(*, token: ApiToken, revoked_at: datetime, by: Actor, at: datetime) -> ApiToken:
    """Make a token worth nothing: one's own, or that of an officer one administers.

    Raises: TokenRevoked; org.queries.NotAdministered
    """
    if token.officer != by:
        refuse_foreign(by, token.officer)
    if not _revoke(token.officer, revoked_at, pk=token.pk):
        raise TokenRevoked(name=token.name)
    before, after = {"officer": token.officer_id, "token": "open"}, {"token": "revoked"}
    record("api_token", token.pk, by=by, at=at, before=before, after=after, within=token.officer)
    token.refresh_from_db()
    return token


def _revoke(officer: Officer, at: datetime, **which: int) -> int:
    """The number of tokens that were still open."""
    return ApiToken.objects.filter(officer=officer, revoked_at__isnull=True, **which).update(revoked_at=at)


def _end_everything(officer: Officer, *, by: Actor, at: datetime) -> int:
    """The account may have been in other hands: its sessions end and its tokens are revoked; the number of sessions."""
    count = _revoke(officer, at)
    if count:
        before, after = {"tokens": count}, {"tokens": 0}
        record("officer", officer.pk, by=by, at=at, before=before, after=after, within=officer)
    return _end_all_sessions(officer)
