"""Line rules change with a new version, end, and are undone; nothing that was known is lost on the way."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from dongche.org import actions
from dongche.org.actions import Terms
from dongche.org.models import AuditEntry, LineRule, RuleChange
from dongche.org.queries import line_rules_on, with_rule
from dongche.registry import effects
from dongche.registry.queries import Places, responsible_for
from tests.factories.registry import exclude, place
from tests.town import BY, DAY, NOW, START, Town

TOMORROW, YESTERDAY = DAY + timedelta(days=1), DAY - timedelta(days=1)


def terms(rule: LineRule, **changes: Any) -> Terms:
    names = ("department", "priority", "category", "focus", "industry", "size", "source")
    return Terms(**{name: getattr(rule, name) for name in names} | changes)


def held(number: int) -> list[tuple[int, str, date, date | None]]:
    rows = LineRule.objects.filter(number=number, superseded_at=None).select_related("department")
    return [(row.version, row.department.name, row.from_on, row.until_on) for row in rows.order_by("from_on")]


def manager(entity: Any, on: date = DAY, **more: Any) -> tuple[str, int]:
    answer = responsible_for(entity, on, **more)[1]
    return (answer.officer.username if answer.officer else answer.cause), answer.version


def test_a_changed_rule_is_a_new_version_and_the_old_one_keeps_its_days(town: Town) -> None:
    market = place(town.grid_n1, "supermarket")
    rule = town.rules[3]
    new = actions.change_line_rule(
        rule=rule, terms=terms(rule, department=town.departments["economy"]), from_on=DAY, by=BY, at=NOW
    )
    assert held(4) == [(1, "Market", START, DAY), (2, "Economy", DAY, None)]
    assert manager(market) == ("economy", 2)
    assert manager(market, YESTERDAY) == ("market", 1)
    assert manager(market, as_known=NOW - timedelta(hours=1)) == ("market", 1)
    change = new.made_by
    assert (change.kind, change.number, change.effect) == ("changed", 4, {})
    entry = AuditEntry.objects.get(action="org.change_line_rule")
    assert (entry.before["department"], entry.after["department"]) == ("370203900000L03", "370203900000L01")


def test_a_rule_that_began_today_is_replaced_whole(town: Town) -> None:
    rule = town.rules[3]
    for name in ("economy", "affairs"):
        rule = actions.change_line_rule(
            rule=rule, terms=terms(rule, department=town.departments[name]), from_on=DAY, by=BY, at=NOW
        )
    assert held(4) == [(1, "Market", START, DAY), (3, "Affairs", DAY, None)]


def test_an_ended_rule_leaves_its_places_to_the_next_that_fits(town: Town) -> None:
    market = place(town.grid_n1, "supermarket")
    actions.end_line_rule(rule=town.rules[3], until_on=TOMORROW, by=BY, at=NOW)
    assert manager(market) == ("market", 1)
    assert manager(market, TOMORROW) == ("affairs", 1)
    assert RuleChange.objects.latest("pk").kind == "ended"


@pytest.mark.parametrize("kind", ["added", "changed", "ended"])
def test_an_undone_change_leaves_everything_as_it_was_and_is_kept(town: Town, kind: str) -> None:
    rule = town.rules[3]
    before = held(4)
    if kind == "added":
        before = []
        rule = actions.set_line_rule(
            department=town.departments["economy"], priority=1, from_on=DAY, by=BY, at=NOW
        )
    elif kind == "changed":
        actions.change_line_rule(rule=rule, terms=terms(rule, priority=5), from_on=TOMORROW, by=BY, at=NOW)
    else:
        actions.end_line_rule(rule=rule, until_on=DAY, by=BY, at=NOW)
    change = RuleChange.objects.latest("pk")
    assert change.kind == kind
    changed = held(rule.number)
    undo = actions.undo_rule_change(change=change, by=BY, at=NOW + timedelta(minutes=1), effect={"places": 3})
    assert held(rule.number) == before
    assert (undo.kind, undo.undoes, undo.effect) == ("undone", change, {"places": 3})
    with pytest.raises(actions.AlreadyUndone):
        actions.undo_rule_change(change=change, by=BY, at=NOW)
    actions.undo_rule_change(change=undo, by=BY, at=NOW + timedelta(minutes=2))
    assert held(rule.number) == changed


def test_only_the_last_standing_change_of_a_rule_is_undone(town: Town) -> None:
    rule = town.rules[3]
    second = actions.change_line_rule(rule=rule, terms=terms(rule, priority=5), from_on=DAY, by=BY, at=NOW)
    third = actions.change_line_rule(
        rule=second, terms=terms(second, priority=6), from_on=TOMORROW, by=BY, at=NOW
    )
    with pytest.raises(actions.ChangedSince) as refused:
        actions.undo_rule_change(change=second.made_by, by=BY, at=NOW)
    assert "2020-03-20" in str(refused.value)
    actions.undo_rule_change(change=third.made_by, by=BY, at=NOW)
    actions.undo_rule_change(change=second.made_by, by=BY, at=NOW)
    assert held(4) == [(1, "Market", START, None)]
    other = town.rules[2]
    actions.change_line_rule(rule=other, terms=terms(other, priority=7), from_on=DAY, by=BY, at=NOW)


def test_undoing_what_held_on_days_that_have_passed_needs_a_reason(town: Town) -> None:
    rule = town.rules[3]
    with pytest.raises(actions.ReasonNeeded):
        actions.change_line_rule(rule=rule, terms=terms(rule, priority=5), from_on=YESTERDAY, by=BY, at=NOW)
    new = actions.change_line_rule(
        rule=rule, terms=terms(rule, priority=5), from_on=YESTERDAY, by=BY, at=NOW, reason="decided then"
    )
    with pytest.raises(actions.ReasonNeeded):
        actions.undo_rule_change(change=new.made_by, by=BY, at=NOW)
    actions.undo_rule_change(change=new.made_by, by=BY, at=NOW, reason="it was not decided")
    assert held(4) == [(1, "Market", START, None)]


def test_what_cannot_be_changed_is_refused(town: Town) -> None:
    rule = town.rules[3]
    with pytest.raises(actions.NothingChanged):
        actions.change_line_rule(rule=rule, terms=terms(rule), from_on=DAY, by=BY, at=NOW)
    with pytest.raises(actions.WrongUnitForPost):
        actions.change_line_rule(
            rule=rule, terms=terms(rule, department=town.north_community), from_on=DAY, by=BY, at=NOW
        )
    with pytest.raises(actions.EndBeforeStart):
        actions.change_line_rule(
            rule=rule, terms=terms(rule, priority=1), from_on=START - timedelta(days=1), by=BY, at=NOW
        )
    actions.change_line_rule(rule=rule, terms=terms(rule, priority=5), from_on=TOMORROW, by=BY, at=NOW)
    with pytest.raises(actions.Superseded):
        actions.end_line_rule(rule=rule, until_on=TOMORROW, by=BY, at=NOW)
    old = LineRule.objects.get(number=4, version=1, superseded_at=None)
    with pytest.raises(actions.VersionLaidDown):
        actions.change_line_rule(rule=old, terms=terms(old, priority=6), from_on=DAY, by=BY, at=NOW)


def test_a_preview_counts_what_moves_and_what_is_lost_and_lists_exactly_those(
    town: Town, django_assert_num_queries: Any
) -> None:
    shops = [place(grid) for grid in (town.grid_n1, town.grid_n2, town.grid_s1)]
    markets = [place(town.grid_n1, "supermarket"), place(town.grid_s1, "supermarket")]
    exclude(place(town.grid_n1, "supermarket"))
    everything, subdistrict = Places.unscoped(reason="test"), town.subdistrict
    rules = line_rules_on(DAY)

    gone = effects.preview_rules(everything, subdistrict, DAY, with_rule(rules, 6, None))
    assert [(move.key, move.uncovered, move.count) for move in gone.moves] == [("370203900000L05:", True, 3)]
    assert (gone.places, gone.moved, gone.uncovered, gone.equal_rank) == (5, 3, 3, 0)
    listed = effects.moved_places(everything, subdistrict, DAY, with_rule(rules, 6, None), "370203900000L05:")
    assert set(listed) == set(shops)

    equal = LineRule(
        subdistrict=subdistrict,
        department=town.departments["economy"],
        number=9,
        priority=40,
        category="supermarket",
    )
    proposed = with_rule(rules, 9, equal)
    with django_assert_num_queries(6):
        found = effects.preview_rules(everything, subdistrict, DAY, proposed)
    assert [(move.key, move.equal_rank, move.count) for move in found.moves] == [
        ("370203900000L03:=", True, 2)
    ]
    assert (found.uncovered, found.equal_rank) == (2, 2)
    assert set(effects.moved_places(everything, subdistrict, DAY, proposed, "370203900000L03:=")) == set(
        markets
    )
    assert found.as_json()["moved"] == [{"from": "370203900000L03", "to": None, "count": 2}]
