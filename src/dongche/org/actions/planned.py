"""Planned changes of units: taken back before their day, or taking effect on it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org import grounds, lives
from dongche.org.actions.work import open_work
from dongche.org.audit import Actor, action, record
from dongche.org.changing import CHANGED, Kind, live, locked, refuse_tied, settle
from dongche.org.ending import give_up_places, refuse_holding
from dongche.org.models import PlannedChange, Unit, UnitKind

REFUSED = "org.change_refused"


class ChangeTakenBack(Problem):
    code = "org.change_taken_back"
    status = 409
    message = N_(
        "This change took effect or was taken back already; nothing was changed. Load the page again."
    )


@action("org.withdraw_change")
def withdraw_change(*, change: PlannedChange, by: Actor, at: datetime, reason: str = "") -> Unit:
    """Take back a change that was planned for a day to come: what held before goes on.

    Raises: ChangeTakenBack, and what `polygons.refuse_misplaced` refuses of the outline that comes back
    """
    unit = locked(change.unit)
    change = PlannedChange.objects.select_for_update(no_key=True).get(pk=change.pk)
    if change.done_at is not None or change.withdrawn_at is not None or change.from_on <= clock.day_of(at):
        raise ChangeTakenBack
    _withdraw(unit, change, at)
    before = {"change": change.kind, "from_on": change.from_on}
    record(
        "unit",
        unit.pk,
        by=by,
        at=at,
        before=before,
        after={"change": "withdrawn"},
        reason=reason,
        within=unit,
    )
    return unit


@action("org.take_effect")
def take_effect(*, change: PlannedChange, by: Actor, at: datetime) -> PlannedChange:
    """Let a planned change hold, its day having come: the unit takes its values, places follow where that was decided.

    Shape:  doing it again does nothing more. Where it has become impossible meanwhile, it is taken back and says why
    """
    unit = locked(change.unit)
    change = PlannedChange.objects.select_for_update(no_key=True).get(pk=change.pk)
    before = {"change": change.kind, "from_on": change.from_on}
    after: dict[str, Any] = {"change": "done"}
    if change.done_at is None and change.withdrawn_at is None:
        life = lives.life_of(unit)
        try:
            with transaction.atomic():
                after |= _done(unit, change, life, by, at)
        except Problem as problem:
            after = {"change": "refused", "problem": problem.code}
            with suppress(Problem), transaction.atomic():
                _withdraw(unit, change, at)  # where even that is impossible, it is tried again the next day
            _tell(unit, change, problem, by, at)
        else:
            change.done_at = at
            change.save(update_fields=["done_at"])
    record("unit", unit.pk, by=by, at=at, before=before, after=after, within=unit)
    return change


def _done(unit: Unit, change: PlannedChange, life: lives.Life, by: Actor, at: datetime) -> dict[str, Any]:
    """Raises: UnitTied, UnitHolds – something was given to the unit since this was planned"""
    on = change.from_on
    if change.kind == Kind.END:
        moved = give_up_places(unit, on, by, at) if change.with_places else 0
        refuse_holding(unit, on, with_places=False)
        return {"places_moved": moved} if change.with_places else {}
    if change.kind == Kind.MOVE:
        parent = Unit.objects.get(pk=lives.on_day(life, on).values["parent_id"])
        refuse_tied(unit, parent, on)
    settle(unit, change.kind, life, clock.day_of(at))
    if change.kind == Kind.DRAW and change.with_places and unit.kind == UnitKind.GRID:
        before = next((part.values["polygon"] for part in reversed(life) if part.from_on < on), None)
        after = lives.on_day(life, on).values["polygon"]
        return {"places_moved": grounds.follow(grounds.Redrawn(unit, before, after, on), by, at)}
    return {}


def _tell(unit: Unit, change: PlannedChange, problem: Problem, by: Actor, at: datetime) -> None:
    """Whoever planned it, and headquarters, must know that it did not happen."""
    subdistrict = unit if unit.kind == UnitKind.SUBDISTRICT else unit.subdistrict
    if subdistrict is not None:
        data = {
            "change": change.kind,
            "on": change.from_on.isoformat(),
            "problem": problem.code,
            "unit": unit.code,
        }
        open_work(
            subdistrict=subdistrict,
            kind=REFUSED,
            key=str(change.pk),
            officer=change.by,
            unit=unit,
            data=data,
            by=by,
            at=at,
        )


def _withdraw(unit: Unit, change: PlannedChange, at: datetime) -> None:
    life = lives.life_of(unit)
    if change.kind == Kind.END:
        unit.until_on = None
        unit.save(update_fields=["until_on"])
        new = lives.ended(life, None)
    else:
        new = lives.restored(life, change.from_on, CHANGED[change.kind])
    if new != life:
        live(unit, change.kind, life, new, at)
    change.withdrawn_at = at
    change.save(update_fields=["withdrawn_at"])
