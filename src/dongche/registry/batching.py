"""Deeds on many places at once: which of them each takes, what it refuses and why, how it is done and taken back.

Each deed works on a part of the places, a fixed number of statements for each, inside an action (`actions.batches`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Q

from dongche.kit import clock
from dongche.kit.messages import N_
from dongche.org.audit import Actor
from dongche.registry import serving
from dongche.registry.imports import bulk, values
from dongche.registry.models import Entity, Exclusion, PlaceBatch, PlaceBatchRow, Revision, Source
from dongche.registry.versions import DIMENSIONS
from dongche.web.campaign import current

PART: Final = 1000
AT_ONCE: Final = 500  # so many are changed while the officer waits

REASONS: Final = {
    "excluded": N_("left out already on some of these days"),
    "not_excluded": N_("not left out on that day"),
    "ended": N_("has left the register by then"),
    "same": N_("has this value already"),
    "no_suggestion": N_("the address says nothing certain"),
    "has_community": N_("has a community already"),
    "elsewhere": N_("lies in another sub-district"),
    "not_yours": N_("in a sub-district that you see but do not decide for"),
    "no_post": N_("the officer holds no post there on that day"),
    "duty_begun": N_("a duty that begins later is laid down already"),
    "changed_since": N_("changed since, so it stays as it is"),
}
Kept = dict[str, Any]
Given = Mapping[str, Any]


@dataclass(frozen=True)
class Deed:
    """One kind of batch. `refuse`: ids → reasons of those it cannot be done to. `do`: the others → what undoing needs.
    `undo`: rows → reasons of those that stay."""

    refuse: Callable[[Sequence[int], Given], dict[int, str]]
    do: Callable[[Sequence[int], Given, str, Actor, datetime], dict[int, Kept]]
    undo: Callable[[Sequence[PlaceBatchRow], Actor, datetime], dict[int, str]]


# --- Left out of the figures, and counted again ---


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _believed(ids: Sequence[int]) -> Any:
    return Exclusion.objects.filter(entity__in=ids, superseded_at__isnull=True)


def _refuse_excluding(ids: Sequence[int], given: Given) -> dict[int, str]:
    first, last = _day(given["from_on"]), _day(given["until_on"])
    overlapping = _believed(ids).filter(Q(until_on__isnull=True) | Q(until_on__gt=first))
    if last is not None:
        overlapping = overlapping.filter(from_on__lt=last)
    ended = Entity.objects.filter(pk__in=ids, until_on__lte=first)
    return dict.fromkeys(ended.values_list("pk", flat=True), "ended") | dict.fromkeys(
        overlapping.values_list("entity", flat=True), "excluded"
    )


def _exclude(ids: Sequence[int], given: Given, reason: str, by: Actor, at: datetime) -> dict[int, Kept]:
    made = Exclusion.objects.bulk_create(
        Exclusion(
            entity_id=pk,
            kind=given["kind"],
            reason=reason[:200],
            from_on=date.fromisoformat(given["from_on"]),
            until_on=_day(given["until_on"]),
            known_at=at,
            by_id=by.officer_id,
        )
        for pk in ids
    )
    return {one.entity_id: {"exclusion": one.pk} for one in made}


def _undo_excluding(rows: Sequence[PlaceBatchRow], by: Actor, at: datetime) -> dict[int, str]:
    made = {row.kept["exclusion"]: row.entity_id for row in rows}
    still = set(Exclusion.objects.filter(pk__in=made, superseded_at=None).values_list("pk", flat=True))
    Exclusion.objects.filter(pk__in=still).update(superseded_at=at)
    return {entity: "changed_since" for pk, entity in made.items() if pk not in still}


def _held_on(ids: Sequence[int], given: Given) -> dict[int, Exclusion]:
    """The exclusion of each place that would go on after the day."""
    until = _day(given["until_on"])
    going_on = _believed(ids).filter(Q(until_on__isnull=True) | Q(until_on__gt=until))
    return {one.entity_id: one for one in going_on.order_by("-from_on")}


def _refuse_including(ids: Sequence[int], given: Given) -> dict[int, str]:
    held = _held_on(ids, given)
    return {pk: "not_excluded" for pk in ids if pk not in held}


def _include(ids: Sequence[int], given: Given, reason: str, by: Actor, at: datetime) -> dict[int, Kept]:
    held, until = _held_on(ids, given), _day(given["until_on"])
    Exclusion.objects.filter(pk__in=[one.pk for one in held.values()]).update(superseded_at=at)
    shorter = [one for one in held.values() if until is not None and one.from_on < until]
    made = Exclusion.objects.bulk_create(_copy(one, until, by, at) for one in shorter)
    news = {one.entity_id: one.pk for one in made}
    return {pk: {"before": one.pk, "after": news.get(pk)} for pk, one in held.items()}


def _copy(one: Exclusion, until_on: date | None, by: Actor, at: datetime) -> Exclusion:
    return Exclusion(
        entity_id=one.entity_id,
        kind=one.kind,
        reason=one.reason,
        from_on=one.from_on,
        until_on=until_on,
        known_at=at,
        by_id=by.officer_id,
    )


def _undo_including(rows: Sequence[PlaceBatchRow], by: Actor, at: datetime) -> dict[int, str]:
    ids = [row.entity_id for row in rows]
    believed: dict[int, set[int]] = {}
    for pk, entity in _believed(ids).values_list("pk", "entity"):
        believed.setdefault(entity, set()).add(pk)
    before = Exclusion.objects.in_bulk([row.kept["before"] for row in rows])
    stays = {
        row.entity_id: "changed_since"
        for row in rows
        if believed.get(row.entity_id, set()) != ({row.kept["after"]} if row.kept["after"] else set())
    }
    back = [row for row in rows if row.entity_id not in stays]
    Exclusion.objects.filter(pk__in=[row.kept["after"] for row in back]).update(superseded_at=at)
    olds = [before[row.kept["before"]] for row in back]
    Exclusion.objects.bulk_create(_copy(one, one.until_on, by, at) for one in olds)
    return stays


# --- Values ---


def _asked(given: Given) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in values.IMPORTED}


def _refuse_changing(ids: Sequence[int], given: Given) -> dict[int, str]:
    asked = _asked(given)
    places = Entity.objects.filter(pk__in=ids)
    refused = dict.fromkeys(places.filter(**asked).values_list("pk", flat=True), "same")
    if "subdistrict_id" in given:
        other = places.exclude(subdistrict=given["subdistrict_id"])
        refused |= dict.fromkeys(other.values_list("pk", flat=True), "elsewhere")
    return refused


def _change(ids: Sequence[int], given: Given, reason: str, by: Actor, at: datetime) -> dict[int, Kept]:
    asked = _asked(given)
    return _write(ids, lambda known: values.differences(known, asked), by, at)


def _undo_changing(rows: Sequence[PlaceBatchRow], by: Actor, at: datetime) -> dict[int, str]:
    made = {row.kept["version"]: row for row in rows}
    still = Revision.objects.filter(pk__in=made, superseded_at=None).values_list("pk", flat=True)
    back = {made[pk].entity_id: made[pk].kept["before"] for pk in still}
    _write(list(back), lambda known: values.differences(known, back[known["pk"]]), by, at)
    return {row.entity_id: "changed_since" for row in rows if row.entity_id not in back}


def _write(
    ids: Sequence[int], wanted: Callable[[dict[str, Any]], dict[str, list[Any]]], by: Actor, at: datetime
) -> dict[int, Kept]:
    """Change values of places; each keeps its version from before. Gives what undoing needs."""
    on, first_day = clock.day_of(at), current().campaign.from_on
    rows, versions = [], []
    kept: dict[int, Kept] = {}
    for known in Entity.objects.filter(pk__in=ids).order_by("pk").values("pk", "until_on", *values.ALL):
        asked = wanted(known)
        row = values.after(known, asked, on=on, first_day=first_day)
        changes = values.all_changes(known, row)
        rows.append(row)
        versions.append((known["pk"], values.shown(changes), [row[name] for name in DIMENSIONS]))
        kept[known["pk"]] = {"before": {name: pair[0] for name, pair in asked.items()}}
    Revision.objects.filter(entity__in=ids, superseded_at__isnull=True).update(superseded_at=at)
    # What such a batch can change, and what follows from it; the rest of a place is not written.
    columns = (
        "category",
        "focus",
        "community_id",
        "grid_id",
        "section",
        "division",
        "size",
        "above_scale",
        "from_on",
    )
    changed = ([*(row[name] for name in columns), at, row["pk"]] for row in rows)
    bulk.update(Entity, (*columns, "updated_at"), changed)
    numbers = bulk.next_ids(Revision, len(versions))
    names = (
        "id",
        "entity_id",
        "known_at",
        "superseded_at",
        "source",
        "by_id",
        "changes",
        "former",
        *DIMENSIONS,
    )
    source, officer = Source.ENTERED.value, by.officer_id
    bulk.insert(
        Revision,
        names,
        (
            [number, pk, at, None, source, officer, changes, "", *dimensions]
            for number, (pk, changes, dimensions) in zip(numbers, versions, strict=True)
        ),
    )
    for number, (pk, _changes, _dimensions) in zip(numbers, versions, strict=True):
        kept[pk]["version"] = number
    return kept


def _refuse_finding(ids: Sequence[int], given: Given) -> dict[int, str]:
    targets = given["targets"]
    known = Entity.objects.filter(pk__in=ids, community__isnull=False).values_list("pk", flat=True)
    refused = {pk: "no_suggestion" for pk in ids if str(pk) not in targets}
    return refused | dict.fromkeys(known, "has_community")


def _find(ids: Sequence[int], given: Given, reason: str, by: Actor, at: datetime) -> dict[int, Kept]:
    targets = given["targets"]
    return _write(
        ids, lambda known: values.differences(known, {"community_id": targets[str(known["pk"])]}), by, at
    )


_VALUES: Final = Deed(_refuse_changing, _change, _undo_changing)
DEEDS: Final[Mapping[str, Deed]] = {
    PlaceBatch.Kind.EXCLUDE: Deed(_refuse_excluding, _exclude, _undo_excluding),
    PlaceBatch.Kind.INCLUDE: Deed(_refuse_including, _include, _undo_including),
    PlaceBatch.Kind.FOCUS: _VALUES,
    PlaceBatch.Kind.CATEGORY: _VALUES,
    PlaceBatch.Kind.GRID: _VALUES,
    PlaceBatch.Kind.ADDRESS: Deed(_refuse_finding, _find, _undo_changing),
    PlaceBatch.Kind.NAME: Deed(serving.refuse, serving.do, serving.undo),
}


def refusals(kind: str, ids: Sequence[int], given: Given) -> dict[int, str]:
    """This function will say of which of many places a deed would be refused, and why: id → code in REASONS."""
    found: dict[int, str] = {}
    for first in range(0, len(ids), PART):
        found |= DEEDS[kind].refuse(ids[first : first + PART], given)
    return found
