"""A PostgreSQL that goes away and comes back: a calm 503 meanwhile, and nothing to restart afterwards."""

from __future__ import annotations

import importlib.util
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from urllib.parse import quote

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from dongche.config.environment import database
from tests.house.source import ROOT
from tests.operations.conftest import Instance, fetch, start_serving, wait_for

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]


def scripts() -> ModuleType:
    spec = importlib.util.spec_from_file_location("postgres_script", ROOT / "scripts" / "postgres.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Server:
    """A PostgreSQL that can be stopped and started again on the same data."""

    def __init__(self, home: Path, *options: str) -> None:
        self.script = scripts()
        self.binaries, self.owner, self.home = self.script.find(), self.script.unprivileged(), home
        self.groups = [] if self.owner else None
        self.running: subprocess.Popen[bytes] | None = None
        subprocess.run(
            [self.binaries / "initdb", "--pgdata", home / "data", "--username", "dongche", "--auth", "trust",
             "--no-sync", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-instructions", *options],
            check=True, stdout=subprocess.DEVNULL, cwd=home, extra_groups=self.groups, **self.owner,
        )  # fmt: skip

    @property
    def url(self) -> str:
        return f"postgresql://dongche@/postgres?host={quote(str(self.home), safe='')}"

    def start(self) -> None:
        options = ("fsync=off", "listen_addresses=", f"unix_socket_directories={self.home}")
        self.running = subprocess.Popen(
            [self.binaries / "postgres", "-D", self.home / "data", *(p for o in options for p in ("-c", o))],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.home, process_group=0,
            extra_groups=self.groups, **self.owner,
        )  # fmt: skip
        ready = [self.binaries / "pg_isready", "-q", "-h", self.home, "-U", "dongche"]
        wait_for(lambda: subprocess.run(ready, check=False).returncode == 0)

    def stop(self) -> None:
        if self.running and self.running.poll() is None:
            self.running.send_signal(signal.SIGINT)
            self.running.wait(30)


@pytest.fixture
def server() -> Iterator[Server]:
    import os
    import shutil
    import tempfile

    home = Path(tempfile.mkdtemp(prefix="dongche-pg-", dir="/tmp"))
    owner = scripts().unprivileged()
    if owner:
        os.chown(home, int(owner["user"]), int(owner["group"]))
    made = Server(home)
    made.start()
    yield made
    made.stop()
    shutil.rmtree(home)


def test_a_restarted_database_is_found_again(django_db_setup: None, server: Server, tmp_path: Path):
    # DATABASE_URL alone: begin, serve, work, all on it.
    instance = Instance(tmp_path / "data", {"DATABASE_URL": server.url})
    assert instance.dongche("init", "--subdistrict", "370203026", "--name", "阜新路街道").code == 0
    assert not (instance.folder / "dongche.sqlite3").exists()
    try:
        port = start_serving(instance)
        assert fetch(port, "/sign-in/")[0] == 200
        assert fetch(port, "/r/unknown-code/")[0] == 404
        server.stop()
        assert fetch(port, "/healthz") == (503, "database away\n")
        status, page = fetch(port, "/r/unknown-code/")
        assert (status, "web.database_away" in page) == (503, True)
        server.start()
        begun = time.monotonic()
        assert {fetch(port, "/r/unknown-code/")[0] for _ in range(8)} == {404}, (
            "the first requests must succeed"
        )
        assert time.monotonic() - begun < 60
        # The worker has waited for it too.
        instance.python("from dongche.operations.tasks import sweep; sweep.enqueue('2020-03-20')")
        done = (
            "from django_tasks_db.models import DBTaskResult as T\n"
            "print(T.objects.filter(status='SUCCESSFUL', args_kwargs__args=['2020-03-20']).count())"
        )
        wait_for(lambda: instance.python(done) == "1", 60)
        log = (instance.folder / "log").read_text()
        assert "web.database.away" in log
        assert "Traceback" not in log
    finally:
        instance.stop()


def test_a_server_that_is_silent_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://dongche@127.0.0.1:{silent.getsockname()[1]}/dongche"
        said = database(url, Path())
        assert said["OPTIONS"] == {"connect_timeout": "10", "tcp_user_timeout": "30000"}
        begun = time.monotonic()
        with pytest.raises(OperationalError):
            ConnectionHandler({"default": database(f"{url}?connect_timeout=2", Path())})[
                "default"
            ].ensure_connection()
        assert 1 < time.monotonic() - begun < 60
