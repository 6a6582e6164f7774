"""dongche structure: add what a structure file names to an instance that is there."""

from __future__ import annotations

from pathlib import Path

import click

from dongche.cli import instance
from dongche.cli.language import gettext
from dongche.cli.reading import REASON, terminal
from dongche.kit.messages import N_


@click.group("structure", help=N_("Units, officers, posts and lines from a YAML file."))
def structure_command() -> None:
    pass


@structure_command.command("load", help=N_("Add what is not there yet; what is there stays as it is."))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load(file: Path) -> None:
    instance.open_instance()
    from dongche.kit import clock
    from dongche.org import structure
    from dongche.org.queries import Officers, Units
    from dongche.registry.models import Category

    wanted = structure.read(file, categories=Category.values)
    units, officers = Units.unscoped(reason=REASON), Officers.unscoped(reason=REASON)
    before = units.count(), officers.count()
    structure.load(wanted, by=terminal(), at=clock.now())
    text = gettext("Added: %(units)s units and %(officers)s officers.")
    click.echo(text % {"units": units.count() - before[0], "officers": officers.count() - before[1]})
