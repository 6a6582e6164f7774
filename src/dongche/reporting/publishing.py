"""Publishing: freeze the figures of a day for a unit, put them right by a numbered correction, or withdraw them."""

from __future__ import annotations

from datetime import date, datetime

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, System, action, record
from dongche.org.models import Unit
from dongche.reporting import publication as snapshots
from dongche.reporting.models import Publication
from dongche.web import campaign
from dongche.web.templatetags.web import moment


class NotYoursToPublish(Problem):
    code = "reporting.not_yours_to_publish"
    status = 403
    message = N_(
        "The figures of %(unit)s are published by whoever answers for it. Ask its secretary, head or headquarters."
    )


class NothingToPublish(Problem):
    code = "reporting.nothing_to_publish"
    message = N_(
        "%(unit)s has no expected place on %(on)s, so there is no figure to publish. Choose another day or unit."
    )


class SpeakerMissing(Problem):
    code = "reporting.speaker_missing"
    message = N_(
        "Whose statement are the figures of %(unit)s for %(on)s? Give name and post of whoever says them."
    )


class NoDayToPublish(Problem):
    code = "reporting.no_day_to_publish"
    message = N_("%(given)s cannot be published. Days from %(first)s to %(last)s can.")


class NotSettled(Problem):
    code = "reporting.not_settled"
    message = N_(
        "The figures of %(on)s cannot be published as known at %(given)s. Give a time between the beginning of the day "
        "and %(last)s, a minute ago: what is still on its way must not slip under a locked figure."
    )


class ReasonMissing(Problem):
    code = "reporting.publication_reason_missing"
    message = N_(
        "The figures of %(unit)s for %(on)s have been published already (no. %(number)s). A correction or withdrawal "
        "needs a reason."
    )


class PublishedMeanwhile(Problem):
    code = "reporting.published_meanwhile"
    status = 409
    message = N_(
        "Somebody else published no. %(number)s of %(unit)s for %(on)s meanwhile. Look at it, then decide again."
    )


class NothingToWithdraw(Problem):
    code = "reporting.nothing_to_withdraw"
    status = 409
    message = N_("There is no published figure of %(unit)s for %(on)s that could be withdrawn.")


@action("reporting.publish")
def publish(
    *,
    unit: Unit,
    on: date,
    speaker: str,
    by: Actor,
    at: datetime,
    as_known: datetime | None = None,
    reason: str = "",
    after: int | None = None,
) -> Publication:
    """Freeze the figures of a day for a unit, and give the publication.

    Without `as_known`, the facts are those known a minute ago: what is still on its way is not in it, and can never
    slip under it. `after` is the number one has seen last; None does not ask.

    Raises: NotYoursToPublish, NoDayToPublish, NotSettled, SpeakerMissing, NothingToPublish, ReasonMissing,
            PublishedMeanwhile
    """
    settled = at - snapshots.SETTLED_AFTER
    as_known = settled if as_known is None else as_known
    _refuse_day(on, as_known, settled)
    _refuse_stranger(by, unit, on)
    if not speaker.strip():
        raise SpeakerMissing(unit=unit.name, on=on)
    before = _last(unit, on, after)
    if before is not None and not reason.strip():
        raise ReasonMissing(unit=unit.name, on=on, number=before.number)
    found = snapshots.compute(unit, on, as_known)
    if not any(one.denominator for one in found):
        raise NothingToPublish(unit=unit.name, on=on)
    kind = Publication.Kind.FIRST if before is None else Publication.Kind.CORRECTION
    return _write(unit, on, kind, speaker, reason, by, at, as_known, before, found)


@action("reporting.withdraw")
def withdraw(
    *, unit: Unit, on: date, speaker: str, reason: str, by: Actor, at: datetime, after: int | None = None
) -> Publication:
    """Take back what was published of a day: the next number, without figures. What it said before stays readable.

    Raises: NotYoursToPublish, NothingToWithdraw, ReasonMissing, PublishedMeanwhile
    """
    _refuse_stranger(by, unit, on)
    before = _last(unit, on, after)
    if before is None or before.is_withdrawn:
        raise NothingToWithdraw(unit=unit.name, on=on)
    if not reason.strip():
        raise ReasonMissing(unit=unit.name, on=on, number=before.number)
    kind = Publication.Kind.WITHDRAWAL
    return _write(unit, on, kind, speaker or before.speaker, reason, by, at, before.as_known, before, [])


def _refuse_stranger(by: Actor, unit: Unit, on: date) -> None:
    if isinstance(by, System):
        return
    if unit.kind not in snapshots.LEVELS or unit not in snapshots.publishable_units(by, on):
        raise NotYoursToPublish(unit=unit.name)


def _refuse_day(on: date, as_known: datetime, settled: datetime) -> None:
    first, last = campaign.current().campaign.from_on, clock.day_of(settled)
    if not first <= on <= last:
        raise NoDayToPublish(given=on, first=first, last=last)
    if not clock.beginning_of(on) <= as_known <= settled:
        raise NotSettled(on=on, given=moment(as_known, "long"), last=moment(settled, "long"))


def _last(unit: Unit, on: date, after: int | None) -> Publication | None:
    """The last publication of the day. Whoever publishes for a unit waits here for others who do."""
    Unit.objects.select_for_update(no_key=True).only("pk").get(pk=unit.pk)
    found = Publication.objects.filter(unit=unit, on=on).order_by("-number").first()
    if after is not None and after != (found.number if found else 0):
        raise PublishedMeanwhile(number=found.number if found else 0, unit=unit.name, on=on)
    return found


def _write(
    unit: Unit,
    on: date,
    kind: str,
    speaker: str,
    reason: str,
    by: Actor,
    at: datetime,
    as_known: datetime,
    before: Publication | None,
    found: list[snapshots.Figure],
) -> Publication:
    number, previous = (before.number + 1, before.digest) if before else (1, "")
    text = snapshots.content(
        unit=unit, on=on, number=number, kind=str(kind), speaker=speaker.strip(), reason=reason.strip(), by=by.label,
        published_at=at, as_known=as_known, previous=previous, found=found,
    )  # fmt: skip
    written = Publication.objects.create(
        unit=unit, on=on, number=number, kind=kind, speaker=speaker.strip(), reason=reason.strip(), by_id=by.officer_id,
        published_at=at, as_known=as_known, content=text, digest=snapshots.digest(text), previous=previous,
    )  # fmt: skip
    record(
        "publication",
        written.pk,
        by=by,
        at=at,
        after={
            "on": on,
            "number": number,
            "kind": str(kind),
            "as_known": as_known.isoformat(),
            "digest": written.digest,
        },
        reason=written.reason,
        within=unit.subdistrict_id or unit.pk,
    )
    return written
