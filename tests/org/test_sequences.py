"""Whatever is decided in whatever order: nothing is held twice, what was known stays known, an undo restores exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from dongche.kit.errors import Problem
from dongche.org import actions
from dongche.org.actions import Terms
from dongche.org.handing import posts_of
from dongche.org.models import Leave, LineRule, Officer, Post, RuleChange, Sponsorship
from dongche.org.queries import Cell, Duties, duties_on, later_change, line_rules_on
from dongche.registry.actions import assign_places
from dongche.registry.models import Entity, PlaceDuty
from dongche.registry.queries import Places, resolved_then
from tests.factories.registry import place
from tests.town import BY, DAY, NOW, Town, build

DAYS = [DAY + timedelta(days=n) for n in range(-2, 4)]
CATEGORIES = ["", "street_shop", "supermarket", "enterprise"]
FOCUSES = ["", "key_enterprise"]


def rules_say(as_known: datetime | None = None) -> list[Any]:
    """What the line rules say of every kind of place on every day."""
    said = []
    for day in DAYS:
        duties = Duties(day, {}, {}, line_rules_on(day, as_known), {})
        for category in CATEGORIES:
            for focus in FOCUSES:
                cell = Cell(SUBDISTRICT[0], None, None, category, focus, "", "")
                said.append([(r.number, r.version, r.department_id) for r in duties.fitting_rules(cell)])
    return said


SUBDISTRICT: list[int] = []
TOWNS: list[Town] = []  # not an attribute of the test: Django would copy it


def held_once(rows: Iterable[Any], *key: str) -> None:
    """No two beliefs of one key that are held now share a day."""
    by_key: dict[Any, list[Any]] = {}
    for row in rows:
        by_key.setdefault(tuple(getattr(row, name) for name in key), []).append(row)
    for same in by_key.values():
        for one, other in combinations(same, 2):
            assert (one.until_on or DAYS[-1].max) <= other.from_on or (
                other.until_on or DAYS[-1].max
            ) <= one.from_on, (one, other)


class AnySequence(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        TOWNS[:] = [build()]
        SUBDISTRICT[:] = [TOWNS[0].subdistrict.pk]

    @property
    def town(self) -> Town:
        return TOWNS[0]

    def attempt(self, deed: Callable[[], Any], said: Callable[[], Any]) -> bool:
        """Whether it was done; a refused deed changes nothing."""
        before = said()
        try:
            deed()
        except Problem:
            assert said() == before
            return False
        return True

    @settings(max_examples=12)
    @given(data=st.data())
    def test_rules(self, data: st.DataObject) -> None:
        draw, known = data.draw, []
        for step in range(draw(st.integers(2, 7))):
            at = NOW + timedelta(minutes=step)
            known.append((at - timedelta(seconds=1), rules_say()))
            self.attempt(self.decision(draw, at), rules_say)
            held_once(LineRule.objects.filter(superseded_at=None), "number")
        for instant, said in known:
            assert rules_say(instant) == said
        for change in RuleChange.objects.filter(undone_by=None).order_by("-pk"):
            at = NOW + timedelta(hours=1)
            before = rules_say(), list(RuleChange.objects.values_list("pk", flat=True))
            undo = self.attempt(self.undo(change, at), rules_say)
            assert undo == (later_change(change) is None or RuleChange.objects.filter(undoes=change).exists())
            if undo:
                redo = RuleChange.objects.latest("pk")
                self.undo(redo, at + timedelta(minutes=1))()
                assert rules_say() == before[0]
                self.undo(RuleChange.objects.latest("pk"), at + timedelta(minutes=2))()

    def decision(self, draw: Any, at: datetime) -> Callable[[], Any]:
        """One decision of any kind, on any rule, for any day."""
        day = draw(st.sampled_from(DAYS))
        departments = list(self.town.departments.values())[:3]
        terms = Terms(
            draw(st.sampled_from(departments)),
            draw(st.integers(1, 3)) * 10,
            category=draw(st.sampled_from(CATEGORIES)),
            focus=draw(st.sampled_from(FOCUSES)),
        )
        rules = list(LineRule.objects.filter(superseded_at=None).order_by("pk"))
        rule = draw(st.sampled_from(rules)) if rules else None
        kind = draw(st.sampled_from(["add", "change", "end", "undo"]))
        common = {"by": BY, "at": at, "reason": "r"}
        if kind == "undo":
            return self.undo(draw(st.sampled_from(list(RuleChange.objects.order_by("pk")))), at)
        if kind == "add" or rule is None:
            return lambda: actions.set_line_rule(**terms.__dict__, from_on=day, **common)
        if kind == "change":
            return lambda: actions.change_line_rule(rule=rule, terms=terms, from_on=day, **common)
        return lambda: actions.end_line_rule(rule=rule, until_on=day, **common)

    def undo(self, change: RuleChange, at: datetime) -> Callable[[], Any]:
        return lambda: actions.undo_rule_change(change=change, by=BY, at=at, reason="r")

    @settings(max_examples=12)
    @given(data=st.data())
    def test_posts_absences_and_places(self, data: st.DataObject) -> None:
        draw, known = data.draw, []
        shops = [place(grid) for grid in (self.town.grid_n1, self.town.grid_s1)]
        for step in range(draw(st.integers(2, 6))):
            at = NOW + timedelta(minutes=step)
            known.append((at - timedelta(seconds=1), people_say()))
            self.attempt(self.deed(draw, at, shops), people_say)
            for model, key in (
                (Post, ("officer_id", "unit_id", "role")),
                (Sponsorship, ("community_id",)),
                (Leave, ("officer_id",)),
                (PlaceDuty, ("entity_id", "role")),
            ):
                held_once(model.objects.filter(superseded_at=None), *key)
        for instant, said in known:
            assert people_say(instant) == said

    def deed(self, draw: Any, at: datetime, shops: list[Entity]) -> Callable[[], Any]:
        """Somebody hands over, is away, is back, or is named for a place."""
        names = ("n1", "n2", "s1", "leader1", "leader2")
        one, other = (self.town.officers[name] for name in draw(st.permutations(names))[:2])
        day, common = draw(st.sampled_from(DAYS)), {"by": BY, "at": at, "reason": "r"}
        kind = draw(st.sampled_from(["hand over", "hand over", "leave", "back", "name"]))
        if kind == "hand over":
            successor: Officer | None = draw(st.sampled_from([other, other, None]))
            posts = posts_of(one, day)
            return lambda: actions.hand_over(
                officer=one, successor=successor, posts=posts, from_on=day, **common
            )
        leave = Leave.objects.filter(superseded_at=None, officer=one).first()
        if kind == "back" and leave is not None:
            return lambda: actions.end_leave(leave=leave, until_on=day, **common)
        if kind == "name":
            role = draw(st.sampled_from(["served_by", "contact"]))
            return lambda: assign_places(entities=shops, officer=one, role=role, from_on=day, **common)
        until = day + timedelta(days=draw(st.integers(1, 3)))
        return lambda: actions.take_leave(
            officer=one, substitute=other, from_on=day, until_on=until, **common
        )


def people_say(as_known: datetime | None = None) -> list[Any]:
    """Who answers for every place in every role on some days."""
    everything, said = Places.unscoped(reason="test"), []
    for day in DAYS[1:5:2]:
        listed = (
            everything.resolved(day, duties_on(day))
            if as_known is None
            else resolved_then(everything, day, as_known)
        )
        for pk, answers in listed:
            said.append([(pk, a.role, a.officer and a.officer.pk, a.cause) for a in answers])
    return said
