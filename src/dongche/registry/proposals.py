"""A change of line rules before it is decided: the rules as they would be, what they would move, and the deed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from dongche.org import actions
from dongche.org.actions import Terms
from dongche.org.audit import Actor
from dongche.org.models import LineRule, RuleChange, Unit
from dongche.org.queries import line_rules_on, on_day, rules_before, with_rule
from dongche.registry.effects import Effect, preview_rules
from dongche.registry.queries import Places


@dataclass(frozen=True)
class Proposal:
    """One decision on the rules of a sub-district: one added (no `rule`), changed (with `terms`) or ended (without)."""

    subdistrict: Unit
    from_on: date
    rule: LineRule | None = None
    terms: Terms | None = None

    def rules_on(self, day: date) -> list[LineRule]:
        """The rules of the sub-district as they would be on a day, in the order of rank."""
        rules = [rule for rule in line_rules_on(day) if rule.subdistrict_id == self.subdistrict.pk]
        numbers = [rule.number for rule in rules]
        number = self.rule.number if self.rule else max(numbers, default=0) + 1
        instead = None
        if self.terms is not None:
            instead = LineRule(
                subdistrict=self.subdistrict,
                number=number,
                version=self.rule.version + 1 if self.rule else 1,
                from_on=self.from_on,
                **self.terms.__dict__,
            )
        return with_rule(rules, number, instead)

    def effect(self, places: Places, today: date) -> Effect:
        """What it would move on the first day it holds; today, if that has passed."""
        day = max(self.from_on, today)
        return preview_rules(places, self.subdistrict, day, self.rules_on(day))

    def carry_out(self, *, effect: Effect, by: Actor, at: datetime, reason: str = "") -> LineRule:
        """Raises: what the three actions refuse"""
        kept = effect.as_json()
        if self.rule is None:
            if self.terms is None:
                raise ValueError("a rule is added, changed or ended")
            return actions.set_line_rule(
                **self.terms.__dict__, from_on=self.from_on, reason=reason, effect=kept, by=by, at=at
            )
        if self.terms is None:
            return actions.end_line_rule(
                rule=self.rule, until_on=self.from_on, reason=reason, effect=kept, by=by, at=at
            )
        return actions.change_line_rule(
            rule=self.rule, terms=self.terms, from_on=self.from_on, reason=reason, effect=kept, by=by, at=at
        )


def undone_rules_on(change: RuleChange, day: date) -> list[LineRule]:
    """The rules of the sub-district on a day if the change had not been made."""
    rules = [rule for rule in line_rules_on(day) if rule.subdistrict_id == change.subdistrict_id]
    return with_rule(rules, change.number, on_day(rules_before(change), day))


def undo_day(change: RuleChange, today: date) -> date:
    """The day on which undoing a change is looked at: today, or the first day the change would hold."""
    return max(today, date.fromisoformat(change.effect.get("on", today.isoformat())))


def undo_effect(change: RuleChange, places: Places, today: date) -> Effect:
    """What undoing a change would move."""
    day = undo_day(change, today)
    return preview_rules(places, change.subdistrict, day, undone_rules_on(change, day))
