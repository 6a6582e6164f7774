from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from dongche.analytics import disclosure
from dongche.analytics.figures import Figure
from tests.spec.worlds import pack

PACK = pack()


def figure(metric: str, numerator: int, denominator: int, contributors: int, excluded: int = 0) -> Figure:
    return Figure(
        metric=metric,
        definition=f"{metric}@1",
        scope={"community": "nanshan"},
        value=Decimal("50.00"),
        numerator=numerator,
        denominator=denominator,
        coverage=Decimal("1.0000"),
        on=date(2020, 3, 20),
        as_known=datetime(2020, 3, 21, tzinfo=UTC),
        excluded=excluded,
        contributors=contributors,
    )


@pytest.mark.parametrize(
    ("metric", "parts", "is_published"),
    [
        ("resumption_rate", (147, 188, 188), True),
        ("resumption_rate", (0, 188, 188), True),
        ("resumption_rate", (188, 188, 188), True),
        ("resumption_rate", (4, 188, 188), False),
        ("resumption_rate", (5, 188, 188), True),
        ("resumption_rate", (184, 188, 188), False),
        ("resumption_rate", (2, 4, 4), False),
        ("capacity_recovery_rate", (3, 2, 188), True),
        ("capacity_recovery_rate", (571_000, 436_000, 4), False),
        ("capacity_recovery_rate", (571_000, 436_000, 5), True),
        ("return_to_post_rate", (60, 120, 3), False),
        ("return_to_post_rate", (60, 120, 30), True),
    ],
)
def test_figures_that_rest_on_too_few_are_hidden(
    metric: str, parts: tuple[int, int, int], is_published: bool
) -> None:
    given = figure(metric, *parts)
    (found,) = disclosure.publishable([given], PACK)
    if is_published:
        assert found == given
        return
    row = found.as_json()
    assert row["reason"] == "suppressed"
    assert [row[name] for name in ("value", "numerator", "denominator", "coverage", "excluded")] == [None] * 5
    assert found.contributors is None
    assert (row["metric"], row["scope"], row["on"]) == (metric, {"community": "nanshan"}, "2020-03-20")


def test_a_small_number_of_excluded_places_is_hidden_alone() -> None:
    given = figure("capacity_recovery_rate", 571_000, 436_000, 100, excluded=3)
    assert disclosure.publishable([given], PACK) == [replace(given, excluded=None)]


def test_a_figure_without_value_keeps_its_reason() -> None:
    given = replace(figure("resumption_rate", 0, 0, 0), value=None, coverage=None, reason="no_entities")
    assert disclosure.publishable([given], PACK) == [given]
