"""The brief as a printed sheet: typst sets it, PDF/A-2b keeps it readable for ever.

Fonts come with `npm ci` (Noto Serif SC and Noto Sans SC); FangSong is used where the system has it. Noto Serif SC
stands last in every list, because FangSong lacks characters that names have.
"""

from __future__ import annotations

import json
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import typst
from django.conf import settings
from django.utils.translation import get_language, gettext

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.reporting.brief.model import Brief, Section, Table
from dongche.reporting.brief.sentences import plain

SHEET = Path(__file__).with_name("brief.typ")
FOLDERS = (
    "noto-serif-sc/400Regular",
    "noto-serif-sc/700Bold",
    "noto-serif-sc/900Black",
    "noto-sans-sc/400Regular",
    "noto-sans-sc/700Bold",
)
# The narrowest and the widest that a column may ask for, in halves of a Chinese character.
LEAST_WIDTH, MOST_WIDTH = 8, 26
_setting = threading.Lock()


class FontsMissing(Problem):
    code = "reporting.fonts_missing"
    status = 503
    message = N_(
        "The PDF cannot be set: its fonts are not installed (%(folder)s is missing). Run “npm ci” in the folder of the "
        "software, or name the folder that has them in DONGCHE_NODE_MODULES. The Markdown of the brief needs no fonts."
    )


def to_pdf(brief: Brief) -> bytes:
    """This function will set the brief as a PDF/A-2b, in the language that is active.

    Raises: FontsMissing
    """
    folders = _font_folders(settings.NODE_MODULES)
    with _setting:  # the compiler keeps its fonts and is not made for two threads at once
        return bytes(
            _compiler(folders).compile(
                format="pdf",
                sys_inputs={"brief": json.dumps(_content(brief), ensure_ascii=False)},
                pdf_standards=["a-2b"],
                timestamp=int(brief.as_known.timestamp()),
            )
        )


def _font_folders(node_modules: Path) -> tuple[str, ...]:
    folders = [node_modules / "@expo-google-fonts" / name for name in FOLDERS]
    for folder in folders:
        if not any(folder.glob("*.ttf")):
            raise FontsMissing(folder=folder)
    return tuple(str(folder) for folder in folders)


@lru_cache(maxsize=2)
def _compiler(folders: tuple[str, ...]) -> Any:
    """Kept, because reading the fonts takes most of a second and setting a brief a few hundredths."""
    return typst.Compiler(str(SHEET), root=str(SHEET.parent), font_paths=list(folders))


def _content(brief: Brief) -> dict[str, Any]:
    """What the sheet prints, as texts; the sheet decides only how it looks."""
    language = (get_language() or "zh-hans").lower()
    return {
        "language": "en" if language.startswith("en") else "zh",
        "region": {"zh-hant": "tw", "en": "gb"}.get(language, "cn"),
        "title": brief.title,
        "issue": brief.issue,
        "unit": brief.unit,
        "day": brief.day,
        "date": [brief.on.year, brief.on.month, brief.on.day],
        "headline": plain(brief.headline),
        "sections": [_section(section) for section in brief.sections],
        "sources_title": gettext("Sources of the figures"),
        "sources": [line.text for line in brief.sources],
        "footer": list(brief.footer),
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "heading": section.heading,
        "paragraphs": [plain(paragraph) for paragraph in section.paragraphs],
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
        "rows": [[piece.text for piece in row] for row in table.rows],
        "note": table.note,
    }


def _folded(heading: str) -> tuple[str, ...]:
    """The lines of a heading, which the sheet breaks at brackets and spaces."""
    return tuple(heading.replace("（", " （").split())


def _width(text: str) -> int:
    """How wide a text is, in halves of a Chinese character.

    >>> _width("复工率 78%")
    10
    """
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
