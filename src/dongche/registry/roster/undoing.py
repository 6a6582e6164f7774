"""What taking back a whole roster would do, and doing it: nobody's later change is lost.

Somebody whom the file brought is deleted with all that it said of them: what nobody should have sent is not kept. A
value goes back to what it was, a note of health to the note before it, unless somebody changed them since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from django.db.models import Q

from dongche.kit.messages import N_
from dongche.org.audit import Actor
from dongche.registry.imports.store import Folder
from dongche.registry.imports.undoing import CHANGED_SINCE, ERASED
from dongche.registry.imports.verdicts import Left, Verdict
from dongche.registry.models import HealthNote, ImportBatch, Person, PersonRevision, Source
from dongche.registry.roster import values, writing
from dongche.web.fields import masked_name

CHUNK: Final = 500
HEALTH: Final = "temperature"  # as which a note of health is told and put back

PERSON_CHANGED: Final = N_("The person was changed since, so the entry stays.")
NOTED_SINCE: Final = N_("Health was noted since, so the person stays.")
PERSON_GONE: Final = N_("The data of the person were deleted in time; nothing is left to take back.")
MOVED: Final = N_("The place was merged since, so the person stays as it is. Undo the merge first.")
# Values that only go back together.
_TOGETHER: Final = (("document_type", "document_number"), ("observed_from", "observed_until"))
_UNKNOWN: Final = object()  # what somebody else has written: equal to nothing


class RosterUndoing:
    """How an import of a roster is taken back."""

    def __init__(self, batch: ImportBatch) -> None:
        self.batch = batch

    def survey(self) -> Iterator[Verdict]:
        """Say of everybody whom the file brought or changed what would become of them; queries per 500 people."""
        versions = PersonRevision.objects.filter(batch=self.batch, source=Source.IMPORTED)
        notes = HealthNote.objects.filter(batch=self.batch, source=Source.IMPORTED)
        touched = Q(pk__in=versions.values("person")) | Q(pk__in=notes.values("person"))
        people = Person.objects.filter(touched).select_related("entity").order_by("pk")
        after = 0
        while part := list(people.filter(pk__gt=after)[:CHUNK]):
            after = part[-1].pk
            yield from self._look(part)

    def _look(self, people: Sequence[Person]) -> Iterator[Verdict]:
        versions = PersonRevision.objects.filter(person__in=people).order_by("person", "-pk")
        notes = HealthNote.objects.filter(person__in=people).order_by("person", "-pk")
        versions_of = {pk: list(rows) for pk, rows in groupby(versions, key=lambda row: row.person_id)}
        notes_of = {pk: list(rows) for pk, rows in groupby(notes, key=lambda row: row.person_id)}
        for person in people:
            yield self._verdict(person, versions_of[person.pk], notes_of.get(person.pk, []))

    def _verdict(
        self, person: Person, versions: Sequence[PersonRevision], notes: Sequence[HealthNote]
    ) -> Verdict:
        about: dict[str, Any] = {"pk": person.pk, "number": "", "name": masked_name(person.name) or "—"}
        if person.erased_at is not None:
            return Verdict(**about, left=[Left("", PERSON_GONE)])
        if person.entity_id != self.batch.entity_id or person.entity.merged_into_id is not None:
            return Verdict(**about, left=[Left("", MOVED)])
        at = next((n for n, version in enumerate(versions) if self._is_mine(version)), None)
        if at is not None and at == len(versions) - 1:
            left = self._kept_by(person, versions, notes)
            return Verdict(**about, goes=not left, left=left)
        back: dict[str, list[Any]] = {}
        left = [] if at is None else _back(person, versions[at], versions[:at], back)
        left += self._notes_back(notes, back)
        known = {"person": person, "before": None if at is None else versions[at + 1]}
        return Verdict(**about, changes=back, left=left, known=known)

    def _is_mine(self, row: PersonRevision | HealthNote) -> bool:
        return row.batch_id == self.batch.pk and row.source == Source.IMPORTED

    def _kept_by(
        self, person: Person, versions: Sequence[PersonRevision], notes: Sequence[HealthNote]
    ) -> list[Left]:
        """Why somebody whom the file brought stays."""
        then = _as_left_by(person, versions[:-1])
        left = [Left("", PERSON_CHANGED)] if any(_differs(person, name, then) for name in then) else []
        mine = {_said(note) for note in notes if self._is_mine(note)}
        if any(note.superseded_at is None and _said(note) not in mine for note in notes):
            left.append(Left("", NOTED_SINCE))
        return left

    def _notes_back(self, notes: Sequence[HealthNote], back: dict[str, list[Any]]) -> list[Left]:
        """Put a note before the one of this file into `back`, or say why it does not come back."""
        for note in notes:
            if not self._is_mine(note):
                continue
            holds = next(
                (one for one in notes if one.superseded_at is None and _half(one) == _half(note)), None
            )
            if note.erased_at is not None:
                return [Left(HEALTH, ERASED)]
            if holds is None or _said(holds) != _said(note):
                return [Left(HEALTH, CHANGED_SINCE)]
            before = next((one for one in notes if one.pk < note.pk and _half(one) == _half(note)), None)
            if before is not None and before.superseded_at != note.known_at:
                before = None  # it was taken back before this one came
            if before is not None and before.erased_at is not None:
                return [Left(HEALTH, ERASED)]
            back[HEALTH] = [holds, before]
        return []

    def undoer(self, *, by: Actor, at: datetime) -> RosterUndoer:
        return RosterUndoer(self.batch, by=by, at=at)


def _as_left_by(person: Person, later: Sequence[PersonRevision]) -> dict[str, Any]:
    """What a version left of the values that later ones changed: the first of these says what it replaced, if it was
    an import."""
    then: dict[str, Any] = {}
    for version in later:
        former = values.replaced(version.former)
        then |= {name: former.get(name, _UNKNOWN) for name in version.changes}
    return then


def _differs(person: Person, name: str, then: Mapping[str, Any]) -> bool:
    return name in then and then[name] != getattr(person, name)


def _back(
    person: Person,
    version: PersonRevision,
    later: Sequence[PersonRevision],
    back: dict[str, list[Any]],
) -> list[Left]:
    """Put what goes back into `back`, and say what does not."""
    former, then = values.replaced(version.former), _as_left_by(person, later)
    left: dict[str, Left] = {}
    for name in version.changes:
        now = getattr(person, name)
        if _differs(person, name, then):
            left[name] = Left(name, CHANGED_SINCE)
        elif name not in former or (person.travel_erased and name in values.TRAVEL):
            left[name] = Left(name, ERASED)
        elif now != former[name]:
            back[name] = [now, former[name]]
    for group in _TOGETHER:
        reason = next((left[name] for name in group if name in left), None)
        for name in group:
            if reason is not None and back.pop(name, None) is not None:
                left[name] = Left(name, reason.message)
    return list(left.values())


def _half(note: HealthNote) -> tuple[Any, str]:
    return note.on, note.half


def _said(note: HealthNote) -> tuple[Any, ...]:
    return note.on, note.half, note.temperature, note.symptoms


class RosterUndoer:
    """Writes what a survey said, some hundreds at a time; used under the lock of the registry."""

    def __init__(self, batch: ImportBatch, *, by: Actor, at: datetime) -> None:
        self.batch, self.by, self.at = batch, by, at
        self.folder = Folder.of(batch.file_path)
        self.done = 0
        self.going: list[int] = []
        self.changing: list[Verdict] = []

    def write(self, verdict: Verdict) -> None:
        if verdict.goes:
            self.going.append(verdict.pk)
        elif verdict.changes:
            self.changing.append(verdict)
        self.done += 1
        if len(self.going) + len(self.changing) >= CHUNK:
            self.finish()

    def finish(self) -> None:
        going, changing, self.going, self.changing = self.going, self.changing, [], []
        Person.objects.filter(pk__in=going).delete()
        self._restore(changing)
        self.folder.show_progress(self.done)

    def _restore(self, verdicts: Sequence[Verdict]) -> None:
        people, versions, over, notes = [], [], [], []
        for verdict in verdicts:
            changes = dict(verdict.changes)
            health = changes.pop(HEALTH, None)
            if health is not None:
                over.append(health[0].pk)
                notes += [self._note(health[1])] if health[1] is not None else []
            if changes:
                person = self._person(verdict.known["person"], changes, verdict.known["before"])
                people.append(person)
                versions.append(self._version(person, list(changes)))
        columns = (*values.FILLED, *values.HASHES, "from_on", "travel_erased", "updated_at")
        Person.objects.bulk_update(people, columns, batch_size=100)
        held = PersonRevision.objects.filter(person__in=people, superseded_at__isnull=True)
        held.update(superseded_at=self.at)
        PersonRevision.objects.bulk_create(versions)
        HealthNote.objects.filter(pk__in=over).update(superseded_at=self.at)
        HealthNote.objects.bulk_create(notes)

    def _person(self, person: Person, changes: Mapping[str, list[Any]], before: PersonRevision) -> Person:
        for name, (_now, was) in changes.items():
            setattr(person, name, was)
        for name, value in values.hashes(values.of(person)).items():
            setattr(person, name, value)
        if "until_on" in changes:
            person.from_on = before.from_on
        person.from_on = min(person.from_on, person.until_on or person.from_on)
        nothing = values.emptied(values.TRAVEL)
        is_told = any(getattr(person, name) != empty for name, empty in nothing.items())
        person.travel_erased = person.travel_erased or (before.travel_erased and not is_told)
        person.updated_at = self.at
        return person

    def _version(self, person: Person, changes: list[str]) -> PersonRevision:
        return writing.version(person, Source.RESTORED, changes, self.batch, by=self.by, at=self.at)

    def _note(self, before: HealthNote) -> HealthNote:
        return HealthNote(
            person_id=before.person_id,
            on=before.on,
            half=before.half,
            temperature=before.temperature,
            symptoms=before.symptoms,
            known_at=self.at,
            source=Source.RESTORED,
            batch=self.batch,
            by_id=self.by.officer_id,
        )
