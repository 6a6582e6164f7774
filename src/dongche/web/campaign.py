"""The campaign this installation runs, from its pack."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from dongche.kit import pack


def current() -> pack.Pack:
    """The pack that settings.PACK names; read once."""
    return _load(settings.PACK)


@lru_cache(maxsize=4)
def _load(folder: Path) -> pack.Pack:
    return pack.load(folder)
