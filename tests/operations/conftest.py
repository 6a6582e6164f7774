"""An instance of its own, on a database of the kind under test, worked on by processes as people start them."""

from __future__ import annotations

import atexit
import http.client
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
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
def database(template: str = "template0") -> Iterator[dict[str, str]]:
    """The environment that names a database: a new one on the server under test, or the file in the data folder."""
    if not on_postgres():
        yield {}
        return
    given = settings.DATABASES["default"]
    name = f"dongche_{secrets.token_hex(4)}"
    server = {"host": given["HOST"], "user": given["USER"], "port": given["PORT"] or None}
    with psycopg.connect(dbname="postgres", autocommit=True, **server) as admin:
        words = sql.Identifier(name), sql.Identifier(template)
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*words))
        yield {"DATABASE_URL": f"postgresql://{given['USER']}@/{name}?host={quote(given['HOST'], safe='')}"}
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def begin(django_db_setup: None, tmp_path: Path) -> Iterator[Callable[[str], Instance]]:
    """Make empty instances: `begin("here")`."""
    with ExitStack() as stack:

        def made(name: str) -> Instance:
            instance = Instance(tmp_path / name, stack.enter_context(database()))
            stack.callback(instance.stop)
            return instance

        yield made


@pytest.fixture(scope="session")
def founded(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance that `dongche init` has begun; tests get copies of it."""
    with database() as environment:
        made = Instance(tmp_path_factory.mktemp("founded") / "data", environment)
        answer = made.dongche("init", "--subdistrict", "370203026", "--name", "阜新路街道")
        assert answer.code == 0, answer.err
        yield made


@contextmanager
def copied(founded: Instance, folder: Path) -> Iterator[Instance]:
    """An instance like another, which is at rest, in a folder of its own."""
    shutil.copytree(founded.folder, folder)
    template = founded.environment.get("DATABASE_URL", "").partition("@/")[2].partition("?")[0]
    with database(template) as environment:
        made = Instance(folder, environment)
        try:
            yield made
        finally:
            made.stop()


@pytest.fixture
def instance(founded: Instance, tmp_path: Path) -> Iterator[Instance]:
    """An instance that `dongche init` has begun."""
    with copied(founded, tmp_path / "instance") as made:
        yield made


def wait_for(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until something is true, or fail."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def lines(file: Path) -> int:
    return len(file.read_text().splitlines()) if file.exists() else 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetch(port: int, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """Status and text of an address; status 0 when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError:
        return 0, ""
    finally:
        connection.close()


@cache
def static_files() -> Path:
    """The static files as `dongche serve` prepares it. That takes seconds, so it is done once for all."""
    folder = Path(tempfile.mkdtemp(prefix="dongche-static-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    Instance(folder, {}).python("from dongche.cli.serving import collect_static; collect_static()")
    return folder / "static"


def start_serving(instance: Instance, *options: str, **environment: str) -> int:
    """Serve with two processes, and wait until they answer; gives the port."""
    port = free_port()
    if not (instance.folder / "static").exists():
        shutil.copytree(static_files(), instance.folder / "static")
    instance.start("serve", "--port", str(port), "--workers", "2", *options, **environment)
    wait_for(lambda: fetch(port, "/healthz")[0] == 200, 120)
    return port
