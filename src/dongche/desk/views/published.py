from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dongche.desk import published
from dongche.desk.views import forms
from dongche.desk.views.days import asked_day
from dongche.kit import clock
from dongche.org.request import OfficerRequest
from dongche.reporting import publishing
from dongche.reporting.publication import PUBLISH, SETTLED_AFTER, Publications
from dongche.web import campaign, paging
from dongche.web.access import duty


@duty("desk.overview")
@require_safe
def listed(request: OfficerRequest) -> HttpResponse:
    """Show what was published, the latest day first."""
    rows = Publications.visible_to(request.user).select_related("unit", "by").defer("content")
    page = paging.page(rows, "-on", after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    context = {"page": page, "pager": page.pager, "may_publish": request.user.has_duty(PUBLISH)}
    return render(request, "desk/published.html", context)


@duty("desk.overview")
@require_safe
def publication(request: OfficerRequest, pk: int) -> HttpResponse:
    """Show one publication: what was said, whether it comes out the same again, what is known now."""
    found = get_object_or_404(Publications.visible_to(request.user).select_related("unit", "by"), pk=pk)
    context = {"page": published.page(found), "may_publish": request.user.has_duty(PUBLISH)}
    return render(request, "desk/publication.html", context)


@duty("desk.overview")
@require_safe
def snapshot(request: OfficerRequest, pk: int) -> HttpResponse:
    """Give the text that was frozen, byte for byte: its SHA-256 is the hash of the page."""
    found = get_object_or_404(Publications.visible_to(request.user).select_related("unit"), pk=pk)
    name = f"{found.unit.code}-{found.on:%Y%m%d}-{found.number}.json"
    return HttpResponse(
        found.content.encode(),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@duty("reporting.publish")
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: OfficerRequest) -> HttpResponse:
    """Freeze the figures of a day for a unit; of what was published, put right or withdraw it with a reason."""
    on, officer = asked_day(request), request.user
    units, unit = published.unit_asked(officer, on, request.GET.get("unit", ""))
    if unit is None:
        raise Http404
    now = clock.now()
    draft = published.draft(unit, on, now - SETTLED_AFTER)
    form = published.PublishForm(forms.posted(request), initial=published.initial(draft, officer))

    def deed() -> None:
        given = {**form.cleaned_data, "unit": unit, "on": on, "by": officer, "at": now}
        if "withdraw" in request.POST:
            del given["as_known"]
            publishing.withdraw(**given)
        else:
            publishing.publish(**given)

    if forms.done(request, form, deed):
        last = Publications.visible_to(officer).latest_of(unit, on)
        told = _("Published and locked: no. %(number)s.") % {"number": last.number if last else 1}
        return forms.on(request, "desk:published", told) if last is None else _on(request, last.pk, told)
    context = {"form": form, "draft": draft, "units": units, "on": on, "today": clock.today()}
    context["first"] = campaign.current().campaign.from_on
    return render(request, "desk/publish.html", context, status=422 if form.errors else 200)


def _on(request: OfficerRequest, pk: int, told: str) -> HttpResponse:
    forms.messages.success(request, told)
    return redirect("desk:publication", pk=pk)
