"""Pairs of places that may be one, the searches that found them, and the merges that were decided."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dongche.kit.identifiers import new_code
from dongche.org.models import Officer, Unit
from dongche.registry.models.places import Entity, Revision


class DuplicateSearch(models.Model):
    """One look through the places of a sub-district for those that may be one."""

    class State(models.TextChoices):
        RUNNING = "running", _("Being searched")
        DONE = "done", _("Searched")
        FAILED = "failed", _("Could not be searched")

    subdistrict = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    places = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {"id", "subdistrict", "state", "places", "found", "new", "by", "created_at", "finished_at"}
    )

    class Meta:
        indexes = [models.Index(fields=["subdistrict", "-id"], name="duplicate_search_latest")]

    def __str__(self) -> str:
        return f"{self.subdistrict_id} {self.created_at}: {self.state}"


class DuplicatePair(models.Model):
    """Two places that may be one; the one that was known first is `first`.

    `score` is in thousandths, `evidence` maps each field that both say to its level (`solvers.duplicates`). `said` is a
    keyed hash of what both said when the pair was found or decided: as long as they say the same, a decision stands.
    """

    class State(models.TextChoices):
        OPEN = "open", _("To be decided")
        POSTPONED = "postponed", _("Put off")
        APART = "apart", _("Two places")
        MERGED = "merged", _("Merged")

    code = models.CharField(max_length=32, unique=True, default=new_code)
    subdistrict = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    first = models.ForeignKey(Entity, models.CASCADE, related_name="+")
    second = models.ForeignKey(Entity, models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField()
    evidence = models.JSONField(default=dict)
    said = models.CharField(max_length=40)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    reason = models.CharField(max_length=200, blank=True, default="")
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {
            "id", "code", "subdistrict", "first", "second", "score", "evidence", "said", "state", "reason", "by",
            "found_at", "decided_at",
        }
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="duplicate_pair_in_order"),
        ]
        indexes = [
            models.Index(fields=["subdistrict", "state", "-score", "-id"], name="duplicate_pair_by_score")
        ]

    def __str__(self) -> str:
        return f"{self.first_id} = {self.second_id}? {self.score}"

    @property
    def percent(self) -> int:
        """The score in whole percents; nothing is certain, so 100 is never said."""
        return min(99, self.score // 10)


class Merge(models.Model):
    """Two places that were decided to be one: what was entered a second time leads to the survivor from then on.

    `taken` names the values that came from the merged place, `revision` is the version of the survivor that they made;
    `moved` holds what each room has moved, by the name of its step, so that it can be given back.
    """

    code = models.CharField(max_length=32, unique=True, default=new_code)
    subdistrict = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    survivor = models.ForeignKey(Entity, models.PROTECT, related_name="merges")
    merged = models.ForeignKey(Entity, models.PROTECT, related_name="merged_by")
    taken = models.JSONField(default=list)
    revision = models.ForeignKey(Revision, models.PROTECT, null=True, related_name="+")
    moved = models.JSONField(default=dict)
    reason = models.CharField(max_length=200, blank=True, default="")
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    undone_reason = models.CharField(max_length=200, blank=True, default="")

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {
            "id", "code", "subdistrict", "survivor", "merged", "taken", "revision", "moved", "reason", "by", "at",
            "undone_at", "undone_by", "undone_reason",
        }
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=Q(undone_at__isnull=True), name="merged_into_one"
            ),
            models.CheckConstraint(condition=~Q(survivor=F("merged")), name="merged_into_another"),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} → {self.survivor_id}"
