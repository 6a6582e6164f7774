"""dongche backup and dongche restore."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dongche.cli import instance, showing
from dongche.cli.language import gettext
from dongche.cli.reading import terminal
from dongche.kit.messages import N_

if TYPE_CHECKING:
    from dongche.operations.backup.restore import Restored

HOLDS, BROKEN = "holds", "broken"


@click.command(
    "backup",
    help=N_("Copy everything into one file, while everybody goes on working. FILE may be a folder."),
)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--with-keys",
    is_flag=True,
    help=N_("Put the keys in too: whoever holds the file can then read names and phones."),
)
@click.option(
    "--keep", type=click.IntRange(1), help=N_("In a folder: keep only so many of the newest backups.")
)
@click.option("--json", "wants_json", is_flag=True, help=N_("JSON for programs."))
def backup_command(file: Path, with_keys: bool, keep: int | None, wants_json: bool) -> None:
    if keep and not file.is_dir():
        raise click.UsageError(gettext("--keep needs a folder as FILE."))
    instance.open_instance()
    from dongche.kit import clock
    from dongche.operations import actions
    from dongche.operations.backup import take

    with _bar(take.size(), gettext("Copying")) as bar:
        taken = take.take(file, with_keys=with_keys, say=bar.update)
    actions.back_up(taken=taken, by=terminal(), at=clock.now())
    if keep:
        take.drop_old(file, keep)
    if wants_json:
        showing.as_json(taken.as_json())
        return
    text = gettext("%(file)s: %(rows)s rows of %(tables)s tables and %(files)s files, %(megabytes)s MB.")
    click.echo(text % {**vars(taken), "megabytes": f"{taken.bytes / 1e6:.1f}"})
    if not with_keys:
        click.echo(
            gettext("The key of the personal data is not in it. Keep a copy of %(file)s somewhere else.")
            % {"file": instance.folder() / "field.key"},
            err=True,
        )


@click.command("restore", help=N_("Bring a backup back into an empty instance, and check all of it."))
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--json", "wants_json", is_flag=True, help=N_("JSON for programs."))
def restore_command(file: Path, wants_json: bool) -> None:
    from dongche.operations.backup import archive, restore

    with archive.reading(file) as reader:
        size = sum(member["size"] for member in reader.manifest.members.values())
    with _bar(size, gettext("Checking")) as bar:
        restored = restore.restore(file, instance.folder(), start=instance.start, say=bar.update)
    chain = "" if restored.behind else _note(restored)
    if wants_json:
        showing.as_json(restored.as_json() | {"audit": chain})
        return
    text = gettext(
        "Restored to %(folder)s: %(rows)s rows of %(tables)s tables and %(files)s files, as of %(at)s."
    )
    click.echo(text % {**vars(restored), "folder": instance.folder(), "at": restored.taken_at})
    if restored.behind:
        click.echo(gettext("The backup is of an older version: run “dongche migrate” next."))
    if chain == BROKEN:
        click.echo(
            gettext("The audit log in this backup does not hold: run “dongche audit verify” to see where."),
            err=True,
        )


def _note(restored: Restored) -> str:
    """Whether the audit log that was brought back holds; then the first entry after it."""
    from dongche.kit import clock
    from dongche.operations import actions
    from dongche.org.audit import checking

    found = HOLDS if checking.check().broken is None else BROKEN
    actions.restore(restored=restored, by=terminal(), at=clock.now())
    return found


def _bar(length: int, label: str):  # type: ignore[no-untyped-def]  # click's own type is not public
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty())
