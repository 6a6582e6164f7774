"""What a proof of identity leads to: the second factor, or a session.

A proof that still lacks the second factor is kept in the anonymous session for five minutes, tied to the password of
that moment: if the password changes meanwhile, the proof is worth nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

from dongche.kit import clock
from dongche.org import audit
from dongche.org.access import actions, factors, lockout, sessions
from dongche.org.models import Officer
from dongche.org.queries import Officers
from dongche.web.origin import client_address

PENDING: Final = "access.pending"
PENDING_FOR: Final = timedelta(minutes=5)
DOOR: Final = audit.System("sign-in")


class Pending(NamedTuple):
    officer: Officer
    method: str
    next_url: str


def proved(
    request: HttpRequest, officer: Officer, method: str, next_url: str = "", *, strong: bool = False
) -> HttpResponse:
    """Identity is proved by one means: go on to the second factor if the officer has one, or sign in."""
    if strong or not factors.has_second_factor(officer):
        return enter(request, officer, method, next_url, strong=strong)
    request.session.cycle_key()
    request.session[PENDING] = {
        "officer": officer.pk,
        "hash": officer.get_session_auth_hash(),
        "method": method,
        "next": next_url,
        "at": clock.real().timestamp(),
    }
    return redirect("access:code")


def enter(
    request: HttpRequest, officer: Officer, method: str, next_url: str, *, strong: bool
) -> HttpResponse:
    """Begin the session and go where the officer wanted to go."""
    request.session.pop(PENDING, None)
    if method.startswith("password"):
        lockout.forget(lockout.account_key(officer.username))
    sessions.begin(request, officer, method, strong=strong)
    return redirect(next_url or resolve_url(settings.LOGIN_REDIRECT_URL))


def pending(request: HttpRequest) -> Pending | None:
    """The proof that waits for its second factor; None when there is none or it is too old."""
    kept = request.session.get(PENDING)
    if not kept or clock.real().timestamp() - kept["at"] > PENDING_FOR.total_seconds():
        return None
    found = Officers.unscoped(reason="nobody is signed in yet; the session names who wants to")
    officer = found.filter(pk=kept["officer"], is_active=True).first()
    if officer is None or not constant_time_compare(officer.get_session_auth_hash(), kept["hash"]):
        return None
    return Pending(officer, kept["method"], kept["next"])


def safe_next(request: HttpRequest) -> str:
    """Where to go afterwards: an address of ours, or empty."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else ""


class Judged:
    """One attempt to prove something: counted before it is judged, given back when it was right.

    Raises: SignInLocked – before it is judged, or after it when it was the last that is allowed
    """

    def __init__(self, request: HttpRequest, username: str) -> None:
        self.username = username
        self.keys = lockout.keys_of(username, client_address(request))
        self.locking = lockout.admit(self.keys, clock.real())

    def right(self) -> None:
        lockout.give_back(self.keys)

    def wrong(self) -> None:
        if not self.locking:
            return
        now = clock.real()
        until = now + timedelta(minutes=settings.LOCK_MINUTES)
        found = Officers.unscoped(reason="whose account is being locked").filter(username=self.username)
        actions.lock_sign_in(
            officer=found.first() if "account" in self.locking else None,
            kinds=self.locking,
            until=until,
            by=DOOR,
            at=clock.now(),
        )
        raise lockout.SignInLocked(until=until, now=now)
