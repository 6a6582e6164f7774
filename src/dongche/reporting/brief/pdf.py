"""The brief as a printed sheet: its texts, which typst sets."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from dongche.reporting.brief.model import Brief, FigureRef, Piece, Section, Sentence, Table
from dongche.web import typesetting

SHEET = Path(__file__).with_name("brief.typ")
# The narrowest and the widest that a column may ask for, in halves of a Chinese character.
LEAST_WIDTH, MOST_WIDTH = 8, 26


def to_pdf(brief: Brief) -> bytes:
    """This function will set the brief as a PDF/A-2b, in the language that is active.

    Raises: FontsMissing
    """
    return typesetting.to_pdf(SHEET, content(brief), at=brief.as_known)


def content(brief: Brief) -> dict[str, Any]:
    """What the sheet and the text document print, as texts; they decide only how it looks.

    Shape: what holds figures is a list of runs, each `{"text": …, "link": address or ""}`
    """
    return {
        "title": brief.title,
        "issue": brief.issue,
        "unit": brief.unit,
        "day": brief.day,
        "date": [brief.on.year, brief.on.month, brief.on.day],
        "headline": runs(brief.headline),
        "sections": [_section(section) for section in brief.sections],
        "sources_title": gettext("Sources of the figures"),
        "sources": [*(line.text for line in brief.sources), brief.wording_rules],
        "footer": list(brief.footer),
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "heading": section.heading,
        "paragraphs": [runs(paragraph) for paragraph in section.paragraphs],
        "tables": [_table(table) for table in section.tables],
    }


def _table(table: Table) -> dict[str, Any]:
    """A table with the share of the sheet that each column needs."""
    columns = zip(*(tuple(piece.text for piece in row) for row in table.rows), strict=True)
    return {
        "columns": list(table.columns),
        "widths": [
            min(MOST_WIDTH, max(LEAST_WIDTH, *map(_width, (*texts, *_folded(heading)))))
            for heading, texts in zip(table.columns, columns, strict=True)
        ],
        "rows": [[runs((piece,)) for piece in row] for row in table.rows],
        "note": table.note,
    }


def runs(sentence: Sentence) -> list[dict[str, str]]:
    """A sentence cut where a figure links to the list of places it was counted from.

    A sheet on a screen opens its rows that way, for whoever may see them; on paper there is nothing to see of it.
    """
    found: list[dict[str, str]] = []
    for piece in sentence:
        link = _link(piece)
        if found and not link and not found[-1]["link"]:
            found[-1]["text"] += piece.text
        else:
            found.append({"text": piece.text, "link": link})
    return found


def _link(piece: Piece) -> str:
    if not isinstance(piece, FigureRef) or not piece.rows:
        return ""
    return f"{settings.PUBLIC_URL}{reverse('desk:places')}?{piece.query}"


def _folded(heading: str) -> tuple[str, ...]:
    """The lines of a heading, which the sheet breaks at brackets and spaces."""
    return tuple(heading.replace("（", " （").split())


def _width(text: str) -> int:
    """How wide a text is, in halves of a Chinese character.

    >>> _width("复工率 78%")
    10
    """
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
