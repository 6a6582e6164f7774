"""Documents of a place: papers and photos as files, each with who brought it and when."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dongche.kit.identifiers import new_code
from dongche.org.models import Officer
from dongche.registry.models.places import Entity


class Document(models.Model):
    """A file kept with a place. Withdrawn, it stays known, and its content is gone."""

    class Kind(models.TextChoices):
        LICENCE = "licence", _("Business licence")
        FILING = "filing", _("Filing for resumption")
        PLAN = "plan", _("Prevention plan")
        UNDERTAKING = "undertaking", _("Letter of undertaking")
        ORDER = "order", _("Official order or notice")
        PHOTO = "photo", _("Photo of the spot")
        OTHER = "other", _("Other")

    code = models.CharField(max_length=32, unique=True, default=new_code)
    entity = models.ForeignKey(Entity, models.CASCADE, related_name="documents", db_index=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    title = models.CharField(max_length=120)
    file_name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=120)
    on = models.DateField(null=True, blank=True)
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    known_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True, default="")

    Sensitive: ClassVar = frozenset({"path", "title", "file_name", "sha256"})
    Plain: ClassVar = frozenset(
        {
            "id", "code", "entity", "kind", "media_type", "size", "on", "by", "known_at", "withdrawn_at",
            "withdrawn_by", "reason",
        }
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | ~Q(reason=""), name="document_withdrawn_for_reason"
            ),
        ]
        indexes = [models.Index(fields=["entity", "-id"], name="document_by_entity")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.entity_id}"
