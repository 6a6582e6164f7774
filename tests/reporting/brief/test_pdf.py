"""The printed sheet: its text, its fonts, its standard, and what is said when it cannot be printed."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from django.utils import translation

from dongche.reporting import brief
from dongche.web import typesetting
from tests.town import DAY, Town


def text_of(document: bytes) -> str:
    """The text of a PDF without spaces and line ends, compatibility forms folded."""
    pages = pdfium.PdfDocument(document)
    try:
        found = "".join(page.get_textpage().get_text_range() for page in pages)
    finally:
        pages.close()
    return "".join(unicodedata.normalize("NFKC", found).split())


def flat(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_sheet_holds_every_figure(day: Town, language: str):
    with translation.override(language):
        made = brief.build(day.duty, DAY)
        text = text_of(brief.to_pdf(made))
        missing = {ref.text for ref in made.figures() if flat(ref.text) not in text}
        said = [made.title, made.issue, made.day, *made.footer, *(one.heading for one in made.sections)]
    assert missing == set()
    assert [one for one in said if flat(one) not in text] == []


def test_rare_characters_of_names_are_printed(day: Town):
    made = replace(brief.build(day.duty, DAY), unit="喆堃燊街道办事处", compiled_by="王喆·陈堃·李燊")
    text = text_of(brief.to_pdf(made))
    assert "喆堃燊街道办事处" in text
    assert "王喆·陈堃·李燊" in text


def test_the_sheet_is_pdf_a_with_its_fonts_inside(day: Town, english: None):
    document = brief.to_pdf(brief.build(day.duty, DAY))
    assert document.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>2</pdfaid:part>" in document
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in document
    assert b"NotoSerifSC-Black" in document


def test_the_sheet_is_short_and_the_same_each_time(day: Town, english: None):
    made = brief.build(day.duty, DAY)
    first, second = brief.to_pdf(made), brief.to_pdf(made)
    assert first == second
    pages = pdfium.PdfDocument(first)
    assert 2 <= len(pages) <= 3
    assert (round(pages[0].get_width()), round(pages[0].get_height())) == (595, 842)
    pages.close()


def test_names_are_not_taken_for_commands_of_the_typesetter(day: Town, english: None):
    made = replace(brief.build(day.duty, DAY), unit='#panic("x") $a_1$ *b* @c <d> \\')
    assert flat('#panic("x") $a_1$ *b* @c <d> \\') in text_of(brief.to_pdf(made))


def test_missing_fonts_are_said_with_the_remedy(day: Town, english: None, settings, tmp_path: Path):
    settings.NODE_MODULES = tmp_path
    with pytest.raises(typesetting.FontsMissing) as refused:
        brief.to_pdf(brief.build(day.duty, DAY))
    assert "npm ci" in str(refused.value)
    assert str(tmp_path) in str(refused.value)
