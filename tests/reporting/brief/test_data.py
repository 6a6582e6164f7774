"""The counts of a brief against the same counts done row by row in Python."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dongche.org import actions as org
from dongche.registry.models import Entity
from dongche.reporting import brief, figures
from dongche.reporting.brief import data
from dongche.reporting.models import Difficulty, Report
from tests.factories.registry import exclude, place, revise
from tests.factories.reporting import report
from tests.reporting.brief.conftest import YESTERDAY, at
from tests.town import BY, DAY, Town

SINCE = date(2020, 2, 8)
LEAST = 3


def scatter(town: Town, seed: int, places: int = 40) -> None:
    """Places with reports of a week, corrections and exclusions, all by dice."""
    dice = random.Random(seed)
    grids = list(town.grids.values())
    for _ in range(places):
        one = place(dice.choice(grids), dice.choice(["street_shop", "supermarket", "construction_site"]))
        if dice.random() < 0.1:
            exclude(one, from_on=DAY - timedelta(days=dice.randint(0, 3)))
        if dice.random() < 0.1:
            one.grid = dice.choice(grids)
            one.community = one.grid.community
            one.save()
            revise(one, at(DAY, 13))
        for back in range(5):
            if dice.random() < 0.3:
                continue
            on = DAY - timedelta(days=back)
            hours = sorted(dice.sample(range(8, 18), dice.choice([1, 1, 2])))
            for hour, until in zip(hours, [*hours[1:], None], strict=True):
                made = report(
                    one,
                    dice.choice(["open", "part", "closed"]),
                    on=on,
                    known_at=at(on, hour),
                    superseded_at=at(on, until) if until else None,
                    staff_at_post=dice.choice([None, 4, 9]),
                    abnormal_temperature=dice.choice([None, 0, 0, 1, 3]),
                    mask_days=dice.choice([None, 0, 2, 3, 10]),
                    difficulties=dice.sample(Difficulty.values, dice.choice([0, 0, 1, 3])),
                )
                assert made.pk


def believed(row: Any, as_known: datetime | None) -> bool:
    if as_known is None:
        return row.superseded_at is None
    return row.known_at <= as_known and (row.superseded_at is None or row.superseded_at > as_known)


def slowly(on: date, as_known: datetime | None) -> tuple[Any, ...]:
    """What count_day counts, place by place."""
    found: Counter[str] = Counter()
    cells: Counter[tuple[str, str, str]] = Counter()

    def version(one: Entity, day: date) -> Any:
        if any(
            believed(out, as_known) and out.from_on <= day and (out.until_on is None or day < out.until_on)
            for out in one.exclusions.all()
        ):
            return None
        return next((row for row in one.revisions.all() if believed(row, as_known)), None)

    for one in Entity.objects.all():
        here = version(one, on)
        if here is None:
            continue
        reports = {row.on: row for row in Report.objects.filter(entity=one) if believed(row, as_known)}
        resumed = {day for day, row in reports.items() if row.state != "closed"}
        before = on - timedelta(days=1)
        was = before in resumed and version(one, before) is not None
        found["expected"] += 1
        found["ever"] += any(SINCE <= day <= on for day in resumed)
        today = reports.get(on)
        found["silent"] += was and today is None
        if today is None:
            continue
        found["stopped"] += was and today.state == "closed"
        line = {"supermarket": "L03", "construction_site": "L02"}.get(one.category, "L05")
        where = (here.community.code, f"370203900000{line}")
        told = today.abnormal_temperature is not None
        for name, count in {
            "reported": 1,
            "newly_resumed": on in resumed and not was,
            "masks_told": today.mask_days is not None,
            "masks_short": today.mask_days is not None and today.mask_days < LEAST,
            "temperature_told": told,
            "temperature_places": bool(today.abnormal_temperature),
            "temperature_people": today.abnormal_temperature or 0,
            "temperature_at_post": (today.staff_at_post or 0) if told else 0,
            "difficulty_any": bool(today.difficulties),
            **{kind: kind in today.difficulties for kind in Difficulty.values},
        }.items():
            cells[(*where, name)] += int(count)
    return found["expected"], found["ever"], found["stopped"], found["silent"], +cells


def quickly(town: Town, on: date, as_known: datetime | None) -> tuple[Any, ...]:
    day = data.count_day(town.duty, on, SINCE, LEAST, as_known)
    cells: Counter[tuple[str, str, str]] = Counter()
    for cell in day.cells:
        for name in data.Cell.__dataclass_fields__:
            if name not in ("community", "line", "difficulties"):
                cells[cell.community, cell.line, name] += getattr(cell, name)
        for kind, count in cell.difficulties.items():
            cells[cell.community, cell.line, kind] += count
    return day.expected, day.ever_resumed, day.stopped, day.silent, +cells


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_counts_are_those_of_counting_by_hand(town: Town, seed: int):
    scatter(town, seed)
    for on, as_known in [
        (DAY, None),
        (DAY, at(DAY, 12)),
        (DAY, at(YESTERDAY, 20)),
        (YESTERDAY, None),
        (YESTERDAY, at(DAY, 15)),
    ]:
        assert quickly(town, on, as_known) == slowly(on, as_known)


def test_counts_and_metrics_speak_of_the_same_places(town: Town):
    scatter(town, 4)
    for as_known in (None, at(DAY, 12)):
        day = data.count_day(town.duty, DAY, SINCE, LEAST, as_known)
        found = {
            (one.metric, one.scope.get("community")): one
            for one in figures.measure(town.duty, days=(DAY,), as_known=as_known, by=((), ("community",)))
        }
        assert day.expected == found["resumption_rate", None].denominator
        assert day.total("reported") == found["reporting_rate", None].numerator
        for community in town.communities.values():
            assert (
                day.total("reported", {"community": community.code})
                == found["reporting_rate", community.code].numerator
            )


def test_lines_are_those_that_were_known(town: Town):
    report(place(town.grid_n1), known_at=at(DAY, 9))
    rule = town.rules[-1]
    rule.superseded_at = at(DAY, 15)
    rule.save()
    assert [cell.line[-3:] for cell in data.count_day(town.duty, DAY, SINCE, LEAST, at(DAY, 12)).cells] == [
        "L05"
    ]
    assert [cell.line for cell in data.count_day(town.duty, DAY, SINCE, LEAST, None).cells] == ["unknown"]


def test_a_place_without_a_community_is_counted_as_such(town: Town):
    lost = place(town.grid_n1)
    lost.community = lost.grid = None
    lost.save()
    revise(lost, at(DAY, 8))
    report(lost, known_at=at(DAY, 9), difficulties=["staff"])
    day = data.count_day(town.duty, DAY, SINCE, LEAST, None)
    assert [(cell.community, cell.reported) for cell in day.cells] == [("unknown", 1)]
    assert day.difficulties({"community": "unknown"}) == [("staff", 1)]


def test_the_number_of_queries_does_not_grow_with_the_places(day: Town):
    def queries() -> int:
        figures.forget()
        with CaptureQueriesContext(
            connection,
        ) as captured:
            brief.build(day.duty, DAY)
        return len(captured)

    queries()
    few = queries()
    scatter(day, 5)
    assert queries() == few <= 40


def test_a_new_department_is_in_the_brief_of_the_same_day(town: Town, english: None):
    office = org.create_unit(
        kind="department",
        code="370203900000L09",
        name="喆堃燊 Office",
        parent=town.headquarters,
        from_on=DAY,
        by=BY,
        at=at(DAY, 8),
    )
    org.set_line_rule(department=office, priority=1, from_on=DAY, source="S24", by=BY, at=at(DAY, 8))
    report(place(town.grid_n1), known_at=at(DAY, 9))
    made = brief.build(town.duty, DAY)
    assert [row[0].text for row in made.sections[2].tables[0].rows] == ["喆堃燊 Office"]
