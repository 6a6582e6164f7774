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
)
from dongche.org.queries.rows import (
    AuditEntries,
    Leaves,
    LineRules,
    Officers,
    Posts,
    RuleChanges,
    Sponsorships,
    UnitRevisions,
    Units,
    WorkItems,
)
from dongche.org.queries.rules import (
    first_difference,
    later_change,
    on_day,
    ranked,
    rules_before,
    rules_of,
    with_rule,
)
from dongche.org.queries.scope import Scope, scope_of

__all__ = [
    "CONTACT", "ROLES", "Answer", "AuditEntries", "Cell", "Duties", "Leaves", "LineRules", "Officers", "Posts", "Row",
    "RuleChanges", "Scope", "Sponsorships", "UnitRevisions", "Units", "WorkItems", "applies", "duties_on",
    "equal_rank_expression", "first_difference", "later_change", "line_expression", "line_rules_on", "on_day",
    "ranked", "rules_before", "rules_of", "scope_of", "with_rule",
]  # fmt: skip
