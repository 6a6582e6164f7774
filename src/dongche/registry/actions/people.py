"""People on rosters: taken in, changed, gone; their health noted; a personal value shown in full."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import CHANGED, HIDDEN, Actor, action, record
from dongche.registry.actions.reveals import NotRevealed, RevealReasonMissing
from dongche.registry.models import Entity, HealthNote, ImportBatch, Person, PersonRevision, Source
from dongche.registry.roster import values, writing

PERSON_REVEALED: Final = (
    "name", "document_number", "phone", "household", "address", "origin_place", "vehicle", "stays",
)  # fmt: skip


class PersonKnown(Problem):
    code = "registry.person_known"
    status = 409
    message = N_(
        "Somebody with this document is on the roster of %(number)s already. Change that entry instead of adding "
        "another."
    )


class PersonErased(Problem):
    code = "registry.person_erased"
    status = 410
    message = N_(
        "The data of this person were deleted on %(on)s, because their time was over. Enter the person anew."
    )


class PersonChangedMeanwhile(Problem):
    code = "registry.person_changed_meanwhile"
    status = 409
    message = N_(
        "Somebody else changed this person at %(time)s, after you opened the page, so nothing was saved. Compare both "
        "and save again if yours still holds."
    )


class PersonUnchanged(Problem):
    code = "registry.person_unchanged"
    status = 409
    message = N_("These are the values that are known already; nothing was saved.")


class HealthNoteEmpty(Problem):
    code = "registry.health_note_empty"
    message = N_("Write the temperature, or say whether there are symptoms; nothing was noted.")


class HealthNoteAhead(Problem):
    code = "registry.health_note_ahead"
    message = N_("%(given)s lies in the future (it is %(today)s). Correct the day.")


@action("registry.enter_person")
def enter_person(
    *,
    place: Entity,
    given: Mapping[str, Any],
    by: Actor,
    at: datetime,
    source: str = Source.ENTERED,
    batch: ImportBatch | None = None,
) -> Person:
    """Put somebody on the roster of a place.

    Shape:  `given` as `roster.rows.read_person` gives it; what it says of health becomes a note of its day
    Raises: PersonKnown
    """
    row = values.complete(given)
    hashes = values.hashes(row)
    Entity.objects.select_for_update().get(pk=place.pk)  # two at once would enter the same person twice
    if Person.objects.filter(entity=place, document_hash=hashes["document_hash"]).exists():
        raise PersonKnown(number=place.number)
    row["from_on"] = writing.first_day(row, clock.day_of(at))
    person = Person.objects.create(entity=place, **row, **hashes, created_at=at, updated_at=at)
    _revise(person, source, [], batch, by=by, at=at)
    _note(person, given, source, batch, by=by, at=at)
    after = {"place": place.pk, "source": source}
    record("person", person.pk, by=by, at=at, before={}, after=after, within=place.subdistrict_id)
    return person


@action("registry.change_person")
def change_person(
    *,
    person: Person,
    given: Mapping[str, Any],
    version: int | None,
    by: Actor,
    at: datetime,
    source: str = Source.ENTERED,
    batch: ImportBatch | None = None,
    reason: str = "",
) -> Person:
    """Change what is known of somebody; `version` is the id of the `PersonRevision` the change was made from, None for
    a change that holds whatever was known (an import, which compares anew).

    Raises: PersonErased, PersonChangedMeanwhile, PersonUnchanged, PersonKnown
    """
    person = Person.objects.select_for_update().select_related("entity").get(pk=person.pk)
    if person.erased_at is not None:
        raise PersonErased(on=clock.day_of(person.erased_at))
    latest = PersonRevision.objects.get(person=person, superseded_at__isnull=True)
    if version is not None and latest.pk != version:
        raise PersonChangedMeanwhile(time=clock.beijing(latest.known_at).strftime("%Y-%m-%d %H:%M"))
    known = values.of(person)
    changes = values.differences(known, given)
    has_note = any(given.get(name) for name in values.HEALTH)
    if not changes and not has_note:
        raise PersonUnchanged
    row = known | {name: now for name, (_before, now) in changes.items()}
    hashes = values.hashes(row)
    twin = Person.objects.filter(entity=person.entity_id, document_hash=hashes["document_hash"])
    if twin.exclude(pk=person.pk).exists():
        raise PersonKnown(number=person.entity.number)
    if changes:
        for name, value in (row | hashes).items():
            setattr(person, name, value)
        person.travel_erased = person.travel_erased and values.TRAVEL.isdisjoint(changes)
        if person.until_on is not None:
            person.from_on = min(person.from_on, person.until_on)
        person.updated_at = at
        person.save()
        _revise(person, source, list(changes), batch, by=by, at=at)
    _note(person, given, source, batch, by=by, at=at)
    after = dict.fromkeys(changes, CHANGED) | ({"health": CHANGED} if has_note else {}) | {"source": source}
    within = person.entity.subdistrict_id
    before = dict.fromkeys(changes, HIDDEN)
    record("person", person.pk, by=by, at=at, before=before, after=after, reason=reason, within=within)
    return person


@action("registry.note_health")
def note_health(
    *,
    person: Person,
    on: date,
    half: str,
    temperature: str,
    symptoms: str,
    by: Actor,
    at: datetime,
    source: str = Source.ENTERED,
) -> HealthNote:
    """Note a temperature or symptoms of somebody on half a day; an earlier note of it stays as superseded.

    Shape:  `temperature` in degrees Celsius as `rows.read_temperature` gives it, `symptoms` as `rows.read_symptoms`
    Raises: HealthNoteEmpty, HealthNoteAhead, PersonErased
    """
    if not temperature and not symptoms:
        raise HealthNoteEmpty
    if on > clock.day_of(at):
        raise HealthNoteAhead(given=on.isoformat(), today=clock.day_of(at).isoformat())
    person = Person.objects.select_for_update().select_related("entity").get(pk=person.pk)
    if person.erased_at is not None:
        raise PersonErased(on=clock.day_of(person.erased_at))
    note = _keep_note(person, on, half, temperature, symptoms, source, by=by, at=at)
    after = {"health": CHANGED, "on": on, "half": half, "source": source}
    before, within = {"health": HIDDEN}, person.entity.subdistrict_id
    record("person", person.pk, by=by, at=at, before=before, after=after, within=within)
    return note


@action("registry.reveal_person")
def reveal_person(*, person: Person, field: str, reason: str, by: Actor, at: datetime) -> str:
    """Give a personal value of somebody in full, and note who asked for which and why; never the value itself.

    Raises: NotRevealed, RevealReasonMissing
    """
    if field not in PERSON_REVEALED:
        raise NotRevealed(given=field[:40], expected=", ".join(PERSON_REVEALED))
    if not reason.strip():
        raise RevealReasonMissing
    within = person.entity.subdistrict_id
    record("person", person.pk, by=by, at=at, after={"field": field}, reason=reason.strip(), within=within)
    return str(getattr(person, field))


@action("registry.reveal_roster")
def reveal_roster(*, place: Entity, people: int, reason: str, by: Actor, at: datetime) -> None:
    """Note that the roster of a place leaves in full as a file: who took it, how many people, and why.

    Raises: RevealReasonMissing
    """
    if not reason.strip():
        raise RevealReasonMissing
    after, within = {"people": people}, place.subdistrict_id
    record("entity", place.pk, by=by, at=at, after=after, reason=reason.strip(), within=within)


def _revise(
    person: Person, source: str, changes: list[str], batch: ImportBatch | None, *, by: Actor, at: datetime
) -> None:
    PersonRevision.objects.filter(person=person, superseded_at__isnull=True).update(superseded_at=at)
    writing.version(person, source, changes, batch, by=by, at=at).save()


def _note(
    person: Person,
    given: Mapping[str, Any],
    source: str,
    batch: ImportBatch | None,
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Keep what a row says of health, unless the note of that morning says the same."""
    note = writing.note_of(person, given, source, batch, by=by, at=at)
    if note is None:
        return
    known = HealthNote.objects.filter(person=person, on=note.on, half=note.half, superseded_at__isnull=True)
    if [(one.temperature, one.symptoms) for one in known] != [(note.temperature, note.symptoms)]:
        known.update(superseded_at=at)
        note.save()


def _keep_note(
    person: Person,
    on: date,
    half: str,
    temperature: str,
    symptoms: str,
    source: str,
    *,
    by: Actor,
    at: datetime,
) -> HealthNote:
    held = HealthNote.objects.filter(person=person, on=on, half=half, superseded_at__isnull=True)
    held.update(superseded_at=at)
    return HealthNote.objects.create(
        person=person,
        on=on,
        half=half,
        temperature=temperature,
        symptoms=symptoms,
        known_at=at,
        source=source,
        by_id=by.officer_id,
    )
