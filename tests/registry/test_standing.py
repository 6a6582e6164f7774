"""The standing of a place as dated facts (S43): what reports and officers say, for any day, as known at any time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dongche.org.models import AuditEntry
from dongche.registry import actions
from dongche.registry.actions.standing import (
    StandingAhead,
    StandingBefore,
    StandingGone,
    StandingOwn,
    StandingReasonMissing,
)
from dongche.registry.ladder import Said, Seen, course
from dongche.registry.models import Entity, Exclusion, Source, Standing, Step
from dongche.registry.queries import Places
from dongche.registry.standing import (
    STANDINGS,
    NoSuchStanding,
    in_standing,
    settle,
    standing_of,
    with_standing,
)
from dongche.reporting.actions import record_report
from dongche.reporting.models import State
from dongche.reporting.values import ReportValues
from tests.factories.registry import exclude, place
from tests.town import BY, DAY, NOW, Town

EARLIER, BEFORE = DAY - timedelta(days=2), DAY - timedelta(days=1)
HOUR = timedelta(hours=1)


def tell(entity: Entity, on: date, state: str = State.OPEN, at: Any = NOW, **values: Any) -> None:
    told = ReportValues(state=state, **values)
    record_report(entity=entity, on=on, values=told, key=f"{on}{at}{state}", channel="officer", by=BY, at=at)


def steps(entity: Entity) -> list[tuple[date, str]]:
    rows = Standing.objects.filter(entity=entity, superseded_at__isnull=True).order_by("on")
    return list(rows.values_list("on", "step"))


@pytest.fixture
def shop(town: Town) -> Entity:
    return place(town.grid_n1)


@pytest.mark.parametrize(
    ("output", "normal", "step"),
    [
        (None, None, Step.RESUMED),
        (0, 100, Step.RESUMED),
        (1, None, Step.PRODUCING),
        (1, 0, Step.PRODUCING),
        (79, 100, Step.PRODUCING),
        (80, 100, Step.AT_CAPACITY),
        (300, 100, Step.AT_CAPACITY),
    ],
)
def test_a_report_puts_a_place_on_a_step(shop: Entity, output: Any, normal: Any, step: str) -> None:
    tell(shop, DAY, output_fen=output, output_normal_fen=normal)
    assert steps(shop) == [(DAY, step)]
    assert standing_of(shop, DAY) == step
    assert standing_of(shop, BEFORE) == "unknown"


def test_closed_is_not_resumed_before_and_suspended_after_work(shop: Entity) -> None:
    tell(shop, EARLIER, State.CLOSED)
    tell(shop, BEFORE, State.PART)
    tell(shop, DAY, State.CLOSED)
    assert steps(shop) == [
        (EARLIER, Step.NOT_RESUMED),
        (BEFORE, Step.RESUMED),
        (DAY, Step.SUSPENDED),
    ]


def test_a_correction_is_a_new_belief_and_the_old_one_is_known_for_then(shop: Entity) -> None:
    tell(shop, DAY)
    tell(shop, DAY, State.CLOSED, at=NOW + 2 * HOUR)
    assert standing_of(shop, DAY) == Step.NOT_RESUMED
    assert standing_of(shop, DAY, NOW + HOUR) == Step.RESUMED
    assert standing_of(shop, DAY, NOW - HOUR) == "unknown"


def test_what_an_officer_saw_goes_before_the_report_of_the_day_and_is_taken_back(
    town: Town, shop: Entity
) -> None:
    tell(shop, BEFORE, output_fen=10)
    seen = actions.record_standing(
        entity=shop,
        on=DAY,
        step=Step.SUSPENDED,
        source=Source.VISITED,
        reason=" 大门紧锁 ",
        by=town.duty,
        at=NOW,
    )
    tell(shop, DAY, output_fen=10, at=NOW + HOUR)
    assert standing_of(shop, DAY) == Step.SUSPENDED
    assert standing_of(shop, BEFORE) == Step.PRODUCING
    entry = AuditEntry.objects.filter(action="registry.record_standing").get()
    assert (entry.by_id, entry.reason) == (town.duty.pk, "大门紧锁")
    actions.withdraw_standing(standing=seen, by=town.duty, at=NOW + 2 * HOUR)
    assert steps(shop) == [(BEFORE, Step.PRODUCING)]
    assert standing_of(shop, DAY, NOW + HOUR) == Step.SUSPENDED
    with pytest.raises(StandingGone):
        actions.withdraw_standing(standing=seen, by=town.duty, at=NOW + 3 * HOUR)


def test_a_second_sight_of_a_day_takes_the_place_of_the_first(town: Town, shop: Entity) -> None:
    for step in (Step.SUSPENDED, Step.RESUMED):
        actions.record_standing(
            entity=shop, on=DAY, step=step, source=Source.VISITED, reason="seen", by=town.duty, at=NOW
        )
    assert steps(shop) == [(DAY, Step.RESUMED)]
    assert Standing.objects.filter(entity=shop).count() == 2


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"reason": "  "}, StandingReasonMissing),
        ({"on": DAY + timedelta(days=1)}, StandingAhead),
        ({"on": date(2000, 1, 1)}, StandingBefore),
    ],
)
def test_what_cannot_be_put_down_is_refused(
    town: Town, shop: Entity, given: dict[str, Any], error: type[Exception]
) -> None:
    values: dict[str, Any] = {"on": DAY, "step": Step.RESUMED, "source": Source.VISITED, "reason": "seen"}
    with pytest.raises(error):
        actions.record_standing(entity=shop, by=town.duty, at=NOW, **values | given)
    assert not Standing.objects.exists()


def test_what_follows_from_a_report_is_not_taken_back(town: Town, shop: Entity) -> None:
    tell(shop, DAY)
    with pytest.raises(StandingOwn):
        actions.withdraw_standing(standing=Standing.objects.get(), by=town.duty, at=NOW)


def test_lists_and_the_standing_of_each_place_agree(town: Town) -> None:
    shops = [place(town.grid_n1) for _ in range(8)]
    tell(shops[0], DAY)
    tell(shops[1], DAY, output_fen=1)
    tell(shops[2], DAY, output_fen=9, output_normal_fen=10)
    tell(shops[3], DAY, State.CLOSED)
    tell(shops[4], BEFORE)
    tell(shops[4], DAY, State.CLOSED)
    exclude(shops[5], kind=Exclusion.Kind.SEASONAL)
    exclude(shops[6], kind=Exclusion.Kind.CLOSED_BY_ORDER)
    every = Places.unscoped(reason="test")
    expected = dict(zip([one.pk for one in shops], (
        "resumed", "producing", "at_capacity", "not_resumed", "suspended", "left_out", "closed", "unknown"
    ), strict=True))  # fmt: skip
    assert dict(with_standing(every, DAY).values_list("pk", "standing")) == expected
    for standing in STANDINGS:
        assert dict.fromkeys(in_standing(every, DAY, standing).values_list("pk", flat=True), standing) == {
            pk: one for pk, one in expected.items() if one == standing
        }
    with pytest.raises(NoSuchStanding):
        in_standing(every, DAY, "asleep")


def test_many_places_are_settled_with_a_fixed_number_of_statements(
    town: Town, django_assert_num_queries: Any
) -> None:
    shops = [place(town.grid_n1) for _ in range(12)]
    for one in shops:
        tell(one, DAY)
    Standing.objects.all().delete()
    with django_assert_num_queries(4):
        assert settle([one.pk for one in shops], NOW) == 12
    assert actions.settle_standings(subdistrict=town.subdistrict, by=BY, at=NOW) == 0


DAYS = st.integers(0, 5).map(lambda n: DAY + timedelta(days=n))
AMOUNTS = st.sampled_from([None, 0, 50, 79, 80, 100])
SAID = st.builds(
    Said, on=DAYS, known_at=st.just(NOW), is_open=st.booleans(), output_fen=AMOUNTS, normal_fen=AMOUNTS
)
SEEN = st.builds(
    Seen, on=DAYS, known_at=st.just(NOW), step=st.sampled_from(Step.values), source=st.just("visited"),
    reason=st.just("seen"),
)  # fmt: skip


@given(
    said=st.lists(SAID, max_size=6, unique_by=lambda one: one.on),
    seen=st.lists(SEEN, max_size=3, unique_by=lambda one: one.on),
)
def test_the_course_is_the_same_whatever_the_order_and_says_each_day_what_was_said(
    said: list[Said], seen: list[Seen]
) -> None:
    points = course(said, seen, lambda on: 80)
    assert points == course(reversed(said), reversed(seen), lambda on: 80)
    assert [point.on for point in points] == sorted({point.on for point in points})
    on_day = {point.on: point.step for point in points}
    sights = {one.on: one.step for one in seen}
    told = {one.on: one for one in said if one.on not in sights}
    step = None
    for on in (DAY + timedelta(days=n) for n in range(6)):
        step = on_day.get(on, step)
        if on in sights:
            assert step == sights[on]
        elif on in told:
            assert (step in ("not_resumed", "suspended")) == (not told[on].is_open)
            if told[on].is_open and told[on].output_fen is not None:
                assert (step == "resumed") == (told[on].output_fen == 0)
                full = bool(told[on].normal_fen) and told[on].output_fen / told[on].normal_fen >= 0.8
                assert (step == "at_capacity") == (full and told[on].output_fen > 0)
    worked = [point.step in ("resumed", "producing", "at_capacity", "suspended") for point in points]
    for n, point in enumerate(points):
        if point.source == "self_reported" and not any(worked[:n]):
            assert point.step != "suspended"
