"""The pages of proposals of who serves which place."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dongche.kit import clock
from dongche.org.models import Officer
from dongche.org.queries import Officers
from dongche.org.request import OfficerRequest
from dongche.registry import actions, tasks
from dongche.registry.forms import AdoptForm, LineForm, ProposalForm, TakeBackForm
from dongche.registry.gridding import showing as divided
from dongche.registry.models import AssignmentProposal, ProposedDuty
from dongche.registry.queries import AssignmentProposals, ProposedDuties, ProposedPlaces
from dongche.registry.staffing import plan, showing
from dongche.registry.views import gridding
from dongche.registry.views.proposed import proposal_called
from dongche.web import downloads, paging
from dongche.web.access import duty
from dongche.web.background import enqueue
from dongche.web.spreadsheets import write_rows
from dongche.web.templatetags.web import number

State = AssignmentProposal.State
DUTIES = AssignmentProposal.Kind.DUTIES
_RELATED = ("entity", "before", "worker", "best", "next_worker")


def _lines(request: OfficerRequest, proposal: AssignmentProposal) -> ProposedDuties:
    return ProposedDuties.visible_to(request.user).filter(proposal=proposal)


def _officers(request: OfficerRequest, proposal: AssignmentProposal) -> dict[int, Officer]:
    ids = [load["officer"] for load in proposal.summary.get("loads", ())]
    return Officers.unscoped(reason="the workers of a proposal one may see").in_bulk([*ids, *proposal.absent])


@duty("registry.write")
@require_http_methods(["GET", "HEAD", "POST"])
def proposals(request: OfficerRequest) -> HttpResponse:
    """Ask for a proposal, and list those there are."""
    form = ProposalForm(
        request.POST if request.method == "POST" else None, officer=request.user, query=request.GET
    )
    if request.method == "POST" and form.is_valid():
        proposal = actions.propose_assignment(
            subdistrict=form.subdistrict, units=form.cleaned_data["units"], on=form.cleaned_data["on"],
            absent=[officer.pk for officer in form.cleaned_data["absent"]], terms=form.rates.as_json(),
            by=request.user, at=clock.now(),
        )  # fmt: skip
        enqueue(tasks.work_out_assignment, proposal.pk, request.user.pk)
        return redirect("registry:proposal", proposal.code)
    rows = (
        AssignmentProposals.visible_to(request.user).filter(kind=DUTIES).select_related("subdistrict", "by")
    )
    page = paging.page(
        rows, "-pk", after=request.GET.get("after", ""), before=request.GET.get("before", ""), size=20
    )
    context = {"form": form, "lines": showing.lines(page.rows), "pager": page.pager}
    return render(request, "registry/proposals.html", context, status=422 if form.errors else 200)


@duty("registry.write")
@require_safe
def proposal(request: OfficerRequest, code: str) -> HttpResponse:
    """Show a proposal: what it would change and why, or where it stands."""
    found = proposal_called(request, code)
    if found.kind == AssignmentProposal.Kind.GRIDS:
        return gridding.division(request, found)
    context = _head(request, found)
    if found.summary:
        context |= _plan(request, found)
    part = "#proposal" if getattr(request, "htmx", False) else ""
    return render(request, f"registry/proposal.html{part}", context)


def _head(request: OfficerRequest, found: AssignmentProposal) -> dict[str, Any]:
    officers = _officers(request, found)
    return {
        "proposal": found,
        "area": showing.area(found, showing.names_of([found])),
        "mood": showing.MOODS[found.state],
        "busy": found.state == State.COMPUTING,
        "officers": officers,
        "absent": [officers[pk] for pk in found.absent if pk in officers],
        "problem": showing.problem(found),
        "adopt_form": AdoptForm(initial={"from_on": max(found.on, clock.today())}),
        "back_form": TakeBackForm(initial={"until_on": max(found.from_on or found.on, clock.today())}),
    }


def _plan(request: OfficerRequest, found: AssignmentProposal) -> dict[str, Any]:
    officers = _officers(request, found)
    lines = _lines(request, found)
    worker, everything = request.GET.get("worker", ""), request.GET.get("all") == "1"
    shown = lines if everything else lines.filter(is_move=True) | lines.filter(worker__isnull=True)
    if worker.isdecimal():
        shown = shown.filter(before=int(worker)) | shown.filter(worker=int(worker))
    page = paging.page(
        shown.select_related(*_RELATED), "pk", after=request.GET.get("after", ""),
        before=request.GET.get("before", ""), total=shown.count(),
    )  # fmt: skip
    loads = showing.loads(found, officers)
    mood, text = showing.proof(found.summary)
    return {
        "tiles": showing.tiles(found.summary),
        "proof_mood": mood,
        "proof_text": text,
        "loads": loads,
        "map": showing.map_data(found, officers),
        "rows": [showing.row(line) for line in page.rows],
        "pager": page.pager,
        "worker": worker,
        "everything": everything,
        "can_edit": found.state == State.READY,
    }


@duty("registry.write")
@require_http_methods(["GET", "HEAD", "POST"])
def line(request: OfficerRequest, code: str, pk: int) -> HttpResponse:
    """Give one place of a proposal to somebody else; what each choice would cost stands beside it."""
    found = proposal_called(request, code, DUTIES)
    mine = _lines(request, found).select_related(*_RELATED).filter(pk=pk).first()
    if mine is None or found.state != State.READY:
        raise Http404
    officers = _officers(request, found)
    choices = _choices(found, mine, officers)
    form = LineForm(
        request.POST if request.method == "POST" else None, choices=[one.officer for one in choices]
    )
    if request.method == "POST" and form.is_valid():
        edited = actions.edit_assignment(line=mine, worker=form.worker, by=request.user, at=clock.now())
        worse = edited.summary["cost"] - found.summary["cost"]
        said = _("%(place)s goes to %(worker)s; the plan costs %(metres)s m more.")
        said = said if worse >= 0 else _("%(place)s goes to %(worker)s; the plan costs %(metres)s m less.")
        given = {"place": mine.entity.name, "worker": form.worker.name, "metres": number(abs(worse))}
        messages.success(request, said % given)
        return redirect("registry:proposal", found.code)
    context = {"proposal": found, "row": showing.row(mine), "choices": choices, "form": form}
    return render(request, "registry/proposal_line.html", context, status=422 if form.errors else 200)


def _choices(
    found: AssignmentProposal, mine: ProposedDuty, officers: dict[int, Officer]
) -> list[showing.Choice]:
    case = plan.case_of(found)
    if case.fingerprint != found.fingerprint:
        raise plan.Stale(number=found.pk)
    rows = found.lines.filter(worker__isnull=False).values_list("entity_id", "worker_id")
    chosen = {place: worker for place, worker in rows if worker is not None}
    return showing.choices(plan.choices(found, case, chosen, mine.entity_id), mine, found, officers)


@duty("registry.write")
@require_POST
def adopt(request: OfficerRequest, code: str) -> HttpResponse:
    """Make the moves of a proposal dated duties."""
    found, form = proposal_called(request, code, DUTIES), AdoptForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose the first day."))
        return redirect("registry:proposal", found.code)
    actions.adopt_assignment(proposal=found, **form.cleaned_data, by=request.user, at=clock.now())
    messages.success(request, _("Adopted: the moves are dated duties now."))
    return redirect("registry:proposal", found.code)


@duty("registry.write")
@require_POST
def take_back(request: OfficerRequest, code: str) -> HttpResponse:
    """End what an adopted proposal made."""
    found, form = proposal_called(request, code, DUTIES), TakeBackForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose the first day."))
        return redirect("registry:proposal", found.code)
    actions.take_back_assignment(proposal=found, **form.cleaned_data, by=request.user, at=clock.now())
    messages.success(request, _("Taken back: the places are served as before."))
    return redirect("registry:proposal", found.code)


@duty("registry.write")
@require_POST
def withdraw(request: OfficerRequest, code: str) -> HttpResponse:
    """Give a proposal up."""
    found = actions.withdraw_assignment(
        proposal=proposal_called(request, code), by=request.user, at=clock.now()
    )
    messages.success(
        request, _("Proposal %(number)s is withdrawn; nothing was changed.") % {"number": found.pk}
    )
    is_division = found.kind == AssignmentProposal.Kind.GRIDS
    return redirect("registry:divisions" if is_division else "registry:proposals")


@duty("registry.write")
@require_safe
def export(request: OfficerRequest, code: str) -> FileResponse:
    """Give every line of a proposal as an Excel file."""
    found = proposal_called(request, code)
    name = _("proposal-%(number)s.xlsx") % {"number": found.pk}
    if found.kind == AssignmentProposal.Kind.GRIDS:
        places = ProposedPlaces.visible_to(request.user).filter(proposal=found)
        places = places.select_related(*gridding.RELATED).order_by("pk")
        divisions = divided.file_rows(places.iterator(chunk_size=2000))
        return downloads.sent(name, lambda file: write_rows(file, divided.headers(), divisions))
    lines = _lines(request, found).select_related(*_RELATED).order_by("pk")
    rows = showing.file_rows(lines.iterator(chunk_size=2000))
    return downloads.sent(name, lambda file: write_rows(file, showing.headers(), rows))
