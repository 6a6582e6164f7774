from __future__ import annotations

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from dongche.desk import league, meanings
from dongche.desk.areas import asked_areas
from dongche.desk.instants import asked_instant
from dongche.desk.views.days import asked_day, of_the_day
from dongche.org.request import OfficerRequest
from dongche.reporting import figures
from dongche.web import downloads, spreadsheets
from dongche.web.access import duty


@duty("desk.overview")
@require_safe
def listed(request: OfficerRequest) -> HttpResponse:
    """Show what each figure means and what it comes to on the day."""
    context = of_the_day(request)
    context["meanings"] = meanings.listed(request.user, context["on"], context["areas"], context["known_at"])
    context["compared"], context["compared_method"] = league.described(context["on"])
    return render(request, "desk/definitions.html", context)


@duty("desk.overview")
@require_safe
def export(request: OfficerRequest) -> FileResponse:
    """Give the page as an Excel file."""
    on = asked_day(request)
    found = meanings.listed(request.user, on, asked_areas(request, on), asked_instant(request))
    return downloads.sent(
        f"definitions-{on:%Y%m%d}.xlsx", lambda file: spreadsheets.write_tables(file, [meanings.table(found)])
    )


@duty("desk.overview")
@require_safe
def metric(request: OfficerRequest, metric: str) -> HttpResponse:
    """Explain one metric: its versions, and the same figure among different places."""
    context = of_the_day(request)
    context["page"] = meanings.page(
        request.user, metric, context["on"], context["areas"], context["known_at"]
    )
    return render(request, "desk/definition_page.html", context)


@duty("desk.overview")
@require_http_methods(["GET", "HEAD", "POST"])
def attempt(request: OfficerRequest, metric: str) -> HttpResponse:
    """Compute another definition beside the one in use. Nothing is kept."""
    figures.definitions().versions(metric)
    context = of_the_day(request) | {"metric": metric, "trial": None, "tried_days": meanings.TRIED_DAYS}
    given = request.POST if request.method == "POST" else None
    form = meanings.TrialForm(given, metric=metric, initial={"content": meanings.text_of(metric)})
    if form.is_valid():
        candidate = form.cleaned_data["content"]
        context["trial"] = meanings.attempt(request.user, candidate, context["on"], context["areas"])
    status = 422 if form.errors else 200
    return render(request, "desk/definition_trial.html", context | {"form": form}, status=status)
