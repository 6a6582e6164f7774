"""The brief as a text document: the same texts as the sheet and the Markdown, to be edited in WPS or Word."""

from __future__ import annotations

import ctypes
import io
from datetime import timedelta

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
import pytest
from django.conf import settings
from django.utils import translation
from docx import Document

from dongche.reporting import brief, publishing
from dongche.reporting.brief.sentences import plain
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.reporting.brief.conftest import SHOWN
from tests.reporting.brief.test_pdf import flat, text_of
from tests.town import DAY, Town


def text_in(document: bytes) -> str:
    """All text of a .docx in the order of reading, tables among it."""
    read = Document(io.BytesIO(document))
    return flat("".join(node.text or "" for node in read.element.body.iter() if node.tag.endswith("}t")))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_format_carries_the_same_figures(day: Town, language: str):
    with translation.override(language):
        made = brief.build(day.duty, DAY)
        formats = {
            "docx": text_in(brief.to_docx(made)),
            "pdf": text_of(brief.to_pdf(made)),
            "md": flat(brief.to_markdown(made).replace("\\", "")),
        }
        said = [made.title, made.issue, made.day, plain(made.headline), *made.footer,
                *(line.text for line in made.sources), *(one.heading for one in made.sections),
                *(ref.text for ref in made.figures())]  # fmt: skip
    for name, text in formats.items():
        assert [one for one in said if flat(one) not in text] == [], name
    # Not one rate more in the document than in the Markdown.
    assert formats["docx"].count("%") == formats["md"].count("%")


def test_each_figure_opens_its_rows(day: Town):
    with translation.override("zh-hans"):
        made = brief.build(day.duty, DAY)
        document, sheet = brief.to_docx(made), brief.to_pdf(made)
    rows = {f"{settings.PUBLIC_URL}/desk/places/?{ref.query}" for ref in made.figures()}
    assert len(rows) > 20
    linked = {
        link.address
        for paragraph in every_paragraph(Document(io.BytesIO(document)))
        for link in paragraph.hyperlinks
    }
    assert linked == rows
    with pdfium.PdfDocument(sheet) as pages:
        assert rows == {address for page in pages for address in addresses(page)}


def every_paragraph(read):
    yield from read.paragraphs
    for table in read.tables:
        for row in table.rows:
            for cell in row.cells:
                yield from cell.paragraphs


def addresses(page) -> set[str]:
    """The addresses that the links of a page open."""
    found, at = set(), ctypes.c_int(0)
    link = pdfium_c.FPDF_LINK()
    while pdfium_c.FPDFLink_Enumerate(page, ctypes.byref(at), ctypes.byref(link)):
        action = pdfium_c.FPDFLink_GetAction(link)
        length = pdfium_c.FPDFAction_GetURIPath(page.pdf, action, None, 0)
        text = ctypes.create_string_buffer(length)
        pdfium_c.FPDFAction_GetURIPath(page.pdf, action, text, length)
        found.add(text.value.decode())
    return found


def test_the_document_is_laid_out_as_official_ones_are(day: Town):
    with translation.override("zh-hans"):
        made = brief.build(day.duty, DAY)
        first, second = brief.to_docx(made), brief.to_docx(made)
    assert first == second
    read = Document(io.BytesIO(first))
    section = read.sections[0]
    assert [round(side.mm) for side in (section.page_width, section.page_height, section.top_margin, section.left_margin)] == [
        210, 297, 37, 28,
    ]  # fmt: skip
    normal = read.styles["Normal"]
    fonts = normal.element.rPr.rFonts.attrib
    assert [value for name, value in fonts.items() if name.endswith("eastAsia")] == ["仿宋"]
    assert normal.font.size.pt == 16
    assert "PAGE" in section.footer._element.xml
    assert [one.text for one in read.paragraphs if one.style.name == "Heading 1"] == [
        *(part.heading for part in made.sections), "数字出处",
    ]  # fmt: skip
    assert len(read.tables) == sum(len(part.tables) for part in made.sections)


def test_of_a_published_day_it_says_what_was_locked(day: Town, english: None):
    unpublished = brief.build(day.duty, DAY)
    assert "Provisional" in unpublished.footer[1]
    locked = publishing.publish(unit=day.subdistrict, on=DAY, speaker="A. Secretary", by=day.duty, at=SHOWN)
    report(place(day.grid_s1), known_at=SHOWN + timedelta(seconds=1))
    made = brief.build(day.duty, DAY)
    assert made.as_known == locked.as_known
    assert (made.published.number, made.approved_by) == (1, "A. Secretary")
    assert locked.digest in flat("".join(made.footer))
    total = next(made.figures()).figure
    assert total.numerator == next(unpublished.figures()).figure.numerator
    # A community reads of its own places, for which nothing was published.
    assert brief.build(day.north, DAY).published is None
