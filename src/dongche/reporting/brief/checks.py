"""Refuses a brief in which a number cannot be traced: no figure without its source leaves the house."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from dongche.analytics.figures import NO_ENTITIES, REASONS, SUPPRESSED
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.reporting.brief import counts
from dongche.reporting.brief.model import Brief, FigureRef, Given, Piece, Text


class FigureWithoutSource(Problem):
    code = "reporting.figure_without_source"
    status = 500
    message = N_(
        "The brief of %(day)s was not issued: in “%(section)s”, %(given)s cannot be traced to its source (%(fault)s). "
        "Every number must come from a figure with definition, numerator, denominator and as-of time."
    )


def check(brief: Brief) -> None:
    """This function will let a brief pass in which every number has its source.

    Raises: FigureWithoutSource – the first number that has none, and what it lacks
    """
    for place, piece in _pieces(brief):
        fault = _fault(brief, piece)
        if fault:
            raise FigureWithoutSource(day=brief.on, section=place, given=f"“{piece.text}”", fault=fault)


def _pieces(brief: Brief) -> Iterator[tuple[str, Piece]]:
    for piece in brief.headline:
        yield brief.title, piece
    for section in brief.sections:
        for piece in section.pieces():
            yield section.heading, piece


def _fault(brief: Brief, piece: Piece) -> str:
    """What a piece lacks; empty when it may be printed."""
    if isinstance(piece, Text):
        return "no figure" if any(letter.isdigit() for letter in piece.text) else ""
    if isinstance(piece, Given):
        return "" if piece.source.strip() else "no source"
    return _fault_of_figure(brief, piece) if isinstance(piece, FigureRef) else ""


def _fault_of_figure(brief: Brief, ref: FigureRef) -> str:
    for figure in filter(None, (ref.figure, ref.before)):
        if counts.meaning(figure.definition) is None:
            return f"definition {figure.definition}"
        if figure.as_known != brief.as_known:
            return f"as-of time {figure.as_known}"
        if figure.on not in (brief.on, brief.on - timedelta(days=1), brief.on - timedelta(days=7)):
            return f"day {figure.on}"
        if figure.value is None and figure.reason not in REASONS:
            return "reason"
        if None in (figure.numerator, figure.denominator) and figure.reason not in (SUPPRESSED, NO_ENTITIES):
            return "numerator or denominator"
    if ref.part in ("change", "points") and ref.before is None:
        return "figure of the earlier day"
    return "" if ref.rows else "rows"
