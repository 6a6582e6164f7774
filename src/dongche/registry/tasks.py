"""Background work of the registry: each task is one call."""

from __future__ import annotations

from datetime import date

from dongche.kit import clock
from dongche.org.audit import Actor, System
from dongche.org.models import Officer
from dongche.org.queries import Units
from dongche.registry import actions, assigning, importing, regridding, retaining
from dongche.registry.duplicates import searching
from dongche.registry.models import AssignmentProposal, DuplicateSearch, ImportBatch
from dongche.web.background import task


@task
def read_import(batch_id: int, officer_id: int | None) -> None:
    """Read a staged import."""
    importing.read(ImportBatch.objects.get(pk=batch_id), by=_actor(officer_id), at=clock.now())


@task
def apply_import(batch_id: int, officer_id: int | None) -> None:
    """Apply the plan of an import."""
    importing.apply(ImportBatch.objects.get(pk=batch_id), by=_actor(officer_id), at=clock.now())


@task
def survey_import(batch_id: int) -> None:
    """Look ahead at what taking an import back would do."""
    importing.survey(ImportBatch.objects.get(pk=batch_id), at=clock.now())


@task
def undo_import(batch_id: int, officer_id: int | None) -> None:
    """Take back an import that was applied."""
    importing.undo(ImportBatch.objects.get(pk=batch_id), by=_actor(officer_id), at=clock.now())


@task
def work_out_assignment(proposal_id: int, officer_id: int | None) -> None:
    """Find the best plan for a proposal."""
    assigning.work_out(
        AssignmentProposal.objects.select_related("subdistrict").get(pk=proposal_id),
        by=_actor(officer_id),
        at=clock.now(),
    )


@task
def work_out_grids(proposal_id: int, officer_id: int | None) -> None:
    """Divide communities into grids."""
    regridding.work_out(
        AssignmentProposal.objects.select_related("subdistrict").get(pk=proposal_id),
        by=_actor(officer_id),
        at=clock.now(),
    )


@task
def carry_out_grids(on: str) -> None:
    """Let grids that were decided for this day hold from now on."""
    regridding.carry_out_due(by=System("schedule"), at=clock.now())


@task
def search_duplicates(search_id: int, officer_id: int | None) -> None:
    """Search a sub-district for places that may be one."""
    asked = DuplicateSearch.objects.select_related("subdistrict").get(pk=search_id)
    searching.run(asked, by=_actor(officer_id), at=clock.now())


def _actor(officer_id: int | None) -> Actor:
    return System("import") if officer_id is None else Officer.objects.get(pk=officer_id)


@task
def settle_standings(on: str) -> None:
    """Bring the standings of all places in line with what is said of them."""
    by, at = System("schedule"), clock.now()
    for subdistrict in Units.unscoped(reason="every place has a standing").in_service():
        actions.settle_standings(subdistrict=subdistrict, by=by, at=at)


@task
def list_due_erasures(on: str) -> None:
    """Look for personal data whose time is over, and open work for headquarters to delete them."""
    by, at, day = System("schedule"), clock.now(), date.fromisoformat(on)
    for subdistrict in Units.unscoped(reason="time runs out for data of every sub-district").in_service():
        retaining.list_due(subdistrict, day, by=by, at=at)


@task
def prove_coverage(on: str) -> None:
    """Look for the gaps of a day in every sub-district that is in service, and open work for them."""
    by, at, day = System("schedule"), clock.now(), date.fromisoformat(on)
    for subdistrict in Units.unscoped(reason="the proof is of every place").in_service():
        actions.prove_coverage(subdistrict=subdistrict, on=day, by=by, at=at)
