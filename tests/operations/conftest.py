"""An instance of its own, on a database of the kind under test, worked on by processes as people start them."""

from __future__ import annotations

import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.conf import settings
from psycopg import sql

from tests.cli.conftest import Answer, environment_for, in_folder

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Instance:
    """A data folder, and the settings that its commands are run with."""

    folder: Path
    environment: dict[str, str]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def dongche(self, *arguments: str, timeout: int = 300, **environment: str) -> Answer:
        return in_folder(self.folder, *arguments, timeout=timeout, **(self.environment | environment))

    def start(self, *arguments: str, log: Path | None = None, **environment: str) -> subprocess.Popen[bytes]:
        """Start a command and leave it running; it ends with the test."""
        with (log or self.folder / "log").open("ab") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "dongche.cli.main", *arguments],
                env=environment_for(self.folder) | self.environment | environment,
                cwd=ROOT,
                stdout=said,
                stderr=said,
            )
        self.running.append(process)
        return process

    def python(self, program: str) -> str:
        """What a small program prints that runs within this instance."""
        begin = "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'dongche.config.settings'\n"
        done = subprocess.run(
            [sys.executable, "-c", begin + "import django; django.setup()\n" + program],
            env=environment_for(self.folder) | self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def stop(self) -> None:
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def on_postgres() -> bool:
    return settings.DATABASES["default"]["ENGINE"].endswith("postgresql")


@contextmanager
def empty_database() -> Iterator[dict[str, str]]:
    """The environment that names an empty database: of the server under test, or the file in the data folder."""
    if not on_postgres():
        yield {}
        return
    given = settings.DATABASES["default"]
    name = f"dongche_{secrets.token_hex(4)}"
    server = {"host": given["HOST"], "user": given["USER"], "port": given["PORT"] or None}
    with psycopg.connect(dbname="postgres", autocommit=True, **server) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        yield {"DATABASE_URL": f"postgresql://{given['USER']}@/{name}?host={quote(given['HOST'], safe='')}"}
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def begin(django_db_setup: None, tmp_path: Path) -> Iterator[Callable[[str], Instance]]:
    """Make empty instances: `begin("here")`."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def made(name: str) -> Instance:
            folder = tmp_path / name
            instance = Instance(folder, stack.enter_context(empty_database()))
            stack.callback(instance.stop)
            return instance

        yield made


@pytest.fixture
def instance(begin: Callable[[str], Instance]) -> Instance:
    """An instance that `dongche init` has begun."""
    made = begin("instance")
    answer = made.dongche("init", "--subdistrict", "370203026", "--name", "阜新路街道")
    assert answer.code == 0, answer.err
    return made


def wait_for(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until something is true, or fail."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def lines(file: Path) -> int:
    return len(file.read_text().splitlines()) if file.exists() else 0


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
