"""dongche facts: the facts behind the figures, for those who compute elsewhere."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from dongche.cli import instance
from dongche.cli.language import gettext
from dongche.cli.writing import OutputUnwritable, reason
from dongche.kit.messages import N_


@click.group("facts", help=N_("The facts behind the figures, as Parquet files with their contract."))
def facts_command() -> None:
    pass


@facts_command.command(
    "export", help=N_("Write places, exclusions, line rules, reports and electricity to a folder.")
)
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def export(folder: Path) -> None:
    instance.open_instance()
    from dongche.analytics import facts
    from dongche.kit import clock
    from dongche.org import facts as org_facts
    from dongche.registry import facts as registry_facts
    from dongche.reporting import facts as reporting_facts
    from dongche.web import campaign

    first = campaign.current().campaign.from_on
    days = [first + timedelta(days=number) for number in range((clock.today() - first).days + 1)]
    world = facts.Facts(
        entities=registry_facts.entities(),
        exclusions=registry_facts.exclusions(),
        line_rules=org_facts.line_rules(),
        reports=reporting_facts.reports(days),
        electricity=registry_facts.electricity(days),
        baselines=registry_facts.baselines(days),
    )
    try:
        facts.write(world, folder)
    except OSError as error:
        raise OutputUnwritable(file=folder, given=reason(error)) from None
    text = gettext(
        "Written to %(folder)s: %(places)s versions of places and %(reports)s reports of %(days)s days."
    )
    click.echo(
        text
        % {
            "folder": folder,
            "places": world.entities.num_rows,
            "reports": world.reports.num_rows,
            "days": len(days),
        }
    )
