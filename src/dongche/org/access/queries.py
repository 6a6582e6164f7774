"""Who may see which traces of signing in: officers their own; headquarters the factors and identities of its people,
never their sessions or secrets."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Q

from dongche.kit import clock
from dongche.kit.identifiers import read_code
from dongche.org.access.models import ApiToken, Credential, Invitation, Screen
from dongche.org.models import Officer, Unit
from dongche.org.queries import Officers
from dongche.org.roles import ROLES
from dongche.web.fields import keyed_digest
from dongche.web.scoping import ScopedQuerySet


class Sessions(ScopedQuerySet[UserSession]):
    """Signed-in browsers: everybody sees their own only."""

    entry = UserSession

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(user=actor) if isinstance(actor, Officer) else self.none()

    def alive(self, now: datetime) -> Self:
        return self.filter(session_key__in=Session.objects.filter(expire_date__gt=now).values("session_key"))


class Factors(ScopedQuerySet[Authenticator]):
    """Second factors: one's own, and for headquarters those of its officers."""

    entry = Authenticator

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(user__in=Officers.visible_to(actor).values("pk"))


class Identities(ScopedQuerySet[SocialAccount]):
    """Identities of other systems: one's own, and for headquarters those of its officers."""

    entry = SocialAccount

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(user__in=Officers.visible_to(actor).values("pk"))


class Credentials(ScopedQuerySet[Credential]):
    """When passwords were set: one's own, and for headquarters those of its officers."""

    entry = Credential

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(officer__in=Officers.visible_to(actor).values("pk"))


class Invitations(ScopedQuerySet[Invitation]):
    """Invitations of the officers one sees."""

    entry = Invitation

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(officer__in=Officers.visible_to(actor).values("pk"))

    def open(self, now: datetime) -> Self:
        return self.filter(used_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=now)

    def with_code(self, code: str) -> Self:
        """The invitation that a link leads to; whoever holds the code may use it."""
        return self.filter(Q(code_hash=invitation_hash(code)))


class ApiTokens(ScopedQuerySet[ApiToken]):
    """Tokens of programs: one's own, and for headquarters those of its officers; never the secret itself."""

    entry = ApiToken

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(officer__in=Officers.visible_to(actor).values("pk"))

    def open(self, now: datetime) -> Self:
        return self.filter(revoked_at__isnull=True, expires_at__gt=now)

    def that_is(self, secret: str) -> Self:
        """The token that a program shows. Only its keyed hash is compared, so time tells nothing about it."""
        return self.filter(token_hash=token_hash(secret))


class Screens(ScopedQuerySet[Screen]):
    """Screens of the units in which the actor may open some."""

    entry = Screen

    def scoped_to(self, actor: Any) -> Self:
        if not isinstance(actor, Officer):
            return self.none()
        return self if actor.is_superuser else self.filter(unit__in=units_with_screens(actor))

    def open(self) -> Self:
        return self.filter(closed_at__isnull=True)

    def to_pair(self, code: str, now: datetime) -> Self:
        """The screen that a typed code opens, if it is not paired yet and the code is not too old."""
        wanted = screen_hash(read_code(code))
        return self.open().filter(pairing_hash=wanted, paired_at__isnull=True, pairing_until__gt=now)

    def that_is(self, secret: str) -> Self:
        """The screen that holds a secret. Only its keyed hash is compared, so time tells nothing about it."""
        return self.open().filter(secret_hash=screen_hash(secret))


def units_with_screens(officer: Officer) -> list[Unit]:
    """The units for which an officer may open screens: those of the posts that carry the duty."""
    posts = officer.acting_posts_on(clock.today())
    return list({p.unit_id: p.unit for p in posts if "org.screens" in ROLES[p.role].permissions}.values())


def screen_hash(secret: str) -> str:
    return keyed_digest(secret, "screen")


def token_hash(secret: str) -> str:
    return keyed_digest(secret, "api token")


def invitation_hash(code: str) -> str:
    return keyed_digest(code, "invitation")
