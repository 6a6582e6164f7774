"""Checks of doubtful reports and calls of a sample: proposed, taken or dismissed, outcomes put down and corrected.

An outcome is handed to the registry as an observation; evidence is weighed with it, and no report changes by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org import actions as org
from dongche.org.audit import Actor, action, record
from dongche.org.models import Officer, Unit, WorkItem
from dongche.registry import actions as registry
from dongche.registry.models import ImportBatch, Observation
from dongche.registry.queries import SPEAKING, Places
from dongche.reporting import keeping, rulebook
from dongche.reporting.models import Check, Sample
from dongche.web.periods import believed

TAKEN: Final = "reporting.check"
FRESH: Final = timedelta(minutes=15)
DUE_DAYS: Final = 3


class CheckClosed(Problem):
    code = "reporting.check_closed"
    status = 409
    message = N_(
        "The check of %(place)s is closed already (%(closed)s). Open it again to see what was found out."
    )


class CheckDue(Problem):
    code = "reporting.check_due"
    message = N_("A check can be due from %(today)s on; given was %(given)s.")


class DismissalReasonMissing(Problem):
    code = "reporting.dismissal_reason_missing"
    message = N_("Say why the report of %(place)s need not be checked. Write a few words.")


class OutcomeSettled(Problem):
    code = "reporting.outcome_settled"
    status = 409
    message = N_(
        "What was found out about %(place)s can be undone for %(minutes)s minutes by whoever put it down. Put down "
        "what is right instead: both are kept."
    )


class NothingToDraw(Problem):
    code = "reporting.nothing_to_draw"
    message = N_("No place of %(unit)s reports to be open on %(on)s, so there is nobody to ring up.")


def stands_for(on: date) -> int:
    """This function will say for how many days an outcome speaks, by the rules of a day; 1 without one."""
    rule = rulebook.on(on).get("seen_as_reported")
    return rule.numbers["days"] if rule else 1


@action("reporting.propose")
def propose(*, subdistrict: Unit, on: date, by: Actor, at: datetime) -> list[Check]:
    """Propose to check each place whose report of a day is doubtful or contradicted.

    Shape: gives the open checks of doubtful reports; a place with an open check, or with an outcome or a dismissal
           that still stands for the day, gets no other one. A check that nobody has taken is closed once its report
           is doubtful no more
    """
    places = Places.unscoped(reason="every doubtful report is asked about").filter(subdistrict=subdistrict)
    keeping.bring(places, on, at, most=None)
    doubted = keeping.chosen(places, on, "doubted")
    recent = on - timedelta(days=stands_for(on))
    held = Check.objects.filter(entity=OuterRef("pk"))
    waits = Q(closed_at__isnull=True, sample__isnull=True)
    stands = Q(closed__in=(Check.Closed.ANSWERED, Check.Closed.DISMISSED), on__gt=recent)
    fresh = list(doubted.filter(~Exists(held.filter(waits | stands))).order_by("pk"))
    weighed = keeping.of([one.pk for one in fresh], on)
    Check.objects.bulk_create(
        Check(
            entity=one,
            on=on,
            strength=weighed[one.pk].strength,
            codes=[doubt.rule.code for doubt in weighed[one.pk].doubts],
            proposed_at=at,
        )
        for one in fresh
    )
    mine = Check.objects.filter(
        entity__subdistrict=subdistrict, sample__isnull=True, closed_at__isnull=True, on__lte=on
    )
    over = mine.filter(taken_by__isnull=True).exclude(entity__in=doubted.values("pk"))
    settled = over.update(closed=Check.Closed.SETTLED, closed_at=at)
    record(
        "unit",
        subdistrict.pk,
        by=by,
        at=at,
        before={"settled": 0},
        after={"on": on, "count": len(fresh), "settled": settled},
        within=subdistrict,
    )
    return list(mine.filter(closed_at__isnull=True).select_related("entity"))


@action("reporting.take_check")
def take_check(*, check: Check, officer: Officer, due_on: date, by: Actor, at: datetime) -> Check:
    """Say who checks a report and until when; it stands among their things to do.

    Raises: CheckClosed, CheckDue
    """
    _open(check)
    if due_on < clock.day_of(at):
        raise CheckDue(today=clock.day_of(at), given=due_on)
    before = _told(check)
    check.taken_by, check.due_on = officer, due_on
    check.save(update_fields=["taken_by", "due_on"])
    org.open_work(
        subdistrict=check.entity.subdistrict,
        kind=TAKEN,
        key=str(check.pk),
        officer=officer,
        data={"check": check.pk, "number": check.entity.number},
        due_on=due_on,
        by=by,
        at=at,
    )
    _note(check, before, by, at)
    return check


@action("reporting.dismiss_check")
def dismiss_check(*, check: Check, reason: str, by: Actor, at: datetime) -> Check:
    """Say why a report need not be checked.

    Raises: CheckClosed, DismissalReasonMissing
    """
    _open(check)
    if not reason.strip():
        raise DismissalReasonMissing(place=check.entity.name)
    before = _told(check)
    check.closed, check.closed_at, check.reason = Check.Closed.DISMISSED, at, reason.strip()[:200]
    check.save(update_fields=["closed", "closed_at", "reason"])
    _done(check, "dismissed", by, at)
    _note(check, before, by, at)
    return check


@action("reporting.record_outcome")
def record_outcome(
    *,
    check: Check,
    finding: str,
    way: str,
    by: Actor,
    at: datetime,
    note: str = "",
    asked_by: Officer | None = None,
    asked_at: datetime | None = None,
    batch: ImportBatch | None = None,
) -> Observation:
    """Put down what was found out: the place works, does not, or could not be asked. The last word counts.

    A check is closed by an answer and open again when the answer was none. A check that was settled or dismissed takes
    an outcome too: somebody asked after all.

    Raises: ObservedAhead
    """
    before = _told(check)
    seen = registry.observe(
        entity=check.entity, on=check.on, finding=finding, way=way, source=Check.SOURCE, key=str(check.pk), note=note,
        asked_by=asked_by, asked_at=asked_at, batch=batch, by=by, at=at,
    )  # fmt: skip
    _set(check, seen.finding, at)
    if check.closed:
        _done(check, seen.finding, by, at)
    _note(check, before, by, at)
    return seen


@action("reporting.undo_outcome")
def undo_outcome(*, check: Check, by: Actor, at: datetime) -> Check:
    """Take back an outcome just put down, a slip of the finger; what was said before it holds again.

    Raises: OutcomeSettled – it is older than FRESH, or somebody else's
    """
    last = _last(check)
    if last is None or last.by_id != by.officer_id or at - last.known_at > FRESH:
        raise OutcomeSettled(place=check.entity.name, minutes=FRESH.seconds // 60)
    _take_back(check, last, by, at)
    return check


@action("reporting.take_back_outcome")
def take_back_outcome(*, check: Check, by: Actor, at: datetime) -> Check:
    """Take back the outcome that holds, together with the file that brought it; what was said before it holds again.

    Raises: ObservationGone – there is none
    """
    last = _last(check)
    if last is None:
        raise registry.ObservationGone
    _take_back(check, last, by, at)
    return check


def _last(check: Check) -> Observation | None:
    return Observation.objects.filter(believed(), source=Check.SOURCE, key=str(check.pk)).first()


def _take_back(check: Check, last: Observation, by: Actor, at: datetime) -> None:
    before = _told(check)
    former = (
        Observation.objects.filter(source=Check.SOURCE, key=str(check.pk), superseded_at=last.known_at)
        .select_related("asked_by")
        .order_by("-pk")
        .first()
    )
    registry.take_back_observation(observation=last, by=by, at=at)
    if former is not None:
        again = registry.observe(
            entity=check.entity, on=former.on, finding=former.finding, way=former.way, source=Check.SOURCE,
            key=str(check.pk), note=former.note, asked_by=former.asked_by, asked_at=former.asked_at, by=by, at=at,
        )  # fmt: skip
        _set(check, again.finding, at)
    else:
        _set(check, "", None)
    if check.taken_by is not None and check.is_open:
        org.open_work(
            subdistrict=check.entity.subdistrict, kind=TAKEN, key=str(check.pk), officer=check.taken_by,
            data={"check": check.pk, "number": check.entity.number}, due_on=check.due_on, by=by, at=at,
        )  # fmt: skip
    _note(check, before, by, at)


@action("reporting.draw_sample")
def draw_sample(
    *,
    subdistrict: Unit,
    on: date,
    size: int,
    seed: int,
    strata: str,
    drawn: Mapping[str, Sequence[int]],
    sizes: Mapping[str, int],
    expected: int,
    by: Actor,
    at: datetime,
) -> Sample:
    """Keep a sample with the places drawn, so that what they answer can be put down; the same again gives the same one.

    Raises: NothingToDraw
    """
    if not any(drawn.values()):
        raise NothingToDraw(unit=subdistrict.name, on=on)
    same = Sample.objects.filter(
        subdistrict=subdistrict, on=on, size=size, seed=seed, strata=strata, by_id=by.officer_id
    ).first()
    if same is not None and same.sizes == dict(sizes):
        record("unit", subdistrict.pk, by=by, at=at, after={"sample": same.pk}, within=subdistrict)
        return same
    sample = Sample.objects.create(
        subdistrict=subdistrict, on=on, size=size, seed=seed, strata=strata, sizes=dict(sizes), expected=expected,
        by_id=by.officer_id, drawn_at=at,
    )  # fmt: skip
    places = [(stratum, pk) for stratum in sorted(drawn) for pk in drawn[stratum]]
    Check.objects.bulk_create(
        Check(entity_id=pk, on=on, sample=sample, stratum=stratum, turn=turn, proposed_at=at)
        for turn, (stratum, pk) in enumerate(places, 1)
    )
    after = {"sample": sample.pk, "on": on, "count": len(places), "seed": seed}
    record("unit", subdistrict.pk, by=by, at=at, after=after, within=subdistrict)
    return sample


def _open(check: Check) -> None:
    if not check.is_open:
        raise CheckClosed(place=check.entity.name, closed=check.get_closed_display())


def _set(check: Check, finding: str, at: datetime | None) -> None:
    is_answer = finding in SPEAKING
    check.finding, check.found_at = finding, at
    check.closed, check.closed_at = (Check.Closed.ANSWERED, at) if is_answer else ("", None)
    check.reason = ""
    check.save(update_fields=["finding", "found_at", "closed", "closed_at", "reason"])


def _done(check: Check, outcome: str, by: Actor, at: datetime) -> None:
    items = WorkItem.objects.filter(
        subdistrict=check.entity.subdistrict_id, kind=TAKEN, key=str(check.pk), closed_at__isnull=True
    )
    for item in items:
        org.close_work(item=item, outcome=outcome, by=by, at=at)


def _note(check: Check, before: dict[str, Any], by: Actor, at: datetime) -> None:
    record(
        "entity",
        check.entity_id,
        by=by,
        at=at,
        before=before,
        after=_told(check),
        within=check.entity.subdistrict_id,
    )


def _told(check: Check) -> dict[str, Any]:
    """What of a check goes into the log: no words, which may name somebody."""
    return {
        "on": check.on,
        "officer_id": check.taken_by_id,
        "due_on": check.due_on,
        "finding": check.finding,
        "closed": check.closed,
    }
