"""Absences and who acts meanwhile."""

from __future__ import annotations

from datetime import date, datetime

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.org.dated import EndBeforeStart, Superseded, ended, no_overlap, refuse_past
from dongche.org.models import Leave, Officer
from dongche.org.queries import possible_substitutes


class OwnSubstitute(Problem):
    code = "org.own_substitute"
    message = N_("%(officer)s cannot act for themselves. Choose another officer, or nobody.")


class SubstituteElsewhere(Problem):
    code = "org.substitute_elsewhere"
    message = N_(
        "%(substitute)s holds no post on %(on)s in the sub-district where %(officer)s serves, and cannot act there. "
        "Choose an officer who does."
    )


@action("org.take_leave")
def take_leave(
    *,
    officer: Officer,
    from_on: date,
    by: Actor,
    at: datetime,
    until_on: date | None = None,
    substitute: Officer | None = None,
    kind: str = Leave.Kind.OTHER,
    reason: str = "",
) -> Leave:
    """Note that an officer is away from a day on, and who acts in all their posts; `until_on` is the day they are back.

    Raises: OwnSubstitute, SubstituteElsewhere, EndBeforeStart, ReasonNeeded, PeriodOverlaps
    """
    if substitute == officer:
        raise OwnSubstitute(officer=officer.name)
    if until_on is not None and until_on <= from_on:
        raise EndBeforeStart(from_on=from_on, given=until_on)
    refuse_past(from_on, at, reason)
    if substitute is not None and substitute not in possible_substitutes(officer, from_on):
        raise SubstituteElsewhere(substitute=substitute.name, officer=officer.name, on=from_on)
    with no_overlap(from_on, officer.name):
        leave = Leave.objects.create(
            officer=officer,
            substitute=substitute,
            kind=kind,
            from_on=from_on,
            until_on=until_on,
            known_at=at,
        )
    record("leave", leave.pk, by=by, at=at, after=_told(leave), reason=reason, within=officer)
    return leave


@action("org.end_leave")
def end_leave(*, leave: Leave, until_on: date, by: Actor, at: datetime, reason: str = "") -> Leave:
    """Note that an officer is back: `until_on` is their first day.

    Raises: what `dated.ended` refuses
    """
    new = ended(leave, until_on, at=at, reason=reason)
    before, after = _told(leave), _told(new)
    record("leave", new.pk, by=by, at=at, before=before, after=after, reason=reason, within=leave.officer)
    return new


@action("org.cancel_leave")
def cancel_leave(*, leave: Leave, by: Actor, at: datetime, reason: str = "") -> Leave:
    """Note that an officer is not away at all: the absence is believed no longer.

    Raises: Superseded, ReasonNeeded – it began on a day that has passed
    """
    leave = Leave.objects.select_for_update().get(pk=leave.pk)
    if leave.superseded_at is not None:
        raise Superseded
    refuse_past(leave.from_on, at, reason)
    leave.supersede(at)
    record("leave", leave.pk, by=by, at=at, before=_told(leave), reason=reason, within=leave.officer)
    return leave


def _told(leave: Leave) -> dict[str, object]:
    until = leave.until_on and leave.until_on.isoformat()
    return {
        "row": leave.pk,
        "officer_id": leave.officer_id,
        "substitute_id": leave.substitute_id,
        "from_on": leave.from_on.isoformat(),
        "until_on": until,
    }
