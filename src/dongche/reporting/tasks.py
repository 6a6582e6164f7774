"""Background work of reporting: each task is one call."""

from __future__ import annotations

from datetime import date, timedelta

from dongche.kit import clock
from dongche.org.audit import System
from dongche.org.queries import Units
from dongche.reporting import actions, evidence
from dongche.web.background import task


@task
def remind(on: str) -> None:
    """Remind those who answer for places that were silent up to yesterday."""
    by, at = System("schedule"), clock.now()
    yesterday = date.fromisoformat(on) - timedelta(days=1)
    for subdistrict in Units.unscoped(reason="every silent place is asked about").in_service():
        actions.remind(subdistrict=subdistrict, on=yesterday, by=by, at=at)


@task
def propose_checks(on: str) -> None:
    """Propose checks of the reports of the last day whose electricity has been read."""
    by, at = System("schedule"), clock.now()
    read = evidence.newest_reading(date.fromisoformat(on) - timedelta(days=1))
    if read is None:
        return
    for subdistrict in Units.unscoped(reason="every contradicted report is asked about").in_service():
        actions.propose_checks(subdistrict=subdistrict, on=read, by=by, at=at)
