"""The pages of places that may be one: the list of pairs, two side by side, a merge and its undoing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org.request import OfficerRequest
from dongche.registry import actions, tasks, timeline
from dongche.registry.duplicates import comparing, listing, pairs
from dongche.registry.duplicates.forms import (
    CompareForm,
    DecisionForm,
    MergeForm,
    PairFilter,
    PartForm,
    State,
)
from dongche.registry.models import DuplicatePair, DuplicateSearch, Entity
from dongche.registry.queries import (
    DuplicatePairs,
    DuplicateSearches,
    Merges,
    Places,
    survivor_of,
    version_of,
)
from dongche.web import downloads, paging
from dongche.web.access import duty
from dongche.web.background import enqueue
from dongche.web.problems import sentence
from dongche.web.spreadsheets import write_rows

RELATED = ("first__community", "second__community", "by")


@duty("registry.write")
@require_safe
def duplicates(request: OfficerRequest) -> HttpResponse:
    """List pairs of places that may be one, the likeliest first."""
    form = PairFilter(request.GET, officer=request.user)
    counts = dict(form.everywhere.order_by().values_list("state").annotate(count=Count("pk")))
    page = paging.page(
        form.pairs().select_related(*RELATED), "-score", after=request.GET.get("after", ""),
        before=request.GET.get("before", ""), total=counts.get(form.state_chosen, 0),
    )  # fmt: skip
    searches = DuplicateSearches.visible_to(request.user).select_related("subdistrict", "by").order_by("-pk")
    latest = searches.first()
    context = {
        "form": form,
        "chips": form.chips(),
        "tabs": form.tabs(counts),
        "rows": listing.rows(page.rows),
        "pager": page.pager,
        "query": form.query(),
        "latest": latest,
        "busy": latest is not None and latest.state == DuplicateSearch.State.RUNNING,
        "compare": CompareForm(None, officer=request.user),
    }
    part = "#list" if getattr(request, "htmx", False) else ""
    return render(request, f"registry/duplicates.html{part}", context)


@duty("registry.write")
@require_POST
def search(request: OfficerRequest) -> HttpResponse:
    """Have the sub-districts of one's own searched, in the background."""
    form = PairFilter(request.GET, officer=request.user)
    for subdistrict in form.own.values():
        asked = actions.search_duplicates(subdistrict=subdistrict, by=request.user, at=clock.now())
        enqueue(tasks.search_duplicates, asked.pk, request.user.pk)
    messages.success(request, _("The search has begun; what it finds appears here."))
    return redirect("registry:duplicates")


@duty("registry.write")
@require_safe
def export(request: OfficerRequest) -> FileResponse:
    """Give the filtered pairs as an Excel file."""
    form = PairFilter(request.GET, officer=request.user)
    found = form.pairs().select_related(*RELATED).order_by("-score", "-pk")
    return downloads.sent(
        _("duplicates.xlsx"),
        lambda file: write_rows(
            file, listing.headers(), listing.file_rows(found.iterator(chunk_size=2000)), title=_("Duplicates")
        ),
    )


@duty("registry.write")
@require_safe
def compare(request: OfficerRequest) -> HttpResponse:
    """Put two places side by side whose numbers are given."""
    form = CompareForm(request.GET, officer=request.user)
    if form.is_valid():
        return redirect("registry:duplicate", form.cleaned_data["first"], form.cleaned_data["second"])
    return render(request, "registry/compare.html", {"form": form}, status=422)


def _places(request: OfficerRequest, number: str, other: str) -> list[Entity]:
    """The two places, the one that was known first first. Raises: MergedWithItself, Http404"""
    if number == other:
        raise actions.MergedWithItself(number=number)
    seen = Places.visible_to(request.user).filter(number__in=(number, other), subdistrict__in=_own(request))
    found = list(seen.select_related("subdistrict", "community", "grid").order_by("pk"))
    if len(found) < 2:
        raise Http404
    return found


def _own(request: OfficerRequest) -> list[int]:
    return [unit.pk for unit in PairFilter(request.GET, officer=request.user).own.values()]


def _pair_of(request: OfficerRequest, places: list[Entity]) -> DuplicatePair:
    found = DuplicatePairs.visible_to(request.user).of(places[0], places[1]).select_related("by").first()
    return found or pairs.unfound(places[0], places[1], clock.now())


@duty("registry.write")
@require_http_methods(["GET", "HEAD", "POST"])
def pair(request: OfficerRequest, number: str, other: str) -> HttpResponse:
    """Show two places side by side, and make one of them."""
    merged = _merged_meanwhile(request, number, other)
    if merged is not None:
        return merged
    places = _places(request, number, other)
    hung, rows = comparing.hanging(places), comparing.rows(places, clock.now())
    form = MergeForm(
        request.POST if request.method == "POST" else None,
        places=places,
        rows=rows,
        versions=[version_of(place) for place in places],
        survivor=comparing.likelier_survivor(places, hung),
    )
    status = 200
    if form.is_valid():
        try:
            made = actions.merge_places(
                survivor=form.survivor, merged=form.merged, versions=form.versions, taken=form.taken,
                reason=form.cleaned_data["reason"], by=request.user, at=clock.now(),
            )  # fmt: skip
        except Problem as problem:
            form.add_error(None, sentence(problem))
            status = problem.status
        else:
            messages.success(request, _("Merged: %(number)s remains.") % {"number": form.survivor.number})
            return redirect("registry:merge", made.code)
    found = _pair_of(request, places)
    context = listing.side_by_side(found, places, rows, hung, form) | {"decision": DecisionForm()}
    return render(
        request, "registry/duplicate.html", context, status=422 if form.errors and status == 200 else status
    )


def _merged_meanwhile(request: OfficerRequest, number: str, other: str) -> HttpResponse | None:
    """Lead on to what became of the two when one of them was merged. Raises: AlreadyMerged – to who merges it"""
    gone = next((one for one in map(Places.merged_away, (number, other)) if one is not None), None)
    if gone is None:
        return None
    made = (
        Merges.visible_to(request.user)
        .filter(merged=gone, undone_at__isnull=True)
        .select_related("by")
        .first()
    )
    if made is None:
        raise Http404
    if request.method == "POST":
        raise actions.AlreadyMerged.of(made, gone, survivor_of(gone))
    return redirect("registry:merge", made.code)


@duty("registry.write")
@require_POST
def decide(request: OfficerRequest, number: str, other: str) -> HttpResponse:
    """Say that two places are two, put the question off, or ask it again."""
    places = _places(request, number, other)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose what the two are."))
        return redirect("registry:duplicate", number, other)
    found = _pair_of(request, places)
    found.first, found.second = places
    found.said = pairs.unfound(places[0], places[1], clock.now()).said
    actions.decide_pair(pair=found, **form.cleaned_data, by=request.user, at=clock.now())
    said = {
        State.APART: _("Noted: two places. The pair is not shown again until one of them changes."),
        State.POSTPONED: _("Put off: the pair waits among those put off."),
        State.OPEN: _("The pair is to be decided again."),
    }
    messages.success(request, said[form.cleaned_data["state"]])
    if form.cleaned_data["state"] == State.OPEN:
        return redirect("registry:duplicate", number, other)
    return redirect("registry:duplicates")


@duty("registry.write")
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: OfficerRequest, code: str) -> HttpResponse:
    """Show a merge, what the merged place was, and what undoing it would leave; undo it."""
    related = ("survivor", "merged", "by", "undone_by", "revision")
    made = Merges.visible_to(request.user).select_related(*related).filter(code=code).first()
    if made is None:
        raise Http404
    form = PartForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        actions.part_places(merge=made, **form.cleaned_data, by=request.user, at=clock.now())
        messages.success(request, _("Undone: both places are in the registry again."))
        return redirect("registry:duplicate", *sorted((made.survivor.number, made.merged.number)))
    context: dict[str, Any] = {
        "merge": made,
        "form": form,
        "rows": comparing.taken(made),
        "moved": comparing.moved(made),
        "staying": comparing.staying(made) if made.undone_at is None else [],
        "story": timeline.page(made.merged, request.user),
        "back": reverse("registry:duplicates"),
    }
    return render(request, "registry/merge.html", context)
