"""Divisions into grids: worked out, edited, carried out on their day, taken back.

Which grid a place stands in is a present value, so a division takes effect on the day itself: decided for a later day,
it waits, and the daily work carries it out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org import actions as org
from dongche.org.audit import Actor, action, record
from dongche.org.holdings import lasting_on
from dongche.org.models import Officer, Post, Unit, UnitKind
from dongche.registry.actions.assigning import _step
from dongche.registry.actions.regrid import regrid_places
from dongche.registry.gridding import edits
from dongche.registry.gridding import plan as plans
from dongche.registry.gridding.case import posts_in
from dongche.registry.gridding.plan import Draft
from dongche.registry.imports import bulk
from dongche.registry.models import AssignmentProposal, Entity, ProposedBlock, ProposedGrid, ProposedPlace
from dongche.web.periods import believed

State = AssignmentProposal.State
_WEIGHED = ("polygon", "load", "load_before", "in_common", "compactness", "pieces")


class GridsBegunBefore(Problem):
    code = "registry.grids_begun_before"
    message = N_(
        "New grids hold from today, %(today)s, or a later day: which grid a place stood in on %(given)s is not changed "
        "afterwards. Choose a day from today on."
    )


class NameTaken(Problem):
    code = "registry.grid_name_taken"
    message = N_("There is a grid called %(name)s in %(community)s already. Give this one a name of its own.")


class NotANewGrid(Problem):
    code = "registry.not_a_new_grid"
    message = N_(
        "%(grid)s goes on under its code and name. Rename it on the page of the unit; here only new grids are named."
    )


class GridsChanged(Problem):
    code = "registry.grids_changed"
    status = 409
    message = N_(
        "Since proposal %(number)s was carried out, %(unit)s has been changed again, so it cannot be taken back as a "
        "whole. Have a new division worked out instead."
    )


class PlacesMovedOn(Problem):
    code = "registry.places_moved_on"
    status = 409
    message = N_(
        "Since proposal %(number)s was carried out, %(count)s of its %(of)s places have got another grid, so it cannot "
        "be taken back as a whole. Have a new division worked out instead."
    )


@action("registry.propose_grids")
def propose_grids(
    *,
    subdistrict: Unit,
    communities: Sequence[Unit],
    on: date,
    terms: Mapping[str, int | None],
    by: Actor,
    at: datetime,
) -> AssignmentProposal:
    """Ask for a division of some communities (none: all of the sub-district) into grids; a task works it out."""
    chosen = [unit.pk for unit in communities] or list(
        Unit.objects.filter(
            lasting_on(on), kind=UnitKind.COMMUNITY, subdistrict=subdistrict, from_on__lte=on
        ).values_list("pk", flat=True)
    )
    proposal = AssignmentProposal.objects.create(
        kind=AssignmentProposal.Kind.GRIDS,
        subdistrict=subdistrict,
        units=sorted(chosen),
        on=on,
        terms=dict(terms),
        progress_total=len(chosen),
        by_id=by.officer_id,
        created_at=at,
    )
    after = {"on": on.isoformat(), "units": proposal.units, "terms": proposal.terms}
    _record(proposal, {}, after, by=by, at=at)
    return proposal


@action("registry.lay_grids")
def lay_grids(
    *,
    proposal: AssignmentProposal,
    draft: Draft,
    summary: Mapping[str, Any],
    fingerprint: str,
    by: Actor,
    at: datetime,
) -> AssignmentProposal:
    """Lay what was worked out before the officer."""
    proposal = _step(proposal, State.READY, State.COMPUTING)
    proposal.summary, proposal.fingerprint = dict(summary), fingerprint
    proposal.save()
    ProposedGrid.objects.bulk_create(draft.grids)
    ProposedBlock.objects.bulk_create(draft.blocks, batch_size=1000)
    ProposedPlace.objects.bulk_create(draft.places, batch_size=1000)
    after = {"stage": proposal.state, "moves": summary["moves"], "place_count": summary["standing"]}
    _record(proposal, {"stage": State.COMPUTING}, after, by=by, at=at)
    return proposal


@action("registry.edit_grids")
def edit_grids(*, place: ProposedPlace, grid: ProposedGrid, by: Actor, at: datetime) -> AssignmentProposal:
    """Let a place, with what stands in its block, go to a neighbouring grid; all figures are worked out anew.

    Raises: ProposalClosed, Stale, NotBeside, GridEmptied, GridSplit
    """
    proposal = _step(place.proposal, State.READY, State.READY)
    case, draft = plans.fresh_case(proposal), plans.draft_of(proposal)
    row = next(one for one in draft.places if one.pk == place.pk)
    to = next(one for one in draft.grids if one.pk == grid.pk)
    told = {one.pk: (one.grid_id, one.is_move, one.reason) for one in draft.places}
    was = row.grid and row.grid.name
    edits.moved(draft, row, to, place.entity.name)
    proposal.summary |= plans.weigh(
        case,
        draft,
        limit=proposal.terms["places_per_grid"],
        outlines=proposal.summary["outlines"],
        only=to.community_id,
    )
    proposal.save()
    ProposedGrid.objects.bulk_update(draft.of(to.community_id), _WEIGHED)
    if row.block is not None:
        row.block.save(update_fields=["grid"])
    for one in draft.places:
        one.grid_id = one.grid.pk if one.grid else None
    changed = [one for one in draft.places if told[one.pk] != (one.grid_id, one.is_move, one.reason)]
    ProposedPlace.objects.bulk_update(changed, ["grid", "is_move", "reason"], batch_size=500)
    about = {"entity_id": place.entity_id}
    _record(proposal, {**about, "grid": was}, {**about, "grid": to.name}, by=by, at=at)
    return proposal


@action("registry.name_grid")
def name_grid(*, grid: ProposedGrid, name: str, by: Actor, at: datetime) -> ProposedGrid:
    """Give a new grid of a proposal its name.

    Raises: ProposalClosed, NotANewGrid, NameTaken
    """
    proposal = _step(grid.proposal, State.READY, State.READY)
    grid = ProposedGrid.objects.select_for_update(of=("self",)).select_related("community").get(pk=grid.pk)
    if grid.unit_id is not None:
        raise NotANewGrid(grid=grid.name)
    name = name.strip()
    present = Unit.objects.filter(lasting_on(proposal.on), kind=UnitKind.GRID, parent=grid.community_id)
    others = proposal.grids.filter(community=grid.community_id).exclude(pk=grid.pk)
    if present.filter(name=name).exists() or others.filter(name=name).exists():
        raise NameTaken(name=name, community=grid.community.name)
    before = {"code": grid.code, "name": grid.name}
    grid.name = name
    grid.save(update_fields=["name"])
    _record(proposal, before, {"code": grid.code, "name": name}, by=by, at=at)
    return grid


@action("registry.adopt_grids")
def adopt_grids(
    *,
    proposal: AssignmentProposal,
    from_on: date,
    by: Actor,
    at: datetime,
    posts: Mapping[int, int | None] | None = None,
    reason: str = "",
) -> AssignmentProposal:
    """Let new grids hold from today on, or decide that they will from a later day on.

    Shape:  `posts` says of each grid that ends, by id, to which grid of the proposal, by number, the posts held there
            go; None ends them; one that is not named goes as the proposal suggests
    Raises: ProposalClosed, GridsBegunBefore, Stale, and on the day what `carry_out_grids` refuses
    """
    bulk.lock()
    today = clock.day_of(at)
    if from_on < today:
        raise GridsBegunBefore(today=today, given=from_on)
    proposal = _step(proposal, State.DECIDED, State.READY)
    plans.fresh_case(proposal, from_on)
    chosen = dict(posts or {})
    going = {str(each["unit"]): chosen.get(each["unit"], each["to"]) for each in proposal.summary["ending"]}
    proposal.summary["posts"] = going
    proposal.from_on, proposal.adopted_at = from_on, at
    proposal.save()
    after = {"stage": proposal.state, "from_on": from_on.isoformat()}
    _record(proposal, {"stage": State.READY}, after, by=by, at=at, reason=reason)
    if from_on > today:
        return proposal
    return carry_out_grids(proposal=proposal, by=by, at=at, reason=reason)


@action("registry.carry_out_grids")
def carry_out_grids(
    *, proposal: AssignmentProposal, by: Actor, at: datetime, reason: str = ""
) -> AssignmentProposal:
    """Make the grids of a decided proposal: new ones begin, places and posts move, others end, all are drawn.

    Raises: ProposalClosed, Stale, UnitExists, UnitHolds, and what `redraw_units` refuses
    """
    bulk.lock()
    proposal = _step(proposal, State.ADOPTED, State.DECIDED)
    from_on = proposal.from_on = max(proposal.from_on or date.min, clock.day_of(at))
    deed: dict[str, Any] = {"by": by, "at": at, "reason": reason}
    case, draft = plans.fresh_case(proposal, from_on), plans.draft_of(proposal)
    present = {grid.pk: grid for ground in case.grounds for grid in ground.grids}
    above = {ground.community.pk: ground.community for ground in case.grounds}
    for grid in draft.grids:
        if grid.unit_id is None:
            grid.made = org.create_unit(
                kind=UnitKind.GRID, code=grid.code, name=grid.name, parent=above[grid.community_id],
                from_on=from_on, **deed,
            )  # fmt: skip
        else:
            grid.made = present[grid.unit_id]
            grid.was = {"polygon": grid.made.polygon}
    _stand(
        draft, {row.entity_id: row.grid.made_id for row in draft.places if row.is_move and row.grid}, by, at
    )
    _move_posts(proposal, draft, from_on, deed)
    for each in proposal.summary["ending"]:
        org.end_unit(unit=present[each["unit"]], until_on=from_on, **deed)
    _draw({grid.made_id or 0: grid.polygon for grid in draft.grids}, deed)
    ProposedGrid.objects.bulk_update(draft.grids, ["made", "was"])
    proposal.save()
    summary = proposal.summary
    after = {
        "stage": proposal.state,
        "moves": summary["moves"],
        "grids_new": summary["new"],
        "grids_ended": len(summary["ending"]),
    }
    _record(proposal, {"stage": State.DECIDED}, after, by=by, at=at, reason=reason)
    return proposal


def _draw(polygons: Mapping[int, Any], deed: Mapping[str, Any]) -> None:
    """Draw grids that are not drawn so already."""
    now = dict(Unit.objects.filter(pk__in=polygons).values_list("pk", "polygon"))
    anew = {pk: polygon for pk, polygon in polygons.items() if now[pk] != polygon}
    if anew:
        org.redraw_units(polygons=anew, **deed)


def _stand(draft: Draft, grids: Mapping[int, int | None], by: Actor, at: datetime) -> None:
    """Put places into grids, by id, or into none; community by community."""
    communities = {grid.number: grid.community for grid in draft.grids}
    to: dict[int, dict[int, tuple[int | None, int | None]]] = defaultdict(dict)
    for row in draft.places:
        if row.entity_id in grids and row.grid is not None:
            community = row.grid.community_id
            to[community][row.entity_id] = (grids[row.entity_id], community)
    named = {community.pk: community for community in communities.values()}
    for pk, targets in sorted(to.items()):
        regrid_places(unit=named[pk], targets=targets, by=by, at=at)


def _move_posts(proposal: AssignmentProposal, draft: Draft, from_on: date, deed: Mapping[str, Any]) -> None:
    """The posts of grids that end go where it was decided; what became of each is kept for taking back."""
    made = {grid.number: grid.made for grid in draft.grids}
    ending = [each["unit"] for each in proposal.summary["ending"]]
    kept = []
    for unit, posts in posts_in(ending, from_on).items():
        number = proposal.summary["posts"].get(str(unit))
        to = None if number is None else made[number]
        moved = {}
        if posts:
            now = org.move_posts(posts=posts, unit=to, from_on=from_on, **deed)
            moved = {(post.officer_id, post.role): post.pk for post in now}
        kept += [
            {
                "unit": unit,
                "officer": post.officer_id,
                "role": post.role,
                "now": moved.get((post.officer_id, post.role)),
            }
            for post in posts
        ]
    proposal.summary["moved_posts"] = kept


@action("registry.take_back_grids")
def take_back_grids(
    *, proposal: AssignmentProposal, by: Actor, at: datetime, reason: str = ""
) -> AssignmentProposal:
    """Bring back from today on the grids as they were before: those that ended go on, new ones end, places and posts
    return, borders are as they were.

    Shape:  a new grid that began today stands until tomorrow, without ground or places: a unit lasts a day at least
    Raises: ProposalClosed, GridsChanged, PlacesMovedOn, and what `end_unit` and `redraw_units` refuse
    """
    bulk.lock()
    proposal = _step(proposal, State.UNDONE, State.ADOPTED)
    today = clock.day_of(at)
    deed: dict[str, Any] = {"by": by, "at": at, "reason": reason}
    draft = plans.draft_of(proposal)
    units = Unit.objects.in_bulk(
        [each["unit"] for each in proposal.summary["ending"]] + [grid.made_id or 0 for grid in draft.grids]
    )
    back = {row.entity_id: row.before_id for row in draft.places if row.is_move and row.grid}
    _refuse_changed(proposal, draft, units, back)
    _stand(draft, back, by, at)
    _posts_back(proposal, units, today, deed)
    new = [units[grid.made_id or 0] for grid in draft.grids if grid.unit_id is None]
    for unit in new:
        org.end_unit(unit=unit, until_on=max(today, unit.from_on + timedelta(days=1)), **deed)
    polygons = {grid.made_id or 0: (grid.was or {}).get("polygon") for grid in draft.grids}
    _draw(polygons, deed)
    for each in proposal.summary["ending"]:
        org.reopen_unit(unit=units[each["unit"]], **deed)
    proposal.until_on = today
    proposal.save()
    before = {"stage": State.ADOPTED, "moves": len(back)}
    after = {"stage": proposal.state, "until_on": today.isoformat()}
    _record(proposal, before, after, by=by, at=at, reason=reason)
    return proposal


def _refuse_changed(
    proposal: AssignmentProposal, draft: Draft, units: Mapping[int, Unit], back: Mapping[int, int | None]
) -> None:
    """Raises: GridsChanged, PlacesMovedOn – a border, an end or a place is no longer as the proposal made it"""
    stands = {row.entity_id: row.grid.made_id for row in draft.places if row.grid}
    now = dict(Entity.objects.filter(pk__in=list(back)).values_list("pk", "grid_id"))
    places = sum(now.get(pk) != stands[pk] for pk in back)
    if places:
        raise PlacesMovedOn(number=proposal.pk, count=places, of=len(back))
    for grid in draft.grids:
        unit = units[grid.made_id or 0]
        if unit.polygon != grid.polygon or unit.until_on is not None:
            raise GridsChanged(number=proposal.pk, unit=unit.name)
    for each in proposal.summary["ending"]:
        if units[each["unit"]].until_on != proposal.from_on:
            raise GridsChanged(number=proposal.pk, unit=each["name"])


def _posts_back(
    proposal: AssignmentProposal, units: Mapping[int, Unit], today: date, deed: Mapping[str, Any]
) -> None:
    """Posts return to where they were held, unless somebody has given or ended them otherwise meanwhile."""
    kept = proposal.summary["moved_posts"]
    held = {
        post.pk: post
        for post in Post.objects.filter(
            believed(), lasting_on(today), pk__in=[each["now"] for each in kept if each["now"]]
        ).select_related("unit")
    }
    officers = Officer.objects.in_bulk([each["officer"] for each in kept if each["now"] is None])
    for unit in sorted({each["unit"] for each in kept}):
        mine = [held[each["now"]] for each in kept if each["unit"] == unit and each["now"] in held]
        if mine:
            org.move_posts(posts=mine, unit=units[unit], from_on=today, **deed)
    for each in kept:
        officer = officers.get(each["officer"])
        if each["now"] is None and officer is not None and officer.is_active:
            org.appoint(officer=officer, unit=units[each["unit"]], role=each["role"], from_on=today, **deed)


def _record(
    proposal: AssignmentProposal,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
) -> None:
    within = proposal.subdistrict_id
    record("assignment", proposal.pk, by=by, at=at, before=before, after=after, reason=reason, within=within)
