"""Who sees what, and who answers for what, on a day."""

from dongche.org.queries.duties import (
    CONTACT,
    ROLES,
    Answer,
    Cell,
    Duties,
    Row,
    applies,
    duties_on,
    equal_rank_expression,
    line_expression,
    line_rules_on,
    may_meet,
    rule_expression,
)
from dongche.org.queries.groups import (
    GroupMembers,
    GroupTasks,
    GroupTexts,
    Rights,
    Seat,
    TaskEntries,
    WorkingGroups,
    confirmers,
    founds,
    helpers_of,
    rights_in,
    seated,
    seats_on,
)
from dongche.org.queries.reach import (
    NotAdministered,
    OutOfReach,
    administered_by,
    refuse_foreign,
    refuse_out_of_reach,
    serving_in,
    subdistricts_with,
    unattached,
    within_reach,
    without_password,
)
from dongche.org.queries.rows import (
    AuditEntries,
    Leaves,
    LineRules,
    Officers,
    PlannedChanges,
    Posts,
    RuleChanges,
    Sponsorships,
    UnitRevisions,
    Units,
    WorkItems,
    led_by,
    led_officers,
    possible_substitutes,
)
from dongche.org.queries.rules import (
    first_difference,
    last_standing,
    later_change,
    on_day,
    ranked,
    rules_before,
    rules_of,
    with_rule,
)
from dongche.org.queries.scope import Scope, scope_of

__all__ = [
    "CONTACT", "ROLES", "Answer", "AuditEntries", "Cell", "Duties", "GroupMembers", "GroupTasks", "GroupTexts",
    "Leaves", "LineRules", "NotAdministered", "Officers", "OutOfReach", "PlannedChanges", "Posts", "Rights", "Row",
    "RuleChanges", "Scope", "Seat", "Sponsorships", "TaskEntries", "UnitRevisions", "Units", "WorkItems",
    "WorkingGroups", "administered_by", "applies", "confirmers", "duties_on", "equal_rank_expression",
    "first_difference", "founds", "helpers_of", "last_standing", "later_change", "led_by", "led_officers",
    "line_expression", "line_rules_on", "may_meet", "on_day", "possible_substitutes", "ranked", "refuse_foreign",
    "refuse_out_of_reach", "rights_in", "rule_expression", "rules_before", "rules_of", "scope_of", "seated",
    "seats_on", "serving_in", "subdistricts_with", "unattached", "with_rule", "within_reach", "without_password",
]  # fmt: skip
