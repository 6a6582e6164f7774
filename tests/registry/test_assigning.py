"""A proposal from the wish to the duties and back: only what must move moves, and everything can be taken back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dongche.org import actions as org
from dongche.org.audit import System
from dongche.org.models import AuditEntry
from dongche.registry import actions, assigning
from dongche.registry.actions.assigning import DependedUpon, NotAmongWorkers, NothingMoves, ProposalClosed
from dongche.registry.models import AssignmentProposal, PlaceDuty
from dongche.registry.queries import AssignmentProposals, responsible_for
from dongche.registry.staffing import case as cases
from dongche.registry.staffing.case import rates_on
from dongche.registry.staffing.plan import NobodyToAssign, NothingToAssign, Stale
from tests import town as founding
from tests.factories.registry import place
from tests.town import DAY, NOW, Town

BY = System("test")
TOMORROW = DAY + timedelta(days=1)


@pytest.fixture
def street(db: None) -> Town:
    """Ten places in each of the four grids, in a row from west to east."""
    town = founding.build()
    for number, grid in enumerate((town.grid_n1, town.grid_n2, town.grid_s1, town.grid_s2)):
        for step in range(10):
            place(grid, lon=120.0005 + 0.01 * number + 0.001 * step, lat=36.005)
    return town


def proposed(town, *, units=(), absent=(), on=DAY, **rates):
    return assigning.propose(
        subdistrict=town.subdistrict, units=units, on=on, absent=[officer.pk for officer in absent],
        rates=rates_on(on, **rates), by=BY, at=NOW,
    )  # fmt: skip


def server(entity, on: date):
    return responsible_for(entity, on)[0].officer.username


def test_absentees_move_only_what_must_move(street):
    proposal = proposed(street, absent=[street.n1, street.s2])
    moved = proposal.lines.filter(is_move=True).select_related("before", "worker")
    assert {(line.before.username, line.reason) for line in moved} == {("n1", "absent"), ("s2", "absent")}
    assert len(moved) == 20 == proposal.summary["moves"]
    assert proposal.summary["status"] == "optimal"
    assert {line.worker.username for line in moved} == {"n2", "s1"}
    kept = proposal.lines.filter(is_move=False)
    assert kept.count() == 20
    assert all(line.before_id == line.worker_id for line in kept)


def test_an_adopted_proposal_is_who_serves_from_its_day_on(street):
    proposal = proposed(street, units=[street.north_community], absent=[street.n1])
    assert proposal.lines.count() == 20
    proposal = actions.adopt_assignment(proposal=proposal, from_on=TOMORROW, by=street.duty, at=NOW)
    moved = proposal.lines.filter(is_move=True).first().entity
    assert (server(moved, DAY), server(moved, TOMORROW)) == ("n1", "n2")
    assert responsible_for(moved, TOMORROW)[0].rule == f"S30 assignment: proposal {proposal.pk}"
    assert PlaceDuty.objects.count() == 10
    assert AuditEntry.objects.filter(action="registry.adopt_assignment").get().after == {
        "stage": "adopted", "from_on": "2020-03-21", "moves": 10,
    }  # fmt: skip
    with pytest.raises(ProposalClosed):
        actions.adopt_assignment(proposal=proposal, from_on=TOMORROW, by=BY, at=NOW)


def test_an_edit_is_appraised_and_adopted(street):
    proposal = proposed(street, units=[street.north_community], absent=[street.n1], places_per_worker=20)
    line = proposal.lines.filter(is_move=False).order_by("pk").first()
    with pytest.raises(NotAmongWorkers):
        actions.edit_assignment(line=line, worker=street.n1, by=BY, at=NOW)
    with pytest.raises(NotAmongWorkers):
        actions.edit_assignment(line=line, worker=street.s1, by=BY, at=NOW)
    proposal = proposed(street, absent=[street.n1])
    line = proposal.lines.filter(before=street.n2).order_by("pk").first()
    cost = proposal.summary["cost"]
    [mine, *others] = sorted(_choices(proposal, line), key=lambda each: int(each.worker) != street.n2.pk)
    assert mine.extra == 0
    to_s1 = next(each for each in others if int(each.worker) == street.s1.pk)
    edited = actions.edit_assignment(line=line, worker=street.s1, by=BY, at=NOW)
    assert edited.summary["cost"] == cost + to_s1.extra
    assert edited.summary["best"] == cost
    assert {load["officer"]: load["after"] for load in edited.summary["loads"]}[street.s1.pk] == to_s1.load
    line.refresh_from_db()
    assert (line.worker, line.best, line.is_move) == (street.s1, street.n2, True)
    back = actions.edit_assignment(line=line, worker=street.n2, by=BY, at=NOW)
    assert back.summary == proposal.summary


def _choices(proposal, line):
    from dongche.registry.staffing import plan

    chosen = dict(proposal.lines.values_list("entity_id", "worker_id"))
    return plan.choices(proposal, plan.case_of(proposal), chosen, line.entity_id)


def test_a_proposal_that_no_longer_fits_is_refused(street):
    proposal = proposed(street, absent=[street.n1])
    place(street.grid_n1, lon=120.001, lat=36.001)
    with pytest.raises(Stale):
        actions.adopt_assignment(proposal=proposal, from_on=DAY, by=BY, at=NOW)
    with pytest.raises(Stale):
        actions.edit_assignment(line=proposal.lines.first(), worker=street.n2, by=BY, at=NOW)
    assert PlaceDuty.objects.count() == 0
    assert AssignmentProposal.objects.get().state == "ready"


def test_what_a_proposal_did_can_be_taken_back(street):
    first = proposed(street, units=[street.north_community], absent=[street.n1])
    actions.adopt_assignment(proposal=first, from_on=DAY, by=BY, at=NOW)
    second = proposed(street, absent=[street.n2])
    actions.adopt_assignment(proposal=second, from_on=TOMORROW, by=BY, at=NOW)
    moved = first.lines.filter(is_move=True).first().entity
    later = TOMORROW + timedelta(days=5)
    assert [server(moved, on) for on in (DAY, TOMORROW, later)][:1] == ["n2"]
    assert server(moved, TOMORROW) != "n2"
    with pytest.raises(DependedUpon):
        actions.take_back_assignment(proposal=first, until_on=TOMORROW, by=BY, at=NOW)
    actions.take_back_assignment(proposal=second, until_on=later, by=BY, at=NOW)
    assert server(moved, TOMORROW) != "n2"
    assert server(moved, later) == "n2"
    assert AssignmentProposal.objects.get(pk=second.pk).until_on == later


def test_taken_back_on_its_first_day_it_never_was(street):
    first = proposed(street, units=[street.north_community], absent=[street.n1])
    actions.adopt_assignment(proposal=first, from_on=DAY, by=BY, at=NOW)
    second = proposed(street, absent=[street.n2])
    actions.adopt_assignment(proposal=second, from_on=TOMORROW, by=BY, at=NOW)
    actions.take_back_assignment(proposal=second, until_on=TOMORROW, by=BY, at=NOW)
    believed = PlaceDuty.objects.filter(superseded_at__isnull=True)
    assert {(duty.source, duty.from_on, duty.until_on) for duty in believed} == {(first.source, DAY, None)}
    actions.take_back_assignment(proposal=first, until_on=DAY, by=BY, at=NOW)
    assert not believed.all().exists()


def test_nothing_to_do_is_said(street):
    calm = proposed(street)
    assert calm.summary["moves"] == 0
    with pytest.raises(NothingMoves):
        actions.adopt_assignment(proposal=calm, from_on=DAY, by=BY, at=NOW)
    everybody = [street.n1, street.n2, street.s1, street.s2]
    with pytest.raises(NobodyToAssign):
        proposed(street, absent=everybody)
    with pytest.raises(NothingToAssign):
        proposed(street, on=date(2020, 1, 1))


def test_a_refusal_in_the_background_is_kept_with_the_proposal(street):
    proposal = actions.propose_assignment(
        subdistrict=street.subdistrict, units=[], on=date(2020, 1, 1), absent=[],
        terms=rates_on(DAY).as_json(), by=BY, at=NOW,
    )  # fmt: skip
    proposal = assigning.work_out(proposal, by=BY, at=NOW)
    assert (proposal.state, proposal.problem["code"]) == ("failed", "registry.nothing_to_assign")
    assert actions.withdraw_assignment(proposal=proposal, by=BY, at=NOW).state == "withdrawn"


def test_a_dated_duty_is_what_a_place_rests_on(street):
    one = proposed(street, absent=[street.n1])
    actions.adopt_assignment(proposal=one, from_on=DAY, by=BY, at=NOW)
    again = proposed(street, stay_metres=5000)
    assert again.summary["moves"] == 0
    assert set(again.lines.values_list("before__username", flat=True)) == {"n2", "s1", "s2"}


def test_whoever_is_on_leave_is_known(street):
    org.take_leave(officer=street.n1, from_on=DAY, until_on=TOMORROW, substitute=street.n2, by=BY, at=NOW)
    assert cases.on_leave(street.subdistrict, (), DAY) == [street.n1]
    assert cases.on_leave(street.subdistrict, (), TOMORROW) == []
    assert cases.on_leave(street.subdistrict, (street.south_community.pk,), DAY) == []


def test_reading_a_case_takes_the_same_queries_for_any_number_of_places(street, django_assert_num_queries):
    with django_assert_num_queries(7):
        cases.read(street.subdistrict, (), DAY, absent=(), rates=rates_on(DAY))
    for step in range(30):
        place(street.grid_n1, lon=120.0001 * step / 30 + 120, lat=36.002)
    with django_assert_num_queries(7):
        cases.read(street.subdistrict, (), DAY, absent=(), rates=rates_on(DAY))


def test_only_headquarters_see_proposals(street):
    proposed(street)
    assert AssignmentProposals.visible_to(street.duty).count() == 1
    for officer in (street.n1, street.north, street.economy):
        assert AssignmentProposals.visible_to(officer).count() == 0
