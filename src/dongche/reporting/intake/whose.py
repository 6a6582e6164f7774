"""Whose reports a batch holds: the places behind their codes, the officers behind their tokens; asked for together."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from django.utils import translation

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.identifiers import read_code
from dongche.kit.messages import N_
from dongche.kit.origin import Origin
from dongche.org.access import bearer, lockout
from dongche.org.audit import Actor
from dongche.org.models import Officer
from dongche.registry.models import Entity, WithdrawnCode
from dongche.registry.queries import Places
from dongche.reporting import actions, queries
from dongche.reporting.intake.shapes import Read, Sent, read
from dongche.reporting.models import Channel
from dongche.web.access import NoToken, NotYourDuty
from dongche.web.problems import sentence

DUTY: Final = "reporting.record"


class Place(NamedTuple):
    """As much of a row of the register as storing a report takes; a model object costs ten times as much."""

    pk: int
    number: str
    name: str
    code: str
    from_on: date
    until_on: date | None
    merged_into_id: int | None
    subdistrict_id: int

    @classmethod
    def of(cls, entity: Entity) -> Place:
        return cls(*(getattr(entity, name) for name in cls._fields))


class NobodyNamed(Problem):
    code = "reporting.nobody_named"
    message = N_(
        "It is not said whose report this is. Give the “code” of the place, or its number as “place” together with "
        "the token of an officer who answers for it."
    )


class PlaceNotYours(Problem):
    code = "reporting.place_not_yours"
    status = 404
    message = N_(
        "No place that you answer for has the number “%(given)s”. Take it from the list of places, or ask headquarters."
    )


@dataclass(frozen=True, slots=True)
class Arrived:
    """A report on its way to the writer: what was sent, with which token, from where, and in which language it is
    answered."""

    sent: Sent
    header: str
    origin: Origin
    language: str


class Answer(NamedTuple):
    """What the sender of one report is told; `wait` in seconds when it is to be sent again. `name` is the place's."""

    status: int
    body: dict[str, Any]
    wait: int = 0
    name: str = ""

    @classmethod
    def of(cls, problem: Problem, language: str) -> Answer:
        with translation.override(language):
            body = problem.as_json() | {"message": sentence(problem)}
        wait = getattr(problem, "seconds", 0) or (5 if problem.status in (503, 507) else 0)
        return cls(problem.status, body, wait)


@dataclass(frozen=True, slots=True)
class Case:
    """A report whose place is known."""

    number: int
    arrived: Arrived
    place: Place
    channel: str
    by: Actor
    told: Read

    @property
    def key(self) -> str:
        return self.arrived.sent.key

    @property
    def on(self) -> date:
        return self.told.on or date.min + timedelta(days=1)


def cases_of(arrived: Sequence[Arrived], now: datetime, answers: dict[int, Answer]) -> list[Case]:
    """The reports whose place is known; the others are answered."""
    today = clock.day_of(now)
    officers = _officers(arrived)
    numbers: dict[Officer, set[str]] = defaultdict(set)
    codes: dict[int, str] = {}
    for index, one in enumerate(arrived):
        officer = officers.get(one.header)
        if one.sent.code:
            codes[index] = read_code(one.sent.code)
        elif one.sent.place and isinstance(officer, Officer):
            numbers[officer].add(one.sent.place.strip())
    behind = _behind(codes, arrived, today)
    theirs = {
        officer: {
            place.number: place for place in _read(Places.visible_to(officer).filter(number__in=wanted))
        }
        for officer, wanted in numbers.items()
    }
    cases = []
    for index, one in enumerate(arrived):
        officer = officers.get(one.header)
        try:
            if index in codes:
                place, channel = behind[index], str(Channel.QR)
                if isinstance(place, Problem):
                    raise place
                by: Actor = actions.PlaceActor(place.number)
            else:
                place, by = _of_officer(one, officer, theirs)
                channel = str(Channel.OFFICER)
            cases.append(Case(index, one, place, channel, by, read(one.sent)))
        except Problem as problem:
            answers[index] = Answer.of(problem, one.language)
    return cases


def _of_officer(
    one: Arrived, officer: Officer | Problem | None, theirs: Mapping[Officer, Mapping[str, Place]]
) -> tuple[Place, Officer]:
    if isinstance(officer, Problem):
        raise officer
    if officer is None:
        raise NoToken if one.sent.place else NobodyNamed
    if not one.sent.place:
        raise NobodyNamed
    place = theirs[officer].get(one.sent.place.strip())
    if place is None:
        raise PlaceNotYours(given=one.sent.place)
    return place, officer


def _officers(arrived: Sequence[Arrived]) -> dict[str, Officer | Problem]:
    """Who speaks with which token, each asked for once in a batch; a token says nothing where a code is given."""
    found: dict[str, Officer | Problem] = {}
    for one in arrived:
        if one.header and not one.sent.code and one.header not in found:
            try:
                officer = bearer.officer_with(one.header, one.origin.detail, clock.real())
                if not officer.has_duty(DUTY):
                    raise NotYourDuty(permission=DUTY)
                found[one.header] = officer
            except Problem as problem:
                found[one.header] = problem
    return found


def _behind(codes: Mapping[int, str], arrived: Sequence[Arrived], today: date) -> dict[int, Place | Problem]:
    """The place behind each code, or why there is none; one query as long as all are in force."""
    wanted = {code for code in codes.values() if queries.CODE.fullmatch(code)}
    if not wanted:
        found = {}
    else:
        places = Places.unscoped(reason="the code is the credential")
        rows = _read(places.filter(code__in=wanted, taken_back_at__isnull=True))
        found = {place.code: place for place in rows}
    absent = wanted - found.keys()
    withdrawn = (
        set(WithdrawnCode.objects.filter(code__in=absent).values_list("code", flat=True)) if absent else set()
    )
    answers: dict[int, Place | Problem] = {}
    rare: dict[str, Place | Problem] = {}
    refused: dict[str, Problem] = {}
    for index, code in codes.items():
        place = found.get(code)
        if place is None and code not in withdrawn:
            answers[index] = _guessed(arrived[index].origin.detail, refused)
        elif (
            place is None
            or place.merged_into_id is not None
            or (place.until_on is not None and place.until_on <= today)
        ):
            if code not in rare:
                try:
                    rare[code] = Place.of(queries.place_behind(code, today))
                except Problem as problem:
                    rare[code] = problem
            answers[index] = rare[code]
        else:
            answers[index] = place
    return answers


def _read(places: Places) -> Iterable[Place]:
    return itertools.starmap(Place, places.values_list(*Place._fields))


def _guessed(address: str, refused: dict[str, Problem]) -> Problem:
    """An unknown code counts as a guess of its address, until that one is refused."""
    if address not in refused:
        try:
            lockout.count_guess(address, clock.real())
        except Problem as problem:
            refused[address] = problem
    return refused.get(address) or queries.UnknownCode()
