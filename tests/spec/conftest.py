"""Every spec runs on every engine: the fixture `measure` is each of them in turn."""

from __future__ import annotations

from typing import Any

import pytest

from dongche.analytics import engine, reference
from dongche.analytics.facts import Facts
from dongche.analytics.figures import Figure
from tests.spec import worlds

ENGINES = {"reference": reference.measure, "duckdb": engine.measure}


@pytest.fixture(params=list(ENGINES))
def measure(request: pytest.FixtureRequest) -> worlds.Measure:
    """Measures one metric on 03-20, as known the next morning, with the definitions of the pack."""

    def ask(facts: Facts, metric: str, *, as_known: str = "03-21 08:00", **question: Any) -> list[Figure]:
        question.setdefault("days", [worlds.DAY])
        return ENGINES[request.param](
            facts,
            question.pop("definitions", None) or worlds.pack(),
            as_known=worlds.instant(as_known),
            metrics={metric},
            **question,
        )

    return ask
