"""dongche init and dongche migrate: begin an instance, and bring an older one up to this version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dongche.cli import instance
from dongche.cli.language import gettext
from dongche.cli.officers import new_password
from dongche.cli.reading import terminal
from dongche.kit.errors import Problem
from dongche.kit.identifiers import full_place, place_level
from dongche.kit.messages import N_

if TYPE_CHECKING:
    from dongche.org.structure import Structure


class AlreadyInstance(Problem):
    code = "cli.already_instance"
    status = 409
    message = (
        "In %(folder)s there is an instance already; nothing was changed. To add units use “dongche structure load”, "
        "for a second instance set DONGCHE_DATA to another folder."
    )


class DatabaseInUse(Problem):
    code = "cli.database_in_use"
    status = 409
    message = (
        "The database that DATABASE_URL names already holds tables (%(given)s, for example); nothing was changed. "
        "Create an empty database and name that."
    )


class NotASubdistrict(Problem):
    code = "cli.not_a_subdistrict"
    message = (
        "“%(given)s” is no code of a sub-district. Expected are 9 digits, or 12 that end in 000, "
        "such as 370203026."
    )


@click.command(
    "init", help=N_("Begin an instance in the data folder: database, first units, first super-user.")
)
@click.option(
    "--pack", default="epidemic-2020", show_default=True, help=N_("Campaign pack: its name, or its folder.")
)
@click.option("--subdistrict", "code", help=N_("Statistical code of the sub-district, 9 or 12 digits."))
@click.option("--name", help=N_("Name of the sub-district, where it is not that of the list."))
@click.option(
    "--structure",
    "structure_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=N_(
        "YAML file with departments, communities, grids and officers; see structure.sample.yaml in the pack."
    ),
)
@click.option(
    "--user", "username", default="admin", show_default=True, help=N_("User name of the super-user.")
)
def init_command(
    pack: str, code: str | None, name: str | None, structure_file: Path | None, username: str
) -> None:
    if not structure_file and not code:
        raise click.UsageError(gettext("Give --structure FILE, or --subdistrict CODE."))
    if structure_file and (code or name):
        raise click.UsageError(
            gettext("The structure file names the sub-district; leave out --subdistrict and --name.")
        )
    if code and place_level(code) != "town":
        raise NotASubdistrict(given=code)
    instance.pack_folder(pack)
    folder = instance.folder()
    if instance.note() or (folder / instance.DATABASE).exists():
        raise AlreadyInstance(folder=folder)
    instance.start(pack)
    from dongche.kit import clock
    from dongche.org import actions, structure
    from dongche.org.access import actions as access
    from dongche.registry.models import Category

    # The file is read before the first table is made, so that a mistake in it leaves nothing behind.
    wanted = (
        structure.read(structure_file, categories=Category.values)
        if structure_file
        else _from_list(code or "", name or "")
    )
    refuse_database_in_use()
    instance.migrate()
    by, at, password = terminal(), clock.now(), new_password()
    try:
        subdistrict = structure.load(wanted, by=by, at=at)
        admin = actions.create_officer(
            username=username, name=username, password=password, is_superuser=True, by=by, at=at
        )
        access.require_new_password(officer=admin, set_at=clock.real(), by=by, at=at)
    except Problem:
        _remove_database()
        raise
    instance.write_note(
        {
            "demonstration": False,
            "subdistrict": subdistrict.code,
            "pack": pack,
            "state": instance.READY,
        }
    )
    text = gettext("%(name)s (%(code)s) is ready in %(folder)s.")
    click.echo(text % {"name": subdistrict.name, "code": subdistrict.code, "folder": folder})
    text = gettext(
        "Sign in as %(user)s with the password %(password)s. It is shown this once, and you choose your own then."
    )
    click.echo(text % {"user": username, "password": password})
    click.echo(gettext("Next: “dongche import registry FILE.xlsx”, then “dongche serve”."))


@click.command("migrate", help=N_("Bring the database of an instance up to this version of the program."))
def migrate_command() -> None:
    instance.open_instance()
    missing = instance.missing_migrations()
    instance.migrate()
    click.echo(
        gettext("%(count)s changes were made to the tables.") % {"count": len(missing)}
        if missing
        else gettext("The database is up to date.")
    )


def _from_list(code: str, name: str) -> Structure:
    """The sub-district as the list of divisions has it; by its name alone where the list does not know it.

    Raises: ListMissing, NoSuchDivision – and no name was given
    """
    from dongche.kit import clock
    from dongche.org import divisions, founding, structure

    try:
        return founding.structure_of(code, clock.today(), name)
    except (divisions.ListMissing, divisions.NoSuchDivision):
        if not name:
            raise
        return structure.of_subdistrict(full_place(code), name, clock.today())


def refuse_database_in_use() -> None:
    """Raises: DatabaseInUse – what DATABASE_URL names is not empty"""
    from django.db import connection

    tables = connection.introspection.table_names()
    if tables:
        raise DatabaseInUse(given=", ".join(sorted(tables)[:2]))


def _remove_database() -> None:
    """Take back the tables that a refused start has just made; there was nothing before."""
    from django.db import connection

    if connection.vendor == "sqlite":
        connection.close()
        for ending in ("", "-wal", "-shm"):
            (instance.folder() / f"{instance.DATABASE}{ending}").unlink(missing_ok=True)
