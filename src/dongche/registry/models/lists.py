"""Lists of places that people come back to."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from dongche.org.models import Officer, Unit


class SavedView(models.Model):
    """A list of places under a name: the filters of its address, its columns and its order.

    It is the officer's own, or shared with everybody who serves in `subdistrict`. The default one opens when no filter
    is asked for: one's own comes before that of the sub-district. Without a name it only remembers which columns the
    officer chose last.
    """

    officer = models.ForeignKey(Officer, models.CASCADE, related_name="saved_views", db_index=False)
    subdistrict = models.ForeignKey(Unit, models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=40, blank=True, default="")
    filters = models.CharField(max_length=1000, blank=True, default="")
    columns = models.JSONField(default=list)
    sort = models.CharField(max_length=20, blank=True, default="")
    is_default = models.BooleanField(default=False)
    updated_at = models.DateTimeField()

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {"id", "officer", "subdistrict", "name", "filters", "columns", "sort", "is_default", "updated_at"}
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["officer", "name"], name="view_name_once"),
            models.UniqueConstraint(
                fields=["officer"],
                condition=Q(is_default=True, subdistrict__isnull=True),
                name="view_one_default_of_officer",
            ),
            models.UniqueConstraint(
                fields=["subdistrict"], condition=Q(is_default=True), name="view_one_default_of_subdistrict"
            ),
        ]

    def __str__(self) -> str:
        return self.name
