"""Where the server processes count, each for itself. It runs before the figures are imported, so it stands apart."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from django.conf import settings

FILES = "PROMETHEUS_MULTIPROC_DIR"


def prepare() -> None:
    """Make an empty folder for the counts, for the processes that are about to be started."""
    folder = Path(settings.DATA) / "metrics" / str(os.getpid())
    for old in folder.parent.glob("*"):
        # Of servers that are gone; another one on the same folder keeps its own.
        if old.name.isdigit() and not Path(f"/proc/{old.name}").exists():
            shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[FILES] = str(folder)
