from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dongche.desk.overview import list_url
from dongche.desk.views.days import asked_day
from dongche.kit import clock
from dongche.kit.decimals import percent
from dongche.org.queries import ROLES, duties_on
from dongche.org.words import CAUSE_WORDS, ROLE_WORDS
from dongche.registry import queries
from dongche.registry.queries import Places
from dongche.web import campaign, spreadsheets
from dongche.web.access import duty
from dongche.web.templatetags.web import number


@duty("org.coverage")
@require_safe
def coverage(request: HttpRequest) -> HttpResponse:
    """Show the proof that nobody is missed, or each gap with its cause."""
    on = asked_day(request)
    proof = queries.coverage(Places.visible_to(request.user), on)
    shown_on = "" if on == clock.today() else on.isoformat()
    gaps = [
        {
            "role": ROLE_WORDS[gap.role],
            "cause": CAUSE_WORDS[gap.cause],
            "unit": gap.unit,
            "count": gap.count,
            "url": list_url(gap=f"{gap.role}:{gap.cause}:{gap.unit.code if gap.unit else ''}", on=shown_on),
        }
        for gap in proof.gaps
    ]
    missing = {role: sum(gap.count for gap in proof.gaps if gap.role == role) for role in ROLES}
    context = {
        "proof": proof,
        "share": percent(proof.covered, proof.places) if proof.places else None,
        "roles": [
            {
                "label": f"{ROLE_WORDS[role]} {number(proof.places - missing[role])} / {number(proof.places)}",
                "filled": proof.places - missing[role],
                "mood": "warn" if missing[role] else "good",
            }
            for role in ROLES
        ],
        "gaps": gaps,
        "on": on,
        "first": campaign.current().campaign.from_on,
        "today": clock.today(),
    }
    return render(request, "desk/coverage.html", context)


@duty("org.coverage")
@require_safe
def export(request: HttpRequest) -> FileResponse:
    """Give every place of every gap as an Excel file."""
    on = asked_day(request)
    file = TemporaryFile()  # noqa: SIM115  FileResponse closes it
    headers = [
        _("Role"),
        _("Cause"),
        _("Unit"),
        _("Number"),
        _("Place name"),
        _("Address"),
    ]
    spreadsheets.write_rows(file, headers, _gap_rows(Places.visible_to(request.user), on), title=_("Gaps"))
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"gaps-{on:%Y%m%d}.xlsx")


def _gap_rows(places: Places, on: Any) -> Iterator[list[Any]]:
    duties = duties_on(on)
    for gap in queries.coverage(places, on, duties).gaps:
        found = (
            queries.places_in(places, gap, duties).order_by("number").values_list("number", "name", "address")
        )
        for code, name, address in found.iterator(chunk_size=2000):
            yield [
                str(ROLE_WORDS[gap.role]),
                str(CAUSE_WORDS[gap.cause]),
                gap.unit.name if gap.unit else "",
                code,
                name,
                address,
            ]
