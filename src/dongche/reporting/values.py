"""What a place says about a day, and what it cannot have meant: one set of rules for the form, files and programs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.reporting.models import Channel, Difficulty, Report, State
from dongche.web import campaign

MOST_STAFF = 99_999
MOST_MASK_DAYS = 999
MOST_OUTPUT_FEN = 10**12
NOTE_LENGTH = 200
STATES = frozenset(State.values)
DIFFICULTIES = frozenset(Difficulty.values)
# A slip of the finger adds a digit or two; a place that truly grew this much can be told apart by asking.
STAFF_FACTOR, STAFF_MARGIN = 3, 20
OUTPUT_FACTOR = 50
# What grew this much from one day to the next is asked about once, and taken when it is said again.
JUMP_FACTOR, JUMP_STAFF = 10, 20


class Place(Protocol):
    """What the rules ask of a place: a row of the register, or as much of one."""

    @property
    def pk(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def from_on(self) -> date: ...
    @property
    def until_on(self) -> date | None: ...
    @property
    def subdistrict_id(self) -> int: ...


class ValueRefused(Problem):
    """A value that is refused; `field` names where it was given."""

    field = ""


class UnknownState(ValueRefused):
    code = "reporting.unknown_state"
    field = "state"
    message = N_("“%(given)s” does not say whether the place is open. Expected is one of: %(expected)s.")


class NumberOutOfBounds(ValueRefused):
    code = "reporting.number_out_of_bounds"
    message = N_("“%(what)s” is given as %(given)s; expected is a number from 0 to %(most)s.")


class StaffAbsurd(ValueRefused):
    code = "reporting.staff_absurd"
    field = "staff_at_post"
    message = N_(
        "%(given)s people at post are far more than the %(due)s who are due. "
        "Look at both numbers: one of them seems to have a digit too many or too few."
    )


class OutputWhileClosed(ValueRefused):
    code = "reporting.output_while_closed"
    field = "output_fen"
    message = N_(
        "The place is said to be not open, yet to have an output of %(given)s yuan. "
        "Choose open or partly open, or leave the output empty."
    )


class OutputAbsurd(ValueRefused):
    code = "reporting.output_absurd"
    field = "output_fen"
    message = N_(
        "An output of %(given)s yuan is more than %(factor)s times the normal %(normal)s yuan. "
        "Look at both amounts: they are asked for in yuan, not in ten thousands of yuan."
    )


class TemperatureAboveStaff(ValueRefused):
    code = "reporting.temperature_above_staff"
    field = "abnormal_temperature"
    message = N_(
        "%(given)s people with a high temperature are more than the %(at_post)s at post. Correct one of the numbers."
    )


class UnknownDifficulty(ValueRefused):
    code = "reporting.unknown_difficulty"
    field = "difficulties"
    message = N_("“%(given)s” is not one of the difficulties that can be chosen: %(expected)s.")


class NoteTooLong(ValueRefused):
    code = "reporting.note_too_long"
    field = "note"
    message = N_("The note has %(given)s characters; at most %(most)s fit. Shorten it.")


class StaffMissing(ValueRefused):
    code = "reporting.staff_missing"
    field = "staff_at_post"
    message = N_("Say how many people are at post; 0 if nobody is.")


class DayInFuture(ValueRefused):
    code = "reporting.day_in_future"
    field = "on"
    message = N_(
        "The report is for %(given)s, but today is %(today)s. A day that is still to come cannot be reported."
    )


class DayTooOld(ValueRefused):
    code = "reporting.day_too_old"
    field = "on"
    message = N_(
        "The report is for %(given)s; only days from %(first)s on can still be reported. "
        "Ask your service officer about an earlier day: they can go further back."
    )


class DayOutsidePlace(ValueRefused):
    code = "reporting.day_outside_place"
    field = "on"
    message = N_("On %(given)s the place %(place)s was not on the register. Choose a day on which it was.")


@dataclass(frozen=True)
class ReportValues:
    """The answers to the questions of the daily report.

    Units: people; fen; days
    Empty: None is "not said", never 0
    """

    state: str
    staff_due: int | None = None
    staff_at_post: int | None = None
    output_fen: int | None = None
    output_normal_fen: int | None = None
    abnormal_temperature: int | None = None
    mask_days: int | None = None
    difficulties: tuple[str, ...] = ()
    note: str = ""


BOUNDS = {
    "staff_due": MOST_STAFF,
    "staff_at_post": MOST_STAFF,
    "output_fen": MOST_OUTPUT_FEN,
    "output_normal_fen": MOST_OUTPUT_FEN,
    "abnormal_temperature": MOST_STAFF,
    "mask_days": MOST_MASK_DAYS,
}


def of_report(report: Report) -> ReportValues:
    """This function will give the values that a stored report holds."""
    return ReportValues(
        state=report.state,
        staff_due=report.staff_due,
        staff_at_post=report.staff_at_post,
        output_fen=report.output_fen,
        output_normal_fen=report.output_normal_fen,
        abnormal_temperature=report.abnormal_temperature,
        mask_days=report.mask_days,
        difficulties=tuple(report.difficulties),
        note=report.note,
    )


def faults(values: ReportValues) -> list[ValueRefused]:
    """This function will say what is wrong with the values of a report; nothing when they can be true.

    >>> [
    ...     fault.code
    ...     for fault in faults(ReportValues("closed", output_fen=100, staff_due=2, staff_at_post=270))
    ... ]
    ['reporting.staff_absurd', 'reporting.output_while_closed']
    """
    found: list[ValueRefused] = []
    if values.state not in STATES:
        found.append(UnknownState(given=values.state, expected=", ".join(State.values)))
    for name, most in BOUNDS.items():
        given = getattr(values, name)
        if given is not None and not 0 <= given <= most:
            fault = NumberOutOfBounds(what=name, given=given, most=most)
            fault.field = name
            found.append(fault)
    found.extend(_contradictions(values))
    unknown = [given for given in values.difficulties if given not in DIFFICULTIES]
    found.extend(UnknownDifficulty(given=given, expected=", ".join(Difficulty.values)) for given in unknown)
    if len(values.note) > NOTE_LENGTH:
        found.append(NoteTooLong(given=len(values.note), most=NOTE_LENGTH))
    return found


def missing(values: ReportValues) -> list[ValueRefused]:
    """This function will say which answer a person still owes; programs may leave it out.

    >>> [fault.code for fault in missing(ReportValues("open"))], missing(ReportValues("closed"))
    (['reporting.staff_missing'], [])
    """
    is_open = values.state in (State.OPEN, State.PART)
    return [StaffMissing()] if is_open and values.staff_at_post is None else []


class OutputJumped(ValueRefused):
    code = "reporting.output_jumped"
    field = "output_fen"
    message = N_(
        "An output of %(given)s yuan is more than %(factor)s times the %(before)s yuan before. Amounts are in yuan. "
        "If it is right, say so and send it once more: it is taken as it is."
    )


class StaffJumped(ValueRefused):
    code = "reporting.staff_jumped"
    field = "staff_at_post"
    message = N_(
        "%(given)s people at post are more than %(factor)s times the %(before)s before. If it is right, say so and "
        "send it once more: it is taken as it is."
    )


def doubts(values: ReportValues, before: ReportValues | None) -> list[ValueRefused]:
    """This function will say what is to be asked about once, held against the last report or else the normal output.

    Empty: nothing to compare with, or with 0: a place that starts again jumps from nothing

    >>> [
    ...     one.code
    ...     for one in doubts(ReportValues("open", output_fen=1_100), ReportValues("open", output_fen=100))
    ... ]
    ['reporting.output_jumped']
    >>> doubts(ReportValues("open", output_fen=1_100), ReportValues("closed", output_fen=0))
    []
    """
    found: list[ValueRefused] = []
    earlier = (before.output_fen if before else None) or values.output_normal_fen
    if values.output_fen and earlier and values.output_fen > earlier * JUMP_FACTOR:
        found.append(OutputJumped(given=yuan(values.output_fen), before=yuan(earlier), factor=JUMP_FACTOR))
    people = before.staff_at_post if before else None
    given = values.staff_at_post
    if given is not None and people and given > max(people * JUMP_FACTOR, JUMP_STAFF):
        found.append(StaffJumped(given=given, before=people, factor=JUMP_FACTOR))
    return found


def is_same(values: ReportValues, before: ReportValues) -> bool:
    """Whether two days were answered alike; a note is a word about its day and is not compared.

    >>> is_same(ReportValues("open", 3, 2, note="a"), ReportValues("open", 3, 2))
    True
    """
    return replace(values, note="") == replace(before, note="")


def first_day(channel: str, today: date) -> date:
    """This function will give the earliest day that can be reported: a few days back by a place, the campaign's first
    day by anybody else."""
    pack = campaign.current()
    if channel == Channel.QR:
        return max(today - timedelta(days=pack.report_days_back), pack.campaign.from_on)
    return pack.campaign.from_on


def day_faults(place: Place, on: date, channel: str, today: date) -> list[ValueRefused]:
    """This function will say why a place cannot report for a day; nothing when it can."""
    first = first_day(channel, today)
    if on > today:
        return [DayInFuture(given=on, today=today)]
    if on < first:
        return [DayTooOld(given=on, first=first)]
    if on < place.from_on or (place.until_on is not None and on >= place.until_on):
        return [DayOutsidePlace(given=on, place=place.number)]
    return []


def _contradictions(values: ReportValues) -> list[ValueRefused]:
    found: list[ValueRefused] = []
    due, at_post, abnormal = values.staff_due, values.staff_at_post, values.abnormal_temperature
    if at_post is not None and due is not None and at_post > due * STAFF_FACTOR + STAFF_MARGIN:
        found.append(StaffAbsurd(given=at_post, due=due))
    if abnormal and at_post is not None and abnormal > at_post:
        found.append(TemperatureAboveStaff(given=abnormal, at_post=at_post))
    output, normal = values.output_fen, values.output_normal_fen
    if output and values.state == State.CLOSED:
        found.append(OutputWhileClosed(given=yuan(output)))
    elif output and normal and output > normal * OUTPUT_FACTOR:
        found.append(OutputAbsurd(given=yuan(output), normal=yuan(normal), factor=OUTPUT_FACTOR))
    return found


def yuan(fen: int) -> str:
    """This function will write an amount in yuan, the way a person types it.

    >>> yuan(980050), yuan(1200000)
    ('9800.50', '12000')
    """
    return str(fen // 100) if fen % 100 == 0 else f"{Decimal(fen) / 100:.2f}"
