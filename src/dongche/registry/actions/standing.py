"""The standing of a place: put down as seen, taken back, and settled from what is said (S43)."""

from __future__ import annotations

from datetime import date, datetime

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.org.models import Unit
from dongche.registry.models import Entity, Source, Standing
from dongche.registry.queries import Places
from dongche.registry.standing import settle
from dongche.web.periods import believed


class StandingReasonMissing(Problem):
    code = "registry.standing_reason_missing"
    message = N_(
        "Say what was seen or who said so: this goes before what the place itself reported. Write a few words, such as "
        "“gate locked, nobody there”."
    )


class StandingAhead(Problem):
    code = "registry.standing_ahead"
    message = N_("Nobody can have seen it on %(on)s, a day to come. Choose a day up to %(today)s.")


class StandingBefore(Problem):
    code = "registry.standing_before"
    message = N_(
        "%(number)s is in the register from %(from_on)s on; given was %(on)s. Choose that day or a later one."
    )


class StandingGone(Problem):
    code = "registry.standing_gone"
    status = 409
    message = N_("This has been taken back or replaced already; nothing was changed.")


class StandingOwn(Problem):
    code = "registry.standing_own"
    status = 409
    message = N_(
        "This follows from a report of the place. To change it, put the report right, or put down what you saw."
    )


@action("registry.record_standing")
def record_standing(
    *, entity: Entity, on: date, step: str, source: str, reason: str, by: Actor, at: datetime
) -> Standing:
    """Put down on which step a place stands from a day on, as an officer saw or heard it.

    Shape: it goes before a report of the same day, and holds until a later report or a later sight; another sight of
           the same day takes its place
    Raises: StandingReasonMissing, StandingAhead, StandingBefore
    """
    reason = reason.strip()[:200]
    if not reason:
        raise StandingReasonMissing
    today = clock.day_of(at)
    if on > today:
        raise StandingAhead(on=on, today=today)
    if on < entity.from_on:
        raise StandingBefore(number=entity.number, from_on=entity.from_on, on=on)
    Entity.objects.select_for_update(no_key=True).only("pk").get(pk=entity.pk)
    before = Standing.objects.filter(believed(), entity=entity, on=on).first()
    if before is not None:
        before.superseded_at = max(at, before.known_at)
        before.save(update_fields=["superseded_at"])
    row = Standing.objects.create(
        entity=entity, on=on, step=step, source=source, reason=reason, by_id=by.officer_id, known_at=at
    )
    settle([entity.pk], at)
    record(
        "entity",
        entity.pk,
        by=by,
        at=at,
        before={"step": before.step if before else None},
        after={"step": step, "on": on, "source": source},
        reason=reason,
        within=entity.subdistrict_id,
    )
    return row


@action("registry.withdraw_standing")
def withdraw_standing(*, standing: Standing, by: Actor, at: datetime, reason: str = "") -> None:
    """Take back what an officer put down: what the place told decides again.

    Raises: StandingOwn, StandingGone
    """
    Entity.objects.select_for_update(no_key=True).only("pk").get(pk=standing.entity_id)
    row = Standing.objects.select_related("entity").get(pk=standing.pk)
    if row.source == Source.SELF_REPORTED:
        raise StandingOwn
    if row.superseded_at is not None:
        raise StandingGone
    row.superseded_at = max(at, row.known_at)
    row.save(update_fields=["superseded_at"])
    settle([row.entity_id], at)
    record(
        "entity",
        row.entity_id,
        by=by,
        at=at,
        before={"step": row.step, "on": row.on, "source": row.source},
        after={"step": None},
        reason=reason,
        within=row.entity.subdistrict_id,
    )


@action("registry.settle_standings")
def settle_standings(*, subdistrict: Unit, by: Actor, at: datetime) -> int:
    """Bring the standings of all places of a sub-district in line with what is said of them by now.

    Shape: gives the number of places whose course changed; a second time in a row that is 0
    """
    places = Places.unscoped(reason="what follows from reports is settled for every place").filter(
        subdistrict=subdistrict
    )
    changed = settle(list(places.order_by("pk").values_list("pk", flat=True)), at)
    record("unit", subdistrict.pk, by=by, at=at, after={"place_count": changed}, within=subdistrict)
    return changed
