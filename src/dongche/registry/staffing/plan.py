"""The solver asked and its answer as rows; and a plan that was edited, put into the same terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.registry.models import AssignmentProposal, ProposedDuty
from dongche.registry.staffing import case as cases
from dongche.registry.staffing.case import Case, Rates, key
from dongche.solvers.assignment import alternatives, appraise, assign
from dongche.solvers.plans import Alternative, Assignment


class NothingToAssign(Problem):
    code = "registry.nothing_to_assign"
    message = N_(
        "On %(on)s there is no active place in %(where)s, so nothing can be assigned. Choose another day or area."
    )


class NobodyToAssign(Problem):
    code = "registry.nobody_to_assign"
    message = N_(
        "On %(on)s nobody in %(where)s can take places: %(workers)s hold posts of grid workers or grid leads, "
        "%(absent)s of them are marked as absent. Give posts first, or mark fewer as absent."
    )


class Stale(Problem):
    code = "registry.proposal_stale"
    status = 409
    message = N_(
        "Since proposal %(number)s was worked out, places or duties have changed; it no longer fits. Have it worked "
        "out again and look at the new one."
    )


def case_of(proposal: AssignmentProposal, on: Any = None) -> Case:
    """This function will read the case of a proposal as it stands now, for its own day or another."""
    return cases.read(
        proposal.subdistrict,
        frozenset(proposal.units),
        on or proposal.on,
        absent=frozenset(proposal.absent),
        rates=Rates(**proposal.terms),
    )


def work_out(proposal: AssignmentProposal, where: str) -> tuple[Case, Assignment]:
    """This function will find the best plan for a proposal.

    Raises: NothingToAssign, NobodyToAssign, and what the solver refuses
    """
    case = case_of(proposal)
    if not case.places:
        raise NothingToAssign(on=proposal.on, where=where)
    if all(worker.is_absent for worker in case.workers):
        absent = sum(worker.is_absent for worker in case.workers)
        raise NobodyToAssign(on=proposal.on, where=where, workers=len(case.workers), absent=absent)
    return case, assign(case.workers, case.places, Rates(**proposal.terms).terms)


def lines_of(proposal: AssignmentProposal, plan: Assignment) -> list[ProposedDuty]:
    """This function will make the rows of a plan, unsaved, in the order of the places."""
    rows = [
        ProposedDuty(
            proposal=proposal,
            entity_id=int(line.place),
            before_id=_id(line.before),
            worker_id=_id(line.worker),
            best_id=_id(line.worker),
            is_move=line.is_move,
            reason=line.reason,
            is_nearest=line.is_nearest,
            metres=line.metres,
            before_metres=line.before_metres,
            next_worker_id=_id(line.next_worker),
            next_extra=line.next_extra,
        )
        for line in plan.lines
    ]
    rows += [
        ProposedDuty(
            proposal=proposal,
            entity_id=int(each.place),
            before_id=_id(each.before),
            is_move=False,
            reason=each.why,
        )
        for each in plan.unserved
    ]
    return sorted(rows, key=lambda row: row.entity_id)


def summary_of(case: Case, plan: Assignment, best: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """This function will sum a plan up for storage; `best` is the summary of the computed one that it is an edit of."""
    positions = {worker.id: worker.at for worker in case.workers}
    certificate = plan.certificate
    return {
        "loads": [
            {
                "officer": int(load.worker),
                "before": load.before,
                "after": load.after,
                "limit": load.limit,
                "absent": load.is_absent,
                "at": positions[load.worker],
            }
            for load in plan.loads
        ],
        "places": len(case.places),
        "moves": len(plan.moves),
        "unserved": len(plan.unserved),
        "distance_before": plan.distance_before,
        "distance": plan.distance,
        "moving": plan.moving,
        "overload": plan.overload,
        "cost": certificate.cost,
        "best": best["best"] if best else certificate.cost,
        "status": best["status"] if best else certificate.status,
        "bound": best["bound"] if best else certificate.bound,
        "pairs": best["pairs"] if best else certificate.pairs,
    }


def appraised(proposal: AssignmentProposal, case: Case, chosen: Mapping[int, int]) -> Assignment:
    """This function will put an edited plan (place → officer, by id) into the terms of its proposal."""
    return appraise(case.workers, case.places, Rates(**proposal.terms).terms, _keys(chosen.items()))


def choices(
    proposal: AssignmentProposal, case: Case, chosen: Mapping[int, int], place: int
) -> tuple[Alternative, ...]:
    """This function will say what it would cost to give one place of a proposal to each worker there is."""
    terms = Rates(**proposal.terms).terms
    return alternatives(case.workers, case.places, terms, _keys(chosen.items()), key(place))


def _keys(chosen: Iterable[tuple[int, int]]) -> dict[str, str]:
    return {key(place): key(worker) for place, worker in chosen}


def _id(name: str | None) -> int | None:
    return None if name is None else int(name)
