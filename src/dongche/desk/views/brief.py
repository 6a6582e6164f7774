from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dongche.desk.areas import asked_areas
from dongche.desk.instants import asked_instant
from dongche.desk.views.days import asked_day
from dongche.kit import clock
from dongche.org.request import OfficerRequest
from dongche.reporting import brief as briefs
from dongche.web import campaign
from dongche.web.access import duty


@duty("reporting.brief")
@require_safe
def brief(request: OfficerRequest) -> HttpResponse:
    """Show the day's brief; each figure leads to its rows."""
    on = asked_day(request)
    areas, known_at = asked_areas(request, on), asked_instant(request)
    context = {
        "brief": briefs.build(request.user, on, known_at, subdistrict=areas.chosen),
        "known_at": known_at,
        "areas": areas,
        "on": on,
        "first": campaign.current().campaign.from_on,
        "today": clock.today(),
    }
    return render(request, "desk/brief.html", context)


@duty("reporting.brief")
@require_safe
def pdf(request: OfficerRequest) -> HttpResponse:
    on = asked_day(request)
    document = briefs.to_pdf(_built(request, on))
    return _download(document, "application/pdf", f"brief-{on:%Y%m%d}.pdf")


@duty("reporting.brief")
@require_safe
def docx(request: OfficerRequest) -> HttpResponse:
    on = asked_day(request)
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return _download(briefs.to_docx(_built(request, on)), kind, f"brief-{on:%Y%m%d}.docx")


@duty("reporting.brief")
@require_safe
def markdown(request: OfficerRequest) -> HttpResponse:
    on = asked_day(request)
    document = briefs.to_markdown(_built(request, on))
    return _download(document.encode(), "text/markdown; charset=utf-8", f"brief-{on:%Y%m%d}.md")


def _built(request: OfficerRequest, on: date) -> briefs.Brief:
    return briefs.build(request.user, on, asked_instant(request), asked_areas(request, on).chosen)


def _download(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
