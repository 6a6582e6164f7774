"""The brief as a text document that people go on writing in WPS or Word: the same texts as the printed sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from django.utils.translation import get_language
from docx import Document
from docx.document import Document as Written
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt, RGBColor
from docx.table import Table
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from dongche.reporting.brief.model import Brief
from dongche.reporting.brief.pdf import content
from dongche.reporting.brief.wording import is_chinese
from dongche.web import word

# GB/T 9704-2012 (domain 2m): A4, text block 156 × 225 mm, body in FangSong of size 3, 22 lines of 28 characters.
PAGE, MARGINS = (210, 297), {"top": 37, "left": 28, "right": 26, "bottom": 35}
SONG, HEI, FANG, TITLE, LATIN = "宋体", "黑体", "仿宋", "方正小标宋简体", "Times New Roman"
# What stands in for a face that a machine does not have.
INSTEAD = {TITLE: SONG, FANG: "仿宋_GB2312", HEI: "Noto Sans CJK SC", SONG: "Noto Serif CJK SC"}
HYPERLINK = RELATIONSHIP_TYPE.HYPERLINK
RED = RGBColor(0xD7, 0x00, 0x0F)


def to_docx(brief: Brief) -> bytes:
    """This function will write the brief as a .docx, in the language that is active: the same brief, the same bytes."""
    said = content(brief)
    document: Written = Document()
    _page(document)
    _styles(document)
    _masthead(document, said)
    for section in said["sections"]:
        document.add_heading(section["heading"], 1)
        for runs in section["paragraphs"]:
            _say(document.add_paragraph(), runs)
        for table in section["tables"]:
            _table(document, table)
    document.add_heading(said["sources_title"], 1)
    for text in said["sources"]:
        document.add_paragraph(text, style="Source")
    for text in said["footer"]:
        document.add_paragraph(text, style="Imprint")
    about = document.core_properties
    about.title, about.author, about.language = (
        f"{brief.title} {brief.issue}",
        brief.unit,
        get_language() or "",
    )
    about.created = about.modified = brief.as_known.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    about.last_modified_by, about.comments = "", ""
    return word.packed(document, INSTEAD)


def _page(document: Written) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(PAGE[0]), Mm(PAGE[1])
    section.top_margin, section.bottom_margin = Mm(MARGINS["top"]), Mm(MARGINS["bottom"])
    section.left_margin, section.right_margin = Mm(MARGINS["left"]), Mm(MARGINS["right"])
    section.footer_distance = Mm(25)
    # Page numbers: size 4 in Song, on the right of odd pages and on the left of even ones, one character in.
    document.settings.odd_and_even_pages_header_footer = True
    for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if side == "right" else WD_ALIGN_PARAGRAPH.LEFT
        setattr(paragraph.paragraph_format, f"{side}_indent", Pt(14))
        for text in ("— ", None, " —"):
            run = paragraph.add_run(text or "")
            _font(run, SONG, 14)
            if text is None:
                for kind, words in (("begin", ""), ("", "PAGE"), ("end", "")):
                    run._r.append(_field(kind, words))


def _field(kind: str, words: str) -> Any:
    element = OxmlElement("w:fldChar" if kind else "w:instrText")
    if kind:
        element.set(qn("w:fldCharType"), kind)
    else:
        element.text = words
    return element


def _styles(document: Written) -> None:
    chinese = is_chinese()
    size = 16 if chinese else 12
    normal = document.styles["Normal"]
    _font(normal, FANG, size)
    shape = normal.paragraph_format
    shape.space_before = shape.space_after = Pt(0)
    shape.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    shape.line_spacing = Pt(29 if chinese else 18)
    shape.first_line_indent = Pt(2 * size if chinese else 0)
    language = normal.element.rPr.makeelement(qn("w:lang"), {})
    language.set(qn("w:val"), "en-US")
    language.set(qn("w:eastAsia"), "zh-CN")
    normal.element.rPr.append(language)
    heading = document.styles["Heading 1"]
    _font(heading, HEI, size, is_bold=not chinese)
    heading.font.color.rgb = RGBColor(0, 0, 0)
    heading.paragraph_format.space_before = heading.paragraph_format.space_after = Pt(0 if chinese else 8)
    for name, face, points, pitch in (
        ("Source", FANG, 10.5, 15),
        ("Imprint", FANG, 14, 24),
        ("Cell", FANG, 10.5, 15),
    ):
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = normal
        _font(style, face, points if chinese else points - 1.5)
        style.paragraph_format.line_spacing = Pt(pitch)
        style.paragraph_format.first_line_indent = Pt(0)
        style.paragraph_format.keep_with_next = name == "Imprint"


def _font(what: Any, face: str, size: float, *, is_bold: bool = False, color: RGBColor | None = None) -> None:
    """Latin letters and digits in one face, Chinese characters in another, as Word and WPS keep them."""
    what.font.name, what.font.size, what.font.bold, what.font.italic = LATIN, Pt(size), is_bold, False
    if color is not None:
        what.font.color.rgb = color
    properties = (
        what._element.get_or_add_rPr() if hasattr(what._element, "get_or_add_rPr") else what._element.rPr
    )
    fonts = properties.find(qn("w:rFonts"))
    for name in [*fonts.attrib]:
        if "Theme" in name or "theme" in name:
            del fonts.attrib[name]
    fonts.set(qn("w:eastAsia"), face)


def _masthead(document: Written, said: Mapping[str, Any]) -> None:
    chinese = is_chinese()
    _centred(document, said["title"], TITLE, 36 if chinese else 28, RED)
    _centred(document, said["issue"], FANG, 16 if chinese else 12)
    line = document.add_paragraph()
    line.paragraph_format.first_line_indent = Pt(0)
    block = PAGE[0] - MARGINS["left"] - MARGINS["right"]
    line.paragraph_format.tab_stops.add_tab_stop(Mm(block), WD_TAB_ALIGNMENT.RIGHT)
    line.add_run(f"{said['unit']}\t{said['day']}")
    border = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "18"), ("space", "4"), ("color", str(RED))):
        bottom.set(qn(f"w:{name}"), value)
    border.append(bottom)
    line._p.get_or_add_pPr().append(border)
    headline = _centred(document, "", TITLE, 22 if chinese else 18)
    for run in _say(headline, said["headline"]):
        _font(run, TITLE, 22 if chinese else 18, is_bold=True)
    headline.paragraph_format.space_before = headline.paragraph_format.space_after = Pt(20)


def _centred(
    document: Written, text: str, face: str, size: float, color: RGBColor | None = None
) -> Paragraph:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    shape = paragraph.paragraph_format
    shape.first_line_indent = Pt(0)
    shape.line_spacing = Pt(size * 1.4)
    _font(paragraph.add_run(text), face, size, is_bold=face == TITLE, color=color)
    return paragraph


def _say(paragraph: Paragraph, runs: Sequence[Mapping[str, str]]) -> list[Run]:
    """Writes runs into a paragraph; a figure opens its rows, and looks like any other text."""
    written = []
    for said in runs:
        run = paragraph.add_run(said["text"])
        if said["link"]:
            link = OxmlElement("w:hyperlink")
            link.set(qn("r:id"), paragraph.part.relate_to(said["link"], HYPERLINK, is_external=True))
            link.append(run._r)
            paragraph._p.append(link)
        written.append(run)
    return written


def _inset(table: Table, width: Length) -> None:
    """Less room beside the text of cells than Word gives, so that seven columns keep their numbers whole."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(round(width.twips)))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    # The schema has an order: after the layout, before the look.
    table._tbl.tblPr.find(qn("w:tblLook")).addprevious(margins)


def _table(document: Written, said: Mapping[str, Any]) -> None:
    columns: Sequence[str] = said["columns"]
    table = document.add_table(rows=0, cols=len(columns), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    _inset(table, Mm(0.9))
    block = PAGE[0] - MARGINS["left"] - MARGINS["right"]
    # A little more for each, so that a face that runs wider does not break "131.56%".
    shares = [width + 2 for width in said["widths"]]
    widths = [Mm(block * share / sum(shares)) for share in shares]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    headings = [[{"text": text, "link": ""}] for text in columns]
    for number, cells in enumerate((headings, *said["rows"])):
        row = table.add_row()
        if number == 0:
            row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for at, (cell, runs) in enumerate(zip(row.cells, cells, strict=True)):
            cell.width = widths[at]
            paragraph = cell.paragraphs[0]
            paragraph.style = "Cell"
            paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT if at == 0 else WD_ALIGN_PARAGRAPH.CENTER
            for run in _say(paragraph, runs):
                if number == 0:
                    _font(run, HEI, 10 if is_chinese() else 9, is_bold=True)
    document.add_paragraph(said["note"], style="Cell")
