"""What district and city have given of their totals (S111): entered with day and source, corrected by a new row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final, Self

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.org.models import Unit
from dongche.org.queries import scope_of
from dongche.reporting.models import SuperiorFigure
from dongche.web.periods import believed
from dongche.web.scoping import ScopedQuerySet

ENTER: Final = "reporting.superior"
MOST: Final = 10**15


class AmountRefused(Problem):
    code = "reporting.superior_amount"
    message = N_(
        "%(given)s cannot be the %(quantity)s of a whole %(level)s. Give a whole number from 1 to %(most)s."
    )


class SourceMissing(Problem):
    code = "reporting.superior_source"
    message = N_(
        "It is not said where the figures of %(on)s come from. Name the paper or message, with its date."
    )


class DayOutside(Problem):
    code = "reporting.superior_day"
    message = N_("No figure of %(given)s can have been given. Days up to today, %(last)s, can be entered.")


class NothingGiven(Problem):
    code = "reporting.superior_nothing"
    message = N_("Nothing was changed: fill in at least one figure that is not there yet, or is another.")


class GivenMeanwhile(Problem):
    code = "reporting.superior_meanwhile"
    status = 409
    message = N_(
        "Somebody else has entered a figure of %(on)s meanwhile: %(quantity)s is %(held)s. Nothing was stored. Look "
        "at the figures as they stand now and enter yours again if it is to hold."
    )


class FigureGone(Problem):
    code = "reporting.superior_gone"
    status = 409
    message = N_("This figure has been corrected or taken back already; nothing was changed.")


class Superiors(ScopedQuerySet[SuperiorFigure]):
    """Figures of district and city of the sub-districts whose headquarters the actor serves in."""

    entry = SuperiorFigure

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        return self if scope.everything else self.filter(subdistrict__in=scope.subdistricts)

    def current(self, subdistrict: Unit, on: date, as_known: datetime | None = None) -> Self:
        """What holds for a day, or held as known at an instant."""
        return self.filter(believed(as_known), subdistrict=subdistrict, on=on)


@action("reporting.give_superior")
def give(
    *,
    subdistrict: Unit,
    level: str,
    on: date,
    amounts: Mapping[str, int],
    source: str,
    seen: Mapping[str, int],
    by: Actor,
    at: datetime,
) -> list[SuperiorFigure]:
    """Put down what a level gave for a day; what it gave before is superseded and kept.

    Shape: `amounts` by quantity; `seen` the id of the figure that whoever enters it knew, 0 for none
    Raises: DayOutside, SourceMissing, AmountRefused, GivenMeanwhile, NothingGiven
    """
    if on > clock.day_of(at):
        raise DayOutside(given=on, last=clock.day_of(at))
    source = source.strip()[:200]
    if not source:
        raise SourceMissing(on=on)
    Unit.objects.select_for_update(no_key=True).only("pk").get(pk=subdistrict.pk)
    held = {
        one.quantity: one
        for one in SuperiorFigure.objects.filter(believed(), subdistrict=subdistrict, level=level, on=on)
    }
    labels, levels = dict(SuperiorFigure.Quantity.choices), dict(SuperiorFigure.Level.choices)
    rows = []
    for quantity, amount in amounts.items():
        if not 0 < amount <= MOST:
            raise AmountRefused(given=amount, quantity=labels[quantity], level=levels[level], most=MOST)
        before = held.get(quantity)
        if before is not None and (before.amount, before.source) == (amount, source):
            continue
        if (before.pk if before is not None else 0) != seen.get(quantity, 0):
            raise GivenMeanwhile(on=on, quantity=labels[quantity], held=before.amount if before else "—")
        rows.append(
            SuperiorFigure(
                subdistrict=subdistrict,
                level=level,
                on=on,
                quantity=quantity,
                amount=amount,
                source=source,
                by_id=by.officer_id,
                known_at=at,
            )
        )
    if not rows:
        raise NothingGiven
    replaced = [held[row.quantity] for row in rows if row.quantity in held]
    at = max([at, *(one.known_at + timedelta(microseconds=1) for one in replaced)])
    SuperiorFigure.objects.filter(pk__in=[one.pk for one in replaced]).update(superseded_at=at)
    for row in rows:
        row.known_at = at
    SuperiorFigure.objects.bulk_create(rows)
    about = {"level": level, "on": on}
    record(
        "unit",
        subdistrict.pk,
        by=by,
        at=at,
        before=about | {one.quantity: one.amount for one in replaced},
        after=about | {one.quantity: one.amount for one in rows},
        within=subdistrict,
    )
    return rows


@action("reporting.take_back_superior")
def take_back(*, figure: SuperiorFigure, by: Actor, at: datetime) -> SuperiorFigure:
    """Believe a figure no more; its row stays.

    Raises: FigureGone
    """
    at = max(at, figure.known_at + timedelta(microseconds=1))
    if not SuperiorFigure.objects.filter(believed(), pk=figure.pk).update(superseded_at=at):
        raise FigureGone
    figure.superseded_at = at
    about = {"level": figure.level, "on": figure.on}
    before, after = about | {figure.quantity: figure.amount}, about | {figure.quantity: None}
    record(
        "unit", figure.subdistrict_id, by=by, at=at, before=before, after=after, within=figure.subdistrict_id
    )
    return figure
