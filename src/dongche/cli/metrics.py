"""dongche metrics: the figures of a day, each with its parts, as a table, JSON or CSV."""

from __future__ import annotations

import csv
import sys
from datetime import date, datetime
from typing import Any

import click

from dongche.analytics.questions import groupings
from dongche.cli import instance, language, showing
from dongche.cli.language import gettext
from dongche.cli.reading import terminal, told_day
from dongche.kit.messages import N_

REASONS = {
    "no_reports": N_("no reports"),
    "no_entities": N_("no places"),
    "zero_denominator": N_("nothing to divide by"),
    "suppressed": N_("too few to be shown"),
}


@click.command("metrics", help=N_("The figures of a day with numerator, denominator and definition."))
@click.option("--on", type=showing.DAY, help=N_("Day; without it, today."))
@click.option(
    "--as-known", type=showing.INSTANT, help=N_("As they were known at this time; without it, now.")
)
@click.option(
    "--by",
    default="",
    metavar="DIMENSIONS",
    help=N_(
        "Also by subdistrict, line, community, grid, category, industry, size, focus; line*community crosses two."
    ),
)
@click.option("--metric", "metrics", multiple=True, help=N_("Only this metric; may be given more than once."))
@click.option("--json", "wants_json", is_flag=True, help=N_("JSON for programs."))
@click.option("--csv", "wants_csv", is_flag=True, help=N_("CSV for spreadsheets."))
def metrics_command(
    on: date | None,
    as_known: datetime | None,
    by: str,
    metrics: tuple[str, ...],
    wants_json: bool,
    wants_csv: bool,
) -> None:
    if wants_json and wants_csv:
        raise click.UsageError(gettext("Choose one of --json and --csv."))
    groups = groupings(by)
    instance.open_instance()
    from dongche.reporting import figures

    found = figures.measure(
        terminal(), days=[told_day(on)], as_known=as_known, by=groups, metrics=metrics or None
    )
    if wants_json:
        showing.as_json([figure.as_json() for figure in found])
    elif wants_csv:
        _as_csv(found, groups)
    else:
        _as_table(found)


def _as_csv(found: list[Any], groups: tuple[tuple[str, ...], ...]) -> None:
    dimensions = list(dict.fromkeys(dimension for group in groups for dimension in group))
    columns = [
        "on",
        "as_known",
        "metric",
        "definition",
        "value",
        "numerator",
        "denominator",
        "coverage",
        "reason",
    ]
    from dongche.reporting import figures
    from dongche.web import spreadsheets

    words = {dimension: figures.labels(dimension) for dimension in dimensions}
    sys.stdout.write("\ufeff")  # without it, Excel reads Chinese as something else
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([*columns, *dimensions, *(f"{name}_name" for name in dimensions)])
    for figure in found:
        row = figure.as_json()
        scope = row["scope"]
        codes = [scope.get(name, "") for name in dimensions]
        names = [words[name].get(code, code) for name, code in zip(dimensions, codes, strict=True)]
        # What somebody named a unit must not become a formula where the file is opened.
        writer.writerow([*(row.get(name) for name in columns), *codes, *map(spreadsheets.unformulaic, names)])


def _as_table(found: list[Any]) -> None:
    from dongche.reporting import figures

    words = {
        dimension: figures.labels(dimension)
        for dimension in {dimension for figure in found for dimension in figure.scope}
    }
    names = {
        one.metric: one.name(language.code())
        for day in {figure.on for figure in found}
        for one in figures.definitions().on(day)
    }
    rows = []
    for figure in found:
        where = " · ".join(words[dimension].get(key, key) for dimension, key in figure.scope.items())
        value = f"{figure.value:f}" if figure.value is not None else "—"
        reason = gettext(REASONS.get(figure.reason, figure.reason)) if figure.reason else ""
        rows.append(
            (
                names.get(figure.metric, figure.metric),
                where or gettext("All"),
                value,
                "" if figure.numerator is None else str(figure.numerator),
                "" if figure.denominator is None else str(figure.denominator),
                "" if figure.coverage is None else f"{figure.coverage:f}",
                reason or figure.definition,
            )
        )
    if found:
        asof = found[0].as_known.astimezone(showing.BEIJING)
        text = gettext("Figures of %(on)s, in per cent, as known on %(known)s")
        click.echo(text % {"on": found[0].on, "known": f"{asof:%Y-%m-%d %H:%M}"})
    headings = [
        gettext("Figure"), gettext("Scope"), gettext("Value"), gettext("Numerator"), gettext("Denominator"),
        gettext("Coverage ratio"), gettext("Definition"),
    ]  # fmt: skip
    showing.table(headings, rows, numbers=(2, 3, 4, 5))
