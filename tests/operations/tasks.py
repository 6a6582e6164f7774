"""Tasks for a worker in a process of its own: they say on disk when they begin, and wait there to be let go."""

from __future__ import annotations

import time
from pathlib import Path

from django_tasks import task


@task()
def wait(folder: str) -> None:
    """Add a line to `begun`, then wait for the file `go`, then add a line to `done`."""
    place = Path(folder)
    with (place / "begun").open("a") as file:
        file.write("x\n")
    while not (place / "go").exists():
        time.sleep(0.02)
    with (place / "done").open("a") as file:
        file.write("x\n")


@task()
def once(on: str) -> str:
    """Give the day back."""
    return on
