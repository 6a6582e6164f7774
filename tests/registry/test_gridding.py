"""A division into grids from the wish to the units and back: each in one piece, each place in exactly one of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from hypothesis.extra.django import TestCase
from shapely.geometry import shape

from dongche.desk import my_day
from dongche.kit import clock
from dongche.org import actions as org
from dongche.org.audit import System
from dongche.org.models import AuditEntry, Post, Unit, UnitRevision, WorkItem
from dongche.org.polygons import square_metres
from dongche.org.queries import duties_on
from dongche.registry import actions, regridding
from dongche.registry.actions.assigning import NOT_CARRIED_OUT
from dongche.registry.actions.gridding import (
    GridsBegunBefore,
    GridsChanged,
    NameTaken,
    NotANewGrid,
    PlacesMovedOn,
)
from dongche.registry.gridding import case as cases
from dongche.registry.gridding import edits, plan
from dongche.registry.gridding.case import NoOutline
from dongche.registry.gridding.edits import GridSplit
from dongche.registry.gridding.plan import NothingToDivide, TooManyGrids
from dongche.registry.models import Entity, ProposedPlace
from dongche.registry.queries import (
    AssignmentProposals,
    Places,
    ProposedBlocks,
    ProposedGrids,
    ProposedPlaces,
    coverage,
)
from dongche.registry.staffing.plan import Stale
from tests import town as founding
from tests.factories.registry import exclude, place
from tests.town import DAY, NOW, SETUP_AT, START, Town

BY = System("test")
TOMORROW = DAY + timedelta(days=1)


def crowded() -> Town:
    """North: sixteen places in its first grid, four in the second. South: six each."""
    town = founding.build()
    for step in range(16):
        place(town.grid_n1, lon=120.001 + 0.002 * (step % 4), lat=36.001 + 0.002 * (step // 4))
    for step in range(4):
        place(town.grid_n2, lon=120.0115 + 0.002 * step, lat=36.005)
    for number, grid in enumerate((town.grid_s1, town.grid_s2)):
        for step in range(6):
            place(grid, lon=120.0205 + 0.01 * number + 0.0015 * step, lat=36.005)
    return town


@pytest.fixture
def town(db: None) -> Town:
    return crowded()


def proposed(town, *communities, grids=None, limit=None, on=DAY, by=BY):
    return regridding.propose(
        subdistrict=town.subdistrict, communities=communities or [town.north_community], on=on, grids=grids,
        limit=limit, by=by, at=NOW,
    )  # fmt: skip


def adopted(proposal, from_on=DAY, **more):
    return actions.adopt_grids(proposal=proposal, from_on=from_on, by=BY, at=NOW, **more)


def present(community):
    return Unit.objects.filter(kind="grid", parent=community, until_on__isnull=True).order_by("code")


def grids_of(community):
    return dict(Entity.objects.filter(community=community).values_list("pk", "grid__code"))


def check(proposal):
    """What holds of every draft, however it was edited."""
    draft = plan.draft_of(proposal)
    for community in {grid.community_id for grid in draft.grids}:
        shapes = [shape(grid.polygon) for grid in draft.of(community)]
        assert shapely.coverage_is_valid(shapes)
        assert all(drawn.geom_type == "Polygon" and drawn.is_valid for drawn in shapes)
        outline = shape(proposal.summary["outlines"][str(community)])
        assert shapely.union_all(shapes).symmetric_difference(outline).area < 1e-12
    for row in draft.places:
        assert row.grid is not None
        if row.block is not None:
            assert row.block.grid is row.grid
    assert all(grid.pieces == 1 and grid.load for grid in draft.grids)
    assert sum(grid.load for grid in draft.grids) == proposal.summary["places"]
    return draft


def test_two_grids_of_unequal_load_become_two_of_equal_load(town):
    proposal = proposed(town, grids=2)
    draft = check(proposal)
    assert sorted(grid.load for grid in draft.grids) == [10, 10]
    assert {grid.unit_id for grid in draft.grids} == {town.grid_n1.pk, town.grid_n2.pk}
    assert {(grid.code, grid.name) for grid in draft.grids} == {
        (unit.code, unit.name) for unit in (town.grid_n1, town.grid_n2)
    }
    summary = proposal.summary
    assert (summary["moves"], summary["new"], summary["ending"]) == (6, 0, [])
    assert (summary["largest_before"], summary["largest"], summary["communities"][0]["bound"]) == (16, 10, 10)
    moved = [row for row in draft.places if row.is_move]
    assert {row.before_id for row in moved} == {town.grid_n1.pk}
    assert {row.reason for row in moved} == {"even"}


def test_more_grids_than_now_are_new_and_vacant(town):
    proposal = proposed(town, limit=8)
    draft = check(proposal)
    [new] = [grid for grid in draft.grids if grid.unit_id is None]
    assert (len(draft.grids), new.code, new.name) == (3, "370203900001003", "North grid 3")
    assert {row.reason for row in draft.places if row.is_move} == {"relief"}
    assert coverage(Places.unscoped(reason="test"), DAY).is_complete
    adopted(proposal)
    found = coverage(Places.unscoped(reason="test"), DAY)
    [gap] = found.gaps
    assert (gap.unit.code, gap.cause, gap.count) == (new.code, "vacant_post", new.load)


def test_adopted_the_grids_are_units_with_ground_and_places(town):
    before = {unit.pk: unit.polygon for unit in present(town.north_community)}
    proposal = adopted(proposed(town, grids=3))
    assert proposal.state == "adopted"
    units = list(present(town.north_community))
    assert [unit.code[-3:] for unit in units] == ["001", "002", "003"]
    whole = shapely.union_all([shape(polygon) for polygon in before.values()])
    shapes = [shape(unit.polygon) for unit in units]
    assert square_metres(shapely.union_all(shapes).symmetric_difference(whole)) < 1
    for entity in Entity.objects.filter(community=town.north_community):
        assert shape(entity.grid.polygon).intersects(shapely.Point(entity.lon, entity.lat))
    moved = ProposedPlace.objects.filter(proposal=proposal, is_move=True).first().entity
    old, new = moved.revisions.order_by("pk")
    assert (old.superseded_at, new.grid_id, new.superseded_at) == (NOW, moved.grid_id, None)
    assert new.changes == {"grid_id": [old.grid_id, moved.grid_id]}
    told = AuditEntry.objects.filter(action="registry.carry_out_grids").get()
    assert told.after == {
        "stage": "adopted",
        "moves": proposal.summary["moves"],
        "grids_new": 1,
        "grids_ended": 0,
    }


def test_a_grid_that_ends_hands_its_worker_on(town):
    proposal = proposed(town, grids=1)
    [ending] = proposal.summary["ending"]
    assert (ending["unit"], ending["places"]) == (town.grid_n2.pk, 4)
    adopted(proposal)
    town.grid_n2.refresh_from_db()
    assert town.grid_n2.until_on == DAY
    duties = duties_on(DAY)
    holders = duties.holders[town.grid_n1.pk, "grid_worker"]
    assert {post.officer.username for post in holders} == {"n1", "n2"}
    assert set(grids_of(town.north_community).values()) == {town.grid_n1.code}


def test_posts_of_a_grid_that_ends_may_end(town):
    proposal = adopted(proposed(town, grids=1), posts={town.grid_n2.pk: None})
    assert not Post.objects.filter(
        officer=town.n2, superseded_at__isnull=True, until_on__isnull=True
    ).exists()
    actions.take_back_grids(proposal=proposal, by=BY, at=NOW)
    [again] = Post.objects.filter(officer=town.n2, superseded_at__isnull=True, until_on__isnull=True)
    assert (again.unit, again.from_on) == (town.grid_n2, DAY)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_taken_back_everything_is_as_it_was(town, count):
    def told():
        return (
            {unit.code: unit.polygon for unit in present(town.north_community) if unit.polygon},
            grids_of(town.north_community),
            sorted(
                Post.objects.filter(superseded_at__isnull=True, until_on__isnull=True).values_list(
                    "officer__username", "unit__code", "role"
                )
            ),
        )

    before = told()
    proposal = adopted(proposed(town, grids=count))
    assert told() != before
    proposal = actions.take_back_grids(proposal=proposal, by=BY, at=NOW)
    assert (proposal.state, proposal.until_on) == ("undone", DAY)
    assert told() == before
    assert coverage(Places.unscoped(reason="test"), DAY).is_complete
    again = proposed(town, grids=count)
    assert adopted(again).state == "adopted"


def test_taken_back_later_the_days_between_are_as_they_were(town):
    """From the third day on as before; on the days between, the new borders held and the grid that ended had no ground."""
    before = {unit.pk: unit.polygon for unit in present(town.north_community)}
    proposal = adopted(proposed(town, grids=1))
    later = NOW + timedelta(days=3)
    actions.take_back_grids(proposal=proposal, by=BY, at=later)
    assert {unit.pk: unit.polygon for unit in present(town.north_community)} == before
    lives = {
        unit.pk: {
            row.from_on: row.polygon
            for row in UnitRevision.objects.filter(unit=unit, superseded_at__isnull=True).order_by("from_on")
        }
        for unit in (town.grid_n1, town.grid_n2)
    }
    after = proposal.grids.get().polygon
    third = DAY + timedelta(days=3)
    assert lives == {
        town.grid_n1.pk: {START: before[town.grid_n1.pk], DAY: after, third: before[town.grid_n1.pk]},
        town.grid_n2.pk: {START: before[town.grid_n2.pk], DAY: None, third: before[town.grid_n2.pk]},
    }
    [post] = Post.objects.filter(officer=town.n2, superseded_at__isnull=True, until_on__isnull=True)
    assert (post.unit, post.from_on) == (town.grid_n2, third)


def test_what_was_changed_since_is_not_taken_back(town):
    proposal = adopted(proposed(town, grids=2))
    moved = ProposedPlace.objects.filter(proposal=proposal, is_move=True).first().entity
    Entity.objects.filter(pk=moved.pk).update(grid=town.grid_n1)
    with pytest.raises(PlacesMovedOn):
        actions.take_back_grids(proposal=proposal, by=BY, at=NOW)
    Entity.objects.filter(pk=moved.pk).update(grid=moved.grid)
    Unit.objects.filter(pk=town.grid_n1.pk).update(polygon=founding.square(120.0))
    with pytest.raises(GridsChanged):
        actions.take_back_grids(proposal=proposal, by=BY, at=NOW)


def test_a_new_grid_with_a_new_worker_is_not_taken_back_over_their_head(town):
    proposal = adopted(proposed(town, grids=3))
    new = present(town.north_community).last()
    org.appoint(officer=town.s2, unit=new, role="grid_worker", from_on=DAY, by=BY, at=NOW)
    with pytest.raises(org.UnitHolds):
        actions.take_back_grids(proposal=proposal, by=BY, at=NOW)
    assert present(town.north_community).count() == 3


def test_decided_for_a_later_day_it_begins_on_that_day(town):
    proposal = adopted(proposed(town, grids=3), TOMORROW)
    assert proposal.state == "decided"
    assert present(town.north_community).count() == 2
    assert regridding.carry_out_due(by=BY, at=NOW) == []
    [done] = regridding.carry_out_due(by=BY, at=NOW + timedelta(days=1))
    assert (done.state, done.from_on) == ("adopted", TOMORROW)
    assert present(town.north_community).last().from_on == TOMORROW


def test_late_work_begins_late_and_a_changed_case_is_kept_with_its_reason(town):
    first = adopted(proposed(town, grids=3), TOMORROW)
    second = adopted(proposed(town, town.south_community, grids=3, by=town.duty), TOMORROW)
    place(town.grid_s1, lon=120.021, lat=36.001)
    at = NOW + timedelta(days=4)
    done = {proposal.pk: proposal for proposal in regridding.carry_out_due(by=BY, at=at)}
    assert (done[first.pk].state, done[first.pk].from_on) == ("adopted", DAY + timedelta(days=4))
    assert (done[second.pk].state, done[second.pk].problem["code"]) == ("failed", "registry.proposal_stale")
    [todo] = WorkItem.objects.filter(kind=NOT_CARRIED_OUT)
    assert (todo.officer, todo.key, todo.closed_at) == (town.duty, second.code, None)
    clock.use(clock.SlowClock(shown=at, started=datetime.now(UTC)))
    [shown] = my_day.build(town.duty, clock.day_of(at)).work
    clock.use(None)
    assert shown.url.endswith(f"/{second.code}/")
    actions.withdraw_assignment(proposal=second, by=BY, at=at)
    todo.refresh_from_db()
    assert todo.closed_at == at


def test_what_no_longer_fits_is_refused(town):
    proposal = proposed(town, grids=3)
    place(town.grid_n1, lon=120.001, lat=36.0015)
    with pytest.raises(Stale):
        adopted(proposal)
    with pytest.raises(Stale):
        actions.edit_grids(place=proposal.places.first(), grid=proposal.grids.first(), by=BY, at=NOW)
    with pytest.raises(GridsBegunBefore):
        adopted(proposed(town, grids=3), DAY - timedelta(days=1))
    assert present(town.north_community).count() == 2


def test_new_grids_are_named_and_present_ones_are_not(town):
    proposal = proposed(town, grids=3)
    new = proposal.grids.get(unit__isnull=True)
    old = proposal.grids.filter(unit__isnull=False).first()
    with pytest.raises(NotANewGrid):
        actions.name_grid(grid=old, name="Harbour", by=BY, at=NOW)
    with pytest.raises(NameTaken):
        actions.name_grid(grid=new, name=old.name, by=BY, at=NOW)
    actions.name_grid(grid=new, name=" Harbour ", by=BY, at=NOW)
    adopted(proposal)
    assert present(town.north_community).last().name == "Harbour"


def test_an_edit_moves_a_block_and_weighs_everything_anew(town):
    proposal = proposed(town, grids=2)
    draft = plan.draft_of(proposal)
    row, choice = next(
        (row, choice)
        for row in draft.places
        for choice in edits.choices(draft, row, "it", town.north_community.pk)
        if not choice.is_own and choice.problem is None
    )
    border = proposal.summary["border_metres"]
    edited = actions.edit_grids(place=row, grid=choice.grid, by=BY, at=NOW)
    after = check(edited)
    assert sorted(grid.load for grid in after.grids) == [9, 11]
    assert edited.summary["border_metres"] == border + choice.border
    assert edited.summary["best"] == proposal.summary["best"]
    assert edited.summary["edited"] == 1
    mine = next(one for one in after.places if one.pk == row.pk)
    assert (mine.reason, mine.grid.pk) == ("chosen", choice.grid.pk)
    back = actions.edit_grids(place=mine, grid=mine.block.best, by=BY, at=NOW)
    assert back.summary == proposal.summary


def test_places_without_a_position_follow_their_grid(town):
    lost = place(town.grid_n2)
    nowhere = place(town.grid_n2)
    Entity.objects.filter(pk=nowhere.pk).update(grid=None)
    shut = place(town.grid_n1, lon=120.001, lat=36.0012)
    exclude(shut)
    proposal = proposed(town, grids=1)
    rows = {row.entity_id: row for row in plan.draft_of(proposal).places}
    assert (rows[lost.pk].reason, rows[lost.pk].grid.unit_id) == ("follows", town.grid_n1.pk)
    assert (rows[nowhere.pk].reason, rows[nowhere.pk].grid) == ("lost", None)
    assert (rows[shut.pk].counts, rows[shut.pk].grid.unit_id) == (False, town.grid_n1.pk)
    assert (proposal.summary["places"], proposal.summary["standing"], proposal.summary["without"]) == (
        22,
        23,
        1,
    )
    adopted(proposal)
    assert Entity.objects.get(pk=nowhere.pk).grid is None


def test_a_dedicated_grid_keeps_its_places(town):
    tower = org.create_unit(
        kind="grid", code="370203900001009", name="Tower", parent=town.north_community, from_on=START,
        dedicated_to="building", by=BY, at=SETUP_AT,
    )  # fmt: skip
    inside = place(tower, lon=120.0051, lat=36.0051)
    proposal = adopted(proposed(town, grids=3))
    assert inside.pk not in set(proposal.places.values_list("entity", flat=True))
    assert Entity.objects.get(pk=inside.pk).grid == tower
    assert [unit.code[-3:] for unit in present(town.north_community)] == ["001", "002", "009", "010"]


def test_a_whole_sub_district_is_divided_community_by_community(town):
    proposal = proposed(town, town.north_community, town.south_community, limit=5)
    draft = check(proposal)
    assert len(draft.of(town.north_community.pk)) == 4
    assert len(draft.of(town.south_community.pk)) == 3
    assert (proposal.progress_done, proposal.progress_total) in {(2, 2), (0, 2)}
    adopted(proposal)
    assert present(town.south_community).count() == 3


def test_what_cannot_be_divided_is_said(town):
    with pytest.raises(TooManyGrids):
        proposed(town, grids=40)
    Entity.objects.filter(community=town.north_community).update(lon=None, lat=None)
    with pytest.raises(NothingToDivide):
        proposed(town)
    both = proposed(town, town.north_community, town.south_community)
    assert both.summary["left"] == [town.north_community.pk]
    Unit.objects.filter(parent=town.south_community).update(polygon=None)
    with pytest.raises(NoOutline):
        proposed(town, town.south_community)


def test_reading_a_case_takes_the_same_queries_for_any_number_of_places(town, django_assert_num_queries):
    communities = [town.north_community.pk, town.south_community.pk]
    with django_assert_num_queries(4):
        cases.read(communities, DAY)
    for step in range(30):
        place(town.grid_n1, lon=120.0001 * step / 30 + 120, lat=36.002)
    with django_assert_num_queries(4):
        cases.read(communities, DAY)


def test_carrying_out_takes_the_same_queries_for_any_number_of_places(town, django_assert_max_num_queries):
    first = proposed(town, grids=2)
    with django_assert_max_num_queries(200) as counted:
        adopted(first)
        count = len(counted)
    for step in range(60):
        place(town.grid_s1, lon=120.0201 + 0.0001 * step, lat=36.003 + 0.0001 * (step % 7))
    second = proposed(town, town.south_community, grids=2)
    assert second.summary["moves"] > first.summary["moves"]
    with django_assert_max_num_queries(count + 2):
        adopted(second)


def test_only_headquarters_see_proposals(town):
    proposed(town)
    for rows in (AssignmentProposals, ProposedGrids, ProposedBlocks, ProposedPlaces):
        assert rows.visible_to(town.duty).count() > 0
        for officer in (town.n1, town.north, town.economy):
            assert rows.visible_to(officer).count() == 0


class AnyEdits(TestCase):
    """Whatever is moved where, as far as it is not refused."""

    @given(
        some.integers(2, 5), some.lists(some.tuples(some.integers(0, 99), some.integers(0, 9)), max_size=6)
    )
    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    def test_grids_stay_in_one_piece_with_each_place_in_one(self, count, steps):
        town = crowded()
        proposal = proposed(town, grids=count)
        for which, where in steps:
            draft = plan.draft_of(proposal)
            row = draft.places[which % len(draft.places)]
            choices = edits.choices(draft, row, "it", town.north_community.pk)
            choice = choices[where % len(choices)]
            if choice.problem is None:
                proposal = actions.edit_grids(place=row, grid=choice.grid, by=BY, at=NOW)
                assert plan.draft_of(proposal).grids[choice.grid.number].load == choice.load
            else:
                with pytest.raises(type(choice.problem)):
                    actions.edit_grids(place=row, grid=choice.grid, by=BY, at=NOW)
            check(proposal)
        standing = {row.entity_id: row.grid.code for row in plan.draft_of(proposal).places}
        adopted(proposal)
        assert grids_of(town.north_community) == standing


def test_a_grid_is_not_split(town):
    """Two columns of three: the middle of one cannot leave for the other, a corner can."""
    Entity.objects.filter(community=town.north_community).update(until_on=DAY)
    columns = [
        [place(town.grid_n1, lon=lon, lat=36.002 + 0.003 * step) for step in range(3)]
        for lon in (120.005, 120.015)
    ]
    proposal = proposed(town, grids=2)
    rows = {one.entity_id: one for one in plan.draft_of(proposal).places}
    left, right = ([rows[one.pk] for one in column] for column in columns)
    assert {one.grid.pk for one in left} != {one.grid.pk for one in right}
    with pytest.raises(GridSplit):
        actions.edit_grids(place=left[1], grid=right[0].grid, by=BY, at=NOW)
    check(actions.edit_grids(place=left[0], grid=right[0].grid, by=BY, at=NOW))
