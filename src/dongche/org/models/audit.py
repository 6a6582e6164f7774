"""The audit log."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from dongche.org.models.officers import Officer


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
