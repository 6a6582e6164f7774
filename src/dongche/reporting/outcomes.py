"""Outcomes of calls and checks as a file: the kind of import that reads, compares, writes and takes them back.

The registry's import does the rest. Each row is put down by the action that a button calls; a row may only be of a
check that whoever sent the file may see. A row without an outcome says nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from itertools import islice
from typing import Any, ClassVar, Final

from django.utils.translation import override

from dongche.kit import clock
from dongche.kit.chinese import Unreadable, key, parse_count, parse_day
from dongche.kit.messages import N_
from dongche.org.audit import Actor
from dongche.org.queries import serving_in
from dongche.registry.imports.kinds.base import Kind, Picked
from dongche.registry.imports.matching import CONTRADICTS, Decision, Row
from dongche.registry.imports.store import Folder
from dongche.registry.imports.values import Values
from dongche.registry.imports.verdicts import Undoing
from dongche.registry.models import ImportBatch, Observation
from dongche.registry.readers import FUTURE, TOO_LONG, Faults, RowFault, as_text, present
from dongche.registry.sheets import Vocabulary
from dongche.reporting.models import Check
from dongche.reporting.outcome_sheets import COLUMNS, WAYS
from dongche.reporting.outcome_writing import OutcomesUndoing, Writer, held_of
from dongche.reporting.queries import Checks
from dongche.web.fields import keyed_digest

OUTCOMES: Final = Vocabulary("outcomes.yaml", tuple(COLUMNS), "call", needs=(("call",), ("finding",)))
CHUNK: Final = 500
NOTE_LENGTH: Final = 200
Finding, Way = Observation.Finding, Observation.Way

NO_CALL = N_(
    "It is not said which call this is. Keep the column with the call numbers of the sheet that was given out."
)
NOT_YOURS = N_(
    "No call or check that you may see has the number %(given)s. Take the sheet again from the page of the calls."
)
ROWS_MIXED = N_(
    "Call %(call)s is of %(number)s, but the row says %(given)s. Rows get mixed up when only some columns are sorted: "
    "take the sheet again and fill in this row."
)
NO_FINDING = N_(
    "Something is filled in, but no outcome. Choose one of: %(expected)s; or empty the row if nobody was asked."
)
NOT_A_FINDING = N_("“%(given)s” is no outcome. Write one of: %(expected)s.")
NOT_A_WAY = N_("“%(given)s” does not say how somebody asked. Write one of: %(expected)s.")
NOT_AN_OFFICER = N_(
    "“%(given)s” is no officer of this sub-district. Write the name or user name of whoever asked, or leave it empty."
)
WHICH_OFFICER = N_(
    "Several officers are called “%(given)s”. Write the user name instead, one of: %(expected)s."
)
NOT_A_MOMENT = N_("“%(given)s” is no time. Write day and time such as 2020-03-20 15:04, or the day alone.")
ASKED_BEFORE = N_(
    "Nobody can have asked on %(given)s about the report of %(on)s. Correct the time, or leave it empty."
)
ANSWERED = N_(
    "Since the sheet was given out, “%(held)s” was put down on %(when)s by %(who)s; the row says “%(given)s”. Nothing "
    "was replaced. If the row is right, take the sheet again and correct it there, or on the page."
)
_MOMENT: Final = re.compile(r"(.+?)[ T]*(\d{1,2})[:：点时](\d{1,2})(?:[:：分]\d{0,2}(?:\.\d+)?)?", re.ASCII)
_FINDINGS: Final = {
    Finding.OPERATING: "营业 在营业 正在营业 已营业 开门 已复工 核实营业 open operating yes 是",
    Finding.NOT_OPERATING: "未营业 没营业 关门 停业 未复工 未开门 closed not_operating no 否",
    Finding.NOT_REACHED: "未联系上 未接通 无人接听 无人接 没人接 未接 not_reached no_answer",
    Finding.WRONG_NUMBER: "号码错误 错号 空号 停机 号码有误 wrong_number",
    Finding.UNCLEAR: "说不清 不清楚 答复不明 未说清 unclear",
}
_WAYS: Final = {Way.CALL: "电话 打电话 电话核实 call phone", Way.VISIT: "上门 走访 现场 上门核实 visit"}


def _table(words: Mapping[Any, str], choices: Sequence[tuple[str, Any]]) -> dict[str, str]:
    """Word → value: ours of every language the pages have, and those that people use."""
    found: dict[str, str] = {}
    for language in ("zh-hans", "zh-hant", "en"):
        with override(language):
            found |= {key(str(label)): str(value) for value, label in choices}
    for value, said in words.items():
        found |= {key(word): str(value) for word in said.split()}
    return found | {key(str(value)): str(value) for value, _label in choices}


@cache
def _findings() -> dict[str, str]:
    return _table(_FINDINGS, Finding.choices)


@cache
def _ways() -> dict[str, str]:
    return _table(_WAYS, WAYS)


class OutcomesKind(Kind):
    vocabulary = OUTCOMES
    personal = frozenset({"note"})
    columns: ClassVar[Mapping[str, Any]] = COLUMNS

    @classmethod
    def shown(cls, field: str, value: Any) -> str:
        if field == "finding":
            return str(dict(Finding.choices).get(value, value))
        if field == "way":
            return str(dict(Way.choices).get(value, value))
        return _moment_text(datetime.fromisoformat(value)) if field == "asked_at" else str(value)

    def __init__(self, batch: ImportBatch, on: date) -> None:
        super().__init__(batch, on)
        self.names: dict[int, str] = {}  # of the places of the checks that were looked up

    @cached_property
    def officers(self) -> Mapping[str, list[tuple[int, str, str]]]:
        """Those who serve in the sub-district, by name and by user name: id, name, user name."""
        found: dict[str, list[tuple[int, str, str]]] = {}
        for one in serving_in([self.batch.subdistrict_id], self.on).only("pk", "name", "username"):
            for word in {key(one.name), key(one.username)}:
                found.setdefault(word, []).append((one.pk, one.name, one.username))
        return found

    def checks(self, ids: Iterable[int]) -> dict[int, Check]:
        by = self.batch.by
        every = Checks.unscoped(reason="sent by the system") if by is None else Checks.visible_to(by)
        mine = every.filter(entity__subdistrict=self.batch.subdistrict_id, pk__in=set(ids))
        found = {one.pk: one for one in mine.select_related("entity__subdistrict", "taken_by")}
        self.names |= {pk: one.entity.name for pk, one in found.items()}
        return found

    def read(self, rows: Picked, hints: Mapping[str, str]) -> Mapping[int, Values | list[RowFault]]:
        calls: dict[int, int | None] = {}
        faults = {number: Faults() for number, _cells in rows}
        for number, cells in rows:
            calls[number] = _call(cells.get("call"), faults[number])
        checks = self.checks(pk for pk in calls.values() if pk is not None)
        return {number: self._row(calls[number], cells, checks, faults[number]) for number, cells in rows}

    def _row(
        self, call: int | None, cells: Mapping[str, Any], checks: Mapping[int, Check], faults: Faults
    ) -> Values | list[RowFault]:
        check = checks.get(call or 0)
        if check is None:
            if call is not None:
                faults.add("call", "reporting.call_not_yours", NOT_YOURS, given=str(call))
            return list(faults)
        number = _text("number", cells, faults)
        if number and key(number) != key(check.entity.number):
            words = {"call": str(call), "number": check.entity.number, "given": number}
            faults.add("number", "reporting.rows_mixed", ROWS_MIXED, **words)
            return list(faults)
        given: dict[str, Any] = {"call": check.pk}
        finding, way = _text("finding", cells, faults), _text("way", cells, faults)
        note = _text("note", cells, faults)
        expected = "、".join(str(label) for label in Finding.labels)
        if finding:
            given["finding"] = _findings().get(key(finding), "")
            if not given["finding"]:
                words = {"given": finding[:40], "expected": expected}
                faults.add("finding", "reporting.not_a_finding", NOT_A_FINDING, **words)
        if way:
            given["way"] = _ways().get(key(way), "")
            if not given["way"]:
                ways = "、".join(str(label) for _way, label in WAYS)
                faults.add("way", "reporting.not_a_way", NOT_A_WAY, given=way[:40], expected=ways)
        if note:
            given["note"] = note
            if len(note) > NOTE_LENGTH:
                lengths = {"length": str(len(note)), "limit": str(NOTE_LENGTH)}
                faults.add("note", "registry.text_too_long", TOO_LONG, **lengths)
        self._asked(check, cells, given, faults)
        before = _text("before", cells, faults)
        given["before"] = _findings().get(key(before), "") if before else ""
        if not finding and given.keys() & {"note", "asked_by", "asked_at"}:
            faults.add("finding", "reporting.finding_missing", NO_FINDING, expected=expected)
        return list(faults) if faults else given

    def _asked(self, check: Check, cells: Mapping[str, Any], given: dict[str, Any], faults: Faults) -> None:
        name = _text("asked_by", cells, faults)
        if name:
            found = self.officers.get(key(name), [])
            if len(found) == 1:
                given["asked_by"], given["asker"] = found[0][1], found[0][0]
            elif found:
                names = "、".join(sorted(username for _pk, _name, username in found)[:5])
                words = {"given": name[:40], "expected": names}
                faults.add("asked_by", "reporting.which_officer", WHICH_OFFICER, **words)
            else:
                faults.add("asked_by", "reporting.not_an_officer", NOT_AN_OFFICER, given=name[:40])
        at = _moment(cells.get("asked_at"), faults)
        if at is None:
            return
        if at > self.sent_at:
            today = str(clock.day_of(self.sent_at))
            faults.add("asked_at", "reporting.asked_ahead", FUTURE, given=_moment_text(at), today=today)
        elif clock.day_of(at) < check.on:
            words = {"given": _moment_text(at), "on": str(check.on)}
            faults.add("asked_at", "reporting.asked_before", ASKED_BEFORE, **words)
        else:
            given["asked_at"] = at.isoformat()

    @property
    def sent_at(self) -> datetime:
        """Up to when somebody can have asked: a file that is read later is of the moment it was sent."""
        return self.batch.created_at + timedelta(minutes=10)  # the clock of a phone may be ahead

    def fingerprint(self, given: Values) -> str:
        return keyed_digest(json.dumps(given, default=str, sort_keys=True), "row")

    def decide(self, rows: Iterable[Row | Decision]) -> Iterator[Decision]:
        first: dict[int, Row] = {}
        remaining = iter(rows)
        while chunk := list(islice(remaining, CHUNK)):
            asked = [row.values["call"] for row in chunk if isinstance(row, Row)]
            checks, held = self.checks(asked), held_of(asked)
            for row in chunk:
                yield row if isinstance(row, Decision) else self._compare(row, first, checks, held)

    def _compare(
        self,
        row: Row,
        first: dict[int, Row],
        checks: Mapping[int, Check],
        held: Mapping[int, Observation],
    ) -> Decision:
        given = row.values
        check = checks.get(given["call"])
        if check is None:  # no longer theirs, or merged, since the file was read
            fault = RowFault("reporting.call_not_yours", "call", NOT_YOURS, {"given": str(given["call"])})
            return Decision("refused", row, fault=fault)
        number, current = check.entity.number, held.get(check.pk)
        if not given.get("finding"):
            return Decision("unchanged", row, number=number)
        earlier = first.setdefault(check.pk, row)
        if earlier is not row:
            if _told(earlier.values) == _told(given):
                return Decision("duplicate", row, number=number, first=earlier.row)
            fault = RowFault("registry.row_contradicts", "finding", CONTRADICTS, {"first": str(earlier.row)})
            return Decision("refused", row, number=number, fault=fault, first=earlier.row)
        if current is None:
            return Decision("new", replace(row, values={**given, "seen": 0}), number=number)
        changes = self._changes(current, given)
        if not changes:
            return Decision("unchanged", row, number=number)
        is_known = given["before"] == current.finding and given.get("seen", current.pk) == current.pk
        if not is_known:
            fault = RowFault(
                "reporting.answered_differently", "finding", ANSWERED, self._answer(current, given)
            )
            return Decision("refused", row, number=number, fault=fault)
        return Decision(
            "changed", replace(row, values={**given, "seen": current.pk}), number=number, changes=changes
        )

    def _changes(self, current: Observation, given: Values) -> dict[str, list[Any]]:
        """What a row says otherwise than what holds: an empty cell says nothing."""
        asker = current.asked_by.name if current.asked_by is not None else ""
        known = {
            "finding": current.finding,
            "way": current.way,
            "note": current.note,
            "asked_by": asker,
            "asked_at": current.asked_at.isoformat() if current.asked_at else "",
        }
        changes: dict[str, list[Any]] = {}
        for name, was in known.items():
            now = given.get(name)
            if name == "asked_at" and now and was:
                same = _minute(datetime.fromisoformat(now)) == _minute(datetime.fromisoformat(was))
            else:
                same = now == was
            if now and not same:
                hidden = name in self.personal
                changes[name] = (
                    ["…", "…"] if hidden else [self.shown(name, was) if was else "—", self.shown(name, now)]
                )
        return changes

    def _answer(self, current: Observation, given: Values) -> dict[str, str]:
        return {
            "held": self.shown("finding", current.finding),
            "given": self.shown("finding", given["finding"]),
            "when": _moment_text(current.known_at),
            "who": current.by.name if current.by is not None else "—",
        }

    def entry(self, decision: Decision) -> dict[str, Any]:
        given = decision.row.values
        called = {"name": self.names.get(given["call"], "")}
        if decision.kind not in ("new", "changed"):
            return called
        more = {"changes": decision.changes} if decision.kind == "changed" else {}
        return called | more | {"values": dict(given)}

    def undoing(self) -> Undoing:
        return OutcomesUndoing(self.batch)

    def writer(self, folder: Folder, *, by: Actor, at: datetime) -> Writer:
        return Writer(self.batch, self.checks, folder, by=by, at=at)


def _told(given: Values) -> dict[str, Any]:
    return {name: given.get(name) or "" for name in ("finding", "way", "note", "asked_by", "asked_at")}


def _call(value: Any, faults: Faults) -> int | None:
    given = present("call", value, faults)
    if given is None:
        faults.add("call", "reporting.call_missing", NO_CALL)
        return None
    try:
        found = 0 if isinstance(given, date) else parse_count(given)
    except Unreadable as error:
        faults.take("call", error)
        return None
    return min(found, 2**62)


def _text(name: str, cells: Mapping[str, Any], faults: Faults) -> str:
    given = present(name, cells.get(name), faults)
    return "" if given is None else as_text(given).strip()


def _moment(value: Any, faults: Faults) -> datetime | None:
    """An instant of Beijing time; of a day alone its first."""
    given = present("asked_at", value, faults)
    if given is None:
        return None
    if isinstance(given, datetime):
        return given.astimezone(clock.BEIJING) if given.tzinfo else given.replace(tzinfo=clock.BEIJING)
    timed = _MOMENT.fullmatch(given) if isinstance(given, str) else None
    try:
        day = parse_day(timed[1] if timed else given)
        hour, minute = (int(timed[2]), int(timed[3])) if timed else (0, 0)
        return datetime.combine(day, time(hour, minute), clock.BEIJING)
    except (Unreadable, ValueError):
        faults.add("asked_at", "reporting.not_a_moment", NOT_A_MOMENT, given=as_text(given)[:40])
        return None


def _minute(at: datetime) -> datetime:
    return at.astimezone(clock.BEIJING).replace(second=0, microsecond=0)


def _moment_text(at: datetime) -> str:
    local = at.astimezone(clock.BEIJING)
    return f"{local:%Y-%m-%d}" if local.time() == time() else f"{local:%Y-%m-%d %H:%M}"
