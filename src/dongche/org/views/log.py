"""The audit log: of one's sub-district for whoever has the duty, one's own deeds for everybody."""

from __future__ import annotations

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from dongche.kit import clock
from dongche.org import telling
from dongche.org.log_filter import LogFilter, export_rows
from dongche.org.request import OfficerRequest
from dongche.web import downloads, paging, spreadsheets
from dongche.web.access import SIGNED_IN, duty


@duty("org.audit")
@require_safe
def log(request: OfficerRequest) -> HttpResponse:
    """Show what was done in the officer's sub-district, newest first."""
    return _page(request, LogFilter(request.GET, officer=request.user), "org:log", "org:log-export")


@duty(SIGNED_IN)
@require_safe
def own(request: OfficerRequest) -> HttpResponse:
    """Show officers what they did themselves."""
    form = LogFilter(request.GET, officer=request.user, own=True)
    return _page(request, form, "org:log-own", "org:log-own-export")


@duty("org.audit")
@require_safe
def export(request: OfficerRequest) -> FileResponse:
    """Give the filtered log as an Excel file."""
    return _file(LogFilter(request.GET, officer=request.user))


@duty(SIGNED_IN)
@require_safe
def own_export(request: OfficerRequest) -> FileResponse:
    """Give an officer's own deeds as an Excel file."""
    return _file(LogFilter(request.GET, officer=request.user, own=True))


def _page(request: OfficerRequest, form: LogFilter, here: str, export_name: str) -> HttpResponse:
    page = paging.page(
        form.entries(), "-pk", after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    context = {
        "form": form,
        "own": form.own,
        "chips": form.chips(),
        "clear_url": reverse(here),
        "export_url": f"{reverse(export_name)}?{form.query()}",
        "rows": telling.tell(page.rows, request.user),
        "pager": page.pager,
    }
    return render(request, "org/log.html#list" if request.htmx else "org/log.html", context)


def _file(form: LogFilter) -> FileResponse:
    headers = [
        gettext("Number"), gettext("Time"), gettext("Who"), gettext("User name"), gettext("Deed"), gettext("To what"),
        gettext("Name"), gettext("Before"), gettext("After"), gettext("Reason"), gettext("From where"),
        gettext("Request"), gettext("Seal"),
    ]  # fmt: skip
    return downloads.sent(
        f"audit-{clock.today():%Y%m%d}.xlsx",
        lambda file: spreadsheets.write_rows(
            file, headers, export_rows(form.entries(), form.officer), title=gettext("Audit log")
        ),
    )
