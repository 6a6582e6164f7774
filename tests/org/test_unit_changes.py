"""Units change from a day on: what has passed needs a reason, what is to come is planned, takes effect and is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org import actions, lives, tasks
from dongche.org.models import AuditEntry, PlannedChange, Unit, UnitRevision, WorkItem
from dongche.org.queries import PlannedChanges, duties_on
from tests.factories.registry import place
from tests.town import BY, DAY, NOW, START, Town, square

SOON = DAY + timedelta(days=12)
LATER = DAY + timedelta(days=30)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def days(count: int) -> timedelta:
    return timedelta(days=count)


def renamed(unit: Unit, name: str, on: date | None, *, at: datetime = NOW, reason: str = "") -> Unit:
    return actions.rename_unit(
        unit=unit, name=name, party_organisation="", on=on, by=BY, at=at, reason=reason
    )


def spare(town: Town, code: str = "370203900001009") -> Unit:
    """A grid without anything."""
    return actions.create_unit(
        kind="grid", code=code, name="Spare", parent=town.north_community, from_on=START, by=BY, at=NOW, reason="x"
    )  # fmt: skip


def come(on: date) -> list[str]:
    """The daily task of a day; what became of each planned change."""
    found = []
    for change in PlannedChanges.unscoped(reason="test").due(on):
        at = NOW + (on - DAY)
        done = actions.take_effect(change=change, by=BY, at=at)
        found.append("done" if done.done_at else "withdrawn" if done.withdrawn_at else "open")
    return found


def test_a_planned_name_is_the_answer_for_its_day_at_once_and_the_units_own_on_it(town: Town) -> None:
    unit = renamed(town.north_community, "Northern", SOON)
    assert unit.name == "North"
    assert [duties_on(on).units[unit.pk].name for on in (DAY, SOON - days(1), SOON)] == [
        "North",
        "North",
        "Northern",
    ]
    before = NOW - days(1)
    assert duties_on(SOON, before).units[unit.pk].name == "North"
    assert come(SOON - days(1)) == []
    assert come(SOON) == ["done"]
    assert come(SOON) == []
    assert Unit.objects.get(pk=unit.pk).name == "Northern"
    assert PlannedChange.objects.get().done_at is not None


def test_the_daily_task_lets_changes_hold_whose_day_has_come(town: Town) -> None:
    today = clock.today()
    grid = spare(town)
    renamed(grid, "Soon", today + days(2), at=clock.now())
    tasks.change_units.func((today + days(2)).isoformat())
    assert PlannedChange.objects.get(unit=grid).done_at is not None
    assert AuditEntry.objects.latest("id").action == "org.take_effect"


def test_a_planned_change_is_taken_back_once_and_not_on_its_day(town: Town) -> None:
    unit = renamed(town.north_community, "Northern", SOON)
    change = PlannedChange.objects.get()
    with pytest.raises(actions.ChangeTakenBack):
        actions.withdraw_change(change=change, by=BY, at=NOW + (SOON - DAY))
    actions.withdraw_change(change=change, by=BY, at=NOW, reason="not yet")
    assert duties_on(SOON).units[unit.pk].name == "North"
    with pytest.raises(actions.ChangeTakenBack):
        actions.withdraw_change(change=change, by=BY, at=NOW)
    assert come(SOON) == []


def test_a_name_for_days_that_have_passed_needs_a_reason_and_holds_until_the_next(town: Town) -> None:
    unit = renamed(town.north_community, "Today", None)
    past = DAY - days(10)
    with pytest.raises(actions.ReasonNeeded):
        renamed(unit, "Before", past)
    renamed(unit, "Before", past, reason="decided then, told late", at=NOW + days(1))
    assert Unit.objects.get(pk=unit.pk).name == "Today"
    names = [duties_on(on).units[unit.pk].name for on in (past - days(1), past, DAY - days(1), DAY)]
    assert names == ["North", "Before", "Before", "Today"]
    assert duties_on(past, NOW).units[unit.pk].name == "North"


def test_a_change_before_the_first_day_or_after_the_last_is_refused(town: Town) -> None:
    grid = spare(town)
    with pytest.raises(actions.BeforeUnit):
        renamed(grid, "x", START - days(1), reason="x")
    actions.end_unit(unit=grid, until_on=SOON, by=BY, at=NOW)
    with pytest.raises(actions.AlreadyEnded):
        renamed(grid, "x", SOON)


def test_a_move_to_come_stores_nothing_until_its_day_and_answers_for_it(town: Town) -> None:
    grid = spare(town)
    moved = actions.move_unit(unit=grid, parent=town.south_community, on=SOON, by=BY, at=NOW)
    assert moved.community == town.north_community
    then = duties_on(SOON).units[grid.pk]
    assert (then.parent_id, then.community_id) == (town.south_community.pk, town.south_community.pk)
    with pytest.raises(actions.UnitHolds) as held:
        actions.end_unit(unit=town.south_community, until_on=SOON, by=BY, at=NOW)
    assert "units below: 3" in held.value.details["held"]
    assert come(SOON) == ["done"]
    assert Unit.objects.get(pk=grid.pk).community == town.south_community


def test_no_unit_is_planned_to_stand_under_what_is_gone_by_then(town: Town) -> None:
    other = actions.create_unit(
        kind="community", code="370203900009", name="East", parent=town.subdistrict, from_on=START, by=BY, at=NOW,
        reason="x",
    )  # fmt: skip
    actions.end_unit(unit=other, until_on=SOON, by=BY, at=NOW)
    grid = spare(town)
    for on in (DAY, SOON):
        with pytest.raises(actions.ParentNotThere):
            actions.move_unit(unit=grid, parent=other, on=on, by=BY, at=NOW)
    with pytest.raises(actions.ParentNotThere):
        actions.create_unit(
            kind="grid", code="370203900009001", name="x", parent=other, from_on=SOON, by=BY, at=NOW
        )


def test_what_has_become_impossible_is_taken_back_on_its_day_and_somebody_is_told(town: Town) -> None:
    grid = spare(town)
    actions.move_unit(unit=grid, parent=town.south_community, on=SOON, by=town.duty, at=NOW)
    place(grid)
    assert come(SOON) == ["withdrawn"]
    assert Unit.objects.get(pk=grid.pk).community == town.north_community
    assert duties_on(SOON).units[grid.pk].community_id == town.north_community.pk
    item = WorkItem.objects.get()
    assert (item.kind, item.officer, item.data["problem"]) == (
        "org.change_refused",
        town.duty,
        "org.unit_tied",
    )


def test_what_was_refused_is_told_until_it_is_decided_anew(town: Town) -> None:
    today = clock.today()
    grid = spare(town)
    actions.move_unit(
        unit=grid, parent=town.south_community, on=today + days(1), by=town.duty, at=clock.now()
    )
    place(grid)
    day = (today + days(1)).isoformat()
    tasks.change_units.func(day)
    tasks.change_units.func(day)
    assert WorkItem.objects.get().closed_at is None
    renamed(grid, "Anew", None, at=clock.now())
    tasks.change_units.func(day)
    assert WorkItem.objects.get().closed_at is not None


def test_an_end_to_come_voids_what_was_planned_after_it_and_is_taken_back(town: Town) -> None:
    grid = spare(town)
    renamed(grid, "Never", LATER)
    actions.end_unit(unit=grid, until_on=SOON, by=BY, at=NOW)
    kinds = PlannedChange.objects.filter(withdrawn_at=None).values_list("kind", flat=True)
    assert list(kinds) == ["end"]
    actions.withdraw_change(change=PlannedChange.objects.get(withdrawn_at=None), by=BY, at=NOW)
    assert Unit.objects.get(pk=grid.pk).until_on is None
    assert duties_on(LATER).units[grid.pk].name == "Spare"


def test_outlines_are_compared_as_they_will_be(town: Town) -> None:
    """North 2 gives ground up from a day on; North 1 may take it from that day on, and not a day sooner."""
    narrow = {"type": "Polygon", "coordinates": [[[120.015, 36], [120.02, 36], [120.02, 36.01], [120.015, 36.01], [120.015, 36]]]}  # fmt: skip
    wide = {
        "type": "Polygon",
        "coordinates": [[[120, 36], [120.015, 36], [120.015, 36.01], [120, 36.01], [120, 36]]],
    }
    actions.set_polygon(unit=town.grid_n2, polygon=narrow, on=SOON, by=BY, at=NOW)
    with pytest.raises(Problem) as refused:
        actions.set_polygon(unit=town.grid_n1, polygon=wide, on=SOON - days(1), by=BY, at=NOW)
    assert refused.value.code == "org.polygon_overlaps"
    actions.set_polygon(unit=town.grid_n1, polygon=wide, on=SOON, by=BY, at=NOW)
    gives, takes = PlannedChange.objects.order_by("id")
    with pytest.raises(Problem) as refused:
        actions.withdraw_change(change=gives, by=BY, at=NOW)
    assert refused.value.code == "org.polygon_overlaps"
    assert come(SOON) == ["done", "done"]
    assert Unit.objects.get(pk=town.grid_n1.pk).polygon == wide
    assert takes.unit == town.grid_n1


def test_two_stretches_of_one_unit_cannot_share_a_day(town: Town) -> None:
    held = UnitRevision.objects.get(unit=town.grid_n1, superseded_at=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        UnitRevision.objects.create(
            unit=town.grid_n1, name="x", parent=held.parent, from_on=SOON, known_at=NOW
        )


# --- Any order of changes equals a replay ------------------------------------------------------


@dataclass
class Replay:
    """What a unit is, as a list of what was said of each value and from which day: the slow and obvious way."""

    said: dict[str, dict[date, Any]]
    until_on: date | None = None
    planned: set[tuple[str, date]] = field(default_factory=set)

    def of(self, name: str, on: date) -> Any:
        before = [day for day in self.said[name] if day <= on]
        return self.said[name][max(before)]

    def say(self, name: str, on: date, value: Any) -> None:
        self.said[name][on] = value
        kept: dict[date, Any] = {}
        for day in sorted(self.said[name]):
            if not kept or kept[max(kept)] != self.said[name][day]:
                kept[day] = self.said[name][day]
        self.said[name] = kept

    def seen(self, on: date) -> tuple[Any, ...] | None:
        if on < START or (self.until_on is not None and on >= self.until_on):
            return None
        return tuple(self.of(name, on) for name in self.said)


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["rename", "rename", "move", "end", "withdraw", "come"]),
        st.integers(-6, 12),
        st.integers(0, 2),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS)
def test_answers_as_known_equal_a_replay_of_the_changes(
    town: Town, deeds: list[tuple[str, int, int]]
) -> None:
    with transaction.atomic():
        _replay(town, deeds)
        transaction.set_rollback(True)


def _replay(town: Town, deeds: list[tuple[str, int, int]]) -> None:
    grid = spare(town)
    homes = [town.north_community.pk, town.south_community.pk]
    replay = Replay({"name": {START: "Spare"}, "parent_id": {START: homes[0]}})
    asked = [DAY + days(n) for n in range(-7, 14)]
    known: list[tuple[datetime, list[Any]]] = []
    today = DAY
    for n, (verb, offset, pick) in enumerate(deeds):
        at = NOW + (today - DAY) + timedelta(seconds=n)
        on = today + days(offset)
        try:
            if verb == "rename":
                renamed(grid, f"Name {pick}", on, at=at, reason="x")
                name, value = "name", f"Name {pick}"
            elif verb == "move":
                parent = Unit.objects.get(pk=homes[pick % 2])
                actions.move_unit(unit=grid, parent=parent, on=on, by=BY, at=at, reason="x")
                name, value = "parent_id", homes[pick % 2]
            elif verb == "end":
                actions.end_unit(unit=grid, until_on=on, by=BY, at=at, reason="x")
                replay.until_on = on
                replay.planned = {(what, day) for what, day in replay.planned if day < on and what != "end"}
                for said in replay.said.values():
                    for day in [day for day in said if day >= on]:
                        del said[day]
                if on > today:
                    replay.planned.add(("end", on))
                name = ""
            elif verb == "withdraw":
                change = PlannedChange.objects.filter(unit=grid, done_at=None, withdrawn_at=None).first()
                if change is None:
                    continue
                actions.withdraw_change(change=change, by=BY, at=at)
                replay.planned.discard((change.kind, change.from_on))
                if change.kind == "end":
                    replay.until_on = None
                else:
                    what = {"rename": "name", "move": "parent_id"}[change.kind]
                    replay.say(what, change.from_on, replay.of(what, change.from_on - days(1)))
                name = ""
            else:
                today += days(pick)
                for change in PlannedChanges.unscoped(reason="test").due(today):
                    actions.take_effect(change=change, by=BY, at=NOW + (today - DAY) + timedelta(seconds=n))
                replay.planned = {(what, day) for what, day in replay.planned if day > today}
                name = ""
        except Problem:
            continue
        if name:
            replay.say(name, on, value)
            if on > today:
                replay.planned.add(({"name": "rename", "parent_id": "move"}[name], on))
        known.append((at, [replay.seen(day) for day in asked]))
        now = Unit.objects.get(pk=grid.pk)
        seen = replay.seen(today)
        assert seen is None or (now.name, now.parent_id) == seen
        open_now = PlannedChange.objects.filter(unit=grid, done_at=None, withdrawn_at=None)
        assert set(open_now.values_list("kind", "from_on")) == replay.planned
    for at, expected in known:
        life = lives.life_of(grid, at)
        found = [next((part.values for part in life if part.holds(day)), None) for day in asked]
        assert [part and (part["name"], part["parent_id"]) for part in found] == expected


def test_a_drawn_outline_is_known_for_each_day(town: Town) -> None:
    moved = square(120.0)
    moved["coordinates"][0] = [[x, y + 0.02] for x, y in moved["coordinates"][0]]
    actions.set_polygon(unit=town.grid_n1, polygon=moved, on=SOON, by=BY, at=NOW)
    life = lives.life_of(town.grid_n1)
    assert [part.values["polygon"] for part in life] == [square(120.0), moved]
    with suppress(actions.ChangeTakenBack):
        actions.withdraw_change(change=PlannedChange.objects.get(), by=BY, at=NOW)
    assert len(lives.life_of(town.grid_n1)) == 1
