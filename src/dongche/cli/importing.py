"""dongche import: bring in a spreadsheet, keep the good rows, hand back the others with a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dongche.cli import instance, showing
from dongche.cli.language import gettext
from dongche.cli.reading import REASON, terminal
from dongche.cli.writing import OutputUnwritable
from dongche.kit.errors import Problem
from dongche.kit.identifiers import full_place
from dongche.kit.messages import N_

KINDS = {
    "new": N_("New"),
    "changed": N_("Changed"),
    "unchanged": N_("Unchanged"),
    "duplicate": N_("Duplicate"),
    "refused": N_("Refused"),
}


class WhichSubdistrict(Problem):
    code = "cli.which_subdistrict"
    message = "Say with --subdistrict for which sub-district the file is. There are: %(expected)s."


class MapUnusable(Problem):
    code = "cli.map_unreadable"
    message = "The map %(file)s cannot be read: %(given)s. It must be a text file in UTF-8."


@click.group("import", help=N_("Bring in a spreadsheet."))
def import_command() -> None:
    pass


@import_command.command(
    "registry", help=N_("Bring in places: what is new or changed is written, refused rows are handed back.")
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map",
    "map_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=N_("YAML file that says which column holds what, where the headings are not understood."),
)
@click.option(
    "--sheet", default="", help=N_("Name of the sheet; without it, the one that looks like a register.")
)
@click.option("--subdistrict", "code", help=N_("Code of the sub-district, where there are several."))
@click.option("--dry-run", is_flag=True, help=N_("Only say what would be; nothing is written."))
@click.option(
    "--errors",
    type=click.Path(dir_okay=False, path_type=Path),
    help=N_("Write the refused rows with their reasons to this .xlsx file."),
)
@click.option("--json", "wants_json", is_flag=True, help=N_("JSON for programs."))
def registry(
    file: Path,
    map_file: Path | None,
    sheet: str,
    code: str | None,
    dry_run: bool,
    errors: Path | None,
    wants_json: bool,
) -> None:
    instance.open_instance()
    from dongche.kit import clock
    from dongche.registry import importing
    from dongche.registry.sheets import read_map

    if errors is not None and not errors.resolve().parent.is_dir():
        raise OutputUnwritable(file=errors, given=gettext("the folder does not exist"))
    outcome = importing.import_file(
        file,
        subdistrict=_subdistrict(code),
        by=terminal(),
        at=clock.now(),
        mapping=read_map(_text(map_file)) if map_file else None,
        sheet=sheet,
        dry_run=dry_run,
        errors=errors,
    )
    counts = {kind: outcome.counts.get(kind, 0) for kind in KINDS}
    if wants_json:
        written = str(outcome.errors) if outcome.errors else None
        showing.as_json(counts | {"errors": written, "already": outcome.already, "dry_run": dry_run})
        return
    if outcome.already:
        click.echo(gettext("This very file was imported before; nothing was changed."))
    elif dry_run:
        click.echo(gettext("Nothing was written; this is what the import would do."))
    rows = [(gettext(KINDS[kind]), str(count)) for kind, count in counts.items()]
    showing.table([gettext("Rows"), gettext("Count")], rows, numbers=(1,))
    if outcome.errors:
        click.echo(gettext("The refused rows and why: %(file)s") % {"file": outcome.errors})
    elif counts["refused"]:
        click.echo(gettext("To get the refused rows with their reasons, add --errors OUT.xlsx."))


def _text(file: Path) -> str:
    """Raises: MapUnusable"""
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MapUnusable(file=file.name, given=error) from None


def _subdistrict(code: str | None) -> Any:
    """The sub-district that is meant, or the only one there is.

    Raises: WhichSubdistrict
    """
    from dongche.org.queries import Units

    every = list(Units.unscoped(reason=REASON).filter(kind="subdistrict").order_by("code"))
    wanted = [unit for unit in every if code is None or unit.code == full_place(code)]
    if len(wanted) != 1:
        raise WhichSubdistrict(expected=", ".join(f"{unit.code} {unit.name}" for unit in every))
    return wanted[0]
