"""Proposals: who would serve which place, and how a community would be cut into grids."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from dongche.kit.identifiers import new_code
from dongche.org.models import Officer, Unit
from dongche.registry.models.places import Entity


class AssignmentProposal(models.Model):
    """Who would serve which place, or how a community would be cut into grids: worked out, looked at, edited, then
    adopted, or withdrawn.

    `units`: the communities or grids it is about, by id; empty is the whole sub-district. `absent`: the officers who
    get nothing, by id. `fingerprint` is what it was worked out from, so that a stale one is not adopted.
    """

    class Kind(models.TextChoices):
        DUTIES = "duties", _("Assignment of places")
        GRIDS = "grids", _("Division into grids")

    class State(models.TextChoices):
        COMPUTING = "computing", _("Being worked out")
        READY = "ready", _("To be decided")
        FAILED = "failed", _("Could not be worked out")
        DECIDED = "decided", _("Decided for a later day")
        ADOPTED = "adopted", _("Adopted")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        UNDONE = "undone", _("Taken back")

    code = models.CharField(max_length=32, unique=True, default=new_code)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.DUTIES, db_default=Kind.DUTIES)
    subdistrict = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    units = models.JSONField(default=list)
    on = models.DateField()
    absent = models.JSONField(default=list)
    terms = models.JSONField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.COMPUTING)
    fingerprint = models.CharField(max_length=64, blank=True, default="")
    summary = models.JSONField(default=dict)
    problem = models.JSONField(null=True)
    progress_done = models.PositiveIntegerField(default=0, db_default=0)
    progress_total = models.PositiveIntegerField(default=0, db_default=0)
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    adopted_at = models.DateTimeField(null=True)
    from_on = models.DateField(null=True)
    until_on = models.DateField(null=True)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {
            "id", "code", "kind", "subdistrict", "units", "on", "absent", "terms", "state", "fingerprint", "summary",
            "problem", "progress_done", "progress_total", "by", "created_at", "adopted_at", "from_on", "until_on",
        }
    )  # fmt: skip

    class Meta:
        indexes = [models.Index(fields=["subdistrict", "-id"], name="assignment_by_subdistrict")]

    def __str__(self) -> str:
        return f"{self.pk} ({self.state})"

    @property
    def source(self) -> str:
        """What the duties that come of it name as their source."""
        return f"proposal {self.pk}"


class ProposedDuty(models.Model):
    """One place of a proposal: who has it, who would get it and why. `best` is whom the computation chose, which an
    edit does not change; without a `worker` nobody could be found. Metres as in `solvers.plans.Line`."""

    proposal = models.ForeignKey(AssignmentProposal, models.CASCADE, related_name="lines", db_index=False)
    entity = models.ForeignKey(Entity, models.CASCADE, related_name="+")
    before = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    worker = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    best = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    is_move = models.BooleanField()
    reason = models.CharField(max_length=16)
    is_nearest = models.BooleanField(default=False)
    metres = models.PositiveIntegerField(null=True)
    before_metres = models.PositiveIntegerField(null=True)
    next_worker = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    next_extra = models.PositiveIntegerField(null=True)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {
            "id", "proposal", "entity", "before", "worker", "best", "is_move", "reason", "is_nearest", "metres",
            "before_metres", "next_worker", "next_extra",
        }
    )  # fmt: skip

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "entity"], name="proposed_once")]
        indexes = [models.Index(fields=["proposal", "is_move", "id"], name="proposed_by_move")]

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.entity_id} → {self.worker_id}"


class ProposedGrid(models.Model):
    """One grid of a proposal. It goes on under the present grid `unit`, with its code and name, or is a new one.

    `load` and `load_before` count places that are served, `compactness` is that of `solvers.partition`. Once adopted,
    `made` is the unit it has become and `was` the name and polygon that unit had before.
    """

    proposal = models.ForeignKey(AssignmentProposal, models.CASCADE, related_name="grids", db_index=False)
    number = models.PositiveIntegerField()
    community = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    polygon = models.JSONField()
    load = models.PositiveIntegerField()
    load_before = models.PositiveIntegerField(default=0)
    in_common = models.PositiveIntegerField(default=0)
    compactness = models.FloatField()
    pieces = models.PositiveIntegerField(default=1)
    made = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    was = models.JSONField(null=True)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {
            "id", "proposal", "number", "community", "unit", "code", "name", "polygon", "load", "load_before",
            "in_common", "compactness", "pieces", "made", "was",
        }
    )  # fmt: skip

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "number"], name="proposed_grid_once")]

    def __str__(self) -> str:
        return self.name


class ProposedBlock(models.Model):
    """The ground around a point with places, which goes to a grid in one piece. `borders` maps the number of each
    neighbouring block to the metres shared; `best` is the grid that the computation chose, which no edit changes.
    """

    proposal = models.ForeignKey(AssignmentProposal, models.CASCADE, related_name="blocks", db_index=False)
    number = models.PositiveIntegerField()
    grid = models.ForeignKey(ProposedGrid, models.CASCADE, related_name="blocks")
    best = models.ForeignKey(ProposedGrid, models.CASCADE, related_name="+")
    polygon = models.JSONField()
    borders = models.JSONField(default=dict)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset({"id", "proposal", "number", "grid", "best", "polygon", "borders"})

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "number"], name="proposed_block_once")]

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.number}"


class ProposedPlace(models.Model):
    """One place of a division into grids: its grid so far, the one to come, and why. Without a position it has no block
    and follows its grid. `counts`: it is served on the day, so it is part of the load."""

    proposal = models.ForeignKey(AssignmentProposal, models.CASCADE, related_name="places", db_index=False)
    entity = models.ForeignKey(Entity, models.CASCADE, related_name="+")
    block = models.ForeignKey(ProposedBlock, models.CASCADE, null=True, related_name="places")
    before = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    grid = models.ForeignKey(ProposedGrid, models.CASCADE, null=True, related_name="places")
    is_move = models.BooleanField()
    counts = models.BooleanField()
    reason = models.CharField(max_length=16)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {"id", "proposal", "entity", "block", "before", "grid", "is_move", "counts", "reason"}
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "entity"], name="proposed_place_once")]
        indexes = [models.Index(fields=["proposal", "is_move", "id"], name="proposed_place_by_move")]

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.entity_id} → {self.grid_id}"
