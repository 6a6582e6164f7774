"""Files that are no workbooks, or would do harm: each refused with its own code, in little time and memory."""

from __future__ import annotations

import io
import random
import resource
import struct
import zipfile
import zlib

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from dongche.kit.errors import Problem
from dongche.registry.sheets import Limits, container, read_workbook
from dongche.registry.sheets.extents import column_number
from tests.registry.books import book, repacked, with_sheet_xml

TABLE = book([["名称", "类别"], ["四方大酒店", "企业"]])
OLE = container.OLE_MAGIC
CELL = b'<c r="A2"'


def code_of(data: bytes, file: str = "登记.xlsx", **options) -> str:
    with pytest.raises(Problem) as caught:
        list(read_workbook(data, file=file, **options).rows)
    assert file in str(caught.value)
    return caught.value.code


def zipped(**entries: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"<html><table><tr><td>\xe5\x90\x8d</td></tr></table></html>",
        b"\xef\xbb\xbf <!DOCTYPE html><html>",
        b"<?xml version='1.0'?><Workbook/>",
        "名称,类别\n甲,企业\n".encode(),
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        bytes(range(256)) * 20,
        zipped(word__document_xml=b"<a/>"),
        zipped(content_xml=b"<a/>"),
        zipped(xl__workbook_bin=b"a"),
        zipped(readme_txt=b"a"),
        OLE + b"\0" * 4096 + "WordDocument".encode("utf-16-le") + b"\0" * 1000,
    ],
)
def test_not_excel_though_named_so(data):
    assert code_of(data) == "registry.file_not_excel"


def test_text_named_so_is_a_csv_file_only_when_named_so():
    assert code_of("名称,类别\n甲,企业\n".encode(), "登记.xls") == "registry.file_not_excel"
    assert len(list(read_workbook("名称,类别\n甲,企业\n".encode(), file="登记.csv").rows)) == 1
    assert code_of(b"\x00\x01\x02\xff" * 100, "登记.csv") == "registry.file_not_excel"


@pytest.mark.parametrize("data", [b"", b"   \r\n\t", b"\0\0\0"])
def test_empty_file(data):
    assert code_of(data) == "registry.sheet_empty"


def test_protected_by_a_password():
    assert (
        code_of(OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600)
        == "registry.file_encrypted"
    )


def test_old_workbook_cut_short():
    data = OLE + b"\0" * 600 + "Workbook".encode("utf-16-le") + b"\0" * 600
    assert code_of(data, "登记.xls") == "registry.file_damaged"


def test_larger_than_accepted(tmp_path):
    limits = Limits(file_bytes=100)
    assert code_of(TABLE, limits=limits) == "registry.file_too_large"
    path = tmp_path / "登记.xlsx"
    path.write_bytes(TABLE)
    with pytest.raises(container.FileTooLarge):
        read_workbook(path, limits=limits)


# --- Zip bombs ---


def test_bomb_that_says_its_size():
    data = repacked(TABLE, lambda name, old: old + b" " * 200_000_000 if name.endswith("sheet1.xml") else old)
    assert len(data) < 1_000_000
    assert code_of(data) == "registry.file_is_a_bomb"


def test_bomb_that_lies_about_its_size():
    """The directory declares 100 bytes; the stream holds 100 MB. Readers that trust the directory unpack it all."""
    bomb = repacked(
        TABLE, lambda name, old: old + b"<a/>" * 25_000_000 if name.endswith("sheet1.xml") else old
    )
    size, lie = (
        struct.pack("<I", zipfile.ZipFile(io.BytesIO(bomb)).getinfo("xl/worksheets/sheet1.xml").file_size),
        struct.pack("<I", 100),
    )
    lying = bomb.replace(size, lie)
    assert zipfile.ZipFile(io.BytesIO(lying)).getinfo("xl/worksheets/sheet1.xml").file_size == 100
    assert code_of(lying) == "registry.file_is_a_bomb"


def test_bomb_of_very_many_entries():
    data = repacked(TABLE, lambda name, old: old)
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a") as archive:
        for n in range(5000):
            archive.writestr(f"xl/media/{n}.png", b"")
    assert code_of(file.getvalue()) == "registry.file_is_a_bomb"


def test_unpacks_to_more_than_accepted_without_being_a_bomb():
    noise = random.Random(1).randbytes(300_000)
    data = repacked(TABLE, lambda name, old: noise if name == "docProps/app.xml" else old)
    assert code_of(data, limits=Limits(unpacked_bytes=200_000)) == "registry.file_too_large"


# --- Sheets too tall or too wide for memory ---


def peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@pytest.mark.parametrize(
    "far",
    [
        b'<c r="XFD1048576" t="n"><v>1</v></c>',
        b'<c t="n" r="XFD1048576"><v>1</v></c>',
        b"<c\nr='XFD1048576'><v>1</v></c>",
        b'<!-- --><c r="XFD1048576"><v>1</v></c>',
        b'<c r="XFD199000"><v>1</v></c>',
    ],
)
def test_one_cell_far_out_does_not_cost_gigabytes(far):
    data = with_sheet_xml(
        TABLE, lambda xml: xml.replace(b"</sheetData>", b'<row r="1048576">' + far + b"</row></sheetData>")
    )
    before = peak_mib()
    assert code_of(data) in ("registry.too_many_rows", "registry.file_too_large")
    assert peak_mib() - before < 200


def test_cells_far_out_that_hold_nothing_do_not_matter():
    empty = b'<row r="1048576"><c r="A1048576" s="0"/><c r="XFD1048576" s="0"></c></row></sheetData>'
    data = with_sheet_xml(TABLE, lambda xml: xml.replace(b"</sheetData>", empty))
    assert len(list(read_workbook(data).rows)) == 1


def test_a_sheet_with_prefixed_tags_is_measured_as_well():
    def prefixed(xml: bytes) -> bytes:
        main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        rows = b'<x:row r="1"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>'
        return b'<x:worksheet xmlns:x="' + main + b'"><x:sheetData>' + rows + b"</x:sheetData></x:worksheet>"

    assert code_of(with_sheet_xml(TABLE, prefixed)) == "registry.too_many_rows"


def test_a_million_rows_are_refused_early():
    """Written small: the rows repeat. The refusal comes before the end of the sheet is unpacked."""
    file = io.BytesIO()
    workbook = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = workbook.add_worksheet()
    sheet.write_row(0, 0, ["名称", "类别"])
    for row in range(1, 210_000):
        sheet.write_string(row, 0, f"店{row}")
    workbook.close()
    before = peak_mib()
    assert code_of(file.getvalue()) == "registry.too_many_rows"
    assert peak_mib() - before < 100


def test_as_many_rows_as_accepted():
    rows = [["名称", "类别"], *(["甲", "企业"] for _ in range(60))]
    assert code_of(book(rows), limits=Limits(rows=20)) == "registry.too_many_rows"
    assert len(list(read_workbook(book(rows), limits=Limits(rows=61)).rows)) == 60
    csv = "\n".join(",".join(row) for row in rows * 3).encode()
    assert code_of(csv, "登记.csv", limits=Limits(rows=20)) == "registry.too_many_rows"


# --- Damage ---


def test_document_type_declarations_are_refused():
    laughs = b'<!DOCTYPE a [<!ENTITY l "ha"><!ENTITY m "&l;&l;&l;">]>'
    data = with_sheet_xml(TABLE, lambda xml: xml.replace(b"<worksheet", laughs + b"<worksheet", 1))
    assert code_of(data) == "registry.file_damaged"


@pytest.mark.parametrize(
    "name", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"]
)
@pytest.mark.parametrize("damage", [b"", b"<", b"<a><b></a>", b"\xff\xfe<\x00a\x00", b"\x00" * 50])
def test_damaged_parts_never_give_a_traceback(name, damage):
    data = repacked(TABLE, lambda entry, old: damage if entry == name else old)
    assert code_of(data) in ("registry.file_damaged", "registry.sheet_empty")


@settings(max_examples=150)
@given(st.data())
def test_any_damage_to_the_bytes_gives_rows_or_a_problem(data):
    spoiled = bytearray(TABLE)
    for _ in range(data.draw(st.integers(1, 20))):
        spoiled[data.draw(st.integers(0, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    try:
        list(read_workbook(bytes(spoiled[: data.draw(st.integers(0, len(spoiled)))]), file="a.xlsx").rows)
    except Problem as problem:
        assert problem.code.startswith("registry.")  # noqa: PT017


@settings(max_examples=50)
@given(
    st.binary(max_size=2000),
    st.sampled_from(["a.xlsx", "a.xls", "a.csv", ""]),
    st.sampled_from([b"", OLE, b"PK\x03\x04"]),
)
def test_any_bytes_give_rows_or_a_problem(data, file, magic):
    try:
        list(read_workbook(magic + data, file=file).rows)
    except Problem as problem:
        assert problem.code.startswith("registry.")  # noqa: PT017


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_any_sheet_xml_gives_rows_or_a_problem(noise):
    data = with_sheet_xml(TABLE, lambda xml: xml.replace(b"</sheetData>", noise + b"</sheetData>"))
    try:
        list(read_workbook(data, file="a.xlsx").rows)
    except Problem as problem:
        assert problem.code.startswith("registry.")  # noqa: PT017


def test_stored_entries_and_unknown_compression():
    stored = repacked(TABLE, lambda name, old: old, zipfile.ZIP_STORED)
    assert len(list(read_workbook(stored).rows)) == 1
    packed = repacked(TABLE, lambda name, old: old, zipfile.ZIP_LZMA)
    assert code_of(packed) == "registry.file_damaged"


def test_column_numbers():
    assert [column_number(letters) for letters in ("A", "Z", "AA", "XFD")] == [0, 25, 26, 16_383]


def test_deflate_stream_that_ends_too_early():
    name = "xl/worksheets/sheet1.xml"
    info = zipfile.ZipFile(io.BytesIO(TABLE)).getinfo(name)
    xml = zipfile.ZipFile(io.BytesIO(TABLE)).read(name)
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    cut = deflate.compress(xml) + deflate.flush(zlib.Z_SYNC_FLUSH)
    start = info.header_offset + 30 + len(name)
    data = bytearray(TABLE)
    data[start : start + info.compress_size] = cut[: info.compress_size].ljust(info.compress_size, b"\0")
    assert code_of(bytes(data)) == "registry.file_damaged"
