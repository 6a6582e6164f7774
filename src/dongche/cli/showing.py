"""How answers are shown: tables for people, JSON for programs, days as they are typed."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import click

from dongche.cli.language import gettext
from dongche.kit.chinese import Unreadable, parse_day
from dongche.kit.clock import BEIJING


class DayType(click.ParamType[date]):
    """A calendar day as people write it: 2020-03-20, 20200320, 2020年3月20日."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return parse_day(value)
        except Unreadable:
            self.fail(
                gettext("“%(given)s” is not a day; expected is one such as 2020-03-20.") % {"given": value},
                param,
                ctx,
            )


class InstantType(click.ParamType[datetime]):
    """An instant: 2020-03-20T18:00, with or without a zone; without one it is Beijing time."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            text = gettext("“%(given)s” is not a time; expected is one such as 2020-03-20T18:00+08:00.")
            self.fail(text % {"given": value}, param, ctx)
        return instant if instant.tzinfo else instant.replace(tzinfo=BEIJING)


DAY, INSTANT = DayType(), InstantType()


def instant(at: datetime) -> str:
    """Day and minute in Beijing."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def as_json(answer: Any) -> None:
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def width(text: str) -> int:
    """Columns a terminal needs: Chinese characters take two.

    >>> width("动车 ok")
    7
    """
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = ()) -> None:
    """Print a table; the columns in `numbers` are set to the right."""
    lines = [list(headings), *([str(cell) for cell in row] for row in rows)]
    widths = [max(width(line[column]) for line in lines) for column in range(len(headings))]
    for place, line in enumerate(lines):
        cells = []
        for column, cell in enumerate(line):
            space = " " * (widths[column] - width(cell))
            cells.append(space + cell if column in numbers else cell + space)
        click.echo("  ".join(cells).rstrip())
        if place == 0:
            click.echo("  ".join("─" * size for size in widths))
