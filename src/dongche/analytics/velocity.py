"""How fast places come back: who resumed, stopped or fell silent on a day, against the day before (S15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from dongche.analytics import engine, questions
from dongche.analytics.facts import Facts
from dongche.analytics.questions import Scope
from dongche.kit.decimals import ratio
from dongche.kit.errors import Problem
from dongche.kit.messages import N_


class VelocityUnreadable(Problem):
    code = "analytics.velocity_unreadable"
    status = 500
    message = N_(
        "The file of the speed of resumption %(file)s cannot be used: at “%(key)s” stands %(given)s, expected is "
        "%(expected)s."
    )


@dataclass(frozen=True)
class Meaning:
    """What the counts mean in a period. Units: days of the mean"""

    from_on: date
    until_on: date | None
    mean_days: int
    formulas: Mapping[str, str]
    sources: Mapping[str, str]

    def covers(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day < self.until_on)


@dataclass(frozen=True)
class Moves:
    """What changed on a day against the day before. Units: places"""

    on: date
    newly: int = 0
    stopped: int = 0
    silent: int = 0
    resumed: int = 0

    @property
    def net(self) -> int:
        return self.newly - self.stopped - self.silent


def moves(
    facts: Facts, *, days: Sequence[date], as_known: datetime, scope: Scope | None = None
) -> list[Moves]:
    """This function will count who resumed, stopped or fell silent on each of some days.

    Shape:  in the order of `days`; whether a place was open the day before is asked of all places, so that one that
            came into the scope over night is not new. `facts` holds the reports of the day before each day too
    Raises: as `engine.places`
    """
    dimensions = [name for name in questions.DIMENSIONS if any(name in one for one in scope or ())]
    asked = sorted({one for day in days for one in (day - timedelta(days=1), day)})
    rows = engine.places(facts, days=asked, as_known=as_known, by=dimensions)
    return [_moves(rows, day, scope) for day in days]


def _moves(rows: pa.Table, day: date, scope: Scope | None) -> Moves:
    before = _of(rows, day - timedelta(days=1))
    was_open = before.filter(_is_open(before))["entity_id"].combine_chunks()
    here = _of(rows, day)
    here = here.filter(_within(here, scope)) if scope is not None else here
    came_open = pc.is_in(here["entity_id"], value_set=was_open)
    is_open, reported = _is_open(here), here["reported"]
    closed = pc.and_(reported, pc.invert(is_open))
    return Moves(
        day,
        newly=_count(pc.and_(is_open, pc.invert(came_open))),
        stopped=_count(pc.and_(closed, came_open)),
        silent=_count(pc.and_(pc.invert(reported), came_open)),
        resumed=_count(is_open),
    )


def _of(rows: pa.Table, day: date) -> pa.Table:
    return rows.filter(pc.equal(rows["on_day"], pa.scalar(day, rows["on_day"].type)))


def _is_open(rows: pa.Table) -> pa.ChunkedArray:
    return pc.fill_null(pc.is_in(rows["state"], value_set=pa.array(["open", "part"])), False)


def _within(rows: pa.Table, scope: Scope) -> Any:
    """Any of the filters; of each filter, all dimensions."""
    found = pa.chunked_array([pa.array([False] * rows.num_rows, pa.bool_())])
    for each in scope:
        every = pa.chunked_array([pa.array([True] * rows.num_rows, pa.bool_())])
        for dimension, codes in each.items():
            every = pc.and_(every, pc.is_in(rows[dimension], value_set=pa.array(list(codes), pa.string())))
        found = pc.or_(found, every)
    return found


def _count(mask: Any) -> int:
    return int(pc.sum(mask).as_py() or 0)


def means(found: Sequence[Moves], days: int) -> list[Decimal | None]:
    """This function will give the mean of the net over the last days, for each day; one place, halves up.

    Empty: None while fewer days are known
    """
    given: list[Decimal | None] = []
    for at in range(len(found)):
        window = [one.net for one in found[max(0, at + 1 - days) : at + 1]]
        given.append(ratio(sum(window), days, 1) if len(window) == days else None)
    return given


_FIELDS: Final = frozenset({"from_on", "until_on", "mean_days", "formulas", "source"})


def read(file: str, text: str) -> tuple[Meaning, ...]:
    """This function will read what the counts mean, and check it.

    Raises: VelocityUnreadable
    """

    def refuse(key: str, given: object, expected: str) -> VelocityUnreadable:
        return VelocityUnreadable(file=file, key=key, given=given, expected=expected)

    content = yaml.safe_load(text)
    if not isinstance(content, dict) or not isinstance(content.get("versions"), list):
        raise refuse("–", content, "versions")
    found: list[Meaning] = []
    for each in content["versions"]:
        if not isinstance(each, dict) or set(each) != _FIELDS or set(each["formulas"]) != {"en", "zh-Hans"}:
            raise refuse("versions", each, ", ".join(sorted(_FIELDS)))
        if not isinstance(each["source"], dict) or set(each["source"]) != {"en", "zh-Hans"}:
            raise refuse("source", each["source"], "a text each for en and zh-Hans")
        if type(each["mean_days"]) is not int or not 1 <= each["mean_days"] <= 31:
            raise refuse("mean_days", each["mean_days"], "a whole number from 1 to 31")
        if found and (found[-1].until_on is None or each["from_on"] < found[-1].until_on):
            raise refuse("from_on", each["from_on"], f"a day from {found[-1].until_on or '…'} on")
        held = dict(each)
        found.append(Meaning(sources=held.pop("source"), **held))
    return tuple(found)


def load(file: Path) -> tuple[Meaning, ...]:
    """This function will read the meanings from the pack, the periods in their order."""
    return read(file.name, file.read_text(encoding="utf-8"))
