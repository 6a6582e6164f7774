"""Every change to the organisation."""

from dongche.org.actions.closing import close_work
from dongche.org.actions.divisions import Loaded, load_divisions
from dongche.org.actions.group_tasks import (
    CONFIRM,
    OVERDUE,
    TASK,
    DueInPast,
    NotYoursToConfirm,
    OwnerOutside,
    PercentOutside,
    TaskNotYours,
    TaskStands,
    change_task,
    confirm_task,
    finish_task,
    give_task,
    note_progress,
    raise_overdue,
    return_task,
    withdraw_task,
)
from dongche.org.actions.groups import (
    GroupEnded,
    GroupHolds,
    GroupNamed,
    GroupNotYours,
    SeatHasTasks,
    SeatUnclear,
    change_group,
    end_group,
    end_seat,
    end_text,
    found_group,
    seat_member,
    write_text,
)
from dongche.org.actions.handover import (
    NoAdministratorLeft,
    NothingToHandOver,
    OwnSuccessor,
    SuccessorInactive,
    SuccessorOutOfReach,
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
from dongche.org.actions.planned import REFUSED, ChangeTakenBack, take_effect, withdraw_change
from dongche.org.actions.posts import (
    LastAdministrator,
    WrongUnitForPost,
    appoint,
    end_post,
    end_sponsorship,
    sponsor_community,
)
from dongche.org.actions.redrawing import UnitGoesOn, move_posts, redraw_units, reopen_unit
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
    create_unit,
    end_unit,
    move_unit,
    rename_unit,
    set_polygon,
)
from dongche.org.actions.work import WorkClosed, open_work
from dongche.org.changing import BeforeUnit, ParentNotThere, UnitTied, UnitUnchanged
from dongche.org.dated import (
    AlreadyEnded,
    EndBeforeStart,
    PeriodOverlaps,
    ReasonNeeded,
    Superseded,
)
from dongche.org.ending import UnitHolds
from dongche.org.queries import NotAdministered, OutOfReach
from dongche.org.tree import WrongParent

__all__ = [
    "CONFIRM", "OVERDUE", "REFUSED", "TASK", "AlreadyEnded", "AlreadySo", "AlreadyUndone", "BeforeUnit",
    "ChangeTakenBack", "ChangedSince", "DepartmentElsewhere", "DueInPast", "EndBeforeStart", "GroupEnded",
    "GroupHolds", "GroupNamed", "GroupNotYours", "LastAdministrator", "Loaded", "NoAdministratorLeft",
    "NotAdministered", "NotYoursToConfirm", "NothingChanged", "NothingToHandOver", "OfficerExists", "OutOfReach",
    "OwnAccount", "OwnSubstitute", "OwnSuccessor", "OwnerOutside", "ParentNotThere", "PercentOutside",
    "PeriodOverlaps", "ReasonNeeded", "SeatHasTasks", "SeatUnclear", "StillActs", "StillHasWork", "StillHoldsPosts",
    "SubstituteElsewhere", "SuccessorInactive", "SuccessorOutOfReach", "Superseded", "SuperuserByNobody",
    "TaskNotYours", "TaskStands", "Terms", "UnderItself", "UnitExists", "UnitGoesOn", "UnitHolds", "UnitTied",
    "UnitUnchanged", "VersionLaidDown", "WeakPassword", "WorkClosed", "WrongParent", "WrongUnitForPost", "appoint",
    "bring_in", "cancel_leave", "change_group", "change_line_rule", "change_post", "change_task", "close_work",
    "confirm_task", "correct_officer", "create_officer", "create_unit", "deactivate", "end_group", "end_leave",
    "end_line_rule", "end_post", "end_seat", "end_sponsorship", "end_text", "end_unit", "finish_task",
    "found_group", "give_task", "hand_over", "load_divisions", "move_posts", "move_unit", "note_progress",
    "open_work", "raise_overdue", "reactivate", "redraw_units", "rename_unit", "reopen_unit", "return_task",
    "reveal_phone", "seat_member", "set_line_rule", "set_password", "set_polygon", "sponsor_community",
    "take_effect", "take_leave", "undo_rule_change", "withdraw_change", "withdraw_task", "write_text",
]  # fmt: skip
