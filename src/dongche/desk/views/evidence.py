from __future__ import annotations

from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from dongche.desk import evidence, sampling
from dongche.desk.areas import asked_areas
from dongche.desk.views.days import asked_day, of_the_day
from dongche.kit import clock
from dongche.org.request import OfficerRequest
from dongche.web import downloads, spreadsheets
from dongche.web.access import duty


@duty("desk.overview")
@require_safe
def listed(request: OfficerRequest) -> HttpResponse:
    """Show how well the reports of the day are supported, and which places to ask."""
    context = of_the_day(request)
    context["page"] = evidence.build(request.user, context["on"], context["areas"], request.GET)
    return render(request, "desk/evidence.html", context)


@duty("desk.overview")
@require_safe
def export(request: OfficerRequest) -> FileResponse:
    """Give the places to be asked, with the reasons, as an Excel file."""
    on = asked_day(request)
    table = evidence.table(request.user, on, asked_areas(request, on), request.GET)
    return downloads.sent(f"evidence-{on:%Y%m%d}.xlsx", lambda file: spreadsheets.write_tables(file, [table]))


@duty("desk.overview")
@require_safe
def sample(request: OfficerRequest) -> HttpResponse:
    """Draw places to ring up, and show the samples that were kept of the day."""
    context = of_the_day(request)
    context["page"] = sampling.build(request.user, context["on"], context["areas"], request.GET)
    context["can_record"] = request.user.has_duty("reporting.record")
    return render(request, "desk/sample.html", context)


@duty("reporting.record")
@require_POST
def keep(request: OfficerRequest) -> HttpResponse:
    """Keep the sample of the address, and go on to its calls."""
    on = asked_day(request)
    kept = sampling.keep(request.user, on, asked_areas(request, on), request.GET, clock.now())
    return redirect("desk:sample", kept.pk)


@duty("desk.overview")
@require_safe
def sample_export(request: OfficerRequest) -> FileResponse:
    """Give the places to ring up as an Excel file."""
    on = asked_day(request)
    page = sampling.build(request.user, on, asked_areas(request, on), request.GET)
    return downloads.sent(
        f"call-back-{on:%Y%m%d}.xlsx", lambda file: spreadsheets.write_tables(file, [sampling.table(page)])
    )
