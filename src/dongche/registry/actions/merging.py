"""Two places that are one: merged in one action, and parted again in one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.registry import provenance
from dongche.registry.actions.entering import ChangedMeanwhile, CreditCodeTaken
from dongche.registry.duplicates.merging import Merging, steps
from dongche.registry.duplicates.pairs import unfound
from dongche.registry.imports import bulk, names, values
from dongche.registry.models import DuplicatePair, Entity, Merge, Revision, Source
from dongche.registry.versions import DIMENSIONS, revise, told
from dongche.web.campaign import current

State = DuplicatePair.State
# What says where a place lies goes together.
TOGETHER = {"community_id": ("community_id", "grid_id"), "lon": ("lon", "lat")}
CHOSEN = tuple(name for name in values.IMPORTED if name not in ("grid_id", "lat"))


class MergedWithItself(Problem):
    code = "registry.merged_with_itself"
    message = N_("%(number)s cannot be merged with itself. Choose two different places.")


class MergedAcross(Problem):
    code = "registry.merged_across"
    message = N_(
        "%(number)s lies in %(subdistrict)s, %(other)s in %(other_subdistrict)s. Only places of one sub-district "
        "can be merged; correct where one of them lies first."
    )


class AlreadyMerged(Problem):
    code = "registry.already_merged"
    status = 409
    message = N_(
        "%(number)s was merged into %(into)s already, at %(time)s, by %(by)s; nothing was changed. Go on with %(into)s."
    )

    @classmethod
    def of(cls, merge: Merge, place: Entity, survivor: Entity) -> AlreadyMerged:
        who = merge.by.name if merge.by else "—"
        return cls(number=place.number, into=survivor.number, time=_time(merge.at), by=who)


class AlreadyParted(Problem):
    code = "registry.already_parted"
    status = 409
    message = N_("This merge was undone at %(time)s already, by %(by)s; nothing was changed.")


class MergedOn(Problem):
    code = "registry.merged_on"
    status = 409
    message = N_(
        "%(number)s was itself merged into %(into)s afterwards, so this merge cannot be undone yet. Undo that one "
        "first."
    )


@action("registry.merge_places")
def merge_places(
    *,
    survivor: Entity,
    merged: Entity,
    versions: Mapping[int, int],
    taken: Collection[str],
    by: Actor,
    at: datetime,
    reason: str = "",
) -> Merge:
    """Make one place of two: what hangs on the merged one moves to the survivor, its code leads there.

    Shape:  `versions` gives for each place the id of the version that the officer looked at; `taken` names the fields,
            of `CHOSEN`, whose value comes from the merged place. The merged place keeps its values and versions and is
            counted no more, on any day; answers as known before stay as they were
    Raises: MergedWithItself, MergedAcross, AlreadyMerged, ChangedMeanwhile
    """
    if survivor.pk == merged.pk:
        raise MergedWithItself(number=survivor.number)
    survivor, merged = _held(survivor.pk, merged.pk)
    if survivor.subdistrict_id != merged.subdistrict_id:
        raise MergedAcross(
            number=survivor.number,
            subdistrict=survivor.subdistrict.name,
            other=merged.number,
            other_subdistrict=merged.subdistrict.name,
        )
    for place in (survivor, merged):
        _refuse_merged(place)
        _refuse_changed(place, versions.get(place.pk))
    at = _after_all(at, survivor, merged)
    merge = Merge.objects.create(
        subdistrict_id=survivor.subdistrict_id,
        survivor=survivor,
        merged=merged,
        taken=sorted(taken),
        reason=reason.strip()[:200],
        by_id=by.officer_id,
        at=at,
    )
    Revision.objects.filter(entity=merged, superseded_at__isnull=True).update(superseded_at=at)
    Entity.objects.filter(pk=merged.pk).update(merged_into=survivor, merged_at=at, updated_at=at)
    merging = Merging(survivor, merged, merge.pk, at)
    merge.moved = {step.name: step.move(merging) for step in steps()}
    asked = {
        name: [getattr(survivor, name), getattr(merged, name)]
        for chosen in CHOSEN
        if chosen in taken
        for name in TOGETHER.get(chosen, (chosen,))
        if getattr(survivor, name) != getattr(merged, name)
    }
    changes = _change(survivor, asked, by=by, at=at)
    if changes:
        merge.revision = Revision.objects.get(entity=survivor, superseded_at__isnull=True)
    merge.save(update_fields=["moved", "revision"])
    pair = unfound(survivor, merged, at)
    pair = DuplicatePair.objects.filter(first=pair.first, second=pair.second).first() or pair
    pair.state, pair.by_id, pair.decided_at, pair.reason = State.MERGED, by.officer_id, at, merge.reason
    pair.save()
    record(
        "entity",
        survivor.pk,
        by=by,
        at=at,
        before=told(changes, 0),
        after=told(changes, 1) | {"merge": merge.pk, "merged_place": merged.pk},
        reason=merge.reason,
        within=survivor.subdistrict_id,
    )
    return merge


@action("registry.part_places")
def part_places(*, merge: Merge, by: Actor, at: datetime, reason: str = "") -> Merge:
    """Undo a merge: both places are again what they were before it.

    Shape:  what has come to the survivor since stays there: values changed since then, reports corrected since then
    Raises: AlreadyParted, MergedOn, CreditCodeTaken
    """
    bulk.lock()
    merge = Merge.objects.select_for_update(of=("self",)).select_related("undone_by").get(pk=merge.pk)
    if merge.undone_at is not None:
        who = merge.undone_by.name if merge.undone_by else "—"
        raise AlreadyParted(time=_time(merge.undone_at), by=who)
    survivor, merged = _held(merge.survivor_id, merge.merged_id)
    if survivor.merged_into is not None:
        raise MergedOn(number=survivor.number, into=survivor.merged_into.number)
    at = _after_all(at, survivor, merged)
    asked, derived = _restored(merge, survivor, merged)
    changes = _change(survivor, asked, by=by, at=at, derived=derived)
    _refuse_taken(merged)
    Entity.objects.filter(pk=merged.pk).update(merged_into=None, merged_at=None, updated_at=at)
    known = Entity.objects.values("pk", *DIMENSIONS).get(pk=merged.pk)
    revise(known, Source.ENTERED, {}, by=by, at=at)
    merging = Merging(survivor, merged, merge.pk, at)
    for step in steps():
        if step.name in merge.moved:
            step.back(merging, merge.moved[step.name])
    merge.undone_at, merge.undone_by_id, merge.undone_reason = at, by.officer_id, reason.strip()[:200]
    merge.save(update_fields=["undone_at", "undone_by", "undone_reason"])
    first, second = sorted((survivor.pk, merged.pk))
    DuplicatePair.objects.filter(first=first, second=second).update(
        state=State.OPEN, by=None, decided_at=None, reason=""
    )
    record(
        "entity",
        survivor.pk,
        by=by,
        at=at,
        before=told(changes, 0) | {"merge": merge.pk, "merged_place": merged.pk},
        after=told(changes, 1),
        reason=merge.undone_reason,
        within=survivor.subdistrict_id,
    )
    return merge


def _held(*ids: int) -> list[Entity]:
    """The places as they are under the lock, in the order asked for; they are always locked in the same one."""
    bulk.lock()
    rows = Entity.objects.select_for_update(of=("self",)).select_related("subdistrict", "merged_into")
    found = {place.pk: place for place in rows.filter(pk__in=ids).order_by("pk")}
    return [found[pk] for pk in ids]


def _refuse_merged(place: Entity) -> None:
    if place.merged_into is not None:
        merge = Merge.objects.select_related("by").get(merged=place.pk, undone_at__isnull=True)
        raise AlreadyMerged.of(merge, place, place.merged_into)


def _refuse_changed(place: Entity, version: int | None) -> None:
    latest = Revision.objects.get(entity=place.pk, superseded_at__isnull=True)
    if latest.pk != version:
        raise ChangedMeanwhile(number=place.number, time=_time(latest.known_at))


def _refuse_taken(place: Entity) -> None:
    """Raises: CreditCodeTaken – its code has become that of another place meanwhile"""
    holder = Entity.objects.filter(
        subdistrict=place.subdistrict_id, credit_code=place.credit_code, merged_into__isnull=True
    ).first()
    if place.credit_code and holder is not None:
        raise CreditCodeTaken(credit_code=place.credit_code, name=holder.name, number=holder.number)


def _after_all(at: datetime, *places: Entity) -> datetime:
    """An instant at which everything known of the places so far was known already."""
    latest = Revision.objects.filter(entity__in=places).order_by("-known_at").first()
    return at if latest is None else max(at, latest.known_at + timedelta(microseconds=1))


def _time(instant: datetime) -> str:
    return instant.astimezone(clock.BEIJING).strftime("%Y-%m-%d %H:%M")


def _change(
    place: Entity,
    asked: Mapping[str, list[Any]],
    *,
    by: Actor,
    at: datetime,
    derived: Mapping[str, Any] | None = None,
) -> dict[str, list[Any]]:
    """Give a place other values, with a version of their own; gives all that changed.

    `derived` are values that follow from others and are known: they are not worked out by the standards of today
    """
    if not asked:
        return {}
    known = Entity.objects.values("pk", "until_on", *values.ALL).get(pk=place.pk)
    row = values.after(known, asked, on=clock.day_of(at), first_day=current().campaign.from_on)
    row.update(derived or {})
    changes = values.all_changes(known, row)
    Entity.objects.filter(pk=place.pk).update(**{name: row[name] for name in values.ALL}, updated_at=at)
    revise(row, Source.ENTERED, changes, by=by, at=at)
    if "name" in changes:
        names.forget([(place.pk, known["name"])])
        names.index([(place.pk, row["name"])])
    return changes


def _restored(merge: Merge, survivor: Entity, merged: Entity) -> tuple[dict[str, list[Any]], dict[str, Any]]:
    """What the survivor took from the merged place and still has, with what it was before; and what follows from it.

    A personal value that has been erased from the version since is not brought back.
    """
    asked: dict[str, list[Any]] = {}
    derived: dict[str, Any] = {}
    if merge.revision is None:
        return asked, derived
    former = values.replaced(merge.revision.former)
    for name, (before, after) in merge.revision.changes.items():
        now = getattr(survivor, name)
        if name in values.PERSONAL:
            if name in former and now == getattr(merged, name):
                asked[name] = [now, former[name]]
        elif (now.isoformat() if isinstance(now, date) else now) == after:
            is_day = name in provenance.DAYS and before is not None
            whole = date.fromisoformat(before) if is_day else before
            if name in values.IMPORTED:
                asked[name] = [now, whole]
            else:
                derived[name] = whole
    taken = [name for name in merge.revision.changes if name in values.IMPORTED]
    # Where some of it has been changed since, what follows is worked out by what holds now.
    return asked, derived if len(asked) == len(taken) else {}
