"""The whole overview as one workbook, under the filters of the page: who speaks, of which day, as known when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from dongche.desk import contribution, league, overview, scorecards, velocity
from dongche.desk.measured import definition_of, in_people_unit
from dongche.desk.narrowing import Narrowed
from dongche.desk.overview import Overview
from dongche.kit import clock
from dongche.org.models import Officer
from dongche.reporting import figures
from dongche.web.languages import in_language
from dongche.web.spreadsheets import Table

# Days of the velocity sheet: all of a campaign.
WHOLE = 1000


def tables(
    officer: Officer, on: date, areas: Narrowed, asked: QueryDict, known_at: datetime | None
) -> Iterator[Table]:
    """This function will give the sheets one after another: about, figures, matrix, curve, comparison, cards, speed,
    contribution."""
    shown = overview.build(officer, on, clock.today(), areas, known_at)
    yield _about(shown, officer, areas, known_at)
    yield _figures(officer, on, areas, known_at)
    yield _matrix(shown)
    yield _curve(shown)
    yield league.table(league.build(officer, on, areas, asked, known_at))
    yield scorecards.table(scorecards.build(officer, on, areas, known_at))
    yield velocity.table(velocity.build(officer, on, areas, known_at, most=WHOLE))
    yield contribution.table(contribution.build(officer, on, areas, known_at))


def _about(shown: Overview, officer: Officer, areas: Narrowed, known_at: datetime | None) -> Table:
    rows: list[list[Any]] = [
        [gettext("Speaker"), shown.title],
        [gettext("Written by"), officer.name],
        [gettext("Day"), shown.on],
        [gettext("As known at"), known_at or clock.now()],
        [gettext("Sub-district"), areas.chosen.name if areas.chosen else gettext("All")],
        [gettext("Filter"), areas.in_words],
        [gettext("Places that should resume"), shown.places],
    ]
    return Table(gettext("About"), [gettext("What"), gettext("Value")], rows)


def _figures(officer: Officer, on: date, areas: Narrowed, known_at: datetime | None) -> Table:
    headers = [
        gettext("Figure"), gettext("Value (%)"), gettext("Numerator"), gettext("Denominator"), gettext("Coverage"),
        gettext("Left out"), gettext("Definition"), gettext("Formula"), gettext("Source"),
        gettext("Without a value because"),
    ]  # fmt: skip
    found = figures.measure(officer, days=(on,), as_known=known_at, where=areas.where)
    rows = []
    for one in found:
        definition = definition_of(one)
        rows.append(
            [
                in_language(definition.names), one.value, in_people_unit(one, one.numerator),
                in_people_unit(one, one.denominator), one.coverage, one.excluded, one.definition,
                in_language(definition.formulas), definition.source, one.reason,
            ]
        )  # fmt: skip
    return Table(gettext("Figures"), headers, rows)


def _matrix(shown: Overview) -> Table:
    matrix = shown.matrix
    headers = [matrix.corner, *(column.label for column in matrix.columns), matrix.total_label]
    rows = [
        [row.label, *(cell.value for cell in row.cells), row.total.value if row.total else None]
        for row in matrix.rows
    ]
    return Table(
        matrix.caption, headers, [*rows, [matrix.total_label, *(cell.value for cell in matrix.totals)]]
    )


def _curve(shown: Overview) -> Table:
    names = [line.name for line in shown.curve.series]
    rows = [[label, *values] for label, values in shown.curve.rows()]
    return Table(gettext("Recovery curve"), [gettext("Day"), *names], rows)
