"""Places and six weeks of reports, before they are written: the figures hold for any size and seed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from dongche.cli.demo import exclusions, geography, history, places, reports, scene
from dongche.cli.demo.aims import CAPACITY_RECOVERY_RATE, RESUMPTION_RATE, aims_for
from dongche.kit.decimals import percent
from dongche.kit.identifiers import credit_code_fault
from dongche.reporting.appending import Row
from dongche.reporting.values import ReportValues, faults

LAND = geography.build()


def make(
    count: int, seed: int
) -> tuple[places.Places, list[reports.Column], Iterator[tuple[date, reports.Day]]]:
    aims = aims_for(count)
    made = places.make(count, LAND, np.random.default_rng([seed, 0]))
    excluded = exclusions.make(made, aims, np.random.default_rng([seed, 2]))
    expected = [
        exclusions.expected_on(count, excluded, scene.FIRST + timedelta(days=day))
        for day in range(scene.DAYS)
    ]
    course = reports.plan(made, aims, expected[-1], seed)
    return made, expected, reports.days(made, course, expected, seed)


def rows_of(count: int, seed: int) -> list[Row]:
    _, _, days = make(count, seed)
    return [row for on, day in days for row in history.rows(on, day, range(count), range(count))]


@pytest.mark.parametrize(
    ("count", "seed"), [(200, 1), (243, 2), (300, 3), (1000, 4), (2400, 20200320), (5000, 6)]
)
def test_the_last_day_shows_the_figures_of_the_article(count: int, seed: int) -> None:
    _, expected, days = make(count, seed)
    *_, (on, last) = days
    resumed = int((last.state != 2).sum())
    told = (last.output >= 0) & (last.normal > 0)
    assert on == date(2020, 3, 20)
    assert percent(resumed, int(expected[-1].sum())) == RESUMPTION_RATE
    assert percent(int(last.output[told].sum()), int(last.normal[told].sum())) == CAPACITY_RECOVERY_RATE
    assert Decimal("92.5") < percent(len(last.rows), int(expected[-1].sum())) < Decimal("93.5")
    assert int(((last.state != 2) & (last.output == 0)).sum()) > 0  # not everybody who opens produces


def test_the_recovery_climbs_and_one_community_lags() -> None:
    made, expected, days = make(2400, 20200320)
    rates = []
    for _, day in days:
        opened = np.zeros(len(made), bool)
        opened[day.rows[day.state != 2]] = True
        rates.append(opened)
    shares = [float(opened.sum() / mask.sum()) for opened, mask in zip(rates, expected, strict=True)]
    assert shares[0] < 0.1 < shares[12] < 0.4 < shares[24] < 0.75 < shares[-1]
    last = [float(rates[-1][(made.community == c) & expected[-1]].mean()) for c in range(9)]
    assert min(last) < 0.6
    assert sorted(last)[-2] > 0.85


def test_reports_are_ones_that_a_place_could_have_sent() -> None:
    rows = rows_of(400, 8)
    fields = ReportValues.__dataclass_fields__
    assert [
        fault
        for row in rows
        for fault in faults(ReportValues(**{name: getattr(row, name) for name in fields}))
    ] == []
    assert all(row.received_at <= row.known_at < scene.SHOWN_AT for row in rows)
    assert all(row.superseded_at is None or row.known_at < row.superseded_at < scene.SHOWN_AT for row in rows)
    assert len({(row.entity_id, row.key) for row in rows}) == len(rows)


def test_a_correction_follows_its_mistake() -> None:
    rows = rows_of(400, 8)
    mistakes = {(row.entity_id, row.on): row for row in rows if row.superseded_at is not None}
    corrections = {(row.entity_id, row.on): row for row in rows if row.note}
    assert mistakes.keys() == corrections.keys()
    assert len(mistakes) > 50
    for key, mistake in mistakes.items():
        assert mistake.superseded_at == corrections[key].known_at
        assert mistake.received_at == corrections[key].received_at
        told = [(row.state, row.staff_at_post, row.output_fen) for row in (mistake, corrections[key])]
        assert told[0] != told[1]


def test_the_same_seed_makes_the_same_rows() -> None:
    digests = [hashlib.sha256(repr(rows_of(250, seed)).encode()).hexdigest() for seed in (1, 1, 2)]
    assert digests[0] == digests[1] != digests[2]


def test_places_are_plainly_made_up_and_valid() -> None:
    made = places.make(2400, LAND, np.random.default_rng(3))
    rows = list(made.rows())
    codes = [row["统一社会信用代码"] for row in rows if row["统一社会信用代码"]]
    assert [code for code in codes if credit_code_fault(code)] == []
    assert len(set(codes)) == len(codes) == 2395
    assert len({row["单位名称"] for row in rows}) == 2400
    assert all(row["单位名称"].startswith("示范") and row["负责人"].startswith("示例") for row in rows)
    kinds = [row["类别"] for row in rows]
    assert {kind: kinds.count(kind) for kind in ("在建工地", "农贸市场", "商务楼宇")} == {
        "在建工地": 5, "农贸市场": 2, "商务楼宇": 5,
    }  # fmt: skip
    assert len(set(kinds)) == 8
    assert sum(row["重点"] == "重点企业" for row in rows) == 100


def test_exclusions_are_few_reasoned_and_never_of_a_large_place() -> None:
    aims = aims_for(2400)
    made = places.make(2400, LAND, np.random.default_rng(3))
    rows = exclusions.make(made, aims, np.random.default_rng(4))
    assert len({row.place for row in rows}) == len(rows)
    assert sum(row.until_on is None for row in rows) == aims.excluded
    assert {made.category_of(row.place) for row in rows} <= {"nine_small_venue", "street_shop"}
    assert all(row.reason and row.from_on >= scene.FIRST for row in rows)
