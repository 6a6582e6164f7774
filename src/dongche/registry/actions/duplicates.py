"""Searches for places that may be one, and what was decided about each pair short of a merge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.org.models import Unit
from dongche.registry.imports import bulk
from dongche.registry.models import DuplicatePair, DuplicateSearch

State = DuplicatePair.State
DECISIONS = (State.OPEN, State.POSTPONED, State.APART)
# A search that has said nothing for so long was cut off, by a restart perhaps.
CUT_OFF = timedelta(hours=1)


class SearchRunning(Problem):
    code = "registry.search_running"
    status = 409
    message = N_(
        "%(subdistrict)s is being searched for duplicates already, since %(time)s. Wait until that search is done."
    )


class PairDecided(Problem):
    code = "registry.pair_decided"
    status = 409
    message = N_(
        "%(first)s and %(second)s have been merged meanwhile, so this can no longer be decided. Undo the merge first."
    )


class ApartReasonMissing(Problem):
    code = "registry.apart_reason_missing"
    message = N_(
        "Say how you know that these are two places, such as “two licences, seen on the spot”: "
        "they are not shown again."
    )


@action("registry.search_duplicates")
def search_duplicates(*, subdistrict: Unit, by: Actor, at: datetime) -> DuplicateSearch:
    """Ask for a search of a sub-district; a task does it.

    Raises: SearchRunning
    """
    bulk.lock()
    running = DuplicateSearch.objects.filter(
        subdistrict=subdistrict, state=DuplicateSearch.State.RUNNING, created_at__gt=at - CUT_OFF
    ).first()
    if running is not None:
        since = running.created_at.astimezone(clock.BEIJING).strftime("%Y-%m-%d %H:%M")
        raise SearchRunning(subdistrict=subdistrict.name, time=since)
    search = DuplicateSearch.objects.create(subdistrict=subdistrict, by_id=by.officer_id, created_at=at)
    record("unit", subdistrict.pk, by=by, at=at, after={"search": search.pk}, within=subdistrict)
    return search


@action("registry.lay_duplicates")
def lay_duplicates(
    *, search: DuplicateSearch, pairs: Sequence[DuplicatePair], places: int, by: Actor, at: datetime
) -> DuplicateSearch:
    """Lay the pairs that a search has found before the officer.

    Shape: a pair that was decided stays decided as long as both say what they said then, else it is asked again; an
           open one that is no longer found goes
    """
    bulk.lock()
    known = {
        (row.first_id, row.second_id): row
        for row in DuplicatePair.objects.filter(subdistrict=search.subdistrict)
    }
    new, changed = [], []
    for pair in pairs:
        before = known.pop((pair.first_id, pair.second_id), None)
        if before is None:
            new.append(pair)
        elif before.state != State.MERGED and (before.state == State.OPEN or before.said != pair.said):
            before.score, before.evidence, before.said = pair.score, pair.evidence, pair.said
            before.state, before.decided_at, before.by, before.reason = State.OPEN, None, None, ""
            changed.append(before)
    DuplicatePair.objects.bulk_create(new, batch_size=1000)
    fields = ["score", "evidence", "said", "state", "decided_at", "by", "reason"]
    DuplicatePair.objects.bulk_update(changed, fields, batch_size=500)
    gone = [row.pk for row in known.values() if row.state == State.OPEN]
    for first in range(0, len(gone), 500):
        DuplicatePair.objects.filter(pk__in=gone[first : first + 500], state=State.OPEN).delete()
    search.state, search.finished_at = DuplicateSearch.State.DONE, at
    search.places, search.found, search.new = places, len(pairs), len(new)
    search.save()
    before_ = {"search": search.pk, "pairs": len(known) + len(changed)}
    after = {"pairs": len(pairs), "pairs_new": len(new), "pairs_gone": len(gone)}
    record(
        "unit", search.subdistrict_id, by=by, at=at, before=before_, after=after, within=search.subdistrict_id
    )
    return search


@action("registry.fail_duplicates")
def fail_duplicates(*, search: DuplicateSearch, by: Actor, at: datetime) -> DuplicateSearch:
    """Note that a search came to no end; what was found before it stays."""
    before = search.state
    search.state, search.finished_at = DuplicateSearch.State.FAILED, at
    search.save(update_fields=["state", "finished_at"])
    record(
        "unit",
        search.subdistrict_id,
        by=by,
        at=at,
        before={"search": search.pk, "search_state": before},
        after={"search_state": search.state},
        within=search.subdistrict_id,
    )
    return search


@action("registry.decide_pair")
def decide_pair(
    *, pair: DuplicatePair, state: str, by: Actor, at: datetime, reason: str = ""
) -> DuplicatePair:
    """Say of a pair that it is two places, put it off, or open it again.

    Shape:  `pair` may be one that no search has found, not yet stored
    Raises: PairDecided, ApartReasonMissing
    """
    reason = reason.strip()
    if state == State.APART and not reason:
        raise ApartReasonMissing
    bulk.lock()
    known = DuplicatePair.objects.filter(first=pair.first_id, second=pair.second_id).first()
    before = known.state if known else None
    if before == State.MERGED:
        raise PairDecided(first=pair.first.number, second=pair.second.number)
    if known is not None:
        known.said, pair = pair.said or known.said, known
    pair.state, pair.reason, pair.by_id = state, reason[:200], by.officer_id
    pair.decided_at = None if state == State.OPEN else at
    pair.save()
    record(
        "entity",
        pair.first_id,
        by=by,
        at=at,
        before={"other_place": pair.second_id, "pair": before},
        after={"pair": state},
        reason=pair.reason,
        within=pair.subdistrict_id,
    )
    return pair
