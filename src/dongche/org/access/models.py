"""What is kept about signing in, beside what allauth keeps (factors, sessions, linked identities)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dongche.org.models import Officer, Unit


class Attempts(models.Model):
    """How often signing in has failed, for an account or from an address, each known by a keyed hash only; and how
    often an address has tried codes of places, or tokens, that do not exist.

    An account is whatever was typed as a user name, whether or not an officer has it: both are treated alike.
    """

    class Kind(models.TextChoices):
        ACCOUNT = "account", _("Account")
        ADDRESS = "address", _("Address")
        GUESS = "guess", _("Address that tries codes")
        TOKEN = "token", _("Address that tries tokens")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.CharField(max_length=40)
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True, blank=True)

    Sensitive: ClassVar = frozenset({"key"})
    Plain: ClassVar = frozenset({"id", "kind", "count", "last_at", "locked_until"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="attempts_by_key"),
            models.CheckConstraint(
                condition=Q(kind__in=["account", "address", "guess", "token"]), name="attempts_kind_known"
            ),
        ]
        indexes = [models.Index(fields=["last_at"], name="attempts_by_age")]

    def __str__(self) -> str:
        return f"{self.kind} {self.count}"


class Credential(models.Model):
    """When an officer's password was set, and whether they must choose their own before they do anything else.

    Officers without a row (a demonstration's) have a password that does not age.
    """

    officer = models.OneToOneField(Officer, models.CASCADE, primary_key=True, related_name="credential")
    set_at = models.DateTimeField()
    must_change = models.BooleanField(default=False)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset({"officer", "set_at", "must_change"})

    def __str__(self) -> str:
        return f"{self.officer_id} {self.set_at:%Y-%m-%d}"


class Invitation(models.Model):
    """A link that lets an officer set a first password, once, until it expires. Of its code a keyed hash is kept."""

    officer = models.ForeignKey(Officer, models.CASCADE, related_name="invitations")
    code_hash = models.CharField(max_length=40, unique=True)
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    Sensitive: ClassVar = frozenset({"code_hash"})
    Plain: ClassVar = frozenset({"id", "officer", "invited_at", "expires_at", "used_at", "withdrawn_at"})

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(withdrawn_at__isnull=True),
                name="invitation_used_or_withdrawn",
            ),
            models.UniqueConstraint(
                fields=["officer"],
                condition=Q(used_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.officer_id} {self.expires_at:%Y-%m-%d %H:%M}"


class ApiToken(models.Model):
    """With this a program does what its officer may do, until it expires or is revoked. A keyed hash of it is kept.

    Times are of the real clock. `is_strong`: it was issued in a session in which a second factor had been proved.
    """

    officer = models.ForeignKey(Officer, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=60)
    token_hash = models.CharField(max_length=40, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    is_strong = models.BooleanField(default=False)

    Sensitive: ClassVar = frozenset({"token_hash"})
    Plain: ClassVar = frozenset(
        {"id", "officer", "name", "issued_at", "expires_at", "last_used_at", "revoked_at", "is_strong"}
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("issued_at")), name="token_period_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.officer_id} {self.name}"


class Screen(models.Model):
    """A screen on a wall that shows the figures of a unit to everybody, signed in as nobody.

    It is paired with a short code that is typed into it once; then it holds a secret, of which a keyed hash is kept.
    Times are of the real clock.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    pairing_hash = models.CharField(max_length=40, unique=True)
    pairing_until = models.DateTimeField()
    secret_hash = models.CharField(max_length=40, unique=True, null=True, blank=True)
    opened_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    paired_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    Sensitive: ClassVar = frozenset({"pairing_hash", "secret_hash"})
    Plain: ClassVar = frozenset(
        {
            "id", "unit", "name", "pairing_until", "opened_by", "opened_at", "paired_at", "last_seen_at", "closed_at",
        }
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(paired_at__isnull=True, secret_hash__isnull=True)
                | Q(paired_at__isnull=False, secret_hash__isnull=False),
                name="screen_paired_with_a_secret",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.name}"
