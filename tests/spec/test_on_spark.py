"""The specs of every metric, the questions of every kind and a master that goes away, on a real Spark cluster.

A question takes a cluster seconds whatever it is about, so the drawn worlds of all specs are laid side by side, each
in a sub-district of its own, and asked of together: one question for each instant and choice of days.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from dongche.analytics import engine, facts, reference, spark, target, velocity
from dongche.analytics.figures import NO_ENTITIES, Figure
from tests.spec import test_velocity, worlds
from tests.spec.cluster import Cluster

pytestmark = [pytest.mark.spark, pytest.mark.usefixtures("on_spark")]
Group = tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """One question of a spec, with the answer that the spec found right."""

    where: str
    world: facts.Facts
    metric: str
    as_known: datetime
    days: tuple[date, ...]
    by: tuple[Group, ...]
    scope: Sequence[Mapping[str, Sequence[str]]] | None
    answer: list[Figure]


def cases() -> list[Case]:
    """Every question that the specs ask, found by running them on the reference."""
    found: list[Case] = []
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(f"tests.spec.{path.stem}")
        for name, spec in vars(module).items():
            if name.startswith("test_") and "measure" in _parameters(spec):
                for arguments in _parametrized(spec):
                    spec(_recorder(f"{path.stem}.{name}", found), **arguments)
    return found


def _parameters(spec: Any) -> Collection[str]:
    return inspect.signature(spec).parameters if inspect.isfunction(spec) else ()


def _parametrized(spec: Any) -> Iterator[dict[str, Any]]:
    marks = [mark for mark in getattr(spec, "pytestmark", ()) if mark.name == "parametrize"]
    names = [[name.strip() for name in mark.args[0].split(",")] for mark in marks]
    for chosen in product(*(mark.args[1] for mark in marks)):
        yield {
            name: value
            for each, values in zip(names, chosen, strict=True)
            for name, value in zip(each, values if len(each) > 1 else (values,), strict=True)
        }


def _recorder(where: str, found: list[Case]) -> worlds.Measure:
    def ask(
        world: facts.Facts,
        metric: str,
        *,
        as_known: str = "03-21 08:00",
        days: Sequence[date] = (worlds.DAY,),
        by: Sequence[Group] = ((),),
        scope: Any = None,
    ) -> list[Figure]:
        at = worlds.instant(as_known)
        asked: Any = {"days": days, "as_known": at, "by": by, "scope": scope, "metrics": {metric}}
        answer = reference.measure(world, worlds.pack(), **asked)
        found.append(Case(where, world, metric, at, tuple(days), tuple(by), scope, answer))
        return answer

    return ask


def has_one_area(case: Case) -> bool:
    areas = [
        *case.world.entities["subdistrict"].to_pylist(),
        *case.world.line_rules["subdistrict"].to_pylist(),
    ]
    return len(set(areas)) < 2


def side_by_side(together: Mapping[str, Case]) -> facts.Facts:
    """The worlds of some cases in one, each with numbers and a sub-district of its own."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in facts.TABLES}
    for number, (area, case) in enumerate(together.items()):
        for name in facts.TABLES:
            for row in getattr(case.world, name).to_pylist():
                if "entity_id" in row:
                    row["entity_id"] += 100_000 * number
                if "subdistrict" in row:
                    row["subdistrict"] = area
                rows[name].append(row)
    return facts.from_rows(**rows)


def test_every_spec_comes_out_the_same() -> None:
    asked = cases()
    assert {case.metric for case in asked} == set(worlds.pack().metrics)
    assert len(asked) > 70
    # The league adds nothing to the parts of these figures that an engine could do otherwise.
    assert any(case.where.startswith("test_league.") for case in asked)
    every = {f"case{number:03d}": case for number, case in enumerate(asked) if has_one_area(case)}
    alone = [case for case in asked if not has_one_area(case)]
    assert alone
    for case in alone:
        found = engine.measure(
            case.world,
            worlds.pack(),
            days=case.days,
            as_known=case.as_known,
            by=case.by,
            scope=case.scope,
            metrics={case.metric},
        )
        assert found == case.answer, case.where
    for days, at in sorted({(case.days, case.as_known) for case in every.values()}):
        together = {area: case for area, case in every.items() if (case.days, case.as_known) == (days, at)}
        groups = {frozenset(group): group for case in together.values() for group in case.by}
        scope = [
            {**each, "subdistrict": (area,)}
            for area, case in together.items()
            for each in ([{}] if case.scope is None else case.scope)
        ]
        by = [(*group, "subdistrict") for group in groups.values()]
        said: dict[tuple[str, frozenset[str]], list[Figure]] = {}
        for figure in engine.measure(
            side_by_side(together), worlds.pack(), days=days, as_known=at, by=by, scope=scope
        ):
            keys = dict(figure.scope)
            area = keys.pop("subdistrict")
            said.setdefault((area, frozenset(keys)), []).append(replace(figure, scope=keys))
        for area, case in together.items():
            found = [
                figure
                for day in days
                for group in case.by
                for figure in said.get((area, frozenset(group)), ())
                if figure.metric == case.metric and figure.on == day
            ]
            # A sub-district without a place in it is no group; the total of nothing is a figure that says so.
            expected = [figure for figure in case.answer if figure.reason != NO_ENTITIES]
            assert _sorted(found) == _sorted(expected), case.where


def _sorted(found: Sequence[Figure]) -> list[Figure]:
    return sorted(found, key=lambda figure: (figure.on, sorted(figure.scope.items())))


def test_the_speed_of_resumption_comes_out_the_same() -> None:
    """Its drawn specs are checked on the cluster itself: few questions, of whole sub-districts and of scopes."""
    specs = [spec for spec in vars(test_velocity).values() if "moves" in _parameters(spec)]
    assert len(specs) == 5
    for spec in specs:
        for arguments in _parametrized(spec):
            spec(velocity.moves, **arguments)


ROWS = worlds.world(
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
        place | known_at    | superseded_at | output_fen          | output_normal_fen
        1     | 03-20 09:00 | 03-22 09:00   | 9000000000000000000 | 1
        1     | 03-22 09:00 |               | 2                   | 3
        2-3   | 03-20 09:00 |               | 9000000000000000000 | 9000000000000000000
        4     | 03-20 17:30 |               |                     |
    """,
    electricity="""
        place | energy_wh
        1     | 7
    """,
    baselines="""
        place | amount
        1     | 9
    """,
)
INSTANTS = [worlds.instant("03-21 08:00"), worlds.instant("03-22 09:00")]


def answers() -> list[Any]:
    """Every kind of question the engine knows, to the engine that is chosen."""
    pack, day, at = worlds.pack(), worlds.DAY, INSTANTS[0]
    rows = engine.places(ROWS, days=[day], as_known=at, by=["line", "community"]).to_pylist()
    cube = engine.cube(
        ROWS, pack, days=[day], as_known=at, by=[(), ("line",)], metrics=["capacity_recovery_mean"]
    )
    found = [
        rows,
        sorted(map(str, cube.to_pylist())),
        engine.course(ROWS, pack, on=day, instants=INSTANTS),
        engine.shares(ROWS, pack.versions("capacity_recovery_rate")[0], on=day, instants=INSTANTS),
    ]
    doubled = facts.from_rows(
        **{name: getattr(ROWS, name).to_pylist() for name in facts.TABLES if name != "reports"},
        reports=[row | {"superseded_at": None} for row in ROWS.reports.to_pylist()],
    )
    with pytest.raises(engine.PlaceCountedTwice) as twice:
        engine.measure(doubled, pack, days=[day], as_known=INSTANTS[1])
    return [*found, str(twice.value)]


def test_every_kind_of_question_is_answered_alike(cluster: Cluster) -> None:
    on_spark = answers()
    target.use(target.Target())
    assert on_spark == answers()


def test_a_master_that_is_gone_is_told_and_one_that_is_back_is_found(cluster: Cluster) -> None:
    asked: Any = {"days": [worlds.DAY], "as_known": INSTANTS[0], "metrics": ["reporting_rate"]}
    before = engine.measure(ROWS, worlds.pack(), **asked)
    port = cluster.url.rpartition(":")[2]
    cluster.kill_master()
    with pytest.raises(spark.MasterGone) as gone:
        engine.measure(ROWS, worlds.pack(), **asked)
    assert cluster.url in str(gone.value)
    cluster.begin_master(port)
    cluster.wait_for_workers()
    assert engine.measure(ROWS, worlds.pack(), **asked) == before
    assert not list(cluster.target().folder.glob("question-*"))
