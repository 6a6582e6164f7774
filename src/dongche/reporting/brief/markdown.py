"""The brief as Markdown: for a terminal, a chat, or an editor."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.utils.translation import gettext

from dongche.reporting.brief.model import Brief, Section, Table
from dongche.reporting.brief.sentences import plain

# What Markdown would take for markup; an underscore inside a word is none.
MARKUP = re.compile(r"([\\`*\[\]<>|]|(?<!\w)_|_(?!\w))")


def to_markdown(brief: Brief) -> str:
    """This function will give the brief as Markdown, in the language that is active."""
    return "\n\n".join(_blocks(brief)) + "\n"


def _blocks(brief: Brief) -> Iterator[str]:
    yield f"# {escaped(brief.title)}"
    yield " · ".join(escaped(text) for text in (brief.issue, brief.unit, brief.day) if text)
    yield f"**{escaped(plain(brief.headline))}**"
    for section in brief.sections:
        yield from _section(section)
    yield f"## {escaped(gettext('Sources of the figures'))}"
    texts = [*(line.text for line in brief.sources), brief.wording_rules]
    yield "\n".join(f"- {escaped(text)}" for text in texts)
    yield "\n".join(f"{escaped(text)}  " for text in brief.footer).rstrip()


def _section(section: Section) -> Iterator[str]:
    yield f"## {escaped(section.heading)}"
    for paragraph in section.paragraphs:
        yield escaped(plain(paragraph))
    for table in section.tables:
        yield _table(table)
        if table.note:
            yield escaped(table.note)


def _table(table: Table) -> str:
    """A table whose first column is text and whose others are numbers."""
    lines = [
        _row(table.columns),
        _row(["---", *("---:" for _ in table.columns[1:])]),
        *(_row([escaped(piece.text) for piece in row]) for row in table.rows),
    ]
    return "\n".join(lines)


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def escaped(text: str) -> str:
    r"""
    >>> escaped("South|1 *new*")
    'South\\|1 \\*new\\*'
    """
    return MARKUP.sub(r"\\\1", text)
