"""Line rules: which places go to which department."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Max

from dongche.org.actions.posts import WrongUnitForPost
from dongche.org.audit import Actor, action, record
from dongche.org.dated import no_overlap, refuse_past
from dongche.org.models import LineRule, RuleChange, Unit, UnitKind


@action("org.set_line_rule")
def set_line_rule(
    *,
    department: Unit,
    priority: int,
    from_on: date,
    by: Actor,
    at: datetime,
    category: str = "",
    focus: str = "",
    industry: str = "",
    size: str = "",
    source: str = "",
    reason: str = "",
) -> LineRule:
    """Make a department answer for the places that meet the conditions; none at all is the default line.

    Raises: WrongUnitForPost, ReasonNeeded
    """
    if department.kind != UnitKind.DEPARTMENT or department.subdistrict is None:
        raise WrongUnitForPost(
            role="line",
            expected=UnitKind.DEPARTMENT.label,
            unit=department.name,
            given=UnitKind(department.kind).label,
        )
    refuse_past(from_on, at, reason)
    subdistrict = department.subdistrict
    last = LineRule.objects.filter(subdistrict=subdistrict).aggregate(last=Max("number"))["last"] or 0
    change = RuleChange.objects.create(
        subdistrict=subdistrict,
        kind=RuleChange.Kind.ADDED,
        number=last + 1,
        reason=reason,
        by_id=by.officer_id,
        at=at,
    )
    with no_overlap(from_on, f"#{priority}"):
        rule = LineRule.objects.create(
            subdistrict=subdistrict,
            department=department,
            number=last + 1,
            priority=priority,
            category=category,
            focus=focus,
            industry=industry,
            size=size,
            source=source,
            made_by=change,
            known_at=at,
            from_on=from_on,
        )
    after = {
        "department": department.code,
        "number": rule.number,
        "priority": priority,
        "category": category,
        "focus": focus,
        "industry": industry,
        "size": size,
        "from_on": from_on.isoformat(),
    }
    record("line_rule", rule.pk, by=by, at=at, after=after, reason=reason, within=subdistrict)
    return rule
