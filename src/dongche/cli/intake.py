"""dongche intake: the process that takes reports as JSON, beside the web server on the same database."""

from __future__ import annotations

import click

from dongche.cli import instance, serving
from dongche.cli.language import gettext
from dongche.kit.errors import Problem
from dongche.kit.messages import N_


class OneWriter(Problem):
    code = "cli.one_writer"
    status = 409
    message = (
        "--workers %(given)s needs PostgreSQL: the SQLite file %(file)s has one writer, so more processes would only "
        "wait for each other. Leave --workers out, or set DATABASE_URL."
    )


@click.command("intake", help=N_("Take reports as JSON from programs and phones, beside the web server."))
@click.option("--host", default="127.0.0.1", show_default=True, help=N_("Address to listen on."))
@click.option(
    "--port", default=8001, show_default=True, type=click.IntRange(1, 65535), help=N_("Port to listen on.")
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help=N_("Processes that take reports."),
)
def intake_command(host: str, port: int, workers: int) -> None:
    instance.open_instance()
    serve(host, port, workers)


def serve(host: str, port: int, workers: int) -> None:
    """Take reports until stopped; what waits then is stored first.

    Raises: OneWriter, OnlyThisMachine, NotMigrated, AddressTaken, FolderUnwritable
    """
    serving.refuse(host, port)
    from django.db import connection, connections
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    if workers > 1 and connection.vendor == "sqlite":
        raise OneWriter(given=workers, file=connection.settings_dict["NAME"])
    click.echo(
        gettext("Taking reports at http://%(host)s:%(port)s/intake/ – stop with Ctrl+C.")
        % {"host": host, "port": port}
    )
    connections.close_all()  # every process opens its own
    Granian(
        "dongche.config.intake:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=40,
    ).serve()
