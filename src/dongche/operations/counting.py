"""Where the server processes count, each for itself. It runs before the figures are imported, so it stands apart."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from django.conf import settings

FILES = "PROMETHEUS_MULTIPROC_DIR"
# Counts are written through memory maps: on a full disk the kernel would kill whoever counts (SIGBUS), so they are kept
# in memory where there is such a folder. They are of no use after the processes that counted.
MEMORY = Path("/dev/shm")  # noqa: S108 – what is made in it has a name of its own, open to its owner only


def prepare() -> None:
    """Make an empty folder for the counts, for the processes that are about to be started."""
    place = MEMORY if os.access(MEMORY, os.W_OK) else Path(settings.DATA) / "metrics"
    place.mkdir(parents=True, exist_ok=True)
    for old in place.glob("dongche-metrics-*"):
        # Of servers that are gone; another one that runs keeps its own.
        pid = old.name.split("-")[2]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(old, ignore_errors=True)
    os.environ[FILES] = tempfile.mkdtemp(prefix=f"dongche-metrics-{os.getpid()}-", dir=place)
