"""Every write of the registry: imports from a file to rows, and deeds on one place."""

from dongche.registry.actions.coverage import prove_coverage
from dongche.registry.actions.duties import DutyBegun, OfficerElsewhere, assign_places, end_place_duty
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
from dongche.registry.actions.reveals import REVEALED, NotRevealed, RevealReasonMissing, reveal

__all__ = [
    "REVEALED",
    "AlreadyExcluded",
    "AlreadyImported",
    "DutyBegun",
    "ExclusionEnded",
    "NotRevealed",
    "OfficerElsewhere",
    "RevealReasonMissing",
    "WithdrawalReasonMissing",
    "WrongState",
    "apply_import",
    "assign_places",
    "begin_applying",
    "begin_reading",
    "drop_import",
    "end_exclusion",
    "end_place_duty",
    "exclude_place",
    "fail_import",
    "map_import",
    "plan_import",
    "prove_coverage",
    "reclassify_places",
    "reveal",
    "revoke_code",
    "stage_import",
]
