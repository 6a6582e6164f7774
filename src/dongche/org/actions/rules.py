"""Line rules: which places go to which department, from which day on; every decision can be read later and undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Max

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.actions.posts import WrongUnitForPost
from dongche.org.audit import Actor, action, record
from dongche.org.dated import AlreadyEnded, EndBeforeStart, Superseded, no_overlap, refuse_past
from dongche.org.models import LineRule, RuleChange, Unit, UnitKind
from dongche.org.queries.rules import first_difference, later_change, rules_before, rules_of, said


class NothingChanged(Problem):
    code = "org.rule_unchanged"
    message = N_("Rule %(number)s says exactly this already; nothing was changed. Change a condition first.")


class DepartmentElsewhere(Problem):
    code = "org.department_elsewhere"
    message = N_(
        "%(department)s does not belong to %(subdistrict)s. Choose a department of that sub-district."
    )


class AlreadyUndone(Problem):
    code = "org.rule_change_undone"
    status = 409
    message = N_("This change was undone on %(at)s already; nothing was changed.")


class ChangedSince(Problem):
    code = "org.rule_changed_since"
    status = 409
    message = N_(
        "Rule %(number)s was changed again on %(at)s, after this change. Undo the later change first, or change the "
        "rule anew."
    )


class VersionLaidDown(Problem):
    code = "org.rule_version_laid_down"
    status = 409
    message = N_(
        "A version of rule %(number)s that begins on %(begins_on)s is laid down already. Undo that change first, or "
        "choose that version."
    )


@dataclass(frozen=True)
class Terms:
    """What a rule says: a department, a rank, and conditions of which empty ones hold for every place."""

    department: Unit
    priority: int
    category: str = ""
    focus: str = ""
    industry: str = ""
    size: str = ""
    source: str = ""


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
    effect: Mapping[str, Any] | None = None,
) -> LineRule:
    """Make a department answer for the places that meet the conditions; none at all is the default line.

    Shape: `effect` is what it moves, counted beforehand by whoever asks; it is kept with the change
    Raises: WrongUnitForPost, ReasonNeeded
    """
    subdistrict = _subdistrict_of(department)
    refuse_past(from_on, at, reason)
    _lock(subdistrict)
    last = LineRule.objects.filter(subdistrict=subdistrict).aggregate(last=Max("number"))["last"] or 0
    change = _change(RuleChange.Kind.ADDED, subdistrict, last + 1, reason, effect, by, at)
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
    record("line_rule", rule.pk, by=by, at=at, after=_told(rule), reason=reason, within=subdistrict)
    return rule


@action("org.change_line_rule")
def change_line_rule(
    *,
    rule: LineRule,
    terms: Terms,
    from_on: date,
    by: Actor,
    at: datetime,
    reason: str = "",
    effect: Mapping[str, Any] | None = None,
) -> LineRule:
    """Make a rule say something else from a day on: a new version of it, while the one before keeps its days.

    Raises: Superseded, NothingChanged, EndBeforeStart, AlreadyEnded, WrongUnitForPost, DepartmentElsewhere,
    VersionLaidDown, ReasonNeeded
    """
    if _subdistrict_of(terms.department) != rule.subdistrict:
        raise DepartmentElsewhere(department=terms.department.name, subdistrict=rule.subdistrict.name)
    rule = _held(rule)
    _refuse_outside(rule, from_on)
    wanted = {**terms.__dict__}
    if all(getattr(rule, name) == value for name, value in wanted.items()):
        raise NothingChanged(number=rule.number)
    refuse_past(from_on, at, reason)
    change = _change(RuleChange.Kind.CHANGED, rule.subdistrict, rule.number, reason, effect, by, at)
    same = LineRule.objects.filter(subdistrict=rule.subdistrict, number=rule.number)
    version = (same.aggregate(last=Max("version"))["last"] or 0) + 1
    _supersede([rule], change)
    if rule.from_on < from_on:
        _copy(rule, change, until_on=from_on)
    new = _copy(rule, change, version=version, from_on=from_on, **wanted)
    record(
        "line_rule",
        new.pk,
        by=by,
        at=at,
        before=_told(rule),
        after=_told(new),
        reason=reason,
        within=rule.subdistrict,
    )
    return new


@action("org.end_line_rule")
def end_line_rule(
    *,
    rule: LineRule,
    until_on: date,
    by: Actor,
    at: datetime,
    reason: str = "",
    effect: Mapping[str, Any] | None = None,
) -> LineRule:
    """End a rule: `until_on` is the first day without it.

    Raises: Superseded, AlreadyEnded, EndBeforeStart, ReasonNeeded
    """
    rule = _held(rule)
    _refuse_outside(rule, until_on)
    if until_on == rule.from_on:
        raise EndBeforeStart(from_on=rule.from_on, given=until_on)
    refuse_past(until_on, at, reason)
    change = _change(RuleChange.Kind.ENDED, rule.subdistrict, rule.number, reason, effect, by, at)
    _supersede([rule], change)
    new = _copy(rule, change, until_on=until_on)
    record(
        "line_rule",
        new.pk,
        by=by,
        at=at,
        before=_told(rule),
        after=_told(new),
        reason=reason,
        within=rule.subdistrict,
    )
    return new


@action("org.undo_rule_change")
def undo_rule_change(
    *,
    change: RuleChange,
    by: Actor,
    at: datetime,
    reason: str = "",
    effect: Mapping[str, Any] | None = None,
) -> RuleChange:
    """Hold of a rule again exactly what was held before a change. An undo is a change itself and can be undone, too.

    Raises: AlreadyUndone, ChangedSince, ReasonNeeded – it alters answers for days that have passed
    """
    _lock(change.subdistrict)
    _refuse_undo(change)
    held, wanted = rules_of(change), rules_before(change)
    differs_from = first_difference(held, wanted)
    if differs_from is not None:
        refuse_past(differs_from, at, reason)
    undo = _change(RuleChange.Kind.UNDONE, change.subdistrict, change.number, reason, effect, by, at, change)
    kept = {_whole(rule) for rule in held} & {_whole(rule) for rule in wanted}
    _supersede([rule for rule in held if _whole(rule) not in kept], undo)
    for rule in wanted:
        if _whole(rule) not in kept:
            _copy(rule, undo)
    before, after = [_told(rule) for rule in held], [_told(rule) for rule in wanted]
    record(
        "rule_change",
        undo.pk,
        by=by,
        at=at,
        before={"rules": before},
        after={"rules": after},
        reason=reason,
        within=change.subdistrict,
    )
    return undo


def _subdistrict_of(department: Unit) -> Unit:
    """Raises: WrongUnitForPost – only departments have lines"""
    if department.kind != UnitKind.DEPARTMENT or department.subdistrict is None:
        raise WrongUnitForPost(
            role="line",
            expected=UnitKind.DEPARTMENT.label,
            unit=department.name,
            given=UnitKind(department.kind).label,
        )
    return department.subdistrict


def _lock(subdistrict: Unit) -> None:
    """One change of the rules of a sub-district at a time: numbers, versions and undoing depend on the one before."""
    Unit.objects.select_for_update().get(pk=subdistrict.pk)


def _held(rule: LineRule) -> LineRule:
    """Raises: Superseded – the rule was changed since the page was opened"""
    _lock(rule.subdistrict)
    rule = LineRule.objects.select_related("subdistrict", "department").get(pk=rule.pk)
    if rule.superseded_at is not None:
        raise Superseded
    return rule


def _refuse_outside(rule: LineRule, on: date) -> None:
    """Raises: EndBeforeStart, AlreadyEnded, VersionLaidDown – the day is not one of this version"""
    if on < rule.from_on:
        raise EndBeforeStart(from_on=rule.from_on, given=on)
    if rule.until_on is not None:
        later = LineRule.objects.filter(
            superseded_at__isnull=True,
            subdistrict=rule.subdistrict,
            number=rule.number,
            from_on__gt=rule.from_on,
        ).first()
        if later is not None:
            raise VersionLaidDown(number=rule.number, begins_on=later.from_on)
        if rule.until_on <= on:
            raise AlreadyEnded(until_on=rule.until_on)


def _refuse_undo(change: RuleChange) -> None:
    """Raises: AlreadyUndone, ChangedSince"""
    undo = RuleChange.objects.filter(undoes=change).first()
    if undo is not None:
        raise AlreadyUndone(at=clock.day_of(undo.at))
    later = later_change(change)
    if later is not None:
        raise ChangedSince(number=change.number, at=clock.day_of(later.at))


def _change(
    kind: str,
    subdistrict: Unit,
    number: int,
    reason: str,
    effect: Mapping[str, Any] | None,
    by: Actor,
    at: datetime,
    undoes: RuleChange | None = None,
) -> RuleChange:
    return RuleChange.objects.create(
        subdistrict=subdistrict,
        kind=kind,
        number=number,
        reason=reason,
        effect=dict(effect or {}),
        undoes=undoes,
        by_id=by.officer_id,
        at=at,
    )


def _supersede(rules: Iterable[LineRule], change: RuleChange) -> None:
    pks = [rule.pk for rule in rules]
    LineRule.objects.filter(pk__in=pks).update(superseded_at=change.at, superseded_by=change)


def _copy(rule: LineRule, change: RuleChange, **values: Any) -> LineRule:
    """A belief that says what this one says, but for the values given, held because of the change."""
    new = LineRule(
        **{field.attname: getattr(rule, field.attname) for field in LineRule._meta.concrete_fields}
    )
    new.pk, new.known_at, new.superseded_at = None, change.at, None
    new.made_by, new.superseded_by = change, None
    for name, value in values.items():
        setattr(new, name, value)
    new.save(force_insert=True)
    return new


def _whole(rule: LineRule) -> tuple[object, ...]:
    return (rule.from_on, rule.until_on, *said(rule))


def _told(rule: LineRule) -> dict[str, object]:
    """What the audit log keeps of a rule."""
    return {
        "department": rule.department.code,
        **{
            name: getattr(rule, name)
            for name in ("number", "version", "priority", "category", "focus", "industry", "size", "source")
        },
        "from_on": rule.from_on.isoformat(),
        "until_on": rule.until_on and rule.until_on.isoformat(),
    }
