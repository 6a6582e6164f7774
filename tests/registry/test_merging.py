"""Two places that are one: merged, told apart from what only looks alike, parted again; nothing is ever lost."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dongche.analytics import facts as contract
from dongche.org.audit import System
from dongche.org.models import AuditEntry
from dongche.registry import actions
from dongche.registry.duplicates import comparing, pairs, searching
from dongche.registry.models import DuplicatePair, DuplicateSearch, Entity, Exclusion, Merge, PlaceDuty
from dongche.registry.queries import DuplicatePairs, Places, version_of, was_expected
from dongche.reporting import figures
from dongche.reporting.models import Report
from dongche.reporting.queries import place_behind
from dongche.web.fields import search_hash
from tests import district
from tests.factories.registry import exclude, place, revise
from tests.factories.reporting import report
from tests.town import DAY, NOW, SETUP_AT, START

pytestmark = pytest.mark.django_db
BY = System("test")
LATER = NOW + timedelta(minutes=5)
State = DuplicatePair.State


@pytest.fixture
def two(town):
    known = place(town.grid_n1, name="海之晨餐饮", address="阜新路8号", contact_phone="13800001234")
    Entity.objects.filter(pk=known.pk).update(contact_phone_hash=search_hash("13800001234"))
    again = place(
        town.grid_n2, name="海之辰餐饮有限公司", address="阜新路8号", credit_code="91370203MA3N12345X"
    )
    return known, again


def merged(survivor: Entity, other: Entity, *taken: str, at=NOW, **more) -> Merge:
    versions = {one.pk: version_of(one) for one in (survivor, other)}
    return actions.merge_places(
        survivor=survivor, merged=other, versions=versions, taken=taken, by=BY, at=at, **more
    )


def state_of(one: Entity) -> dict[str, object]:
    """Everything that a place says, but for when it was last touched."""
    row = Entity.objects.filter(pk=one.pk).values().get()
    return {name: value for name, value in row.items() if name != "updated_at"}


def said_on(one: Entity, on: date) -> list[int | None]:
    return list(
        Report.objects.filter(entity=one, on=on, superseded_at=None).values_list("staff_at_post", flat=True)
    )


def test_a_merge_moves_what_is_chosen_and_leaves_one_place(town, two):
    survivor, other = two
    merge = merged(survivor, other, "credit_code", "name", reason="same licence")
    survivor.refresh_from_db()

    assert (survivor.credit_code, survivor.name) == ("91370203MA3N12345X", "海之辰餐饮有限公司")
    assert survivor.grid == town.grid_n1
    assert [one.pk for one in Places.visible_to(town.duty).named_like("海之辰")] == [survivor.pk]
    assert Places.visible_to(town.duty).filter(pk=other.pk).count() == 0
    assert place_behind(other.code, DAY) == survivor
    assert set(merge.revision.changes) == {"name", "credit_code"}
    assert DuplicatePair.objects.get().state == State.MERGED
    entry = AuditEntry.objects.filter(action="registry.merge_places").get()
    assert entry.reason == "same licence"
    assert entry.after["merged_place"] == other.pk


def test_an_undone_merge_leaves_both_as_they_were(two):
    before = [state_of(one) for one in two]
    for on in (DAY, DAY - timedelta(1)):
        report(two[1], on=on, staff_at_post=7)
    merge = merged(*two, "credit_code", "name", "contact_phone", "community_id", "contact_name")
    actions.part_places(merge=merge, by=BY, at=LATER)

    assert [state_of(one) for one in two] == before
    assert [said_on(one, DAY) for one in two] == [[], [7]]
    assert was_expected(two[1], DAY)
    assert DuplicatePair.objects.get().state == State.OPEN


def test_of_two_reports_for_a_day_the_later_counts_and_both_are_kept(two):
    survivor, other = two
    first, second = DAY - timedelta(2), DAY - timedelta(1)
    report(survivor, on=first, staff_at_post=1, known_at=NOW - timedelta(hours=2))
    report(other, on=first, staff_at_post=2, known_at=NOW - timedelta(hours=1))
    report(survivor, on=second, staff_at_post=3, known_at=NOW - timedelta(hours=1))
    report(other, on=second, staff_at_post=4, known_at=NOW - timedelta(hours=2))
    report(other, on=DAY, staff_at_post=5)
    merge = merged(survivor, other)

    assert [said_on(survivor, on) for on in (first, second, DAY)] == [[2], [3], [5]]
    assert [said_on(other, on) for on in (first, second, DAY)] == [[], [], []]
    assert merge.moved["reports"]["both"] == 2
    assert Report.objects.filter(entity=survivor, on=first).order_by("pk").first().received_at <= NOW
    assert set(Report.objects.filter(entity=other).values_list("staff_at_post", flat=True)) == {2, 4, 5}

    actions.part_places(merge=merge, by=BY, at=LATER)
    assert [said_on(survivor, on) for on in (first, second, DAY)] == [[1], [3], []]
    assert [said_on(other, on) for on in (first, second, DAY)] == [[2], [4], [5]]


def test_what_came_since_stays_with_the_survivor_and_is_said_beforehand(two):
    survivor, other = two
    report(other, on=DAY, staff_at_post=5, known_at=NOW - timedelta(hours=1))
    merge = merged(survivor, other, "name")
    correction = NOW + timedelta(minutes=1)
    Report.objects.filter(entity=survivor, superseded_at=None).update(superseded_at=correction)
    report(survivor, on=DAY, staff_at_post=6, known_at=correction)
    Entity.objects.filter(pk=survivor.pk).update(name="海之晨酒楼")
    survivor.refresh_from_db()
    revise(survivor, correction)

    assert comparing.staying(merge)[0].endswith("1")
    actions.part_places(merge=merge, by=BY, at=LATER)
    survivor.refresh_from_db()
    assert survivor.name == "海之晨酒楼"
    assert said_on(survivor, DAY) == [6]
    assert said_on(other, DAY) == [5]


def test_answers_as_known_before_do_not_change(town, two):
    report(two[0], on=DAY, known_at=NOW - timedelta(hours=2))
    report(two[1], on=DAY, state="closed", known_at=NOW - timedelta(hours=1))

    def rate(as_known=None):
        (row,) = figures.measure(town.duty, days=[DAY], as_known=as_known, metrics=["resumption_rate"])
        return row.numerator, row.denominator

    assert rate() == (1, 2)
    merge = merged(*two)
    assert rate() == (0, 1)
    assert rate(NOW - timedelta(minutes=1)) == (1, 2)
    actions.part_places(merge=merge, by=BY, at=LATER)
    assert rate() == (1, 2)
    assert rate(NOW + timedelta(minutes=1)) == (0, 1)


def test_duties_and_exclusions_fill_only_what_the_survivor_leaves_free(town, two):
    survivor, other = two
    duty = {"role": "served_by", "known_at": SETUP_AT}
    PlaceDuty.objects.create(entity=survivor, officer=town.n1, from_on=date(2020, 3, 10), **duty)
    PlaceDuty.objects.create(entity=other, officer=town.n2, from_on=START, **duty)
    exclude(other, from_on=START, until_on=date(2020, 2, 20))
    merge = merged(survivor, other)
    held = PlaceDuty.objects.filter(superseded_at=None).order_by("from_on")

    assert list(held.values_list("entity", "officer__username", "from_on", "until_on")) == [
        (survivor.pk, "n2", START, date(2020, 3, 10)),
        (survivor.pk, "n1", date(2020, 3, 10), None),
    ]
    assert not was_expected(survivor, START)

    actions.part_places(merge=merge, by=BY, at=LATER)
    assert set(held.values_list("entity", "officer__username", "from_on", "until_on")) == {
        (survivor.pk, "n1", date(2020, 3, 10), None),
        (other.pk, "n2", START, None),
    }
    assert Exclusion.objects.get(superseded_at=None).entity == other


def test_a_place_is_not_merged_with_itself_twice_across_or_unseen(town, two):
    survivor, other = two
    with pytest.raises(actions.MergedWithItself):
        merged(survivor, survivor)
    with pytest.raises(actions.MergedAcross):
        merged(survivor, place(district.build(town).units["Hill grid 1"]))
    stale = {survivor.pk: version_of(survivor), other.pk: version_of(other)}
    revise(other, NOW)
    with pytest.raises(actions.ChangedMeanwhile):
        actions.merge_places(survivor=survivor, merged=other, versions=stale, taken=(), by=BY, at=NOW)
    seen = {survivor.pk: version_of(survivor), other.pk: version_of(other)}
    merged(survivor, other)
    with pytest.raises(actions.AlreadyMerged) as told:
        actions.merge_places(survivor=other, merged=survivor, versions=seen, taken=(), by=BY, at=NOW)
    assert told.value.details["into"] == survivor.number


def test_a_chain_of_merges_is_undone_from_its_end(town, two):
    third = place(town.grid_n1, name="海之晨")
    first = merged(two[0], two[1])
    second = merged(third, two[0], at=LATER)

    assert place_behind(two[1].code, DAY) == third
    with pytest.raises(actions.MergedOn):
        actions.part_places(merge=first, by=BY, at=LATER)
    for merge in (second, first):
        actions.part_places(merge=merge, by=BY, at=LATER + timedelta(minutes=1))
    assert place_behind(two[1].code, DAY) == two[1]
    with pytest.raises(actions.AlreadyParted):
        actions.part_places(merge=first, by=BY, at=LATER)


def test_a_code_given_to_another_place_meanwhile_keeps_a_merge_from_being_undone(town, two):
    merge = merged(*two)
    place(town.grid_s1, credit_code=two[1].credit_code)

    with pytest.raises(actions.CreditCodeTaken):
        actions.part_places(merge=merge, by=BY, at=LATER)


def search(town) -> DuplicateSearch:
    return searching.search(subdistrict=town.subdistrict, by=BY, at=NOW)


def test_a_search_finds_pairs_and_a_decision_stands_until_one_says_something_else(town, two):
    place(town.grid_s1, name="众诚机电设备", address="南山路1号")
    done = search(town)
    (pair,) = DuplicatePair.objects.all()

    assert (done.places, done.found, done.new) == (3, 1, 1)
    assert (pair.first, pair.second, pair.evidence["name"]) == (*two, "sounds_alike")
    with pytest.raises(actions.ApartReasonMissing):
        actions.decide_pair(pair=pair, state=State.APART, by=BY, at=NOW)
    actions.decide_pair(pair=pair, state=State.APART, reason="two licences", by=BY, at=NOW)
    search(town)
    assert DuplicatePair.objects.get().state == State.APART
    Entity.objects.filter(pk=two[0].pk).update(credit_code="91370203MA3N12346X")
    search(town)
    assert DuplicatePair.objects.get().state == State.OPEN


def test_a_pair_that_is_no_longer_alike_goes_and_a_merged_one_is_not_searched(town, two):
    search(town)
    Entity.objects.filter(pk=two[1].pk).update(name="众诚机电设备", address="南山路1号")
    assert search(town).found == DuplicatePair.objects.count() == 0
    merged(*two)
    assert search(town).places == 1


def test_two_searches_at_once_are_one_too_many(town):
    actions.search_duplicates(subdistrict=town.subdistrict, by=BY, at=NOW)
    with pytest.raises(actions.SearchRunning):
        search(town)


def test_a_merged_pair_is_decided_no_more(town, two):
    merged(*two)
    with pytest.raises(actions.PairDecided):
        actions.decide_pair(pair=pairs.unfound(*two, NOW), state=State.POSTPONED, by=BY, at=NOW)


def test_every_level_has_words():
    from dongche.solvers.duplicates.linking import LEVELS

    told = {(field, level.name) for field, (_, levels) in LEVELS.items() for level in levels}
    assert told == set(comparing.EVIDENCE)


def test_facts_have_no_version_of_a_merged_place_from_then_on(two):
    from dongche.registry.facts import entities

    merged(*two)
    rows = contract.Facts(
        **{name: contract.SCHEMAS[name].empty_table() for name in contract.TABLES} | {"entities": entities()}
    )
    current = [row["entity_id"] for row in rows.entities.to_pylist() if row["superseded_at"] is None]
    assert current == [two[0].pk]
    assert DuplicatePairs.unscoped(reason="test").standing().count() == 1
