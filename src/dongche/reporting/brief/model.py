"""A brief as data: sections of sentences and tables in which every number is bound to the figure it comes from.

A number cannot be typed into a brief. A sentence is made of pieces, and only a `FigureRef` (a part of a figure), a
`Given` (a parameter with its source) or a `Name` (of a unit, a day, a time) may hold digits; `checks.check` holds
that. So what is printed, what the page links and what the annex proves are the same thing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from urllib.parse import urlencode

from dongche.analytics.figures import Figure
from dongche.kit.pack import Wording
from dongche.reporting.brief import wording


class Part(StrEnum):
    """Which part of a figure is shown."""

    VALUE = "value"
    SHORT = "short"  # the value in a table: a missing one is a dash, explained under the table
    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"
    REST = "rest"  # denominator − numerator: those who are missing
    PARTS = "parts"  # numerator/denominator
    COVERAGE = "coverage"
    EXCLUDED = "excluded"
    CHANGE = "change"  # of the value since `before`, in percentage points, with its sign
    POINTS = "points"  # the same without the sign, after a word for it


class Beside(StrEnum):
    """How numerator and denominator stand beside a value."""

    NOTHING = ""
    BRACKETS = "brackets"
    COMMA = "comma"


@dataclass(frozen=True, slots=True)
class Text:
    """Words of a sentence: never a digit."""

    kind: ClassVar = "text"
    text: str


@dataclass(frozen=True, slots=True)
class Name:
    """What something is called: a unit, a day, a time of day. Its digits are no figures."""

    kind: ClassVar = "name"
    text: str


@dataclass(frozen=True, slots=True)
class Given:
    """A parameter of the campaign, such as a threshold, with where it is laid down."""

    kind: ClassVar = "given"
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class FigureRef:
    """A part of a figure, as it is printed, and the rows it was counted from.

    Shape: `rows` are the filters of the list of places that opens behind it; empty: no list may be opened
    """

    kind: ClassVar = "figure"
    figure: Figure
    part: Part = Part.VALUE
    rows: Mapping[str, str] = field(default_factory=dict)
    beside: Beside = Beside.NOTHING
    before: Figure | None = None

    @property
    def text(self) -> str:
        return wording.shown(self.figure, self.part, self.beside, self.before)

    @property
    def title(self) -> str:
        """Definition, numerator, denominator, day and as-of time in one sentence."""
        return wording.provenance(self.figure, self.before)

    @property
    def query(self) -> str:
        return urlencode(dict(self.rows))

    @property
    def is_missing(self) -> bool:
        return self.text.startswith("—")


Piece = Text | Name | Given | FigureRef
Sentence = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: one heading per column, the first cell of a row names the row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Piece, ...], ...]

    @property
    def note(self) -> str:
        """Why some figures of the table are missing; empty when none is."""
        refs = (piece for row in self.rows for piece in row if isinstance(piece, FigureRef))
        missing = (wording.reason(ref.figure, ref.before) for ref in refs if ref.is_missing)
        return wording.note(tuple(dict.fromkeys(missing)))

    def quoted(self) -> Iterator[Figure]:
        """The figures whose numerator and denominator do not stand in their own row."""
        for row in self.rows:
            refs = [piece for piece in row if isinstance(piece, FigureRef)]
            parts = [ref.figure for ref in refs if ref.part in (Part.DENOMINATOR, Part.REST, Part.PARTS)]
            for ref in refs:
                yield from (one for one in (ref.figure, ref.before) if one is not None and one not in parts)


@dataclass(frozen=True, slots=True)
class Section:
    """What a section function gives; its number comes with its place in the brief."""

    title: str
    paragraphs: tuple[Sentence, ...] = ()
    tables: tuple[Table, ...] = ()
    number: int = 0

    @property
    def heading(self) -> str:
        return wording.heading(self.number, self.title)

    def pieces(self) -> Iterator[Piece]:
        for paragraph in self.paragraphs:
            yield from paragraph
        for table in self.tables:
            for row in table.rows:
                yield from row


@dataclass(frozen=True, slots=True)
class Published:
    """The locked snapshot behind a brief: its number, whose statement it is, its SHA-256."""

    number: int
    speaker: str
    digest: str


@dataclass(frozen=True, slots=True)
class Brief:
    """The brief of one day, as known at one instant, for one scope."""

    title: str
    issue_no: int
    unit: str
    scope: str
    headline: Sentence
    on: date
    as_known: datetime
    sections: tuple[Section, ...]
    labels: Mapping[str, Mapping[str, str]]
    compiled_by: str
    rules: Wording
    approved_by: str = ""
    # The snapshot it was made of, when the day has been published.
    published: Published | None = None

    @property
    def issue(self) -> str:
        return wording.issue(self.issue_no)

    @property
    def day(self) -> str:
        return wording.day_of_issue(self.on)

    @property
    def as_of(self) -> str:
        return wording.as_of(self.on, self.as_known)

    @property
    def footer(self) -> tuple[str, ...]:
        """Data as of, whether it was published, to whom it goes, compiled by, approved by."""
        return (
            self.as_of,
            wording.status(self.published),
            *wording.distribution(self.rules),
            wording.compiled_by(self.compiled_by),
            wording.approved_by(self.approved_by),
        )

    def figures(self) -> Iterator[FigureRef]:
        """Every figure in the order of reading."""
        pieces = (*self.headline, *(piece for section in self.sections for piece in section.pieces()))
        yield from (piece for piece in pieces if isinstance(piece, FigureRef))

    def _quoted(self) -> Iterator[Figure]:
        """The figures of which the annex gives the parts: all of the sentences, of the tables those it must."""
        for sentence in (self.headline, *(text for section in self.sections for text in section.paragraphs)):
            refs = (piece for piece in sentence if isinstance(piece, FigureRef))
            yield from (one for ref in refs for one in (ref.figure, ref.before) if one is not None)
        for section in self.sections:
            for table in section.tables:
                yield from table.quoted()

    @property
    def sources(self) -> tuple[wording.SourceLine, ...]:
        """The annex: one line per definition, with the parts of the figures that were counted by it."""
        quoted: dict[str, dict[wording.Reading, None]] = {ref.figure.definition: {} for ref in self.figures()}
        for figure in self._quoted():
            reading = wording.reading(figure, self.on, self.labels)
            quoted.setdefault(figure.definition, {})[reading] = None
        return tuple(wording.source_line(code, tuple(readings)) for code, readings in quoted.items())

    @property
    def wording_rules(self) -> str:
        """By which rules words such as “level” were chosen: the last line of the annex."""
        return wording.rules(self.rules)
