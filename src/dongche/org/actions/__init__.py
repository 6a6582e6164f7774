"""Every change to the organisation."""

from dongche.org.actions.handover import (
    NoAdministratorLeft,
    NothingToHandOver,
    OwnSuccessor,
    SuccessorInactive,
    hand_over,
)
from dongche.org.actions.leaves import OwnSubstitute, SubstituteElsewhere, cancel_leave, end_leave, take_leave
from dongche.org.actions.officers import OfficerExists, WeakPassword, create_officer, set_password
from dongche.org.actions.posts import (
    LastAdministrator,
    WrongUnitForPost,
    appoint,
    end_post,
    end_sponsorship,
    sponsor_community,
)
from dongche.org.actions.rules import (
    AlreadyUndone,
    ChangedSince,
    DepartmentElsewhere,
    NothingChanged,
    Terms,
    VersionLaidDown,
    change_line_rule,
    end_line_rule,
    set_line_rule,
    undo_rule_change,
)
from dongche.org.actions.units import (
    UnderItself,
    UnitExists,
    UnitHolds,
    UnitTied,
    UnitUnchanged,
    create_unit,
    end_unit,
    move_unit,
    rename_unit,
    set_polygon,
)
from dongche.org.actions.work import WorkClosed, close_work, open_work
from dongche.org.dated import (
    AlreadyEnded,
    EndBeforeStart,
    PeriodOverlaps,
    ReasonNeeded,
    Superseded,
)
from dongche.org.tree import WrongParent

__all__ = [
    "AlreadyEnded", "AlreadyUndone", "ChangedSince", "DepartmentElsewhere", "EndBeforeStart", "LastAdministrator",
    "NoAdministratorLeft", "NothingChanged", "NothingToHandOver", "OfficerExists", "OwnSubstitute", "OwnSuccessor",
    "PeriodOverlaps", "ReasonNeeded", "SubstituteElsewhere", "SuccessorInactive", "Superseded", "Terms", "UnderItself",
    "UnitExists", "UnitHolds", "UnitTied", "UnitUnchanged", "VersionLaidDown", "WeakPassword", "WorkClosed",
    "WrongParent", "WrongUnitForPost", "appoint", "cancel_leave", "change_line_rule", "close_work", "create_officer",
    "create_unit", "end_leave", "end_line_rule", "end_post", "end_sponsorship", "end_unit", "hand_over", "move_unit",
    "open_work", "rename_unit", "set_line_rule", "set_password", "set_polygon", "sponsor_community", "take_leave",
    "undo_rule_change",
]  # fmt: skip
