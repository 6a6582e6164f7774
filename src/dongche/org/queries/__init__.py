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
from dongche.org.queries.scope import Scope, scope_of

__all__ = [
    "CONTACT", "ROLES", "Answer", "AuditEntries", "Cell", "Duties", "Leaves", "LineRules", "Officers", "Posts", "Row",
    "RuleChanges", "Scope", "Sponsorships", "UnitRevisions", "Units", "WorkItems", "applies", "duties_on",
    "equal_rank_expression", "line_expression", "line_rules_on", "scope_of",
]  # fmt: skip
