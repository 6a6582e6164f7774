"""dongche post: who holds which post, and ending one."""

from __future__ import annotations

from datetime import date

import click

from dongche.cli import instance, showing
from dongche.cli.language import gettext
from dongche.cli.reading import REASON, officer_called, terminal, unit_called
from dongche.kit.errors import Problem
from dongche.kit.messages import N_

ROLES = (
    "headquarters", "division_leader", "department_head", "department_officer",
    "community_secretary", "community_officer", "grid_lead", "grid_worker",
)  # fmt: skip


class NoSuchPost(Problem):
    code = "cli.no_such_post"
    status = 404
    message = (
        "%(officer)s holds no such post in %(unit)s on the day before %(until_on)s. "
        "“dongche post list” shows them."
    )


class SeveralPosts(Problem):
    code = "cli.several_posts"
    status = 409
    message = "%(officer)s holds several posts in %(unit)s: %(roles)s. Say which one with --role."


@click.group("post", help=N_("Who holds which post, and ending one."))
def post_command() -> None:
    pass


@post_command.command("list", help=N_("The posts in force on a day."))
@click.option("--on", type=showing.DAY, help=N_("Day; without it, today."))
@click.option("--unit", "unit_code", help=N_("Only the posts in this unit."))
@click.option("--json", "wants_json", is_flag=True, help=N_("JSON for programs."))
def list_posts(on: date | None, unit_code: str | None, wants_json: bool) -> None:
    instance.open_instance()
    from dongche.kit import clock
    from dongche.org.queries import Posts

    day = on or clock.today()
    posts = Posts.unscoped(reason=REASON).in_force(day).select_related("officer", "unit")
    if unit_code:
        posts = posts.filter(unit=unit_called(unit_code, day))
    rows = [
        {
            "officer": post.officer.username,
            "name": post.officer.name,
            "role": post.role,
            "unit": post.unit.code,
            "unit_name": post.unit.name,
            "from_on": post.from_on.isoformat(),
            "until_on": post.until_on and post.until_on.isoformat(),
        }
        for post in posts.order_by("unit__code", "role", "officer__username")
    ]
    if wants_json:
        showing.as_json(rows)
        return
    headings = [gettext("User name"), gettext("Name"), gettext("Post"), gettext("Unit code"), gettext("Unit")]
    showing.table(
        headings,
        [[str(row[key]) for key in ("officer", "name", "role", "unit", "unit_name")] for row in rows],
    )


@post_command.command("end", help=N_("End a post: from the day --until on, the officer no longer holds it."))
@click.argument("username")
@click.argument("unit_code")
@click.option("--until", "until_on", type=showing.DAY, required=True, help=N_("First day without it."))
@click.option("--role", type=click.Choice(ROLES), help=N_("Which post, when there are several in the unit."))
@click.option("--reason", default="", help=N_("Why; kept in the audit log."))
def end_post(username: str, unit_code: str, until_on: date, role: str | None, reason: str) -> None:
    instance.open_instance()
    from datetime import timedelta

    from dongche.kit import clock
    from dongche.org import actions
    from dongche.org.queries import Posts

    last = until_on - timedelta(days=1)
    officer, unit = officer_called(username), unit_called(unit_code, last)
    posts = Posts.unscoped(reason=REASON).in_force(last).filter(officer=officer, unit=unit)
    held = list(posts.filter(role=role) if role else posts)
    if not held:
        raise NoSuchPost(officer=username, unit=unit.name, until_on=until_on)
    if len(held) > 1:
        raise SeveralPosts(officer=username, unit=unit.name, roles=", ".join(post.role for post in held))
    actions.end_post(post=held[0], until_on=until_on, by=terminal(), at=clock.now(), reason=reason)
    text = gettext("%(officer)s holds the post %(role)s in %(unit)s no longer from %(until_on)s on.")
    role_name = held[0].get_role_display()
    click.echo(text % {"officer": username, "role": role_name, "unit": unit.name, "until_on": until_on})
