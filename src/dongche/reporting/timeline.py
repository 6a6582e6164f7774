"""What reporting tells of a place: what came in, and what was put right later."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.kit.messages import N_
from dongche.registry.models import Entity
from dongche.registry.timeline import Event, Teller, latest, name_of
from dongche.reporting.models import Difficulty, Report
from dongche.web.templatetags.web import day


def _reports(place: Entity, actor: Any, before: datetime | None, most: int) -> Iterable[Event]:
    rows = Report.objects.filter(entity=place).select_related("by", "batch")
    for report in latest(rows, before, most):
        is_first = report.known_at == report.received_at
        text = (
            N_("Report for %(day)s: %(state)s") if is_first else N_("Report for %(day)s put right: %(state)s")
        )
        words = {"day": day(report.on), "state": report.get_state_display()}
        yield Event(report.known_at, gettext(text) % words, name_of(report.by), _details(report))


def _details(report: Report) -> list[str]:
    """What the report says; how many were feverish and free words stay with those whose duty it is to read them."""
    said = [str(report.get_channel_display())]
    if report.same_as_yesterday:
        said.append(gettext("same as yesterday, as was chosen"))
    if report.batch is not None:
        said.append(gettext("from the file “%(file)s”") % {"file": report.batch.file_name})
        if report.superseded_at is not None and report.superseded_at == report.batch.undone_at:
            said.append(gettext("taken back with the file"))
    if report.staff_at_post is not None:
        said.append(
            gettext("at post %(at_post)s of %(due)s")
            % {"at_post": report.staff_at_post, "due": "—" if report.staff_due is None else report.staff_due}
        )
    if report.output_fen is not None:
        said.append(gettext("output %(amount)s yuan") % {"amount": f"{report.output_fen / 100:,.2f}"})
    said += [str(Difficulty(kind).label) for kind in report.difficulties]
    return said


reports = Teller("reports", _("Reports"), "check", _reports)
