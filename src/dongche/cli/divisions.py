"""dongche divisions: bring the list of divisions into the tree, a province at a time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from dongche.cli import instance
from dongche.cli.language import gettext
from dongche.cli.reading import terminal
from dongche.cli.showing import as_json, table
from dongche.kit.messages import N_

if TYPE_CHECKING:
    from dongche.org.divisions import Division


@click.group(
    "divisions", help=N_("Provinces, cities, districts, sub-districts and communities of the country.")
)
def divisions_command() -> None:
    pass


@divisions_command.command(
    "load", help=N_("Add divisions from the list and take over its names; what is in service stays as it is.")
)
@click.option("--province", "codes", multiple=True, help=N_("Code of a province, 2 digits; may be repeated."))
@click.option("--all", "everything", is_flag=True, help=N_("Every province of the list."))
@click.option("--json", "wants_json", is_flag=True, help=N_("JSON for programs."))
def load(codes: tuple[str, ...], everything: bool, wants_json: bool) -> None:
    if bool(codes) == everything:
        raise click.UsageError(gettext("Give --province CODE, or --all."))
    instance.open_instance()
    instance.require_migrated()
    from dongche.kit import clock
    from dongche.org import actions, divisions

    wanted, by = divisions.provinces(codes), terminal()
    answers: list[dict[str, Any]] = []
    # One transaction a province: nobody else waits long.
    with click.progressbar(wanted, label=gettext("Divisions"), item_show_func=_shown, file=sys.stderr) as bar:
        for one in bar:
            loaded = actions.load_divisions(province=one, from_on=clock.today(), by=by, at=clock.now())
            answers.append({"province": one.code, "name": one.name, **loaded._asdict()})
    total = {key: sum(int(answer[key]) for answer in answers) for key in ("added", "renamed", "unchanged")}
    if wants_json:
        as_json({"provinces": answers, **total})
        return
    headings = [gettext("Province"), gettext("Added"), gettext("Renamed"), gettext("Unchanged")]
    rows = [[str(answer[key]) for key in ("name", "added", "renamed", "unchanged")] for answer in answers]
    table(headings, [*rows, [gettext("Total"), *map(str, total.values())]], numbers=(1, 2, 3))


def _shown(one: Division | None) -> str | None:
    return one and one.name
