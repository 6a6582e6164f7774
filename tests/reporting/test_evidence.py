"""What speaks for a report and what against it: each rule with the smallest reports that show it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dongche.reporting import evidence, rulebook
from dongche.reporting.evidence import Day, Power, Told

ON = date(2020, 3, 20)
NOON = datetime(2020, 3, 20, 4, tzinfo=UTC)
RULES = rulebook.on(ON)


def told(pk: int = 1, on: date = ON, **values: Any) -> Told:
    given: dict[str, Any] = {
        "state": "open", "staff_due": 10, "staff_at_post": 8, "output_fen": 120_050, "output_normal_fen": 150_000,
        "mask_days": 5, "known_at": NOON + timedelta(minutes=30 * pk), "by_id": None, "channel": "qr",
        "same_as_yesterday": False,
    }  # fmt: skip
    return Told(entity_id=pk, on=on, **given | values)


def day(
    *reports: Told, power: dict[int, Power] | None = None, before: dict[int, list[Told]] | None = None
) -> Day:
    return Day(ON, {one.entity_id: one for one in reports}, before or {}, power or {})


def found(known: Day) -> dict[int, list[str]]:
    return {pk: [one.rule.code for one in doubts] for pk, doubts in evidence.examine(known, RULES).items()}


def days_before(*reports: Told) -> dict[int, list[Told]]:
    return {1: [replace(one, on=ON - timedelta(days=n)) for n, one in enumerate(reports, 1)]}


@pytest.mark.parametrize(
    ("state", "used", "codes"),
    [
        ("open", 300, ["open_without_power"]),
        ("open", 301, []),
        ("part", 0, ["open_without_power"]),
        ("closed", 500, []),
        ("closed", 501, ["closed_with_power"]),
        ("closed", 0, []),
    ],
)
def test_electricity_against_the_state(state: str, used: int, codes: list[str]) -> None:
    output = None if state == "closed" else 45_000
    known = day(told(state=state, output_fen=output), power={1: Power(used, 1000)})
    assert found(known).get(1, []) == codes


@pytest.mark.parametrize(
    ("output", "codes"), [(181_000, ["output_far_from_power"]), (180_000, []), (None, [])]
)
def test_output_far_from_power(output: int | None, codes: list[str]) -> None:
    known = day(told(output_fen=output, output_normal_fen=100_000), power={1: Power(1000, 1000)})
    assert found(known).get(1, []) == codes


def test_reasons_carry_the_numbers_in_both_languages() -> None:
    (doubt,) = evidence.examine(day(told(), power={1: Power(12_340, 123_400)}), RULES)[1][:1]
    assert doubt.rule.reasons["en"] % doubt.data == (
        "Reported open, but used 12.3 kWh: 10 % of its daily mean of December 2019 (123.4 kWh)."
    )
    assert "10%" in doubt.rule.reasons["zh-Hans"] % doubt.data
    for rule in RULES.values():
        assert rule.names["zh-Hans"]


@pytest.mark.parametrize(
    ("today", "before", "codes"),
    [
        ({}, [{}, {}], ["copied"]),
        ({}, [{}], []),
        ({}, [{}, {"staff_at_post": 7}], []),
        ({"same_as_yesterday": True}, [{}, {}], []),
        ({}, [{"same_as_yesterday": True}, {}], []),
        ({"output_fen": None}, [{"output_fen": None}, {"output_fen": None}], []),
    ],
)
def test_copied_days_running(today: dict[str, Any], before: list[dict[str, Any]], codes: list[str]) -> None:
    known = day(told(**today), before=days_before(*(told(**one) for one in before)))
    assert found(known).get(1, []) == codes


def test_a_day_between_ends_the_run() -> None:
    earlier = [replace(told(), on=ON - timedelta(days=n)) for n in (1, 3, 4)]
    assert found(day(told(), before={1: earlier})) == {}


def test_one_hand_same_numbers_within_minutes() -> None:
    def by_hand(pk: int, minutes: int, **more: Any) -> Told:
        return told(pk, channel="officer", by_id=7, known_at=NOON + timedelta(minutes=minutes), **more)

    five = [by_hand(pk, 2 * pk) for pk in range(1, 6)]
    assert found(day(*five)) == {pk: ["identical"] for pk in range(1, 6)}
    assert found(day(*five[:4], by_hand(5, 40))) == {}
    assert found(day(*five[:4], replace(five[4], by_id=8))) == {}
    assert found(day(*five[:4], replace(five[4], same_as_yesterday=True))) == {}
    # Those of others are looked at, and only one's own places are named.
    assert found(replace(day(five[0]), peers=five)) == {1: ["identical"]}


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({"staff_at_post": 11}, ["impossible"]),
        ({"staff_at_post": 10}, []),
        ({"staff_at_post": 0}, ["impossible"]),
        ({"staff_at_post": 0, "output_fen": 0}, []),
        ({"staff_due": None, "staff_at_post": 11}, []),
    ],
)
def test_numbers_that_cannot_be(values: dict[str, Any], codes: list[str]) -> None:
    assert found(day(told(**values))).get(1, []) == codes


@pytest.mark.parametrize(
    ("now", "before", "codes"), [(1000, 100, ["jump"]), (999, 100, []), (1000, 0, []), (0, 9, [])]
)
def test_jump_in_output(now: int, before: int, codes: list[str]) -> None:
    known = day(told(output_fen=now), before=days_before(told(output_fen=before)))
    assert found(known).get(1, []) == codes


def test_many_in_one_second_are_only_those_of_the_page() -> None:
    at = {"known_at": NOON}
    five = [told(pk, **at) for pk in range(1, 6)]
    assert found(day(*five)) == {pk: ["same_second"] for pk in range(1, 6)}
    assert found(day(*five[:4])) == {}
    assert found(day(*[replace(one, channel="import") for one in five])) == {}


@pytest.mark.parametrize(("hour", "codes"), [(0, []), (1, ["night"]), (4, ["night"]), (5, [])])
def test_sent_at_night(hour: int, codes: list[str]) -> None:
    sent = datetime(2020, 3, 20, hour, tzinfo=UTC) - timedelta(hours=8)
    assert found(day(told(known_at=sent))).get(1, []) == codes


def test_round_outputs_by_one_hand() -> None:
    def by_hand(pk: int, output: int) -> Told:
        return told(pk, channel="officer", by_id=7, output_fen=output, staff_at_post=pk % 10)

    many = [by_hand(pk, 1_000_000 * pk) for pk in range(1, 17)] + [
        by_hand(pk, 123 * pk) for pk in range(17, 21)
    ]
    assert found(day(*many)) == {
        pk: ["impossible", "round_numbers"] if pk == 10 else ["round_numbers"] for pk in range(1, 17)
    } | {20: ["impossible"]}
    assert "round_numbers" not in str(found(day(*many[1:])))


@given(
    reports=st.lists(
        st.builds(
            told,
            pk=st.integers(1, 6),
            state=st.sampled_from(["open", "part", "closed"]),
            staff_due=st.one_of(st.none(), st.integers(0, 3)),
            staff_at_post=st.one_of(st.none(), st.integers(0, 3)),
            output_fen=st.one_of(st.none(), st.integers(0, 10**9)),
            channel=st.sampled_from(["qr", "officer", "import"]),
            by_id=st.sampled_from([7, 8]),
            known_at=st.integers(0, 10**5).map(lambda seconds: NOON + timedelta(seconds=seconds)),
        ),
        max_size=12,
        unique_by=lambda one: one.entity_id,
    ),
    watts=st.dictionaries(st.integers(1, 6), st.builds(Power, st.integers(0, 10**9), st.integers(1, 10**6))),
)
def test_any_reports_can_be_examined_and_every_doubt_has_a_reason(
    reports: list[Told], watts: dict[int, Power]
) -> None:
    known = day(
        *reports,
        power=watts,
        before={one.entity_id: [replace(one, on=ON - timedelta(days=1))] for one in reports},
    )
    doubts = evidence.examine(known, RULES)
    assert set(doubts) <= set(known.reports)
    for each in doubts.values():
        for doubt in each:
            for text in doubt.rule.reasons.values():
                assert text % doubt.data
    # In which order reports came does not matter.
    assert (
        evidence.examine(replace(known, reports=dict(reversed(known.reports.items()))), RULES).keys()
        == doubts.keys()
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nonsense: {}", "stands {'nonsense': {}}"),
        ("night: {kind: pattern}", "at “night.–” stands"),
        (
            "impossible: {kind: pattern, name: {en: a, zh-Hans: b}, reason: {en: a, zh-Hans: b}, "
            "versions: [{from_on: 2020-01-01, until_on: null, percent: 3, source: {en: s, zh-Hans: s}}]}",
            "at “impossible.versions” stands",
        ),
        (
            "impossible: {kind: pattern, name: {en: a, zh-Hans: b}, reason: {en: a, zh-Hans: b}, versions: "
            "[{from_on: 2020-01-01, until_on: null, source: {en: s, zh-Hans: s}}, "
            "{from_on: 2020-02-01, until_on: null, source: {en: s, zh-Hans: s}}]}",
            "expected is a day from",
        ),
    ],
)
def test_rulebook_that_cannot_be_used_says_where(text: str, sentence: str) -> None:
    with pytest.raises(rulebook.RulebookUnreadable) as refused:
        rulebook.read("evidence.yaml", text)
    assert sentence in str(refused.value)
