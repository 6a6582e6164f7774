"""Workbooks as people make them: which sheet, which row is the header, which rows are places."""

from __future__ import annotations

from datetime import date

import pytest

from dongche.kit.errors import Problem
from dongche.registry import sheets
from dongche.registry.sheets import CellFault, read_workbook
from dongche.registry.sheets.encodings import MixedEncodings
from tests.registry.books import book, with_sheet_xml

HEADERS = ["企业名称", "类别", "联系电话"]
PLACE = ["四方大酒店", "企业", "13800138000"]


def read(data, **options):
    sheet = read_workbook(data, file="登记表.xlsx", **options)
    return sheet, list(sheet.rows)


def names(sheet, rows):
    return [sheet.pick(cells)["name"] for _, cells in rows]


# --- The header ---


def test_read_workbook_plain_table():
    sheet, rows = read(book([HEADERS, PLACE], title="登记"))
    assert (sheet.name, sheet.header_row, sheet.headers) == ("登记", 1, tuple(HEADERS))
    assert sheet.columns.by_field == {"name": 0, "category": 1, "contact_phone": 2}
    assert rows == [(2, PLACE)]
    assert sheet.pick(rows[0][1]) == {
        "name": "四方大酒店",
        "category": "企业",
        "contact_phone": "13800138000",
    }


@pytest.mark.parametrize("header_row", range(1, 16))
def test_read_workbook_header_may_stand_below_titles(header_row):
    above = [["阜新路街道企业名称登记表"], ["填报单位：", "经济文化服务中心"], [], ["单位：万元"]]
    titles = [above[n % 4] for n in range(header_row - 1)]
    sheet, rows = read(book([*titles, HEADERS, PLACE], merges=["A1:C1"] if header_row > 1 else []))
    assert sheet.header_row == header_row
    assert [number for number, _ in rows] == [header_row + 1]


def test_read_workbook_header_words_and_order_of_others():
    header = [
        "序号",
        "联系电话（手机）",
        "所在社区*",
        "企业（单位）名称*",
        "类型",
        "从业人员（人）",
        "营业收入（千元）",
        "社会信用代码",
        "备注",
    ]
    sheet, _ = read(book([header, [1, "13800138000", "南山", "四方", "企业", 3, 5, "", ""]]))
    assert sheet.columns.by_field == {
        "contact_phone": 1, "community": 2, "name": 3, "category": 4, "staff_count": 5, "revenue": 6, "credit_code": 7,
    }  # fmt: skip
    assert sheet.columns.hints == {"revenue": "thousand"}
    assert sheet.columns.unused == ("序号", "备注")


def test_read_workbook_english_headers():
    header = ["Company Name", "Unified Social Credit Code", "Place type", "Number of employees", "Annual revenue (yuan)",
              "Contact person", "Mobile", "Street address", "Community", "Grid", "Longitude", "Latitude", "Opening date"]  # fmt: skip
    sheet, _ = read(book([header, ["四方"] + ["x"] * 12]))
    assert list(sheet.columns.by_field) == [
        "name", "credit_code", "category", "staff_count", "revenue", "contact_name", "contact_phone", "address",
        "community", "grid", "lon", "lat", "opened_on",
    ]  # fmt: skip
    assert sheet.columns.hints["revenue"] == "yuan"


def test_read_workbook_money_without_a_unit_is_said():
    sheet, _ = read(book([["名称", "类别", "营业收入", "资产总计（万元）"], ["四方", "企业", 1, 2]]))
    assert sheet.columns.assumed == ("revenue",)


def test_read_workbook_header_over_two_merged_rows():
    rows = [
        ["企业登记表"],
        ["序号", "企业信息", None, None, "联系人", None, "社区"],
        [None, "名称", "类别", "信用代码", "姓名", "电话", None],
        [1, "四方", "企业", "", "张某", "13800138000", "南山"],
    ]
    sheet, body = read(book(rows, merges=["A1:G1", "A2:A3", "B2:D2", "E2:F2", "G2:G3"]))
    assert sheet.headers == (
        "序号",
        "企业信息·名称",
        "企业信息·类别",
        "企业信息·信用代码",
        "联系人·姓名",
        "联系人·电话",
        "社区",
    )
    assert sheet.columns.by_field == {
        "name": 1, "category": 2, "credit_code": 3, "contact_name": 4, "contact_phone": 5, "community": 6,
    }  # fmt: skip
    assert (sheet.header_row, [number for number, _ in body]) == (2, [4])


def test_read_workbook_two_people_with_two_phones_are_told_apart():
    rows = [
        ["名称", "类别", "法定代表人", None, "联系人", None],
        [None, None, "姓名", "身份证号", "姓名", "电话"],
        ["四方", "企业", "王某", "x", "张某", "13800138000"],
    ]
    sheet, body = read(book(rows, merges=["A1:A2", "B1:B2", "C1:D1", "E1:F1"]))
    picked = sheet.pick(body[0][1])
    assert (picked["contact_name"], picked["contact_phone"]) == ("张某", "13800138000")


def test_read_workbook_header_with_line_breaks_and_spaces():
    sheet, _ = read(book([["企业\n名称", "类 别", "联系\r\n电话"], PLACE]))
    assert sheet.columns.by_field == {"name": 0, "category": 1, "contact_phone": 2}


def test_read_workbook_starts_where_the_table_starts():
    sheet, rows = read(book([[], [], [None, None, *HEADERS], [None, None, *PLACE]]))
    assert sheet.columns.by_field == {"name": 2, "category": 3, "contact_phone": 4}
    assert rows == [(4, ["", "", *PLACE])]


# --- Which sheet ---


def test_read_workbook_takes_the_sheet_whose_header_fits_best():
    data = book(
        [["说明"], ["请如实填写企业名称"]],
        title="填表说明",
        more={"字典": [["类别"], ["企业"]], "数据": [HEADERS, PLACE], "名单": [["名称"], ["甲"]]},
    )
    sheet, rows = read(data)
    assert (sheet.name, names(sheet, rows)) == ("数据", ["四方大酒店"])


def test_read_workbook_leaves_hidden_sheets_alone_unless_all_are():
    data = book(
        [HEADERS, PLACE],
        title="新",
        more={"旧": [[*HEADERS, "社区", "网格"], [*PLACE, "x", "y"]]},
        hidden=["旧"],
    )
    assert read(data)[0].name == "新"


def test_read_workbook_sheet_by_name():
    data = book([HEADERS, PLACE], title="一", more={"二": [HEADERS, ["乙", "企业", ""]]})
    sheet, rows = read(data, sheet="二")
    assert names(sheet, rows) == ["乙"]
    with pytest.raises(Problem, match=r"“三”\. Its sheets are: 一、二"):
        read(data, sheet="三")


# --- Rows ---


def test_read_workbook_fills_down_what_is_merged_and_only_that():
    rows = [
        ["社区", "名称", "类别", "网格"],
        ["南山", "甲", "企业", "1"],
        [None, "乙", "企业", None],
        [None, "丙", "企业", "3"],
        [None, "丁", "企业", None],
    ]
    _, body = read(book(rows, merges=["A2:A4"]))
    assert [(cells[0], cells[3]) for _, cells in body] == [
        ("南山", "1"),
        ("南山", ""),
        ("南山", "3"),
        ("", ""),
    ]


def test_read_workbook_skips_blank_rows_and_columns_but_says_what_else_it_skips():
    rows = [
        ["序号", "名称", "类别", "从业人数", None, None],
        ["1", "甲", "企业", 3],
        [],
        ["  ", "　", None],
        ["小 计", None, None, 3],
        ["2", "乙", "企业", 4],
        ["序号", "名称", "类别", "从业人数"],
        ["3", "丙", "企业", 4],
        ["合计", "", "", 11],
        ["备注：营业收入为2019年"],
        ["填表人：", "王某", "审核人：李某"],
        [None, "填报日期：2020年3月20日"],
    ]
    sheet, body = read(book(rows))
    assert names(sheet, body) == ["甲", "乙", "丙"]
    assert [(skipped.row, skipped.reason) for skipped in sheet.skipped] == [
        (5, "total"), (7, "header"), (9, "total"), (10, "note"), (11, "note"), (12, "note"),
    ]  # fmt: skip
    assert sheet.skipped[3].text == "备注：营业收入为2019年"


@pytest.mark.parametrize(
    "name",
    ["合计数码店", "总计量具厂", "注塑加工部", "说明书印刷厂", "备注咖啡", "Total Fitness", "Notebook shop"],
)
def test_read_workbook_names_that_begin_like_a_total_are_places(name):
    sheet, rows = read(book([HEADERS, [name, "企业", ""]]))
    found = names(sheet, rows)
    assert found == ([] if name == "Total Fitness" else [name])  # that one is on the list of skipped rows


def test_read_workbook_row_with_a_credit_code_is_always_a_place():
    sheet, rows = read(book([["名称", "类别", "信用代码"], ["合计", "企业", "91370203MA3C000113"]]))
    assert names(sheet, rows) == ["合计"]


@pytest.mark.parametrize(
    "line", [["甲", "乙", 1, 2, 3], [1, 2, 3, 4, 5], ["(1)", "(2)", "(3)", "(4)", "(5)"]]
)
def test_read_workbook_skips_the_line_of_column_numbers(line):
    sheet, rows = read(book([["序号", "名称", "类别", "人数", "面积"], line, [1, "甲", "企业", 2, 3]]))
    assert [number for number, _ in rows] == [3]
    assert sheet.skipped[0].reason == "numbering"


def test_read_workbook_error_cells_and_formulas_without_result_are_faults():
    def spoil(xml: bytes) -> bytes:
        xml = xml.replace(b'<c r="C2" t="n"><v>1</v></c>', b'<c r="C2" t="e"><f>1/0</f><v>#DIV/0!</v></c>')
        return xml.replace(b'<c r="C3" t="n"><v>2</v></c>', b'<c r="C3"><f>SUM(A1:A2)</f><v>7</v></c>')

    rows = [
        ["名称", "类别", "人数"],
        ["甲", "企业", 1],
        ["乙", "企业", 2],
        ["丙", "企业", "=SUM(C1:C2)"],
        ["丁", "企业", 4],
    ]
    _, body = read(with_sheet_xml(book(rows), spoil))
    assert [cells[2] for _, cells in body] == [CellFault("#DIV/0!"), 7, CellFault("#"), 4]
    assert body[2][1][2].is_not_calculated


def test_read_workbook_keeps_types_of_cells():
    row = ["甲", "企业", 1.5, date(2020, 3, 20), True]
    _, body = read(book([["名称", "类别", "面积", "开业日期", "是否有建筑业资质"], row]))
    assert body[0][1] == row


# --- What is missing ---


def refusal(data, **options):
    with pytest.raises(Problem) as caught:
        read(data, **options)
    return caught.value


def test_read_workbook_without_a_name_column_says_what_it_found():
    problem = refusal(book([["编号", "街道", "数量"], [1, 2, 3]]))
    assert problem.code == "registry.no_name_column"
    assert "编号、街道、数量" in str(problem)
    assert "企业名称" in str(problem)


def test_read_workbook_without_a_category_column():
    assert refusal(book([["名称", "地址"], ["甲", "乙"]])).code == "registry.no_category_column"
    sheet, _ = read(book([["名称", "信用代码", "行业"], ["甲", "乙", "丙"]]))
    assert "category" not in sheet.columns.by_field


def test_read_workbook_with_two_columns_of_the_same_name():
    problem = refusal(book([["名称", "类别", "电话", "电话"], ["甲", "企业", "1", "2"]]))
    assert problem.code == "registry.ambiguous_columns"
    assert "电话 (C) / 电话 (D)" in str(problem)


@pytest.mark.parametrize("rows", [[], [[]], [["", None]]])
def test_read_workbook_empty(rows):
    assert refusal(book(rows)).code == "registry.sheet_empty"


# --- The map ---


def test_map_overrules_and_gives_constants():
    data = book([["档口", "电话", "电话", "名称"], ["甲", "1", "13800138000", "乙"]])
    sheet, rows = read(data, mapping={"name": "档 口", "contact_phone": None, "category": "=street_shop"})
    assert sheet.pick(rows[0][1]) == {"name": "甲", "category": "street_shop"}
    assert sheet.columns.unused == ("电话", "电话", "名称")


def test_map_finds_the_header_by_its_words():
    data = book([["表", "一"], ["档口", "经营什么"], ["甲", "企业"]])
    assert read(data, mapping={"name": "档口", "category": "经营什么"})[0].header_row == 2


@pytest.mark.parametrize(
    ("text", "code"),
    [("nam: 档口", "registry.map_unknown_field"), ("- a", "registry.map_unreadable"), ("a: [", "registry.map_unreadable"),
     ("just words", "registry.map_unreadable")],
)  # fmt: skip
def test_map_unreadable(text, code):
    with pytest.raises(Problem) as caught:
        sheets.read_map(text)
    assert caught.value.code == code


def test_map_of_a_header_that_is_not_there():
    problem = refusal(book([HEADERS, PLACE]), mapping={"address": "门牌"})
    assert (problem.code, problem.details["given"]) == ("registry.map_unknown_header", "门牌")


# --- CSV ---


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_read_workbook_csv(encoding, delimiter):
    lines = [
        "登记表",
        delimiter.join(HEADERS),
        delimiter.join(['"四方\n大酒店"', "企业", "138"]),
        "",
        delimiter.join(["合计", "", "1"]),
    ]
    sheet = read_workbook("\r\n".join(lines).encode(encoding), file="登记.csv")
    rows = list(sheet.rows)
    assert (sheet.name, sheet.header_row) == ("登记", 2)
    assert rows == [(3, ["四方\n大酒店", "企业", "138"])]
    assert [skipped.reason for skipped in sheet.skipped] == ["total"]


@pytest.mark.parametrize("order", [("utf-8", "gb18030"), ("gb18030", "utf-8"), ("utf-8-sig", "gb18030")])
def test_a_line_in_another_encoding_is_named(order):
    data = "名称,类别\n甲示例店,企业\n".encode(order[0]) + "乙示例店,企业\n".encode(order[1])
    with pytest.raises(MixedEncodings) as refused:
        read_workbook(data, file="a.csv")
    assert refused.value.details["line"] == "3"


def test_read_workbook_from_a_path(tmp_path):
    path = tmp_path / "登记.xlsx"
    path.write_bytes(book([HEADERS, PLACE]))
    assert [number for number, _ in read_workbook(path).rows] == [2]


# --- The refused rows go back, are corrected and come again ---


def test_errors_file_can_be_sent_again(tmp_path):
    path = tmp_path / "errors.xlsx"
    header = ["联系人·姓名", "企业名称", "类别", "联系电话"]
    refused = [(7, "没有类别", ["张某", "=四方", "", "0532"], {2, 1}), (9, "…", ["", "乙", "", ""], set())]
    count = sheets.errors_xlsx(path, header, refused)
    sheet = read_workbook(path)
    rows = list(sheet.rows)
    assert count == 2
    assert sheet.columns.by_field == {"contact_name": 2, "name": 3, "category": 4, "contact_phone": 5}
    assert [cells[1:4] for _, cells in rows] == [[7, "张某", "=四方"], [9, "", "乙"]]


def test_read_workbook_words_of_a_street_office():
    rows = [
        ["示例街道沿街门店摸排统计表"],
        ["填报单位：第一社区", "", "", "", "", "填表人：示例·张三"],
        ["序号", "所在辖区", "", "字号（店招）", "经营范围/业态", "证照情况", "", "老板", "", "坐落", "开张时间"],
        ["", "社区", "网格", "", "", "执照号", "有无证照", "姓名", "手机", "", ""],
        [1, "第一社区", "第1网格", "示例春晓面馆", "餐饮店", "92370203MA3C000116", "有", "示例·王一", "19900001001",
         "示例路1号", "2018.5.1"],
    ]  # fmt: skip
    merges = ["A1:K1", "B3:C3", "F3:G3", "H3:I3", *(f"{letter}3:{letter}4" for letter in "ADEJK")]
    columns = read_workbook(book(rows, merges=merges)).columns
    assert columns.by_field == {
        "community": 1, "grid": 2, "name": 3, "category": 4, "credit_code": 5, "contact_name": 7, "contact_phone": 8,
        "address": 9, "opened_on": 10,
    }  # fmt: skip
    assert columns.unused == ("序号", "证照情况·有无证照")
