"""dongche officer: who can sign in, and giving somebody a password."""

from __future__ import annotations

import secrets
from typing import Any

import click

from dongche.cli import instance, showing
from dongche.cli.language import gettext
from dongche.cli.reading import REASON, officer_called, terminal
from dongche.kit.messages import N_


@click.group("officer", help=N_("The officers, and giving one of them a password."))
def officer_command() -> None:
    pass


@officer_command.command("list", help=N_("The officers and whether they can sign in."))
@click.option("--json", "wants_json", is_flag=True, help=N_("JSON for programs."))
def list_officers(wants_json: bool) -> None:
    instance.open_instance()
    from dongche.org.queries import Officers

    rows: list[dict[str, Any]] = [
        {
            "username": officer.username,
            "name": officer.name,
            "can_sign_in": officer.is_active and officer.has_usable_password(),
            "is_superuser": officer.is_superuser,
        }
        for officer in Officers.unscoped(reason=REASON).order_by("username")
    ]
    if wants_json:
        showing.as_json(rows)
        return
    yes, no = gettext("Yes"), gettext("No")
    showing.table(
        [gettext("User name"), gettext("Name"), gettext("Can sign in")],
        [(row["username"], row["name"], yes if row["can_sign_in"] else no) for row in rows],
    )


@officer_command.command(
    "password", help=N_("Give an officer a new password. It is shown once, or asked for with --ask.")
)
@click.argument("username")
@click.option("--ask", is_flag=True, help=N_("Ask for the password instead of making one up."))
def password(username: str, ask: bool) -> None:
    instance.open_instance()
    from dongche.kit import clock
    from dongche.org import actions

    officer = officer_called(username)
    given = (
        click.prompt(gettext("New password"), hide_input=True, confirmation_prompt=True)
        if ask
        else new_password()
    )
    actions.set_password(officer=officer, password=given, by=terminal(), at=clock.now())
    if ask:
        click.echo(gettext("The password of %(officer)s has been changed.") % {"officer": username})
    else:
        text = gettext("New password of %(officer)s, shown this once: %(password)s")
        click.echo(text % {"officer": username, "password": given})


def new_password() -> str:
    """A password with 77 random bits that can be read out on the telephone: four groups of four."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))
