"""Industries, size classes, above scale, nine small venues: against tables written a second time, and at the limits."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dongche.kit.chinese import Unreadable
from dongche.registry.standards import above_scale, gb4754, nine_small, sizes
from dongche.registry.standards.gb4754 import industry_of

ON = date(2020, 3, 20)
WAN = 1_000_000

# --- Industries ---

RANGES = {
    "A": (1, 5), "B": (6, 12), "C": (13, 43), "D": (44, 46), "E": (47, 50), "F": (51, 52), "G": (53, 60), "H": (61, 62),
    "I": (63, 65), "J": (66, 69), "K": (70, 70), "L": (71, 72), "M": (73, 75), "N": (76, 79), "O": (80, 82),
    "P": (83, 83), "Q": (84, 85), "R": (86, 90), "S": (91, 96), "T": (97, 97),
}  # fmt: skip


def section_of(digits: str) -> str | None:
    return next((letter for letter, (low, high) in RANGES.items() if low <= int(digits[:2]) <= high), None)


def test_gb4754_has_all_sections_and_divisions_once():
    assert list(gb4754.sections()) == list(RANGES)
    assert sorted(gb4754.divisions()) == [f"{n:02d}" for n in range(1, 98)]
    assert {code: section_of(code) for code in gb4754.divisions()} == gb4754.divisions_to_sections()
    assert gb4754.divisions()["91"] == "中国共产党机关"  # 90 in the edition of 2011
    assert len(set(gb4754.divisions().values())) == 97


@pytest.mark.parametrize(
    ("given", "code"),
    [("C3412", "C3412"), ("c3412", "C3412"), ("3412", "C3412"), (3412, "C3412"), (3412.0, "C3412"), ("34", "C34"),
     ("Ｃ３４", "C34"), ("341", "C341"), ("制造业", "C"), (" 制造业 ", "C"), ("C", "C"), ("C制造业", "C"), ("C34通用设备制造业", "C34"),
     ("通用设备制造业", "C34"), ("0111", "A0111"), (1, "A01"), ("批发和零售业", "F"), ("批发零售业", "F"), ("零售业", "F52"), ("餐饮", "H62"),
     ("Manufacturing", "C"), ("real estate", "K"), ("教育", "P"), ("农林牧渔业", "A"), ("52 零售业", "F52"), ("C-34", "C34")],
)  # fmt: skip
def test_industry_of_reads(given, code):
    industry = industry_of(given)
    assert industry.code == code
    assert industry.section == code[0]
    assert industry.division == (code[1:3] or None)


@pytest.mark.parametrize(
    ("given", "fault"),
    [("", "unknown"), ("工业", "unknown"), ("98", "unknown"), ("00", "unknown"), ("Z34", "unknown"), ("34123", "unknown"),
     ("A34", "contradiction"), ("F3412", "contradiction"), (111, "ambiguous"), (3.5, "unknown"), (float("nan"), "unknown"),
     (float("inf"), "unknown"), (-5, "unknown"), ("D制造业", "unknown"), ("卖东西", "unknown")],
)  # fmt: skip
def test_industry_of_refuses(given, fault):
    with pytest.raises(Unreadable) as refusal:
        industry_of(given)
    assert refusal.value.code == f"registry.industry_{fault}"


@given(st.integers(1, 97), st.text("0123456789", max_size=2), st.booleans())
def test_industry_of_any_code_finds_its_section(division, more, with_letter):
    digits = f"{division:02d}{more}"
    section = section_of(digits)
    industry = industry_of(section + digits if with_letter else digits)
    assert (industry.section, industry.division, industry.code) == (section, digits[:2], section + digits)


@given(st.text(max_size=12) | st.floats() | st.integers())
def test_industry_of_reads_or_refuses(value):
    try:
        assert industry_of(value).section in RANGES
    except Unreadable as refusal:
        assert refusal.code.startswith("registry.industry_")  # noqa: PT017


# --- Size classes: the table typed a second time, applied by search ---

# name: digits or letters covered; (staff), (revenue in 万), (assets in 万) as large, medium, small
SIZE_ROWS = [
    ("A", None, (20000, 500, 50), None),
    ("B C D", (1000, 300, 20), (40000, 2000, 300), None),
    ("E", None, (80000, 6000, 300), (80000, 5000, 300)),
    ("51", (200, 20, 5), (40000, 5000, 1000), None),
    ("52", (300, 50, 10), (20000, 500, 100), None),
    ("54 55 56 57 58 591", (1000, 300, 20), (30000, 3000, 200), None),
    ("592 593 594 595 596 599", (200, 100, 20), (30000, 1000, 100), None),
    ("60", (1000, 300, 20), (30000, 2000, 100), None),
    ("61 62", (300, 100, 10), (10000, 2000, 100), None),
    ("63 64", (2000, 100, 10), (100000, 1000, 100), None),
    ("65", (300, 100, 10), (10000, 1000, 50), None),
    ("701", None, (200000, 1000, 100), (10000, 5000, 2000)),
    ("702", (1000, 300, 100), (5000, 1000, 500), None),
    ("71 72", (300, 100, 10), None, (120000, 8000, 100)),
    ("M N O 85 R 703 709", (300, 100, 10), None, None),
]


def slow_size(digits: str, staff: int | None, revenue: int | None, assets: int | None) -> str | None:
    """Try every class from the top: an enterprise is of the first class all of whose limits it meets."""
    section = section_of(digits)
    for covers, *limits in SIZE_ROWS:
        if not any(digits.startswith(code) or section == code for code in covers.split()):
            continue
        asked = [
            (limit, value) for limit, value in zip(limits, (staff, revenue, assets), strict=True) if limit
        ]
        if any(value is None for _, value in asked):
            return None
        for place, name in enumerate(("large", "medium", "small")):
            if all(value >= limit[place] for limit, value in asked):
                return name
        return "micro"
    return None


LIMITS = sorted(
    {n + d for _, *groups in SIZE_ROWS for group in groups for n in group or () for d in (-1, 0, 1)} | {0}
)
FIGURES = st.none() | st.sampled_from(LIMITS) | st.integers(0, 250_000)


@given(
    st.integers(1, 97),
    st.text("123456789", min_size=1, max_size=2),
    FIGURES,
    FIGURES,
    FIGURES,
)
def test_size_class_equals_the_slow_one(division, more, staff, revenue, assets):
    digits = f"{division:02d}{more}"
    size = sizes.size_class(
        industry_of(digits),
        staff=staff,
        revenue_fen=None if revenue is None else revenue * WAN,
        assets_fen=None if assets is None else assets * WAN,
        on=ON,
    )
    assert size.size == slow_size(digits, staff, revenue, assets)
    assert size.why % size.details


def size(industry, staff=None, revenue=None, assets=None, on=ON):
    return sizes.size_class(
        industry,
        staff=staff,
        revenue_fen=revenue if revenue is None else int(revenue * WAN),
        assets_fen=assets if assets is None else int(assets * WAN),
        on=on,
    )


def test_size_class_is_the_lowest_of_its_indicators():
    assert size("C34", staff=1000, revenue=40_000).size == "large"
    assert size("C34", staff=1000, revenue=39_999).size == "medium"
    assert size("C34", staff=19, revenue=40_000).size == "micro"
    assert size("C34", staff=300, revenue=1999.999999).size == "small"  # one fen short of 2000万


@pytest.mark.parametrize(
    ("figures", "why"),
    [
        ({"industry": None}, sizes.NO_INDUSTRY),
        ({"industry": ""}, sizes.NO_INDUSTRY),
        ({"industry": "C", "staff": 5}, sizes.MISSING["revenue"]),
        ({"industry": "C", "revenue": 5}, sizes.MISSING["staff"]),
        ({"industry": "L72", "staff": 5, "revenue": 5}, sizes.MISSING["assets"]),
        ({"industry": "F", "staff": 5, "revenue": 5}, sizes.TOO_COARSE),
        ({"industry": "G59", "staff": 5, "revenue": 5}, sizes.TOO_COARSE),
        ({"industry": "K70", "staff": 5, "revenue": 5}, sizes.TOO_COARSE),
        ({"industry": "Q", "staff": 5, "revenue": 5}, sizes.TOO_COARSE),
        ({"industry": "J66", "staff": 5, "revenue": 5}, sizes.NOT_COVERED),
        ({"industry": "G53", "staff": 5, "revenue": 5}, sizes.NOT_COVERED),
        ({"industry": "C", "staff": 5, "revenue": 5, "on": date(2017, 1, 1)}, sizes.NO_RULE),
    ],
)
def test_size_class_unknown_says_why(figures, why):
    answer = size(**figures)
    assert answer.size is None
    assert answer.why == why
    assert "%(" not in answer.why % answer.details


# --- Above scale ---


def slow_above(digits, revenue, qualified, self_employed, on):
    """The rules of the classes as one long if."""
    section, group = section_of(digits), digits[:3]
    trade = {"51": 2000, "52": 500, "61": 200, "62": 200}.get(digits[:2])
    if trade:
        limit = trade
    elif self_employed:
        return False
    elif section == "E":
        return qualified
    elif group == "701":
        return True
    elif section in "BCD":
        limit = 2000
    elif section in "GIN" or digits[:2] == "84":
        limit = 1000 if on.year <= 2020 else 2000
    elif section in "LMP" or group in ("702", "703", "704", "709"):
        limit = 1000
    elif section in "OR" or digits[:2] == "85":
        limit = 500
    else:
        return False
    return None if revenue is None else revenue >= limit


@given(
    st.integers(1, 97),
    st.text("123456789", min_size=1, max_size=2),
    st.none() | st.sampled_from([0, 199, 200, 499, 500, 999, 1000, 1001, 1999, 2000]) | st.integers(0, 5000),
    st.none() | st.booleans(),
    st.booleans(),
    st.dates(date(2019, 1, 1), date(2023, 1, 1)),
)
def test_above_scale_equals_the_slow_one(division, more, revenue, qualified, self_employed, on):
    digits = f"{division:02d}{more}"
    answer = above_scale.above_scale(
        industry_of(digits),
        revenue_fen=None if revenue is None else revenue * WAN,
        construction_qualified=qualified,
        self_employed=self_employed,
        on=on,
    )
    expected = slow_above(digits, revenue, qualified, self_employed, on)
    if section_of(digits) == "K" and digits[:3] not in ("701", "702", "703", "704", "709"):
        expected = (
            None if answer.why == above_scale.TOO_COARSE else False
        )  # no such group in the classification
    assert answer.flag is expected
    assert "%(" not in answer.why % answer.details


def above(industry, revenue=None, on=ON, **more):
    return above_scale.above_scale(industry, revenue_fen=revenue and revenue * WAN, on=on, **more)


def test_above_scale_limit_of_services_a_changed_with_2021():
    assert above("G54", 1000, date(2020, 12, 31)).flag is True
    assert above("G54", 1000, date(2021, 1, 1)).flag is False
    assert above("G54", 2000, date(2021, 1, 1)).flag is True
    assert above("I65", 1999, date(2021, 1, 1)).details["limit"] == "2000"


def test_above_scale_self_employed_count_only_in_trade_and_catering():
    assert above("H62", 200, self_employed=True).flag is True
    assert above("F52", 500, self_employed=True).flag is True
    assert above("C13", 9000, self_employed=True).flag is False


@pytest.mark.parametrize(
    ("industry", "why"),
    [(None, above_scale.NO_INDUSTRY), ("F", above_scale.TOO_COARSE), ("K70", above_scale.TOO_COARSE),
     ("E47", above_scale.QUALIFICATION_UNKNOWN), ("C", above_scale.NO_REVENUE)],
)  # fmt: skip
def test_above_scale_unknown_says_why(industry, why):
    answer = above(industry)
    assert (answer.flag, answer.why) == (None, why)


def test_above_scale_finance_is_outside():
    assert above("J66", 999_999).flag is False


# --- Nine small venues ---


def test_nine_small_there_are_nine():
    assert len(nine_small.venues()) == 9


@pytest.mark.parametrize(
    ("word", "code"),
    [("小学校", "teaching"), ("小医院", "medical"), ("小商店", "shopping"), ("小餐饮", "catering"), ("小旅馆", "lodging"),
     ("小歌舞娱乐", "public_entertainment"), ("小网吧", "public_entertainment"), ("小美容洗浴", "leisure_fitness"),
     ("小生产加工企业", "production"), ("易燃易爆危险品销售储存场所", "dangerous_goods"), ("catering", "catering"), ("ＫＴＶ", "public_entertainment")],
)  # fmt: skip
def test_nine_small_popular_names_are_aliases(word, code):
    assert nine_small.class_of(word) == nine_small.read_class(word) == code


def test_nine_small_other_words_are_refused_with_the_list():
    with pytest.raises(Unreadable) as refusal:
        nine_small.read_class("写字楼")
    assert "购物场所、餐饮场所" in str(refusal.value)


@pytest.mark.parametrize(
    ("code", "figures", "small"),
    [("leisure_fitness", {"area_m2": 200}, True), ("leisure_fitness", {"area_m2": 201}, False), ("catering", {"diners": 101}, False),
     ("teaching", {"pupils": 500}, True), ("teaching", {"beds": 51, "pupils": 10}, False), ("medical", {}, None), ("production", {}, True)],
)  # fmt: skip
def test_nine_small_limits(code, figures, small):
    assert nine_small.is_small_enough(code, **figures) is small
