"""What the page “My account” shows: ready values, nothing to compute in the template."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession

from dongche.org.access import factors, sessions, sso
from dongche.org.access.adapters import UNKNOWN_ADDRESS
from dongche.org.access.models import ApiToken, Credential
from dongche.org.access.queries import ApiTokens, Credentials, Identities, Sessions
from dongche.org.models import Officer


@dataclass(frozen=True)
class SessionLine:
    number: int
    device: str
    address: str
    began_at: datetime
    seen_at: datetime
    is_this: bool


@dataclass(frozen=True)
class FactorLine:
    number: int
    name: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class IdentityLine:
    """A system that may sign the officer in; `number` is None while it is not linked."""

    key: str
    name: str
    number: int | None


@dataclass(frozen=True)
class Account:
    officer: Officer
    has_password: bool
    credential: Credential | None
    totp: FactorLine | None
    passkeys: tuple[FactorLine, ...]
    codes_left: int
    is_factor_required: bool
    sessions: tuple[SessionLine, ...]
    identities: tuple[IdentityLine, ...]
    tokens: tuple[ApiToken, ...]

    @property
    def has_factor(self) -> bool:
        return self.totp is not None or bool(self.passkeys)

    @property
    def other_sessions(self) -> int:
        return sum(not session.is_this for session in self.sessions)


def of(officer: Officer, session_key: str, now: datetime) -> Account:
    """Eight queries, however many sessions and keys there are."""
    kept = factors.of(officer)
    alive = Sessions.visible_to(officer).alive(now).order_by("-last_seen_at", "-pk")
    return Account(
        officer=officer,
        has_password=officer.has_usable_password(),
        credential=Credentials.visible_to(officer).filter(officer=officer).first(),
        totp=next((_factor(row) for row in kept if row.type == factors.TOTP), None),
        passkeys=tuple(_factor(row) for row in kept if row.type == factors.PASSKEY),
        codes_left=sum(len(factors.unused_codes(row)) for row in kept if row.type == factors.CODES),
        is_factor_required=factors.is_required(officer),
        sessions=tuple(_session(row, session_key) for row in alive),
        identities=_identities(officer),
        tokens=tuple(ApiTokens.visible_to(officer).open(now).filter(officer=officer).order_by("-pk")),
    )


def _factor(row: Any) -> FactorLine:
    name = row.wrap().name if row.type == factors.PASSKEY else ""
    return FactorLine(row.pk, name, row.created_at, row.last_used_at)


def _session(row: UserSession, session_key: str) -> SessionLine:
    return SessionLine(
        number=row.pk,
        device=sessions.device(row.user_agent),
        address="" if row.ip == UNKNOWN_ADDRESS else str(row.ip),
        began_at=row.created_at,
        seen_at=row.last_seen_at,
        is_this=row.session_key == session_key,
    )


def _identities(officer: Officer) -> tuple[IdentityLine, ...]:
    """Every system that is offered, and those no longer offered that are still linked."""
    rows = Identities.visible_to(officer).filter(user=officer).values_list("provider", "pk")
    linked = dict(rows)
    keys = dict.fromkeys([*(system.key for system in sso.systems()), *linked])
    return tuple(IdentityLine(key, sso.name_of(key), linked.get(key)) for key in keys)
