"""Who answers for what: posts, sponsorships, absences and line rules, each a dated belief.

The database refuses overlaps among the beliefs that hold now (migrations 0002 and 0003).
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dongche.org.models.officers import Officer
from dongche.org.models.units import Unit
from dongche.org.roles import PostRole
from dongche.web.periods import DatedBelief, period_forward


class Post(DatedBelief):
    """An officer's post in a unit, from a day to a day."""

    officer = models.ForeignKey(Officer, models.PROTECT, related_name="posts")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="posts")
    role = models.CharField(max_length=24, choices=PostRole.choices)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = DatedBelief.BELIEF | {"officer", "unit", "role"}

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=PostRole.values), name="post_role_known"),
            period_forward("post_period_forward"),
        ]
        indexes = [models.Index(fields=["unit", "role", "from_on"], name="post_by_unit")]

    def __str__(self) -> str:
        return f"{self.officer_id} {self.role} {self.unit_id} [{self.from_on}, {self.until_on})"


class Sponsorship(DatedBelief):
    """A division-level leader takes charge of a community (S18, S28). One leader a community at a time."""

    leader = models.ForeignKey(Officer, models.PROTECT, related_name="sponsorships")
    community = models.ForeignKey(Unit, models.PROTECT, related_name="sponsorships")

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = DatedBelief.BELIEF | {"leader", "community"}

    class Meta:
        constraints = [period_forward("sponsorship_period_forward")]

    def __str__(self) -> str:
        return f"{self.leader_id} → {self.community_id} [{self.from_on}, {self.until_on})"


class Leave(DatedBelief):
    """Days on which an officer is away, and who acts in all their posts meanwhile. One absence at a time."""

    class Kind(models.TextChoices):
        ANNUAL = "annual", _("Annual leave")
        SICK = "sick", _("Sick leave")
        ISOLATION = "isolation", _("In isolation")
        SECONDED = "seconded", _("Seconded elsewhere")
        OTHER = "other", _("Other")

    officer = models.ForeignKey(Officer, models.PROTECT, related_name="leaves")
    substitute = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, related_name="substitutions"
    )
    kind = models.CharField(max_length=16, choices=Kind.choices)

    # Why somebody is away may say something of their health.
    Sensitive: ClassVar = frozenset({"kind"})
    Plain: ClassVar = DatedBelief.BELIEF | {"officer", "substitute"}

    class Meta:
        constraints = [
            period_forward("leave_period_forward"),
            models.CheckConstraint(
                condition=Q(substitute__isnull=True) | ~Q(substitute=F("officer")), name="leave_to_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.officer_id} away [{self.from_on}, {self.until_on}), {self.substitute_id} acts"


class RuleChange(models.Model):
    """One decision on the line rules, with what it moved, so that it can be read later and undone."""

    class Kind(models.TextChoices):
        ADDED = "added", _("Added")
        CHANGED = "changed", _("Changed")
        ENDED = "ended", _("Ended")
        UNDONE = "undone", _("Undone")

    subdistrict = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    number = models.PositiveIntegerField()
    reason = models.CharField(max_length=400, blank=True, default="")
    effect = models.JSONField(default=dict)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {"id", "subdistrict", "kind", "number", "reason", "effect", "undoes", "by", "at"}
    )

    class Meta:
        indexes = [models.Index(fields=["subdistrict", "-id"], name="rule_change_by_subdistrict")]

    def __str__(self) -> str:
        return f"rule {self.number} {self.kind} {self.at:%Y-%m-%d}"


class LineRule(DatedBelief):
    """Places of a kind belong to a department (S23–S26). Empty conditions hold for every place; the smallest priority
    that fits wins, and two that fit with the same priority and different departments are a gap, not a guess.

    `number` names the rule within its sub-district for good; each change of it is a new `version`.
    """

    subdistrict = models.ForeignKey(Unit, models.PROTECT, related_name="line_rules")
    department = models.ForeignKey(Unit, models.PROTECT, related_name="rules")
    number = models.PositiveIntegerField()
    version = models.PositiveIntegerField(default=1)
    priority = models.PositiveIntegerField()
    category = models.CharField(max_length=32, blank=True, default="")
    focus = models.CharField(max_length=16, blank=True, default="")
    industry = models.CharField(max_length=1, blank=True, default="")
    size = models.CharField(max_length=8, blank=True, default="")
    source = models.CharField(max_length=80, blank=True, default="")
    made_by = models.ForeignKey(RuleChange, models.PROTECT, null=True, blank=True, related_name="made")
    superseded_by = models.ForeignKey(
        RuleChange, models.PROTECT, null=True, blank=True, related_name="superseded"
    )

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = DatedBelief.BELIEF | {
        "subdistrict", "department", "number", "version", "priority", "category", "focus", "industry", "size",
        "source", "made_by", "superseded_by",
    }  # fmt: skip

    class Meta:
        constraints = [period_forward("line_rule_period_forward")]

    def __str__(self) -> str:
        return f"{self.priority}: {self.category or '*'}/{self.focus or '*'} → {self.department_id}"
