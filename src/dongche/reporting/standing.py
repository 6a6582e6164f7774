"""What reports say of whether places work: one of the voices their standing is settled from."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from dongche.registry.ladder import Said
from dongche.reporting.models import Report, State


def said_by(report: Report) -> Said:
    """What one report says."""
    is_open = report.state != State.CLOSED
    return Said(
        report.on, report.known_at, is_open, report.output_fen, report.output_normal_fen, report.by_id
    )


def said(places: Collection[int]) -> Iterator[tuple[int, Said]]:
    """The current report of each day of some places, by id of the place: one query."""
    rows = Report.objects.filter(entity__in=places, superseded_at__isnull=True).values_list(
        "entity", "on", "known_at", "state", "output_fen", "output_normal_fen", "by"
    )
    for pk, on, known_at, state, output, normal, by in rows.iterator(chunk_size=5000):
        yield pk, Said(on, known_at, state != State.CLOSED, output, normal, by)
