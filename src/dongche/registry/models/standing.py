"""How far a place has come on the ladder from not resumed to full capacity, from a day on (S43)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dongche.org.models import Officer
from dongche.registry.models.places import Entity, Source


class Step(models.TextChoices):
    """The ladder, lowest first. That a place is closed or left out follows from its exclusions and its last day."""

    NOT_RESUMED = "not_resumed", _("Not resumed")
    SUSPENDED = "suspended", _("Suspended again")
    RESUMED = "resumed", _("Resumed")
    PRODUCING = "producing", _("Producing")
    AT_CAPACITY = "at_capacity", _("At capacity")


class Standing(models.Model):
    """From the day `on` a place stands on a step, until a later row says otherwise; believed in
    [known_at, superseded_at).

    Rows that the place told itself follow from its reports and are written anew when those change. What an officer saw
    or heard has a reason and stays until it is taken back; of one day, it goes before the report.
    """

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="standings", db_index=False)
    on = models.DateField()
    step = models.CharField(max_length=12, choices=Step.choices)
    source = models.CharField(max_length=16, choices=Source.choices)
    reason = models.CharField(max_length=200, blank=True, default="")
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {"id", "entity", "on", "step", "source", "reason", "by", "known_at", "superseded_at"}
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "on"], condition=Q(superseded_at__isnull=True), name="standing_one_a_day"
            ),
            models.CheckConstraint(condition=Q(step__in=Step.values), name="standing_step_known"),
            models.CheckConstraint(
                condition=Q(source=Source.SELF_REPORTED) | ~Q(reason=""), name="standing_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gte=F("known_at")),
                name="standing_superseded_later",
            ),
        ]
        indexes = [models.Index(fields=["entity", "-on"], name="standing_by_entity")]

    def __str__(self) -> str:
        return f"{self.entity_id} {self.step} from {self.on}"
