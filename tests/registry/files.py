"""Spreadsheets as people make them, for the tests of the import."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

HEADERS = (
    "企业名称",
    "统一社会信用代码",
    "类别",
    "行业代码",
    "地址",
    "所属社区",
    "网格",
    "联系人",
    "联系电话",
    "从业人数",
    "年营业收入（万元）",
)


def row(name: str, **values: Any) -> list[Any]:
    """A row under HEADERS that is fine, but for what is said otherwise."""
    fine = {
        "code": None, "category": "临街商铺", "industry": "52", "address": f"{name}路1号", "community": "North",
        "grid": "370203900001001", "contact": "张三", "phone": "13800001234", "staff": 12, "revenue": 300,
    } | values  # fmt: skip
    return [name, *fine.values()]


def book(rows: Sequence[Sequence[Any]], headers: Sequence[Any] = HEADERS, above: Sequence[str] = ()) -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    for title in above:
        sheet.append([title])
    sheet.append(list(headers))
    for line in rows:
        sheet.append(list(line))
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


def save(path: Path, *rows: Sequence[Any], **more: Any) -> Path:
    path.write_bytes(book(rows, **more))
    return path


def cells(content: bytes) -> list[list[Any]]:
    """The rows of the first sheet, read by another library than the one that wrote them."""
    return [list(line) for line in load_workbook(BytesIO(content)).worksheets[0].iter_rows(values_only=True)]
