"""Duties for single places: who serves one, or keeps contact with it, by name (S30, S48)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.org.dated import ended, refuse_past
from dongche.org.models import Officer, Post
from dongche.registry.imports import bulk
from dongche.registry.models import Entity, PlaceDuty
from dongche.web.periods import believed, in_force


class OfficerElsewhere(Problem):
    code = "registry.officer_elsewhere"
    message = N_(
        "%(officer)s holds no post in %(subdistrict)s on %(on)s and cannot answer for places there. Give a post first."
    )


class DutyBegun(Problem):
    code = "registry.duty_begun"
    status = 409
    message = N_(
        "For %(number)s a duty that begins on %(begins_on)s is laid down already. Choose a later day than that."
    )


@action("registry.assign_places")
def assign_places(
    *,
    entities: Iterable[Entity],
    officer: Officer,
    role: str,
    from_on: date,
    by: Actor,
    at: datetime,
    source: str = "",
    reason: str = "",
) -> list[PlaceDuty]:
    """Make an officer answer for places by name from a day on; whoever did so far does until then.

    Shape: a fixed number of statements, however many places
    Raises: OfficerElsewhere, DutyBegun, ReasonNeeded
    """
    places = {place.pk: place for place in entities}
    refuse_past(from_on, at, reason)
    bulk.lock()
    _refuse_strangers(places.values(), officer, from_on)
    current = {
        duty.entity_id: duty
        for duty in PlaceDuty.objects.filter(
            believed(), entity__in=places, role=role, until_on__isnull=True
        ).select_related("entity")
    }
    for duty in current.values():
        if duty.from_on > from_on:
            raise DutyBegun(number=duty.entity.number, begins_on=duty.from_on)
    PlaceDuty.objects.filter(pk__in=[duty.pk for duty in current.values()]).update(superseded_at=at)
    shortened = [
        PlaceDuty(
            entity_id=duty.entity_id,
            officer_id=duty.officer_id,
            role=role,
            source=duty.source,
            from_on=duty.from_on,
            until_on=from_on,
            known_at=at,
        )
        for duty in current.values()
        if duty.from_on < from_on
    ]
    given = [
        PlaceDuty(entity_id=pk, officer=officer, role=role, source=source, from_on=from_on, known_at=at)
        for pk in places
    ]
    PlaceDuty.objects.bulk_create([*shortened, *given], batch_size=1000)
    record(
        "officer",
        officer.pk,
        by=by,
        at=at,
        before={"held_by": {str(pk): duty.officer_id for pk, duty in current.items()}},
        after={"role": role, "from_on": from_on.isoformat(), "places": sorted(places), "source": source},
        reason=reason,
        within=officer,
    )
    return given


def _refuse_strangers(places: Iterable[Entity], officer: Officer, on: date) -> None:
    """Raises: OfficerElsewhere – the officer serves in one of the sub-districts of the places no post"""
    served = set(
        Post.objects.filter(believed(), in_force(on), officer=officer).values_list(
            "unit__subdistrict", flat=True
        )
    )
    for place in places:
        if place.subdistrict_id not in served:
            raise OfficerElsewhere(officer=officer.name, subdistrict=place.subdistrict.name, on=on)


@action("registry.end_place_duty")
def end_place_duty(
    *, duty: PlaceDuty, until_on: date, by: Actor, at: datetime, reason: str = ""
) -> PlaceDuty:
    """End the duty of an officer for a place: from `until_on` on, its grid decides again.

    Raises: what `org.dated.ended` refuses
    """
    new = ended(duty, until_on, at=at, reason=reason)
    record(
        "entity",
        duty.entity_id,
        by=by,
        at=at,
        before={"officer_id": duty.officer_id, "role": duty.role, "until_on": None},
        after={"officer_id": duty.officer_id, "role": duty.role, "until_on": until_on.isoformat()},
        reason=reason,
        within=duty.entity.subdistrict_id,
    )
    return new
