"""What somebody found out about whether a place works: by a call, a visit, a patrol."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dongche.org.models import Officer
from dongche.registry.models.places import Entity, ImportBatch


class Observation(models.Model):
    """What was found out about a place for the day `on`, as believed in [known_at, superseded_at).

    `source` is the room and kind of occasion (`reporting.check`, `patrol.visit`), `key` which one it was: what the same
    occasion says again replaces what it said before. Only `operating` and `not_operating` say anything about the place.
    `by` put it down at `known_at`; `asked_by` asked or was there at `asked_at`, where a file says so: without a time of
    day that is 00:00. `batch` is that file.
    """

    class Finding(models.TextChoices):
        OPERATING = "operating", pgettext_lazy("found", "Operating")
        NOT_OPERATING = "not_operating", pgettext_lazy("found", "Not operating")
        NOT_REACHED = "not_reached", _("Not reached")
        WRONG_NUMBER = "wrong_number", _("Wrong number")
        UNCLEAR = "unclear", _("No clear answer")

    class Way(models.TextChoices):
        CALL = "call", _("Phone call")
        VISIT = "visit", pgettext_lazy("way", "Visit")
        PATROL = "patrol", pgettext_lazy("way", "Patrol")

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="observations", db_index=False)
    on = models.DateField()
    finding = models.CharField(max_length=16, choices=Finding.choices)
    way = models.CharField(max_length=8, choices=Way.choices)
    source = models.CharField(max_length=40)
    key = models.CharField(max_length=64)
    note = models.CharField(max_length=200, blank=True, default="")
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", db_index=False)
    asked_at = models.DateTimeField(null=True, blank=True)
    batch = models.ForeignKey(ImportBatch, models.PROTECT, null=True, related_name="+", db_index=False)

    Sensitive: ClassVar = frozenset({"note"})
    Plain: ClassVar = frozenset(
        {
            "id", "entity", "on", "finding", "way", "source", "key", "by", "known_at", "superseded_at", "asked_by",
            "asked_at", "batch",
        }
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "key"], condition=Q(superseded_at__isnull=True), name="observation_one_each"
            ),
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gte=F("known_at")),
                name="observation_superseded_later",
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "-on"], name="observation_by_entity"),
            models.Index(fields=["on", "entity"], name="observation_by_day"),
            models.Index(fields=["batch"], name="observation_by_batch", condition=Q(batch__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.entity_id} {self.on} {self.finding}"

    @property
    def is_operating(self) -> bool | None:
        """Whether the place was found to work; None when that could not be found out."""
        return {self.Finding.OPERATING: True, self.Finding.NOT_OPERATING: False}.get(
            self.Finding(self.finding)
        )
