"""The page of the list of backbone firms: who is on it on a day, by which decision, and a new decision."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org.models import Unit
from dongche.org.queries import Units
from dongche.org.request import OfficerRequest
from dongche.registry import actions
from dongche.registry.backbone import listing
from dongche.registry.backbone.forms import DecisionForm, ListForm, own_subdistricts
from dongche.web import downloads
from dongche.web.access import duty
from dongche.web.campaign import current
from dongche.web.problems import sentence
from dongche.web.spreadsheets import write_rows

HANDED = "backbone_exchange"


def _day(request: OfficerRequest) -> date:
    try:
        return date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return clock.today()


def _subdistrict(request: OfficerRequest) -> Unit:
    """The sub-district asked for, else the first that the officer sees. Raises: Http404 – none"""
    units = {unit.code: unit for unit in Units.visible_to(request.user).in_service().order_by("code")}
    found = units.get(request.GET.get("subdistrict", "")) or next(iter(units.values()), None)
    if found is None:
        raise Http404
    return found


@duty("registry.read")
@require_safe
def firms(request: OfficerRequest) -> HttpResponse:
    """Show who is on the list on a day, and the decisions about it."""
    subdistrict, on = _subdistrict(request), _day(request)
    rows = list(listing.firms(request.user, subdistrict, on))
    context = {
        "subdistrict": subdistrict,
        "others": Units.visible_to(request.user).in_service().order_by("code"),
        "on": on,
        "rows": rows,
        "number": current().backbone_on(on),
        "changes": listing.changes(request.user, subdistrict),
        "can_write": request.user.has_duty("registry.write")
        and subdistrict.code in own_subdistricts(request.user),
    }
    return render(request, "registry/backbone.html", context)


@duty("registry.read")
@require_safe
def export(request: OfficerRequest) -> FileResponse:
    """Give the list of a day as an Excel file."""
    subdistrict, on = _subdistrict(request), _day(request)
    rows = listing.file_rows(listing.firms(request.user, subdistrict, on).iterator(chunk_size=1000))
    return downloads.sent(
        f"backbone-{on:%Y%m%d}.xlsx",
        lambda file: write_rows(file, listing.headers(), rows, title=_("Backbone list")),
    )


def _own(request: OfficerRequest) -> Unit:
    subdistrict = _subdistrict(request)
    if subdistrict.code not in own_subdistricts(request.user):
        raise PermissionDenied
    return subdistrict


@duty("registry.write")
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: OfficerRequest) -> HttpResponse:
    """Ask for a decision that exchanges firms, and record it."""
    subdistrict = _own(request)
    initial = {"from_on": clock.today(), **request.session.pop(HANDED, {})}
    form = DecisionForm(
        request.POST if request.method == "POST" else None,
        officer=request.user, subdistrict=subdistrict, initial=initial,
    )  # fmt: skip
    if form.is_valid():
        try:
            made = actions.decide_backbone(
                subdistrict=subdistrict, **form.cleaned_data, by=request.user, at=clock.now()
            )
        except Problem as problem:
            form.add_error(None, sentence(problem))
        else:
            messages.success(request, _("Recorded: %(document)s.") % {"document": made.document})
            return redirect("registry:backbone")
    context = {
        "form": form,
        "list_form": ListForm(initial={"on": clock.today()}),
        "subdistrict": subdistrict,
        "number": current().backbone_on(clock.today()),
    }
    return render(request, "registry/backbone_decision.html", context, status=422 if form.errors else 200)


@duty("registry.write")
@require_POST
def read_list(request: OfficerRequest) -> HttpResponse:
    """Read a whole new list and fill the form of a decision with the exchange that leads to it."""
    subdistrict = _own(request)
    form = ListForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.warning(request, _("Choose a file and the day from which it holds."))
        return redirect("registry:backbone-decide")
    file = form.cleaned_data["file"]
    entering, leaving = listing.exchange(file.read(), file.name, request.user, subdistrict, form.day)
    request.session[HANDED] = {
        "entering": "\n".join(entering),
        "leaving": "\n".join(leaving),
        "from_on": form.day.isoformat(),
    }
    messages.info(
        request,
        _("%(entering)s come in, %(leaving)s go out. Name the document and record it.")
        % {"entering": len(entering), "leaving": len(leaving)},
    )
    return redirect("registry:backbone-decide")
