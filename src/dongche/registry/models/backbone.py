"""The list of backbone firms (骨干企业, S49): who is on it on which days, by which decision."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from dongche.kit.identifiers import new_code
from dongche.org.models import Officer, Unit
from dongche.registry.models.places import Entity
from dongche.web.periods import DatedBelief, period_forward


class BackboneDecision(models.Model):
    """A decision about the list: its document, why, and from which day it holds. Decisions are never changed."""

    code = models.CharField(max_length=32, unique=True, default=new_code)
    subdistrict = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    document = models.CharField(max_length=80)
    reason = models.CharField(max_length=400)
    from_on = models.DateField()
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset({"id", "code", "subdistrict", "document", "reason", "from_on", "by", "at"})

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(document="") & ~Q(reason=""), name="backbone_decision_says_why"
            ),
        ]
        indexes = [models.Index(fields=["subdistrict", "-from_on", "-id"], name="backbone_decision_latest")]

    def __str__(self) -> str:
        return self.document


class BackboneFirm(DatedBelief):
    """A firm is on the list on the days [from_on, until_on): brought in by one decision, taken off by another."""

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="backbone", db_index=False)
    entered_by = models.ForeignKey(BackboneDecision, models.PROTECT, related_name="entered")
    left_by = models.ForeignKey(BackboneDecision, models.PROTECT, null=True, related_name="left")

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = DatedBelief.BELIEF | {"entity", "entered_by", "left_by"}

    class Meta:
        constraints = [period_forward("backbone_period_forward")]
        indexes = [models.Index(fields=["entity", "from_on"], name="backbone_by_entity")]

    def __str__(self) -> str:
        return f"{self.entity_id} [{self.from_on}, {self.until_on})"
