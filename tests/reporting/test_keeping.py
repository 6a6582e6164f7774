"""Evidence kept is evidence weighed afresh: at first, after late corrections, other readings and other rules."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dongche.registry.models import ElectricityReading, Entity
from dongche.registry.queries import Places
from dongche.reporting import actions, evidence, keeping, rulebook
from dongche.reporting.models import Channel, Report, WeighedDay, WeighedRule, Weighing
from dongche.reporting.values import ReportValues
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.town import BY, DAY, NOW, Town

pytestmark = pytest.mark.django_db
BEFORE = DAY - timedelta(days=1)


def every() -> Places:
    return Places.unscoped(reason="all of the town")


def told(one: evidence.Weighed) -> tuple[Any, ...]:
    return (one.strength, one.power, [(doubt.rule.code, dict(doubt.data)) for doubt in one.doubts])


def assert_as_afresh(on: date = DAY) -> dict[int, evidence.Weighed]:
    """What is kept, after being brought up to date, is what would be weighed now."""
    assert keeping.bring(every(), on, NOW) == 0
    fresh = evidence.weigh(every(), on)
    kept = keeping.of(list(fresh), on)
    assert {pk: told(one) for pk, one in fresh.items() if one.report} == {
        pk: told(one) for pk, one in kept.items() if pk in fresh
    }
    assert keeping.summary(every(), on) == evidence.summary(fresh)
    for what in (*evidence.STRENGTHS, *rulebook.on(on)):
        listed = set(keeping.chosen(every(), on, what).values_list("pk", flat=True))
        assert listed == set(evidence.chosen(fresh, what)), what
    return fresh


def say(shop: Entity, by: Any = BY, on: date = DAY, at: datetime = NOW, **values: Any) -> Report:
    usual = {"state": "open", "staff_due": 9, "staff_at_post": 8, "output_fen": 1_000_000}
    return actions.record_report(
        entity=shop, on=on, values=ReportValues(**usual | values), key=f"{shop.pk}-{on}-{at:%H%M%S}",
        channel=Channel.QR if by is BY else Channel.OFFICER, by=by, at=at,
    )  # fmt: skip


def read(shop: Entity, on: date, kwh: str) -> None:
    ElectricityReading.objects.create(entity=shop, on=on, kwh=Decimal(kwh), known_at=NOW)


@pytest.fixture
def shops(town: Town) -> list[Entity]:
    return [place(town.grid_n1, name=f"佐证{n}店") for n in range(8)]


def test_it_follows_corrections_of_the_day_and_of_days_before(town: Town, shops: list[Entity]) -> None:
    for n, shop in enumerate(shops[:7]):
        say(shop, at=NOW + timedelta(seconds=n), staff_at_post=1 + n)
    assert {one.strength for one in assert_as_afresh().values()} == {"alone", "silent"}
    # A correction of the day, one of the day before that makes it a jump, and one that takes that back.
    say(shops[0], at=NOW + timedelta(minutes=1), staff_at_post=10)
    assert assert_as_afresh()[shops[0].pk].strength == "doubtful"
    say(shops[1], on=BEFORE, at=NOW + timedelta(minutes=2), output_fen=10_000)
    assert [one.rule.code for one in assert_as_afresh()[shops[1].pk].doubts] == ["jump"]
    say(shops[1], on=BEFORE, at=NOW + timedelta(minutes=3), output_fen=900_000)
    assert assert_as_afresh()[shops[1].pk].doubts == ()


def test_who_shares_a_pattern_is_weighed_again_too(town: Town, shops: list[Entity]) -> None:
    for n, shop in enumerate(shops[:4]):
        say(shop, by=town.n1, at=NOW + timedelta(seconds=n))
    assert not any(one.doubts for one in assert_as_afresh().values())
    say(shops[4], by=town.n1, at=NOW + timedelta(seconds=9))
    assert sum(bool(one.doubts) for one in assert_as_afresh().values()) == 5
    # One of the five says something else: the others are no pattern any more.
    say(shops[0], by=town.n1, at=NOW + timedelta(minutes=1), staff_at_post=3)
    assert not any(one.doubts for one in assert_as_afresh().values())


def test_readings_rules_and_places_that_move_are_seen(
    town: Town, shops: list[Entity], monkeypatch: pytest.MonkeyPatch
) -> None:
    for n, shop in enumerate(shops):
        say(shop, at=NOW + timedelta(seconds=n), staff_at_post=n)
    assert_as_afresh()
    read(shops[3], date(2019, 12, 3), "100")
    read(shops[3], DAY, "10")
    assert assert_as_afresh()[shops[3].pk].strength == "contradicted"
    assert keeping.at_work(every(), DAY) == {"alone": 6, "contradicted": 1, "doubtful": 1}
    Report.objects.filter(entity=shops[5]).update(superseded_at=NOW + timedelta(hours=1))
    monkeypatch.setattr(rulebook, "MEANING", 99)
    assert assert_as_afresh()[shops[5].pk].strength == "silent"
    assert not Weighing.objects.filter(entity=shops[5]).exists()
    assert set(Weighing.objects.values_list("rules", flat=True)) == {rulebook.digest(DAY)}


def test_no_more_than_asked_at_once_and_nothing_when_nothing_changed(
    town: Town, shops: list[Entity], django_assert_num_queries: Any
) -> None:
    for n, shop in enumerate(shops):
        say(shop, at=NOW + timedelta(seconds=n))
    assert keeping.bring(every(), DAY, NOW, most=5) == 3
    assert WeighedDay.objects.get().left == 3
    assert keeping.bring(every(), DAY, NOW, most=5) == 0
    assert_as_afresh()
    with django_assert_num_queries(7):
        keeping.bring(every(), DAY, NOW)
    known = set(Weighing.objects.values_list("pk", flat=True))
    say(shops[2], at=NOW + timedelta(hours=1), staff_at_post=2)
    keeping.bring(every(), DAY, NOW)
    assert len(known - set(Weighing.objects.values_list("pk", flat=True))) == 1
    Weighing.objects.all().delete()
    WeighedDay.objects.all().delete()
    assert WeighedRule.objects.count() == 0
    assert_as_afresh()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 5), st.sampled_from([DAY, BEFORE]), st.integers(0, 3), st.sampled_from([0, 1]),
            st.sampled_from(["open", "closed"]),
        ),
        min_size=1, max_size=14,
    )
)  # fmt: skip
def test_any_history_of_late_corrections_comes_to_the_same(
    town: Town, shops: list[Entity], history: list[tuple[int, date, int, int, str]]
) -> None:
    hands = (BY, town.n1)
    for n, (shop, on, staff, hand, state) in enumerate(history):
        output = 10 ** (3 + 2 * staff) if state == "open" else None
        say(
            shops[shop], by=hands[hand], on=on, at=NOW + timedelta(minutes=n), staff_at_post=staff, state=state,
            output_fen=output,
        )  # fmt: skip
        if n % 4 == 0:
            keeping.bring(every(), DAY, NOW)
    assert_as_afresh()


def test_reports_of_others_are_not_in_the_counts(town: Town, shops: list[Entity]) -> None:
    report(shops[0])
    report(place(town.grid_s1, name="别处店"))
    north = Places.visible_to(town.north)
    keeping.bring(north, DAY, NOW)
    assert keeping.at_work(north, DAY) == {"alone": 1}
