"""A division into grids the whole way from the wish to the plan. Pages do it in the background, commands in one go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org.audit import Actor
from dongche.org.models import Unit
from dongche.registry import actions, assigning
from dongche.registry.gridding import plan as plans
from dongche.registry.models import AssignmentProposal
from dongche.registry.queries import AssignmentProposals
from dongche.web import campaign

State = AssignmentProposal.State


def terms_on(on: date, *, grids: int | None = None, limit: int | None = None) -> dict[str, int | None]:
    """This function will give how a community is divided: into how many grids, or by how many places a grid may have,
    for which the pack's limit of a worker stands where none is given."""
    return {
        "grids": grids,
        "places_per_grid": limit or campaign.current().assignment_on(on).places_per_worker,
    }


def propose(
    *,
    subdistrict: Unit,
    communities: Sequence[Unit],
    on: date,
    by: Actor,
    at: datetime,
    grids: int | None = None,
    limit: int | None = None,
) -> AssignmentProposal:
    """This function will make a proposal and work it out at once.

    Raises: as `plan.work_out`
    """
    terms = terms_on(on, grids=grids, limit=limit)
    proposal = actions.propose_grids(
        subdistrict=subdistrict, communities=communities, on=on, terms=terms, by=by, at=at
    )
    return _worked_out(proposal, by=by, at=at)


def work_out(proposal: AssignmentProposal, *, by: Actor, at: datetime) -> AssignmentProposal:
    """This function will work a proposal out; a refusal is kept with it and shown on its page."""
    return assigning.work_out(proposal, by=by, at=at, how=_worked_out)


def _worked_out(proposal: AssignmentProposal, *, by: Actor, at: datetime) -> AssignmentProposal:
    waiting = AssignmentProposals.unscoped(reason="the proposal is given").filter(pk=proposal.pk)

    def step(done: int, total: int) -> None:
        waiting.update(progress_done=done, progress_total=total)

    case, draft, summary = plans.work_out(proposal, assigning.area_of(proposal), step)
    return actions.lay_grids(
        proposal=proposal, draft=draft, summary=summary, fingerprint=case.fingerprint, by=by, at=at
    )


def carry_out_due(*, by: Actor, at: datetime) -> list[AssignmentProposal]:
    """This function will carry out what was decided for today or for a day on which nobody worked; what is refused is
    kept with its proposal, which then has to be made anew."""
    due = AssignmentProposals.unscoped(reason="the daily work is for every sub-district").filter(
        state=State.DECIDED, from_on__lte=clock.day_of(at)
    )
    done = []
    for proposal in due.select_related("subdistrict").order_by("from_on", "pk"):
        try:
            done.append(actions.carry_out_grids(proposal=proposal, by=by, at=at))
        except actions.ProposalClosed:
            continue
        except Problem as problem:
            done.append(actions.fail_assignment(proposal=proposal, problem=problem, by=by, at=at))
    return done
