"""Text as people type it: what is folded, what is read, and what is refused."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dongche.kit import chinese
from dongche.kit.chinese import Unreadable

WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


def test_normalise_folds_width_and_drops_the_invisible():
    assert chinese.normalise("　阜新路\u200b１２号Ａ座\ufeff\xa0 ２０１ ") == "阜新路12号A座 201"


def test_normalise_leaves_chinese_punctuation_alone():
    assert chinese.normalise("青岛（集团）有限公司，分店：①㎡") == "青岛（集团）有限公司，分店：①㎡"


def test_normalise_replaces_look_alike_ideographs():
    assert chinese.normalise("\uf90a\u2f08") == "金人"  # a compatibility ideograph and a radical


@given(st.text(max_size=40))
def test_normalise_twice_is_once(text):
    once = chinese.normalise(text)
    assert chinese.normalise(once) == once


@given(st.text(max_size=40))
def test_key_does_not_see_width_or_outer_space(text):
    assert chinese.key(f" {text.translate(WIDE)}　") == chinese.key(text)


def test_grams_are_pairs_without_punctuation():
    assert chinese.grams("四方Ａb（店）") == {"四方", "方a", "ab", "b店"}
    assert chinese.grams("店") == {"店"}
    assert chinese.grams("（）") == set()


@given(st.text(min_size=1, max_size=20), st.data())
def test_grams_of_a_part_are_grams_of_the_whole(name, data):
    """Search relies on it: every gram of what is typed occurs in the name it is part of."""
    name = chinese.key(name)
    start = data.draw(st.integers(0, len(name)))
    part = name[start : data.draw(st.integers(start, len(name)))]
    if len(part) >= 2:
        assert chinese.grams(part) <= chinese.grams(name)


# --- Days ---

DAY = date(2020, 3, 20)


@pytest.mark.parametrize(
    "written",
    [
        "2020-03-20", "2020/3/20", "2020.3.20", "2020年3月20日", "2020年03月20号", "20200320", "２０２０－０３－２０",
        "2020 年 3 月 20 日", "2020-03-20 17:05", "2020-03-20T17:05:06.123", 20200320, 20200320.0, 43910, 43910.75,
        DAY, datetime(2020, 3, 20, 23, 59),  # noqa: DTZ001 (cells carry no zone)
        datetime(2020, 3, 19, 16, 0, tzinfo=UTC),
    ],
)  # fmt: skip
def test_parse_day_reads(written):
    assert chinese.parse_day(written) == DAY


@pytest.mark.parametrize(
    "written",
    ["", "3月20日", "20.3.20", "03/20/2020", "2020-13-01", "2020-02-30", "2020年3月", "今天", "43910", "2020-03-20至2020-04-01",
     20201340, 0, -1, 12, math.nan, math.inf, True],
)  # fmt: skip
def test_parse_day_refuses(written):
    with pytest.raises(Unreadable) as refusal:
        chinese.parse_day(written)
    assert refusal.value.code == "registry.not_a_day"
    assert f"“{written}”" in str(refusal.value)


@given(st.dates(date(1901, 1, 1), date(2199, 12, 31)))
def test_parse_day_reads_back_every_way_of_writing(day):
    serial = (day - date(1899, 12, 30)).days
    ways = [
        day.isoformat(),
        f"{day.year}年{day.month}月{day.day}日".translate(WIDE),
        f"{day:%Y%m%d}",
        float(serial),
        serial,
    ]
    assert {chinese.parse_day(way) for way in ways} == {day}


# --- Counts ---


@pytest.mark.parametrize(
    ("written", "count"),
    [("1,200 人", 1200), ("１２００", 1200), ("1，200", 1200), (35.0, 35), ("35.0", 35), ("-3", -3), ("0", 0),
     ("十二", 12), ("二十三人", 23), ("一百零五", 105), ("三万五千", 35_000), ("零", 0), ("300㎡", 300), ("12,345,678", 12_345_678)],
)  # fmt: skip
def test_parse_count_reads(written, count):
    assert chinese.parse_count(written) == count


@pytest.mark.parametrize(
    "written",
    ["", "约50", "50-100", "50人以上", "12.5", "1,20", "12,00", "1 200", "一百五", "三万五", "一百零五十", "十十", "百", "万",
     12.5, math.nan, math.inf, 1e300, True, "9" * 30],
)  # fmt: skip
def test_parse_count_refuses(written):
    with pytest.raises(Unreadable) as refusal:
        chinese.parse_count(written)
    assert refusal.value.code == "registry.not_a_count"


def in_words(number: int) -> str:
    """Chinese numerals, the slow way."""
    if number == 0:
        return "零"
    if number >= 10_000:
        high, low = divmod(number, 10_000)
        return in_words(high) + "万" + ("" if not low else ("零" if low < 1000 else "") + in_words(low))
    text, skipped = "", False
    for step, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        figure = number // step % 10
        if figure:
            text += ("零" if skipped and text else "") + "零一二三四五六七八九"[figure] + name
        skipped = not figure
    return text.removeprefix("一") if text.startswith("一十") else text


@given(st.integers(0, 99_999_999))
def test_parse_count_reads_numbers_in_words(number):
    assert chinese.parse_count(in_words(number)) == number


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_parse_count_reads_back(number):
    assert {chinese.parse_count(way) for way in (f"{number:,}", str(number).translate(WIDE), number)} == {
        number
    }


# --- Money ---


@pytest.mark.parametrize(
    ("written", "yuan"),
    [("1.2亿", 120_000_000), ("1.2亿元", 120_000_000), ("3,500万元", 35_000_000), (3500, 35_000_000), ("3500", 35_000_000),
     (0.5, 5000), ("800元", 800), ("￥800.50元", Decimal("800.50")), ("2千万", 20_000_000), ("５百万元整", 5_000_000),
     (Decimal("12.3456"), 123_456), ("-3万", -30_000), (0.1 + 0.2, 3000)],
)  # fmt: skip
def test_parse_wan_reads(written, yuan):
    assert chinese.parse_wan(written) == yuan * 100


@pytest.mark.parametrize(
    ("unit", "fen"), [("yi", 250_000_000_00), ("wan", 25_000_00), ("thousand", 2500_00), ("yuan", 250)]
)
def test_parse_wan_bare_numbers_are_in_the_unit_of_the_column(unit, fen):
    assert chinese.parse_wan(2.5, unit) == chinese.parse_wan("2.5", unit) == fen
    assert chinese.parse_wan("3万元", unit) == 3_000_000


@pytest.mark.parametrize(
    "written",
    ["", "约500万", "1亿2千万", "500-600万", "1,20万", "万元", "12美元", "1.2.3", "3500万以上", math.nan, math.inf, True,
     Decimal("NaN"), Decimal("1e40"), "9" * 40],
)  # fmt: skip
def test_parse_wan_refuses(written):
    with pytest.raises(Unreadable) as refusal:
        chinese.parse_wan(written)
    assert refusal.value.code == "registry.not_money"


@given(st.decimals(-(10**9), 10**9, places=6))
def test_parse_wan_is_exact_to_the_fen(amount):
    assert chinese.parse_wan(f"{amount:,f}万元") == chinese.parse_wan(amount) == int(amount * 1_000_000)


# --- Yes and no ---


@pytest.mark.parametrize("written", ["是", "有", "√", "Ｙ", "YES", "true", 1, 1.0, True, " 是 "])
def test_parse_yes(written):
    assert chinese.parse_yes_no(written) is True


@pytest.mark.parametrize("written", ["否", "无", "×", "n", "False", 0, 0.0, False])
def test_parse_no(written):
    assert chinese.parse_yes_no(written) is False


@pytest.mark.parametrize("written", ["", "也许", "是否", 2, math.nan])
def test_parse_yes_no_refuses(written):
    with pytest.raises(Unreadable):
        chinese.parse_yes_no(written)


@given(st.text(max_size=12) | st.floats() | st.integers() | st.booleans())
def test_every_parser_reads_or_refuses(value):
    for parse in (chinese.parse_day, chinese.parse_count, chinese.parse_wan, chinese.parse_yes_no):
        try:
            parse(value)
        except Unreadable as refusal:
            assert refusal.message % refusal.details == str(refusal)  # noqa: PT017


def test_excel_days_count_from_the_end_of_1899():
    assert chinese.parse_day(367) == date(1899, 12, 30) + timedelta(days=367) == date(1901, 1, 1)
