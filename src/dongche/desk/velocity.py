"""How fast places come back, day by day, as the page shows it: each number opens the places it counts (S15)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext

from dongche.analytics.velocity import Meaning, Moves, means
from dongche.desk.links import list_url
from dongche.desk.narrowing import Narrowed
from dongche.org.models import Officer
from dongche.reporting import velocity
from dongche.web import campaign
from dongche.web.components import Chart, Series
from dongche.web.languages import in_language
from dongche.web.spreadsheets import Table
from dongche.web.templatetags.web import day as day_in_words

# Days on the page; the workbook has all.
SHOWN: Final = 28


@dataclass(frozen=True)
class Row:
    """A day, with the lists behind its counts."""

    moves: Moves
    mean: Decimal | None
    newly_url: str
    stopped_url: str
    silent_url: str
    resumed_url: str


@dataclass(frozen=True)
class Page:
    """Shape: `rows` the latest day first. Empty: no rows on the first day of the campaign, which has no day before"""

    meaning: Meaning | None
    rows: Sequence[Row]
    chart: Chart | None

    @property
    def today(self) -> Row | None:
        return self.rows[0] if self.rows else None

    @property
    def formula(self) -> str:
        return in_language(self.meaning.formulas) if self.meaning else ""

    @property
    def source(self) -> str:
        return in_language(self.meaning.sources) if self.meaning else ""


def build(
    officer: Officer, on: date, areas: Narrowed, known_at: datetime | None = None, *, most: int = SHOWN
) -> Page:
    """This function will count the moves of the last days up to a day, under the filters of the page."""
    meaning, first = velocity.meaning_on(on), campaign.current().campaign.from_on
    days = [first + timedelta(days=n) for n in range(1, (on - first).days + 1)]
    if meaning is None or not days:
        return Page(meaning, [], None)
    # The first day shown has a mean too.
    days = days[-(most + meaning.mean_days - 1) :]
    found = velocity.moves(officer, days, as_known=known_at, where=areas.where)
    averages = means(found, meaning.mean_days)
    rows = [_row(one, mean, areas) for one, mean in zip(found, averages, strict=True)][-most:]
    return Page(meaning, rows[::-1], _chart(rows, meaning))


def _row(one: Moves, mean: Decimal | None, areas: Narrowed) -> Row:
    behind = areas.behind(one.on)

    def url(**what: str) -> str:
        return list_url(**{**behind, **what})

    return Row(
        one,
        mean,
        url(said="newly_resumed"),
        url(said="stopped"),
        url(said="silent"),
        url(state="resumed"),
    )


def _chart(rows: Sequence[Row], meaning: Meaning) -> Chart:
    return Chart(
        id="velocity",
        label=gettext("Newly resumed and net by day"),
        kind="line",
        labels=[day_in_words(row.moves.on, "short") for row in rows],
        series=[
            Series(gettext("Newly resumed"), [row.moves.newly for row in rows]),
            Series(gettext("Net"), [row.moves.net for row in rows], "plan"),
            Series(
                gettext("Mean of %(days)s days") % {"days": meaning.mean_days},
                [row.mean for row in rows],
                "forecast",
            ),
        ],
        unit="",
        urls=[row.newly_url for row in rows],
    )


def table(page: Page) -> Table:
    """This function will give the days as rows of a spreadsheet, the earliest first."""
    headers = [
        gettext("Day"), gettext("Newly resumed"), gettext("No longer open"), gettext("Fallen silent"), gettext("Net"),
        gettext("Mean of the net"), gettext("Resumed places"),
    ]  # fmt: skip
    rows = [
        [
            row.moves.on,
            row.moves.newly,
            row.moves.stopped,
            row.moves.silent,
            row.moves.net,
            row.mean,
            row.moves.resumed,
        ]
        for row in reversed(page.rows)
    ]
    return Table(gettext("Speed of resumption"), headers, rows)
