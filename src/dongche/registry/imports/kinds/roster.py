"""The roster of one place (花名册). A person is found by the document and is once in a roster."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final

from django.db.models import Prefetch

from dongche.org.audit import Actor
from dongche.registry.imports.kinds.base import Kind, Picked
from dongche.registry.imports.matching import CONTRADICTS, Decision, Row
from dongche.registry.imports.store import Folder
from dongche.registry.imports.values import Values
from dongche.registry.imports.verdicts import Undoing
from dongche.registry.models import HealthNote, Person
from dongche.registry.readers import RowFault
from dongche.registry.roster import undoing, values, writing
from dongche.registry.roster.labels import PERSON_FIELDS
from dongche.registry.roster.rows import read_person
from dongche.registry.sheets import Vocabulary
from dongche.web.fields import keyed_digest, masked_name

ROSTER: Final = Vocabulary(
    "roster.yaml", tuple(PERSON_FIELDS), "name", needs=(("name",), ("document_number",))
)


class RosterKind(Kind):
    vocabulary = ROSTER
    # All of it: where somebody came from and how they are is nobody's business beside their names either.
    personal = frozenset(PERSON_FIELDS)
    columns = PERSON_FIELDS

    @cached_property
    def known(self) -> dict[str, Person]:
        """Who is on the roster, by the hash of the document, with the notes of health that hold."""
        notes = HealthNote.objects.filter(superseded_at__isnull=True, half="am")
        people = Person.objects.filter(entity=self.batch.entity_id).exclude(document_hash="")
        return {one.document_hash: one for one in people.prefetch_related(Prefetch("health", notes))}

    def read(self, rows: Picked, hints: Mapping[str, str]) -> Mapping[int, Values | list[RowFault]]:
        return {number: read_person(cells, on=self.on) for number, cells in rows}

    def fingerprint(self, given: Values) -> str:
        return keyed_digest(json.dumps(given, ensure_ascii=False, default=str, sort_keys=True), "row")

    def decide(self, rows: Iterable[Row | Decision]) -> Iterator[Decision]:
        seen: dict[str, Row] = {}
        for row in rows:
            if isinstance(row, Decision):
                yield row
                continue
            given = _with_days(row.values)
            document = values.document_hash(given["document_type"], given["document_number"])
            earlier = seen.setdefault(document, row)
            if earlier is row:
                yield self._compare(Row(row.row, given, row.fingerprint), self.known.get(document))
            elif earlier.fingerprint == row.fingerprint:
                yield Decision("duplicate", row, first=earlier.row)
            else:
                fault = RowFault(
                    "registry.row_contradicts", "document_number", CONTRADICTS, {"first": str(earlier.row)}
                )
                yield Decision("refused", row, fault=fault, first=earlier.row)

    def _compare(self, row: Row, person: Person | None) -> Decision:
        if person is None:
            return Decision("new", row)
        changes = values.differences(values.of(person), row.values)
        after = row.values.get("arrived_on", person.arrived_on)
        on = min(after or self.on, self.on)
        told = (row.values.get("temperature", ""), row.values.get("symptoms", ""))
        noted = any(
            note.on == on and (note.temperature, note.symptoms) == told for note in person.health.all()
        )
        changes |= (
            {} if noted else {name: ["", row.values[name]] for name in values.HEALTH if row.values.get(name)}
        )
        kind = "changed" if changes else "unchanged"
        return Decision(kind, row, person.pk, known=values.of(person), changes=changes or None)

    def entry(self, decision: Decision) -> dict[str, Any]:
        if decision.kind in ("new", "changed"):
            changes = {name: [None, None] for name in decision.changes or ()}
            return {"values": dict(decision.row.values)} | ({"changes": changes} if changes else {})
        return {"name": masked_name(decision.row.values["name"])}

    def undoing(self) -> Undoing:
        return undoing.RosterUndoing(self.batch)

    def writer(self, folder: Folder, *, by: Actor, at: datetime) -> writing.Writer:
        return writing.Writer(self.batch, folder, by=by, at=at)


def _with_days(given: Values) -> dict[str, Any]:
    """The values with days for the texts that a plan on disk keeps."""
    return {
        name: date.fromisoformat(value) if name in values.DAYS and isinstance(value, str) else value
        for name, value in given.items()
    }
