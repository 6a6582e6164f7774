"""Six weeks of reports: a recovery that differs by community and category, with late ones and corrections.

Each day is drawn with its own dice, so that the days can be made one after the other in little memory. What is fixed
beforehand is only who is open on the last day and the scale of the enterprises' output; everything else follows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from dongche.cli.demo.aims import CAPACITY_RECOVERY_RATE, Aims
from dongche.cli.demo.organisation import COMMUNITIES
from dongche.cli.demo.places import Places
from dongche.cli.demo.scene import DAYS, FIRST
from dongche.cli.demo.trades import CATEGORIES, HABITS
from dongche.kit.decimals import percent

NEVER = 9_999
CUT_OFF = 17 * 60
DIFFICULTIES = ("supplies", "staff", "funds", "logistics", "materials", "orders")
BEGAN_WITH = np.array([0.30, 0.26, 0.12, 0.18, 0.10, 0.08])
ENDED_WITH = np.array([0.05, 0.07, 0.14, 0.03, 0.04, 0.16])
MISTAKES = ("更正：到岗人数填错", "更正：产值漏填一位", "更正：误报未开业")
Column = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Course:
    """How each place will fare; one element a place in every column."""

    resumes: Column  # day number on which it opens; NEVER when it does not
    reports_last: Column  # whether it has reported on the last day
    diligence: Column  # log-odds to report on an ordinary day
    staff_due: Column
    part_only: Column  # never opens fully
    idle: Column  # open without output
    silent: Column  # does not tell its output
    baseless: Column  # does not tell what is normal
    recovery: Column  # output of full swing against normal
    is_firm: Column


@dataclass(frozen=True)
class Day:
    """The true report of each place for one day; a value of -1 means "not said"."""

    rows: Column  # indices of the places that report
    state: Column  # 0 open, 1 part, 2 closed
    staff_due: Column
    staff_at_post: Column
    output: Column  # yuan
    normal: Column  # yuan
    abnormal: Column
    masks: Column
    difficulties: Column  # bits
    received: Column  # seconds since the day began in Beijing
    corrected: Column  # the same, NEVER-like -1 when not corrected
    mistake: Column  # which of MISTAKES the first report made
    by_officer: Column


STATES = ("open", "part", "closed")


def plan(places: Places, aims: Aims, expected: Column, seed: int) -> Course:
    """This function will decide who is open in the end, so that exactly `aims.resumed` of those that report are.

    `expected` marks the places expected on the last day.
    """
    dice = np.random.default_rng([seed, 1])
    count = len(places)
    habits = list(HABITS.values())
    lean = np.array([habit.odds for habit in habits])[places.category] + np.array(
        [c.odds for c in COMMUNITIES]
    )[places.community]  # fmt: skip
    pace = np.array([habit.pace for habit in habits])[places.category] + np.array(
        [c.pace for c in COMMUNITIES]
    )[places.community]  # fmt: skip
    lean = lean + 1.5 * places.is_key
    grid_mood = dice.normal(0, 0.35, (len(COMMUNITIES), 1 + int(places.grid.max())))[
        places.community, places.grid
    ]
    odds = lean + grid_mood + dice.logistic(0, 1, count)
    diligence = 0.45 * lean + dice.normal(0, 0.7, count)

    last = np.where(expected, diligence + dice.logistic(0, 0.8, count), -np.inf)
    reports_last = np.zeros(count, bool)
    reports_last[np.argsort(-last, kind="stable")[: aims.reported]] = True
    reporters = np.flatnonzero(reports_last)
    ranked = reporters[np.argsort(-odds[reporters], kind="stable")]
    opens = ~reports_last & (odds >= odds[ranked[aims.resumed - 1]])
    opens[ranked[: aims.resumed]] = True

    starts = np.round(17 + pace - 3 * places.is_key + dice.logistic(0, 4.6, count)).astype(int)
    late = starts > DAYS - 1
    starts[late] = dice.integers(DAYS - 12, DAYS, int(late.sum()))
    swing = np.array([habit.recovery for habit in habits])[places.category]
    return Course(
        resumes=np.where(opens, starts, NEVER),
        reports_last=reports_last,
        diligence=diligence,
        staff_due=np.maximum(np.round(places.staff * dice.uniform(0.9, 1.0, count)), 1).astype(int),
        part_only=dice.random(count) < 0.08,
        idle=(dice.random(count) < 0.05) & ~places.is_key,
        silent=(dice.random(count) < 0.05) & ~places.is_key,
        baseless=(dice.random(count) < 0.015) & ~places.is_key,
        recovery=np.where(places.is_key, 1.55, swing) * dice.lognormal(0, 0.22, count),
        is_firm=places.category == CATEGORIES.index("enterprise"),
    )


def days(
    places: Places, course: Course, expected_on: Sequence[Column], seed: int
) -> Iterator[tuple[date, Day]]:
    """This function will make the reports of each day; on the last one the sums show 130.96 %.

    `expected_on` marks, for each day, the places that were expected and may report.
    """
    scale = _scale(_draw(places, course, expected_on[-1], DAYS - 1, seed, 1.0), course)
    for number in range(DAYS):
        day = _draw(places, course, expected_on[number], number, seed, scale)
        if number == DAYS - 1:
            _settle(day, places)
        yield FIRST + timedelta(days=number), day


def _told(day: Day) -> Column:
    """Places that gave both values, with a normal above zero."""
    return (day.output >= 0) & (day.normal > 0)


def _scale(day: Day, course: Course) -> float:
    """By how much the enterprises' output must be scaled for the sums of the last day to come out."""
    told, firm = _told(day), course.is_firm[day.rows]
    wanted = float(CAPACITY_RECOVERY_RATE) / 100 * float(day.normal[told].sum())
    firms = float(day.output[told & firm].sum())
    return (wanted - float(day.output[told & ~firm].sum())) / firms


def _settle(day: Day, places: Places) -> None:
    """Take what rounding left off the largest key enterprise, a small part of its output."""
    told = _told(day)
    numerator, denominator = int(day.output[told].sum()), int(day.normal[told].sum())
    wanted = round(denominator * float(CAPACITY_RECOVERY_RATE) / 100)
    large = np.flatnonzero(told & places.is_key[day.rows] & (day.state != 2))
    largest = large[np.argmax(day.output[large])]
    day.output[largest] += wanted - numerator
    if (
        percent(int(day.output[told].sum()), denominator) != CAPACITY_RECOVERY_RATE
        or day.output[largest] <= 0
    ):
        raise ArithmeticError("the output of the last day cannot be made to show the figure")


def _draw(places: Places, course: Course, expected: Column, number: int, seed: int, scale: float) -> Day:
    dice = np.random.default_rng([seed, 100 + number])
    is_last = number == DAYS - 1
    done = number / (DAYS - 1)
    if is_last:
        rows = np.flatnonzero(course.reports_last)
    else:
        rest_day = (FIRST + timedelta(days=number)).weekday() == 6
        odds = 1.4 + 1.35 * done - 0.12 * rest_day + course.diligence
        rows = np.flatnonzero(expected & (dice.random(len(places)) < 1 / (1 + np.exp(-odds))))
    count = len(rows)
    age = number - course.resumes[rows]
    is_open = age >= 0
    part = is_open & (course.part_only[rows] | ((age < 3) & (dice.random(count) < 0.5)))
    swing = np.clip(0.45 + 0.11 * age, 0, 1) * np.where(part, 0.65, 1.0)

    normal = places.output_normal_yuan[rows].copy()
    output = normal * course.recovery[rows] * swing * dice.lognormal(0, 0.07, count)
    output *= np.where(course.is_firm[rows], scale, 1.0)
    output[~is_open | course.idle[rows] | ((age < 1) & (dice.random(count) < 0.4) & ~places.is_key[rows])] = 0
    output = np.minimum(np.round(output), normal * 40).astype(np.int64)
    output[course.silent[rows]] = -1
    normal[course.baseless[rows]] = -1

    due = course.staff_due[rows]
    at_post = np.where(
        is_open,
        np.minimum(
            due, np.maximum(1, np.round(due * np.clip(0.5 + 0.06 * age, 0, 0.97) * np.where(part, 0.7, 1)))
        ),
        np.where(dice.random(count) < 0.1, 1, 0),
    ).astype(int)
    chance = BEGAN_WITH + (ENDED_WITH - BEGAN_WITH) * done
    hardships = (dice.random((count, len(DIFFICULTIES))) < chance) @ (1 << np.arange(len(DIFFICULTIES)))
    received = _received(count, is_last, number, dice)
    corrected = np.where(is_open, _corrected(received, is_last, number, dice), -1)
    return Day(
        rows=rows,
        state=np.where(is_open, np.where(part, 1, 0), 2),
        staff_due=due,
        staff_at_post=at_post,
        output=output,
        normal=normal,
        abnormal=np.where(is_open & (dice.random(count) < 0.0007), 1, 0),
        masks=np.where(dice.random(count) < 0.03, -1, dice.poisson(2.2 + 4.5 * done, count)),
        difficulties=hardships,
        received=received,
        corrected=corrected,
        mistake=dice.integers(len(MISTAKES), size=count),
        by_officer=dice.random(count) < 0.12,
    )


def _until_shown(number: int) -> int:
    """Seconds from the beginning of a day to just before the moment the demonstration shows."""
    return (DAYS - 1 - number) * 86_400 + 18 * 3600 - 60


def _received(count: int, is_last: bool, number: int, dice: np.random.Generator) -> Column:
    """When the first report of each place came in: most in the morning, some late, a few on a later day."""
    seconds = (450 + 505 * dice.beta(2, 3, count)) * 60
    luck = dice.random(count)
    late = luck < 0.06
    seconds[late] = (CUT_OFF + dice.uniform(1, 50 if is_last else 260, int(late.sum()))) * 60
    if not is_last:
        after = luck < 0.014
        seconds[after] = (86_400 * dice.choice([1, 1, 1, 2, 3], int(after.sum()))) + dice.uniform(
            8, 10.5, int(after.sum())
        ) * 3600
    return np.minimum(seconds, _until_shown(number) - 600).astype(np.int64)


def _corrected(received: Column, is_last: bool, number: int, dice: np.random.Generator) -> Column:
    """When a correction came in, -1 for the many that need none."""
    count = len(received)
    delay = np.where(
        dice.random(count) < 0.5, dice.uniform(600, 14_400, count), dice.uniform(50_000, 250_000, count)
    )
    if is_last:
        delay = dice.uniform(300, 3_600, count)
    known = (received + delay).astype(np.int64)
    wanted = (dice.random(count) < 0.018) & (known < _until_shown(number))
    return np.where(wanted, known, -1)
