"""The people of a place: the card on its dossier, the list, one person with everything that happened, the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.analytics.disclosure import publishable_count
from dongche.desk import personal
from dongche.desk.personal import CLOSED, Revealed
from dongche.org.models import AuditEntry
from dongche.org.queries import AuditEntries
from dongche.registry.actions import PERSON_REVEALED
from dongche.registry.models import Entity, HealthNote, Person, PersonRevision
from dongche.registry.queries import (
    Counted,
    HealthNotes,
    People,
    PersonRevisions,
    Places,
    counted,
    is_fever,
    observation_of,
)
from dongche.registry.roster import labels, values
from dongche.registry.roster.labels import MOODS, PERSON_FIELDS, STATES, masked
from dongche.web.components import Masked, Mood, Tile

HEALTH_DAYS = 14
NOTES = 40
# Columns of the list and the file that are health, and left out for whoever has not the duty to know.
LISTED = (
    "name",
    "document_type",
    "document_number",
    "phone",
    "job",
    "origin",
    "arrived_on",
    "at_post_on",
    "until_on",
)


@dataclass(frozen=True)
class Access:
    """What the posts of an actor may do with the people of a place."""

    see: bool
    care: bool
    keep: bool
    ask: bool
    bring: bool

    @classmethod
    def to(cls, place: Entity, actor: Any) -> Access:
        def reached(permission: str) -> bool:
            return bool(
                actor.has_duty(permission)
                and Places.within_duty(actor, permission).filter(pk=place.pk).exists()
            )

        see = reached("registry.people")
        return cls(
            see=see,
            care=see and reached("registry.health"),
            keep=see and reached("registry.roster"),
            ask=see and reached("registry.reveal"),
            bring=see and reached("registry.import"),
        )


@dataclass(frozen=True)
class Card:
    """The people of a place on its dossier. `people` is None when they are too few to be told to this reader."""

    access: Access
    people: int | None
    counts: Counted | None
    tiles: Sequence[Tile]


def card(place: Entity, on: date, actor: Any) -> Card:
    """This function will give what an actor may know of how many people there are, and how they are.

    Shape:  states and temperatures only to whoever looks after the place; to those without the duty to see people, a
            number under five is not told either
    """
    access = Access.to(place, actor)
    found = counted(place, on)
    people = found.people if access.see else publishable_count(found.people)
    return Card(access, people, found if access.care else None, tiles(found) if access.care else ())


def tiles(found: Counted) -> list[Tile]:
    """The counts of a day as tiles."""
    told = (
        (gettext("On the roster"), found.people),
        (str(STATES["required"]), found.states.get("required", 0)),
        (str(STATES["unknown"]), found.states.get("unknown", 0)),
        (gettext("Measured today"), found.measured),
        (gettext("Fever or symptoms"), found.unwell),
    )
    return [Tile(label, count, unit="", places=0) for label, count in told]


@dataclass(frozen=True)
class Row:
    """Somebody in the list: masked, with what the reader's duty lets them know."""

    person: Person
    cells: Mapping[str, str]
    state: str
    mood: Mood
    temperature: str
    is_unwell: bool
    is_gone: bool


def rows(people: Iterable[Person], on: date, actor: Any, access: Access) -> list[Row]:
    """The people with what is shown of them: one query more for the temperatures of the day."""
    found = list(people)
    notes = latest_notes([person.pk for person in found], on, actor) if access.care else {}
    return [_row(person, on, access, notes.get(person.pk)) for person in found]


def _row(person: Person, on: date, access: Access, note: HealthNote | None) -> Row:
    state = observation_of(person, on).state if access.care and not person.erased_at else ""
    return Row(
        person,
        {name: masked(name, getattr(person, name)) for name in LISTED},
        str(STATES[state]) if state else "",
        MOODS[state] if state else "none",
        note.temperature if note else "",
        note is not None and is_unwell(note),
        person.until_on is not None and person.until_on <= on,
    )


def latest_notes(people: Sequence[int], on: date, actor: Any) -> dict[int, HealthNote]:
    """The last note of a day of each of these people."""
    notes = HealthNotes.visible_to(actor).believed().filter(person__in=people, on=on, erased_at__isnull=True)
    return {note.person_id: note for note in notes.order_by("half")}


def is_unwell(note: HealthNote) -> bool:
    return is_fever(note.temperature) or note.symptoms not in ("", values.NO_SYMPTOMS)


def symptoms_in_words(text: str) -> str:
    return gettext("none") if text == values.NO_SYMPTOMS else text


@dataclass(frozen=True)
class HealthDay:
    """One day of the health file of a place."""

    on: date
    counts: Counted


def health_days(place: Entity, on: date) -> list[HealthDay]:
    """The last two weeks of the health file, the latest day first: two queries a day."""
    return [
        HealthDay(day, counted(place, day)) for day in (on - timedelta(days=n) for n in range(HEALTH_DAYS))
    ]


@dataclass(frozen=True)
class Happened:
    """Something in the history of somebody."""

    at: datetime
    title: str
    by: str
    details: Sequence[str]


@dataclass(frozen=True)
class Whole:
    """One person, whole, as far as the reader's duty goes."""

    person: Person
    facts: Sequence[tuple[str, str]]
    personal: Sequence[Masked]
    why: str
    state: str
    mood: Mood
    notes: Sequence[tuple[HealthNote, str, bool]]
    history: Sequence[Happened]
    elsewhere: Sequence[Person]


def whole(person: Person, on: date, actor: Any, access: Access, revealed: Revealed = CLOSED) -> Whole:
    """This function will give everything that may be shown of somebody. A fixed number of queries."""
    answer = observation_of(person, on) if access.care else None
    shown = [
        name
        for name in PERSON_FIELDS
        if name not in (*PERSON_REVEALED, *values.HEALTH) and (access.care or name not in values.OF_HEALTH)
    ]
    notes = (
        HealthNotes.visible_to(actor)
        .filter(person=person)
        .select_related("by")
        .order_by("-on", "-half", "-pk")
    )
    return Whole(
        person=person,
        facts=[(str(PERSON_FIELDS[name]), labels.value(name, getattr(person, name))) for name in shown],
        personal=[
            personal.of_person(person, name, revealed, may_ask=access.ask)
            for name in PERSON_REVEALED
            if getattr(person, name)
        ],
        why=labels.why(answer, on) if answer else "",
        state=str(STATES[answer.state]) if answer else "",
        mood=MOODS[answer.state] if answer else "none",
        notes=[(note, symptoms_in_words(note.symptoms), is_unwell(note)) for note in notes[:NOTES]]
        if access.care
        else [],
        history=_history(person, actor, access),
        elsewhere=list(People.visible_to(actor).elsewhere(person).select_related("entity")[:20]),
    )


def _history(person: Person, actor: Any, access: Access) -> list[Happened]:
    """Versions and the values that were shown, the latest first."""
    versions = list(
        PersonRevisions.visible_to(actor).filter(person=person).select_related("by", "batch").order_by("pk")
    )
    shown = AuditEntries.unscoped(reason="who was shown values of somebody whom the reader sees").filter(
        action="registry.reveal_person", subject="person", subject_id=person.pk
    )
    told = [_version(version, n == 0, access) for n, version in enumerate(versions)]
    told += [_shown(entry) for entry in shown.order_by("-pk")[:NOTES]]
    return sorted(told, key=lambda one: one.at, reverse=True)


def _version(version: PersonRevision, is_first: bool, access: Access) -> Happened:
    fields = [name for name in version.changes if access.care or name not in values.OF_HEALTH]
    return Happened(
        version.known_at,
        gettext("Put on the roster") if is_first else gettext("Changed"),
        version.by.name if version.by else "",
        [
            str(version.get_source_display()),
            *([version.batch.file_name] if version.batch else []),
            *(str(PERSON_FIELDS[name]) for name in fields if name in PERSON_FIELDS),
        ],
    )


def _shown(entry: AuditEntry) -> Happened:
    field = str((entry.after or {}).get("field", ""))
    title = gettext("Shown in full: %(field)s") % {"field": PERSON_FIELDS.get(field, field)}
    return Happened(entry.at, title, entry.by_label, [entry.reason])


def export_headers(access: Access) -> list[str]:
    """The headings of the file."""
    return [str(PERSON_FIELDS[name]) for name in _exported(access)] + (
        [gettext("Observation")] if access.care else []
    )


def export_rows(people: Iterable[Person], on: date, access: Access, *, in_full: bool) -> Iterator[list[Any]]:
    """The people for the file: masked, unless it is asked for in full."""
    show = _plain if in_full else masked
    for person in people:
        row: list[Any] = [show(name, getattr(person, name)) for name in _exported(access)]
        yield row + ([str(STATES[observation_of(person, on).state])] if access.care else [])


def _exported(access: Access) -> list[str]:
    return [
        name
        for name in PERSON_FIELDS
        if name not in values.HEALTH and (access.care or name not in values.OF_HEALTH)
    ]


def _plain(name: str, given: Any) -> Any:
    return given if name in values.PERSONAL else labels.value(name, given)


STATE_TABS = (
    ("", _("Everybody")),
    *((state, STATES[state]) for state in ("required", "unknown", "over", "exempt")),
)


def unwell_on(place: Entity, on: date, actor: Any) -> list[int]:
    """The ids of those with fever or symptoms on a day."""
    notes = (
        HealthNotes.visible_to(actor).believed().filter(person__entity=place, on=on, erased_at__isnull=True)
    )
    return [note.person_id for note in notes if is_unwell(note)]
