"""What other line rules would do to the places: how many move from which department to which, and which are lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from dongche.org.models import LineRule, Unit, UnitKind
from dongche.org.queries import (
    Answer,
    Duties,
    duties_on,
    equal_rank_expression,
    line_expression,
    rule_expression,
)
from dongche.registry.queries import Places


@dataclass(frozen=True)
class Move:
    """Places that go from one department to another; None is no department at all.

    `equal_rank`: afterwards two rules of one rank disagree about them. `uncovered`: they had somebody who manages them
    and would have nobody; `covered`: the other way round.
    """

    before: Unit | None
    after: Unit | None
    equal_rank: bool
    uncovered: bool
    covered: bool
    count: int

    @property
    def key(self) -> str:
        """What names the move in an address: "L02:L05", "L02:", "L02:=" (of equal rank)."""
        before = self.before.code if self.before else ""
        after = self.after.code if self.after else "=" if self.equal_rank else ""
        return f"{before}:{after}"


@dataclass(frozen=True)
class Effect:
    """What other rules would change on a day, the largest move first; `places` are all that were looked at."""

    on: date
    places: int
    moves: tuple[Move, ...]

    @property
    def moved(self) -> int:
        return sum(move.count for move in self.moves)

    @property
    def uncovered(self) -> int:
        return sum(move.count for move in self.moves if move.uncovered)

    @property
    def covered(self) -> int:
        return sum(move.count for move in self.moves if move.covered)

    @property
    def equal_rank(self) -> int:
        return sum(move.count for move in self.moves if move.equal_rank)

    def as_json(self) -> dict[str, Any]:
        """What is kept with the change: units by code, counts of places."""
        return {
            "on": self.on.isoformat(),
            "places": self.places,
            "moved": [
                {
                    "from": move.before.code if move.before else None,
                    "to": move.after.code if move.after else None,
                    "count": move.count,
                }
                for move in self.moves
            ],
            "uncovered": self.uncovered,
            "covered": self.covered,
            "equal_rank": self.equal_rank,
        }


def preview_rules(places: Places, subdistrict: Unit, on: date, rules: Sequence[LineRule]) -> Effect:
    """What it would change on a day if these rules held in the sub-district instead of those that do.

    Shape: one query for the places, whatever their number, and those of `duties_on`; only active places count
    Empty: no moves where every place keeps its department
    """
    before = duties_on(on)
    other = [rule for rule in before.rules if rule.subdistrict_id != subdistrict.pk]
    after = replace(before, rules=[*other, *rules], _answers={})
    units = {**before.units}
    for unit in Unit.objects.filter(
        pk__in={rule.department_id for rule in (*before.rules, *rules)} - set(units)
    ):
        units[unit.pk] = unit  # a department that has ended
    total = 0
    counts: Counter[tuple[int | None, int | None, bool, bool, bool]] = Counter()
    for cell, count in places.filter(subdistrict=subdistrict).active(on).cells(on):
        total += count
        was, now = before.line_rule(cell), after.line_rule(cell)
        old = was.department_id if was else None
        new = now.department_id if now else None
        equal = now is None and bool(after.fitting_rules(cell))
        if old == new and not (equal and not before.fitting_rules(cell)):
            continue
        had, has = _manager(before, cell).officer, _manager(after, cell).officer
        counts[old, new, equal, bool(had and not has), bool(has and not had)] += count
    moves = [
        Move(units.get(old or 0), units.get(new or 0), equal, uncovered, covered, count)
        for (old, new, equal, uncovered, covered), count in counts.most_common()
    ]
    return Effect(on, total, tuple(moves))


def _manager(duties: Duties, cell: Any) -> Answer:
    return next(answer for answer in duties.resolve(cell) if answer.role == "managed_by")


def moved_places(
    places: Places, subdistrict: Unit, on: date, rules: Sequence[LineRule], move: str = ""
) -> Places:
    """The places of one move, named by its key, as rows; of all moves without one."""
    active = places.filter(subdistrict=subdistrict).active(on)
    found = active.annotate(
        line_before=line_expression(on),
        line_after=line_expression(on, rules=rules),
        equal_after=equal_rank_expression(on, rules=rules),
    )
    if not move:
        return found
    lines = Unit.objects.filter(subdistrict=subdistrict, kind=UnitKind.DEPARTMENT)
    units = dict(lines.values_list("code", "pk"))
    before, _colon, after = move.partition(":")
    wanted: Mapping[str, Any] = {
        "line_before": units.get(before),
        "line_before__isnull": not before,
        "line_after": units.get(after),
        "line_after__isnull": after in ("", "="),
        "equal_after__isnull": after != "=",
    }
    wanted = {name: value for name, value in wanted.items() if value is not None}
    return found.filter(**wanted)


def taken_places(
    places: Places, subdistrict: Unit, on: date, rules: Sequence[LineRule], number: int
) -> Places:
    """The places that one of the rules takes on a day, as rows."""
    active = places.filter(subdistrict=subdistrict).active(on)
    return active.annotate(rule_number=rule_expression(rules)).filter(rule_number=number)


def departments(subdistrict: Unit) -> dict[int, str]:
    """The names of the departments of a sub-district by id, past ones too."""
    found = Unit.objects.filter(subdistrict=subdistrict, kind=UnitKind.DEPARTMENT)
    return dict(found.values_list("pk", "name"))
