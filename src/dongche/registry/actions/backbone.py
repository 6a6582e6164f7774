"""The list of backbone firms changes by recorded decision alone, and keeps its number (S49)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.org.models import Unit
from dongche.registry.imports import bulk
from dongche.registry.models import BackboneDecision, BackboneFirm, Entity
from dongche.web.campaign import current
from dongche.web.periods import believed, in_force


class BackboneNumber(Problem):
    code = "registry.backbone_number"
    message = N_(
        "From %(on)s on there would be %(count)s firms on the list; it has exactly %(number)s. %(entering)s come in "
        "and %(leaving)s go out: let as many go as come, or bring the first list in whole."
    )


class BackboneNotOn(Problem):
    code = "registry.backbone_not_on"
    status = 409
    message = N_("Not on the list on %(on)s, so they cannot go out: %(firms)s. Look at the list of that day.")


class BackboneOnAlready(Problem):
    code = "registry.backbone_on_already"
    status = 409
    message = N_(
        "On the list already on %(on)s, so they cannot come in: %(firms)s. Look at the list of that day."
    )


class BackboneBefore(Problem):
    code = "registry.backbone_before"
    status = 409
    message = N_(
        "The list was last changed from %(last)s on (%(document)s); a decision holds from that day on or later. Given "
        "was %(on)s."
    )


class BackboneUnfounded(Problem):
    code = "registry.backbone_unfounded"
    message = N_(
        "Write the number of the document and the reason: the list changes by recorded decision alone."
    )


class BackboneElsewhere(Problem):
    code = "registry.backbone_elsewhere"
    message = N_(
        "Not firms of %(subdistrict)s: %(firms)s. Choose firms of this sub-district that are in the registry."
    )


@action("registry.decide_backbone")
def decide_backbone(
    *,
    subdistrict: Unit,
    document: str,
    reason: str,
    from_on: date,
    entering: Sequence[Entity],
    leaving: Sequence[Entity],
    by: Actor,
    at: datetime,
) -> BackboneDecision:
    """Bring firms onto the list and take others off, from a day on; the number stays what the pack says.

    Raises: BackboneUnfounded, BackboneElsewhere, BackboneBefore, BackboneNotOn, BackboneOnAlready, BackboneNumber
    """
    document, reason = document.strip(), reason.strip()
    if not document or not reason or not (entering or leaving):
        raise BackboneUnfounded
    strangers = [
        one for one in entering if one.subdistrict_id != subdistrict.pk or one.merged_into_id is not None
    ]
    if strangers:
        raise BackboneElsewhere(subdistrict=subdistrict.name, firms=_named(strangers))
    bulk.lock()
    last = BackboneDecision.objects.filter(subdistrict=subdistrict).order_by("-from_on", "-pk").first()
    if last is not None and from_on < last.from_on:
        raise BackboneBefore(last=last.from_on, document=last.document, on=from_on)
    rows = BackboneFirm.objects.filter(believed(), in_force(from_on), entity__subdistrict=subdistrict)
    held = {row.entity_id: row for row in rows}
    if missing := [one for one in leaving if one.pk not in held]:
        raise BackboneNotOn(on=from_on, firms=_named(missing))
    if again := [one for one in entering if one.pk in held]:
        raise BackboneOnAlready(on=from_on, firms=_named(again))
    came, went = {one.pk for one in entering}, {one.pk for one in leaving}
    count, number = len(held) + len(came) - len(went), current().backbone_on(from_on)
    if count != number:
        raise BackboneNumber(on=from_on, count=count, number=number, entering=len(came), leaving=len(went))
    decision = BackboneDecision.objects.create(
        subdistrict=subdistrict,
        document=document[:80],
        reason=reason[:400],
        from_on=from_on,
        by_id=by.officer_id,
        at=at,
    )
    _end([held[pk] for pk in sorted(went)], decision)
    BackboneFirm.objects.bulk_create(
        BackboneFirm(entity_id=pk, entered_by=decision, from_on=from_on, known_at=at) for pk in sorted(came)
    )
    record(
        "unit",
        subdistrict.pk,
        by=by,
        at=at,
        before={"backbone_out": sorted(went)},
        after={"backbone_in": sorted(came), "reference": decision.document, "from_on": from_on},
        reason=reason[:400],
        within=subdistrict,
    )
    return decision


def _end(rows: Sequence[BackboneFirm], decision: BackboneDecision) -> None:
    """What was on the list from the very day on was never on it; all else ends with the day."""
    BackboneFirm.objects.filter(pk__in=[row.pk for row in rows]).update(superseded_at=decision.at)
    BackboneFirm.objects.bulk_create(
        BackboneFirm(
            entity_id=row.entity_id,
            entered_by_id=row.entered_by_id,
            left_by=decision,
            from_on=row.from_on,
            until_on=decision.from_on,
            known_at=decision.at,
        )
        for row in rows
        if row.from_on < decision.from_on
    )


def _named(firms: Sequence[Entity]) -> str:
    shown = "、".join(f"{one.name}（{one.number}）" for one in firms[:5])
    return f"{shown}……" if len(firms) > 5 else shown
