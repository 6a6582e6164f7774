"""The figures that district and city give: entered, corrected, taken back."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from dongche.desk import superior
from dongche.desk.views import forms
from dongche.desk.views.days import asked_day
from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org.request import OfficerRequest
from dongche.reporting.superior import Superiors, give, take_back
from dongche.web import campaign, paging
from dongche.web.access import duty
from dongche.web.problems import sentence


@duty("reporting.superior")
@require_http_methods(["GET", "HEAD", "POST"])
def entry(request: OfficerRequest) -> HttpResponse:
    """Take what a level gave for a day, and list all that was entered."""
    on = asked_day(request)
    page = superior.build(request.user, on, request.GET.get("subdistrict", ""), forms.posted(request))
    if page is None:
        raise Http404
    for form in page.forms:
        given = {"subdistrict": page.unit, "level": form.level, "on": on, "by": request.user}

        def deed(form: superior.SuperiorForm = form, given: dict[str, object] = given) -> None:
            said = {"amounts": form.amounts, "source": form.cleaned_data["source"], "seen": form.seen}
            give(**given, **said, at=clock.now())  # type: ignore[arg-type]

        if form.is_bound and forms.done(request, form, deed):
            return forms.on(request, _here(request), _("The figures are entered."))
    rows = Superiors.visible_to(request.user).filter(subdistrict=page.unit).select_related("by")
    listed = paging.page(
        rows, "-on", after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    context = {"page": page, "on": on, "rows": listed.rows, "pager": listed.pager, "today": clock.today()}
    context["first"] = campaign.current().campaign.from_on
    status = 422 if any(form.errors for form in page.forms) else 200
    return render(request, "desk/superior.html", context, status=status)


@duty("reporting.superior")
@require_POST
def undo(request: OfficerRequest, pk: int) -> HttpResponse:
    """Take back a figure; its row stays."""
    found = get_object_or_404(Superiors.visible_to(request.user), pk=pk)
    try:
        take_back(figure=found, by=request.user, at=clock.now())
        messages.success(request, _("Taken back."))
    except Problem as problem:
        messages.error(request, sentence(problem))
    return redirect(_here(request, on=found.on.isoformat()))


def _here(request: OfficerRequest, **more: str) -> str:
    kept = {name: request.GET[name] for name in ("on", "subdistrict") if request.GET.get(name)} | more
    return f"{reverse('desk:superior')}?{urlencode(kept)}"
