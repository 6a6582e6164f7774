"""One row: what is kept, and every reason why one is refused."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dongche.kit.identifiers import make_credit_code
from dongche.registry.lookups import Community, Grid, Lookups
from dongche.registry.models import Category, Focus
from dongche.registry.readers import RowFault
from dongche.registry.rows import CleanPlace, read_row
from dongche.registry.sheets import FIELDS, CellFault
from dongche.registry.standards import categories, nine_small, tables

ON = date(2020, 3, 20)
CODE = make_credit_code("91370203MA3C0001")
LOOKUPS = Lookups.of(
    [Community("370203026002", "南山社区居委会")], [Grid("37020302600201", "第一网格", "370203026002")]
)
FULL = {
    "name": " 青岛（四方）大酒店　", "credit_code": CODE.lower(), "category": "企业", "industry": "H6110", "address": "阜新路１２号",
    "community": "南山社区", "grid": "1", "contact_name": "张某", "contact_phone": 13800138000.0, "staff_count": "１２０人",
    "revenue": "1.2亿", "assets": 3500, "construction_qualified": "无", "nine_small_class": "", "area_m2": 85.5,
    "focus": "是", "output_normal": 2.5, "lon": 120.3712, "lat": "36.0986", "opened_on": "2010年5月1日",
}  # fmt: skip


def read(hints=None, **cells):
    return read_row(cells, on=ON, lookups=LOOKUPS, hints=hints or {})


def place(**cells) -> CleanPlace:
    result = read(**({"name": "四方", "category": "企业"} | cells))
    assert isinstance(result, CleanPlace), [fault.sentence() for fault in result]
    return result


def faults(**cells) -> list[str]:
    result = read(**({"name": "四方", "category": "企业"} | cells))
    assert isinstance(result, list)
    for fault in result:
        assert isinstance(fault, RowFault)
        assert "%(" not in fault.sentence()
    return [fault.code.removeprefix("registry.") for fault in result]


def test_read_row_full():
    assert read(**FULL) == CleanPlace(
        name="青岛（四方）大酒店", credit_code=CODE, category="enterprise", industry="H6110", section="H", division="61",
        address="阜新路12号", community="370203026002", grid="37020302600201", contact_name="张某", contact_phone="13800138000",
        staff_count=120, revenue_fen=120_000_000_00, assets_fen=35_000_000_00, construction_qualified=False, nine_small_class=None,
        area_m2=86, focus="key_enterprise", output_normal_fen=25_000_00, lon=120.3712, lat=36.0986, opened_on=date(2010, 5, 1),
    )  # fmt: skip


def test_read_row_least():
    assert read(name="四方", category="临街商铺") == CleanPlace(
        name="四方", credit_code=None, category="street_shop", industry=None, section=None, division=None, address="",
        community=None, grid=None, contact_name="", contact_phone="", staff_count=None, revenue_fen=None, assets_fen=None,
        construction_qualified=None, nine_small_class=None, area_m2=None, focus=None, output_normal_fen=None, lon=None,
        lat=None, opened_on=None,
    )  # fmt: skip


@pytest.mark.parametrize("blank", [None, "", " ", "　", "/", "-", "无", "暂无", "N/A"])
def test_read_row_blank_words_mean_not_known(blank):
    cells = dict.fromkeys(
        (name for name in FIELDS if name not in ("name", "category", "construction_qualified", "focus")),
        blank,
    )
    assert place(**cells) == place()


def test_read_row_gives_every_reason_at_once():
    found = faults(
        name="",
        category="农贸商超",
        credit_code="123",
        staff_count="约50",
        revenue=-1,
        opened_on="2021-01-01",
        community="北山",
    )
    assert sorted(found) == [
        "category_unknown", "community_unknown", "credit_code_length", "day_in_the_future", "name_missing", "negative", "not_a_count",
    ]  # fmt: skip


# --- Category, focus ---


@pytest.mark.parametrize(
    ("word", "code"),
    [("企业", "enterprise"), ("在建工地", "construction_site"), ("农贸市场", "farm_produce_market"), ("大型商超", "supermarket"),
     ("机电市场", "electromechanical_market"), ("商务楼宇", "office_building"), ("写字楼", "office_building"), ("九小场所", "nine_small_venue"),
     ("临街商铺", "street_shop"), ("Street shop", "street_shop"), ("construction_site", "construction_site"), ("Nine-small venue", "nine_small_venue"),
     (" 商 超 ", "supermarket"), ("企业（规上）", "enterprise")],
)  # fmt: skip
def test_category_words(word, code):
    assert place(category=word).category == code


def test_category_words_cover_the_model_and_mean_one_kind_each():
    table = tables.load("categories")["categories"]
    assert set(table) == set(Category.values)
    words = [word for row in table.values() for word in row]
    assert len(words) == len(set(words))
    assert {categories.read_category(str(label)).code for label in Category.labels} == set(Category.values)
    assert set(tables.load("categories")["focus"]) == set(Focus.values)


@pytest.mark.parametrize(
    ("word", "venue"),
    [("小餐饮", "catering"), ("九小场所（小旅馆）", "lodging"), ("九小场所-小网吧", "public_entertainment")],
)
def test_category_may_name_the_kind_of_venue(word, venue):
    found = place(category=word)
    assert (found.category, found.nine_small_class) == ("nine_small_venue", venue)


@pytest.mark.parametrize("word", ["农贸商超", "个体工商户", "其他", "九小场所（别的）", "1", 7])
def test_category_that_may_mean_several_is_refused(word):
    assert faults(category=word) == ["category_unknown"]


def test_category_missing_is_an_enterprise_when_code_and_industry_are_there():
    assert place(category="", credit_code=CODE, industry="C34").category == "enterprise"
    assert place(category="", nine_small_class="小商店").category == "nine_small_venue"
    assert faults(category="", credit_code=CODE) == ["category_missing"]
    assert faults(category="") == ["category_missing"]
    assert faults(category="", credit_code="123", industry="C34") == ["credit_code_length"]


@pytest.mark.parametrize("word", [venue.zh for venue in nine_small.venues().values()])
def test_nine_small_class_words(word):
    assert place(category="九小场所", nine_small_class=word).nine_small_class in nine_small.venues()


def test_focus_yes_means_what_the_header_says():
    assert read({"focus": "key_project"}, name="甲", category="在建工地", focus="是").focus == "key_project"
    assert place(focus="重点领域").focus == "key_field"
    assert place(focus="否").focus is place(focus="无").focus is None
    assert place(category="重点企业").focus == "key_enterprise"
    assert faults(focus="很重点") == ["focus_unknown"]


# --- Codes and names ---


@pytest.mark.parametrize(
    ("value", "code"),
    [("9137020", "credit_code_length"), (CODE[:17] + "4", "credit_code_check"), (CODE[:9] + "I" + CODE[10:], "credit_code_alphabet"),
     (9.13702e17, "number_rounded"), ("9.137E+17", "number_rounded"), (CellFault("#N/A"), "cell_error"), (CellFault("#"), "cell_not_calculated")],
)  # fmt: skip
def test_credit_code_faults(value, code):
    assert faults(credit_code=value) == [code]


def test_credit_code_fault_names_the_expected_character():
    fault = read(name="甲", category="企业", credit_code=CODE[:17] + "4")[0]
    assert (fault.field, fault.details["expected"], fault.details["found"]) == ("credit_code", "3", "4")
    assert "should be “3”, not “4”" in fault.sentence()


@pytest.mark.parametrize(
    ("name", "code"),
    [("", "name_missing"), ("无", "name_missing"), (None, "name_missing"), (1.0, "name_odd"), ("12", "name_odd"), ("（）", "name_odd"),
     ("长" * 121, "text_too_long"), (CellFault("#REF!"), "cell_error")],
)  # fmt: skip
def test_name_faults(name, code):
    assert faults(name=name) == [code]


def test_names_of_figures_exist():
    assert place(name=1919.0).name == "1919"
    assert place(name="粥").name == "粥"


def test_address_too_long():
    assert faults(address="路" * 201) == ["text_too_long"]


# --- Telephones ---


@pytest.mark.parametrize(
    ("written", "phone"),
    [(13800138000.0, "13800138000"), ("138 0013 8000", "13800138000"), ("138-0013-8000", "13800138000"), ("＋86 13800138000", "13800138000"),
     ("（0532）83721234", "053283721234"), ("0532-83721234", "0532-83721234"), ("0532-8372-1234", "0532-83721234"), ("83721234", "83721234"),
     ("0532-83721234-801", "0532-83721234-801"), ("400-820-8820", "400-820-8820"), ("4008208820", "4008208820"),
     ("13800138000/0532-83721234", "13800138000 / 0532-83721234"), ("13800138000 13900139000", "13800138000 / 13900139000"),
     ("13800138000、13900139000", "13800138000 / 13900139000")],
)  # fmt: skip
def test_phone_reads(written, phone):
    assert place(contact_phone=written).contact_phone == phone


@pytest.mark.parametrize(
    "written",
    ["138", "12800138000", "1380013800", "138001380001", "电话", "13800138000/12", 1.38e30, "张某 138", True],
)
def test_phone_refuses(written):
    assert faults(contact_phone=written) == ["not_a_phone"]


# --- Numbers, money, days ---


@pytest.mark.parametrize(
    ("cells", "code"),
    [({"staff_count": -1}, "negative"), ({"staff_count": 3_000_000}, "number_too_large"), ({"staff_count": 1.5}, "not_a_count"),
     ({"staff_count": date(2020, 3, 20)}, "not_a_count"), ({"staff_count": time(3)}, "not_a_count"), ({"staff_count": True}, "not_a_count"),
     ({"area_m2": "-20"}, "negative"), ({"area_m2": "1e9"}, "not_a_count"), ({"area_m2": 1e8}, "number_too_large"),
     ({"revenue": "-3万"}, "negative"), ({"revenue": "许多"}, "not_money"), ({"revenue": 1e12}, "number_too_large"),
     ({"assets": "99999亿亿"}, "not_money"), ({"output_normal": 10**9}, "number_too_large"),
     ({"construction_qualified": "也许"}, "not_yes_no"), ({"industry": "Z99"}, "industry_unknown"), ({"industry": "A34"}, "industry_contradiction"),
     ({"opened_on": "2020-03-21"}, "day_in_the_future"), ({"opened_on": "1234-01-01"}, "day_too_early"), ({"opened_on": "三月"}, "not_a_day"),
     ({"opened_on": time(3)}, "not_a_day"), ({"opened_on": timedelta(1)}, "not_a_day")],
)  # fmt: skip
def test_values_refused(cells, code):
    assert faults(**cells) == [code]


def test_values_at_the_limits():
    found = place(staff_count=0, area_m2="1,234.4 ㎡", revenue=0, opened_on=datetime(2020, 3, 20, 9))  # noqa: DTZ001
    assert (found.staff_count, found.area_m2, found.revenue_fen, found.opened_on) == (0, 1234, 0, ON)


def test_money_in_the_unit_of_the_header():
    found = read(
        {"revenue": "thousand", "assets": "yuan"},
        name="甲",
        category="企业",
        revenue=5,
        assets="7",
        output_normal="8元",
    )
    assert (found.revenue_fen, found.assets_fen, found.output_normal_fen) == (5000_00, 7_00, 8_00)


# --- Coordinates ---


@pytest.mark.parametrize(
    "cells",
    [{"lon": 120.37, "lat": 36.1}, {"lon": "120.37°E", "lat": "北纬36.1"}, {"coordinates": "120.37,36.1"}, {"coordinates": "120.37，36.1"},
     {"coordinates": "120.37 36.1"}],
)  # fmt: skip
def test_coordinates_read(cells):
    found = place(**cells)
    assert (found.lon, found.lat) == (120.37, 36.1)


@pytest.mark.parametrize(
    ("cells", "code"),
    [({"lon": 36.1, "lat": 120.37}, "coordinates_swapped"), ({"coordinates": "36.1,120.37"}, "coordinates_swapped"),
     ({"lon": 0, "lat": 0}, "coordinates_outside"), ({"lon": 120.37, "lat": -36.1}, "coordinates_outside"),
     ({"lon": 120.37}, "coordinates_half"), ({"lat": 36.1}, "coordinates_half"), ({"lon": "120度22分", "lat": 36.1}, "not_a_coordinate"),
     ({"coordinates": "120.37"}, "not_a_coordinate"), ({"coordinates": "某处"}, "not_a_coordinate")],
)  # fmt: skip
def test_coordinates_refused(cells, code):
    assert faults(**cells) == [code]


# --- Anything ---

CELLS = st.one_of(
    st.none(), st.text(max_size=12), st.floats(), st.booleans(), st.integers(-(10**20), 10**20), st.dates(), st.datetimes(), st.times(),
    st.timedeltas(), st.sampled_from([CellFault("#N/A"), CellFault("#")]),
    st.sampled_from([value for value in FULL.values() if value]),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(FIELDS), CELLS))
def test_any_row_is_read_or_refused_with_reasons(cells):
    result = read(**cells)
    if isinstance(result, CleanPlace):
        assert result.name
        assert result.category in Category.values
        assert result.opened_on is None or result.opened_on <= ON
        assert (
            min(
                n
                for n in (result.staff_count, result.revenue_fen, result.assets_fen, result.area_m2, 0)
                if n is not None
            )
            == 0
        )
    else:
        assert result
        for fault in result:
            assert fault.code.startswith("registry.")
            assert fault.sentence()


@pytest.mark.parametrize("datum", ["GCJ-02", "gcj02", "火星坐标系", "高德"])
def test_coordinates_of_chinese_maps_are_kept_as_wgs84(datum: str):
    found = place(coordinates="120.37733,36.08837", datum=datum)
    assert (round(found.lon, 4), round(found.lat, 4)) == (120.3722, 36.0881)
    plain = place(lon=120.3722, lat=36.0881, datum="WGS-84")
    assert (plain.lon, plain.lat) == (120.3722, 36.0881)


def test_a_system_that_cannot_be_turned_is_refused():
    assert faults(lon=120.37, lat=36.1, datum="BD-09") == ["datum_unknown"]
