"""dongche officer: who can sign in, and helping those who cannot: password, invitation, lock, second factor."""

from __future__ import annotations

import secrets
from typing import Any

import click

from dongche.cli import instance, showing
from dongche.cli.language import gettext
from dongche.cli.reading import REASON, officer_called, terminal
from dongche.kit.messages import N_


@click.group("officer", help=N_("The officers, and helping those who cannot sign in."))
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
    "password",
    help=N_(
        "Give an officer a new password, to be changed at the next sign-in. It is shown once, or asked for with --ask."
    ),
)
@click.argument("username")
@click.option("--ask", is_flag=True, help=N_("Ask for the password instead of making one up."))
def password(username: str, ask: bool) -> None:
    instance.open_instance()
    from dongche.kit import clock
    from dongche.org.access import actions

    officer = officer_called(username)
    given = (
        click.prompt(gettext("New password"), hide_input=True, confirmation_prompt=True)
        if ask
        else new_password()
    )
    actions.give_password(officer=officer, password=given, set_at=clock.real(), by=terminal(), at=clock.now())
    if ask:
        click.echo(gettext("The password of %(officer)s has been changed.") % {"officer": username})
    else:
        text = gettext("New password of %(officer)s, shown this once: %(password)s")
        click.echo(text % {"officer": username, "password": given})


@officer_command.command(
    "invite", help=N_("Make a link with which an officer sets their own first password; it is shown once.")
)
@click.argument("username")
def invite(username: str) -> None:
    instance.open_instance()
    from datetime import timedelta

    from django.conf import settings
    from django.urls import reverse

    from dongche.kit import clock
    from dongche.org.access import actions

    now = clock.real()
    invitation, code = actions.invite(
        officer=officer_called(username),
        invited_at=now,
        expires_at=now + timedelta(hours=settings.INVITATION_HOURS),
        by=terminal(),
        at=clock.now(),
    )
    text = gettext("Invitation of %(officer)s, valid once until %(until)s:")
    until = f"{invitation.expires_at.astimezone(clock.BEIJING):%Y-%m-%d %H:%M}"
    click.echo(text % {"officer": username, "until": until})
    click.echo(f"{settings.PUBLIC_URL}{reverse('access:invitation', args=[code])}")


@officer_command.command("unlock", help=N_("Lift the lock of an account after too many failed attempts."))
@click.argument("username")
@click.option("--reason", default="", help=N_("Why; kept in the audit log."))
def unlock(username: str, reason: str) -> None:
    instance.open_instance()
    from dongche.kit import clock
    from dongche.org.access import actions

    actions.unlock(officer=officer_called(username), by=terminal(), at=clock.now(), reason=reason)
    click.echo(gettext("%(officer)s can sign in again.") % {"officer": username})


@officer_command.command(
    "reset-mfa", help=N_("Take all second factors from an officer who has lost them, and end their sessions.")
)
@click.argument("username")
@click.option("--reason", required=True, help=N_("Why; kept in the audit log."))
def reset_mfa(username: str, reason: str) -> None:
    instance.open_instance()
    from dongche.kit import clock
    from dongche.org.access import actions

    actions.reset_second_factor(
        officer=officer_called(username), reason=reason, by=terminal(), at=clock.now()
    )
    click.echo(
        gettext("%(officer)s has no second factor any more and is signed out.") % {"officer": username}
    )


def new_password() -> str:
    """A password with 77 random bits that can be read out on the telephone: four groups of four."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))
