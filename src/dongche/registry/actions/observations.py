"""What was found out about whether a place works, and its taking back: the door by which every room hands it over."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.org.models import Officer
from dongche.registry.models import Entity, ImportBatch, Observation
from dongche.web.periods import believed


class ObservedAhead(Problem):
    code = "registry.observed_ahead"
    message = N_("Nobody can have found out about %(on)s, a day to come. Choose a day up to %(today)s.")


class ObservationGone(Problem):
    code = "registry.observation_gone"
    status = 409
    message = N_("This has been taken back or corrected already; nothing was changed.")


@action("registry.observe")
def observe(
    *,
    entity: Entity,
    on: date,
    finding: str,
    way: str,
    source: str,
    key: str,
    by: Actor,
    at: datetime,
    note: str = "",
    asked_by: Officer | None = None,
    asked_at: datetime | None = None,
    batch: ImportBatch | None = None,
) -> Observation:
    """Put down what was found out about whether a place works on a day.

    A room names its occasion by `source` (`patrol.visit`) and `key`; what the same occasion says again replaces what it
    said before, which is kept. No report, standing or figure changes: evidence is weighed with it. Who asked and when,
    and the file, are given where somebody puts it down afterwards.

    Raises: ObservedAhead
    """
    if on > clock.day_of(at):
        raise ObservedAhead(on=on, today=clock.day_of(at))
    Entity.objects.select_for_update(no_key=True).only("pk").get(pk=entity.pk)
    before = Observation.objects.filter(believed(), source=source, key=key).first()
    if before is not None:
        at = max(at, before.known_at + timedelta(microseconds=1))
        Observation.objects.filter(pk=before.pk).update(superseded_at=at)
    row = Observation.objects.create(
        entity=entity,
        on=on,
        finding=finding,
        way=way,
        source=source,
        key=key,
        note=note.strip()[:200],
        by_id=by.officer_id,
        known_at=at,
        asked_by=asked_by,
        asked_at=asked_at,
        batch=batch,
    )
    record(
        "entity",
        entity.pk,
        by=by,
        at=at,
        before=None if before is None else _told(before),
        after=_told(row),
        within=entity.subdistrict_id,
    )
    return row


@action("registry.take_back_observation")
def take_back_observation(*, observation: Observation, by: Actor, at: datetime) -> Observation:
    """Believe no more what was put down; the row stays.

    Raises: ObservationGone
    """
    at = max(at, observation.known_at)
    if not Observation.objects.filter(believed(), pk=observation.pk).update(superseded_at=at):
        raise ObservationGone
    record(
        "entity",
        observation.entity_id,
        by=by,
        at=at,
        before=_told(observation),
        after={"finding": ""},
        within=observation.entity.subdistrict_id,
    )
    observation.superseded_at = at
    return observation


def _told(row: Observation) -> dict[str, object]:
    """What goes into the log: no note, which may name somebody."""
    return {"on": row.on, "finding": row.finding, "way": row.way}
