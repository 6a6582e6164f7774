"""dongche demo: load the demonstration sub-district once, show what it is, and serve it."""

from __future__ import annotations

import click

from dongche.cli import instance, serving
from dongche.cli.demo import folder
from dongche.cli.demo.aims import aims_for
from dongche.cli.demo.scene import PASSWORD, SIGN_INS
from dongche.cli.language import gettext
from dongche.cli.reading import REASON, terminal
from dongche.kit.messages import N_

ENTITIES, SEED = 2400, 20200320


@click.command(
    "demo", help=N_("Load the demonstration sub-district, print its brief and serve it on this machine.")
)
@click.option("--no-serve", is_flag=True, help=N_("Only load it and print the brief."))
@click.option(
    "--entities",
    type=int,
    help=N_("Number of places, 200 to 1,000,000; 2400 without it."),
)
@click.option("--seed", type=click.IntRange(0), help=N_("Another seed makes other places; the figures stay."))
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help=N_("Port to listen on.")
)
def demo_command(no_serve: bool, entities: int | None, seed: int | None, port: int) -> None:
    if entities is not None:
        aims_for(entities)  # refuses a number that cannot be, before anything is touched
    if folder.state(entities, seed) == folder.READY:
        click.echo(
            gettext("The demonstration in %(folder)s is used.") % {"folder": instance.folder()}, err=True
        )
        instance.start()
        if instance.missing_migrations():
            instance.migrate()
    else:
        with folder.loading(entities or ENTITIES, SEED if seed is None else seed) as plan:
            from dongche.cli.demo import load

            load.load(*plan, say=lambda text: click.echo(text, err=True))
    _show()
    if not no_serve:
        serving.serve("127.0.0.1", port, workers=2)


def _show() -> None:
    """The brief of the demonstrated day, and how to get in."""
    from dongche.kit import clock
    from dongche.reporting import brief

    click.echo(brief.to_markdown(brief.build(terminal(), clock.today())))
    click.echo(gettext("Everything above is computed from made-up rows; no firm, person or border is real."))
    click.echo()
    click.echo(gettext("Sign in with the password %(password)s as:") % {"password": PASSWORD})
    for username, who in SIGN_INS:
        click.echo(f"  {username:<12}{gettext(who)}")
    address = _sample_address()
    if address:
        click.echo(
            gettext("A place reports without signing in, behind its QR code: %(address)s")
            % {"address": address}
        )


def _sample_address() -> str:
    """Where a place that has not reported today would report."""
    from django.conf import settings
    from django.urls import reverse

    from dongche.kit import clock
    from dongche.registry.queries import Places
    from dongche.reporting.queries import not_reported

    place = not_reported(Places.unscoped(reason=REASON), clock.today()).order_by("number").first()
    return f"{settings.PUBLIC_URL}{reverse('reporting:report', args=[place.code])}" if place else ""
