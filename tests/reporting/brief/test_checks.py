"""Every figure of a brief can be traced; a brief with one that cannot is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict

from dongche.desk.filters import PlaceFilter
from dongche.registry.queries import Places
from dongche.reporting import brief
from dongche.reporting.brief import rows
from dongche.reporting.brief.model import Beside, Brief, FigureRef, Given, Name, Part, Piece, Section, Text
from tests.town import DAY, Town

# Counts with a list of their own; temperatures and gaps in duties have none.
COUNTS = {
    "newly_resumed",
    "stopped",
    "silent",
    "ever_resumed",
    "masks_told",
    "masks_short",
    "difficulty_any",
    "difficulty",
}


def with_piece(made: Brief, piece: Piece) -> Brief:
    return replace(made, sections=(Section("Made up", ((Text("So many: "), piece),), (), 1),))


@pytest.fixture
def made(day: Town, english: None) -> Brief:
    return brief.build(day.duty, DAY)


@pytest.fixture
def rate(made: Brief) -> FigureRef:
    return next(ref for ref in made.figures() if ref.beside == Beside.BRACKETS)


def test_every_figure_carries_its_parts_its_day_and_its_instant(made: Brief):
    refs = list(made.figures())
    assert len(refs) > 60
    for ref in refs:
        figure = ref.figure
        assert ref.rows
        assert (figure.as_known, figure.on in (DAY, DAY - timedelta(days=1))) == (made.as_known, True)
        assert figure.reason or None not in (figure.numerator, figure.denominator)
        assert f"({figure.definition})" in ref.title
        if figure.reason is None:
            assert brief.wording.parts(figure) in ref.title
        assert "known at 20 March 2020 18:30" in ref.title


def test_every_rate_in_a_sentence_stands_with_numerator_and_denominator(made: Brief):
    """Or its parts stand in the annex."""
    annex = "\n".join(line.text for line in made.sources)
    for section in made.sections:
        for sentence in section.paragraphs:
            for ref in (piece for piece in sentence if isinstance(piece, FigureRef)):
                if ref.figure.reason is None:
                    assert brief.wording.parts(ref.figure) in annex


def test_every_figure_of_a_table_stands_with_its_parts_in_the_row_or_the_annex(made: Brief):
    annex = {line.code: line.text for line in made.sources}
    tables = [table for section in made.sections for table in section.tables]
    assert len(tables) == 4
    for table in tables:
        for row in table.rows:
            texts = {piece.text for piece in row}
            for ref in (piece for piece in row if isinstance(piece, FigureRef)):
                for figure in filter(None, (ref.figure, ref.before)):
                    parts = brief.wording.parts(figure)
                    in_row = parts in texts or {str(figure.numerator), str(figure.denominator)} <= texts
                    rest = str((figure.denominator or 0) - (figure.numerator or 0))
                    in_row = in_row or {str(figure.numerator), rest} <= texts
                    assert in_row or parts in annex[figure.definition], (ref.title, texts)


def test_the_rows_behind_a_figure_are_as_many_as_it_says(made: Brief, day: Town):
    compared: set[str] = set()
    for ref in made.figures():
        name = ref.figure.metric
        whole = ref.part in (Part.NUMERATOR, Part.DENOMINATOR, Part.REST)
        counted = name in ("resumption_rate", "reporting_rate") or name in COUNTS
        if not whole or not counted or ref.figure.reason:
            continue
        asked = PlaceFilter(QueryDict(ref.query), officer=day.duty, today=DAY)
        assert asked.is_valid(), (ref.query, asked.errors)
        assert asked.places().count() == int(ref.text), ref.title
        compared.add(name)
    assert compared == {"resumption_rate", "reporting_rate", *COUNTS}


def test_places_are_listed_only_by_what_can_be_counted(day: Town):
    with pytest.raises(rows.NothingSaid):
        rows.said(Places.visible_to(day.duty), DAY, "temperature")


def test_a_number_that_was_typed_is_refused(made: Brief):
    with pytest.raises(brief.FigureWithoutSource, match="no figure"):
        brief.check(with_piece(made, Text("about 120 places")))
    with pytest.raises(brief.FigureWithoutSource, match="no figure"):
        brief.check(replace(made, headline=(Text("78.19%"),)))
    brief.check(with_piece(made, Name("Grid 12")))


def test_a_parameter_needs_a_source(made: Brief):
    brief.check(with_piece(made, Given("3", "pack")))
    with pytest.raises(brief.FigureWithoutSource, match="no source"):
        brief.check(with_piece(made, Given("3", " ")))


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"definition": "made_up@1"}, "definition made_up@1"),
        ({"on": DAY - timedelta(days=3)}, "day 2020-03-17"),
        ({"denominator": None}, "numerator or denominator"),
        ({"value": None}, "reason"),
    ],
)
def test_a_figure_without_its_source_is_refused(made: Brief, rate: FigureRef, wrong: dict, fault: str):
    brief.check(with_piece(made, rate))
    with pytest.raises(brief.FigureWithoutSource) as refused:
        brief.check(with_piece(made, replace(rate, figure=replace(rate.figure, **wrong))))
    assert refused.value.details["fault"] == fault
    assert refused.value.details["section"] == "1. Made up"


def test_a_figure_known_at_another_time_or_without_rows_is_refused(made: Brief, rate: FigureRef):
    late = replace(rate.figure, as_known=made.as_known + timedelta(seconds=1))
    with pytest.raises(brief.FigureWithoutSource, match="as-of time"):
        brief.check(with_piece(made, replace(rate, figure=late)))
    with pytest.raises(brief.FigureWithoutSource, match="rows"):
        brief.check(with_piece(made, replace(rate, rows={})))
    with pytest.raises(brief.FigureWithoutSource, match="figure of the earlier day"):
        brief.check(with_piece(made, replace(rate, part=Part.CHANGE)))


def test_a_definition_that_changed_is_not_compared(rate: FigureRef):
    other = replace(rate.figure, definition="resumption_rate@2", value=Decimal(1))
    assert replace(rate, part=Part.CHANGE, before=other).text == "—"
