"""Sentences made of pieces from a translated pattern, so that a figure stays a figure inside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce

from django.utils.translation import gettext

from dongche.reporting.brief.model import FigureRef, Given, Name, Piece, Sentence, Text

PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def sentence(pattern: str, **values: Piece | Sentence | str) -> Sentence:
    """This function will fill the placeholders of a translated pattern with pieces; a plain string becomes a Name.

    >>> sentence("%(who)s is 100%% open.", who="North")
    (Name(text='North'), Text(text=' is 100% open.'))
    """
    pieces: list[Piece] = []
    at = 0
    for found in PLACEHOLDER.finditer(pattern):
        _add_text(pieces, pattern[at : found.start()])
        value = values[found.group(1)]
        if isinstance(value, str):
            pieces.append(Name(value))
        elif isinstance(value, Text | Name | Given | FigureRef):
            pieces.append(value)
        else:
            pieces.extend(value)
        at = found.end()
    _add_text(pieces, pattern[at:])
    return tuple(pieces)


def _add_text(pieces: list[Piece], text: str) -> None:
    if text:
        pieces.append(Text(text.replace("%%", "%")))


def listed(items: Sequence[Sentence]) -> Sentence:
    """Several items as one: 、 between them in Chinese, a comma in English."""
    return reduce(lambda said, item: sentence(gettext("%(items)s, %(item)s"), items=said, item=item), items)


def joined(sentences: Sequence[Sentence]) -> Sentence:
    """Several sentences as one paragraph."""
    return reduce(
        lambda said, item: sentence(gettext("%(first)s %(second)s"), first=said, second=item), sentences
    )


def plain(pieces: Sentence) -> str:
    return "".join(piece.text for piece in pieces)
