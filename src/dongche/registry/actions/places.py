"""Deeds on one place: exclude it from those that should resume, take its code away, classify it anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import Count, QuerySet

from dongche.kit.errors import Problem
from dongche.kit.identifiers import new_code
from dongche.kit.messages import N_
from dongche.org.audit import CHANGED, Actor, action, record
from dongche.org.models import Unit
from dongche.registry.imports import bulk, values
from dongche.registry.models import PRESENT, Entity, Exclusion, Source, WithdrawnCode
from dongche.registry.versions import DIMENSIONS, revise
from dongche.web.campaign import current


class AlreadyExcluded(Problem):
    code = "registry.already_excluded"
    status = 409
    message = N_(
        "%(number)s is excluded from %(from_on)s to %(until_on)s already (%(reason)s). End that exclusion first."
    )


class ExclusionEnded(Problem):
    code = "registry.exclusion_ended"
    status = 409
    message = N_("This exclusion ended on %(until_on)s or was replaced already; nothing was changed.")


class ExclusionPeriod(Problem):
    code = "registry.exclusion_period"
    message = N_("The exclusion begins on %(from_on)s; its end must be a later day. Given was %(until_on)s.")


class ReasonMissing(Problem):
    code = "registry.reason_missing"
    message = N_(
        "Say why: the figures leave this place out, and somebody will ask. Write the reason in a few words."
    )


class WithdrawalReasonMissing(Problem):
    code = "registry.withdrawal_reason_missing"
    message = N_(
        "Say why the code is withdrawn: whoever holds the old card can no longer report with it. Write a few words, "
        "such as “card lost”."
    )


@action("registry.exclude_place")
def exclude_place(
    *,
    entity: Entity,
    kind: str,
    reason: str,
    from_on: date,
    by: Actor,
    at: datetime,
    until_on: date | None = None,
) -> Exclusion:
    """Leave a place out of those that should resume, from a day to a day.

    Raises: ReasonMissing, ExclusionPeriod, AlreadyExcluded
    """
    reason = reason.strip()
    if not reason:
        raise ReasonMissing
    if until_on is not None and until_on <= from_on:
        raise ExclusionPeriod(from_on=from_on, until_on=until_on)
    bulk.lock()
    for other in Exclusion.objects.filter(entity=entity, superseded_at__isnull=True):
        if (until_on is None or other.from_on < until_on) and (
            other.until_on is None or from_on < other.until_on
        ):
            raise AlreadyExcluded(
                number=entity.number,
                from_on=other.from_on,
                until_on=other.until_on or "…",
                reason=other.reason,
            )
    exclusion = Exclusion.objects.create(
        entity=entity,
        kind=kind,
        reason=reason[:200],
        from_on=from_on,
        until_on=until_on,
        known_at=at,
        by_id=by.officer_id,
    )
    after = {
        "exclusion": exclusion.pk,
        "kind": kind,
        "from_on": from_on,
        "until_on": until_on,
    }
    record("entity", entity.pk, by=by, at=at, after=after, reason=reason[:200], within=entity.subdistrict_id)
    return exclusion


@action("registry.end_exclusion")
def end_exclusion(
    *, exclusion: Exclusion, until_on: date, by: Actor, at: datetime, reason: str = ""
) -> Exclusion | None:
    """End an exclusion: `until_on` is the first day on which the place counts again.

    Shape: the belief held so far is kept as superseded beside the new one. An end on or before the first day withdraws
           the exclusion altogether and gives None.
    Raises: ExclusionEnded
    """
    bulk.lock()
    exclusion = Exclusion.objects.select_related("entity").get(pk=exclusion.pk)
    if exclusion.superseded_at is not None or (
        exclusion.until_on is not None and exclusion.until_on <= until_on
    ):
        raise ExclusionEnded(until_on=exclusion.until_on or "…")
    exclusion.superseded_at = at
    exclusion.save(update_fields=["superseded_at"])
    is_withdrawn = until_on <= exclusion.from_on
    record(
        "entity",
        exclusion.entity_id,
        by=by,
        at=at,
        before={"exclusion": exclusion.pk, "kind": exclusion.kind, "until_on": exclusion.until_on},
        after={"until_on": until_on, "withdrawn": is_withdrawn},
        reason=reason,
        within=exclusion.entity.subdistrict_id,
    )
    if is_withdrawn:
        return None
    return Exclusion.objects.create(
        entity_id=exclusion.entity_id,
        kind=exclusion.kind,
        reason=exclusion.reason,
        from_on=exclusion.from_on,
        until_on=until_on,
        known_at=at,
        by_id=by.officer_id,
    )


@action("registry.revoke_code")
def revoke_code(*, entity: Entity, reason: str, by: Actor, at: datetime) -> Entity:
    """Take the code of a lost or misused QR card out of use and give the place a new one.

    Shape:  the old code is remembered, so that whoever scans the old card is told to ask for the new one
    Raises: WithdrawalReasonMissing
    """
    reason = reason.strip()
    if not reason:
        raise WithdrawalReasonMissing
    bulk.lock()
    entity = Entity.objects.get(pk=entity.pk)
    withdrawn = WithdrawnCode.objects.create(entity=entity, code=entity.code, withdrawn_at=at)
    entity.code, entity.updated_at = new_code(), at
    entity.save(update_fields=["code", "updated_at"])
    # The codes themselves are as good as passwords: the log knows the old one by its row.
    record(
        "entity",
        entity.pk,
        by=by,
        at=at,
        before={"withdrawn_code": withdrawn.pk},
        after={"code": CHANGED},
        reason=reason,
        within=entity.subdistrict_id,
    )
    return entity


@action("registry.reclassify_places")
def reclassify_places(*, subdistrict: Unit, on: date, by: Actor, at: datetime) -> int:
    """Compute size class and four-above flag of every place anew by the standards of a day; give how many changed.

    Standards are dated: a threshold that changes at New Year changes classes without any new datum.
    """
    bulk.lock()
    columns = ("pk", "size", "above_scale", *DIMENSIONS, *values.IMPORTED)
    places = Entity.objects.filter(PRESENT, subdistrict=subdistrict)
    before = _classes(places)
    changed = list(_reclassified(places.values(*dict.fromkeys(columns)), on))
    for known, sizes in changed:
        Entity.objects.filter(pk=known["pk"]).update(**sizes, updated_at=at)
        changes = {name: [known[name], value] for name, value in sizes.items() if known[name] != value}
        revise(known | sizes, Source.ENTERED, changes, by=by, at=at)
    after = {"on": on, "changed": len(changed), **_classes(places)}
    record("unit", subdistrict.pk, by=by, at=at, before=before, after=after, within=subdistrict)
    return len(changed)


def _classes(places: QuerySet[Entity]) -> dict[str, Any]:
    """How many places are of each size; what became of each single one stands in its versions."""
    sizes = places.values_list("size").annotate(count=Count("pk")).order_by("size")
    return {"sizes": dict(sizes), "above_scale": places.filter(above_scale=True).count()}


def _reclassified(
    places: QuerySet[Entity, dict[str, Any]], on: date
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    first_day = current().campaign.from_on
    for known in places.iterator(chunk_size=2000):
        now = values.derived(known, on=on, first_day=first_day)
        sizes = {name: now[name] for name in ("size", "above_scale")}
        if any(known[name] != value for name, value in sizes.items()):
            yield known, sizes
