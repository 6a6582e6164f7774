"""dongche sponsor: which leader sponsors which community, and ending it."""

from __future__ import annotations

from datetime import date

import click

from dongche.cli import instance, showing
from dongche.cli.language import gettext
from dongche.cli.reading import REASON, terminal, unit_called
from dongche.kit.errors import Problem
from dongche.kit.messages import N_


class NoSponsor(Problem):
    code = "cli.no_sponsor"
    status = 404
    message = "Nobody sponsors %(unit)s on the day before %(until_on)s; there is nothing to end."


@click.group("sponsor", help=N_("Which leader sponsors which community, and ending it."))
def sponsor_command() -> None:
    pass


@sponsor_command.command("list", help=N_("The sponsorships in force on a day."))
@click.option("--on", type=showing.DAY, help=N_("Day; without it, today."))
@click.option("--json", "wants_json", is_flag=True, help=N_("JSON for programs."))
def list_sponsors(on: date | None, wants_json: bool) -> None:
    instance.open_instance()
    from dongche.kit import clock
    from dongche.org.queries import Sponsorships

    held = (
        Sponsorships.unscoped(reason=REASON)
        .in_force(on or clock.today())
        .select_related("leader", "community")
    )
    rows = [
        {
            "community": row.community.code,
            "community_name": row.community.name,
            "leader": row.leader.username,
            "name": row.leader.name,
        }
        for row in held.order_by("community__code")
    ]
    if wants_json:
        showing.as_json(rows)
        return
    headings = [gettext("Unit code"), gettext("Community"), gettext("User name"), gettext("Sponsor leader")]
    showing.table(headings, [list(row.values()) for row in rows])


@sponsor_command.command(
    "end", help=N_("End the sponsorship of a community: from the day --until on, it has no sponsor.")
)
@click.argument("community_code")
@click.option("--until", "until_on", type=showing.DAY, required=True, help=N_("First day without it."))
@click.option("--reason", default="", help=N_("Why; kept in the audit log."))
def end_sponsor(community_code: str, until_on: date, reason: str) -> None:
    instance.open_instance()
    from datetime import timedelta

    from dongche.kit import clock
    from dongche.org import actions
    from dongche.org.queries import Sponsorships

    last = until_on - timedelta(days=1)
    unit = unit_called(community_code, last)
    held = (
        Sponsorships.unscoped(reason=REASON)
        .in_force(last)
        .filter(community=unit)
        .select_related("leader")
        .first()
    )
    if held is None:
        raise NoSponsor(unit=unit.name, until_on=until_on)
    actions.end_sponsorship(sponsorship=held, until_on=until_on, by=terminal(), at=clock.now(), reason=reason)
    text = gettext("%(officer)s no longer sponsors %(unit)s from %(until_on)s on.")
    click.echo(text % {"officer": held.leader.username, "unit": unit.name, "until_on": until_on})
