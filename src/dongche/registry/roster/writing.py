"""Turns decided rows of a roster into people, versions and notes of health."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from dongche.kit import clock
from dongche.kit.identifiers import new_code
from dongche.org.audit import Actor
from dongche.registry.imports.matching import Decision
from dongche.registry.imports.store import Folder
from dongche.registry.models import Entity, HealthNote, ImportBatch, Person, PersonRevision, Source
from dongche.registry.roster import values

BATCH: Final = 500
_COLUMNS: Final = (*values.FILLED, *values.HASHES)


def first_day(row: Mapping[str, Any], today: date) -> date:
    """Since when somebody is on a roster: the day at post, else the arrival, else today; never after the last day."""
    return min(row["at_post_on"] or row["arrived_on"] or today, today, row["until_on"] or today)


def version(
    person: Person,
    source: str,
    changes: list[str],
    batch: ImportBatch | None,
    *,
    by: Actor,
    at: datetime,
    former: str = "",
) -> PersonRevision:
    """The version of somebody as they are now."""
    facts = {name: getattr(person, name) for name in values.FACTS}
    return PersonRevision(
        person=person,
        known_at=at,
        source=source,
        batch=batch,
        by_id=by.officer_id,
        changes=changes,
        former=former,
        **facts,
    )


def note_of(
    person: Person,
    given: Mapping[str, Any],
    source: str,
    batch: ImportBatch | None,
    *,
    by: Actor,
    at: datetime,
) -> HealthNote | None:
    """What a row says of health, of the morning of the arrival, else of today; None when it says nothing."""
    temperature, symptoms = given.get("temperature", ""), given.get("symptoms", "")
    if not temperature and not symptoms:
        return None
    today = clock.day_of(at)
    return HealthNote(
        person=person,
        on=min(person.arrived_on or today, today),
        half=HealthNote.Half.MORNING,
        temperature=temperature,
        symptoms=symptoms,
        known_at=at,
        source=source,
        batch=batch,
        by_id=by.officer_id,
    )


class Writer:
    """Collects the decisions of one roster; used under the lock of the registry."""

    def __init__(self, batch: ImportBatch, folder: Folder, *, by: Actor, at: datetime) -> None:
        place = Entity.objects.filter(pk=batch.entity_id).first() if batch.entity_id else None
        if place is None:
            raise ValueError("a roster is that of a place")
        self.place = place
        self.batch, self.folder, self.by, self.at = batch, folder, by, at
        self.today = clock.day_of(at)
        self.waiting: list[Decision] = []
        self.written = 0

    def write(self, decision: Decision) -> None:
        if decision.kind in ("new", "changed"):
            self.waiting.append(decision)
        if len(self.waiting) >= BATCH:
            self._flush()

    def finish(self) -> None:
        self._flush()

    def _flush(self) -> None:
        wanted = [one.place for one in self.waiting if one.place is not None]
        known = Person.objects.in_bulk(wanted)
        new, changed, versions, notes = [], [], [], []
        for decision in self.waiting:
            given = decision.row.values
            if decision.place is None:
                person = self._new(given)
                new.append(person)
                versions.append(self._version(person, []))
            else:
                person = known[decision.place]
                changes = [name for name in decision.changes or () if name in values.FILLED]
                if changes:
                    former = values.former(person, changes)
                    self._change(person, given, changes)
                    changed.append(person)
                    versions.append(self._version(person, changes, former))
            note = note_of(person, given, Source.IMPORTED, self.batch, by=self.by, at=self.at)
            if note is not None and (
                decision.place is None or set(decision.changes or ()) & set(values.HEALTH)
            ):
                notes.append(note)
        self._save(new, changed, versions, notes)
        self.written += len(self.waiting)
        self.folder.show_progress(self.written)
        self.waiting = []

    def _save(
        self,
        new: list[Person],
        changed: list[Person],
        versions: list[PersonRevision],
        notes: list[HealthNote],
    ) -> None:
        Person.objects.bulk_create(new)
        Person.objects.bulk_update(
            changed, [*_COLUMNS, "from_on", "travel_erased", "updated_at"], batch_size=100
        )
        held = PersonRevision.objects.filter(person__in=changed, superseded_at__isnull=True)
        held.update(superseded_at=self.at)
        PersonRevision.objects.bulk_create(versions)
        of_day = {(note.person_id, note.on) for note in notes}
        standing = HealthNote.objects.filter(
            person__in=[person for person, _on in of_day],
            half=HealthNote.Half.MORNING,
            superseded_at__isnull=True,
        )
        replaced = [pk for pk, *key in standing.values_list("pk", "person_id", "on") if tuple(key) in of_day]
        HealthNote.objects.filter(pk__in=replaced).update(superseded_at=self.at)
        HealthNote.objects.bulk_create(notes)

    def _new(self, given: Mapping[str, Any]) -> Person:
        row = values.complete(given)
        return Person(
            entity=self.place,
            code=new_code(),
            from_on=first_day(row, self.today),
            created_at=self.at,
            updated_at=self.at,
            **row,
            **values.hashes(row),
        )

    def _change(self, person: Person, given: Mapping[str, Any], changes: list[str]) -> None:
        for name in changes:
            setattr(person, name, given[name])
        for name, value in values.hashes(values.of(person)).items():
            setattr(person, name, value)
        person.travel_erased = person.travel_erased and values.TRAVEL.isdisjoint(changes)
        person.from_on = min(person.from_on, person.until_on or person.from_on)
        person.updated_at = self.at

    def _version(self, person: Person, changes: list[str], former: str = "") -> PersonRevision:
        return version(person, Source.IMPORTED, changes, self.batch, by=self.by, at=self.at, former=former)
