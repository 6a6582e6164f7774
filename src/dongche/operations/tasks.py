"""Daily work on the house itself, and for whoever reads first in the morning."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django_tasks_db.models import DBTaskResult

from dongche.kit import clock
from dongche.operations import actions
from dongche.operations.backup import take
from dongche.org.audit import System
from dongche.reporting import brief
from dongche.web import campaign
from dongche.web.background import task

log = logging.getLogger(__name__)
KEPT, KEPT_FAILED = timedelta(days=30), timedelta(days=180)


@task
def sweep(on: str) -> None:
    """Remove sessions that have ended, and tasks that were done long ago; failed ones stay longer."""
    call_command("clearsessions")
    now = clock.real()
    done, _ = DBTaskResult.objects.successful().filter(finished_at__lt=now - KEPT).delete()
    failed, _ = DBTaskResult.objects.failed().filter(finished_at__lt=now - KEPT_FAILED).delete()
    log.info("operations.tasks.swept on=%s done=%s failed=%s", on, done, failed)


@task
def keep_brief(on: str) -> None:
    """Compute the brief of the day before, so that its reports are kept as files and its first reader need not wait."""
    yesterday = date.fromisoformat(on) - timedelta(days=1)
    if yesterday >= campaign.current().campaign.from_on:
        brief.build(System("schedule"), yesterday)


@task
def back_up(on: str) -> None:
    """Take a backup into DONGCHE_BACKUP_DIR, and remove those that are older than the ones to keep."""
    folder = Path(settings.BACKUP_DIR)
    taken = take.take(folder)
    actions.back_up(taken=taken, by=System("schedule"), at=clock.now())
    dropped = take.drop_old(folder, settings.BACKUP_KEEP)
    log.info("operations.backup.taken rows=%s bytes=%s dropped=%s", taken.rows, taken.bytes, len(dropped))
