"""Naming an officer for many places as a deed that can be taken back: who serves them, or keeps contact (S30, S48)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from dongche.kit import clock
from dongche.org.audit import Actor
from dongche.org.models import Post
from dongche.registry.models import Entity, PlaceBatchRow, PlaceDuty
from dongche.web.periods import believed, in_force

FIELDS: Final = ("entity_id", "officer_id", "role", "source", "from_on")


def refuse(ids: Sequence[int], given: Mapping[str, Any]) -> dict[int, str]:
    """Places whose sub-district the officer does not serve in, that are theirs already, or whose duty begins later."""
    first = date.fromisoformat(given["from_on"])
    posts = Post.objects.filter(believed(), in_force(first), officer=given["officer_id"])
    served = set(posts.values_list("unit__subdistrict", flat=True))
    areas = Entity.objects.filter(pk__in=ids).values_list("pk", "subdistrict")
    refused = {pk: "no_post" for pk, area in areas if area not in served}
    for duty in _open(ids, given).values():
        if duty.from_on > first:
            refused[duty.entity_id] = "duty_begun"
        elif duty.officer_id == given["officer_id"]:
            refused[duty.entity_id] = "same"
    return refused


def do(
    ids: Sequence[int], given: Mapping[str, Any], reason: str, by: Actor, at: datetime
) -> dict[int, dict[str, Any]]:
    """From a day on the officer answers for the places; whoever did so far does until then."""
    first = date.fromisoformat(given["from_on"])
    held = _open(ids, given)
    PlaceDuty.objects.filter(pk__in=[duty.pk for duty in held.values()]).update(superseded_at=at)
    earlier = [duty for duty in held.values() if duty.from_on < first]
    shorter = PlaceDuty.objects.bulk_create(_again(duty, at, until_on=first) for duty in earlier)
    made = PlaceDuty.objects.bulk_create(
        PlaceDuty(
            entity_id=pk,
            officer_id=given["officer_id"],
            role=given["role"],
            source=given["source"],
            from_on=first,
            known_at=at,
        )
        for pk in ids
    )
    short = {duty.entity_id: duty.pk for duty in shorter}
    return {
        duty.entity_id: {
            "made": duty.pk,
            "before": held[duty.entity_id].pk if duty.entity_id in held else None,
            "short": short.get(duty.entity_id),
        }
        for duty in made
    }


def undo(rows: Sequence[PlaceBatchRow], by: Actor, at: datetime) -> dict[int, str]:
    """The duties end, and what they cut short goes on; from today on, where they have been in force since before.

    Where one of the two has been changed since, both stay.
    """
    today = clock.day_of(at)
    kept = {row.entity_id: row.kept for row in rows}
    wanted = [one[name] for one in kept.values() for name in ("made", "before", "short") if one[name]]
    duties = PlaceDuty.objects.in_bulk(wanted)
    stays: dict[int, str] = {}
    gone, back = [], []
    for entity, one in kept.items():
        made = duties[one["made"]]
        ours = [made, *([duties[one["short"]]] if one["short"] else [])]
        if any(duty.superseded_at is not None for duty in ours):
            stays[entity] = "changed_since"
            continue
        before = duties[one["before"]] if one["before"] else None
        if made.from_on < today:
            # Who has served since then did serve.
            gone.append(made)
            back.append(_again(made, at, until_on=today))
            if before:
                back.append(_again(before, at, from_on=today))
        else:
            gone += ours
            if before:
                back.append(_again(before, at))
    PlaceDuty.objects.filter(pk__in=[duty.pk for duty in gone]).update(superseded_at=at)
    PlaceDuty.objects.bulk_create(back, batch_size=1000)
    return stays


def _open(ids: Sequence[int], given: Mapping[str, Any]) -> dict[int, PlaceDuty]:
    """The duty of each place in the role that has no end."""
    found = PlaceDuty.objects.filter(believed(), entity__in=ids, role=given["role"], until_on__isnull=True)
    return {duty.entity_id: duty for duty in found}


def _again(duty: PlaceDuty, at: datetime, **changed: Any) -> PlaceDuty:
    """The same duty as it is believed from now on, with other days."""
    values = {name: getattr(duty, name) for name in (*FIELDS, "until_on")}
    return PlaceDuty(**values | {"known_at": at} | changed)
