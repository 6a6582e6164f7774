"""Line rules as they were before a change, as they would be after one, and when the two begin to differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Final

from django.db.models import Q

from dongche.org.models import LineRule, RuleChange
from dongche.web.periods import believed

# What a rule says, besides its days.
TERMS: Final = ("department_id", "version", "priority", "category", "focus", "industry", "size", "source")


def ranked(rules: Iterable[LineRule]) -> list[LineRule]:
    """The rules in the order in which they are asked: the first that applies first."""
    return sorted(rules, key=lambda rule: (rule.subdistrict_id, rule.priority, rule.number))


def with_rule(rules: Iterable[LineRule], number: int, instead: LineRule | None) -> list[LineRule]:
    """The rules of a day if the one of this number (of the same sub-district) said something else, or was gone."""
    kept = [rule for rule in rules if rule.number != number]
    return ranked(kept if instead is None else [*kept, instead])


def rules_of(change: RuleChange) -> list[LineRule]:
    """What is held now of the rule that a change was about, all versions of it."""
    held = LineRule.objects.filter(believed(), subdistrict=change.subdistrict_id, number=change.number)
    return list(held.order_by("from_on"))


def rules_before(change: RuleChange) -> list[LineRule]:
    """What was held of the rule just before the change, all versions of it; nothing before it was added."""
    made = Q(made_by__isnull=True) | Q(made_by__lt=change.pk)
    ended = Q(superseded_at__isnull=True) | Q(superseded_by__gte=change.pk)
    held = LineRule.objects.filter(made, ended, subdistrict=change.subdistrict_id, number=change.number)
    return list(held.select_related("department").order_by("from_on"))


def later_change(change: RuleChange) -> RuleChange | None:
    """The latest change of the same rule after this one that stands, an undone one and its undo not counting."""
    later = RuleChange.objects.filter(
        subdistrict=change.subdistrict_id, number=change.number, pk__gt=change.pk
    )
    return next(_standing(later.order_by("-pk")), None)


def last_standing(changes: Collection[RuleChange]) -> set[int]:
    """Those of the changes that can be undone, by id: an undo, or the last of its rule that stands. One query."""
    every = RuleChange.objects.filter(
        subdistrict__in={change.subdistrict_id for change in changes},
        number__in={change.number for change in changes},
    )
    histories: dict[tuple[int, int], list[RuleChange]] = defaultdict(list)
    for change in every.order_by("-pk"):
        histories[change.subdistrict_id, change.number].append(change)
    can: set[int] = set()
    for history in histories.values():
        can.add(history[0].pk)
        can.update(change.pk for change in islice(_standing(history), 1))
    return can & {change.pk for change in changes}


def _standing(latest_first: Iterable[RuleChange]) -> Iterator[RuleChange]:
    """The changes of one rule without undone ones and their undoes."""
    undone: set[int] = set()
    for change in latest_first:
        if change.pk in undone:
            continue
        if change.undoes_id is None:
            yield change
        else:
            undone.add(change.undoes_id)


def on_day(rules: Iterable[LineRule], on: date) -> LineRule | None:
    """The version of a rule that holds on a day."""
    return next(
        (rule for rule in rules if rule.from_on <= on and (rule.until_on is None or on < rule.until_on)),
        None,
    )


def said(rule: LineRule | None) -> tuple[object, ...]:
    """What a rule says, without its days; nothing where there is no rule."""
    return () if rule is None else tuple(getattr(rule, name) for name in TERMS)


def first_difference(one: Sequence[LineRule], other: Sequence[LineRule]) -> date | None:
    """The first day on which two histories of a rule say different things; None when they never do."""
    days = {day for rule in (*one, *other) for day in (rule.from_on, rule.until_on) if day is not None}
    return next((day for day in sorted(days) if said(on_day(one, day)) != said(on_day(other, day))), None)
