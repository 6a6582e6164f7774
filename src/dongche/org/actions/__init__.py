"""Every change to the organisation."""

from dongche.org.actions.divisions import Loaded, load_divisions
from dongche.org.actions.handover import (
    NoAdministratorLeft,
    NothingToHandOver,
    OwnSuccessor,
    SuccessorInactive,
    hand_over,
)
from dongche.org.actions.leaves import OwnSubstitute, SubstituteElsewhere, cancel_leave, end_leave, take_leave
from dongche.org.actions.officers import (
    OfficerExists,
    SuperuserByNobody,
    WeakPassword,
    create_officer,
    set_password,
)
from dongche.org.actions.people import (
    AlreadySo,
    OwnAccount,
    StillActs,
    StillHasWork,
    StillHoldsPosts,
    bring_in,
    change_post,
    correct_officer,
    deactivate,
    reactivate,
    reveal_phone,
)
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
from dongche.org.queries import NotAdministered, OutOfReach
from dongche.org.tree import WrongParent

__all__ = [
    "AlreadyEnded", "AlreadySo", "AlreadyUndone", "ChangedSince", "DepartmentElsewhere", "EndBeforeStart",
    "LastAdministrator", "Loaded", "NoAdministratorLeft", "NotAdministered", "NothingChanged", "NothingToHandOver",
    "OfficerExists", "OutOfReach", "OwnAccount", "OwnSubstitute", "OwnSuccessor", "PeriodOverlaps", "ReasonNeeded",
    "StillActs", "StillHasWork", "StillHoldsPosts", "SubstituteElsewhere", "SuccessorInactive", "Superseded",
    "SuperuserByNobody", "Terms", "UnderItself", "UnitExists", "UnitHolds", "UnitTied", "UnitUnchanged",
    "VersionLaidDown", "WeakPassword", "WorkClosed", "WrongParent", "WrongUnitForPost", "appoint", "bring_in",
    "cancel_leave", "change_line_rule", "change_post", "close_work", "correct_officer", "create_officer",
    "create_unit", "deactivate", "end_leave", "end_line_rule", "end_post", "end_sponsorship", "end_unit", "hand_over",
    "load_divisions", "move_unit", "open_work", "reactivate", "rename_unit", "reveal_phone", "set_line_rule",
    "set_password", "set_polygon", "sponsor_community", "take_leave", "undo_rule_change",
]  # fmt: skip
