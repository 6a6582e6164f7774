from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dongche.desk.views.days import asked_day
from dongche.kit import clock
from dongche.reporting import brief as briefs
from dongche.web import campaign
from dongche.web.access import duty


@duty("reporting.brief")
@require_safe
def brief(request: HttpRequest) -> HttpResponse:
    """Show the day's brief; each figure leads to its rows."""
    on = asked_day(request)
    context = {
        "brief": briefs.build(request.user, on),
        "on": on,
        "first": campaign.current().campaign.from_on,
        "today": clock.today(),
    }
    return render(request, "desk/brief.html", context)


@duty("reporting.brief")
@require_safe
def pdf(request: HttpRequest) -> HttpResponse:
    on = asked_day(request)
    document = briefs.to_pdf(briefs.build(request.user, on))
    return _download(document, "application/pdf", f"brief-{on:%Y%m%d}.pdf")


@duty("reporting.brief")
@require_safe
def markdown(request: HttpRequest) -> HttpResponse:
    on = asked_day(request)
    document = briefs.to_markdown(briefs.build(request.user, on))
    return _download(document.encode(), "text/markdown; charset=utf-8", f"brief-{on:%Y%m%d}.md")


def _download(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
