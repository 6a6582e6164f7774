"""Working groups (S14): who sits in them, what they answer for, and the tasks they set themselves."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from dongche.org.models.officers import Officer
from dongche.org.models.units import Unit
from dongche.org.roles import PostRole
from dongche.web.periods import DatedBelief, period_forward


class WorkingGroup(models.Model):
    """A working group of a unit of any level, on the days [from_on, until_on)."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="working_groups")
    name = models.CharField(max_length=60)
    purpose = models.CharField(max_length=400)
    source = models.CharField(max_length=80, blank=True, default="")
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset({"id", "unit", "name", "purpose", "source", "from_on", "until_on"})

    class Meta:
        constraints = [
            period_forward("working_group_period_forward"),
            models.UniqueConstraint(
                fields=["unit", "name"], condition=Q(until_on__isnull=True), name="working_group_named_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def home_id(self) -> int:
        """The sub-district whose headquarters keeps it; of a group of a higher level, that unit itself."""
        return self.unit.subdistrict_id or self.unit_id


class GroupMember(DatedBelief):
    """A seat in a working group: an officer, or whoever holds a post in a unit on the day."""

    class Part(models.TextChoices):
        LEADER = "leader", pgettext_lazy("working group", "Group leader")
        DEPUTY = "deputy", pgettext_lazy("working group", "Deputy leader")
        OFFICE = "office", pgettext_lazy("working group", "Group office")
        MEMBER = "member", pgettext_lazy("working group", "Member")

    group = models.ForeignKey(WorkingGroup, models.PROTECT, related_name="members")
    part = models.CharField(max_length=8, choices=Part.choices)
    officer = models.ForeignKey(Officer, models.PROTECT, null=True, blank=True, related_name="memberships")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    role = models.CharField(max_length=24, choices=PostRole.choices, blank=True, default="")

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = DatedBelief.BELIEF | {"group", "part", "officer", "unit", "role"}

    class Meta:
        constraints = [
            period_forward("group_member_period_forward"),
            models.CheckConstraint(
                condition=Q(officer__isnull=False, unit__isnull=True, role="")
                | (Q(officer__isnull=True, unit__isnull=False) & ~Q(role="")),
                name="group_member_officer_or_post",
            ),
        ]
        indexes = [models.Index(fields=["group", "from_on"], name="group_member_by_group")]

    def __str__(self) -> str:
        return (
            f"{self.group_id} {self.part} {self.officer_id or self.unit_id} [{self.from_on}, {self.until_on})"
        )


class GroupText(DatedBelief):
    """A sentence a group is held to: a duty, or a standard that its work must reach. `number` orders and names it."""

    class Kind(models.TextChoices):
        DUTY = "duty", pgettext_lazy("working group", "Duty")
        STANDARD = "standard", pgettext_lazy("working group", "Standard")

    group = models.ForeignKey(WorkingGroup, models.PROTECT, related_name="texts")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    number = models.PositiveIntegerField()
    text = models.CharField(max_length=300)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = DatedBelief.BELIEF | {"group", "kind", "number", "text"}

    class Meta:
        constraints = [period_forward("group_text_period_forward")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class GroupTask(models.Model):
    """What a group has set itself: by whom, until when, how, and how far it is."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("task", "Open")
        RETURNED = "returned", pgettext_lazy("task", "Returned")
        DONE = "done", pgettext_lazy("task", "Reported as done")
        CONFIRMED = "confirmed", pgettext_lazy("task", "Confirmed")
        WITHDRAWN = "withdrawn", pgettext_lazy("task", "Withdrawn")

    # Somebody still has to do something for these.
    UNDONE: ClassVar = ("open", "returned")
    UNFINISHED: ClassVar = ("open", "returned", "done")
    MOVES: ClassVar = {
        "open": {"done", "withdrawn"},
        "returned": {"done", "withdrawn"},
        "done": {"confirmed", "returned", "withdrawn"},
        "confirmed": set[str](),
        "withdrawn": set[str](),
    }

    group = models.ForeignKey(WorkingGroup, models.PROTECT, related_name="tasks")
    title = models.CharField(max_length=80)
    why = models.CharField(max_length=300, blank=True, default="")
    measure = models.CharField(max_length=300, blank=True, default="")
    standard = models.ForeignKey(GroupText, models.PROTECT, null=True, blank=True, related_name="+")
    owner = models.ForeignKey(Officer, models.PROTECT, null=True, blank=True, related_name="group_tasks")
    helpers = models.ManyToManyField(Officer, blank=True, related_name="+")
    due_on = models.DateField()
    percent = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {
            "id", "group", "title", "why", "measure", "standard", "owner", "helpers", "due_on", "percent", "state",
            "opened_at", "done_at", "closed_at",
        }
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(percent__lte=100), name="group_task_percent"),
            models.CheckConstraint(
                condition=Q(state__in=("open", "returned"), done_at__isnull=True, closed_at__isnull=True)
                | Q(state="done", done_at__isnull=False, closed_at__isnull=True)
                | Q(state="confirmed", done_at__isnull=False, closed_at__gte=F("done_at"))
                | Q(state="withdrawn", closed_at__isnull=False),
                name="group_task_state_dated",
            ),
        ]
        indexes = [
            models.Index(fields=["group", "due_on", "id"], name="group_task_by_due"),
            models.Index(fields=["owner", "state"], name="group_task_by_owner"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_undone(self) -> bool:
        return self.state in self.UNDONE


class TaskEntry(models.Model):
    """One line of the history of a task: what was done or decided, by whom, and how far it was then. Never changed."""

    class Kind(models.TextChoices):
        GIVEN = "given", pgettext_lazy("task", "Given")
        CHANGED = "changed", pgettext_lazy("task", "Changed")
        PROGRESS = "progress", pgettext_lazy("task", "Progress")
        DONE = "done", pgettext_lazy("task", "Reported as done")
        CONFIRMED = "confirmed", pgettext_lazy("task", "Confirmed")
        RETURNED = "returned", pgettext_lazy("task", "Returned")
        WITHDRAWN = "withdrawn", pgettext_lazy("task", "Withdrawn")
        MOVED = "moved", pgettext_lazy("task", "Handed over")

    task = models.ForeignKey(GroupTask, models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    percent = models.PositiveSmallIntegerField()
    note = models.CharField(max_length=400, blank=True, default="")
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset({"id", "task", "kind", "percent", "note", "by", "at"})

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(percent__lte=100), name="task_entry_percent")]
        indexes = [models.Index(fields=["task", "id"], name="task_entry_by_task")]

    def __str__(self) -> str:
        return f"{self.task_id} {self.kind} {self.at:%Y-%m-%d}"
