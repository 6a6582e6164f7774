"""dongche import: bring in a spreadsheet, keep the good rows, hand back the others with a reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from dongche.cli import files, instance, showing
from dongche.cli.language import gettext
from dongche.cli.reading import REASON, terminal
from dongche.cli.who import find_place
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


class NoSuchImport(Problem):
    code = "cli.no_such_import"
    status = 404
    message = "There is no import %(given)s. Its number stands on the page of the imports."


class NoSuchReporter(Problem):
    code = "cli.no_such_reporter"
    status = 404
    message = (
        "No officer with the user name %(given)s may report on behalf of places. Give --by the user name of whoever "
        "answers for them; “dongche officer list” shows them."
    )


class WhichSubdistrict(Problem):
    code = "cli.which_subdistrict"
    message = "Say with --subdistrict for which sub-district the file is. There are: %(expected)s."


@click.group("import", help=N_("Bring in a spreadsheet."))
def import_command() -> None:
    pass


@import_command.command(
    "registry",
    help=N_(
        "Bring in places from FILE (.xlsx, .xls, .csv): new and changed rows are written, refused ones handed back."
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--map",
    "map_file",
    metavar="MAP.yaml",
    type=click.Path(path_type=Path),
    help=N_(
        "Says which column holds what, where headings are not understood: a YAML file with lines such as "
        "“name: 单位全称” (the heading), “category: =street_shop” (the same for every row) or “opened_on:” (no column)."
    ),
)
@click.option(
    "--sheet",
    default="",
    metavar="NAME",
    help=N_("Name of the sheet; without it, the one that looks like a register."),
)
@click.option("--subdistrict", "code", help=N_("Code of the sub-district, where there are several."))
@click.option("--dry-run", is_flag=True, help=N_("Only say what would be; nothing is written."))
@click.option(
    "--errors",
    metavar="OUT.xlsx",
    type=click.Path(path_type=Path),
    help=N_("Write the refused rows with their reasons to this file, to be corrected and imported again."),
)
@click.option(
    "--json",
    "wants_json",
    is_flag=True,
    help=N_("JSON for programs: the five counts, and under “errors” the file of refused rows or null."),
)
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

    files.check_readable(file)
    if map_file is not None:
        files.check_readable(map_file)
    if errors is not None:
        files.check_writable(errors, file)
    outcome = importing.import_file(
        file,
        subdistrict=_subdistrict(code),
        by=terminal(),
        at=clock.now(),
        mapping=read_map(files.text_of(map_file)) if map_file else None,
        sheet=sheet,
        dry_run=dry_run,
        errors=errors,
    )
    _tell(outcome, dry_run=dry_run, wants_json=wants_json)


def _tell(outcome: Any, *, dry_run: bool, wants_json: bool) -> None:
    """Print what became of a file."""
    counts = {kind: outcome.counts.get(kind, 0) for kind in KINDS}
    if wants_json:
        written = str(outcome.errors) if outcome.errors else None
        showing.as_json(counts | {"errors": written})
        return
    if outcome.already:
        click.echo(gettext("This very file was imported before; nothing was changed."))
    elif dry_run:
        click.echo(gettext("Nothing was written; this is what the import would do."))
    rows = [(gettext(KINDS[kind]), str(count)) for kind, count in counts.items()]
    showing.table([gettext("Rows"), gettext("Count")], rows, numbers=(1,))
    unused = [header for header in outcome.batch.mapping.get("unused", []) if header]
    if unused:
        click.echo(gettext("Columns that mean nothing here:") + " " + "、".join(unused))
    if outcome.errors:
        click.echo(gettext("The refused rows and why: %(file)s") % {"file": outcome.errors})
    elif counts["refused"]:
        click.echo(gettext("To get the refused rows with their reasons, add --errors OUT.xlsx."))


def _others(command: Any) -> Any:
    """What the commands of the other kinds of files take."""
    for option in (
        click.option(
            "--json",
            "wants_json",
            is_flag=True,
            help=N_(
                "JSON for programs: the five counts, and under “errors” the file of refused rows or null."
            ),
        ),
        click.option(
            "--errors",
            metavar="OUT.xlsx",
            type=click.Path(path_type=Path),
            help=N_(
                "Write the refused rows with their reasons to this file, to be corrected and imported again."
            ),
        ),
        click.option("--dry-run", is_flag=True, help=N_("Only say what would be; nothing is written.")),
        click.option("--subdistrict", "code", help=N_("Code of the sub-district, where there are several.")),
        click.option(
            "--sheet",
            default="",
            metavar="NAME",
            help=N_("Name of the sheet; without it, the one that fits best."),
        ),
        click.argument("file", type=click.Path(path_type=Path)),
    ):
        command = option(command)
    return command


@import_command.command(
    "electricity",
    help=N_(
        "Bring in readings from FILE: household number, credit code or name, day and kilowatt hours of each."
    ),
)
@_others
def electricity(**given: Any) -> None:
    _bring("electricity", **given)


@import_command.command(
    "tenants",
    help=N_("Bring in the firms of office buildings and markets from FILE: each with its building and room."),
)
@_others
def tenants(**given: Any) -> None:
    _bring("tenants", **given)


@import_command.command(
    "reports",
    help=N_(
        "Bring in daily reports of many places from FILE: number, name or credit code of each, whether it is open, and "
        "what else the daily report asks."
    ),
)
@_others
@click.option(
    "--on",
    "day",
    type=showing.DAY,
    help=N_("The day of every row, such as 2020-03-20; without it, what the column says, or today."),
)
@click.option(
    "--by",
    "username",
    metavar="USER",
    help=N_("User name of the officer who reports: only their places are taken. Without it, every place."),
)
def reports(day: date | None, username: str | None, **given: Any) -> None:
    instance.open_instance()
    by = _reporter(username) if username else None
    _bring("reports", by=by, mapping={"on": f"={day}"} if day else None, **given)


@import_command.command(
    "outcomes",
    help=N_(
        "Bring in outcomes of calls and checks from FILE, the sheet that was given out: call number and outcome of "
        "each, and who asked and when."
    ),
)
@_others
@click.option(
    "--by",
    "username",
    metavar="USER",
    help=N_("User name of the officer who sends it: only their calls are taken. Without it, every call."),
)
def outcomes(username: str | None, **given: Any) -> None:
    instance.open_instance()
    _bring("outcomes", by=_reporter(username) if username else None, **given)


def _reporter(username: str) -> Any:
    """Raises: NoSuchReporter"""
    from dongche.org.queries import Officers

    officer = Officers.unscoped(reason=REASON).filter(username=username, is_active=True).first()
    if officer is None or not officer.has_duty("reporting.record"):
        raise NoSuchReporter(given=username)
    return officer


def _bring(
    kind: str,
    *,
    by: Any = None,
    mapping: dict[str, str | None] | None = None,
    file: Path,
    sheet: str,
    code: str | None,
    dry_run: bool,
    errors: Path | None,
    wants_json: bool,
) -> None:
    instance.open_instance()
    from dongche.kit import clock
    from dongche.registry import importing

    files.check_readable(file)
    if errors is not None:
        files.check_writable(errors, file)
    outcome = importing.import_file(
        file,
        subdistrict=_subdistrict(code),
        kind=kind,
        by=by or terminal(),
        at=clock.now(),
        mapping=mapping,
        sheet=sheet,
        dry_run=dry_run,
        errors=errors,
    )
    _tell(outcome, dry_run=dry_run, wants_json=wants_json)


@import_command.command(
    "undo", help=N_("Take back the whole import NUMBER: its places go, what it changed is as before.")
)
@click.argument("number", type=int)
@click.option(
    "--reason", default="", help=N_("Why; it stands in the audit log. Without it, only show what would be.")
)
@click.option("--json", "wants_json", is_flag=True, help=N_("JSON for programs."))
def undo(number: int, reason: str, wants_json: bool) -> None:
    instance.open_instance()
    from dongche.kit import clock
    from dongche.registry import actions, importing, undo_preview
    from dongche.registry.imports.kinds import kind_of
    from dongche.registry.imports.store import Folder, left_entry
    from dongche.registry.imports.verdicts import totals
    from dongche.registry.queries import Imports

    batch = Imports.unscoped(reason=REASON).filter(pk=number).first()
    if batch is None:
        raise NoSuchImport(given=number)
    if reason.strip():
        batch = actions.begin_undo(batch=batch, reason=reason, by=terminal(), at=clock.now())
        batch = importing.take_back(batch, by=terminal(), at=clock.now())
        counts = {name: batch.undo[name] for name in undo_preview.COUNTED}
        left = Folder.of(batch.file_path).left()
    else:
        if batch.state != batch.State.APPLIED:
            raise actions.WrongState(file=batch.file_name, state=batch.get_state_display())
        verdicts = list(kind_of(batch, clock.today()).undoing().survey())
        counts = totals(verdicts)
        left = [left_entry(one) for one in verdicts if one.left]
    told = [
        [place, name, " ".join(undo_preview.left_reasons(kept, batch.kind))] for place, name, kept in left
    ]
    if wants_json:
        showing.as_json(counts | {"state": batch.state, "why_left": told})
        return
    if not reason.strip():
        click.echo(gettext("Nothing was done; this is what undoing would do. To do it, add --reason."))
    words = undo_preview.WORDS[batch.kind]
    rows = [(gettext(words[name]), str(count)) for name, count in counts.items()]
    showing.table([gettext("Rows"), gettext("Count")], rows, numbers=(1,))
    for place, name, why in told:
        click.echo(f"{place} {name}: {why}".strip())


def _subdistrict(code: str | None) -> Any:
    """The sub-district that is meant, or the only one there is.

    Raises: WhichSubdistrict
    """
    from dongche.org.queries import Units

    every = list(Units.unscoped(reason=REASON).in_service().order_by("code"))
    wanted = [unit for unit in every if code is None or unit.code == full_place(code)]
    if len(wanted) != 1:
        raise WhichSubdistrict(expected=", ".join(f"{unit.code} {unit.name}" for unit in every))
    return wanted[0]


@import_command.command(
    "roster",
    help=N_(
        "Bring in the people of a place from FILE (.xlsx, .xls, .csv): good rows are written, refused ones handed back."
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--place",
    required=True,
    metavar="CODE_OR_NAME",
    help=N_("The place whose roster it is: its number, name, credit code or the code behind its QR."),
)
@click.option(
    "--sheet",
    default="",
    metavar="NAME",
    help=N_("Name of the sheet; without it, the one that looks like a roster."),
)
@click.option("--dry-run", is_flag=True, help=N_("Only say what would be; nothing is written."))
@click.option(
    "--errors",
    metavar="OUT.xlsx",
    type=click.Path(path_type=Path),
    help=N_("Write the refused rows with their reasons to this file, to be corrected and imported again."),
)
@click.option(
    "--json",
    "wants_json",
    is_flag=True,
    help=N_("JSON for programs: the five counts, and under “errors” the file of refused rows or null."),
)
def roster(file: Path, place: str, sheet: str, dry_run: bool, errors: Path | None, wants_json: bool) -> None:
    instance.open_instance()

    from dongche.kit import clock
    from dongche.registry import importing
    from dongche.registry.models import ImportBatch

    files.check_readable(file)
    if errors is not None:
        files.check_writable(errors, file)
    found, _withdrawn_at = find_place(place, wants_json)
    outcome = importing.import_file(
        file,
        subdistrict=found.subdistrict,
        kind=ImportBatch.Kind.ROSTER,
        entity=found,
        by=terminal(),
        at=clock.now(),
        sheet=sheet,
        dry_run=dry_run,
        errors=errors,
    )
    _tell(outcome, dry_run=dry_run, wants_json=wants_json)
