"""Units, officers, posts, line rules and sponsorships: who answers for what, each with its days.

Periods are half-open days [from_on, until_on); an empty end means "until further notice". The database refuses
overlaps (migration 0002).
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dongche.kit import clock
from dongche.org.roles import ROLES, PostRole
from dongche.web.fields import EncryptedTextField
from dongche.web.periods import in_force


class UnitKind(models.TextChoices):
    SUBDISTRICT = "subdistrict", _("Sub-district")
    HEADQUARTERS = "headquarters", _("Headquarters")
    DEPARTMENT = "department", _("Department")
    COMMUNITY = "community", _("Community")
    GRID = "grid", _("Grid")


class Unit(models.Model):
    """A part of the organisation. `subdistrict` and `community` are stored so that scope is one equality."""

    code = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=16, choices=UnitKind.choices)
    name = models.CharField(max_length=80)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    subdistrict = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    community = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    polygon = models.JSONField(null=True, blank=True)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {"id", "code", "kind", "name", "parent", "subdistrict", "community", "polygon", "from_on", "until_on"}
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=UnitKind.values), name="unit_kind_known"),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on")), name="unit_period_forward"
            ),
            models.CheckConstraint(
                condition=Q(kind="subdistrict", parent__isnull=True)
                | Q(parent__isnull=False, subdistrict__isnull=False),
                name="unit_has_parent",
            ),
            models.CheckConstraint(
                condition=~Q(kind="grid") | Q(community__isnull=False), name="grid_has_community"
            ),
        ]
        indexes = [models.Index(fields=["subdistrict", "kind", "code"], name="unit_by_kind")]

    def __str__(self) -> str:
        return self.name


class OfficerManager(BaseUserManager["Officer"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> Officer:
        officer = Officer(username=username, **fields)
        officer.set_password(password)
        officer.save(using=self._db)
        return officer

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> Officer:
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


class Officer(AbstractBaseUser, PermissionsMixin):
    """A person with duties; the user model. What they see and may do comes from their posts of the day."""

    username = models.CharField(_("user name"), max_length=40, unique=True)
    name = models.CharField(max_length=40)
    phone = EncryptedTextField(blank=True, default="")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)

    objects: ClassVar[OfficerManager] = OfficerManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    Sensitive: ClassVar = frozenset({"name", "phone", "password"})
    Plain: ClassVar = frozenset(
        {
            "id",
            "username",
            "last_login",
            "is_active",
            "is_staff",
            "is_superuser",
            "groups",
            "user_permissions",
        }
    )

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def label(self) -> str:
        return self.username

    @property
    def officer_id(self) -> int:
        return self.pk

    def get_full_name(self) -> str:
        return str(self)

    get_short_name = get_full_name

    def posts_on(self, on: date) -> list[Post]:
        """The posts held on a day, with their units: one query, kept for the life of this object."""
        kept: dict[date, list[Post]] = self.__dict__.setdefault("_posts_on", {})
        if on not in kept:
            kept[on] = list(self.posts.filter(in_force(on)).select_related("unit"))
        return kept[on]

    def has_duty(self, permission: str, on: date | None = None) -> bool:
        """Whether a post of the day (today when not given) carries the permission."""
        if self.is_superuser:
            return True
        return any(permission in ROLES[post.role].permissions for post in self.posts_on(on or clock.today()))


class Post(models.Model):
    """An officer's post in a unit, from a day to a day."""

    officer = models.ForeignKey(Officer, models.PROTECT, related_name="posts")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="posts")
    role = models.CharField(max_length=24, choices=PostRole.choices)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset({"id", "officer", "unit", "role", "from_on", "until_on"})

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=PostRole.values), name="post_role_known"),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on")), name="post_period_forward"
            ),
        ]
        indexes = [models.Index(fields=["unit", "role", "from_on"], name="post_by_unit")]

    def __str__(self) -> str:
        return f"{self.officer_id} {self.role} {self.unit_id} [{self.from_on}, {self.until_on})"


class Sponsorship(models.Model):
    """A division-level leader takes charge of a community (S18, S28). One leader a community at a time."""

    leader = models.ForeignKey(Officer, models.PROTECT, related_name="sponsorships")
    community = models.ForeignKey(Unit, models.PROTECT, related_name="sponsorships")
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset({"id", "leader", "community", "from_on", "until_on"})

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on")),
                name="sponsorship_period_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.leader_id} → {self.community_id} [{self.from_on}, {self.until_on})"


class LineRule(models.Model):
    """Places of a kind belong to a department (S23–S26). Empty conditions hold for every place; the smallest
    priority wins, and no two rules of a sub-district share a priority on one day."""

    subdistrict = models.ForeignKey(Unit, models.PROTECT, related_name="line_rules")
    department = models.ForeignKey(Unit, models.PROTECT, related_name="rules")
    priority = models.PositiveIntegerField()
    category = models.CharField(max_length=32, blank=True, default="")
    focus = models.CharField(max_length=16, blank=True, default="")
    industry = models.CharField(max_length=1, blank=True, default="")
    size = models.CharField(max_length=8, blank=True, default="")
    source = models.CharField(max_length=80, blank=True, default="")
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {
            "id", "subdistrict", "department", "priority", "category", "focus", "industry", "size", "source",
            "known_at", "superseded_at", "from_on", "until_on",
        }
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on")),
                name="line_rule_period_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.priority}: {self.category or '*'}/{self.focus or '*'} → {self.department_id}"


class AuditEntry(models.Model):
    """Who did what to which row, when, from what to what, and why. Written in the transaction of the deed."""

    at = models.DateTimeField()
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    by_label = models.CharField(max_length=80)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)
    subject_id = models.BigIntegerField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.CharField(max_length=400, blank=True, default="")

    Sensitive: ClassVar = frozenset({"before", "after"})
    Plain: ClassVar = frozenset({"id", "at", "by", "by_label", "action", "subject", "subject_id", "reason"})

    class Meta:
        indexes = [
            models.Index(fields=["subject", "subject_id", "id"], name="audit_by_subject"),
            models.Index(fields=["by", "id"], name="audit_by_officer"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.by_label} {self.action}"
