"""Reports of many places at once: in a grid, on behalf of whoever does not report alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from dongche.desk.grid_filter import GridFilter
from dongche.desk.views.days import asked_day
from dongche.kit import clock
from dongche.org.request import OfficerRequest
from dongche.registry.queries import Places
from dongche.registry.sheets import errors_xlsx
from dongche.reporting import actions, sheets
from dongche.reporting import queries as reporting
from dongche.reporting.grid import FIELDS, ROWS, Grid, Line
from dongche.reporting.models import Channel, State
from dongche.web import campaign, downloads, paging
from dongche.web.access import duty
from dongche.web.components import Pager
from dongche.web.problems import keeps_answers


def _posted(request: OfficerRequest, on: date) -> Grid:
    """The rows that were sent, as far as their places may be seen and are still expected."""
    numbers = request.POST.getlist("row")[:ROWS]
    found = Places.visible_to(request.user).active(on).filter(number__in=numbers)
    places = list(found.select_related("community", "grid", "building").order_by("number"))
    return Grid(places, on, clock.today(), request.POST)


@duty("reporting.record")
@require_http_methods(["GET", "HEAD", "POST"])
@keeps_answers
def entry(request: OfficerRequest) -> HttpResponse:
    """Show the places that are expected to report as a grid, and store what was entered for them."""
    on = asked_day(request)
    if request.method == "POST":
        grid = _posted(request, on)
        _store(request, grid)
        if not grid.refused:
            return redirect(request.get_full_path())
        is_conflict = bool(grid.count("conflict", "gone"))
        return _page(
            request,
            GridFilter(request.GET, officer=request.user, on=on),
            grid,
            None,
            409 if is_conflict else 422,
        )
    form = GridFilter(request.GET, officer=request.user, on=on)
    rows = form.places.select_related("community", "grid", "building")
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    page = paging.page(rows, "number", after=after, before=before, size=ROWS)
    return _page(request, form, Grid(page.rows, on, clock.today()), page.pager, 200)


def _store(request: OfficerRequest, grid: Grid) -> None:
    entries = grid.entries()
    if entries:
        outcomes = actions.record_together(
            entries=entries, channel=Channel.OFFICER, by=request.user, at=clock.now()
        )
        grid.stored(entries, outcomes)
    new = grid.count("stored", "corrected")
    if new:
        said = ngettext("%(count)s report is stored.", "%(count)s reports are stored.", new)
        messages.success(request, said % {"count": new})
    if refused := len(grid.refused):
        said = ngettext(
            "%(count)s row is not stored: what is wrong stands in it.",
            "%(count)s rows are not stored: what is wrong stands in them.",
            refused,
        )
        messages.warning(request, said % {"count": refused})
    elif not new:
        messages.info(request, gettext("Nothing was changed."))


def _page(
    request: OfficerRequest, form: GridFilter, grid: Grid, pager: Pager | None, status: int
) -> HttpResponse:
    expected = reporting.count_in_state(form.expected, grid.on, "expected")
    received = reporting.count_in_state(form.expected, grid.on, "reported")
    context: dict[str, Any] = {
        "form": form,
        "grid": grid,
        "lines": grid.lines,
        "headers": list(grid.lines[0].cells) if grid.lines else [],
        "states": State.choices,
        "pager": pager,
        "on": grid.on,
        "first": campaign.current().campaign.from_on,
        "today": clock.today(),
        "expected": expected,
        "received": received,
        "missing": expected - received,
        "query": form.kept(),
    }
    return render(request, "desk/reports.html", context, status=status)


@duty("reporting.record")
@require_POST
def refused(request: OfficerRequest) -> FileResponse:
    """Give the rows of the grid that cannot be stored as an Excel file that can be corrected and sent."""
    on = asked_day(request)
    grid = _posted(request, on)
    for one in grid.forms.values():
        one.full_clean()
    return downloads.sent(
        f"reports-refused-{on:%Y%m%d}.xlsx",
        lambda file: errors_xlsx(file, sheets.headers(), _rows(grid.refused, on)),
    )


def _rows(lines: Iterable[Line], on: date) -> Iterable[tuple[int, str, list[Any], set[int]]]:
    for number, line in enumerate(lines, 1):
        said = {cell.name: cell for cell in line.cells}
        why = [f"{cell.label}: {text}" for cell in line.cells for text in cell.faults]
        cells = sheets.row(line.place, on, {name: said[name].text for name in FIELDS}, line.is_same)
        faulty = {sheets.COLUMN_OF[name] for name in FIELDS if said[name].faults}
        yield number, " ".join([*line.faults, *why]), cells, faulty
