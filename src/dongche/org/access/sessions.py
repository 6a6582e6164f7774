"""Signed-in sessions: begun here and nowhere else, noticed at little cost, ended at once.

A session lives in the database, so deleting its row ends it in every process with the next request. What a session
knows beside the officer: when identity was last proved, whether a second factor was, and whether the password must be
changed before anything else.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Final

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import auth
from django.core.cache import cache
from django.db import OperationalError, connection
from django.http import HttpRequest
from django.utils.translation import gettext

from dongche.kit import clock
from dongche.org.access import actions
from dongche.org.access.models import Credential
from dongche.org.models import Officer
from dongche.web.fields import keyed_digest

BACKEND: Final = "django.contrib.auth.backends.ModelBackend"
PROVED_AT, STRONG, MUST_CHANGE = "access.proved_at", "access.strong", "access.must_change"
SEEN_EVERY: Final = 300
RECENT: Final = timedelta(minutes=15)
_WAIT_MS: Final = 50


def begin(request: HttpRequest, officer: Officer, method: str, *, strong: bool) -> None:
    """Sign an officer in: a new session key, a row in the list of sessions, an audit row."""
    now = clock.real()
    auth.login(request, officer, backend=BACKEND)
    request.session[PROVED_AT] = now.timestamp()
    request.session[STRONG] = strong
    if method.startswith("password") and must_change(officer, now):
        request.session[MUST_CHANGE] = True
    request.session.save()
    key = str(request.session.session_key)
    actions.sign_in(
        officer=officer,
        method=method,
        session_key=key,
        address=get_adapter().get_client_ip(request),
        agent=request.headers.get("User-Agent", ""),
        seen_at=now,
        by=officer,
        at=clock.now(),
    )
    _mark_seen(key)


def must_change(officer: Officer, now: datetime) -> bool:
    """Whether the password was set by somebody else, or is older than this installation allows."""
    kept = Credential.objects.filter(officer=officer).first()
    if kept is None:
        return False
    age = settings.PASSWORD_MAX_DAYS
    return kept.must_change or bool(age and kept.set_at + timedelta(days=age) <= now)


def is_recent(request: HttpRequest) -> bool:
    """Whether identity was proved in the last minutes; deeds that could lock somebody out ask for it."""
    proved: float = request.session.get(PROVED_AT, 0.0)
    return clock.real().timestamp() - proved < RECENT.total_seconds()


def notice(request: HttpRequest) -> None:
    """Note that a session was seen just now: one small write every five minutes, and none that would wait."""
    key = request.session.session_key
    if key is None or not _mark_seen(key):
        return
    try:
        with impatient():
            UserSession.objects.filter(session_key=key).update(last_seen_at=clock.real())
    except OperationalError:
        # Somebody writes for long (an import): a page must not wait for that.
        cache.delete(_seen(key))


def strengthened(request: HttpRequest, officer: Officer) -> None:
    """A second factor was added in this session; the others began without one, so they end."""
    request.session[STRONG] = True
    actions.end_other_sessions(
        officer=officer, keep=str(request.session.session_key), by=officer, at=clock.now()
    )


def keep_only(request: HttpRequest, officer: Officer) -> None:
    """The password was changed: this session goes on under a new key, because the old one may have been seen, and all
    others end."""
    before = str(request.session.session_key)
    auth.update_session_auth_hash(request, officer)
    request.session.pop(MUST_CHANGE, None)
    request.session[PROVED_AT] = clock.real().timestamp()
    request.session.save()
    key = str(request.session.session_key)
    UserSession.objects.filter(session_key=before).update(session_key=key)
    _mark_seen(key)
    actions.end_other_sessions(officer=officer, keep=key, by=officer, at=clock.now())


def _seen(key: str) -> str:
    return f"seen:{keyed_digest(key, 'seen')}"


def _mark_seen(key: str) -> bool:
    return bool(cache.add(_seen(key), 1, SEEN_EVERY))


class impatient:
    """SQLite waits twenty seconds for its only writer; inside this block it does not. PostgreSQL locks rows only."""

    def __enter__(self) -> None:
        self.before = 0
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                self.before = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
                cursor.execute(f"PRAGMA busy_timeout={_WAIT_MS}")

    def __exit__(self, *error: Any) -> None:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA busy_timeout={int(self.before)}")


# The first that is found is said; the order matters, because browsers also name the ones they descend from.
_PROGRAMS = (
    ("MicroMessenger", "WeChat"), ("wxwork", "WeCom"), ("DingTalk", "DingTalk"), ("Lark|Feishu", "Feishu"),
    ("Edg", "Edge"), ("OPR", "Opera"), ("QQBrowser", "QQ Browser"), ("Firefox|FxiOS", "Firefox"),
    ("Chrome|CriOS", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"),
    ("Windows", "Windows"), ("Mac OS X", "macOS"), ("UOS|Kylin|Linux", "Linux"),
)  # fmt: skip


def device(agent: str) -> str:
    """The program and the system that a browser says it is.

    >>> device(
    ...     "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0"
    ... )
    'Edge · Windows'
    """
    found = [
        next((name for pattern, name in table if re.search(pattern, agent)), "")
        for table in (_PROGRAMS, _SYSTEMS)
    ]
    return " · ".join(filter(None, found)) or gettext("Unknown device")
