"""Units, officers, posts, line rules, sponsorships and absences: who answers for what, each with its days."""

from dongche.org.models.audit import AuditBreak, AuditEntry, AuditHead
from dongche.org.models.duties import Leave, LineRule, Post, RuleChange, Sponsorship
from dongche.org.models.groups import GroupMember, GroupTask, GroupText, TaskEntry, WorkingGroup
from dongche.org.models.officers import Officer, OfficerManager
from dongche.org.models.units import (
    ANCESTORS,
    LEVELS,
    Dedication,
    PlannedChange,
    Unit,
    UnitGram,
    UnitKind,
    UnitRevision,
)
from dongche.org.models.work import WorkItem

__all__ = [
    "ANCESTORS",
    "LEVELS",
    "AuditBreak",
    "AuditEntry",
    "AuditHead",
    "Dedication",
    "GroupMember",
    "GroupTask",
    "GroupText",
    "Leave",
    "LineRule",
    "Officer",
    "OfficerManager",
    "PlannedChange",
    "Post",
    "RuleChange",
    "Sponsorship",
    "TaskEntry",
    "Unit",
    "UnitGram",
    "UnitKind",
    "UnitRevision",
    "WorkItem",
    "WorkingGroup",
]
