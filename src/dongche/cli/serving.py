"""dongche serve and dongche worker: the web server with its background worker, or a worker alone."""

from __future__ import annotations

import getpass
import hashlib
import ipaddress
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import click

from dongche.cli import instance
from dongche.cli.language import gettext
from dongche.kit.errors import Problem
from dongche.kit.messages import N_

STAMP = "stamp"
RESTART_AFTER = 2.0


class OnlyThisMachine(Problem):
    code = "cli.only_this_machine"
    message = (
        "The passwords of the demonstration are printed for everybody to read, so it is served on this machine only: "
        "--host %(given)s is not possible. Use 127.0.0.1, or begin an instance of your own with “dongche init”."
    )


class AddressTaken(Problem):
    code = "cli.address_taken"
    status = 409
    message = (
        "%(host)s:%(port)s cannot be listened on: %(given)s. Another program may be using it; "
        "choose another --port."
    )


class FolderUnwritable(Problem):
    code = "cli.folder_unwritable"
    status = 409
    message = (
        "The data folder %(folder)s cannot be written to by the user %(user)s. Give it to that user "
        "(chown -R), or start as the user that it belongs to."
    )


class LibrariesMissing(Problem):
    code = "cli.libraries_missing"
    status = 409
    message = (
        "The browser libraries are not in %(folder)s, so pages would have no looks. Run “scripts/setup base”, or set "
        "DONGCHE_NODE_MODULES to the folder that holds them."
    )


class StaticUnbuilt(Problem):
    code = "cli.static_unbuilt"
    status = 409
    message = (
        "The static files could not be prepared in %(folder)s: %(given)s. See that there is room and that the folder "
        "belongs to the user who serves; it may be deleted and is made again."
    )


class NothingQueued(Problem):
    code = "cli.nothing_queued"
    status = 409
    message = (
        "DONGCHE_TASKS_IMMEDIATE is on, so tasks are done where they are asked for and there is no queue to work off. "
        "Unset it to use workers; daily work needs one."
    )


@click.command("serve", help=N_("Serve the pages, with a worker for background tasks beside them."))
@click.option("--host", default="127.0.0.1", show_default=True, help=N_("Address to listen on."))
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help=N_("Port to listen on.")
)
@click.option(
    "--workers", default=2, show_default=True, type=click.IntRange(1, 64), help=N_("Processes that answer.")
)
@click.option(
    "--no-worker", is_flag=True, help=N_("Without the worker; “dongche worker” runs by itself then.")
)
def serve_command(host: str, port: int, workers: int, no_worker: bool) -> None:
    instance.open_instance()
    serve(host, port, workers, with_worker=not no_worker)


@click.command("worker", help=N_("Work off background tasks, and start the daily ones, until stopped."))
@click.option("--until-idle", is_flag=True, help=N_("Stop when there is nothing left to do."))
def worker_command(until_idle: bool) -> None:
    instance.open_instance()
    instance.require_migrated()
    from django.conf import settings

    if settings.TASKS_IMMEDIATE:
        raise NothingQueued
    from dongche.cli.schedule import TABLE
    from dongche.operations import worker

    worker.run(TABLE, until_idle=until_idle)


def serve(host: str, port: int, workers: int, *, with_worker: bool = True) -> None:
    """Serve until stopped; the worker beside ends with us.

    Raises: OnlyThisMachine, NotMigrated, AddressTaken, FolderUnwritable, LibrariesMissing, StaticUnbuilt
    """
    refuse(host, port)
    collect_static()
    from django.conf import settings

    from dongche.operations import counting

    counting.prepare()
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    click.echo(gettext("Serving http://%(host)s:%(port)s – stop with Ctrl+C.") % {"host": host, "port": port})
    # A child that has opened the database must not share it: connections are made anew in every process.
    from django.db import connections

    connections.close_all()
    beside = _Beside() if with_worker and not settings.TASKS_IMMEDIATE else None
    if beside:
        beside.start()
    try:
        Granian(
            "dongche.config.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=4,
            websockets=False,
            log_level=LogLevels.warning,
            respawn_failed_workers=True,
            workers_kill_timeout=10,
        ).serve()
    finally:
        if beside:
            beside.stop()


def refuse(host: str, port: int) -> None:
    """Look whether there is something to serve, and where, before any process is started.

    Raises: OnlyThisMachine, NotMigrated, AddressTaken, FolderUnwritable
    """
    if instance.is_demonstration() and not _is_loopback(host):
        raise OnlyThisMachine(given=host)
    instance.require_migrated()
    _refuse_taken(host, port)
    _refuse_unwritable()


class _Beside:
    """The worker process: begun again when it dies, ended when we end."""

    def __init__(self) -> None:
        self.ending = threading.Event()
        self.process: subprocess.Popen[bytes] | None = None
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        self.process = self._begin()
        self.thread.start()

    def _begin(self) -> subprocess.Popen[bytes]:
        # Its own session: Ctrl+C reaches us only, and we end it after the last request is answered.
        return subprocess.Popen(
            [sys.executable, "-m", "dongche.cli.main", "worker"],
            start_new_session=True,
        )

    def _watch(self) -> None:
        while not self.ending.is_set():
            assert self.process is not None  # noqa: S101 – set by start()
            self.process.wait()
            if not self.ending.wait(RESTART_AFTER):
                self.process = self._begin()

    def stop(self) -> None:
        self.ending.set()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()


def collect_static() -> None:
    """Gather and compress the static files, when they have changed since the last time."""
    from django.conf import settings
    from django.core.management import call_command

    try:
        stamp, root = _static_stamp(), Path(settings.STATIC_ROOT)
    except FileNotFoundError:
        raise LibrariesMissing(folder=settings.NODE_MODULES) from None
    if (root / STAMP).is_file() and (root / STAMP).read_text(encoding="utf-8") == stamp:
        return
    click.echo(gettext("Preparing static files …"))
    try:
        # django_htmx brings five builds of htmx of its own; ours is the one from npm.
        call_command(
            "collectstatic", verbosity=0, interactive=False, clear=True, ignore_patterns=["django_htmx"]
        )
        (root / STAMP).write_text(stamp, encoding="utf-8")
    except (OSError, ValueError) as error:  # ValueError: a file names another one that is not there
        raise StaticUnbuilt(folder=root, given=getattr(error, "strerror", None) or error) from None


def _static_stamp() -> str:
    """A text that changes when a static file is added, taken away or written."""
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in sorted(finder.list(ignore_patterns=[]), key=lambda found: found[0]):
            state = Path(storage.path(name)).stat()
            digest.update(f"{name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse_unwritable() -> None:
    for path in (instance.folder(), instance.folder() / instance.DATABASE):
        if path.exists() and not os.access(path, os.W_OK):
            raise FolderUnwritable(folder=path, user=getpass.getuser())


def _refuse_taken(host: str, port: int) -> None:
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise AddressTaken(host=host, port=port, given=error.strerror) from None
