"""Signing in and out, locks, and the end of sessions."""

from __future__ import annotations

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.access import lockout
from dongche.org.audit import Actor, action, record
from dongche.org.models import Officer

AGENT_LENGTH = 200


class NotLocked(Problem):
    code = "org.not_locked"
    status = 409
    message = N_("The account of %(officer)s is not locked; nothing was changed.")


@action("org.sign_in")
def sign_in(
    *,
    officer: Officer,
    method: str,
    session_key: str,
    address: str,
    agent: str,
    seen_at: datetime,
    by: Actor,
    at: datetime,
) -> UserSession:
    """Note a session that has just begun; rows of sessions that have ended by themselves are cleared on the way."""
    Session.objects.filter(expire_date__lt=seen_at).exclude(session_key=session_key).delete()
    UserSession.objects.filter(user=officer).exclude(
        session_key__in=Session.objects.values("session_key")
    ).delete()
    session = UserSession.objects.create(
        user=officer,
        session_key=session_key,
        ip=address,
        user_agent=agent[:AGENT_LENGTH],
        created_at=seen_at,
        last_seen_at=seen_at,
    )
    record(
        "officer",
        officer.pk,
        by=by,
        at=at,
        before={"signed_in": None},
        after={"signed_in": method, "session": session.pk},
        within=officer,
    )
    return session


@action("org.sign_out")
def sign_out(*, officer: Officer, session_key: str, by: Actor, at: datetime) -> None:
    """Forget the session that is being left."""
    left = UserSession.objects.filter(user=officer, session_key=session_key)
    before = {"session": left.values_list("pk", flat=True).first()}
    left.delete()
    record("officer", officer.pk, by=by, at=at, before=before, after={"signed_in": None}, within=officer)


@action("org.lock_sign_in")
def lock_sign_in(
    *, officer: Officer | None, kinds: list[str], until: datetime, by: Actor, at: datetime
) -> None:
    """Note that a lock begins. What was typed as a user name is not kept: it may be somebody's password."""
    record(
        "officer" if officer else "sign_in",
        officer.pk if officer else None,
        by=by,
        at=at,
        after={"locked": kinds, "until": until},
        within=officer,
    )


@action("org.unlock")
def unlock(*, officer: Officer, by: Actor, at: datetime, reason: str = "") -> None:
    """Lift the lock of an account, so that its officer can try again at once.

    Raises: NotLocked
    """
    if not lockout.forget(lockout.account_key(officer.username)):
        raise NotLocked(officer=officer.username)
    record(
        "officer",
        officer.pk,
        by=by,
        at=at,
        before={"locked": ["account"]},
        after={"locked": None},
        reason=reason,
        within=officer,
    )


@action("org.end_session")
def end_session(*, session: UserSession, by: Actor, at: datetime) -> None:
    """End one session: its cookie is worth nothing from the next request on."""
    Session.objects.filter(session_key=session.session_key).delete()
    number, officer = session.pk, session.user
    session.delete()
    record("session", number, by=by, at=at, before={"officer": officer.pk}, within=officer)


@action("org.end_other_sessions")
def end_other_sessions(*, officer: Officer, keep: str, by: Actor, at: datetime) -> int:
    """End all sessions of an officer but the one with the key `keep`; the number of sessions ended."""
    before = {"sessions": UserSession.objects.filter(user=officer).count()}
    count = _end_all_sessions(officer, keep)
    record(
        "officer", officer.pk, by=by, at=at, before=before, after={"sessions_ended": count}, within=officer
    )
    return count


def _end_all_sessions(officer: Officer, keep: str = "") -> int:
    ours = UserSession.objects.filter(user=officer).exclude(session_key=keep)
    Session.objects.filter(session_key__in=ours.values("session_key")).delete()
    count: int = ours.delete()[0]
    return count
