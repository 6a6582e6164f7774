"""Proposals of who serves which place: worked out, edited, adopted as dated duties, taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org import actions as org
from dongche.org.audit import Actor, action, record
from dongche.org.dated import EndBeforeStart, refuse_past
from dongche.org.models import Officer, Unit, WorkItem
from dongche.registry.actions.duties import assign_places
from dongche.registry.imports import bulk
from dongche.registry.models import AssignmentProposal, Entity, PlaceDuty, ProposedDuty
from dongche.registry.staffing import plan as plans
from dongche.web.periods import believed

State = AssignmentProposal.State
SERVED_BY = PlaceDuty.Role.SERVED_BY
# The kind of work that a decided division leaves when its day has come and it no longer fits.
NOT_CARRIED_OUT = "registry.not_carried_out"


class ProposalClosed(Problem):
    code = "registry.proposal_closed"
    status = 409
    message = N_("Proposal %(number)s is “%(state)s”, so this can no longer be done with it. Make a new one.")


class NotAmongWorkers(Problem):
    code = "registry.not_among_workers"
    message = N_(
        "%(officer)s is not among those who can take places in proposal %(number)s: absent, or without a post there. "
        "Choose somebody from the list."
    )


class NothingMoves(Problem):
    code = "registry.nothing_moves"
    status = 409
    message = N_("In proposal %(number)s every place stays where it is; there is nothing to adopt.")


class DependedUpon(Problem):
    code = "registry.proposal_depended_upon"
    status = 409
    message = N_(
        "%(count)s of the %(of)s duties of proposal %(number)s have been changed since it was adopted, so it cannot be "
        "taken back as a whole. Give these places to others one by one, or make a new proposal."
    )


@action("registry.propose_assignment")
def propose_assignment(
    *,
    subdistrict: Unit,
    units: Sequence[Unit],
    on: date,
    absent: Collection[int],
    terms: Mapping[str, int],
    by: Actor,
    at: datetime,
) -> AssignmentProposal:
    """Ask for a proposal for some communities or grids (none: the whole sub-district); a task works it out."""
    proposal = AssignmentProposal.objects.create(
        subdistrict=subdistrict,
        units=sorted(unit.pk for unit in units),
        on=on,
        absent=sorted(absent),
        terms=dict(terms),
        by_id=by.officer_id,
        created_at=at,
    )
    after = {
        "on": on.isoformat(),
        "units": proposal.units,
        "absent": proposal.absent,
        "terms": proposal.terms,
    }
    record("assignment", proposal.pk, by=by, at=at, after=after, within=subdistrict)
    return proposal


@action("registry.lay_assignment")
def lay_assignment(
    *,
    proposal: AssignmentProposal,
    lines: Sequence[ProposedDuty],
    summary: Mapping[str, Any],
    fingerprint: str,
    by: Actor,
    at: datetime,
) -> AssignmentProposal:
    """Lay what was worked out before the officer."""
    proposal = _step(proposal, State.READY, State.COMPUTING)
    proposal.summary, proposal.fingerprint = dict(summary), fingerprint
    proposal.save()
    ProposedDuty.objects.bulk_create(lines, batch_size=1000)
    after = {"stage": proposal.state, "moves": summary["moves"], "place_count": summary["places"]}
    _record(proposal, {"stage": State.COMPUTING}, after, by=by, at=at)
    return proposal


@action("registry.fail_assignment")
def fail_assignment(
    *, proposal: AssignmentProposal, problem: Problem, by: Actor, at: datetime
) -> AssignmentProposal:
    """Note why a proposal could not be worked out, or not be carried out on its day."""
    before = proposal.state
    proposal = _step(proposal, State.FAILED, State.COMPUTING, State.DECIDED)
    proposal.problem = {
        "code": problem.code,
        "message": problem.message,
        "details": {name: str(value) for name, value in problem.details.items()},
    }
    proposal.save()
    _record(proposal, {"stage": before}, {"stage": proposal.state, "problem": problem.code}, by=by, at=at)
    if before == State.DECIDED:  # whoever decided it counts on it
        org.open_work(
            subdistrict=proposal.subdistrict,
            kind=NOT_CARRIED_OUT,
            key=proposal.code,
            officer=proposal.by,
            data={"proposal": proposal.pk, "problem": problem.code},
            by=by,
            at=at,
        )
    return proposal


@action("registry.edit_assignment")
def edit_assignment(*, line: ProposedDuty, worker: Officer, by: Actor, at: datetime) -> AssignmentProposal:
    """Give one place of a proposal to another worker; loads and cost of the whole are worked out again.

    Raises: ProposalClosed, NotAmongWorkers, Stale
    """
    proposal = _step(line.proposal, State.READY, State.READY)
    case = plans.case_of(proposal)
    if case.fingerprint != proposal.fingerprint:
        raise plans.Stale(number=proposal.pk)
    line = ProposedDuty.objects.select_for_update().get(pk=line.pk)
    if all(int(each.id) != worker.pk or each.is_absent for each in case.workers):
        raise NotAmongWorkers(officer=worker.name, number=proposal.pk)
    was = line.worker_id
    chosen = _chosen(proposal) | {line.entity_id: worker.pk}
    plan = plans.appraised(proposal, case, chosen)
    mine = next(each for each in plan.lines if int(each.place) == line.entity_id)
    line.worker = worker
    line.is_move = mine.is_move
    line.metres, line.is_nearest = mine.metres, mine.is_nearest
    line.save()
    proposal.summary = plans.summary_of(case, plan, best=proposal.summary)
    proposal.save()
    place = {"entity_id": line.entity_id}
    _record(proposal, {**place, "officer_id": was}, {**place, "officer_id": worker.pk}, by=by, at=at)
    return proposal


@action("registry.adopt_assignment")
def adopt_assignment(
    *, proposal: AssignmentProposal, from_on: date, by: Actor, at: datetime, reason: str = ""
) -> AssignmentProposal:
    """Make the moves of a proposal dated duties from a day on. A place that stays keeps what it rests on, its grid or a
    duty by name, so that it follows its grid when the post there changes hands.

    Raises: ProposalClosed, Stale, NothingMoves, and what `assign_places` refuses
    """
    bulk.lock()
    proposal = _step(proposal, State.ADOPTED, State.READY)
    refuse_past(from_on, at, reason)
    if plans.case_of(proposal, from_on).fingerprint != proposal.fingerprint:
        raise plans.Stale(number=proposal.pk)
    moves: dict[int, list[Entity]] = defaultdict(list)
    lines = proposal.lines.filter(is_move=True, worker__isnull=False).select_related("entity__subdistrict")
    for line in lines.order_by("pk"):
        moves[line.worker_id or 0].append(line.entity)
    if not moves:
        raise NothingMoves(number=proposal.pk)
    officers = Officer.objects.in_bulk(moves)
    for officer in sorted(moves):
        assign_places(
            entities=moves[officer],
            officer=officers[officer],
            role=SERVED_BY,
            from_on=from_on,
            by=by,
            at=at,
            source=proposal.source,
            reason=reason,
        )
    proposal.from_on, proposal.adopted_at = from_on, at
    proposal.save()
    after = {"stage": proposal.state, "from_on": from_on.isoformat(), "moves": sum(map(len, moves.values()))}
    _record(proposal, {"stage": State.READY}, after, by=by, at=at, reason=reason)
    return proposal


@action("registry.withdraw_assignment")
def withdraw_assignment(*, proposal: AssignmentProposal, by: Actor, at: datetime) -> AssignmentProposal:
    """Give a proposal up; nothing was changed by it."""
    before = proposal.state
    for item in WorkItem.objects.filter(kind=NOT_CARRIED_OUT, key=proposal.code, closed_at__isnull=True):
        org.close_work(item=item, outcome="withdrawn", by=by, at=at)
    proposal = _step(proposal, State.WITHDRAWN, State.COMPUTING, State.READY, State.FAILED, State.DECIDED)
    proposal.save()
    _record(proposal, {"stage": before}, {"stage": proposal.state}, by=by, at=at)
    return proposal


@action("registry.take_back_assignment")
def take_back_assignment(
    *, proposal: AssignmentProposal, until_on: date, by: Actor, at: datetime, reason: str = ""
) -> AssignmentProposal:
    """End the duties of an adopted proposal: from `until_on` on, every place is served as it was before. On its own
    first day it is as if it had never been adopted.

    Raises: ProposalClosed, EndBeforeStart, ReasonNeeded, DependedUpon
    """
    bulk.lock()
    proposal = _step(proposal, State.UNDONE, State.ADOPTED)
    first = proposal.from_on
    if first is None or until_on < first:
        raise EndBeforeStart(from_on=first, given=until_on)
    refuse_past(until_on, at, reason)
    made = proposal.lines.filter(is_move=True, worker__isnull=False).count()
    duties = list(
        PlaceDuty.objects.filter(
            believed(), source=proposal.source, role=SERVED_BY, from_on=first, until_on__isnull=True
        )
    )
    if len(duties) != made:
        raise DependedUpon(count=made - len(duties), of=made, number=proposal.pk)
    _restore(duties, first, until_on, at)
    proposal.until_on = until_on
    proposal.save()
    before = {"stage": State.ADOPTED, "duties": len(duties)}
    after = {"stage": proposal.state, "until_on": until_on.isoformat()}
    _record(proposal, before, after, by=by, at=at, reason=reason)
    return proposal


def _restore(duties: Sequence[PlaceDuty], first: date, until_on: date, at: datetime) -> None:
    """End duties, and let what they cut short go on: a fixed number of statements."""
    places = [duty.entity_id for duty in duties]
    earlier = list(
        PlaceDuty.objects.filter(believed(), role=SERVED_BY, until_on=first, entity__in=places).exclude(
            from_on=first
        )
    )
    ended = [duty.pk for duty in duties]
    again = earlier if until_on == first else []
    PlaceDuty.objects.filter(pk__in=[*ended, *(duty.pk for duty in again)]).update(superseded_at=at)
    rows = [
        _copy(duty, at, from_on=duty.from_on if until_on == first else until_on, until_on=None)
        for duty in earlier
    ]
    if until_on > first:
        rows += [_copy(duty, at, from_on=first, until_on=until_on) for duty in duties]
    PlaceDuty.objects.bulk_create(rows, batch_size=1000)


def _copy(duty: PlaceDuty, at: datetime, *, from_on: date, until_on: date | None) -> PlaceDuty:
    return PlaceDuty(
        entity_id=duty.entity_id,
        officer_id=duty.officer_id,
        role=duty.role,
        source=duty.source,
        from_on=from_on,
        until_on=until_on,
        known_at=at,
    )


def _chosen(proposal: AssignmentProposal) -> dict[int, int]:
    rows = proposal.lines.filter(worker__isnull=False).values_list("entity_id", "worker_id")
    return {place: worker for place, worker in rows if worker is not None}


def _step(proposal: AssignmentProposal, after: str, *before: str) -> AssignmentProposal:
    """The proposal as it is now, locked, and moved on from one of the states `before`.

    Raises: ProposalClosed
    """
    fresh = (
        AssignmentProposal.objects.select_for_update(of=("self",))
        .select_related("subdistrict")
        .get(pk=proposal.pk)
    )
    if fresh.state not in before:
        raise ProposalClosed(number=fresh.pk, state=fresh.get_state_display())
    fresh.state = after
    return fresh


def _record(
    proposal: AssignmentProposal,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
) -> None:
    record(
        "assignment",
        proposal.pk,
        by=by,
        at=at,
        before=before,
        after=after,
        reason=reason,
        within=proposal.subdistrict_id,
    )
