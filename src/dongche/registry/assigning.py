"""A proposal the whole way from the wish to the plan. Pages do it in the background, commands in one go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime

from dongche.kit.errors import Problem
from dongche.org.audit import Actor
from dongche.org.models import Unit
from dongche.registry import actions
from dongche.registry.models import AssignmentProposal
from dongche.registry.staffing import plan as plans
from dongche.registry.staffing.case import Rates


def propose(
    *,
    subdistrict: Unit,
    units: Sequence[Unit],
    on: date,
    absent: Collection[int],
    rates: Rates,
    by: Actor,
    at: datetime,
) -> AssignmentProposal:
    """This function will make a proposal and work it out at once.

    Raises: as `plan.work_out`
    """
    proposal = actions.propose_assignment(
        subdistrict=subdistrict, units=units, on=on, absent=absent, terms=rates.as_json(), by=by, at=at
    )
    return _worked_out(proposal, by=by, at=at)


def work_out(
    proposal: AssignmentProposal,
    *,
    by: Actor,
    at: datetime,
    how: Callable[..., AssignmentProposal] | None = None,
) -> AssignmentProposal:
    """This function will work a proposal out, `how` its kind needs; a refusal is kept with it and shown on its page."""
    try:
        return (how or _worked_out)(proposal, by=by, at=at)
    except actions.ProposalClosed:  # withdrawn, or worked out by another process meanwhile
        return proposal
    except Problem as problem:
        return actions.fail_assignment(proposal=proposal, problem=problem, by=by, at=at)


def _worked_out(proposal: AssignmentProposal, *, by: Actor, at: datetime) -> AssignmentProposal:
    case, plan = plans.work_out(proposal, where=area_of(proposal))
    return actions.lay_assignment(
        proposal=proposal,
        lines=plans.lines_of(proposal, plan),
        summary=plans.summary_of(case, plan),
        fingerprint=case.fingerprint,
        by=by,
        at=at,
    )


def area_of(proposal: AssignmentProposal) -> str:
    """This function will name the area of a proposal: its communities or grids, or the sub-district."""
    names = Unit.objects.filter(pk__in=proposal.units).order_by("code").values_list("name", flat=True)
    return "、".join(names) or proposal.subdistrict.name
