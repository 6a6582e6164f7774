"""The retention clock: what is due for deletion, deleting it, and the certificates of what was deleted."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dongche.kit import clock
from dongche.org.models import Officer, Unit
from dongche.org.queries import Units, scope_of
from dongche.registry import actions
from dongche.registry import certificate as sheet
from dongche.registry.forms import ErasureForm
from dongche.registry.queries import Erasures, due, rules
from dongche.registry.roster.labels import DATA_CLASSES, DATA_MEANINGS, TABLES
from dongche.web import paging
from dongche.web.access import duty
from dongche.web.languages import in_language
from dongche.web.problems import sentence


def _subdistrict(request: HttpRequest, code: str) -> Unit:
    """The sub-district that is meant among those whose data the officer may delete, else the first."""
    scope = scope_of(request.user, carrying="registry.erase")
    units = Units.visible_to(request.user).in_service().order_by("code")
    own = {unit.code: unit for unit in units if scope.everything or unit.pk in scope.subdistricts}
    if not own:
        raise PermissionDenied
    return own.get(code) or next(iter(own.values()))


@duty("registry.erase")
@require_safe
def due_list(request: HttpRequest) -> HttpResponse:
    """List what is due for deletion, how long each class is kept and why, and what was deleted."""
    subdistrict = _subdistrict(request, request.GET.get("subdistrict", ""))
    found = {one.kept.data_class: one for one in due(subdistrict, clock.today())}
    lines = [
        {
            "name": name,
            "label": DATA_CLASSES[name],
            "meaning": DATA_MEANINGS[name],
            "kept": kept,
            "basis": in_language(dict(kept.basis)),
            "due": found.get(name),
            "tables": [(TABLES[table], len(ids)) for table, ids in found[name].rows.items()]
            if name in found
            else [],
        }
        for name, kept in rules().retention.items()
    ]
    page = paging.page(
        Erasures.visible_to(request.user).select_related("by").filter(subdistrict=subdistrict),
        "-pk",
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        size=20,
    )
    done = [(one, DATA_CLASSES.get(one.data_class, one.data_class)) for one in page.rows]
    context = {
        "subdistrict": subdistrict,
        "on": clock.today(),
        "lines": lines,
        "done": done,
        "pager": page.pager,
        "form": ErasureForm(initial={"subdistrict": subdistrict.code}),
    }
    return render(request, "registry/retention.html", context)


@duty("registry.erase")
@require_POST
def erase(request: HttpRequest, data_class: str) -> HttpResponse:
    """Delete what is due of a class today."""
    form = ErasureForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Tick that it is to be deleted; nothing was deleted."))
        return redirect("registry:retention")
    try:
        done = actions.erase_due(
            subdistrict=_subdistrict(request, form.cleaned_data["subdistrict"]),
            data_class=data_class,
            on=clock.today(),
            reason=form.cleaned_data["reason"],
            by=cast(Officer, request.user),
            at=clock.now(),
        )
    except actions.NothingDue as problem:
        messages.info(request, sentence(problem))
    else:
        told = _("Deleted: %(count)s rows. The certificate is %(number)s.")
        messages.success(request, told % {"count": done.row_count, "number": done.number})
    return redirect("registry:retention")


@duty("registry.erase")
@require_safe
def certificate(request: HttpRequest, number: str) -> HttpResponse:
    """Give the certificate of a deletion as PDF."""
    found = (
        Erasures.visible_to(request.user).select_related("subdistrict", "by").filter(number=number).first()
    )
    if found is None:
        raise Http404
    answer = HttpResponse(sheet.to_pdf(found), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{found.number}.pdf"'
    return answer
