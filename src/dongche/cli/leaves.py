"""dongche leave: who is away, and who acts for them."""

from __future__ import annotations

from datetime import date

import click

from dongche.cli import instance, showing
from dongche.cli.language import gettext
from dongche.cli.reading import REASON, officer_called, terminal
from dongche.kit.errors import Problem
from dongche.kit.messages import N_

KINDS = ("annual", "sick", "isolation", "seconded", "other")


class NotAway(Problem):
    code = "cli.not_away"
    status = 404
    message = "%(officer)s is not away on %(on)s and later. “dongche leave list” shows who is."


@click.group("leave", help=N_("Who is away, and who acts for them."))
def leave_command() -> None:
    pass


@leave_command.command("list", help=N_("Who is away on a day, and who acts."))
@click.option("--on", type=showing.DAY, help=N_("Day; without it, today."))
@click.option("--json", "wants_json", is_flag=True, help=N_("JSON for programs."))
def list_leaves(on: date | None, wants_json: bool) -> None:
    instance.open_instance()
    from dongche.kit import clock
    from dongche.org.queries import Leaves, duties_on

    day = on or clock.today()
    duties = duties_on(day)
    found = Leaves.unscoped(reason=REASON).in_force(day).select_related("officer", "substitute")
    rows = []
    for leave in found.order_by("officer__username"):
        acting = duties.present(leave.officer)[0]
        rows.append(
            {
                "officer": leave.officer.username,
                "name": leave.officer.name,
                "from_on": leave.from_on.isoformat(),
                "until_on": leave.until_on and leave.until_on.isoformat(),
                "substitute": leave.substitute.username if leave.substitute else None,
                "acting": acting.username if acting else None,
            }
        )
    if wants_json:
        showing.as_json(rows)
        return
    headings = [
        gettext("User name"), gettext("Name"), gettext("Away from"), gettext("Back on"), gettext("Who acts")
    ]  # fmt: skip
    keys = ("officer", "name", "from_on", "until_on", "acting")
    showing.table(headings, [[str(row[key] or "—") for key in keys] for row in rows])


@leave_command.command(
    "take", help=N_("Note that an officer is away, and who acts in all their posts meanwhile.")
)
@click.argument("username")
@click.option("--from", "from_on", type=showing.DAY, help=N_("First day; without it, today."))
@click.option("--until", "until_on", type=showing.DAY, help=N_("First day at work again, where it is known."))
@click.option("--substitute", help=N_("User name of whoever acts meanwhile."))
@click.option("--kind", type=click.Choice(KINDS), default="other", help=N_("What kind of absence."))
@click.option("--reason", default="", help=N_("Why; kept in the audit log."))
def take_leave(
    username: str, from_on: date | None, until_on: date | None, substitute: str | None, kind: str, reason: str
) -> None:
    instance.open_instance()
    from dongche.kit import clock
    from dongche.org import actions

    leave = actions.take_leave(
        officer=officer_called(username),
        substitute=officer_called(substitute) if substitute else None,
        from_on=from_on or clock.today(),
        until_on=until_on,
        kind=kind,
        reason=reason,
        by=terminal(),
        at=clock.now(),
    )
    text = gettext("%(officer)s is away from %(from_on)s on; %(acting)s acts.")
    acting = substitute or gettext("nobody")
    click.echo(text % {"officer": username, "from_on": leave.from_on, "acting": acting})


@leave_command.command(
    "end", help=N_("Note that an officer is back; on the first day of the absence, that cancels it.")
)
@click.argument("username")
@click.option("--on", type=showing.DAY, help=N_("First day at work again; without it, today."))
@click.option("--reason", default="", help=N_("Why; kept in the audit log."))
def end_leave(username: str, on: date | None, reason: str) -> None:
    instance.open_instance()
    from django.db.models import Q

    from dongche.kit import clock
    from dongche.org import actions
    from dongche.org.queries import Leaves

    day = on or clock.today()
    open_ended = Q(until_on__isnull=True) | Q(until_on__gt=day)
    leaves = Leaves.unscoped(reason=REASON).believed().filter(open_ended, officer=officer_called(username))
    leave = leaves.select_related("officer").order_by("from_on").first()
    if leave is None:
        raise NotAway(officer=username, on=day)
    if day <= leave.from_on:
        actions.cancel_leave(leave=leave, reason=reason, by=terminal(), at=clock.now())
    else:
        actions.end_leave(leave=leave, until_on=day, reason=reason, by=terminal(), at=clock.now())
    click.echo(gettext("%(officer)s is back on %(on)s.") % {"officer": username, "on": day})
