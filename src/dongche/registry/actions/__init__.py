"""Every write of the registry: imports from a file to rows, and deeds on one place."""

from dongche.registry.actions.assigning import (
    ProposalClosed,
    adopt_assignment,
    edit_assignment,
    fail_assignment,
    lay_assignment,
    propose_assignment,
    take_back_assignment,
    withdraw_assignment,
)
from dongche.registry.actions.coverage import prove_coverage
from dongche.registry.actions.duties import DutyBegun, OfficerElsewhere, assign_places, end_place_duty
from dongche.registry.actions.entering import (
    ChangedMeanwhile,
    CreditCodeTaken,
    NothingChanged,
    change_place,
    enter_place,
)
from dongche.registry.actions.imports import (
    AlreadyImported,
    WrongState,
    apply_import,
    begin_applying,
    begin_reading,
    drop_import,
    fail_import,
    map_import,
    plan_import,
    stage_import,
)
from dongche.registry.actions.places import (
    AlreadyExcluded,
    ExclusionEnded,
    WithdrawalReasonMissing,
    end_exclusion,
    exclude_place,
    reclassify_places,
    revoke_code,
)
from dongche.registry.actions.regrid import regrid_places
from dongche.registry.actions.reveals import REVEALED, NotRevealed, RevealReasonMissing, reveal

__all__ = [
    "REVEALED",
    "AlreadyExcluded",
    "AlreadyImported",
    "ChangedMeanwhile",
    "CreditCodeTaken",
    "DutyBegun",
    "ExclusionEnded",
    "NotRevealed",
    "NothingChanged",
    "OfficerElsewhere",
    "ProposalClosed",
    "RevealReasonMissing",
    "WithdrawalReasonMissing",
    "WrongState",
    "adopt_assignment",
    "apply_import",
    "assign_places",
    "begin_applying",
    "begin_reading",
    "change_place",
    "drop_import",
    "edit_assignment",
    "end_exclusion",
    "end_place_duty",
    "enter_place",
    "exclude_place",
    "fail_assignment",
    "fail_import",
    "lay_assignment",
    "map_import",
    "plan_import",
    "propose_assignment",
    "prove_coverage",
    "reclassify_places",
    "regrid_places",
    "reveal",
    "revoke_code",
    "stage_import",
    "take_back_assignment",
    "withdraw_assignment",
]
