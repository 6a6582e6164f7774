"""Electricity readings: which place used how much on which day (domain 2a). A place is found by meter, code or name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from itertools import islice
from typing import Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from dongche.kit.chinese import Unreadable, key, normalise, parse_day
from dongche.kit.messages import N_
from dongche.org.audit import Actor
from dongche.registry.imports import electricity
from dongche.registry.imports.kinds.base import Kind, Picked
from dongche.registry.imports.matching import AMBIGUOUS, CONTRADICTS, MOST_ASKED, Decision, Row
from dongche.registry.imports.store import Folder
from dongche.registry.imports.values import Values
from dongche.registry.imports.verdicts import Undoing
from dongche.registry.models import PRESENT, ElectricityReading, Entity, Meter
from dongche.registry.readers import FUTURE, Ask, Faults, RowFault, as_text, credit_code, present
from dongche.registry.sheets import Vocabulary
from dongche.web.fields import keyed_digest

ELECTRICITY: Final = Vocabulary(
    "electricity.yaml",
    ("meter", "credit_code", "name", "on", "kwh"),
    "kwh",
    needs=(("meter", "credit_code", "name"), ("on",), ("kwh",)),
)
CHUNK: Final = 500
MOST_KWH: Final = Decimal(10**8)
CENT: Final = Decimal("0.01")

NO_PLACE = N_(
    "It is not said whose reading this is. Write the household number, the credit code or the name."
)
UNKNOWN_PLACE = N_(
    "No place of the registry is meant by “%(given)s”. Correct it, or bring the place in first."
)
UNKNOWN_METER = N_(
    "The household number %(given)s is not known yet. Add the credit code or the name once; from then on the number "
    "is enough."
)
METER_ELSEWHERE = N_(
    "The household number %(given)s is that of %(number)s, but the row says %(said)s. Correct the one or the other."
)
NOT_A_METER = N_("“%(given)s” is no household number. Write its digits as on the bill.")
NO_DAY = N_("The day is missing. Write one such as 2020-03-20.")
NO_KWH = N_("The reading is missing. Write the kilowatt hours of the day.")
NOT_KWH = N_(
    "“%(given)s” is no reading. Write the kilowatt hours of the day as a number from 0 to 100,000,000."
)
_METER: Final = re.compile(r"[0-9A-Za-z-]{4,24}")
_KWH: Final = re.compile(r"(\d+(?:\.\d+)?)(万)?(?:kwh|度|千瓦时)?", re.I)


@dataclass
class _Known:
    """The places of a sub-district, by what a row may call them: id and number each."""

    numbers: dict[int, str] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    by_code: dict[str, int] = field(default_factory=dict)
    by_name: dict[str, list[int]] = field(default_factory=dict)
    meters: dict[str, int] = field(default_factory=dict)


class ElectricityKind(Kind):
    vocabulary = ELECTRICITY
    columns: ClassVar[Mapping[str, Any]] = {
        "meter": _("Household number"),
        "credit_code": _("Unified social credit code"),
        "name": _("Name"),
        "on": _("Day"),
        "kwh": _("Electricity of the day (kWh)"),
    }

    @cached_property
    def known(self) -> _Known:
        found = _Known()
        places = Entity.objects.filter(PRESENT, subdistrict=self.batch.subdistrict_id)
        for pk, number, name, code in places.values_list("pk", "number", "name", "credit_code"):
            found.numbers[pk], found.names[pk] = number, name
            found.by_name.setdefault(key(name), []).append(pk)
            if code:
                found.by_code[code] = pk
        meters = Meter.objects.filter(subdistrict=self.batch.subdistrict_id)
        found.meters = {
            number: pk for number, pk in meters.values_list("number", "entity") if pk in found.numbers
        }
        return found

    @cached_property
    def answers(self) -> Mapping[str, str]:
        said: Mapping[str, str] = self.batch.mapping.get("answers", {}).get("name", {})
        return said

    def read(self, rows: Picked, hints: Mapping[str, str]) -> Mapping[int, Values | list[RowFault]]:
        return {number: self._row(cells, hints.get("kwh") == "wan") for number, cells in rows}

    def _row(self, cells: Mapping[str, Any], wan: bool) -> Values | list[RowFault]:
        faults = Faults()
        meter = _meter(cells.get("meter"), faults)
        code = credit_code(cells.get("credit_code"), faults) or ""
        said = present("name", cells.get("name"), faults)
        name = "" if said is None else as_text(said)
        on = self._day(cells.get("on"), faults)
        kwh = _kwh(cells.get("kwh"), wan, faults)
        pk = None if faults else self._place(meter, code, name, faults)
        if faults or pk is None or on is None or kwh is None:
            return list(faults)
        return {"entity_id": pk, "meter": meter, "on": on, "kwh": str(kwh), "name": self.known.names[pk]}

    def _day(self, value: Any, faults: Faults) -> date | None:
        given = present("on", value, faults)
        if given is None:
            faults.add("on", "registry.day_missing", NO_DAY)
            return None
        try:
            day = parse_day(given)
        except Unreadable as error:
            faults.take("on", error)
            return None
        if day > self.on:
            faults.add("on", "registry.day_in_the_future", FUTURE, given=str(day), today=str(self.on))
        return day

    def _place(self, meter: str, code: str, name: str, faults: Faults) -> int | None:
        """Whose reading it is; a fault when that is unknown, may be several, or contradicts itself."""
        known = self.known
        named = known.by_code.get(code) if code else None
        if named is None and name:
            named = self._named(name, faults)
            if faults:
                return None
        held = known.meters.get(meter) if meter else None
        if held is not None and (code or name) and named != held:
            words = {"given": meter, "number": known.numbers[held], "said": name or code}
            faults.add("meter", "registry.meter_elsewhere", METER_ELSEWHERE, **words)
        elif held is None and named is None:
            if code or name:
                where = "name" if name else "credit_code"
                faults.add(where, "registry.place_unknown", UNKNOWN_PLACE, given=name or code)
            elif meter:
                faults.add("meter", "registry.meter_unknown", UNKNOWN_METER, given=meter)
            else:
                faults.add("name", "registry.place_missing", NO_PLACE)
        return named if held is None else held

    def _named(self, name: str, faults: Faults) -> int | None:
        found = self.known.by_name.get(key(name), [])
        if len(found) < 2:
            return found[0] if found else None
        numbers = sorted((self.known.numbers[pk], pk) for pk in found)
        about = f"{key(name)}|{','.join(number for number, _pk in numbers)}"
        chosen = dict(numbers).get(self.answers.get(about, ""))
        if chosen is None:
            words = tuple((number, f"{number} {self.known.names[pk]}") for number, pk in numbers)
            details = {"name": name, "numbers": "、".join(number for number, _pk in numbers[:5])}
            ask = Ask(about, name, words) if len(words) <= MOST_ASKED else None
            faults.append(RowFault("registry.row_ambiguous", "name", AMBIGUOUS, details, ask))
        return chosen

    def fingerprint(self, given: Values) -> str:
        return keyed_digest(json.dumps(given, default=str, sort_keys=True), "row")

    def decide(self, rows: Iterable[Row | Decision]) -> Iterator[Decision]:
        seen: dict[tuple[int, str, date], Row] = {}
        remaining = iter(rows)
        while chunk := list(islice(remaining, CHUNK)):
            known = _readings([row for row in chunk if isinstance(row, Row)])
            for row in chunk:
                yield row if isinstance(row, Decision) else self._compare(row, seen, known)

    def _compare(
        self, row: Row, seen: dict[tuple[int, str, date], Row], known: Mapping[Any, Decimal]
    ) -> Decision:
        given = row.values
        number = self.known.numbers.get(given["entity_id"], "")
        same = (given["entity_id"], given["meter"], given["on"])
        earlier = seen.setdefault(same, row)
        if earlier is not row:
            if earlier.values["kwh"] == given["kwh"]:
                return Decision("duplicate", row, number=number, first=earlier.row)
            fault = RowFault("registry.row_contradicts", "kwh", CONTRADICTS, {"first": str(earlier.row)})
            return Decision("refused", row, fault=fault, first=earlier.row)
        if not number:  # taken back since the file was read
            fault = RowFault("registry.place_unknown", "name", UNKNOWN_PLACE, {"given": given["name"]})
            return Decision("refused", row, fault=fault)
        before = known.get(same)
        if before is None:
            return Decision("new", row, number=number)
        if before == Decimal(given["kwh"]):
            return Decision("unchanged", row, number=number)
        return Decision("changed", row, number=number, changes={"kwh": [str(before), given["kwh"]]})

    def entry(self, decision: Decision) -> dict[str, Any]:
        if decision.kind in ("new", "changed"):
            return {"values": dict(decision.row.values)} | (
                {"changes": decision.changes} if decision.changes else {}
            )
        return {"name": decision.row.values["name"]}

    def undoing(self) -> Undoing:
        return electricity.ElectricityUndoing(self.batch)

    def writer(self, folder: Folder, *, by: Actor, at: datetime) -> electricity.Writer:
        return electricity.Writer(self.batch, folder, known=set(self.known.meters), by=by, at=at)


def _readings(rows: Iterable[Row]) -> dict[tuple[int, str, date], Decimal]:
    """What is known of the days of some rows."""
    asked = {(row.values["entity_id"], row.values["on"]) for row in rows}
    found = ElectricityReading.objects.filter(
        entity__in={pk for pk, _on in asked}, on__in={on for _pk, on in asked}, superseded_at__isnull=True
    )
    return {(pk, meter, on): kwh for pk, meter, on, kwh in found.values_list("entity", "meter", "on", "kwh")}


def _meter(value: Any, faults: Faults) -> str:
    given = present("meter", value, faults)
    if given is None:
        return ""
    text = as_text(given).replace(" ", "")
    if not _METER.fullmatch(text):
        faults.add("meter", "registry.not_a_meter", NOT_A_METER, given=text[:40])
    return text


def _kwh(value: Any, wan: bool, faults: Faults) -> Decimal | None:
    given = present("kwh", value, faults)
    if given is None:
        if not any(fault.field == "kwh" for fault in faults):
            faults.add("kwh", "registry.kwh_missing", NO_KWH)
        return None
    text = normalise(str(given)).replace(",", "").replace(" ", "")
    found = _KWH.fullmatch(text)
    amount = Decimal(found[1]) * (10_000 if wan or found[2] else 1) if found else Decimal(-1)
    if not 0 <= amount <= MOST_KWH:
        faults.add("kwh", "registry.not_kwh", NOT_KWH, given=text[:40])
        return None
    return amount.quantize(CENT)
