"""Figures for pages are those of the plain reference, always fresh, and only computed again where something changed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from dongche.analytics import reference
from dongche.analytics.definitions import UnknownMetric
from dongche.analytics.facts import Facts
from dongche.analytics.figures import Figure
from dongche.analytics.questions import NoDays, UnknownDimension
from dongche.kit import clock
from dongche.org import actions as org
from dongche.org import facts as org_facts
from dongche.org.audit import System
from dongche.registry import facts as registry_facts
from dongche.registry.models import Entity
from dongche.reporting import actions, facts, figures
from dongche.reporting.appending import Row
from tests.factories import registry, reporting
from tests.reporting.conftest import Tell
from tests.town import BY, DAY, NOW, Town

DAYS = [DAY - timedelta(days=n) for n in range(4, -1, -1)]
LATER = NOW + timedelta(hours=1)
BY_ALL: tuple[tuple[str, ...], ...] = (
    (),
    ("line",),
    ("community",),
    ("line", "community"),
    ("grid",),
    ("size", "focus"),
)


def bare(found: Sequence[Figure]) -> dict[Any, Any]:
    """Figures by what they are about, without the moment of asking."""
    return {
        (f.on, f.metric, tuple(sorted(f.scope.items()))): (f.value, f.numerator, f.denominator, f.coverage, f.reason, f.excluded)
        for f in found
    }  # fmt: skip


def plainly(days: Sequence[date] = DAYS, **asked: Any) -> dict[Any, Any]:
    """The same from the plain reference over everything that is stored."""
    world = Facts(
        registry_facts.entities(),
        registry_facts.exclusions(),
        org_facts.line_rules(),
        facts.reports(days),
        registry_facts.electricity(days),
        registry_facts.baselines(days),
    )
    asked.setdefault("as_known", LATER + timedelta(days=1))
    return bare(reference.measure(world, figures.definitions(), days=days, **asked))


def history(shop: Entity, on: date, chance: random.Random) -> list[Row]:
    """What a place told for a day, one time in four corrected an hour later."""
    known = [NOW, LATER][: chance.choice((1, 1, 1, 2))]
    return [
        Row(
            entity_id=shop.pk, on=on, known_at=at, superseded_at=(*known, None)[n + 1], received_at=NOW, key=f"{on}-{n}",
            state=chance.choice(("open", "part", "closed")), staff_due=chance.choice((None, 9)),
            staff_at_post=chance.choice((None, 3, 9)), output_fen=chance.choice((None, 0, 1309)),
            output_normal_fen=chance.choice((None, 0, 1000)), abnormal_temperature=0, mask_days=None, difficulties=(),
            note="", channel="import", by_id=None,
        )
        for n, at in enumerate(known)
    ]  # fmt: skip


@pytest.fixture
def street(town: Town) -> list[Entity]:
    """Sixty places of all kinds with five days of reports, gaps, corrections and exclusions: the same every time."""
    chance = random.Random(20200320)
    places = [
        registry.place(
            town.grids[f"grid_{chance.choice(('n1', 'n2', 's1', 's2'))}"],
            category=chance.choice(("enterprise", "street_shop", "supermarket", "construction_site")),
            size=chance.choice(("", "micro", "small", "large")),
            focus=chance.choice(("", "", "key_enterprise")),
            from_on=chance.choice((date(2020, 2, 3), DAY)),
        )
        for _ in range(60)
    ]
    for shop in chance.sample(places, 5):
        registry.exclude(shop, from_on=DAY)
    rows: list[Row] = []
    for shop, on in product(places, DAYS):
        if on >= shop.from_on and chance.random() < 0.8:
            rows += history(shop, on, chance)
    actions.record_many(rows=rows, by=BY, at=NOW)
    return places


def test_figures_equal_the_plain_reference(street: list[Entity]) -> None:
    found = figures.measure(System(), days=DAYS, by=BY_ALL)
    assert bare(found) == plainly(by=BY_ALL)
    assert len(found) > 500
    assert bare(figures.measure(System(), days=DAYS, by=BY_ALL)) == bare(found)


def test_a_day_as_it_was_known_before_its_corrections(street: list[Entity]) -> None:
    for known in (NOW, LATER - timedelta(seconds=1), LATER, NOW - timedelta(days=1)):
        found = figures.measure(System(), days=DAYS, as_known=known, by=BY_ALL)
        assert bare(found) == plainly(by=BY_ALL, as_known=known)
        assert {figure.as_known for figure in found} == {known}
    before, after = (
        bare(figures.measure(System(), days=DAYS, as_known=at))
        for at in (LATER - timedelta(seconds=1), LATER)
    )
    assert before != after


@pytest.mark.parametrize(
    ("officer", "scope"),
    [
        ("duty", [{"subdistrict": ["370203900000"]}]),
        ("north", [{"community": ["370203900001"]}]),
        ("leader2", [{"community": ["370203900002"]}]),
        ("s1", [{"grid": ["370203900002001"]}]),
        ("market", [{"line": ["370203900000L03"]}]),
    ],
)
def test_officers_get_the_figures_of_their_places(
    town: Town, street: list[Entity], officer: str, scope: list[dict[str, list[str]]]
) -> None:
    found = figures.measure(town.officers[officer], days=DAYS, by=((), ("category",)))
    assert bare(found) == plainly(by=((), ("category",)), scope=scope)


def test_a_filter_narrows_and_never_widens(town: Town, street: list[Entity]) -> None:
    where = {"community": ["370203900001"], "category": ["street_shop", "enterprise"]}
    assert bare(figures.measure(town.duty, days=DAYS, where=where)) == plainly(scope=[where])
    assert bare(figures.measure(System(), days=DAYS, where=where)) == plainly(scope=[where])
    other = figures.measure(town.south, days=[DAY], where=where, metrics=["resumption_rate"])
    assert [(figure.value, figure.denominator, figure.reason) for figure in other] == [
        (None, 0, "no_entities")
    ]


def test_nobody_sees_nothing(street: list[Entity]) -> None:
    found = figures.measure(None, days=[DAY], by=((), ("community",)))
    assert {(figure.value, figure.denominator, figure.reason) for figure in found} == {
        (None, 0, "no_entities")
    }


def longest_there(places: list[Entity]) -> Entity:
    return min(places, key=lambda shop: (shop.from_on, shop.pk))


def days_read(days: Sequence[date] = DAYS, **asked: Any) -> list[date]:
    """Ask for figures, and say of which days the reports were read again."""
    with CaptureQueriesContext(connection) as captured:
        figures.measure(System(), days=days, **asked)
    read = [query["sql"] for query in captured if "reporting_report" in query["sql"]]
    return [day for day in days if any(day.isoformat() in sql for sql in read)]


def test_only_the_day_of_a_new_report_is_computed_again(street: list[Entity], tell: Tell) -> None:
    assert days_read() == DAYS
    assert days_read() == []
    tell(longest_there(street), "closed", on=DAYS[1], channel="officer", at=LATER + timedelta(minutes=1))
    assert days_read() == [DAYS[1]]
    assert bare(figures.measure(System(), days=DAYS)) == plainly()


def test_a_change_of_the_register_is_seen_at_once(town: Town, street: list[Entity]) -> None:
    before = bare(figures.measure(System(), days=[DAY], by=(("community",),)))
    registry.exclude(next(shop for shop in street if not shop.exclusions.exists()), from_on=DAY)
    after = bare(figures.measure(System(), days=[DAY], by=(("community",),)))
    assert after != before
    assert after == plainly([DAY], by=(("community",),))


def test_a_change_of_the_line_rules_is_seen_at_once(town: Town, street: list[Entity]) -> None:
    figures.measure(System(), days=[DAY], by=(("line",),))
    org.set_line_rule(
        department=town.departments["emergency"],
        priority=1,
        category="street_shop",
        from_on=DAY,
        by=BY,
        at=NOW,
    )
    assert bare(figures.measure(System(), days=[DAY], by=(("line",),))) == plainly([DAY], by=(("line",),))


def test_a_grouping_not_asked_before_computes_only_itself(street: list[Entity]) -> None:
    figures.measure(System(), days=DAYS[-1:], by=((), ("line",)))
    assert days_read(DAYS[-1:], by=(("line",), ())) == []
    assert days_read(DAYS[-1:], by=(("line",), ("grid",))) == DAYS[-1:]
    assert days_read(DAYS, by=((),)) == DAYS[:-1]


def test_another_process_finds_past_days_in_their_files(street: list[Entity]) -> None:
    first = bare(figures.measure(System(), days=DAYS))
    figures.forget()
    assert days_read() == DAYS[-1:]
    assert bare(figures.measure(System(), days=DAYS)) == first


def folder() -> Path:
    return Path(settings.DATA) / "facts" / "reports"


def files_of(day: date) -> list[Path]:
    return sorted(folder().glob(f"{day.isoformat()}-*.parquet"))


def test_an_outdated_file_gives_way_and_a_damaged_one_is_read_anew(street: list[Entity], tell: Tell) -> None:
    for left in files_of(DAY):  # by a test for which this day was over
        left.unlink()
    figures.measure(System(), days=DAYS)
    (old,) = files_of(DAYS[0])
    tell(longest_there(street), "closed", on=DAYS[0], channel="officer", at=LATER + timedelta(minutes=1))
    figures.measure(System(), days=DAYS)
    (new,) = files_of(DAYS[0])
    assert new != old
    new.write_bytes(b"not a table")
    figures.forget()
    assert bare(figures.measure(System(), days=DAYS)) == plainly()
    assert files_of(DAY) == []


def test_figures_do_not_need_a_disk_to_write_on(street: list[Entity], settings: Any, tmp_path: Path) -> None:
    (tmp_path / "facts").write_text("a file where the folder should be")
    settings.DATA = tmp_path
    assert bare(figures.measure(System(), days=DAYS)) == plainly()


def test_reports_written_past_the_actions_are_never_missed(town: Town) -> None:
    shops = [registry.place(town.grid_n1) for _ in range(2)]
    reporting.report(shops[0])
    first = figures.measure(System(), days=[DAY], metrics=["reporting_rate"])
    reporting.report(shops[1])
    second = figures.measure(System(), days=[DAY], metrics=["reporting_rate"])
    assert [figure.value for figure in first + second] == [Decimal("50.00"), Decimal("100.00")]


def test_a_clock_that_runs_ahead_elsewhere_hides_no_report(town: Town, tell: Tell) -> None:
    tell(registry.place(town.grid_n1), staff_at_post=1, at=NOW + timedelta(hours=3))
    (figure,) = figures.measure(System(), days=[DAY], metrics=["resumption_rate"])
    assert figure.value == Decimal("100.00")


def test_kept_figures_are_bounded(street: list[Entity], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "MOST_KEPT", 20)
    monkeypatch.setattr(figures, "MOST_ROWS", 60)
    assert bare(figures.measure(System(), days=DAYS)) == plainly()
    assert days_read(DAYS[-2:]) == []
    figures.measure(System(), days=DAYS[:-1])
    assert days_read() == DAYS[-1:]  # it had to make room; the others come from their files


def test_what_cannot_be_asked_is_refused(street: list[Entity]) -> None:
    with pytest.raises(UnknownMetric):
        figures.measure(System(), days=[DAY], metrics=["happiness"])
    with pytest.raises(UnknownDimension):
        figures.measure(System(), days=[DAY], by=(("colour",),))
    with pytest.raises(NoDays):
        figures.measure(System(), days=[])


def test_helpers_ask_the_same_question(town: Town, street: list[Entity]) -> None:
    line = figures.series(town.duty, "resumption_rate", DAYS)
    assert [figure.on for figure in line] == DAYS
    heat = figures.heat(town.duty, DAY)
    assert {tuple(sorted(figure.scope)) for figure in heat} == {
        (),
        ("line",),
        ("community",),
        ("community", "line"),
    }
    assert {figure.scope["grid"] for figure in figures.by_grid(town.duty, DAY)} == {
        unit.code for unit in town.grids.values()
    }
    assert bare([line[-1]]) == bare([heat[0]])
    assert figures.cut_off(DAY) == datetime(2020, 3, 20, 17, tzinfo=clock.BEIJING)
    assert figures.cut_off(date(1999, 1, 1)) is None


def test_keys_have_words(town: Town) -> None:
    with override("en"):
        assert figures.labels("community") == {
            "370203900001": "North",
            "370203900002": "South",
            "unknown": "Unknown",
        }
        assert figures.labels("line")["370203900000L03"] == "Market"
        assert figures.labels("focus") == {
            "key_enterprise": "Key enterprise", "key_field": "Key field", "key_project": "Key project", "none": "No focus",
        }  # fmt: skip
        assert figures.labels("size")["unknown"] == "Unknown"
        assert figures.labels("category")["street_shop"] == "Street shop"
        assert figures.labels("above_scale") == {"yes": "Yes", "no": "No"}
        assert len(figures.labels("industry")) == 21
    with override("zh-hans"):
        assert figures.labels("industry")["C"] == "制造业"


def test_a_kept_answer_costs_few_queries(
    street: list[Entity], town: Town, django_assert_max_num_queries: Any
) -> None:
    figures.measure(town.duty, days=DAYS, by=BY_ALL)
    with django_assert_max_num_queries(6):
        figures.measure(town.duty, days=DAYS, by=BY_ALL)


def test_facts_hold_every_version(street: list[Entity], tell: Tell) -> None:
    table = facts.reports(DAYS)
    current = facts.reports(DAYS, only_current=True)
    assert table.schema == current.schema == facts.SCHEMA
    assert table.num_rows > current.num_rows == table["superseded_at"].null_count
    assert facts.reports([]).num_rows == 0
    assert facts.newest(table) == LATER
    assert facts.newest(facts.SCHEMA.empty_table()) is None


def test_versions_change_with_each_report_and_say_when_they_cannot_tell(town: Town, tell: Tell) -> None:
    shop = registry.place(town.grid_n1)
    assert facts.versions([DAY]) == {DAY: "none"}
    tell(shop, staff_at_post=1)
    first = facts.versions([DAY, DAYS[0]])
    tell(shop, staff_at_post=1)  # a confirmation adds nothing
    assert facts.versions([DAY, DAYS[0]]) == first
    tell(shop, staff_at_post=2)
    assert facts.versions([DAY])[DAY] != first[DAY]
    reporting.report(shop, on=DAYS[0])
    assert facts.versions([DAYS[0]]) == {DAYS[0]: None}


def test_a_table_of_facts_reads_as_it_was_stored(town: Town, tell: Tell) -> None:
    shop = registry.place(town.grid_n1)
    at = NOW + timedelta(microseconds=123_456)
    tell(
        shop,
        "part",
        staff_due=9,
        staff_at_post=8,
        output_fen=10**12,
        output_normal_fen=10**12,
        mask_days=0,
        at=at,
    )
    row = {
        "entity_id": shop.pk,
        "on": DAY,
        "known_at": at,
        "superseded_at": None,
        "received_at": at,
        "state": "part",
    }
    assert facts.reports([DAY]).to_pylist() == [
        row | {"staff_due": 9, "staff_at_post": 8, "output_fen": 10**12, "output_normal_fen": 10**12,
               "abnormal_temperature": None, "mask_days": 0, "same_as_yesterday": False}
    ]  # fmt: skip
