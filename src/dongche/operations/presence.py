"""Which background workers live: each holds a lock on a file of its own in DATA/workers as long as its process runs.

The kernel gives the lock back however the process ends, so a killed worker is known to be dead at once, without a
heartbeat in the database, a time limit, or a guess. What somebody else's machine runs cannot be told from here: the
name of a worker begins with that of the folder it is noted in, and only names of this folder are judged.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from dongche.kit import clock

FOLDER_NAME = "folder"


@dataclass(frozen=True)
class Living:
    """A worker whose process runs."""

    worker: str
    host: str
    pid: int
    since: datetime


def folder() -> Path:
    return Path(settings.DATA) / "workers"


def folder_name() -> str:
    """The name of this data folder among workers: 8 characters, made at first use."""
    file = folder() / FOLDER_NAME
    with suppress(FileNotFoundError):
        return file.read_text(encoding="ascii")
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = folder() / f".{FOLDER_NAME}.{secrets.token_hex(8)}"
    draft.write_text(secrets.token_hex(4), encoding="ascii")
    with suppress(FileExistsError):  # another process was quicker: its name is the name
        os.link(draft, file)
    draft.unlink()
    return file.read_text(encoding="ascii")


@contextmanager
def present() -> Iterator[str]:
    """Be a living worker within this block; gives its name."""
    worker = f"{folder_name()}.{secrets.token_hex(6)}"
    file = folder() / worker
    # Locked before it has its name: whoever finds the file finds it locked.
    draft = folder() / f".{worker}"
    with draft.open("w", encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        about = {"host": socket.gethostname(), "pid": os.getpid(), "since": clock.real().isoformat()}
        held.write(json.dumps(about))
        held.flush()
        draft.rename(file)
        try:
            yield worker
        finally:
            file.unlink(missing_ok=True)


def is_alive(worker: str) -> bool:
    """Whether the process of a worker runs; always true for one that is noted in another folder."""
    if worker.partition(".")[0] != folder_name():
        return True
    try:
        with (folder() / worker).open("rb") as file:
            # Shared, so that two who look at the same time do not take each other for the worker.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def living() -> list[Living]:
    """The workers of this folder whose processes run, the oldest first; notes of dead ones are swept away."""
    found = []
    for file in sorted(folder().glob(f"{folder_name()}.*")):
        if not is_alive(file.name):
            file.unlink(missing_ok=True)
            continue
        with suppress(OSError, ValueError):  # it has just ended
            about = json.loads(file.read_text(encoding="utf-8"))
            since = datetime.fromisoformat(about["since"])
            found.append(Living(file.name, about["host"], about["pid"], since))
    return sorted(found, key=lambda one: one.since)
