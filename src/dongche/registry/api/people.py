"""People of places for programs: masked, by the duty of the officer for whom the program asks."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from ninja import Body, Query

from dongche.kit import clock
from dongche.org.models import Officer
from dongche.org.request import OfficerRequest
from dongche.registry import actions
from dongche.registry.actions.people import HealthNoteAhead, HealthNoteEmpty
from dongche.registry.api.people_shapes import (
    CountsOut,
    HealthGiven,
    HealthOut,
    PeopleQuery,
    PersonGiven,
    PersonOut,
    PersonPage,
    RevealGiven,
    RevealOut,
)
from dongche.registry.api.places import router as places
from dongche.registry.api.shapes import DayQuery
from dongche.registry.models import Entity, Person
from dongche.registry.queries import People, Places, counted, observation_of, person_version
from dongche.registry.readers import Faults
from dongche.registry.roster import labels, values
from dongche.registry.roster.rows import read_person, read_symptoms, read_temperature
from dongche.web import paging
from dongche.web.access import duty
from dongche.web.api import (
    BadValue,
    Overtaken,
    Router,
    VersionMissing,
    etag_of,
    is_known,
    refuses,
    version_in,
)
from dongche.web.paging import BrokenCursor
from dongche.web.problems import NotFound

router = Router("people")
NOT_VALUES = {"source", "reason"}
NOON = 12


def _place(officer: Officer, number: str, permission: str = "registry.people") -> Entity:
    """Raises: NotFound – also for a place that no post with the permission reaches"""
    place = (
        Places.within_duty(officer, permission).select_related("subdistrict").filter(number=number).first()
    )
    if place is None:
        raise NotFound
    return place


def _person(officer: Officer, code: str, permission: str = "registry.people") -> Person:
    """Raises: NotFound"""
    people = People.visible_to(officer).reached_by(officer, permission).select_related("entity")
    person = people.filter(code=code).first()
    if person is None:
        raise NotFound
    return person


def _cares(officer: Officer, place: Entity) -> bool:
    return bool(
        officer.has_duty("registry.health")
        and Places.within_duty(officer, "registry.health").filter(pk=place.pk).exists()
    )


def _shown(person: Person, on: date, cares: bool) -> dict[str, Any]:
    """What is shown of somebody: texts masked; of health only to whose duty it is."""
    told: dict[str, Any] = {
        name: labels.masked(name, getattr(person, name)) if getattr(person, name) else ""
        for name in ("name", "document_number", "phone")
    }
    told |= {
        name: getattr(person, name)
        for name in ("document_type", "job", "origin", "risk", "arrived_on", "transport", "at_post_on", "from_on",
                     "until_on", "updated_at", "code")
    }  # fmt: skip
    answer = observation_of(person, on) if cares else None
    return told | {
        "place": person.entity.number,
        "health_code": person.health_code if cares else None,
        "observation": answer.state if answer else None,
        "why": labels.why(answer, on) if answer else None,
        "erased": person.erased_at is not None,
    }


@places.get("/{number}/people", response=PersonPage)
@refuses(NotFound, BrokenCursor)
@duty("registry.people")
def people(request: OfficerRequest, number: str, asked: Query[PeopleQuery]) -> dict[str, Any]:
    """List the people on the roster of a place, masked.

    By state of observation only for whose duty it is to look after them; everybody else gets the whole list.
    """
    place, on = _place(request.user, number), clock.today()
    cares = _cares(request.user, place)
    rows = People.visible_to(request.user).filter(entity=place).select_related("entity")
    if asked.observation and cares:
        rows = rows.in_state(asked.observation, on)
    page = paging.page(rows, "pk", after=asked.cursor, size=asked.limit)
    return {"items": [_shown(person, on, cares) for person in page.rows], "next": page.pager.next}


@places.get("/{number}/health", response=CountsOut)
@refuses(NotFound)
@duty("registry.health")
def place_health(request: OfficerRequest, number: str, asked: Query[DayQuery]) -> dict[str, Any]:
    """Count the people of a place on a day: by state of observation, measured, with fever, with symptoms.

    For whose duty it is alone; these counts are not for publication.
    """
    place, on = _place(request.user, number, "registry.health"), asked.on or clock.today()
    found = counted(place, on)
    return {
        "place": place.number,
        "on": on,
        "people": found.people,
        "observation": dict(found.states),
        "measured": found.measured,
        "fever": found.fever,
        "symptoms": found.symptoms,
    }


@places.post("/{number}/people", response={201: PersonOut})
@refuses(NotFound, actions.PersonKnown)
@duty("registry.roster")
def enter_person(
    request: OfficerRequest, response: HttpResponse, number: str, given: Body[PersonGiven]
) -> Any:
    """Put somebody on the roster of a place, by the rules of a row of a roster."""
    place = _place(request.user, number, "registry.roster")
    person = actions.enter_person(
        place=place,
        given=_read(given.model_dump(exclude_unset=True, exclude=NOT_VALUES)),
        source=given.source,
        by=request.user,
        at=clock.now(),
    )
    response["Location"] = reverse("api:registry_person", args=[person.code])
    return _answer(request, response, _person(request.user, person.code))


@router.get("/{code}", response=PersonOut)
@refuses(NotFound)
@duty("registry.people")
def person(request: OfficerRequest, response: HttpResponse, code: str) -> Any:
    """Give one person, masked. The ETag is what a change is made from."""
    return _answer(request, response, _person(request.user, code))


def _with_etag(officer: Officer, found: Person) -> tuple[PersonOut, str]:
    shown = PersonOut.model_validate(_shown(found, clock.today(), _cares(officer, found.entity)))
    return shown, etag_of(person_version(found), shown.model_dump_json().encode())


def _answer(request: OfficerRequest, response: HttpResponse, found: Person) -> Any:
    shown, etag = _with_etag(request.user, found)
    if request.method == "GET" and is_known(request, etag):
        response = HttpResponse(status=304)
    response["ETag"], response["Cache-Control"] = etag, "private, no-store"
    return response if response.status_code == 304 else shown


@router.patch("/{code}", response=PersonOut)
@refuses(
    NotFound, VersionMissing, Overtaken, actions.PersonUnchanged, actions.PersonErased, actions.PersonKnown
)
@duty("registry.roster")
def change_person(
    request: OfficerRequest, response: HttpResponse, code: str, given: Body[PersonGiven]
) -> Any:
    """Change values of somebody, by the rules of a row of a roster.

    Only the values that are sent change; null empties one. If-Match says which version you change.
    """
    found, versions = _person(request.user, code, "registry.roster"), version_in(request)
    version = person_version(found)
    if version not in versions:
        raise Overtaken(_with_etag(request.user, found)[1])
    sent = given.model_dump(exclude_unset=True, exclude=NOT_VALUES)
    try:
        actions.change_person(
            person=found,
            given=_read(sent, found),
            version=version,
            source=given.source,
            reason=given.reason,
            by=request.user,
            at=clock.now(),
        )
    except actions.PersonChangedMeanwhile:
        raise Overtaken(_with_etag(request.user, _person(request.user, code))[1]) from None
    return _answer(request, response, _person(request.user, code))


@router.post("/{code}/health", response={201: HealthOut})
@refuses(NotFound, HealthNoteEmpty, HealthNoteAhead, actions.PersonErased)
@duty("registry.roster")
def note_health(request: OfficerRequest, code: str, given: Body[HealthGiven]) -> dict[str, Any]:
    """Note a temperature or symptoms of somebody on half a day; an earlier note of it stays as corrected."""
    found = _person(request.user, code, "registry.roster")
    faults = Faults()
    temperature = read_temperature(given.temperature, faults)
    symptoms = read_symptoms(given.symptoms, faults)
    if faults:
        raise BadValue([{"field": one.field, "message": one.sentence(gettext)} for one in faults])
    at = clock.now()
    kept = actions.note_health(
        person=found,
        on=given.on or clock.day_of(at),
        half=given.half or ("am" if at.astimezone(clock.BEIJING).hour < NOON else "pm"),
        temperature=temperature,
        symptoms=symptoms,
        by=request.user,
        at=at,
    )
    return {"person": found.code, "on": kept.on, "half": kept.half, "known_at": kept.known_at}


@router.post("/{code}/reveal", response=RevealOut)
@refuses(NotFound, actions.NotRevealed, actions.RevealReasonMissing)
@duty("registry.reveal")
def reveal_person(
    request: OfficerRequest, response: HttpResponse, code: str, given: Body[RevealGiven]
) -> dict[str, Any]:
    """Give one personal value of somebody in full. Who asked for which, and why, stands in the audit log."""
    found = _person(request.user, code, "registry.reveal")
    value = actions.reveal_person(
        person=found, field=given.field, reason=given.reason, by=request.user, at=clock.now()
    )
    response["Cache-Control"] = "no-store"
    return {"person": found.code, "field": given.field, "value": value}


def _read(sent: dict[str, Any], known: Person | None = None) -> dict[str, Any]:
    """The values that were sent, read as a row of a roster; of somebody known only those.

    Raises: BadValue
    """
    cells: dict[str, Any] = {} if known is None else {n: getattr(known, n) for n in ("name", "document_type")}
    if known is not None:
        cells["document_number"] = known.document_number
    cells |= {name: _cell(value) for name, value in sent.items()}
    given = read_person(cells, on=clock.today())
    if isinstance(given, list):
        raise BadValue([{"field": one.field, "message": one.sentence(gettext)} for one in given])
    if known is None:
        return given
    about = set(sent) | ({"origin"} if sent.get("origin_place") and "origin" in given else set())
    empty = values.emptied(name for name in about if name in values.FILLED)
    return {name: given.get(name, empty.get(name, "")) for name in about}


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else value
