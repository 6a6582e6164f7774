"""A PostgreSQL of our own for the tests: made, started, and thrown away afterwards.

    python scripts/postgres.py find              print the folder of the newest server binaries, 15 or newer
    python scripts/postgres.py run COMMAND ...   run the command with DATABASE_URL set to a new, empty server

The server listens on a socket in a private folder only, and trades durability for speed.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

OLDEST = 15
FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=128MB",
    "max_connections=50",
)


def version_of(folder: Path) -> int:
    """The major version of the server in `folder`, 0 when there is none."""
    if not all((folder / name).is_file() for name in ("initdb", "postgres", "pg_isready")):
        return 0
    said = subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r"\d+", said)
    return int(found[0]) if found else 0


def find() -> Path | None:
    """The folder with the newest server binaries that are new enough."""
    folders = set(Path("/usr/lib/postgresql").glob("*/bin"))
    on_path = shutil.which("initdb")
    if on_path:
        folders.add(Path(on_path).resolve().parent)
    newest = max(folders, key=version_of, default=None)
    return newest if newest and version_of(newest) >= OLDEST else None


def unprivileged() -> dict[str, str | int]:
    """Who the server runs as: PostgreSQL refuses root, so then as the user Debian made for it, or nobody."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid}
    sys.exit("PostgreSQL refuses to run as root and there is no user postgres or nobody to run it as.")


@contextmanager
def server(binaries: Path) -> Iterator[str]:
    """A running server; gives its URL."""
    home = Path(tempfile.mkdtemp(prefix="dongche-pg-", dir="/tmp"))
    owner = unprivileged()
    if owner:
        os.chown(home, int(owner["user"]), int(owner["group"]))
    data = home / "data"
    running = None
    try:
        subprocess.run(
            [binaries / "initdb", "--pgdata", data, "--username", "dongche", "--auth", "trust", "--no-sync",
             "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-instructions"],
            check=True, stdout=subprocess.DEVNULL, cwd=home, extra_groups=[] if owner else None, **owner,
        )  # fmt: skip
        options = (*FAST, "listen_addresses=", f"unix_socket_directories={home}")
        running = subprocess.Popen(
            [binaries / "postgres", "-D", data, *(part for option in options for part in ("-c", option))],
            stdout=(log := (home / "log").open("w")), stderr=log, cwd=home,
            extra_groups=[] if owner else None, process_group=0, **owner,
        )  # fmt: skip
        for _ in range(300):
            ready = subprocess.run([binaries / "pg_isready", "-q", "-h", home, "-U", "dongche"], check=False)
            if ready.returncode == 0:
                break
            if running.poll() is not None:
                sys.exit(f"PostgreSQL did not start:\n{(home / 'log').read_text()}")
            time.sleep(0.1)
        yield f"postgresql://dongche@/postgres?host={quote(str(home), safe='')}"
    finally:
        if running and running.poll() is None:
            running.send_signal(signal.SIGINT)  # "fast": ends sessions, writes nothing it need not
            try:
                running.wait(timeout=20)
            except subprocess.TimeoutExpired:
                running.send_signal(signal.SIGQUIT)
                running.wait(timeout=20)
        shutil.rmtree(home, ignore_errors=True)


def leave(number: int, frame: object) -> None:
    sys.exit(128 + number)


def main(arguments: list[str]) -> int:
    binaries = find()
    match arguments:
        case ["find"] if binaries:
            print(binaries)
            return 0
        case ["find"]:
            print(f"No PostgreSQL server of version {OLDEST} or newer found.", file=sys.stderr)
            return 1
        case ["run", command, *rest] if binaries:
            for number in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, leave)
            with server(binaries) as url:
                return subprocess.run(
                    [command, *rest], env=os.environ | {"DATABASE_URL": url}, check=False
                ).returncode
        case ["run", _, *_]:
            print(f"No PostgreSQL server of version {OLDEST} or newer found.", file=sys.stderr)
            return 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
