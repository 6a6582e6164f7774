"""People on rosters: who may see them, who is to be observed on a day, how they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Self

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, Value, When

from dongche.kit import chinese
from dongche.kit.identifiers import clean_resident_id
from dongche.org.queries import scope_of
from dongche.registry.models import Entity, Erasure, HealthNote, Person, PersonRevision
from dongche.registry.queries.places import Places
from dongche.registry.roster import values
from dongche.registry.standards.people import Answer, PeopleRules, load, observation
from dongche.web.campaign import current
from dongche.web.fields import search_hash
from dongche.web.periods import believed, in_force
from dongche.web.scoping import ScopedQuerySet

SEE, CARE, KEEP, ERASE = "registry.people", "registry.health", "registry.roster", "registry.erase"
UNKNOWN: Final = Value("unknown")


def rules() -> PeopleRules:
    """What the campaign's pack says about people."""
    return load(current().folder)


class People(ScopedQuerySet[Person]):
    """People on the rosters of places that a post carrying `registry.people` reaches."""

    entry = Person

    def scoped_to(self, actor: Any) -> Self:
        return self.reached_by(actor, SEE)

    def reached_by(self, actor: Any, permission: str) -> Self:
        """Those of places that a post with the permission reaches: asked of each row, so that few stay few look-ups."""
        places = Places.within_duty(actor, permission).order_by().filter(pk=OuterRef("entity_id"))
        return self.filter(Exists(places))

    def on_roster(self, on: date) -> Self:
        return self.filter(in_force(on))

    def matching(self, text: str) -> Self:
        """Those with exactly this name, number or phone, or whose number or phone ends in these four characters."""
        text = chinese.normalise(text)
        number = clean_resident_id(text)
        if not text:
            return self
        wanted = Q(name_hash=search_hash(f"name {text}"))
        if len(number) == 4:
            wanted |= Q(document_end_hash=values.end_hash("document", number))
            wanted |= Q(phone_end_hash=values.end_hash("phone", number))
        elif len(number) > 4:
            kinds = Person._meta.get_field("document_type").choices or ()
            wanted |= Q(document_hash__in=[values.document_hash(str(kind), number) for kind, _ in kinds])
            wanted |= Q(phone_hash=search_hash(number))
        return self.filter(wanted)

    def with_state(self, on: date) -> Self:
        """Annotate `observation`: whether somebody is to be observed on the day, as `standards.people` answers."""
        return self.annotate(observation=state_expression(rules(), on))

    def in_state(self, state: str, on: date) -> Self:
        """Those on the roster of a day who are in this state of observation on it."""
        return self.on_roster(on).alias(observation=state_expression(rules(), on)).filter(observation=state)

    def elsewhere(self, person: Person) -> Self:
        """The same person, by the same document, on rosters of other places."""
        if not person.document_hash:
            return self.none()
        return self.filter(document_hash=person.document_hash).exclude(pk=person.pk)


def state_expression(known: PeopleRules, on: date) -> Case | Value:
    """The state of `standards.people.observation` as SQL, over the columns of `PersonFacts`."""
    rule = known.rule_on(on)
    if rule is None:
        return Value("unknown", output_field=CharField())
    cases = [When(travel_erased=True, then=Value("forgotten")), When(origin="", then=UNKNOWN)]
    taken: set[str] = set()
    for measure in rule.measures:
        here = Q(origin__in=sorted(set(measure.origins) - taken))
        taken |= set(measure.origins)
        exempt = Q(health_code__in=measure.unless_codes) | Q(risk__in=measure.unless_risks)
        missing = Q(arrived_on__isnull=True)
        missing |= Q(health_code="") if measure.unless_codes else Q(pk__in=())
        missing |= Q(risk="") if measure.unless_risks else Q(pk__in=())
        cases += [
            When(here & exempt, then=Value("exempt")),
            When(here & Q(arrived_on__lte=on - timedelta(days=measure.days)), then=Value("over")),
            When(here & missing, then=UNKNOWN),
            When(here & Q(arrived_on__gt=on), then=Value("expected")),
            When(here, then=Value("required")),
        ]
    return Case(*cases, default=Value("not_required"), output_field=CharField())


def observation_of(person: Person | PersonRevision, on: date) -> Answer:
    """Whether somebody is to be observed on a day, and why."""
    return observation(
        rules(),
        on,
        origin=person.origin,
        arrived_on=person.arrived_on,
        code=person.health_code,
        risk=person.risk,
        forgotten=person.travel_erased,
    )


class HealthNotes(ScopedQuerySet[HealthNote]):
    """Notes of health of people whose places a post carrying `registry.health` reaches."""

    entry = HealthNote

    def scoped_to(self, actor: Any) -> Self:
        places = Places.within_duty(actor, CARE).order_by().filter(pk=OuterRef("person__entity_id"))
        return self.filter(Exists(places))

    def believed(self, as_known: datetime | None = None) -> Self:
        return self.filter(believed(as_known))


class PersonRevisions(ScopedQuerySet[PersonRevision]):
    """Versions of people the actor may see."""

    entry = PersonRevision

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(person__in=People.visible_to(actor).values("pk"))


class Erasures(ScopedQuerySet[Erasure]):
    """Deletions in the sub-districts where the actor has the duty to delete."""

    entry = Erasure

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor, carrying=ERASE)
        return self if scope.everything else self.filter(subdistrict__in=scope.subdistricts)


@dataclass(frozen=True)
class Counted:
    """The people of a place on a day: on the roster, by state of observation, and how those measured are."""

    on: date
    people: int
    states: Mapping[str, int]
    measured: int
    fever: int
    symptoms: int
    unwell: int


def counted(place: Entity, on: date, as_known: datetime | None = None) -> Counted:
    """This function will count the people of a place on a day, as known at an instant.

    Shape:  three queries at most; temperatures are decrypted here, one for each note of the day
    """
    rows = PersonRevision.objects.filter(believed(as_known), in_force(on), person__entity=place)
    states = Counter[str]()
    found = rows.order_by().annotate(state=state_expression(rules(), on)).values_list("state")
    for state, count in found.annotate(count=Count("pk")):
        states[state] = count
    notes = HealthNote.objects.filter(believed(as_known), person__entity=place, on=on, erased_at__isnull=True)
    notes = notes.filter(person__in=rows.values("person"))
    measured, fever, unwell = set(), set(), set()
    for person, temperature, symptoms in notes.values_list("person_id", "temperature", "symptoms"):
        if temperature:
            measured.add(person)
        if is_fever(temperature):
            fever.add(person)
        if symptoms not in ("", values.NO_SYMPTOMS):
            unwell.add(person)
    return Counted(
        on, sum(states.values()), dict(states), len(measured), len(fever), len(unwell), len(fever | unwell)
    )


def is_fever(temperature: str) -> bool:
    """Whether somebody with this temperature is to be looked after, by the pack."""
    return bool(temperature) and Decimal(temperature) >= rules().fever_from


def person_version(person: Person) -> int:
    """The id of the version of somebody that is believed now: what a change is made from."""
    found = PersonRevision.objects.filter(person=person.pk, superseded_at__isnull=True)
    return found.values_list("pk", flat=True).get()
