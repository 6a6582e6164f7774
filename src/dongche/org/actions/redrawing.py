"""Several units drawn anew at once, and what goes with it: posts that move, a unit that goes on after all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from shapely.geometry import shape

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org import lives
from dongche.org.actions.posts import _fitting_unit, _told
from dongche.org.audit import Actor, action, record
from dongche.org.changing import Kind, UnitUnchanged, live, locked, open_changes
from dongche.org.dated import AlreadyEnded, Superseded, handed_on, no_overlap, refuse_past
from dongche.org.holdings import lasting_on
from dongche.org.models import Post, Unit
from dongche.org.polygons import checked, refuse_misplaced, square_metres
from dongche.org.queries import refuse_out_of_reach
from dongche.web.periods import believed


class UnitGoesOn(Problem):
    code = "org.unit_goes_on"
    status = 409
    message = N_("%(unit)s has no last day, so it need not be opened again; nothing was changed.")


@action("org.redraw_units")
def redraw_units(
    *, polygons: Mapping[int, Mapping[str, Any] | None], by: Actor, at: datetime, reason: str = ""
) -> list[Unit]:
    """Draw several units at once from today on, by id, so that none is held against a border drawn anew with it.

    Shape:  all are written, then each is held against those around it; None takes a polygon away; who has ended stays
    Raises: UnitUnchanged, and what `polygons.checked` and `polygons.refuse_misplaced` refuse; then none is changed
    """
    today = clock.day_of(at)
    rows = Unit.objects.select_for_update(of=("self",), no_key=True).filter(
        lasting_on(today), pk__in=polygons
    )
    drawn = []
    for unit in rows.select_related("parent").order_by("pk"):
        given = polygons[unit.pk]
        polygon = None if given is None else checked(given)
        known = lives.life_of(unit)
        life = lives.changed(known, max(today, unit.from_on), polygon=polygon)
        if life == known:
            continue
        before, unit.polygon = unit.polygon, lives.on_day(life, today).values["polygon"]
        unit.save(update_fields=["polygon"])
        lives.write(unit, life, at)
        drawn.append((unit, known, life))
        record(
            "unit",
            unit.pk,
            by=by,
            at=at,
            before={"square_metres": _area(before)},
            after={"square_metres": _area(polygon)},
            reason=reason,
            within=unit,
        )
    if not drawn:
        raise UnitUnchanged(unit="、".join(unit.name for unit in rows) or "—")
    for unit, known, life in drawn:
        for part in life:
            polygon = part.values["polygon"]
            if polygon and not lives.is_known(known, part, ("polygon", "parent_id")):
                refuse_misplaced(unit, polygon, parent=unit.parent, on=part.from_on, until_on=part.until_on)
    return [unit for unit, _known, _life in drawn]


def _area(polygon: Mapping[str, Any] | None) -> int | None:
    return None if polygon is None else round(square_metres(shape(polygon)))


@action("org.move_posts")
def move_posts(
    *, posts: Sequence[Post], unit: Unit | None, from_on: date, by: Actor, at: datetime, reason: str = ""
) -> list[Post]:
    """Let officers hold their posts in another unit from a day on; without a unit the posts end.

    Shape:  the posts in the new unit; whoever holds the same post there already has only the old one ended
    Raises: Superseded, OutOfReach, WrongUnitForPost, ReasonNeeded, PeriodOverlaps
    """
    refuse_past(from_on, at, reason)
    held = list(
        Post.objects.select_for_update(of=("self",))
        .filter(believed(), pk__in=[post.pk for post in posts])
        .select_related("unit", "officer")
        .order_by("pk")
    )
    if len(held) != len(posts) or not held:
        raise Superseded
    for post in held:
        refuse_out_of_reach(by, post.unit)
    there: set[tuple[int, str]] = set()
    if unit is not None:
        refuse_out_of_reach(by, unit)
        for role in sorted({post.role for post in held}):
            _fitting_unit(role, unit)
        own = Post.objects.filter(believed(), unit=unit).exclude(until_on__lte=from_on)
        there = set(own.values_list("officer_id", "role"))
    going = [post for post in held if unit is not None and (post.officer_id, post.role) not in there]
    staying = [post for post in held if post not in going]
    handed_on(staying, from_on, at, None)
    with no_overlap(from_on, unit.name if unit else "—"):
        moved = handed_on(going, from_on, at, {"unit_id": unit.pk}) if unit is not None else []
    after = {"from_on": from_on.isoformat(), "unit_id": unit and unit.pk}
    for post in held:
        record(
            "post", post.pk, by=by, at=at, before=_told(post), after=after, reason=reason, within=post.unit
        )
    return moved


@action("org.reopen_unit")
def reopen_unit(*, unit: Unit, by: Actor, at: datetime, reason: str = "") -> Unit:
    """Take back the end of a unit: it is held to have gone on, on its ground from today on, and without any in between,
    for that may have been somebody else's.

    Raises: UnitGoesOn, AlreadyEnded – the unit above has ended; and what `polygons.refuse_misplaced` refuses
    """
    unit = locked(unit)
    ended_on = unit.until_on
    if ended_on is None:
        raise UnitGoesOn(unit=unit.name)
    if unit.parent is not None and unit.parent.until_on is not None:
        raise AlreadyEnded(until_on=unit.parent.until_on)
    known, today = lives.life_of(unit), clock.day_of(at)
    life = lives.ended(known, None)
    if ended_on < today:
        life = lives.changed(life, ended_on, polygon=None)
        life = lives.changed(life, today, polygon=unit.polygon)
    unit.until_on = None
    unit.save(update_fields=["until_on"])
    live(unit, Kind.END, known, life, at)
    open_changes(unit).filter(kind=Kind.END).update(withdrawn_at=at)
    before, after = {"until_on": ended_on}, {"until_on": None}
    record("unit", unit.pk, by=by, at=at, before=before, after=after, reason=reason, within=unit)
    return unit
