"""What the writer does with a batch: whose reports they are, whether they can be true, and all of them into the
database at once.

Statements are counted by batch and not by report. A batch that the database refuses is cut in halves until the bad
report stands alone: only that one is refused.
"""

from __future__ import annotations

import gc
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from django.core.validators import ProhibitNullCharactersValidator
from django.db import DatabaseError
from django.db.utils import InterfaceError, OperationalError
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.kit.origin import coming_from
from dongche.org.audit import Actor, System, action, chain, record, together
from dongche.reporting import actions, appending, judging, outbox, views
from dongche.reporting import values as rules
from dongche.reporting.appending import Entry, Known, Outcome
from dongche.reporting.forms import ReportForm
from dongche.reporting.intake.shapes import Sent
from dongche.reporting.intake.whose import Answer, Arrived, Case, cases_of
from dongche.reporting.models import Channel, Report
from dongche.reporting.values import ReportValues
from dongche.web import campaign
from dongche.web.fields import keyed_digest
from dongche.web.problems import Unexpected, sentence

log = logging.getLogger(__name__)
AWAY: Final = (OperationalError, InterfaceError)


class PlaceMoved(Problem):
    code = "reporting.place_moved"
    status = 503
    message = N_(
        "The place was merged or taken back while its report was on the way; nothing was stored. Send it again with "
        "the same key."
    )


class Unstorable(Problem):
    code = "reporting.unstorable"
    message = N_(
        "The database refuses this report, though its answers can be true; the others were stored. The fault has been "
        "noted: look at its characters, or report it on the page of the place."
    )


@dataclass(frozen=True, slots=True)
class Filing:
    """A report that can be true, to be stored."""

    case: Case
    entry: Entry
    filled_at: datetime | None


def store(arrived: Sequence[Arrived], now: datetime) -> list[Answer]:
    """This function will store a batch and give an answer for each report, in their order.

    Raises: OperationalError, InterfaceError – the database is away; nothing of this call is acknowledged
    """
    answers: dict[int, Answer] = {}
    for wave in _waves(cases_of(arrived, now, answers)):
        _store(wave, now, answers)
    return [answers[number] for number in range(len(arrived))]


def warm() -> None:
    """This function will read the pack and derive the keys once, before the first report has to wait for it; and leave
    what is loaded by then out of every later search for garbage."""
    campaign.current()
    chain.seal_of_text("")
    keyed_digest("", "token")
    _pages()
    gc.collect()
    gc.freeze()


def _waves(cases: Iterable[Case]) -> Iterable[list[Case]]:
    """One report of a place at a time: a second one is held against the first."""
    left = list(cases)
    while left:
        seen: set[int] = set()
        wave: list[Case] = []
        rest: list[Case] = []
        for case in left:
            (rest if case.place.pk in seen else wave).append(case)
            seen.add(case.place.pk)
        yield wave
        left = rest


def _store(wave: list[Case], now: datetime, answers: dict[int, Answer]) -> None:
    try:
        answers.update(_file(wave, now))
        return
    except AWAY:
        raise
    except Exception as error:
        problem = Unstorable() if isinstance(error, DatabaseError | ValueError) else Unexpected()
        if len(wave) == 1:
            with coming_from(wave[0].arrived.origin):
                log.exception("reporting.intake.row_refused place=%s", wave[0].place.pk)
    if len(wave) == 1:
        answers[wave[0].number] = Answer.of(problem, wave[0].arrived.language)
        return
    half = len(wave) // 2
    _store(wave[:half], now, answers)
    _store(wave[half:], now, answers)


def _file(wave: Sequence[Case], now: datetime) -> dict[int, Answer]:
    """Judge and store the reports of one wave in one transaction; what it gives is true once this returns."""
    told: dict[int, Answer] = {}
    filings: list[Filing] = []
    with together():
        known = appending.look(wave)
        before = _last_before(wave, known)
        for case in wave:
            again = known.keys.get((case.place.pk, case.key))
            if again is not None:
                told[case.number] = _receipt(case, again, 200)
                continue
            try:
                filings.append(_judged(case, known, before.get(case.number), now))
            except Problem as problem:
                told[case.number] = Answer.of(problem, case.arrived.language)
        if filings:
            outcomes = record_arrived(filings=filings, known=known, by=System("intake"), at=now)
            for filing, outcome in zip(filings, outcomes, strict=True):
                assert outcome.report is not None  # noqa: S101 – see record_arrived
                status = 201 if outcome.is_new else 200
                told[filing.case.number] = _receipt(filing.case, outcome.report, status)
    return told


@action("reporting.record")
def record_arrived(*, filings: Sequence[Filing], known: Known, by: Actor, at: datetime) -> Sequence[Outcome]:
    """Store reports of different places, each said by its own place or officer, as `actions.record_report` does.

    Shape: an outcome for each, in their order; a fixed number of statements for those of places, and for each officer
    """
    groups: dict[tuple[str, int | None], list[int]] = defaultdict(list)
    for number, filing in enumerate(filings):
        groups[filing.case.channel, filing.case.by.officer_id].append(number)
    outcomes: dict[int, Outcome] = {}
    for (channel, _officer), numbers in groups.items():
        actor = filings[numbers[0]].case.by
        entries = [filings[number].entry for number in numbers]
        found = appending.add(entries, known, channel=channel, by=actor, at=at)
        outcomes.update(zip(numbers, found, strict=True))
    for number, filing in enumerate(filings):
        case, outcome = filing.case, outcomes[number]
        report, was = outcome.report, outcome.before
        assert report is not None  # noqa: S101 – none is in conflict or gone: both were looked at under the lock
        told: dict[str, Any] = {"on": case.on, "channel": case.channel}
        if filing.filled_at is not None:
            told["filled_at"] = filing.filled_at
        told |= {"report": report.pk, "outcome": outcome.kind}
        if outcome.is_new:
            told |= actions._told(report)
        before = None if was is None else {"report": was.pk, **actions._told(was)}
        with coming_from(case.arrived.origin):
            within = case.place.subdistrict_id
            record("entity", case.place.pk, by=case.by, at=at, before=before, after=told, within=within)
    return [outcomes[number] for number in range(len(filings))]


# --- Whether they can be true -------------------------------------------------------------------------


def _last_before(wave: Sequence[Case], known: Known) -> dict[int, ReportValues]:
    """The last report before the day of each case, by its number: yesterday's where there is one, else one query."""
    found: dict[int, ReportValues] = {}
    left: dict[int, Case] = {}
    for case in wave:
        yesterday = known.current.get((case.place.pk, case.on - timedelta(days=1)))
        if yesterday is not None:
            found[case.number] = rules.of_report(yesterday)
        elif case.told.on is not None and not _is_taken_as_is(case.arrived.sent):
            left[case.place.pk] = case
    if left:
        earlier = Report.objects.filter(entity__in=left, superseded_at__isnull=True)
        rows = earlier.order_by("on").values_list("entity", "on", "state", "output_fen", "staff_at_post")
        for pk, on, state, output, at_post in rows:
            if on < left[pk].on:
                found[left[pk].number] = ReportValues(state, staff_at_post=at_post, output_fen=output)
    return found


def _is_taken_as_is(sent: Sent) -> bool:
    """Nobody is asked whether a jump is right: it was said to be, or the report has waited and nobody is there."""
    return sent.sure or sent.filled_at is not None


def _judged(case: Case, known: Known, before: ReportValues | None, now: datetime) -> Filing:
    """The report, ready to be stored.

    Raises: PlaceMoved, outbox.DayInDoubt, outbox.NotAccepted, actions.ReportedMeanwhile
    """
    if case.place.pk not in known.present:
        raise PlaceMoved
    sent, told = case.arrived.sent, case.told
    filled_at = None
    if sent.filled_at is not None and sent.sent_at is not None:
        filled_at = min(sent.filled_at + (now - sent.sent_at), now)
        if told.on is not None:
            with translation.override(case.arrived.language):
                outbox.doubt_day(
                    told.on,
                    case.place,
                    case.channel,
                    is_of_phone=sent.day_from == "phone",
                    said_at=sent.filled_at,
                    sent_at=sent.sent_at,
                    filled_at=filled_at,
                    now=now,
                )
    judged = judging.judge(
        told.values,
        place=case.place,
        on=told.on,
        channel=case.channel,
        today=clock.day_of(now),
        before=before,
        unread=told.unread,
        is_sure=_is_taken_as_is(sent),
    )
    if told.unread or judged.faults or told.values is None or told.on is None:
        raise _refusal(case, judged)
    current = known.current.get((case.place.pk, told.on))
    values = told.values
    if sent.holds == "theirs" and sent.knew:
        values = _held(case, sent.knew, current) or values
    is_other = current is not None and sent.knew not in (None, current.pk)
    if current is not None and is_other and rules.of_report(current) != values:
        raise _meanwhile(case, told.values, current)
    return Filing(case, Entry(case.place, told.on, values, case.key, sent.same), filled_at)


def _meanwhile(case: Case, mine: ReportValues, theirs: Report) -> actions.ReportedMeanwhile:
    with translation.override(case.arrived.language):
        problem = actions.ReportedMeanwhile(theirs)
        problem.rows = outbox.compared(mine, theirs)
    return problem


def _held(case: Case, knew: int, current: Report | None) -> ReportValues | None:
    """What is stored already, when whoever compared the two said that it holds: it is confirmed then."""
    if current is None or current.pk != knew:
        current = Report.objects.filter(entity=case.place.pk, pk=knew, on=case.on).first()
    return None if current is None else rules.of_report(current)


def _refusal(case: Case, judged: judging.Judged) -> outbox.NotAccepted:
    """Every question that is refused with its sentence, as the form shows them."""
    fields = ReportForm.base_fields
    with translation.override(case.arrived.language):
        errors = []
        for name, code in case.told.unread.items():
            text = str(fields[name].error_messages.get(code) or ProhibitNullCharactersValidator.message)
            if "%(value)s" in text:
                text = text % {"value": "、".join(case.arrived.sent.difficulties)}
            errors.append((name, code, text))
        for fault in judged.faults:
            if "what" in fault.details:
                fault.details["what"] = fields[fault.field].label
            errors.append((fault.field, fault.code, sentence(fault)))
        told = gettext("%(question)s: %(refusal)s")
        return outbox.NotAccepted(
            [
                {
                    "field": name,
                    "code": code,
                    "message": text,
                    "told": told % {"question": fields[name].label, "refusal": text},
                }
                for name, code, text in errors
            ]
        )


# --- What is answered -----------------------------------------------------------------------------------


def _receipt(case: Case, report: Report, status: int) -> Answer:
    """What the outbox is told too; an officer gets the number of the place instead of an address behind its code."""
    told: dict[str, Any] = {"receipt": report.receipt, "number": report.pk, "late": views.is_late(report)}
    if case.channel == Channel.QR:
        told["address"] = f"{_pages()}{case.place.code}/{report.pk}/"
    else:
        told["place"] = case.place.number
    return Answer(status, told, 0, case.place.name)


@lru_cache(maxsize=1)
def _pages() -> str:
    """The address that the codes of places follow."""
    return reverse("reporting:report", args=["0"]).removesuffix("0/")
