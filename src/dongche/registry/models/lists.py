"""Lists of places that people come back to."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dongche.kit.identifiers import new_code
from dongche.org.models import Officer, Unit
from dongche.registry.models.places import Entity


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


class PlaceBatch(models.Model):
    """One deed on many places of a list, or the list as an Excel file: worked off in parts, so that it shows progress.

    `given` is what was decided, with unit ids and days as text; `filters` is the address of the list it was asked from.
    """

    class Kind(models.TextChoices):
        EXCLUDE = "exclude", _("Leave out of the figures")
        INCLUDE = "include", _("Count again")
        FOCUS = "focus", _("Change the focus")
        CATEGORY = "category", _("Change the category")
        GRID = "grid", _("Put into a grid")
        ADDRESS = "address", _("Find the community by the address")
        NAME = "name", _("Name an officer")
        EXPORT = "export", _("Excel")
        CARDS = "cards", _("QR cards")

    class State(models.TextChoices):
        RUNNING = "running", _("Being carried out")
        DONE = "done", _("Done")
        FAILED = "failed", _("Stopped")
        UNDOING = "undoing", _("Being taken back")
        UNDONE = "undone", _("Taken back")

    code = models.CharField(max_length=32, unique=True, default=new_code)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    filters = models.CharField(max_length=1000, blank=True, default="")
    given = models.JSONField(default=dict)
    reason = models.CharField(max_length=400, blank=True, default="")
    progress_total = models.PositiveIntegerField(default=0)
    progress_done = models.PositiveIntegerField(default=0)
    file_path = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    Sensitive: ClassVar = frozenset({"file_path"})
    Plain: ClassVar = frozenset(
        {
            "id", "code", "kind", "state", "officer", "filters", "given", "reason", "progress_total", "progress_done",
            "created_at", "finished_at",
        }
    )  # fmt: skip

    class Meta:
        indexes = [models.Index(fields=["officer", "-id"], name="batch_by_officer")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} ({self.state})"


class PlaceBatchRow(models.Model):
    """One place of a batch: waiting, changed (`kept` is what undoing it needs), refused with the code of the reason."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        CHANGED = "changed", _("Changed")
        REFUSED = "refused", _("Refused")
        UNDONE = "undone", _("Taken back")

    batch = models.ForeignKey(PlaceBatch, models.CASCADE, related_name="rows", db_index=False)
    entity = models.ForeignKey(Entity, models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices)
    why = models.CharField(max_length=24, blank=True, default="")
    kept = models.JSONField(default=dict)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset({"id", "batch", "entity", "state", "why", "kept"})

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "entity"], name="batch_place_once")]
        indexes = [models.Index(fields=["batch", "state", "id"], name="batch_row_by_state")]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.entity_id} {self.state}"
