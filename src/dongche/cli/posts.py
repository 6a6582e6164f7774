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
    "superior_officer", "headquarters", "administrator", "division_leader", "department_head", "department_officer",
    "community_secretary", "committee_member", "community_officer", "grid_lead", "grid_worker",
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


@post_command.command(
    "hand-over", help=N_("Hand all posts of an officer over to another, with everything that hangs on them.")
)
@click.argument("username")
@click.argument("successor_name", metavar="SUCCESSOR")
@click.option("--from", "from_on", type=showing.DAY, help=N_("First day; without it, today."))
@click.option(
    "--unit", "unit_codes", multiple=True, help=N_("Only the posts in this unit; may be given again.")
)
@click.option("--leave-places", is_flag=True, help=N_("Places held by name stay with the officer."))
@click.option("--leave-work", is_flag=True, help=N_("Open things to do stay with the officer."))
@click.option(
    "--leave-groups", is_flag=True, help=N_("Seats and tasks in working groups stay with the officer.")
)
@click.option("--reason", default="", help=N_("Why; kept in the audit log."))
@click.option("--dry-run", is_flag=True, help=N_("Only say what it would move; nothing is written."))
@click.option("--json", "wants_json", is_flag=True, help=N_("JSON for programs."))
def hand_over(
    username: str, successor_name: str, from_on: date | None, unit_codes: tuple[str, ...], leave_places: bool,
    leave_work: bool, leave_groups: bool, reason: str, dry_run: bool, wants_json: bool,
) -> None:  # fmt: skip
    instance.open_instance()
    from dongche.kit import clock
    from dongche.org import actions
    from dongche.org.handing import Handing, plan, posts_of

    day = from_on or clock.today()
    officer, successor = officer_called(username), officer_called(successor_name)
    units = {unit_called(code, day).pk for code in unit_codes}
    posts = tuple(post for post in posts_of(officer, day) if not units or post.unit_id in units)
    planned = plan(
        Handing(officer, successor, posts, day, not leave_places, not leave_work, not leave_groups)
    )
    if not dry_run:
        actions.hand_over(
            officer=officer, successor=successor, posts=posts, from_on=day, places=not leave_places,
            work=not leave_work, groups=not leave_groups, reason=reason, by=terminal(), at=clock.now(),
        )  # fmt: skip
    counts = {
        "posts": len(posts),
        "sponsorships": len(planned.sponsorships),
        "acting": len(planned.acting),
        **{step.name: count for step, count in planned.parts},
        "work": planned.work,
    }
    if wants_json:
        showing.as_json({"done": not dry_run, "from_on": day.isoformat(), **counts})
        return
    text = gettext(
        "%(officer)s → %(successor)s from %(from_on)s on: %(posts)s posts, %(sponsorships)s communities, "
        "%(places)s places by name, %(work)s things to do, %(group_seats)s seats and %(group_tasks)s tasks in working "
        "groups, %(acting)s absences to act in."
    )
    click.echo(
        text % {"officer": username, "successor": successor_name, "from_on": day, "places": 0, **counts}
    )
    if dry_run:
        click.echo(gettext("Nothing was written."))
