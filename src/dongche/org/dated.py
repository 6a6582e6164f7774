"""What all dated duties share: nothing in the past is changed without a reason, and nothing is held twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import IntegrityError, transaction

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.web.periods import DatedBelief

Dated = TypeVar("Dated", bound=DatedBelief)


class ReasonNeeded(Problem):
    code = "org.reason_needed"
    message = N_(
        "This changes what held from %(on)s on, a day that has passed; figures and answers for those days change with "
        "it. Write the reason for the correction, or choose a day from %(today)s on."
    )


class PeriodOverlaps(Problem):
    code = "org.period_overlaps"
    status = 409
    message = N_(
        "From %(from_on)s on, %(what)s would be held twice. End what is in force first, or choose a later first day."
    )


class AlreadyEnded(Problem):
    code = "org.already_ended"
    status = 409
    message = N_("This ended on %(until_on)s already; nothing was changed.")


class Superseded(Problem):
    code = "org.superseded"
    status = 409
    message = N_("Somebody has changed this since you opened it; nothing was changed. Load the page again.")


class EndBeforeStart(Problem):
    code = "org.end_before_start"
    message = N_("It began on %(from_on)s, so its last day cannot be before that; given was %(given)s.")


def refuse_past(on: date, at: datetime, reason: str) -> None:
    """Raises: ReasonNeeded – the day is before that of `at`, and there is no reason"""
    today = clock.day_of(at)
    if on < today and not reason.strip():
        raise ReasonNeeded(on=on, today=today)


@contextmanager
def no_overlap(from_on: date, what: str) -> Iterator[None]:
    """Raises: PeriodOverlaps – the database refuses what is written inside"""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise PeriodOverlaps(from_on=from_on, what=what) from None


def ended(dated: Dated, until_on: date, *, at: datetime, reason: str) -> Dated:
    """This function will end a belief: `until_on` is the first day without it. What was believed so far is kept.

    Raises: Superseded, AlreadyEnded, EndBeforeStart, ReasonNeeded
    """
    dated = type(dated)._base_manager.select_for_update().get(pk=dated.pk)
    if dated.superseded_at is not None:
        raise Superseded
    if dated.until_on is not None and dated.until_on <= until_on:
        raise AlreadyEnded(until_on=dated.until_on)
    if until_on <= dated.from_on:
        raise EndBeforeStart(from_on=dated.from_on, given=until_on)
    refuse_past(until_on, at, reason)
    return dated.replaced(at, until_on=until_on)


CHUNK = 1000


def handed_on(
    held: Sequence[Dated], from_on: date, at: datetime, holder: Mapping[str, Any] | None
) -> list[Dated]:
    """This function will give beliefs to another holder from a day on, who is not held to have had them before.

    Shape: `holder` is the field of the holder and its new value; without it the beliefs end. A fixed number of
           statements for each thousand; gives the beliefs of the new holder
    """
    given: list[Dated] = []
    for first in range(0, len(held), CHUNK):
        chunk = held[first : first + CHUNK]
        manager = type(chunk[0])._base_manager
        manager.filter(pk__in=[row.pk for row in chunk]).update(superseded_at=at)
        kept = [_like(row, at, until_on=from_on) for row in chunk if row.from_on < from_on]
        new = [_like(row, at, from_on=max(from_on, row.from_on), **holder) for row in chunk] if holder else []
        manager.bulk_create(kept)
        given += manager.bulk_create(new)
    return given


def _like(row: Dated, at: datetime, **changes: Any) -> Dated:
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    new = type(row)(**values | {"id": None, "known_at": at, "superseded_at": None})
    for name, value in changes.items():
        setattr(new, name, value)
    return new
