"""Seals off a broken part of the log, so that it can be written on: the only remedy beside a backup."""

from __future__ import annotations

from datetime import datetime

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import chain, checking
from dongche.org.audit.breaks import Digest, seal_of_break
from dongche.org.audit.deeds import Actor, action, record
from dongche.org.models import AuditBreak, AuditEntry, AuditHead


class NothingBroken(Problem):
    code = "org.audit_nothing_broken"
    status = 409
    message = N_(
        "The chain of the audit log holds from entry %(first)s to %(last)s; there is nothing to seal off."
    )


@action("org.seal_audit")
def seal(
    *, reason: str, by: Actor, at: datetime, progress: checking.Progress = lambda checked: None
) -> AuditBreak:
    """Keep the broken part of the log as it was found, and begin the chain anew after it.

    Raises: NothingBroken
    """
    head = AuditHead.objects.select_for_update().first()
    verdict = checking.check(progress=progress)
    if verdict.broken is None:
        raise NothingBroken(first=verdict.first, last=verdict.last)
    is_ours = head is not None and head.seal == chain.seal_of_head(head)
    first, start = (head.first, head.before) if head is not None and is_ours else _oldest()
    walk = checking.Walk(first - 1, start)
    checking.along(walk)
    digest, last = Digest(), walk.number
    rest = AuditEntry.objects.filter(pk__gt=walk.number).order_by("pk").values_list(*checking.READ)
    for values in rest.iterator(checking.PIECE):
        digest.add(values)
        last = values[0]
    if head is not None and is_ours:
        last = max(last, head.last)
    row = AuditBreak(
        id=(AuditBreak.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1,
        broken=walk.number + 1,
        what=verdict.broken.what,
        first=first,
        start=start,
        before=walk.previous,
        last=last,
        found=str(digest),
        reason=reason,
        by_label=by.label[:80],
        at=at,
    )
    row.seal = seal_of_break(row)
    row.save(force_insert=True)
    chain.keep_head(AuditHead(id=AuditHead.ONLY, first=first, before=start, last=last, hash=row.seal))
    told = {"first_broken": row.broken, "what": row.what, "last_kept": row.last, "sha256": row.found}
    record("audit", None, by=by, at=at, before={"holds": False}, after=told, reason=reason)
    return row


def _oldest() -> tuple[int, str]:
    """Where the log begins by its oldest entry, when its head cannot be believed."""
    oldest = AuditEntry.objects.order_by("pk").values_list("pk", "previous").first()
    return oldest or (1, "")
