"""Daily reports as a file: the kind of import that reads, compares, writes and takes them back.

The registry's import does the rest: container and limits, header, plan, refused rows, undo. A row may only be of a
place that whoever sent the file may see, and is judged by the rules of the web form.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Any, ClassVar, Final

from dongche.kit import clock
from dongche.kit.chinese import Unreadable, key, parse_count, parse_day, parse_wan, parse_yes_no
from dongche.kit.messages import N_
from dongche.org.audit import Actor
from dongche.registry.imports.kinds.base import Kind, Picked
from dongche.registry.imports.matching import AMBIGUOUS, CONTRADICTS, Decision, Row
from dongche.registry.imports.store import Folder
from dongche.registry.imports.values import Values
from dongche.registry.imports.verdicts import Undoing
from dongche.registry.models import PRESENT, Entity, ImportBatch
from dongche.registry.queries import Places
from dongche.registry.readers import Faults, RowFault, as_text, credit_code, present
from dongche.registry.sheets import Vocabulary
from dongche.reporting import appending, sheets, words
from dongche.reporting import values as rules
from dongche.reporting.appending import Entry
from dongche.reporting.filing_undo import ReportsUndoing
from dongche.reporting.forms import MONEY, new_key
from dongche.reporting.grid import FIELDS, texts, unknown_difficulties
from dongche.reporting.models import Channel, Report, State
from dongche.reporting.values import ReportValues, ValueRefused
from dongche.web.fields import keyed_digest

REPORTS: Final = Vocabulary(
    "reports.yaml",
    ("number", "name", "credit_code", "on", "same", *FIELDS),
    "state",
    needs=(("number", "credit_code", "name"), ("state",)),
)
CHUNK: Final = 500
BATCH: Final = 5000
COUNTS: Final = ("staff_at_post", "staff_due", "abnormal_temperature", "mask_days")

NO_PLACE = N_(
    "It is not said whose report this is. Write the number, the credit code or the name of the place."
)
NOT_YOURS = N_(
    "No place that you answer for is meant by “%(given)s”. Take the number from the template, or ask headquarters."
)
CODES_DIFFER = N_(
    "“%(given)s” is %(number)s, but the row is said to be of %(said)s. Correct the one or the other."
)
NO_STATE = N_(
    "Nothing is filled in: say whether the place is open, or that it is the same as yesterday. A place that is not "
    "open reports too."
)
NOT_A_STATE = N_("“%(given)s” does not say whether the place is open. Write one of: %(expected)s.")
NO_YESTERDAY = N_(
    "It is said to be the same as yesterday, but there is no report of %(day)s. Fill the row in."
)
NOT_THE_SAME = N_(
    "It is said to be the same as yesterday, but %(given)s is not what was reported for %(day)s: %(before)s. Take the "
    "one or the other out."
)
MEANWHILE = N_(
    "The place has reported meanwhile, at %(time)s: nothing was replaced. Send the row again if yours is to hold."
)
LOOK = N_(
    "%(given)s is more than %(factor)s times the %(before)s before. Look at it; it is stored as it stands."
)


@dataclass
class _Known:
    """The places that the sender may report for, by what a row may call them."""

    places: dict[int, Entity] = field(default_factory=dict)
    by_number: dict[str, int] = field(default_factory=dict)
    by_code: dict[str, int] = field(default_factory=dict)
    by_name: dict[str, list[int]] = field(default_factory=dict)


class ReportsKind(Kind):
    vocabulary = REPORTS
    personal = frozenset({"note", "abnormal_temperature"})
    columns: ClassVar[Mapping[str, Any]] = sheets.COLUMNS

    @cached_property
    def known(self) -> _Known:
        by = self.batch.by
        every = Places.unscoped(reason="sent by the system") if by is None else Places.visible_to(by)
        found = _Known()
        fields = ("pk", "number", "name", "credit_code", "from_on", "until_on", "subdistrict_id")
        for place in every.filter(PRESENT, subdistrict=self.batch.subdistrict_id).only(*fields).iterator():
            found.places[place.pk] = place
            found.by_number[key(place.number)] = place.pk
            found.by_name.setdefault(key(place.name), []).append(place.pk)
            if place.credit_code:
                found.by_code[place.credit_code] = place.pk
        return found

    @classmethod
    def shown(cls, field: str, value: Any) -> str:
        if field in MONEY:
            return rules.yuan(int(value))
        if field == "state":
            return str(dict(State.choices).get(value, value))
        return words.in_words(value) if field == "difficulties" else str(value)

    def read(self, rows: Picked, hints: Mapping[str, str]) -> Mapping[int, Values | list[RowFault]]:
        half: dict[int, tuple[Entity, date, dict[str, Any], bool]] = {}
        read: dict[int, Values | list[RowFault]] = {}
        for number, cells in rows:
            faults = Faults()
            place = self._place(cells, faults)
            on = self._day(cells.get("on"), faults)
            said = _answers(cells, hints, faults)
            is_same = _is_same(cells.get("same"), faults)
            if place is None or on is None or faults:
                read[number] = list(faults)
            else:
                half[number] = (place, on, said, is_same)
        asked = [(place.pk, on - timedelta(days=1)) for place, on, _said, _same in half.values()]
        before = _current(asked)
        for number, (place, on, said, is_same) in half.items():
            read[number] = self._values(
                place, on, said, is_same, before.get((place.pk, on - timedelta(days=1)))
            )
        return read

    def _values(
        self, place: Entity, on: date, said: dict[str, Any], is_same: bool, before: Report | None
    ) -> Values | list[RowFault]:
        faults = Faults()
        if is_same:
            said = _as_before(said, on, before, faults)
        elif not said.get("state"):
            faults.add("state", "reporting.nothing_filled_in", NO_STATE)
        if faults:
            return list(faults)
        values = _report_values(said)
        refused = [
            *rules.day_faults(place, on, Channel.IMPORT, self.on),
            *rules.missing(values),
            *rules.faults(values),
        ]
        if refused:
            return [_fault(problem) for problem in refused]
        doubts = rules.doubts(values, None if before is None else rules.of_report(before))
        found: dict[str, Any] = {"entity_id": place.pk, "on": on, "same": is_same, **said}
        looks = [[one.code, one.field, LOOK, _details(one)] for one in doubts]
        return found | ({"looks": looks} if looks else {})

    def _place(self, cells: Mapping[str, Any], faults: Faults) -> Entity | None:
        known = self.known
        number, name = _text("number", cells, faults), _text("name", cells, faults)
        code = credit_code(cells.get("credit_code"), faults) or ""
        if faults:
            return None
        found = known.by_number.get(key(number)) if number else None
        if number and found is None:
            faults.add("number", "reporting.not_yours", NOT_YOURS, given=number)
        elif found is None and code:
            found = known.by_code.get(code)
        if found is None and name and not faults:
            found = self._named(name, faults)
        if found is None and not faults:
            if name or code:
                faults.add(
                    "name" if name else "credit_code", "reporting.not_yours", NOT_YOURS, given=name or code
                )
            else:
                faults.add("number", "reporting.place_missing", NO_PLACE)
        if found is None:
            return None
        place = known.places[found]
        others = known.by_name.get(key(name), []) if name else []
        if others and found not in others:  # another place of hers: the number or the name is wrong
            said = known.places[others[0]].number
            faults.add(
                "name", "reporting.codes_differ", CODES_DIFFER, given=name, number=said, said=place.number
            )
        return place

    def _named(self, name: str, faults: Faults) -> int | None:
        found = self.known.by_name.get(key(name), [])
        if len(found) > 1:
            numbers = "、".join(sorted(self.known.places[pk].number for pk in found)[:5])
            faults.add("name", "registry.row_ambiguous", AMBIGUOUS, name=name, numbers=numbers)
        return found[0] if len(found) == 1 else None

    def _day(self, value: Any, faults: Faults) -> date | None:
        """The day of the row; without one it is the day on which the file was sent."""
        given = present("on", value, faults)
        if given is None:
            return clock.day_of(self.batch.created_at)
        try:
            return parse_day(given)
        except Unreadable as error:
            faults.take("on", error)
            return None

    def fingerprint(self, given: Values) -> str:
        return keyed_digest(json.dumps(given, default=str, sort_keys=True), "row")

    def decide(self, rows: Iterable[Row | Decision]) -> Iterator[Decision]:
        first: dict[tuple[int, date], Row] = {}
        remaining = iter(rows)
        while chunk := list(islice(remaining, CHUNK)):
            asked = [(row.values["entity_id"], row.values["on"]) for row in chunk if isinstance(row, Row)]
            known = _current(asked)
            for row in chunk:
                yield row if isinstance(row, Decision) else self._compare(row, first, known)

    def _compare(
        self, row: Row, first: dict[tuple[int, date], Row], known: Mapping[tuple[int, date], Report]
    ) -> Decision:
        given, same = row.values, (row.values["entity_id"], row.values["on"])
        place = self.known.places.get(given["entity_id"])
        number = place.number if place is not None else ""
        earlier = first.setdefault(same, row)
        if earlier is not row:
            if _report_values(earlier.values) == _report_values(given):
                return Decision("duplicate", row, number=number, first=earlier.row)
            fault = RowFault("registry.row_contradicts", "name", CONTRADICTS, {"first": str(earlier.row)})
            return Decision("refused", row, fault=fault, first=earlier.row)
        if place is None:  # no longer hers, or merged, since the file was read
            return Decision(
                "refused", row, fault=RowFault("reporting.not_yours", "name", NOT_YOURS, {"given": number})
            )
        current = known.get(same)
        if current is not None and rules.of_report(current) == _report_values(given):
            return Decision("unchanged", row, number=number)
        pk = current.pk if current is not None else 0
        if current is not None and given.get("seen", pk) != pk:
            time = f"{current.known_at.astimezone(clock.BEIJING):%H:%M}"
            fault = RowFault("reporting.reported_meanwhile", "name", MEANWHILE, {"time": time})
            return Decision("refused", row, number=number, fault=fault)
        row = replace(row, values={**given, "seen": pk})
        if current is None:
            return Decision("new", row, number=number)
        told = rules.of_report(current)
        changes = {
            name: [self._cell(name, getattr(told, name)), self._cell(name, given.get(name))]
            for name in FIELDS
            if name not in self.personal and getattr(told, name) != getattr(_report_values(given), name)
        }
        return Decision("changed", row, number=number, changes=changes)

    def _cell(self, name: str, value: Any) -> str:
        return "—" if value in (None, "", (), []) else self.shown(name, value)

    def entry(self, decision: Decision) -> dict[str, Any]:
        given = decision.row.values
        place = self.known.places.get(given["entity_id"])
        called = {"name": place.name if place is not None else ""}
        if decision.kind not in ("new", "changed"):
            return called
        more = {"changes": decision.changes} if decision.kind == "changed" else {}
        return called | more | {"values": dict(given)}

    def undoing(self) -> Undoing:
        return ReportsUndoing(self.batch)

    def writer(self, folder: Folder, *, by: Actor, at: datetime) -> Writer:
        return Writer(self.batch, folder, self.known.places, by=by, at=at)


class Writer:
    """Collects the reports of one import and adds them; used under the lock of the registry."""

    def __init__(
        self, batch: ImportBatch, folder: Folder, places: Mapping[int, Entity], *, by: Actor, at: datetime
    ) -> None:
        self.batch, self.folder, self.places, self.by, self.at = batch, folder, places, by, at
        self.entries: list[Entry] = []
        self.written = 0

    def write(self, decision: Decision) -> None:
        if decision.kind in ("new", "changed"):
            given = decision.row.values
            place = self.places[given["entity_id"]]
            values = _report_values(given)
            self.entries.append(Entry(place, given["on"], values, new_key(), bool(given.get("same"))))
        if len(self.entries) >= BATCH:
            self.finish()

    def finish(self) -> None:
        entries, self.entries = self.entries, []
        appending.append(entries, channel=Channel.IMPORT, by=self.by, at=self.at, batch_id=self.batch.pk)
        self.written += len(entries)
        self.folder.show_progress(self.written)


def _current(asked: Iterable[tuple[int, date]]) -> dict[tuple[int, date], Report]:
    """What holds for some days of some places: one query."""
    wanted = set(asked)
    found = Report.objects.filter(
        entity__in={pk for pk, _on in wanted}, on__in={on for _pk, on in wanted}, superseded_at__isnull=True
    )
    return {(report.entity_id, report.on): report for report in found}


def _report_values(said: Mapping[str, Any]) -> ReportValues:
    given = {name: said.get(name) for name in FIELDS}
    return ReportValues(
        **given | {"difficulties": tuple(given["difficulties"] or ()), "note": given["note"] or ""}
    )


def _text(name: str, cells: Mapping[str, Any], faults: Faults) -> str:
    given = present(name, cells.get(name), faults)
    return "" if given is None else as_text(given).strip()


def _is_same(value: Any, faults: Faults) -> bool:
    given = present("same", value, faults)
    if given is None:
        return False
    try:
        return not isinstance(given, date) and parse_yes_no(given)
    except Unreadable as error:
        faults.take("same", error)
        return False


def _answers(cells: Mapping[str, Any], hints: Mapping[str, str], faults: Faults) -> dict[str, Any]:
    """What a row answers; a cell that is empty answers nothing."""
    said: dict[str, Any] = {}
    for name in (*COUNTS, *MONEY):
        given = present(name, cells.get(name), faults)
        if given is None or isinstance(given, date):
            continue
        try:
            said[name] = parse_wan(given, hints.get(name) or "yuan") if name in MONEY else parse_count(given)
        except Unreadable as error:
            faults.take(name, error)
    state = _text("state", cells, faults)
    if state:
        said["state"] = words.state(state)
        if not said["state"]:
            expected = "、".join(str(label) for label in State.labels)
            faults.add("state", "reporting.not_a_state", NOT_A_STATE, given=state[:40], expected=expected)
    chosen, unknown = words.difficulties(_text("difficulties", cells, faults))
    if unknown:
        faults.append(_fault(unknown_difficulties(unknown)))
    note = _text("note", cells, faults)
    return said | ({"difficulties": list(chosen)} if chosen else {}) | ({"note": note} if note else {})


def _as_before(said: dict[str, Any], on: date, before: Report | None, faults: Faults) -> dict[str, Any]:
    """The answers of the day before, and a note of today; what else the row says must not be anything else."""
    day = str(on - timedelta(days=1))
    if before is None:
        faults.add("same", "reporting.no_yesterday", NO_YESTERDAY, day=day)
        return said
    told = {name: getattr(before, name) for name in FIELDS if name != "note"}
    shown = texts(before)
    for name, value in said.items():
        if name not in ("note", "staff_due", "output_normal_fen") and value != told[name]:
            given, was = ReportsKind.shown(name, value), ReportsKind.shown(name, shown[name]) or "—"
            if name in MONEY:
                was = shown[name] or "—"
            faults.add(name, "reporting.not_the_same", NOT_THE_SAME, given=given, day=day, before=was)
    return {name: value for name, value in told.items() if value is not None} | (
        {"note": said["note"]} if "note" in said else {}
    )


def _details(problem: ValueRefused) -> dict[str, str]:
    details = {name: str(value) for name, value in problem.details.items()}
    if "what" in details:
        details["what"] = str(sheets.COLUMNS.get(problem.field, problem.field))
    return details


def _fault(problem: ValueRefused) -> RowFault:
    return RowFault(problem.code, problem.field, problem.message, _details(problem))
