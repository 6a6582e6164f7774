from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dongche.analytics import facts
from dongche.kit.errors import Problem
from tests.spec.worlds import world

SMALL = {
    "places": """
        place | size | superseded_at
        1     | micro | 03-02 08:00
        2     |       |
    """,
    "reports": """
        place | output_fen
        1     | 5
    """,
    "exclusions": """
        place
        2
    """,
    "rules": """
        line
        economy
    """,
}


def changed(table: str, **columns: Any) -> dict[str, pa.Table]:
    """The small world, with some columns of one table replaced; None takes a column away."""
    known = world(**SMALL)
    tables = {name: getattr(known, name) for name in facts.TABLES}
    for name, values in columns.items():
        at = tables[table].column_names.index(name) if name in tables[table].column_names else -1
        if values is None:
            tables[table] = tables[table].remove_column(at)
        elif at < 0:
            tables[table] = tables[table].append_column(name, values)
        else:
            tables[table] = tables[table].set_column(at, name, values)
    return tables


@pytest.mark.parametrize(
    ("table", "columns", "code", "sentence"),
    [
        (
            "reports",
            {"state": None},
            "analytics.column_missing",
            "The table reports has no column state. The contract expects it with the type string.",
        ),
        (
            "exclusions",
            {"phone": pa.array(["1"])},
            "analytics.column_unknown",
            "The table exclusions has a column phone the contract does not know. "
            "It expects: entity_id, kind, from_on, until_on, known_at, superseded_at.",
        ),
        (
            "reports",
            {"output_fen": pa.array([5.0])},
            "analytics.column_type",
            "The column output_fen of the table reports has the type double; the contract expects int64.",
        ),
        (
            "reports",
            {"known_at": pa.array([datetime(2020, 3, 20, tzinfo=UTC)], pa.timestamp("us"))},
            "analytics.column_type",
            "The column known_at of the table reports has the type timestamp[us]; "
            "the contract expects timestamp[us, tz=UTC].",
        ),
        (
            "entities",
            {"category": pa.array(["enterprise", None])},
            "analytics.value_missing",
            "The column category of the table entities is empty in 1 rows; the contract expects a value in each.",
        ),
        (
            "entities",
            {"size": pa.array(["huge", None])},
            "analytics.value_unknown",
            "The column size of the table entities holds “huge”; the contract expects large, medium, small, micro.",
        ),
        (
            "reports",
            {"staff_due": pa.array([-3], pa.int32())},
            "analytics.value_unknown",
            "The column staff_due of the table reports holds “-3”; the contract expects 0 or more.",
        ),
        (
            "entities",
            {"until_on": pa.array([date(2019, 12, 31), None])},
            "analytics.period_reversed",
            "In the table entities, 1 rows have until_on before from_on; "
            "the contract expects a period to end after it begins.",
        ),
        (
            "reports",
            {"received_at": pa.array([datetime(2020, 3, 21, tzinfo=UTC)], facts.INSTANT)},
            "analytics.period_reversed",
            "In the table reports, 1 rows have known_at before received_at; "
            "the contract expects a period to end after it begins.",
        ),
    ],
)
def test_facts_against_the_contract_are_refused(
    table: str, columns: dict[str, Any], code: str, sentence: str
) -> None:
    with pytest.raises(Problem) as refused:
        facts.Facts(**changed(table, **columns))
    assert (refused.value.code, str(refused.value)) == (code, sentence)


def test_text_in_another_encoding_is_the_same_text() -> None:
    dictionary = pa.array(["enterprise", "enterprise"]).dictionary_encode()
    large = pa.array(["c", None], pa.large_string())
    assert (
        facts.Facts(**changed("entities", category=dictionary, community=large)).entities.schema
        == (facts.SCHEMAS["entities"])
    )


def test_columns_may_come_in_any_order() -> None:
    tables = changed("reports")
    backwards = tables["reports"].select(tables["reports"].column_names[::-1])
    assert facts.Facts(**{**tables, "reports": backwards}) == world(**SMALL)


def test_facts_come_back_from_parquet_as_they_were(tmp_path: Path) -> None:
    known = world(**SMALL)
    facts.write(known, tmp_path / "out")
    assert facts.read(tmp_path / "out") == known
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "baselines.parquet",
        "contract.json",
        "electricity.parquet",
        "entities.parquet",
        "exclusions.parquet",
        "line_rules.parquet",
        "reports.parquet",
    ]
    told = json.loads((tmp_path / "out" / "contract.json").read_text(encoding="utf-8"))
    assert told == facts.contract()
    assert told["tables"]["reports"][5]["allowed"] == ["open", "part", "closed"]


def test_facts_are_written_over_an_older_export(tmp_path: Path) -> None:
    facts.write(world(**SMALL), tmp_path)
    facts.write(facts.empty(), tmp_path)
    assert facts.read(tmp_path) == facts.empty()


def test_missing_or_foreign_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(facts.FactsMissing) as missing:
        facts.read(tmp_path)
    assert "entities.parquet is missing" in str(missing.value)
    facts.write(facts.empty(), tmp_path)
    pq.write_table(facts.empty().reports, tmp_path / "reports.parquet")
    with pytest.raises(facts.ContractMismatch) as foreign:
        facts.read(tmp_path)
    assert str(foreign.value) == (
        "The file reports.parquet follows version ? of the facts contract; version 3 is expected. "
        "Export the facts again with this version."
    )


def test_a_file_that_is_not_parquet_is_refused(tmp_path: Path) -> None:
    facts.write(facts.empty(), tmp_path)
    (tmp_path / "entities.parquet").write_bytes(b"PK\x03\x04 not parquet")
    with pytest.raises(facts.FactsUnreadable) as refused:
        facts.read(tmp_path)
    assert "entities.parquet" in str(refused.value)
