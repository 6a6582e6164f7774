"""What names are found by: pairs of characters, and initials of the pinyin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from dongche.kit import pinyin
from dongche.kit.chinese import grams
from dongche.registry.imports import bulk
from dongche.registry.models import NameGram, NameKey

Named = Sequence[tuple[int, str]]
_GRAMS: Final = ("gram", "entity_id")
_KEYS: Final = ("key", "entity_id")


def index(named: Named) -> None:
    """Let places be found by their names: id and name of each."""
    bulk.insert(NameGram, _GRAMS, _rows(named, grams))
    bulk.insert(NameKey, _KEYS, _rows(named, pinyin.keys))


def forget(named: Named) -> None:
    """Let places be found no more by the names they had: id and former name of each."""
    bulk.remove(NameGram, _GRAMS, _rows(named, grams))
    bulk.remove(NameKey, _KEYS, _rows(named, pinyin.keys))


def _rows(named: Named, parts: Callable[[str], Iterable[str]]) -> list[tuple[str, int]]:
    """In the order of the index: it is filled page after page."""
    return sorted((part, pk) for pk, name in named for part in parts(name))
