"""What a pack may say in SQL: hostile inputs are refused, and what is allowed gets through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dongche.analytics import expressions
from dongche.analytics.expressions import ExpressionRefused

ALLOWED = {
    "count(*)": "COUNT(*)",
    "count(output_fen)": "COUNT(output_fen)",
    "sum(staff_due)": "SUM(staff_due)",
    "COUNT(*) FILTER (WHERE resumed)": "COUNT(*) FILTER(WHERE resumed)",
    "count(*) FILTER (WHERE NOT above_scale OR (reported AND state = 'open'))": (
        "COUNT(*) FILTER(WHERE NOT above_scale OR (reported AND state = 'open'))"
    ),
    "sum(output_fen) FILTER (WHERE output_normal_fen BETWEEN 1 AND 100)": (
        "SUM(output_fen) FILTER(WHERE output_normal_fen BETWEEN 1 AND 100)"
    ),
    "count(*) FILTER (WHERE state IN ('open', 'part') AND mask_days <> 0)": (
        "COUNT(*) FILTER(WHERE state IN ('open', 'part') AND mask_days <> 0)"
    ),
    "count(*) FILTER (WHERE received_at <= cut_off_at)": "COUNT(*) FILTER(WHERE received_at <= cut_off_at)",
    "count(*) FILTER (WHERE resumed IS TRUE AND output_fen IS NOT NULL)": (
        "COUNT(*) FILTER(WHERE resumed IS TRUE AND NOT output_fen IS NULL)"
    ),
    "count(*) -- every place": "COUNT(*)",
}

REFUSED = {
    # Not one aggregate.
    "": "one expression is expected",
    "count(*); drop table reports": "one expression is expected",
    "resumed": "it must be one count or one sum",
    "1": "it must be one count or one sum",
    "count(*) + 1": "Add is not allowed",
    "sum(output_fen) / sum(output_normal_fen)": "Div is not allowed",
    "avg(output_fen)": "Avg is not allowed",
    "max(output_fen)": "Max is not allowed",
    "median(output_fen)": "Median is not allowed",
    "string_agg(state, ',')": "GroupConcat is not allowed",
    "count(DISTINCT entity_id)": "Distinct is not allowed",
    "sum(output_fen) OVER ()": "Window is not allowed",
    "sum(output_fen ORDER BY mask_days)": "Order is not allowed",
    "sum(sum(output_fen))": "sum needs one column that holds numbers",
    "sum(state)": "sum needs one column that holds numbers",
    "sum(resumed)": "sum needs one column that holds numbers",
    "sum(1)": "sum needs one column that holds numbers",
    "count()": "count needs * or one column",
    "count(1)": "count needs * or one column",
    "count(resumed AND reported)": "count needs * or one column",
    # Another table, a file, the machine, the clock.
    "(SELECT count(*) FROM reports)": "Subquery is not allowed",
    "SELECT count(*)": "Select is not allowed",
    "count(*) FILTER (WHERE EXISTS (SELECT 1 FROM entities))": "Exists is not allowed",
    "count(*) FILTER (WHERE state IN (SELECT line FROM line_rules))": "is not allowed",
    "count(*) UNION SELECT 1": "is not",
    "count(*) FROM read_csv('/etc/passwd')": "is not",
    "count(*) FILTER (WHERE state = getenv('HOME'))": "Anonymous is not allowed",
    "count(*) FILTER (WHERE received_at < now())": "is not allowed",
    "count(*) FILTER (WHERE received_at < CURRENT_TIMESTAMP)": "CurrentTimestamp is not allowed",
    "read_text('/etc/passwd')": "is not allowed",
    "COPY reports TO 'out.csv'": "is not",
    "INSTALL httpfs": "is not",
    "ATTACH 'x.db'": "is not",
    "PRAGMA version": "is not",
    "SET memory_limit = '1TB'": "is not",
    # Columns and types.
    "count(*) FILTER (WHERE reports.state = 'open')": "“table” of Column is not allowed",
    "sum(entity_id)": "there is no column “entity_id”",
    "sum(phone)": "there is no column “phone”",
    "count(*) FILTER (WHERE category = 'enterprise')": "there is no column “category”",
    "count(*) FILTER (WHERE output_fen)": "“output_fen” is a number, a boolean is expected",
    "count(*) FILTER (WHERE state > 1)": "“1” is a number, a text is expected",
    "count(*) FILTER (WHERE received_at < 5)": "“5” is a number, a time is expected",
    "count(*) FILTER (WHERE resumed AND 1)": "“1” is a number, a boolean is expected",
    "count(*) FILTER (WHERE state IS TRUE)": "IS is for NULL",
    "count(*) FILTER (WHERE NULL)": "Null is not allowed here",
    "count(*) FILTER (WHERE state = NULL)": "Null is not allowed here",
    "count(*) FILTER (WHERE count(*) > 1)": "Count is not allowed here",
    "count(*) FILTER (WHERE state LIKE 'o%')": "Like is not allowed",
    "count(*) FILTER (WHERE CASE WHEN resumed THEN true END)": "is not allowed",
    "count(*) FILTER (WHERE mask_days::text = '1')": "Cast is not allowed",
    "count(*) FILTER (WHERE mask_days = $1)": "is not allowed",
    "count(*) FILTER (WHERE mask_days = ?)": "is not allowed",
    "count(* EXCLUDE (state))": "is not allowed",
    "count(COLUMNS(*))": "is not allowed",
    # Not SQL, or too much of it.
    "count(*": "it is not SQL",
    "count(*) FILTER (WHERE state = 'open)": "it is not SQL",
    "((((": "it is not SQL",
    "count(*) FILTER (WHERE " + " AND ".join(["resumed"] * 60) + ")": "it is longer than 500 characters",
}


@pytest.mark.parametrize("text", ALLOWED)
def test_what_a_metric_may_say_is_understood(text: str) -> None:
    assert expressions.parse(text).sql("duckdb", comments=False) == ALLOWED[text]


@pytest.mark.parametrize("text", REFUSED)
def test_anything_else_is_refused_with_its_reason(text: str) -> None:
    with pytest.raises(ExpressionRefused) as refused:
        expressions.parse(text)
    assert REFUSED[text] in str(refused.value)
    assert "A metric may use count(*), count(column) or sum(column)" in str(refused.value)


@given(st.text(alphabet="count(*)sum FILTERWHEREandornot'\";-/=<>1 resumed,output_fen$?:[]{}", max_size=60))
def test_any_text_is_either_allowed_or_refused(text: str) -> None:
    try:
        tree = expressions.parse(text)
    except ExpressionRefused:
        return
    # What got through is stable: printed and read again it is the same, and names known columns only.
    printed = tree.sql("duckdb", comments=False)
    assert expressions.parse(printed).sql("duckdb", comments=False) == printed
