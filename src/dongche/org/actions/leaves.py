"""Absences and who acts meanwhile."""

from __future__ import annotations

from datetime import date, datetime

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.org.dated import EndBeforeStart, ended, no_overlap, refuse_past
from dongche.org.models import Leave, Officer


class OwnSubstitute(Problem):
    code = "org.own_substitute"
    message = N_("%(officer)s cannot act for themselves. Choose another officer, or nobody.")


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

    Raises: OwnSubstitute, EndBeforeStart, ReasonNeeded, PeriodOverlaps
    """
    if substitute == officer:
        raise OwnSubstitute(officer=officer.name)
    if until_on is not None and until_on <= from_on:
        raise EndBeforeStart(from_on=from_on, given=until_on)
    refuse_past(from_on, at, reason)
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


def _told(leave: Leave) -> dict[str, object]:
    until = leave.until_on and leave.until_on.isoformat()
    return {
        "row": leave.pk,
        "officer_id": leave.officer_id,
        "substitute_id": leave.substitute_id,
        "from_on": leave.from_on.isoformat(),
        "until_on": until,
    }
