"""The inbox: what somebody has to do, opened by a rule or a person, closed when it is done."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from dongche.org.models.officers import Officer
from dongche.org.models.units import Unit


class WorkItem(models.Model):
    """One thing to do, by whom and until when.

    Rooms above open items under a text kind of their own, such as `org.gap`, and a `key` that says what it is about;
    the database keeps one open item for each. `data` holds what the sentence of that kind needs: ids, codes and counts.
    """

    subdistrict = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    officer = models.ForeignKey(Officer, models.PROTECT, null=True, blank=True, related_name="work")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    data = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    due_on = models.DateField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=400, blank=True, default="")

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {
            "id", "subdistrict", "unit", "officer", "kind", "key", "data", "opened_at", "due_on", "closed_at",
            "outcome",
        }
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subdistrict", "kind", "key"],
                condition=Q(closed_at__isnull=True),
                name="work_item_open_once",
            ),
        ]
        indexes = [
            models.Index(fields=["officer", "closed_at", "id"], name="work_by_officer"),
            models.Index(fields=["subdistrict", "closed_at", "id"], name="work_by_subdistrict"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
