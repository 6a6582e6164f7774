"""The audit log, and where it begins and ends."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from dongche.org.models.officers import Officer
from dongche.org.models.units import Unit


class AuditEntry(models.Model):
    """Who did what to which row, when, from what to what, why, and from where. Written in the transaction of the deed.

    `id` counts without gaps and is given out under the lock of the head; `hash` seals every field and `previous`, the
    hash of the entry before (`org.audit.chain`). The log has no foreign key in the database: it must not change with
    what it speaks of, and the check would wait for rows that others hold, with the whole log waiting behind it.
    """

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", db_constraint=False)
    by_label = models.CharField(max_length=80)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)
    subject_id = models.BigIntegerField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.CharField(max_length=400, blank=True, default="")
    origin = models.CharField(max_length=120, blank=True, default="")
    request_id = models.CharField(max_length=64, blank=True, default="")
    subdistrict = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", db_constraint=False)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    Sensitive: ClassVar = frozenset({"before", "after", "origin"})
    Plain: ClassVar = frozenset(
        {
            "id", "at", "by", "by_label", "action", "subject", "subject_id", "reason", "request_id", "subdistrict",
            "previous", "hash",
        }
    )  # fmt: skip

    class Meta:
        indexes = [
            models.Index(fields=["subject", "subject_id", "id"], name="audit_by_subject"),
            models.Index(fields=["by", "id"], name="audit_by_officer"),
            models.Index(fields=["subdistrict", "id"], name="audit_by_subdistrict"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.by_label} {self.action}"


class AuditHead(models.Model):
    """Where the audit log begins and ends; one row, locked by whoever appends.

    `first` is the number of the oldest entry that is still kept and `before` the hash of the one before it.
    """

    ONLY: ClassVar = 1

    id = models.PositiveSmallIntegerField(primary_key=True)
    first = models.BigIntegerField()
    before = models.CharField(max_length=64, blank=True)
    last = models.BigIntegerField()
    hash = models.CharField(max_length=64, blank=True)
    seal = models.CharField(max_length=64)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset({"id", "first", "before", "last", "hash", "seal"})

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="audit_head_only_one"),
            models.CheckConstraint(condition=Q(last__gte=F("first") - 1), name="audit_head_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.last}:{self.hash}"


class AuditBreak(models.Model):
    """Where the chain was found broken and begun anew: the part that stands there is kept as it was found.

    Up to the entry before `broken` the chain holds and ends with the hash `before`; `found` is the SHA-256 of what
    stands from `broken` to `last`; the entry after `last` is chained to `seal`.
    """

    id = models.PositiveIntegerField(primary_key=True)
    broken = models.BigIntegerField()
    what = models.CharField(max_length=10)
    first = models.BigIntegerField()
    start = models.CharField(max_length=64, blank=True)
    before = models.CharField(max_length=64, blank=True)
    last = models.BigIntegerField()
    found = models.CharField(max_length=64)
    reason = models.CharField(max_length=400)
    by_label = models.CharField(max_length=80)
    at = models.DateTimeField()
    seal = models.CharField(max_length=64)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {
            "id", "broken", "what", "first", "start", "before", "last", "found", "reason", "by_label", "at", "seal",
        }
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=F("broken") - 1), name="audit_break_forward")
        ]

    def __str__(self) -> str:
        return f"{self.broken}–{self.last} {self.what}"
