"""Every spec runs on every engine: the fixture `measure` is the reference and DuckDB in turn; test_on_spark.py asks a
cluster for all of them at once."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from dongche.analytics import engine, reference, spark, target
from dongche.analytics.facts import Facts
from dongche.analytics.figures import Figure
from dongche.kit.errors import Problem
from tests.spec import worlds
from tests.spec.cluster import Cluster

ENGINES = {"reference": reference.measure, "duckdb": engine.measure}
_running: list[Cluster] = []


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One cluster for the whole run. Skips, and says what to install, where Spark cannot run."""
    try:
        spark.check(target.parse("spark://127.0.0.1:7077"))
    except Problem as missing:
        pytest.skip(str(missing))
    begun = Cluster(tmp_path_factory.mktemp("spark"))
    _running.append(begun)
    os.environ["SPARK_CONF_DIR"] = str(begun.folder / "conf")
    try:
        begun.start()
        yield begun
    finally:
        spark.close()
        begun.stop()
        _running.clear()
        del os.environ["SPARK_CONF_DIR"]


@pytest.fixture
def on_spark(cluster: Cluster) -> Iterator[Cluster]:
    """The engine of this process is the cluster, for one test."""
    before = target.chosen()
    target.use(cluster.target())
    yield cluster
    target.use(before)


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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What failed on the cluster is shown with the cluster's logs."""
    report = yield
    if report.failed and _running and item.get_closest_marker("spark"):
        report.sections.append(("Spark", _running[0].logs()))
    return report
