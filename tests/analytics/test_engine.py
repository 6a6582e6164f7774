from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from dongche.analytics import definitions, engine, facts, query, questions, reference
from dongche.analytics.figures import Figure
from dongche.kit.errors import Problem
from tests.spec.worlds import DAY, day, instant, pack, world

MORNING = instant("03-21 08:00")
TOWN = world(
    places="""
        place | community | category
        1-3   | nanshan   | enterprise
        4     | xiaocun   | street_shop
    """,
    rules="""
        line    | category
        economy | enterprise
    """,
    reports="""
        place | known_at
        1-2   | 03-20 09:00
        4     | 03-20 17:30
    """,
)


def measure(**question: Any) -> list[Figure]:
    known = question.pop("facts", TOWN)
    asked = {"days": [DAY], "as_known": MORNING, **question}
    return engine.measure(known, asked.pop("definitions", None) or pack(), **asked)


def test_figures_come_by_day_grouping_group_and_metric() -> None:
    found = measure(
        days=[day("03-20"), day("03-19")],
        by=[("community",), (), ("category", "line")],
        metrics=["reporting_rate", "resumption_rate"],
    )
    assert [(figure.on.day, figure.metric, *figure.scope.values()) for figure in found] == [
        (number, metric, *keys)
        for number in (20, 19)
        for keys in (("nanshan",), ("xiaocun",), (), ("enterprise", "economy"), ("street_shop", "unknown"))
        for metric in ("resumption_rate", "reporting_rate")
    ]
    assert found[-1].scope == {"category": "street_shop", "line": "unknown"}


def test_what_is_asked_twice_is_answered_once() -> None:
    once = measure(by=[("community", "line"), ()])
    assert measure(days=[DAY, DAY], by=[("community", "line"), ("line", "community"), (), ()]) == once


def test_no_grouping_is_no_figure() -> None:
    assert measure(by=[]) == []


def test_the_instant_is_the_same_in_every_zone() -> None:
    tokyo = MORNING.astimezone(timezone(timedelta(hours=9)))
    assert measure(as_known=tokyo) == measure()


def test_empty_facts_have_figures_without_value() -> None:
    found = measure(facts=facts.empty())
    assert {figure.reason for figure in found} == {"no_entities"}
    assert {figure.value for figure in found} == {None}
    assert len(found) == len(pack())


@pytest.mark.parametrize(
    ("question", "code", "sentence"),
    [
        ({"days": []}, "analytics.no_days", "No day was given."),
        (
            {"as_known": MORNING.replace(tzinfo=None)},
            "analytics.instant_without_zone",
            "2020-03-21T00:00:00 has no time",
        ),
        (
            {"by": [("street",)]},
            "analytics.unknown_dimension",
            "by “street”. Possible are: subdistrict, community,",
        ),
        ({"by": ["line"]}, "analytics.unknown_dimension", "by “line”. Possible are: a list of groupings"),
        ({"scope": [{"entity_id": ["1"]}]}, "analytics.unknown_dimension", "by “entity_id”"),
        (
            {"scope": [{"community": "nanshan"}]},
            "analytics.scope_invalid",
            "each a list of codes per dimension",
        ),
        ({"scope": [{"community": [3]}]}, "analytics.scope_invalid", "each a list of codes per dimension"),
        ({"scope": ["community"]}, "analytics.scope_invalid", "“community” cannot be used"),
        ({"metrics": ["gdp"]}, "analytics.unknown_metric", "There is no metric “gdp”."),
        ({"days": [date(2019, 5, 1)]}, "analytics.not_defined", "in force on 2019-05-01 to 2019-05-01"),
        ({"metrics": []}, "analytics.not_defined", "No definition of – is in force"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(
    question: dict[str, Any], code: str, sentence: str
) -> None:
    with pytest.raises(Problem) as refused:
        measure(**question)
    assert refused.value.code == code
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("known", "what"),
    [
        (world("place | from_on | until_on\n 1 | 01-01 | 03-21 \n 1 | 03-20 | "), "versions"),
        (world("place\n 1", reports="place | state\n 1 | open\n 1 | closed"), "reports"),
    ],
)
def test_a_place_that_would_be_counted_twice_is_refused(known: facts.Facts, what: str) -> None:
    for ask in (measure, lambda **given: engine.places(given["facts"], days=[DAY], as_known=MORNING)):
        with pytest.raises(engine.PlaceCountedTwice) as refused:
            ask(facts=known)
        assert str(refused.value).startswith(
            f"The place 1 has two {what} that are both valid for 2020-03-20 as known at 2020-03-21T00:00:00+00:00"
        )


def test_of_many_days_the_one_with_two_reports_is_named() -> None:
    days = [date(2020, 1, 1) + timedelta(days=number) for number in range(130)]
    rows = [f"{place} | {day:%m-%d} | {day:%m-%d} 10:00 | open" for day in days for place in (1, 2)]
    reports = "\n".join(["place | on | known_at | state", *rows])
    asked = {"days": days, "as_known": datetime(2020, 6, 1, tzinfo=UTC), "metrics": ["reporting_rate"]}
    once = measure(facts=world("place\n 1-2", reports=reports), **asked)
    assert [figure.numerator for figure in once] == [2] * 130
    twice = f"{reports}\n2 | 05-07 | 05-07 11:00 | closed"
    with pytest.raises(engine.PlaceCountedTwice, match=r"The place 2 has two reports .* 2020-05-07 "):
        measure(facts=world("place\n 1-2", reports=twice), **asked)


def test_versions_that_only_touch_are_counted_once() -> None:
    known = world("place | from_on | until_on\n 1 | 01-01 | 03-20 \n 1 | 03-20 | \n 1 | 03-01 | 03-01")
    assert measure(facts=known, metrics=["reporting_rate"])[0].denominator == 1


def later_cut_off(cut_off: time) -> definitions.Definitions:
    """The pack, in which the cut-off changes on 03-20."""
    changed = [
        replace(one, until_on=DAY) if one.metric == "reporting_rate_on_time" else one for one in pack()
    ]
    second = replace(pack().get("reporting_rate_on_time@1"), version=2, from_on=DAY, cut_off=cut_off)
    return definitions.Definitions([*changed, second])


@pytest.mark.parametrize("ask", [engine.measure, reference.measure])
def test_each_day_is_measured_with_the_definition_of_that_day(
    monkeypatch: pytest.MonkeyPatch, ask: Callable[..., list[Figure]]
) -> None:
    monkeypatch.setitem(reference.FORMULAS, "reporting_rate_on_time@2", reference.reporting_rate_on_time)
    known = world(
        places="place\n1-2",
        reports="""
            place | on    | known_at
            1     | 03-19 | 03-19 17:30
            1     | 03-20 | 03-20 17:30
        """,
    )
    found = ask(
        known,
        later_cut_off(time(18)),
        days=[day("03-20"), day("03-19")],
        as_known=MORNING,
        metrics=["reporting_rate_on_time", "reporting_rate"],
    )
    assert [(figure.on.day, figure.definition, str(figure.value)) for figure in found] == [
        (20, "reporting_rate@1", "50.00"),
        (20, "reporting_rate_on_time@2", "50.00"),
        (19, "reporting_rate@1", "50.00"),
        (19, "reporting_rate_on_time@1", "0.00"),
    ]


def test_two_cut_offs_may_be_in_force_on_one_day() -> None:
    by_noon = replace(
        pack().get("reporting_rate_on_time@1"), metric="reporting_rate_by_noon", cut_off=time(9)
    )
    both = definitions.Definitions([*pack(), by_noon])
    found = measure(definitions=both, metrics=["reporting_rate_on_time", "reporting_rate_by_noon"])
    assert [(figure.metric, str(figure.value)) for figure in found] == [
        ("reporting_rate_on_time", "50.00"),
        ("reporting_rate_by_noon", "50.00"),
    ]
    found = measure(
        definitions=both,
        metrics=["reporting_rate_on_time", "reporting_rate_by_noon"],
        scope=[{"line": ["economy"]}],
    )
    assert [str(figure.value) for figure in found] == ["66.67", "66.67"]


def test_the_cube_holds_the_parts_of_the_same_figures() -> None:
    by = [(), ("line",), ("line", "community")]
    table = engine.cube(TOWN, later_cut_off(time(18)), days=[DAY, day("03-19")], as_known=MORNING, by=by)
    figures = measure(definitions=later_cut_off(time(18)), days=[DAY, day("03-19")], by=by)
    cells = {(row["on_day"], row["line"], row["community"]): row for row in table.to_pylist()}
    assert len(cells) == table.num_rows == len(figures) / len(pack())
    for figure in figures:
        row = cells[figure.on, figure.scope.get("line"), figure.scope.get("community")]
        assert (row[f"{figure.definition}.numerator"] or 0) == figure.numerator
        assert (row[f"{figure.definition}.denominator"] or 0) == figure.denominator
        assert row[f"{figure.definition}.contributors"] == figure.contributors
    on_time = "reporting_rate_on_time@2.numerator"
    assert {row["on_day"] for row in table.to_pylist() if row[on_time] is None} == {day("03-19")}


def test_places_are_the_rows_behind_a_figure() -> None:
    table = engine.places(
        TOWN,
        days=[DAY],
        as_known=instant("03-20 12:00"),
        by=["line"],
        scope=[{"community": ["nanshan", "xiaocun"]}],
    )
    assert [
        (row["entity_id"], row["community"], row["line"], row["reported"], row["state"])
        for row in table.to_pylist()
    ] == [
        (1, "nanshan", "economy", True, "open"),
        (2, "nanshan", "economy", True, "open"),
        (3, "nanshan", "economy", False, None),
        (4, "xiaocun", "unknown", False, None),
    ]
    assert engine.places(TOWN, days=[DAY], as_known=MORNING, scope=[]).num_rows == 0


def test_the_engine_reads_nothing_but_the_facts(tmp_path: Any) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    with engine._connection(TOWN, engine.Limits()) as connection:
        for hostile in (
            f"FROM read_csv('{tmp_path}/secret.csv')",
            f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
            "INSTALL httpfs",
            "SET enable_external_access = true",
            "SET memory_limit = '900GB'",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(hostile)
        assert connection.execute("SELECT count(*) FROM reports").fetchall() == [(3,)]


def test_limits_hold_and_leave_nothing_behind(tmp_path: Any) -> None:
    limits = engine.Limits(memory="64MB", threads=1, spill_to=tmp_path)
    with engine._connection(TOWN, limits) as connection:
        row = connection.execute(
            "SELECT current_setting('threads'), current_setting('memory_limit')"
        ).fetchall()
        assert row == [(1, "61.0 MiB")]
    assert measure(limits=limits) == measure()
    assert list(tmp_path.iterdir()) == []


def test_hostile_codes_are_values_and_not_sql() -> None:
    code = "x'); DROP TABLE reports; --"
    known = world(f"place | community\n 1 | {code}\n 2 | nanshan")
    found = measure(
        facts=known, metrics=["reporting_rate"], by=[("community",)], scope=[{"community": [code]}]
    )
    assert [(figure.scope, figure.denominator) for figure in found] == [({"community": code}, 1)]


SCOPE = [{"line": ["economy"], "community": ["it's"]}, {"focus": ["none"]}]


@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
def test_the_text_is_valid_sql_in_both_dialects(dialect: str) -> None:
    text = query.sql_for(
        pack().on(DAY),
        days=[DAY, day("03-19")],
        as_known=MORNING,
        by=[(), ("line", "grid")],
        scope=SCOPE,
        dialect=dialect,
    )
    tree = sqlglot.parse_one(text, dialect=dialect)
    assert tree.find(exp.GroupingSets) is not None
    assert "$" not in text
    assert [cte.alias for cte in tree.ctes] == [
        "days", "versions", "kinds", "combinations", "eras", "matches", "lines", "placed", "cells", "excluded", "spans",
        "told", "alike", "waited", "energy", "usual", "base_waited", "base_told", "measured",
    ]  # fmt: skip


def test_spark_gets_its_own_words_and_exact_sums() -> None:
    text = query.sql_for(
        pack().on(DAY), days=[DAY], as_known=MORNING, by=[("line",)], scope=SCOPE, dialect="spark"
    )
    text = " ".join(text.split())
    for words in (
        "MIN(r.priority) OVER (PARTITION BY eras.first_on, c.combination)",
        " = r.`on`",
        "THEN base_told.output_fen END AS DECIMAL(38, 0)) )",
        r"'it\'s'",
    ):
        assert words in text
    for foreign in ("ARG_MIN", "TIMESTAMPTZ", "HUGEINT", "INT128", " DIV ", '"on"'):
        assert foreign not in text


def test_the_duckdb_text_is_what_the_engine_computes() -> None:
    text = query.sql_for(pack().on(DAY), days=[DAY], as_known=MORNING)
    with engine._connection(TOWN, engine.Limits()) as connection:
        (row,) = connection.execute(text).fetchall()
    assert row[:3] == (DAY, 4, 3)


def test_figure_prints_the_row_outsiders_hold() -> None:
    figure = measure(metrics=["resumption_rate"], by=[("community",)])[0]
    assert figure == Figure(
        metric="resumption_rate",
        definition="resumption_rate@1",
        scope={"community": "nanshan"},
        value=Decimal("66.67"),
        numerator=2,
        denominator=3,
        coverage=Decimal("0.6667"),
        on=DAY,
        as_known=datetime(2020, 3, 21, tzinfo=UTC),
        reason=None,
        excluded=0,
        contributors=3,
    )
    assert figure.as_json() == {
        "metric": "resumption_rate",
        "definition": "resumption_rate@1",
        "scope": {"community": "nanshan"},
        "value": "66.67",
        "numerator": 2,
        "denominator": 3,
        "coverage": "0.6667",
        "on": "2020-03-20",
        "as_known": "2020-03-21T00:00:00Z",
        "excluded": 0,
    }
    nobody = measure(metrics=["resumption_rate"], scope=[])[0].as_json()
    assert (nobody["value"], nobody["coverage"], nobody["reason"]) == (None, None, "no_entities")


def test_dimensions_of_a_question_come_in_the_order_of_exports() -> None:
    question = questions.check([DAY], MORNING, [("line", "grid"), ("grid",)], [{"above_scale": ["yes"]}])
    assert question.dimensions == ("grid", "line", "above_scale")
