"""The line rules as a page shows them, and a decision on them from its form to its deed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.desk.links import list_url
from dongche.org.actions import Terms
from dongche.org.models import LineRule, RuleChange, Unit, UnitKind
from dongche.org.queries import LineRules, Units, last_standing, may_meet
from dongche.org.words import conditions_in_words, effect_in_words, source_in_words
from dongche.registry.effects import Effect, Move
from dongche.registry.labels import condition_words
from dongche.registry.models import Entity
from dongche.registry.proposals import Proposal
from dongche.registry.queries import Places

CONDITIONS = ("category", "focus", "industry", "size")


@dataclass(frozen=True)
class RuleLine:
    """A rule of the list. `places`: how many it takes on the day."""

    rule: LineRule
    conditions: str
    source: str
    places: int


@dataclass(frozen=True)
class Conflict:
    """Two rules of one rank that may fit the same place and name different departments."""

    one: LineRule
    other: LineRule


@dataclass(frozen=True)
class RuleList:
    lines: Sequence[RuleLine]
    conflicts: Sequence[Conflict]
    disputed: int
    disputed_url: str
    to_come: Sequence[RuleLine]


def rule_list(actor: Any, subdistrict: Unit, on: date) -> RuleList:
    """The rules in force on a day, what each takes of the places the actor sees, and those that begin later."""
    every = (
        LineRules.visible_to(actor).believed().filter(subdistrict=subdistrict).select_related("department")
    )
    ordered = every.order_by("priority", "number", "from_on")
    rules = [rule for rule in ordered if rule.from_on <= on and (rule.until_on is None or on < rule.until_on)]
    taken = Places.visible_to(actor).filter(subdistrict=subdistrict).taken_by_rules(on)
    names = condition_words()

    def line(rule: LineRule) -> RuleLine:
        return RuleLine(rule, conditions_in_words(rule, names), source_in_words(rule.source), taken[rule.pk])

    return RuleList(
        [line(rule) for rule in rules],
        [
            Conflict(one, other)
            for one, other in combinations(rules, 2)
            if one.priority == other.priority
            and one.department_id != other.department_id
            and may_meet(one, other)
        ],
        taken[0],
        list_url(gap="managed_by:equal_rank:"),
        [line(rule) for rule in ordered if rule.from_on > on],
    )


class RuleForm(forms.Form):
    """What a rule says, and from which day on."""

    department = forms.ChoiceField(label=_("Department"))
    priority = forms.IntegerField(
        label=_("Priority"),
        min_value=1,
        max_value=100_000,
        help_text=_("A number; of the rules that fit a place, the one with the smallest takes it."),
    )
    category = forms.ChoiceField(label=_("Category"), required=False)
    focus = forms.ChoiceField(label=_("Three focuses"), required=False)
    industry = forms.ChoiceField(label=_("Industry"), required=False)
    size = forms.ChoiceField(label=_("Size"), required=False)
    source = forms.CharField(
        label=_("Source"),
        required=False,
        max_length=80,
        help_text=_("The decision or document it comes from."),
    )
    from_on = forms.DateField(
        label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(
        self, data: Any, *, subdistrict: Unit, actor: Any, today: date, rule: LineRule | None
    ) -> None:
        self.subdistrict, self.rule = subdistrict, rule
        initial: dict[str, Any] = {"from_on": today}
        if rule is not None:
            initial |= {name: getattr(rule, name) for name in ("priority", "source", *CONDITIONS)}
            initial["department"] = rule.department.code
        super().__init__(data, initial=initial)
        departments = (
            Units.visible_to(actor).in_force(today).filter(subdistrict=subdistrict, kind=UnitKind.DEPARTMENT)
        )
        self.departments = {
            unit.code: unit for unit in departments.select_related("subdistrict").order_by("code")
        }
        self._choose("department", [(code, unit.name) for code, unit in self.departments.items()])
        for name, words in condition_words().items():
            self._choose(name, [("", gettext("All")), *words.items()])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    def proposal(self) -> Proposal:
        given = dict(self.cleaned_data)
        from_on = given.pop("from_on")
        given["department"] = self.departments[given["department"]]
        return Proposal(self.subdistrict, from_on, self.rule, Terms(**given))


class EndForm(forms.Form):
    """From which day on a rule takes no place any more."""

    from_on = forms.DateField(
        label=_("First day without it"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(
        self, data: Any, *, subdistrict: Unit, actor: Any, today: date, rule: LineRule | None
    ) -> None:
        self.subdistrict, self.rule = subdistrict, rule
        super().__init__(data, initial={"from_on": today})

    def proposal(self) -> Proposal:
        return Proposal(self.subdistrict, self.cleaned_data["from_on"], self.rule)


class ReasonForm(forms.Form):
    """Why; needed for days that have passed, and kept in the audit log."""

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept with the change. Needed where days that have passed are concerned."),
    )


@dataclass(frozen=True)
class MoveLine:
    """A move of a preview, with the address of its places."""

    move: Move
    url: str


def move_lines(effect: Effect, moved_url: str, query: Mapping[str, Any]) -> list[MoveLine]:
    return [MoveLine(move, f"{moved_url}?{urlencode({**query, 'move': move.key})}") for move in effect.moves]


@dataclass(frozen=True)
class ChangeLine:
    """A change of the history, with its effect in sentences."""

    change: RuleChange
    undone_at: datetime | None
    can_undo: bool
    sentences: Sequence[str]
    what: str


def change_lines(changes: Sequence[RuleChange], actor: Any) -> list[ChangeLine]:
    """The changes of one page: four queries more, however many."""
    codes = {
        code
        for change in changes
        for move in change.effect.get("moved", ())
        for code in (move["from"], move["to"])
    }
    units = dict(Units.visible_to(actor).filter(code__in=codes - {None}).values_list("code", "name"))
    names = condition_words()
    standing = last_standing(changes)
    made = LineRules.visible_to(actor).filter(made_by__in=[change.pk for change in changes])
    said: dict[int, LineRule] = {}
    for rule in made.select_related("department").order_by("version", "from_on"):
        said[rule.made_by_id or 0] = rule
    return [
        ChangeLine(
            change,
            undo.at if (undo := getattr(change, "undone_by", None)) else None,
            change.pk in standing,
            effect_in_words(change.effect, units),
            _what(said.get(change.pk), names),
        )
        for change in changes
    ]


def _what(rule: LineRule | None, names: Mapping[str, Mapping[str, Any]]) -> str:
    """What the rule says after the change."""
    if rule is None:
        return ""
    return gettext("%(conditions)s → %(department)s") % {
        "conditions": conditions_in_words(rule, names),
        "department": rule.department.name,
    }


@dataclass(frozen=True)
class PlaceLine:
    """A place of a list, with its department before and after, where the list is of a move."""

    place: Entity
    before: str
    after: str


def place_lines(places: Iterable[Entity], units: Mapping[int, str]) -> Iterator[PlaceLine]:
    """The places with the departments that `effects.moved_places` annotates; `units` are their names by id."""
    for place in places:
        yield PlaceLine(
            place,
            units.get(getattr(place, "line_before", None) or 0, ""),
            units.get(getattr(place, "line_after", None) or 0, ""),
        )
