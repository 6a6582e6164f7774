"""Which program this is."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed


@lru_cache(maxsize=1)
def version() -> str:
    try:
        return installed("dongche")
    except PackageNotFoundError:  # run from a folder without being installed
        return "unknown"
