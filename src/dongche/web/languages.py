"""Texts that are data in two languages (names and formulas of metrics, the pack's words), shown in all three."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from django.utils.translation import get_language
from opencc import OpenCC


def in_language(texts: Mapping[str, str]) -> str:
    """The English or Chinese text, by the language of the page; the traditional script is made from the simplified.

    `texts` has the keys "en" and "zh-Hans".
    """
    language = (get_language() or "zh-hans").lower()
    if language.startswith("en"):
        return texts["en"]
    return traditional(texts["zh-Hans"]) if language == "zh-hant" else texts["zh-Hans"]


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("s2t")


@lru_cache(maxsize=512)
def traditional(text: str) -> str:
    """The text in traditional characters."""
    return str(_converter().convert(text))
