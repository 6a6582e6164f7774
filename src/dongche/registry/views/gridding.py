"""The pages of divisions into grids."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from dongche.kit import clock
from dongche.org.queries import Units
from dongche.org.request import OfficerRequest
from dongche.registry import actions, regridding, tasks
from dongche.registry.gridding import edits, plan, showing
from dongche.registry.gridding.forms import AdoptGridsForm, GridNameForm, GridsForm, PlaceGridForm
from dongche.registry.models import AssignmentProposal, ProposedGrid
from dongche.registry.queries import AssignmentProposals, ProposedGrids, ProposedPlaces
from dongche.registry.staffing import showing as proposals_shown
from dongche.registry.views.proposed import proposal_called
from dongche.web import paging
from dongche.web.access import duty
from dongche.web.background import enqueue

State = AssignmentProposal.State
GRIDS = AssignmentProposal.Kind.GRIDS
RELATED = ("entity", "before", "grid")


@duty("registry.write")
@require_http_methods(["GET", "HEAD", "POST"])
def divisions(request: OfficerRequest) -> HttpResponse:
    """Ask for a division of communities into grids, and list what was proposed so far."""
    form = GridsForm(
        request.POST if request.method == "POST" else None, officer=request.user, query=request.GET
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        proposal = actions.propose_grids(
            subdistrict=form.subdistrict, communities=given["units"], on=given["on"],
            terms=regridding.terms_on(given["on"], grids=given["grids"], limit=given["places_per_grid"]),
            by=request.user, at=clock.now(),
        )  # fmt: skip
        enqueue(tasks.work_out_grids, proposal.pk, request.user.pk)
        return redirect("registry:proposal", proposal.code)
    rows = AssignmentProposals.visible_to(request.user).filter(kind=GRIDS)
    page = paging.page(
        rows.select_related("subdistrict", "by"), "-pk", after=request.GET.get("after", ""),
        before=request.GET.get("before", ""), size=20,
    )  # fmt: skip
    context = {"form": form, "lines": proposals_shown.lines(page.rows), "pager": page.pager}
    return render(request, "registry/divisions.html", context, status=422 if form.errors else 200)


def division(request: OfficerRequest, found: AssignmentProposal) -> HttpResponse:
    """Show a division: what it would change and why, or where it stands."""
    context: dict[str, Any] = {
        "proposal": found,
        "area": proposals_shown.area(found, proposals_shown.names_of([found])),
        "mood": proposals_shown.MOODS[found.state],
        "busy": found.state == State.COMPUTING,
        "problem": proposals_shown.problem(found),
    }
    if found.summary:
        context |= _plan(request, found)
    part = "#proposal" if getattr(request, "htmx", False) else ""
    return render(request, f"registry/division.html{part}", context)


def _grids(request: OfficerRequest, found: AssignmentProposal) -> list[ProposedGrid]:
    rows = ProposedGrids.visible_to(request.user).filter(proposal=found)
    return list(rows.select_related("community", "unit").order_by("number"))


def _plan(request: OfficerRequest, found: AssignmentProposal) -> dict[str, Any]:
    grids = _grids(request, found)
    day = max(found.from_on or found.on, clock.today())
    rows, endings = showing.staffed(found, grids, day)
    wanted, everything = request.GET.get("grid", ""), request.GET.get("all") == "1"
    lines = ProposedPlaces.visible_to(request.user).filter(proposal=found)
    shown = lines if everything else lines.filter(is_move=True) | lines.filter(grid__isnull=True)
    chosen = next((grid for grid in grids if str(grid.number) == wanted), None)
    if chosen is not None:
        shown = shown.filter(grid=chosen) | shown.filter(before=chosen.unit_id, before__isnull=False)
    page = paging.page(
        shown.select_related(*RELATED), "pk", after=request.GET.get("after", ""),
        before=request.GET.get("before", ""), total=shown.count(),
    )  # fmt: skip
    vacant = [row for row in rows if row.is_vacant]
    mood, text = showing.proof(found.summary)
    left = found.summary["left"]
    return {
        "tiles": showing.tiles(found, vacant),
        "proof_mood": mood,
        "proof_text": text,
        "grids": rows,
        "vacant": vacant,
        "uncovered": sum(row.uncovered for row in vacant),
        "endings": endings,
        "left": Units.visible_to(request.user).filter(pk__in=left).order_by("code") if left else (),
        "map": showing.map_data(found, grids),
        "rows": [showing.row(line) for line in page.rows],
        "pager": page.pager,
        "chosen": chosen,
        "everything": everything,
        "can_edit": found.state == State.READY,
        "several": len(found.summary["communities"]) > 1,
        "adopt_form": _adopt_form(None, found, grids, endings),
    }


def _adopt_form(
    data: Any, found: AssignmentProposal, grids: list[ProposedGrid], endings: list[showing.Ending]
) -> AdoptGridsForm:
    suggested = {each["unit"]: each["to"] for each in found.summary["ending"]}
    first = max(found.on, clock.today())
    return AdoptGridsForm(data, endings=endings, grids=grids, suggested=suggested, first=first)


@duty("registry.write")
@require_http_methods(["GET", "HEAD", "POST"])
def place(request: OfficerRequest, code: str, pk: int) -> HttpResponse:
    """Let one place, with what stands in its block, go to a neighbouring grid."""
    found = proposal_called(request, code, GRIDS)
    mine = (
        ProposedPlaces.visible_to(request.user).filter(proposal=found, pk=pk).select_related(*RELATED).first()
    )
    if mine is None or found.state != State.READY:
        raise Http404
    plan.fresh_case(found)
    draft = plan.draft_of(found)
    row = next(one for one in draft.places if one.pk == pk)
    choices = edits.choices(draft, row, mine.entity.name, mine.entity.community_id or 0)
    form = PlaceGridForm(
        request.POST if request.method == "POST" else None, grids=[choice.grid for choice in choices]
    )
    if request.method == "POST" and form.is_valid():
        actions.edit_grids(place=mine, grid=form.chosen, by=request.user, at=clock.now())
        said = _("%(place)s goes to %(grid)s; all figures are worked out anew.")
        messages.success(request, said % {"place": mine.entity.name, "grid": form.chosen.name})
        return redirect("registry:proposal", found.code)
    together = ProposedPlaces.visible_to(request.user).filter(block=mine.block_id, block__isnull=False)
    context = {
        "proposal": found,
        "row": showing.row(mine),
        "choices": choices,
        "form": form,
        "limit": found.terms["places_per_grid"],
        "together": together.exclude(pk=pk).select_related("entity").order_by("pk")[:50],
    }
    return render(request, "registry/division_place.html", context, status=422 if form.errors else 200)


@duty("registry.write")
@require_http_methods(["GET", "HEAD", "POST"])
def grid(request: OfficerRequest, code: str, number: int) -> HttpResponse:
    """Give a new grid its name."""
    found = proposal_called(request, code, GRIDS)
    mine = next((one for one in _grids(request, found) if one.number == number), None)
    if mine is None or mine.unit_id is not None or found.state != State.READY:
        raise Http404
    form = GridNameForm(request.POST if request.method == "POST" else None, initial={"name": mine.name})
    if request.method == "POST" and form.is_valid():
        actions.name_grid(grid=mine, name=form.cleaned_data["name"], by=request.user, at=clock.now())
        messages.success(request, _("Named."))
        return redirect("registry:proposal", found.code)
    context = {"proposal": found, "grid": mine, "form": form}
    return render(request, "registry/division_grid.html", context, status=422 if form.errors else 200)


@duty("registry.write")
@require_POST
def adopt(request: OfficerRequest, code: str) -> HttpResponse:
    """Let the grids of a division hold from a day on."""
    found = proposal_called(request, code, GRIDS)
    if not found.summary:
        raise Http404
    grids = _grids(request, found)
    endings = showing.staffed(found, grids, max(found.on, clock.today()))[1]
    form = _adopt_form(request.POST, found, grids, endings)
    if not form.is_valid():
        messages.warning(request, _("Choose the first day, and where the posts of each grid that ends go."))
        return redirect("registry:proposal", found.code)
    adopted = actions.adopt_grids(
        proposal=found,
        from_on=form.cleaned_data["from_on"],
        posts=form.posts,
        by=request.user,
        at=clock.now(),
    )
    said = _("Adopted: the new grids hold from now on.")
    if adopted.state == State.DECIDED:
        said = _("Decided: the new grids begin on that day.")
    messages.success(request, said)
    return redirect("registry:proposal", found.code)


@duty("registry.write")
@require_POST
def take_back(request: OfficerRequest, code: str) -> HttpResponse:
    """Bring the grids back that were there before."""
    found = proposal_called(request, code, GRIDS)
    reason = request.POST.get("reason", "").strip()[:200]
    actions.take_back_grids(proposal=found, reason=reason, by=request.user, at=clock.now())
    messages.success(request, _("Taken back: the grids are as they were before."))
    return redirect("registry:proposal", found.code)
