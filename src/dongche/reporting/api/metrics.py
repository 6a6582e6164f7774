"""The figures for programs."""

from __future__ import annotations

from typing import Annotated, Any

import ninja
from ninja import Query
from pydantic import Field

from dongche.analytics.definitions import UnknownMetric
from dongche.analytics.questions import UnknownDimension, groupings
from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.request import OfficerRequest
from dongche.reporting import figures
from dongche.web.access import duty
from dongche.web.api import Day, Given, Instant, Router, Text, refuses

router = Router("metrics")


class DayToCome(Problem):
    code = "reporting.day_to_come"
    message = N_(
        "%(given)s has not come yet, so nothing is known of it. Give today, %(today)s, or an earlier day."
    )


class MetricQuery(Given):
    on: Annotated[Day | None, Field(description="Day; today when none is given.")] = None
    as_known: Annotated[Instant | None, Field(description="As the figures were known at this instant.")] = (
        None
    )
    by: Annotated[Text, Field(description="Also by line, community, grid …; line*community crosses two.")] = (
        ""
    )
    metric: Annotated[
        list[Text], Field(max_length=50, description="Only this metric; may be given more than once.")
    ] = []


class FigureOut(ninja.Schema):
    """A figure as `dongche metrics --json` prints it: `value` is null with a `reason` without data, never 0."""

    metric: str
    definition: str
    scope: dict[str, str]
    value: str | None
    numerator: int | None
    denominator: int | None
    coverage: str | None
    on: str
    as_known: str
    excluded: int | None = None
    reason: str | None = None


@router.get("", response=list[FigureOut], exclude_unset=True)
@refuses(DayToCome, UnknownDimension, UnknownMetric)
@duty("reporting.read")
def measure(request: OfficerRequest, asked: Query[MetricQuery]) -> list[dict[str, Any]]:
    """Give the figures of a day with numerator, denominator and definition, over the places of your units."""
    today = clock.today()
    on = asked.on or today
    if on > today:
        raise DayToCome(given=on, today=today)
    found = figures.measure(
        request.user,
        days=[on],
        as_known=asked.as_known,
        by=groupings(asked.by),
        metrics=asked.metric or None,
    )
    return [figure.as_json() for figure in found]
