"""dongche check: what is unsafe, why, and what to do."""

from __future__ import annotations

import click

from dongche.cli import instance, showing
from dongche.cli.language import gettext
from dongche.kit.errors import Problem
from dongche.kit.messages import N_


class Unsafe(Problem):
    code = "cli.unsafe"
    status = 409
    message = N_(
        "%(count)s of the points above are unsafe. Put them right before people work with this instance."
    )


@click.command(
    "check", help=N_("Say what is wrong with a running instance. Exits 1 when something is unsafe.")
)
@click.option("--deploy", is_flag=True, help=N_("Also what must be right before others can reach it."))
@click.option("--json", "wants_json", is_flag=True, help=N_("JSON for programs."))
def check_command(deploy: bool, wants_json: bool) -> None:
    instance.open_instance()
    from dongche.operations import checks

    found = checks.run(deploy=deploy)
    rows = [
        {"code": one.code, "level": one.level, "message": gettext(one.message) % one.details}
        if one.details
        else {"code": one.code, "level": one.level, "message": gettext(one.message)}
        for one in found
    ]
    if wants_json:
        showing.as_json(rows)
    else:
        words = {"unsafe": gettext("Unsafe"), "advice": gettext("Advice")}
        for row in rows:
            click.echo(f"{words[row['level']]}  {row['message']} [{row['code']}]")
        if not rows:
            click.echo(gettext("Nothing unsafe was found."))
    unsafe = sum(one.level == "unsafe" for one in found)
    if unsafe:
        raise Unsafe(count=unsafe)
