"""Files that people really send, or that mean harm: by name what they are, and the code with which each is refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

from openpyxl import Workbook

from tests.registry.books import book, repacked, with_sheet_xml

KEPT = Path(__file__).parent / "kept"
TABLE = [["名称", "类别", "所属社区"], ["示例面馆", "临街商铺", "North"]]
# One pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c63f8cfc0f01f000501012f57c1ec0000000049454e44ae426082"
)
HTML = "<html><body><table><tr><td>名称</td></tr><tr><td>示例面馆</td></tr></table></body></html>".encode()


def bomb() -> bytes:
    return repacked(
        book(TABLE), lambda name, old: old + b" " * 200_000_000 if name.endswith("sheet1.xml") else old
    )


def million_rows() -> bytes:
    last = b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    return with_sheet_xml(book(TABLE), lambda xml: xml.replace(b"</sheetData>", last))


def docx() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    return file.getvalue()


def nothing() -> bytes:
    file = io.BytesIO()
    Workbook().save(file)
    return file.getvalue()


def very_wide() -> bytes:
    """All columns Excel has, in as many rows as make more cells than fit into memory."""
    wide = b'<row r="1500"><c r="XFD1500" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    return with_sheet_xml(book(TABLE), lambda xml: xml.replace(b"</sheetData>", wide))


REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "a picture named .xlsx": ("照片.xlsx", lambda: PNG, "registry.file_not_excel"),
    "a picture": ("照片.png", lambda: PNG, "registry.wrong_extension"),
    "no ending": ("登记表", lambda: book(TABLE), "registry.wrong_extension"),
    "text named .xlsx": ("登记.xlsx", lambda: "名称,类别\n甲,企业\n".encode(), "registry.file_not_excel"),
    "a web page named .xls": ("登记.xls", lambda: HTML, "registry.file_not_excel"),
    "a web page named .xlsx": ("登记.xlsx", lambda: HTML, "registry.file_not_excel"),
    "a letter named .xlsx": ("登记.xlsx", docx, "registry.file_not_excel"),
    "with a password": ("机密.xlsx", (KEPT / "locked.xlsx").read_bytes, "registry.file_encrypted"),
    "half of it": ("登记.xlsx", lambda: book(TABLE)[:3000], "registry.file_damaged"),
    "nothing at all": ("登记.xlsx", lambda: b"", "registry.sheet_empty"),
    "an empty sheet": ("登记.xlsx", nothing, "registry.sheet_empty"),
    "a header and no row": ("登记.xlsx", lambda: book(TABLE[:1]), "registry.sheet_empty"),
    "a bomb": ("登记.xlsx", bomb, "registry.file_is_a_bomb"),
    "a million rows": ("登记.xlsx", million_rows, "registry.too_many_rows"),
    "too wide": ("登记.xlsx", very_wide, "registry.file_too_large"),
    "all columns of Excel": (
        "登记.xlsx",
        lambda: book([[*TABLE[0], *(f"列{n}" for n in range(16_381))], TABLE[1]]),
        "registry.too_many_columns",
    ),
    "two encodings in one file": (
        "登记.csv",
        lambda: "名称,类别\n甲示例店,企业\n".encode() + "乙店,企业\n".encode("gb18030"),
        "registry.mixed_encodings",
    ),
    "no column of names": ("登记.xlsx", lambda: book([["颜色"], ["红"]]), "registry.no_name_column"),
    "no kind of place": ("登记.xlsx", lambda: book([["名称"], ["示例面馆"]]), "registry.no_category_column"),
    "two columns of names": (
        "登记.xlsx",
        lambda: book([["名称", "名称", "类别"], ["甲店", "乙店", "企业"]]),
        "registry.ambiguous_columns",
    ),
}
