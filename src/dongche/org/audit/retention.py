"""Takes the oldest entries of the log into an archive; what stays begins at a known link, so the chain still holds."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

from django.conf import settings

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import chain, checking
from dongche.org.audit.archive import NAMES, Archive, ArchiveExists
from dongche.org.audit.deeds import Actor, action, record
from dongche.org.models import AuditEntry, AuditHead


class TooYoung(Problem):
    code = "org.audit_too_young"
    message = N_(
        "Entries of the audit log are kept for %(months)s months at least: they may be taken out up to %(latest)s; "
        "given was %(given)s."
    )


class NothingOld(Problem):
    code = "org.audit_nothing_old"
    status = 409
    message = N_("The log holds no entry from before %(given)s; nothing was done.")


class ChainBroken(Problem):
    code = "org.audit_chain_broken"
    status = 409
    message = N_(
        "The chain of the audit log does not hold at entry %(number)s, so nothing is taken out of it. "
        "Run “dongche audit verify”, which says what was tampered with."
    )


def latest_day(today: date) -> date:
    """The last day that entries may be taken out up to (it is itself kept).

    Source: Cybersecurity Law, art. 21 (3): network logs are kept for six months at least
    """
    months = today.year * 12 + today.month - 1 - settings.AUDIT_MONTHS
    year, month = divmod(months, 12)
    return date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def trim(
    *, before: date, path: Path, by: Actor, at: datetime, progress: checking.Progress = lambda written: None
) -> Archive:
    """This function will move the entries from before a day out of the log into a new file.

    Shape:  the oldest ones up to, not including, the first one that was written on that day or later
    Raises: TooYoung, NothingOld, ChainBroken, archive.ArchiveExists
    """
    latest = latest_day(clock.day_of(at))
    if before > latest:
        raise TooYoung(months=settings.AUDIT_MONTHS, latest=latest, given=before)
    head = AuditHead.objects.get()
    archive = Archive(path, head.first, _last_before(before, head), head.before, "")
    if archive.last < archive.first:
        raise NothingOld(given=before)
    found = AuditEntry.objects.filter(pk=archive.last).values_list("hash", flat=True).first()
    archive = replace(archive, hash=found or "")
    try:
        digest = archive.write(_checked(archive, progress))
        trim_audit(archive=archive, digest=digest, by=by, at=at)
    except ArchiveExists:
        raise
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return archive


@action("org.trim_audit")
def trim_audit(*, archive: Archive, digest: str, by: Actor, at: datetime) -> AuditHead:
    """Take the entries out that stand in a written archive, and remember where the rest begins.

    Raises: ChainBroken – somebody else was quicker
    """
    AuditEntry.objects.filter(pk__range=(archive.first, archive.last)).delete()
    head = chain.locked_head()
    if (head.first, head.before) != (archive.first, archive.before):
        raise ChainBroken(number=head.first)
    before = {"first": head.first}
    head.first, head.before = archive.last + 1, archive.hash
    chain.keep_head(head)
    after = {"first": head.first, "archive": archive.path.name, "sha256": digest}
    record("audit", None, by=by, at=at, before=before, after=after)
    return head


def _last_before(day: date, head: AuditHead) -> int:
    """The number of the last entry before the first one of the day or later."""
    begins = datetime.combine(day, time(), clock.BEIJING)
    first = AuditEntry.objects.filter(at__gte=begins).order_by("pk").values_list("pk", flat=True).first()
    return head.last if first is None else first - 1


def _checked(archive: Archive, progress: checking.Progress) -> Iterator[tuple[object, ...]]:
    """The entries, each checked before it is written.

    Raises: ChainBroken
    """
    walk = checking.Walk(archive.first - 1, archive.before)
    kept = AuditEntry.objects.filter(pk__range=(archive.first, archive.last)).order_by("pk")
    for values in kept.values_list(*NAMES).iterator(checking.PIECE):
        if not walk.takes(values):
            raise ChainBroken(number=walk.number + 1)
        if walk.number % checking.PIECE == 0:
            progress(checking.PIECE)
        yield values
    if walk.number != archive.last:
        raise ChainBroken(number=walk.number + 1)
